//! Who signs in, and whose mailbox is read.

use crate::place;
use std::path::PathBuf;
use tegu_ews::{Credentials, Endpoint, Ews, Mailbox};
use tegu_migrate::{Error, Result};
use tegu_net::Tls;
use tegu_outcome::file;

/// The variable that the password or the token comes from.
const VARIABLE: &str = "TEGU_EWS_PASSWORD";

#[derive(clap::Args)]
pub(super) struct Account {
    /// The URL of Exchange Web Services, usually https://HOST/EWS/Exchange.asmx
    #[arg(long)]
    url: String,
    /// Who signs in: user@domain or DOMAIN\user
    #[arg(long, value_name = "NAME")]
    user: String,
    /// How to sign in; unless given, by what the server offers
    #[arg(long, value_name = "HOW", value_enum)]
    auth: Option<Auth>,
    /// The mailbox to read, by the role ApplicationImpersonation
    #[arg(long, value_name = "ADDRESS", conflicts_with = "delegate")]
    impersonate: Option<String>,
    /// The mailbox to read, by full access to it
    #[arg(long, value_name = "ADDRESS")]
    delegate: Option<String>,
    /// A file that holds the password or the token, and that nobody else can read
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Certificates to trust besides the platform's, as a PEM file
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Accept any certificate of the server
    #[arg(long)]
    insecure_tls: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Auth {
    Basic,
    Ntlm,
    /// A Kerberos ticket of this process, in programs built with the feature `gssapi`
    Negotiate,
    Bearer,
}

impl Account {
    /// Says what is wrong with the arguments.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        place::no_password(&self.url, VARIABLE)
    }

    /// Signs in, and names the mailbox.
    pub(super) async fn open(&self) -> Result<(Ews, Mailbox)> {
        let password = || Ok::<_, Error>(Credentials::password(&*self.user, self.secret()?));
        let credentials = match self.auth {
            Some(Auth::Bearer) => Credentials::token(&*self.user, self.secret()?),
            Some(Auth::Ntlm) => password()?.mechanism("NTLM"),
            Some(Auth::Basic) => password()?.mechanism("BASIC"),
            Some(Auth::Negotiate) => Credentials::kerberos(),
            None => password()?,
        };
        let mut endpoint = Endpoint::new(&self.url)?;
        let mut tls = Tls::default();
        if let Some(path) = &self.ca {
            let pem = file::read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
            tls = tls.trust_pem(&pem)?;
        }
        if self.insecure_tls {
            tls = tls.dangerously_accept_any_certificate();
        }
        endpoint = endpoint.tls(tls);
        let ews = Ews::connect(&endpoint, &credentials).await?;
        let mailbox = match (&self.impersonate, &self.delegate) {
            (Some(address), _) => ews.impersonate(address),
            (None, Some(address)) => ews.delegate(address),
            (None, None) => ews.own(&*self.user),
        };
        Ok((ews, mailbox))
    }

    fn secret(&self) -> Result<String> {
        let secret = match &self.password_file {
            Some(path) => place::password_in(path),
            None => place::password(&self.user, VARIABLE),
        };
        secret.map_err(Error::config)
    }
}
