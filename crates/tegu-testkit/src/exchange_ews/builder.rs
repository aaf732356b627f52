//! What a test may ask for.

use super::autodiscover::Lead;
use super::fault::Fault;
use super::model::{Folder, Mailbox};
use super::version::Version;
use std::time::Duration;

/// Options for [`ExchangeEws`](super::ExchangeEws).
#[derive(Clone, Debug)]
pub struct ExchangeEwsBuilder {
    pub(super) options: Options,
    pub(super) mailboxes: Vec<Mailbox>,
    pub(super) public: Vec<Folder>,
    pub(super) groups: Vec<Group>,
    pub(super) tls: bool,
    pub(super) port: u16,
}

/// A group of the directory.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) members: Vec<String>,
    pub(super) rooms: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) version: Version,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) impersonation: bool,
    pub(super) full_access: bool,
    pub(super) out_of_scope: Vec<String>,
    pub(super) basic: bool,
    pub(super) ntlm: bool,
    pub(super) channel_binding: bool,
    pub(super) proxied: bool,
    pub(super) tokens: Vec<String>,
    pub(super) trusted_header: Option<String>,
    pub(super) fault: Option<Fault>,
    pub(super) back_off: Duration,
    pub(super) latency: Duration,
    pub(super) find_limit: usize,
    pub(super) batch_limit: Option<usize>,
    pub(super) record: bool,
    pub(super) compression: bool,
    pub(super) groups: Vec<Group>,
    pub(super) published: Option<String>,
    pub(super) lead: Option<Lead>,
}

impl Default for ExchangeEwsBuilder {
    fn default() -> Self {
        Self {
            options: Options {
                version: Version::Exchange2016,
                user: "CORP\\mover".to_owned(),
                password: "secret".to_owned(),
                impersonation: true,
                full_access: true,
                out_of_scope: Vec::new(),
                basic: true,
                ntlm: true,
                channel_binding: false,
                proxied: false,
                tokens: Vec::new(),
                trusted_header: None,
                fault: None,
                back_off: Duration::from_millis(300),
                latency: Duration::ZERO,
                find_limit: 1000,
                batch_limit: None,
                record: false,
                compression: true,
                groups: Vec::new(),
                published: None,
                lead: None,
            },
            mailboxes: Vec::new(),
            public: Vec::new(),
            groups: Vec::new(),
            tls: false,
            port: 0,
        }
    }
}

impl ExchangeEwsBuilder {
    /// Adds a mailbox.
    #[must_use]
    pub fn mailbox(mut self, mailbox: Mailbox) -> Self {
        self.mailboxes.push(mailbox);
        self
    }

    /// Adds mailboxes.
    #[must_use]
    pub fn mailboxes(mut self, mailboxes: impl IntoIterator<Item = Mailbox>) -> Self {
        self.mailboxes.extend(mailboxes);
        self
    }

    /// Adds a public folder.
    #[must_use]
    pub fn public_folder(mut self, folder: Folder) -> Self {
        self.public.push(folder);
        self
    }

    /// Adds a group to the directory, with the addresses of its members.
    #[must_use]
    pub fn group(mut self, address: &str, name: &str, members: &[&str]) -> Self {
        self.groups.push(Group {
            address: address.to_owned(),
            name: name.to_owned(),
            members: members.iter().map(|member| (*member).to_owned()).collect(),
            rooms: false,
        });
        self
    }

    /// Adds a list of rooms.
    #[must_use]
    pub fn room_list(mut self, address: &str, name: &str, rooms: &[&str]) -> Self {
        self = self.group(address, name, rooms);
        if let Some(last) = self.groups.last_mut() {
            last.rooms = true;
        }
        self
    }

    /// The newest version of requests that it takes; 2016 without a call, which is also what 2019 and SE take.
    #[must_use]
    pub fn version(mut self, version: Version) -> Self {
        self.options.version = version;
        self
    }

    /// Tells this URL of Exchange Web Services by Autodiscover, instead of its own.
    #[must_use]
    pub fn published_as(mut self, url: &str) -> Self {
        self.options.published = Some(url.to_owned());
        self
    }

    /// Answers Autodiscover by leading elsewhere.
    #[must_use]
    pub fn leads(mut self, lead: Lead) -> Self {
        self.options.lead = Some(lead);
        self
    }

    /// Speaks TLS, with a certificate for `localhost` and `127.0.0.1`.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Listens there, instead of on any free port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the service account, `CORP\mover` without a call. It can also log in as `mover` and as `mover@DOMAIN`.
    #[must_use]
    pub fn account(mut self, user: &str, password: &str) -> Self {
        user.clone_into(&mut self.options.user);
        password.clone_into(&mut self.options.password);
        self
    }

    /// Takes the role ApplicationImpersonation from the service account.
    #[must_use]
    pub fn without_impersonation(mut self) -> Self {
        self.options.impersonation = false;
        self
    }

    /// Takes FullAccess to all mailboxes from the service account.
    #[must_use]
    pub fn without_full_access(mut self) -> Self {
        self.options.full_access = false;
        self
    }

    /// Leaves a mailbox out of what the service account may see.
    #[must_use]
    pub fn out_of_scope(mut self, address: &str) -> Self {
        self.options.out_of_scope.push(address.to_owned());
        self
    }

    /// Offers no Basic authentication.
    #[must_use]
    pub fn without_basic(mut self) -> Self {
        self.options.basic = false;
        self
    }

    /// Offers no NTLM.
    #[must_use]
    pub fn without_ntlm(mut self) -> Self {
        self.options.ntlm = false;
        self
    }

    /// Requires NTLM to name the TLS channel (Extended Protection).
    #[must_use]
    pub fn extended_protection(mut self) -> Self {
        self.options.channel_binding = true;
        self
    }

    /// A proxy ends TLS in front of it: clients see the proxy's certificate, and the server knows a channel of its own.
    #[must_use]
    pub fn behind_a_proxy(mut self) -> Self {
        self.options.proxied = true;
        self
    }

    /// Takes this bearer token for the service account.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.options.tokens.push(token.to_owned());
        self
    }

    /// Believes a reverse proxy that names the user in this header.
    #[must_use]
    pub fn trust_header(mut self, name: &str) -> Self {
        self.options.trusted_header = Some(name.to_ascii_lowercase());
        self
    }

    /// Lets something go wrong.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.options.fault = Some(fault);
        if fault == Fault::Timeout {
            self.options.batch_limit = Some(4);
        }
        self
    }

    /// How long a client is told to wait by [`Fault::Busy`] and [`Fault::BusyItem`]; 300 ms without a call.
    #[must_use]
    pub fn back_off(mut self, time: Duration) -> Self {
        self.options.back_off = time;
        self
    }

    /// Lets every answer take so long: a round trip of the network.
    #[must_use]
    pub fn latency(mut self, time: Duration) -> Self {
        self.options.latency = time;
        self
    }

    /// The most items that FindItem lists at a time; 1,000 without a call.
    #[must_use]
    pub fn find_limit(mut self, count: usize) -> Self {
        self.options.find_limit = count.max(1);
        self
    }

    /// The most items that GetItem can fetch at a time before it runs out of time; any number without a call.
    #[must_use]
    pub fn batch_limit(mut self, count: usize) -> Self {
        self.options.batch_limit = Some(count.max(1));
        self
    }

    /// Sends every answer as it is, although the client would take it compressed.
    #[must_use]
    pub fn without_compression(mut self) -> Self {
        self.options.compression = false;
        self
    }

    /// Keeps every request and answer; see [`ExchangeEws::exchanges`](super::ExchangeEws::exchanges).
    #[must_use]
    pub fn record(mut self) -> Self {
        self.options.record = true;
        self
    }
}
