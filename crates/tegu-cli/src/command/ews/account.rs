//! Who signs in, and whose mailbox is read.

use crate::place;
use std::path::PathBuf;
use tegu_ews::{Credentials, Endpoint, Ews, Mailbox, autodiscover::Rules, client::find};
use tegu_migrate::{Error, Result};
use tegu_net::{Resolver, Tls};
use tegu_outcome::file;

/// The variable that the password or the token comes from.
const VARIABLE: &str = "TEGU_EWS_PASSWORD";

#[derive(clap::Args)]
pub(super) struct Account {
    /// The URL of Exchange Web Services, usually https://HOST/EWS/Exchange.asmx
    #[arg(long, required_unless_present = "autodiscover")]
    url: Option<String>,
    /// Find the URL by Autodiscover; the password goes to hosts of the mailbox's own domain alone
    #[arg(long, conflicts_with = "url")]
    autodiscover: bool,
    /// A domain whose hosts Autodiscover may show the password too
    #[arg(long, value_name = "DOMAIN", requires = "autodiscover")]
    allow_domain: Vec<String>,
    /// A URL that Autodiscover asks first: a service connection point, as tegu ldap scp lists them
    #[arg(long, value_name = "URL", requires = "autodiscover")]
    connection_point: Vec<String>,
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
        let mut urls = self.url.iter().chain(&self.connection_point);
        urls.try_for_each(|url| place::no_password(url, VARIABLE))
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
        let mut tls = Tls::default();
        if let Some(path) = &self.ca {
            let pem = file::read_named(path).map_err(|error| Error::io("read", path.display(), error))?;
            tls = tls.trust_pem(&pem)?;
        }
        if self.insecure_tls {
            tls = tls.dangerously_accept_any_certificate();
        }
        let endpoint = match &self.url {
            Some(url) => Endpoint::new(url)?.tls(tls),
            None => self.find(&credentials, &tls).await?,
        };
        let ews = Ews::connect(&endpoint, &credentials).await?;
        let mailbox = match (&self.impersonate, &self.delegate) {
            (Some(address), _) => ews.impersonate(address),
            (None, Some(address)) => ews.delegate(address),
            (None, None) => ews.own(&*self.user),
        };
        Ok((ews, mailbox))
    }

    /// The server of the mailbox, by Autodiscover.
    async fn find(&self, credentials: &Credentials, tls: &Tls) -> Result<Endpoint> {
        let mut rules = Rules::default();
        for domain in &self.allow_domain {
            rules = rules.allow(domain);
        }
        for url in &self.connection_point {
            rules = rules.connection_point(url);
        }
        let mailbox = self.impersonate.as_ref().or(self.delegate.as_ref());
        let mailbox = mailbox.unwrap_or(&self.user);
        let resolver = Resolver::system().ok();
        let prepare = |endpoint: Endpoint| endpoint.tls(tls.clone());
        let found = find(mailbox, &rules, resolver.as_ref(), credentials, prepare).await?;
        note!("found {found}");
        Ok(found)
    }

    fn secret(&self) -> Result<String> {
        let secret = match &self.password_file {
            Some(path) => place::password_in(path),
            None => place::password(&self.user, VARIABLE),
        };
        secret.map_err(Error::config)
    }
}
