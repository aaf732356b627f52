//! Who logs in: Basic, NTLM, bearer tokens, or a reverse proxy that vouches.

use super::builder::Options;
use super::call::Who;
use super::http::Request;
use super::ntlm;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What a connection knows of its user: NTLM authenticates connections, everything else requests.
#[derive(Debug, Default)]
pub(super) enum Session {
    #[default]
    Unknown,
    /// A challenge was sent.
    Challenged(ntlm::Challenge),
    /// NTLM ended well.
    Known {
        who: Who,
        /// The mailbox that was impersonated first.
        first: Option<String>,
    },
}

impl Session {
    pub(super) fn is_challenged(&self) -> bool {
        matches!(self, Self::Challenged(_))
    }

    /// Whether the connection was signed in for another mailbox than this one. The first one is remembered.
    pub(super) fn is_for_another(&mut self, address: &str) -> bool {
        let Self::Known { first, .. } = self else {
            return false;
        };
        let first = first.get_or_insert_with(|| address.to_lowercase());
        *first != address.to_lowercase()
    }
}

/// The accounts, and what is demanded of them.
#[derive(Debug)]
pub(super) struct Login {
    options: Options,
    /// Addresses of mailboxes, whose owners log in with the service account's password.
    owners: Vec<String>,
    /// SHA-256 of the server's certificate, which is what `tls-server-end-point` names.
    certificate: Option<Vec<u8>>,
}

impl Login {
    pub(super) fn new(options: Options, owners: Vec<String>, certificate: Option<Vec<u8>>) -> Self {
        Self {
            options,
            owners,
            certificate,
        }
    }

    /// Who asks, or the challenges of an answer with status 401.
    pub(super) fn check(&self, session: &mut Session, request: &Request) -> Result<Who, Vec<String>> {
        if let Some(name) = &self.options.trusted_header {
            let user = request.header(name).and_then(|user| self.named(user));
            return user.ok_or_else(|| self.challenges());
        }
        let Some(authorization) = request.header("authorization") else {
            return match session {
                Session::Known { who, .. } => Ok(*who),
                _ => Err(self.challenges()),
            };
        };
        let (scheme, token) = authorization.split_once(' ').unwrap_or((authorization, ""));
        match scheme.to_ascii_lowercase().as_str() {
            "basic" if self.options.basic => self.basic(token).ok_or_else(|| self.challenges()),
            "bearer" if self.options.tokens.iter().any(|known| known == token) => Ok(Who::Service),
            "ntlm" | "negotiate" if self.options.ntlm => self.ntlm(session, scheme, token),
            _ => Err(self.challenges()),
        }
    }

    pub(super) fn challenges(&self) -> Vec<String> {
        let mut challenges = Vec::new();
        if self.options.ntlm {
            challenges.push("Negotiate".to_owned());
            challenges.push("NTLM".to_owned());
        }
        if self.options.basic {
            challenges.push("Basic realm=\"localhost\"".to_owned());
        }
        if !self.options.tokens.is_empty() {
            challenges.push("Bearer".to_owned());
        }
        challenges
    }

    fn basic(&self, token: &str) -> Option<Who> {
        let octets = STANDARD.decode(token).ok()?;
        let text = String::from_utf8(octets).ok()?;
        let (user, password) = text.split_once(':')?;
        (password == self.options.password).then(|| self.named(user))?
    }

    /// The account of a name: with a domain before or behind it, or without.
    fn named(&self, name: &str) -> Option<Who> {
        let plain = |name: &str| {
            let name = name.rsplit('\\').next().unwrap_or(name);
            name.split('@').next().unwrap_or(name).to_lowercase()
        };
        if let Some(owner) = self
            .owners
            .iter()
            .position(|owner| owner.eq_ignore_ascii_case(name))
        {
            return Some(Who::Owner(owner));
        }
        if plain(name) == plain(&self.options.user) {
            return Some(Who::Service);
        }
        let owner = self.owners.iter().position(|owner| plain(owner) == plain(name));
        owner.map(Who::Owner)
    }

    fn ntlm(&self, session: &mut Session, scheme: &str, token: &str) -> Result<Who, Vec<String>> {
        let message = STANDARD.decode(token).unwrap_or_default();
        match std::mem::take(session) {
            Session::Challenged(challenge) if ntlm::is_authenticate(&message) => {
                let end_point = self.certificate.as_deref();
                let demanded = self.options.channel_binding;
                let user = challenge.verify(&message, &self.options.password, end_point, demanded);
                match user.and_then(|user| self.named(&user)) {
                    Some(who) => {
                        *session = Session::Known { who, first: None };
                        Ok(who)
                    }
                    None => Err(self.challenges()),
                }
            }
            _ if ntlm::is_negotiate(&message) => {
                let (challenge, octets) = ntlm::Challenge::new(&message);
                *session = Session::Challenged(challenge);
                Err(vec![format!("{scheme} {}", STANDARD.encode(octets))])
            }
            _ => Err(self.challenges()),
        }
    }
}
