//! Envelopes, answers and refusals.

use super::version::Version;
use super::xml::{MESSAGES, SOAP, TYPES, escape};

/// Why something is not answered.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) text: String,
    /// A SOAP fault, instead of an error for one thing that was asked.
    pub(super) fault: bool,
    /// What stands in MessageXml.
    pub(super) values: Vec<(String, String)>,
}

impl Refusal {
    /// For one of the things that were asked.
    pub(super) fn item(code: &str, text: &str) -> Self {
        Self {
            code: code.to_owned(),
            text: text.to_owned(),
            fault: false,
            values: Vec::new(),
        }
    }

    /// For the whole request.
    pub(super) fn fault(code: &str, text: &str) -> Self {
        Self {
            fault: true,
            ..Self::item(code, text)
        }
    }

    pub(super) fn schema() -> Self {
        Self::fault("ErrorSchemaValidation", "The request failed schema validation.")
    }

    pub(super) fn value(mut self, name: &str, value: &str) -> Self {
        self.values.push((name.to_owned(), value.to_owned()));
        self
    }

    fn message_xml(&self, prefix: &str) -> String {
        if self.values.is_empty() {
            return String::new();
        }
        let values: String = self
            .values
            .iter()
            .map(|(name, value)| format!("<t:Value Name=\"{name}\">{}</t:Value>", escape(value)))
            .collect();
        let declared = if prefix == "t" {
            format!(" xmlns:t=\"{TYPES}\"")
        } else {
            String::new()
        };
        format!("<{prefix}:MessageXml{declared}>{values}</{prefix}:MessageXml>")
    }

    /// What stands within an answer's element.
    pub(super) fn within(&self) -> String {
        format!(
            "<m:MessageText>{}</m:MessageText><m:ResponseCode>{}</m:ResponseCode>\
             <m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>{}",
            escape(&self.text),
            self.code,
            self.message_xml("m")
        )
    }

    /// The body of a SOAP fault.
    pub(super) fn soap_fault(&self) -> String {
        format!(
            "<s:Fault><faultcode xmlns:a=\"{TYPES}\">a:{code}</faultcode>\
             <faultstring xml:lang=\"en-US\">{text}</faultstring><detail>\
             <e:ResponseCode xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{code}</e:ResponseCode>\
             <e:Message xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{text}</e:Message>{xml}\
             </detail></s:Fault>",
            code = self.code,
            text = escape(&self.text),
            xml = self.message_xml("t"),
        )
    }
}

/// A whole answer. Versions before 2010 SP1 were not in the habit of telling their name.
pub(super) fn envelope(server: Version, body: &str) -> Vec<u8> {
    let [major, minor, build, patch] = server.build();
    let name = if server == Version::Exchange2007 {
        String::new()
    } else {
        format!(" Version=\"{}\"", told(server))
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"{SOAP}\"><s:Header>\
         <h:ServerVersionInfo MajorVersion=\"{major}\" MinorVersion=\"{minor}\" MajorBuildNumber=\"{build}\" \
         MinorBuildNumber=\"{patch}\"{name} xmlns:h=\"{TYPES}\"/></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
    .into_bytes()
}

/// What a server calls itself; 2016 and later tell a name that no request may use.
fn told(server: Version) -> &'static str {
    match server {
        Version::Exchange2016 => "V2017_07_11",
        other => other.name(),
    }
}

/// One `NAMEResponse` with an answer for each thing asked: an element `NAMEResponseMessage`.
pub(super) fn messages(name: &str, answers: &[Result<String, Refusal>]) -> String {
    let inner: String = answers
        .iter()
        .map(|answer| message(&format!("m:{name}ResponseMessage"), answer))
        .collect();
    format!(
        "<m:{name}Response xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\"><m:ResponseMessages>{inner}\
         </m:ResponseMessages></m:{name}Response>"
    )
}

/// One answer as an element.
pub(super) fn message(element: &str, answer: &Result<String, Refusal>) -> String {
    match answer {
        Ok(within) => format!(
            "<{element} ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>{within}</{element}>"
        ),
        Err(refusal) => {
            // Some answers have an empty list beside their error.
            let empty = match element {
                "m:GetItemResponseMessage" => "<m:Items/>",
                "m:GetFolderResponseMessage" => "<m:Folders/>",
                "m:GetAttachmentResponseMessage" => "<m:Attachments/>",
                "m:SyncFolderItemsResponseMessage" => {
                    "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>"
                }
                _ => "",
            };
            format!(
                "<{element} ResponseClass=\"Error\">{}{empty}</{element}>",
                refusal.within()
            )
        }
    }
}

/// An answer that is the response itself, without a list of messages.
pub(super) fn single(name: &str, answer: &Result<String, Refusal>) -> String {
    let text = message(&format!("m:{name}Response"), answer);
    text.replacen(
        " ResponseClass",
        &format!(" xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\" ResponseClass"),
        1,
    )
}
