//! What servers do that the protocol does not say.

use std::time::Duration;

use crate::prove::{fields, header};
use crate::wire::{Capabilities, Flags, ResponseCode, Status};

/// The software of a server, as far as it can be told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Server {
    /// Microsoft Exchange or Exchange Online.
    Exchange,
    /// Dovecot.
    Dovecot,
    /// Cyrus IMAP.
    Cyrus,
    /// Any other server; treated as the RFCs say.
    #[default]
    Other,
}

/// What to consider with one server.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Quirks {
    /// Which software it is.
    pub server: Server,
    /// Whether RFC822.SIZE is an estimate that no check may rely on.
    pub size_is_estimate: bool,
    /// The longest command line to send, in octets. Exchange refuses more than 10,240.
    pub command_octets: usize,
    /// The most messages to ask for in one FETCH.
    pub fetch_messages: u32,
    /// How many FETCH commands for bodies may be on their way. Dovecot works on the next one while the network holds up
    /// the first, so that messages come out of order and would get their UIDs on the target in that order.
    pub fetch_commands: usize,
    /// Characters that no mailbox name may hold, beside its delimiter and control characters.
    pub refused_in_names: &'static str,
    /// Characters that no mailbox name may begin with.
    pub refused_at_start: &'static str,
    /// The most octets of one level of a name, in modified UTF-7: 94 Cyrillic letters take 255.
    pub name_part_octets: usize,
    /// The most octets of a whole name.
    pub name_octets: usize,
}

impl Quirks {
    /// Returns the keywords that mailboxes of the server can hold; `None` if they take any, or if it is not known before a mailbox
    /// is opened for writing.
    pub fn keywords(&self) -> Option<Flags> {
        (self.server == Server::Exchange).then(|| ["$MDNSent"].into_iter().collect())
    }

    /// What is known of a server by its greeting and its ID fields (empty where it has none).
    ///
    /// A greeting that came before STARTTLS may be anybody's: leave it out, and use [`by_capabilities`](Self::by_capabilities) for a
    /// server that gives no name in its ID fields.
    pub fn detect(greeting: &str, id: &[(String, String)]) -> Self {
        let said = format!("{greeting} {}", name(id).unwrap_or_default()).to_ascii_lowercase();
        Self::of(
            if said.contains("microsoft exchange") || said.contains("microsoft.exchange") {
                Server::Exchange
            } else if said.contains("dovecot") {
                Server::Dovecot
            } else if said.contains("cyrus") {
                Server::Cyrus
            } else {
                Server::Other
            },
        )
    }

    /// What is known of a server by what it offers. Only Exchange can be told, by the set that it has offered since 2010: with
    /// LITERAL+ and UIDPLUS, without the extensions that other servers with these have.
    pub fn by_capabilities(offered: &Capabilities) -> Self {
        let all = [
            "IMAP4",
            "IMAP4REV1",
            "UIDPLUS",
            "CHILDREN",
            "IDLE",
            "NAMESPACE",
            "LITERAL+",
        ];
        let none = [
            "ACL",
            "QUOTA",
            "SORT",
            "ENABLE",
            "CONDSTORE",
            "MULTIAPPEND",
            "LIST-EXTENDED",
        ];
        let exchange = all.iter().all(|name| offered.has(name)) && !none.iter().any(|name| offered.has(name));
        Self::of(if exchange { Server::Exchange } else { Server::Other })
    }

    /// What is known of a server by what it said after nobody could alter it any more.
    #[cfg(feature = "client")]
    pub(crate) fn of_session(
        greeting: Option<&str>,
        id: &[(String, String)],
        offered: &Capabilities,
    ) -> Self {
        match greeting {
            None if name(id).is_none() => Self::by_capabilities(offered),
            greeting => Self::detect(greeting.unwrap_or_default(), id),
        }
    }

    fn of(server: Server) -> Self {
        let exchange = server == Server::Exchange;
        Self {
            server,
            size_is_estimate: exchange,
            command_octets: 8000,
            // Small batches there, so that one item that it cannot convert costs little.
            fetch_messages: if exchange { 20 } else { 1000 },
            fetch_commands: if exchange { 2 } else { 1 },
            refused_in_names: if server == Server::Cyrus {
                "!\"%;<>\\^`{|}"
            } else {
                ""
            },
            refused_at_start: if server == Server::Dovecot { "~" } else { "" },
            // Most servers keep a folder in a folder of the file system, whose names end there.
            name_part_octets: 255,
            // Cyrus has room for 490 with what it puts before the name.
            name_octets: if server == Server::Cyrus { 400 } else { 1000 },
        }
    }
}

/// The name of a server's software.
fn name(id: &[(String, String)]) -> Option<&str> {
    id.iter()
        .find(|(field, _)| field.eq_ignore_ascii_case("name"))
        .map(|(_, name)| name.as_str())
}

/// What a server changes in some messages when it stores them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Alteration {
    /// Octets above 127 in the header become `X` (Cyrus, unless its `munge8bit` is off).
    EightBitHeader,
    /// A CR before CR LF or at the very end is dropped (Dovecot).
    StrayCarriageReturn,
}

impl Quirks {
    /// Returns how this server is known to change a message that it stores. Other changes show only when the message is read
    /// back.
    pub fn alteration(&self, message: &[u8]) -> Option<Alteration> {
        let mut watch = self.watch();
        watch.see(message).or_else(|| watch.end())
    }

    /// As [`alteration`](Self::alteration), for a message that comes in pieces.
    pub fn watch(&self) -> AlterationWatch {
        AlterationWatch {
            server: self.server,
            last: [0; 3],
            in_header: true,
        }
    }
}

/// Looks for what a server would [alter](Alteration) in a message that comes in pieces; how it is cut does not matter.
#[derive(Clone, Debug)]
pub struct AlterationWatch {
    server: Server,
    /// The last octets seen, the latest last.
    last: [u8; 3],
    in_header: bool,
}

impl AlterationWatch {
    /// Looks at the next piece.
    pub fn see(&mut self, piece: &[u8]) -> Option<Alteration> {
        let found = match self.server {
            Server::Cyrus => self.eight_bit_header(piece),
            Server::Dovecot => self.stray_carriage_return(piece),
            Server::Exchange | Server::Other => None,
        };
        let seen = [
            &self.last,
            piece.get(piece.len().saturating_sub(3)..).unwrap_or_default(),
        ]
        .concat();
        if let Some(last) = seen.last_chunk() {
            self.last = *last;
        }
        found
    }

    /// Looks at the end of the message.
    pub fn end(&self) -> Option<Alteration> {
        let stray = self.server == Server::Dovecot && self.last.ends_with(b"\r");
        stray.then_some(Alteration::StrayCarriageReturn)
    }

    fn eight_bit_header(&mut self, piece: &[u8]) -> Option<Alteration> {
        if !self.in_header {
            return None;
        }
        let head = [&self.last, piece.get(..piece.len().min(3)).unwrap_or_default()].concat();
        let end = if memchr::memmem::find(&head, b"\r\n\r\n").is_some() {
            Some(0)
        } else {
            memchr::memmem::find(piece, b"\r\n\r\n")
        };
        self.in_header = end.is_none();
        let header = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
        (!header.is_ascii()).then_some(Alteration::EightBitHeader)
    }

    fn stray_carriage_return(&self, piece: &[u8]) -> Option<Alteration> {
        let [.., before, last] = self.last;
        let across = match piece {
            [b'\r', b'\n', ..] => last == b'\r',
            [b'\n', ..] => before == b'\r' && last == b'\r',
            _ => false,
        };
        (across || memchr::memmem::find(piece, b"\r\r\n").is_some())
            .then_some(Alteration::StrayCarriageReturn)
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self::detect("", &[])
    }
}

/// The meaning of a refusal, by its code or its text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// Credentials or rights are wrong.
    Authentication,
    /// The mailbox does not exist.
    NotFound,
    /// Wait (for this long, if the server said so), then reconnect and resume.
    Throttled(Option<Duration>),
    /// A temporary problem of the server.
    Transient,
    /// None of these.
    Permanent,
}

/// Reads a NO, BAD or BYE: its code first, then texts that Exchange is known to send without one.
pub fn refusal(status: &Status) -> Refusal {
    let text = status.text.to_ascii_lowercase();
    match implied_code(status) {
        Some(
            ResponseCode::AuthenticationFailed | ResponseCode::AuthorizationFailed | ResponseCode::Expired,
        ) => Refusal::Authentication,
        Some(ResponseCode::NonExistent | ResponseCode::TryCreate) => Refusal::NotFound,
        Some(ResponseCode::InUse | ResponseCode::Unavailable | ResponseCode::ServerBug) => Refusal::Transient,
        _ if text.contains("request is throttled") || text.contains("suggested backoff time") => {
            Refusal::Throttled(backoff(&status.text))
        }
        _ => Refusal::Permanent,
    }
}

/// The code of a refusal, or the one that its text stands for: Exchange says in words alone what other servers say by
/// code, and so do they at times.
///
/// | words | code |
/// |---|---|
/// | `User is authenticated but not connected` | [`AuthorizationFailed`](ResponseCode::AuthorizationFailed): a wrong password, or no right to the mailbox, found out one command late |
/// | `... doesn't exist` | [`NonExistent`](ResponseCode::NonExistent) |
/// | `Server Unavailable` | [`Unavailable`](ResponseCode::Unavailable) |
/// | `Maximum size of appendable message has been exceeded` | [`TooBig`](ResponseCode::TooBig) |
/// | `Folder name is reserved` | [`Cannot`](ResponseCode::Cannot) |
/// | `Quota exceeded` | [`OverQuota`](ResponseCode::OverQuota) |
///
/// `Command Argument Error` may be anything and has none; neither has `Command received in Invalid state`, which comes
/// for a log-in without TLS too, nor `The specified message set is invalid`, the answer to a range of sequence numbers
/// beyond the last.
pub fn implied_code(status: &Status) -> Option<ResponseCode> {
    if status.code.is_some() {
        return status.code.clone();
    }
    let text = status.text.to_ascii_lowercase();
    let words: [(&str, ResponseCode); 7] = [
        (
            "authenticated but not connected",
            ResponseCode::AuthorizationFailed,
        ),
        ("doesn't exist", ResponseCode::NonExistent),
        ("does not exist", ResponseCode::NonExistent),
        ("server unavailable", ResponseCode::Unavailable),
        ("maximum size of appendable message", ResponseCode::TooBig),
        ("folder name is reserved", ResponseCode::Cannot),
        ("quota exceeded", ResponseCode::OverQuota),
    ];
    words
        .into_iter()
        .find(|(words, _)| text.contains(words))
        .map(|(_, code)| code)
}

/// The wait that Exchange asks for: `Suggested Backoff Time: 299961 milliseconds`.
///
/// ```
/// let text = "Request is throttled. Suggested Backoff Time: 299961 milliseconds";
/// assert_eq!(tegu_imap::quirks::backoff(text).unwrap().as_millis(), 299_961);
/// ```
pub fn backoff(text: &str) -> Option<Duration> {
    // A server cannot make a run wait for ever.
    const LONGEST: Duration = Duration::from_secs(3600);
    let lower = text.to_ascii_lowercase();
    let (_, rest) = lower.split_once("backoff time:")?;
    let rest = rest.trim_start();
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number = rest.get(..digits)?.parse().ok()?;
    Some(Duration::from_millis(number).min(LONGEST))
}

/// What a placeholder says about the item that Exchange could not convert.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Placeholder {
    /// The item's subject.
    pub subject: Option<String>,
    /// Its sender.
    pub from: Option<String>,
    /// When it was sent, as the server writes it.
    pub sent: Option<String>,
}

/// Recognises the note that Exchange sends in place of a message that it cannot convert.
///
/// Both its subject and its body must match: a person may well write about such a note, or forward one.
pub fn placeholder(message: &[u8]) -> Option<Placeholder> {
    // The note is short; what is larger is mail.
    const LARGEST: usize = 64 << 10;
    if message.len() > LARGEST {
        return None;
    }
    let header = header(message);
    // Asked of every message: most are told by a search for one word.
    memchr::memmem::find(header, b"Retrieval")?;
    let fields = fields(header);
    let (_, subject) = fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(b"subject"))?;
    let subject = String::from_utf8_lossy(subject);
    let words: Vec<&str> = subject.split_whitespace().collect();
    if !words
        .join(" ")
        .starts_with("Retrieval using the IMAP4 protocol failed for the following message")
    {
        return None;
    }
    let body = crate::content::texts(message);
    // "couldn't" with one apostrophe or another, or "could not".
    if !body.contains("retrieve the following message") {
        return None;
    }
    let value_of = |name: &str| {
        body.lines()
            .find_map(|line| field(line.trim(), name))
            .map(str::to_owned)
    };
    let unquote = |text: String| text.trim_matches('"').to_owned();
    Some(Placeholder {
        subject: value_of("subject").map(unquote),
        from: value_of("from").map(unquote),
        sent: value_of("sent date").or_else(|| value_of("sent")),
    })
}

fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (head, value) = line.split_once(':')?;
    head.eq_ignore_ascii_case(name).then(|| value.trim())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::{Decoder, Response};

    fn status(line: &str) -> Status {
        let mut decoder = Decoder::default();
        decoder.push(line.as_bytes());
        match decoder.next_response().unwrap().unwrap() {
            Response::Tagged(_, status) | Response::Untagged(status) => status,
            other => panic!("{other:?}"),
        }
    }

    fn refused(line: &str) -> Refusal {
        refusal(&status(line))
    }

    #[test]
    fn exchange_is_known_by_what_it_offers() {
        let offered = |text: &str| Quirks::by_capabilities(&text.split(' ').collect()).server;
        let exchange =
            "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=NTLM AUTH=GSSAPI UIDPLUS CHILDREN IDLE NAMESPACE LITERAL+";
        assert_eq!(offered(exchange), Server::Exchange);
        assert_eq!(offered(&format!("{exchange} QUOTA")), Server::Other);
        assert_eq!(
            offered("IMAP4rev1 UIDPLUS CHILDREN IDLE NAMESPACE LITERAL+"),
            Server::Other
        );
        let offered: Capabilities = exchange.split(' ').collect();
        let of = |greeting, id: &[(String, String)]| Quirks::of_session(greeting, id, &offered).server;
        assert_eq!(of(None, &[]), Server::Exchange);
        assert_eq!(of(Some("Dovecot ready."), &[]), Server::Dovecot);
        assert_eq!(of(None, &[("name".into(), "Cyrus IMAP".into())]), Server::Cyrus);
    }

    #[test]
    fn refusals_that_servers_are_known_to_send() {
        let wait = Some(Duration::from_millis(299_961));
        for (line, meaning) in [
            (
                "A1 BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n",
                Refusal::Throttled(wait),
            ),
            (
                "A1 BAD User is authenticated but not connected.\r\n",
                Refusal::Authentication,
            ),
            ("A1 NO Server Unavailable. 15\r\n", Refusal::Transient),
            ("A1 BAD Command Argument Error. 11\r\n", Refusal::Permanent),
            ("A1 BAD Command Argument Error. 12\r\n", Refusal::Permanent),
            (
                "A1 BAD Command received in Invalid state.\r\n",
                Refusal::Permanent,
            ),
            (
                "A1 NO The specified message set is invalid.\r\n",
                Refusal::Permanent,
            ),
            ("A1 NO Folder name is reserved.\r\n", Refusal::Permanent),
            (
                "A1 NO Maximum size of appendable message has been exceeded.\r\n",
                Refusal::Permanent,
            ),
            ("A1 NO [TRYCREATE] no\r\n", Refusal::NotFound),
            ("A1 NO [NONEXISTENT] no\r\n", Refusal::NotFound),
            ("A1 NO [AUTHENTICATIONFAILED] no\r\n", Refusal::Authentication),
            ("A1 NO [LIMIT] too many\r\n", Refusal::Permanent),
            ("A1 NO [OVERQUOTA] full\r\n", Refusal::Permanent),
            ("A1 NO [TOOBIG] no\r\n", Refusal::Permanent),
            ("A1 NO [INUSE] later\r\n", Refusal::Transient),
            ("A1 NO [UNAVAILABLE] later\r\n", Refusal::Transient),
            ("A1 NO [SERVERBUG] oh\r\n", Refusal::Transient),
            ("A1 NO Mailbox does not exist\r\n", Refusal::NotFound),
            ("* BYE Connection is closed. 13\r\n", Refusal::Permanent),
            // After ten errors.
            ("* BYE Connection closed. 14\r\n", Refusal::Permanent),
            (
                "* BYE Request is throttled. Suggested Backoff Time: 299961 milliseconds\r\n",
                Refusal::Throttled(wait),
            ),
            // A code comes before words.
            ("A1 NO [OVERQUOTA] Server Unavailable.\r\n", Refusal::Permanent),
        ] {
            assert_eq!(refused(line), meaning, "{line}");
        }
    }

    #[test]
    fn words_stand_for_codes() {
        for (line, code) in [
            (
                "A1 NO Maximum size of appendable message has been exceeded.\r\n",
                Some(ResponseCode::TooBig),
            ),
            ("A1 NO Folder name is reserved.\r\n", Some(ResponseCode::Cannot)),
            (
                "A1 NO Quota exceeded (mailbox for user is full)\r\n",
                Some(ResponseCode::OverQuota),
            ),
            ("A1 NO [LIMIT] quota exceeded\r\n", Some(ResponseCode::Limit)),
            ("A1 NO [INUSE] x\r\n", Some(ResponseCode::InUse)),
            ("A1 BAD Command Argument Error. 11\r\n", None),
            ("A1 NO The specified message set is invalid.\r\n", None),
        ] {
            assert_eq!(implied_code(&status(line)), code, "{line}");
        }
    }

    #[test]
    fn backoff_is_bounded_and_tolerant() {
        assert_eq!(backoff("Suggested Backoff Time: soon"), None);
        assert_eq!(
            backoff("Backoff Time: 99999999999 ms"),
            Some(Duration::from_secs(3600))
        );
        assert_eq!(backoff("Backoff Time: 99999999999999999999999999 ms"), None);
    }

    #[test]
    fn a_placeholder_is_known_by_subject_and_body() {
        let note = "From: Microsoft Exchange Server 2010\r\nSubject: Retrieval using the IMAP4 protocol failed for the\r\n \
            following message: 17\r\n\r\nThe server couldn\u{2019}t retrieve the following message:\r\n\r\n\
            Subject: \"Отпуск\"\r\nFrom: \"Иванов\"\r\nSent date: 1.02.2020 10:00:00\r\n";
        let found = placeholder(note.as_bytes()).unwrap();
        assert_eq!(found.subject.as_deref(), Some("Отпуск"));
        assert_eq!(found.from.as_deref(), Some("Иванов"));
        assert_eq!(found.sent.as_deref(), Some("1.02.2020 10:00:00"));
        let quoted = note
            .replace(
                "\r\n\r\nThe",
                "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nThe",
            )
            .replace("couldn\u{2019}t retrieve", "couldn=E2=80=99t re=\r\ntrieve")
            .replace("Отпуск", "=D0=9E=D1=82=D0=BF=D1=83=D1=81=D0=BA =zz");
        let found = placeholder(quoted.as_bytes()).unwrap();
        assert_eq!(found.subject.as_deref(), Some("Отпуск =zz"));
        // In base64, as Exchange sends texts that are mostly not ASCII, and as one of two bodies.
        let (header, body) = note.split_once("\r\n\r\n").unwrap();
        let encoded = format!(
            "{header}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64::Engine::encode(&base64::prelude::BASE64_STANDARD, body)
        );
        assert_eq!(
            placeholder(encoded.as_bytes()).unwrap().from.as_deref(),
            Some("Иванов")
        );
        let (from, inner) = encoded.split_once("\r\nContent-Tr").unwrap();
        let both = format!(
            "{from}\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\
             Content-Tr{inner}--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--\r\n"
        );
        assert_eq!(
            placeholder(both.as_bytes()).unwrap().subject.as_deref(),
            Some("Отпуск")
        );
        assert_eq!(placeholder(note.replace("retrieve", "return").as_bytes()), None);
        assert_eq!(
            placeholder(note.replace("Subject: R", "Subject: Fwd: R").as_bytes()),
            None
        );
    }

    proptest::proptest! {
        #[test]
        fn what_a_server_alters_is_seen_however_the_message_is_cut(
            message in proptest::collection::vec(proptest::sample::select(&b"a\r\n\xff"[..]), 0..12),
            sizes in proptest::collection::vec(1..4_usize, 1..4),
        ) {
            let header_end = memchr::memmem::find(&message, b"\r\n\r\n").unwrap_or(message.len());
            let stray = message.ends_with(b"\r") || memchr::memmem::find(&message, b"\r\r\n").is_some();
            for (greeting, alters) in [
                ("Cyrus", !message[..header_end].is_ascii()),
                ("Dovecot", stray),
                ("other", false),
            ] {
                let quirks = Quirks::detect(greeting, &[]);
                proptest::prop_assert_eq!(quirks.alteration(&message).is_some(), alters);
                let (mut watch, mut rest, mut found) = (quirks.watch(), &message[..], false);
                for size in sizes.iter().cycle() {
                    let (now, later) = rest.split_at(rest.len().min(*size));
                    found |= watch.see(now).is_some();
                    rest = later;
                    if rest.is_empty() { break }
                }
                proptest::prop_assert_eq!(found || watch.end().is_some(), alters);
            }
        }
    }

    #[test]
    fn servers_are_known_by_what_they_say() {
        let detect = |greeting| Quirks::detect(greeting, &[]).server;
        assert_eq!(
            detect("The Microsoft Exchange IMAP4 service is ready."),
            Server::Exchange
        );
        assert_eq!(detect("Dovecot (Debian) ready."), Server::Dovecot);
        assert_eq!(detect("host Cyrus IMAP 3.6 server ready"), Server::Cyrus);
        assert_eq!(detect("ready"), Server::Other);
        let id = [(
            "name".to_owned(),
            "Microsoft.Exchange.Imap4.Imap4Server".to_owned(),
        )];
        assert_eq!(Quirks::detect("ready", &id).server, Server::Exchange);
    }
}
