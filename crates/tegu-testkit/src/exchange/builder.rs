//! What a test may ask for.

use std::time::Duration;

/// Options for [`Exchange`](super::Exchange).
#[derive(Clone, Debug)]
pub struct ExchangeBuilder {
    pub(super) russian: bool,
    pub(super) literal_names: bool,
    pub(super) rerender: bool,
    pub(super) secure_login: bool,
    pub(super) authzid: bool,
    pub(super) repeated_capability: bool,
    pub(super) sessions: usize,
    pub(super) throttle: Option<Throttle>,
    pub(super) delegates: Vec<Delegate>,
    pub(super) unconnected: Vec<String>,
    pub(super) tokens: Vec<String>,
    pub(super) append_limit: Option<u64>,
    pub(super) quota: Option<u64>,
    pub(super) without: Vec<String>,
}

/// When a client is told to wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Throttle {
    pub(super) after: u64,
    pub(super) backoff: Duration,
}

/// An account that may open the mailboxes of others.
#[derive(Clone, Debug)]
pub(super) struct Delegate {
    pub(super) domain: String,
    pub(super) alias: String,
    pub(super) upn: String,
}

impl Default for ExchangeBuilder {
    fn default() -> Self {
        Self {
            russian: false,
            literal_names: false,
            rerender: false,
            secure_login: false,
            authzid: false,
            repeated_capability: false,
            sessions: 16,
            throttle: None,
            delegates: Vec::new(),
            unconnected: Vec::new(),
            tokens: Vec::new(),
            append_limit: None,
            quota: None,
            without: Vec::new(),
        }
    }
}

impl ExchangeBuilder {
    /// Names the default folders in Russian, and tells some errors in Russian too: in windows-1251, as raw octets.
    #[must_use]
    pub fn russian(mut self) -> Self {
        self.russian = true;
        self
    }

    /// Tells every folder name as a literal. Without it only names with quotes and backslashes are.
    #[must_use]
    pub fn literal_names(mut self) -> Self {
        self.literal_names = true;
        self
    }

    /// Renders each message anew whenever it is fetched: other MIME boundaries, another trace header.
    #[must_use]
    pub fn rerender(mut self) -> Self {
        self.rerender = true;
        self
    }

    /// Takes no passwords on a connection without TLS, which is all that the stand-in has.
    #[must_use]
    pub fn secure_login(mut self) -> Self {
        self.secure_login = true;
        self
    }

    /// Follows the authorisation identity of SASL PLAIN, which some installations do and others refuse.
    #[must_use]
    pub fn authorization_identities(mut self) -> Self {
        self.authzid = true;
        self
    }

    /// Repeats the end of CAPABILITY as a bare line, as Exchange 2003 does.
    #[must_use]
    pub fn repeated_capability(mut self) -> Self {
        self.repeated_capability = true;
        self
    }

    /// Allows so many sessions of an account at a time, instead of 16.
    #[must_use]
    pub fn sessions(mut self, count: usize) -> Self {
        self.sessions = count;
        self
    }

    /// After every so many commands of a session, asks for `backoff` and closes. Until it is over, whoever logs in is asked
    /// again.
    #[must_use]
    pub fn throttle(mut self, commands: u64, backoff: Duration) -> Self {
        self.throttle = Some(Throttle {
            after: commands.max(1),
            backoff,
        });
        self
    }

    /// An account that may open any mailbox, by any of the delegated login forms.
    #[must_use]
    pub fn delegate(mut self, domain: &str, alias: &str, upn: &str) -> Self {
        self.delegates.push(Delegate {
            domain: domain.into(),
            alias: alias.into(),
            upn: upn.into(),
        });
        self
    }

    /// A mailbox that nobody gets connected to, whatever the password: logging in succeeds, and nothing after it.
    #[must_use]
    pub fn unconnected(mut self, user: &str) -> Self {
        self.unconnected.push(user.to_lowercase());
        self
    }

    /// Accepts this OAuth 2 bearer token, for any user.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Refuses to store messages of more octets.
    #[must_use]
    pub fn append_limit(mut self, octets: u64) -> Self {
        self.append_limit = Some(octets);
        self
    }

    /// Refuses to store what would bring a mailbox beyond so many octets, in Exchange's own unhelpful words.
    #[must_use]
    pub fn quota(mut self, octets: u64) -> Self {
        self.quota = Some(octets);
        self
    }

    /// Does not announce a capability, and does not do it either where that is possible: `UIDPLUS`, `LITERAL+`, `MOVE`.
    #[must_use]
    pub fn without(mut self, capability: &str) -> Self {
        self.without.push(capability.to_uppercase());
        self
    }
}
