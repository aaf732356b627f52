//! Questions of Autodiscover.

use super::Form;
use crate::xml::write::Writer;

const POX: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const POX_ANSWER: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
const SOAP: &str = "http://schemas.microsoft.com/exchange/2010/Autodiscover";
const SETTINGS: [&str; 2] = ["InternalEwsUrl", "ExternalEwsUrl"];

impl Form {
    /// Returns the question where the mailbox of an SMTP address is served, as it is sent to `url`.
    #[must_use]
    pub fn question(self, address: &str, url: &str) -> String {
        let mut out = Writer::default();
        match self {
            Self::Pox => {
                out.open("Autodiscover", &[("xmlns", POX)]).open("Request", &[]);
                out.text("EMailAddress", address)
                    .text("AcceptableResponseSchema", POX_ANSWER);
            }
            Self::Soap => {
                let spaces = [
                    ("xmlns:a", SOAP),
                    ("xmlns:w", "http://www.w3.org/2005/08/addressing"),
                    ("xmlns:s", "http://schemas.xmlsoap.org/soap/envelope/"),
                ];
                out.open("s:Envelope", &spaces).open("s:Header", &[]);
                out.text("a:RequestedServerVersion", "Exchange2010")
                    .text("w:Action", &format!("{SOAP}/Autodiscover/GetUserSettings"))
                    .text("w:To", url)
                    .close();
                out.open("s:Body", &[])
                    .open("a:GetUserSettingsRequestMessage", &[])
                    .open("a:Request", &[]);
                out.open("a:Users", &[]).open("a:User", &[]);
                out.text("a:Mailbox", address).close().close();
                out.open("a:RequestedSettings", &[]);
                for name in SETTINGS {
                    out.text("a:Setting", name);
                }
            }
        }
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{}", out.finish())
    }
}
