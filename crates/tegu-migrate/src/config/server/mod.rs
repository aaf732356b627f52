//! Servers: where they are, how to reach them, and how to sign in. One vocabulary for all protocols.

mod build;
mod connection;
mod keys;
mod login;
#[cfg(test)]
mod tests;

#[cfg(feature = "postgres")]
pub(super) use connection::TlsKeys;
pub(super) use keys::{Protocol, ServerKeys};

use super::SecretRef;
use serde::{Deserialize, Deserializer, de};
use std::path::PathBuf;
use tegu_imap::session::{DelegatedLogin, ExchangeSeparator};
use tegu_net::ServerLimits;

/// A server that accounts or programs sign in to.
///
/// One of `password`, `token`, `certificate` and `kerberos` says how. What a protocol does not have is refused:
///
/// | key | IMAP | LDAP | CalDAV, CardDAV | Exchange Web Services | ManageSieve |
/// |---|---|---|---|---|---|
/// | `base`, `bind_dn`, `start_tls` | | yes | | | |
/// | `authorize_as` | yes | with `certificate` or `kerberos` | | | yes |
/// | `delegate` | yes | | | | yes |
/// | `token` | yes | | yes | yes | yes |
/// | `kerberos` | yes | yes | yes | yes | yes |
/// | `limits` | yes | | yes | yes | yes |
/// | `autodiscover`, `archive` | | | | yes | |
/// | `notes_as_mail` | | | | in `mail.source` | |
/// | all others | yes | yes | yes | yes | yes |
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerConfig {
    /// `imaps://host[:port]`, `imap://…`, `ldaps://…`, `ldap://…`, `https://…/path/` or `http://…`. The URLs of CalDAV and CardDAV may
    /// hold `{mail}`, `{alias}` and `{domain}`. `ldap://` means StartTLS, except on a loopback address. ManageSieve: `sieve://…`, which
    /// means STARTTLS, or `sieves://…`. Only with `autodiscover` it is left out.
    #[serde(default)]
    pub url: String,
    /// Exchange Web Services: find the server by Autodiscover instead of by `url`, once for each mail domain. `{}` is enough where all hosts
    /// belong to the mail domain.
    pub autodiscover: Option<AutodiscoverConfig>,
    /// Exchange Web Services: move archive mailboxes too, below a folder of this name. Without it they stay where they are.
    pub archive: Option<String>,
    /// Exchange Web Services, in `mail.source`: notes move as mail, for targets that hold no VJOURNAL. Without it they move with calendars.
    #[serde(default)]
    pub notes_as_mail: bool,
    /// LDAP: where the search starts.
    pub base: Option<String>,
    /// The login name, with `{mail}`, `{alias}` or `{domain}` filled in; default `{mail}`. With `delegate`: the mailbox that is
    /// opened. LDAP: a DN, or what else the server takes for a name.
    pub user: Option<String>,
    /// LDAP: the same as `user`.
    pub bind_dn: Option<String>,
    /// Whose mailbox is opened when an administrator signs in (SASL's authorisation identity); a template like `user`.
    pub authorize_as: Option<String>,
    /// Who signs in for all accounts, in the form that the server knows: `{ exchange = "DOMAIN/alias" }`,
    /// `{ exchange = "user@domain" }` or `{ dovecot = "master" }`, and `separator`, if it is not `/` or `*`.
    #[serde(default, deserialize_with = "delegate")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Delegate>"))]
    pub delegate: Option<DelegatedLogin>,
    /// The password.
    pub password: Option<SecretRef>,
    /// An OAuth 2.0 bearer token, read anew at each sign-in: whoever renews it replaces the file.
    pub token: Option<SecretRef>,
    /// A client certificate and its chain, as a PEM file. It is shown in TLS; without `password`, `token` and `kerberos` it is also how
    /// to sign in (SASL EXTERNAL).
    pub certificate: Option<PathBuf>,
    /// The private key of `certificate`, as a PEM file; by default the same file.
    pub key: Option<PathBuf>,
    /// Sign in with a Kerberos ticket of the process (`kinit` or a keytab). Needs the feature `gssapi`.
    #[serde(default)]
    pub kerberos: bool,
    /// What a connection does that does not begin with TLS: encrypt first, or stay in clear text on purpose.
    pub security: Option<PlainSecurity>,
    /// LDAP: use StartTLS on a loopback address too; the same as `security = "starttls"`.
    #[serde(default)]
    pub start_tls: bool,
    /// Certificates to trust besides the platform's, as a PEM file.
    pub ca: Option<PathBuf>,
    /// The SHA-256 digest of the one server certificate to trust, in hexadecimal digits.
    pub pin: Option<String>,
    /// A proxy to connect through: `socks5://host[:1080]` or `http://host[:8080]`.
    pub proxy: Option<String>,
    /// Who signs in to the proxy.
    pub proxy_user: Option<String>,
    /// The password for the proxy.
    pub proxy_password: Option<SecretRef>,
    /// What the server is asked to bear, over all accounts together.
    #[serde(default)]
    pub limits: ServerLimits,
}

/// Where Autodiscover begins, and whom it may show the credentials besides hosts of the mail domain.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AutodiscoverConfig {
    /// Domains whose hosts may be shown the credentials too: the consent, without which Autodiscover stays in the mail domain.
    #[serde(default)]
    pub domains: Vec<String>,
    /// URLs that are asked first: the service connection points in Active Directory, which `tegu ldap scp` lists.
    #[serde(default)]
    pub connection_points: Vec<String>,
}

/// What is done about a connection that does not begin with TLS.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlainSecurity {
    /// STARTTLS of IMAP (RFC 9051, section 6.2.1) and LDAP (RFC 4511, section 4.14).
    StartTls,
    /// No encryption: the password is readable on the network.
    Insecure,
}

/// Who signs in for all accounts: one of `exchange` and `dovecot`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delegate {
    /// `DOMAIN/alias` or `user@domain`.
    exchange: Option<String>,
    /// The master user.
    dovecot: Option<String>,
    /// The character between the names: `/` (the default) or `\` for Exchange; for Dovecot, `*` by default.
    separator: Option<char>,
}

fn delegate<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DelegatedLogin>, D::Error> {
    let Delegate {
        exchange,
        dovecot,
        separator,
    } = Delegate::deserialize(deserializer)?;
    match (exchange, dovecot) {
        (Some(name), None) => {
            let login = match name.split_once(['/', '\\']) {
                Some((domain, alias)) => DelegatedLogin::exchange_alias(domain, alias, ""),
                None if name.contains('@') => DelegatedLogin::exchange_upn(name, ""),
                None => {
                    let why = "delegate.exchange: write DOMAIN/alias or user@domain";
                    return Err(de::Error::custom(why));
                }
            };
            match separator {
                None | Some('/') => Ok(Some(login)),
                Some('\\') => Ok(Some(login.separated_by(ExchangeSeparator::Backslash))),
                Some(_) => Err(de::Error::custom("delegate.separator: Exchange knows / and \\")),
            }
        }
        (None, Some(master)) => Ok(Some(DelegatedLogin::DovecotMaster {
            user: String::new(),
            master,
            separator: separator.unwrap_or('*'),
        })),
        _ => Err(de::Error::custom(
            "delegate: one of `exchange` and `dovecot` says who signs in",
        )),
    }
}
