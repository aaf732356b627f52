//! Odd but legal or really seen response lines, one by one: what is told of each is all that must be read in it.

use tegu_imap::wire::{Body, Decoder, FetchItem, NamespaceItem, Response, ResponseCode, Status};

/// A line and what is read in it; `?` for one that is skipped whole.
const LINES: &[(&str, &str, &str)] = &[
    (
        "NAMESPACE Dovecot",
        "* NAMESPACE ((\"\" \"/\")) NIL NIL",
        "NAMESPACE [\"\"'/'] [] []",
    ),
    (
        "NAMESPACE Cyrus ext",
        "* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) ((\"Shared Folders/\" \"/\" \"TRANSLATION\" (\"&BB4EMQRJBDgENQ-/\")))",
        "NAMESPACE [\"\"'/'] [\"Other Users/\"'/'] [\"Shared Folders/\"'/']",
    ),
    (
        "ACL",
        "* ACL INBOX anna lrswipkxtecda anyone lr",
        "ACL INBOX anna=lrswipkxtea anyone=lr",
    ),
    (
        "MYRIGHTS",
        "* MYRIGHTS INBOX lrswipkxtecda",
        "MYRIGHTS INBOX lrswipkxtea",
    ),
    (
        "LIST special-use",
        "* LIST (\\HasNoChildren \\Sent) \"/\" Sent",
        "LIST Sent '/' \\HasNoChildren \\Sent",
    ),
    (
        "LIST NIL delimiter",
        "* LIST (\\Noinferiors) NIL INBOX",
        "LIST INBOX - \\Noinferiors",
    ),
    (
        "LIST CHILDINFO",
        "* LIST () \"/\" \"Foo\" (\"CHILDINFO\" (\"SUBSCRIBED\"))",
        "LIST Foo '/'",
    ),
    (
        "LIST OLDNAME",
        "* LIST () \"/\" \"NewMailbox\" (\"OLDNAME\" (\"OldMailbox\"))",
        "LIST NewMailbox '/'",
    ),
    (
        "LIST literal name",
        "* LIST () \"/\" {5}\r\na\"b\\c",
        "LIST a\"b\\c '/'",
    ),
    (
        "LIST literal 8bit/utf8 name",
        "* LIST () \"/\" {10}\r\nАрхив",
        "LIST Архив '/'",
    ),
    (
        "LIST unquoted [ ] atom",
        "* LIST () \"/\" Projects/[Gmail]",
        "LIST Projects/[Gmail] '/'",
    ),
    (
        "LIST mUTF-7 & atom",
        "* LIST () \".\" &BBAEQARFBDgEMg-.2023",
        "LIST &BBAEQARFBDgEMg-.2023 '.'",
    ),
    (
        "LSUB",
        "* LSUB (\\Noselect) \"/\" \"a b\"",
        "LSUB a b '/' \\Noselect",
    ),
    ("ESEARCH", "* ESEARCH (TAG \"A1\") UID ALL 4:9,12", "?"),
    (
        "ESEARCH MIN MAX COUNT",
        "* ESEARCH (TAG \"A1\") UID MIN 4 MAX 12 COUNT 7",
        "?",
    ),
    ("SEARCH empty+space", "* SEARCH ", "?"),
    ("SEARCH MODSEQ", "* SEARCH 2 5 6 (MODSEQ 917162500)", "?"),
    (
        "STATUS SIZE/DELETED",
        "* STATUS INBOX (MESSAGES 3 SIZE 99999999999 DELETED 1)",
        "STATUS INBOX messages=3 size=99999999999",
    ),
    (
        "STATUS APPENDLIMIT MAILBOXID",
        "* STATUS INBOX (MESSAGES 3 APPENDLIMIT NIL MAILBOXID (F2212ea87))",
        "STATUS INBOX messages=3",
    ),
    (
        "STATUS HIGHESTMODSEQ big",
        "* STATUS INBOX (MESSAGES 3 HIGHESTMODSEQ 18446744073709551615)",
        "STATUS INBOX messages=3 modseq=18446744073709551615",
    ),
    (
        "STATUS Exchange trailing space",
        "* STATUS INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 5 UNSEEN 1) ",
        "STATUS INBOX messages=3 next=9 validity=5 unseen=1",
    ),
    (
        "FETCH basic",
        "* 12 FETCH (UID 7 FLAGS (\\Seen $Forwarded) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 44827)",
        "FETCH 12 uid=7 flags=\\Seen,$Forwarded date=837596665-420 size=44827",
    ),
    (
        "FETCH date with space day",
        "* 1 FETCH (UID 7 INTERNALDATE \" 7-Jul-1996 02:44:25 +0000\")",
        "FETCH 1 uid=7 date=836707465+0",
    ),
    (
        "FETCH INTERNALDATE no pad",
        "* 1 FETCH (UID 7 INTERNALDATE \"7-Jul-1996 02:44:25 +0000\")",
        "FETCH 1 uid=7 date=836707465+0",
    ),
    (
        "FETCH INTERNALDATE NIL",
        "* 1 FETCH (UID 7 INTERNALDATE NIL)",
        "FETCH 1 uid=7",
    ),
    (
        "FETCH MODSEQ",
        "* 1 FETCH (UID 7 MODSEQ (624140003))",
        "FETCH 1 uid=7 modseq=624140003",
    ),
    (
        "FETCH PREVIEW",
        "* 1 FETCH (UID 7 PREVIEW \"Привет\" FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
    (
        "FETCH EMAILID THREADID",
        "* 1 FETCH (UID 7 EMAILID (M6d99ac3275bb4e) THREADID (T64b478a75b7ea9) FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
    (
        "FETCH SAVEDATE NIL",
        "* 1 FETCH (UID 7 SAVEDATE NIL FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
    (
        "FETCH X-GM-*",
        "* 1 FETCH (X-GM-THRID 1278455344230334865 X-GM-LABELS (\\Inbox \"Личное\" Work) UID 7)",
        "FETCH 1 uid=7",
    ),
    (
        "FETCH BODY[] NIL",
        "* 1 FETCH (UID 7 BODY[] NIL)",
        "FETCH 1 uid=7 body=NIL",
    ),
    (
        "FETCH BODY[] empty literal",
        "* 1 FETCH (UID 7 BODY[] {0}\r\n FLAGS ())",
        "FETCH 1 uid=7 flags= body=\"\"",
    ),
    (
        "FETCH BODY[] quoted empty",
        "* 1 FETCH (UID 7 BODY[] \"\")",
        "FETCH 1 uid=7 body=\"\"",
    ),
    (
        "FETCH BODY[]<0> partial",
        "* 1 FETCH (UID 7 BODY[]<0> {4}\r\nabcd)",
        "FETCH 1 uid=7",
    ),
    (
        "FETCH BODY[HEADER.FIELDS quoted]",
        "* 1 FETCH (UID 7 BODY[HEADER.FIELDS (\"Subject\" \"X )]\")] {2}\r\n\r\n FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
    (
        "FETCH BINARY[]",
        "* 1 FETCH (UID 7 BINARY[] {4}\r\nabcd)",
        "FETCH 1 uid=7",
    ),
    (
        "FETCH BINARY[] literal8",
        "* 1 FETCH (UID 7 BINARY[1] ~{4}\r\nabcd FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
    (
        "FETCH RFC822.SIZE >4G",
        "* 1 FETCH (UID 7 RFC822.SIZE 4294967297)",
        "FETCH 1 uid=7 size=4294967297",
    ),
    (
        "FETCH RFC822.SIZE -1",
        "* 1 FETCH (UID 7 RFC822.SIZE -1)",
        "FETCH 1 uid=7",
    ),
    (
        "FETCH double space",
        "* 1 FETCH  (UID  7  FLAGS  (\\Seen))",
        "FETCH 1 uid=7 flags=\\Seen",
    ),
    (
        "FETCH trailing space in parens",
        "* 1 FETCH (UID 7 FLAGS (\\Seen ) )",
        "FETCH 1 uid=7 flags=\\Seen",
    ),
    (
        "FETCH flag odd chars",
        "* 1 FETCH (UID 7 FLAGS (\\Seen a]b %c))",
        "FETCH 1 uid=7 flags=\\Seen,%c,a]b",
    ),
    (
        "FETCH flag utf8",
        "* 1 FETCH (UID 7 FLAGS (важно))",
        "FETCH 1 uid=7 flags=важно",
    ),
    (
        "FETCH literal with NUL",
        "* 1 FETCH (UID 7 BODY[] {3}\r\na\0b)",
        "FETCH 1 uid=7 body=\"a\\0b\"",
    ),
    (
        "FETCH literal+ syntax from server",
        "* 1 FETCH (UID 7 BODY[] {3+}\r\nabc)",
        "FETCH 1 uid=7 body=\"abc\"",
    ),
    (
        "FLAGS 8bit / \\*",
        "* FLAGS (\\Answered \\Seen важно \\*)",
        "FLAGS \\Answered,\\Seen,\\*,важно",
    ),
    (
        "PERMANENTFLAGS ()",
        "* OK [PERMANENTFLAGS ()] No permanent flags",
        "* Ok PermanentFlags({}, false) \"No permanent flags\"",
    ),
    (
        "APPENDUID set",
        "A1 OK [APPENDUID 38505 3955:3957,3960] done",
        "A1 Ok AppendUid(38505, [3955, 3956, 3957, 3960]) \"done\"",
    ),
    (
        "APPENDUID single",
        "A1 OK [APPENDUID 38505 3955] done",
        "A1 Ok AppendUid(38505, [3955]) \"done\"",
    ),
    (
        "COPYUID sets",
        "A1 OK [COPYUID 38505 304,319:320 3956:3958] Done",
        "A1 Ok Other(\"COPYUID\", \"38505 304,319:320 3956:3958\") \"Done\"",
    ),
    (
        "COPYUID reversed set",
        "A1 OK [COPYUID 38505 320:319 3957:3956] Done",
        "A1 Ok Other(\"COPYUID\", \"38505 320:319 3957:3956\") \"Done\"",
    ),
    (
        "HIGHESTMODSEQ",
        "* OK [HIGHESTMODSEQ 715194045007] x",
        "* Ok HighestModSeq(715194045007) \"x\"",
    ),
    (
        "NOMODSEQ",
        "* OK [NOMODSEQ] no mod-sequences",
        "* Ok Other(\"NOMODSEQ\", \"\") \"no mod-sequences\"",
    ),
    (
        "UIDNOTSTICKY/CLOSED",
        "* OK [CLOSED] Previous mailbox closed",
        "* Ok Other(\"CLOSED\", \"\") \"Previous mailbox closed\"",
    ),
    (
        "MAILBOXID code",
        "* OK [MAILBOXID (F2212ea87-6097)] Ok",
        "* Ok Other(\"MAILBOXID\", \"(F2212ea87-6097)\") \"Ok\"",
    ),
    (
        "BYE + ALERT",
        "* BYE [ALERT] Maintenance",
        "* Bye Alert \"Maintenance\"",
    ),
    ("BYE empty text", "* BYE ", "* Bye - \"\""),
    ("BYE no text at all", "* BYE", "* Bye - \"\""),
    ("tagged OK no text", "A1 OK", "A1 Ok - \"\""),
    ("tagged NO trailing space", "A1 NO ", "A1 No - \"\""),
    (
        "Exchange BAD invalid state",
        "A1 BAD Command received in Invalid state.",
        "A1 Bad - \"Command received in Invalid state.\"",
    ),
    (
        "Exchange throttle",
        "A1 BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds",
        "A1 Bad - \"Request is throttled. Suggested Backoff Time: 299961 milliseconds\"",
    ),
    (
        "Exchange `* BYE Connection is closed. 13`",
        "* BYE Connection is closed. 13",
        "* Bye - \"Connection is closed. 13\"",
    ),
    (
        "NO [OVERQUOTA]",
        "A1 NO [OVERQUOTA] Quota exceeded",
        "A1 No OverQuota \"Quota exceeded\"",
    ),
    (
        "NO [TRYCREATE]",
        "A1 NO [TRYCREATE] Mailbox doesn't exist",
        "A1 No TryCreate \"Mailbox doesn't exist\"",
    ),
    (
        "NO [LIMIT]/[TOOBIG]",
        "A1 NO [LIMIT] too much",
        "A1 No Limit \"too much\"",
    ),
    (
        "NO [TOOBIG]",
        "A1 NO [TOOBIG] too big",
        "A1 No TooBig \"too big\"",
    ),
    (
        "unknown code w args",
        "* OK [XYZZY a (b \"c]\") d] text",
        "* Ok Other(\"XYZZY\", \"a (b \\\"c]\\\") d\") \"text\"",
    ),
    (
        "code w ] in text",
        "* OK [UIDNEXT 4392] Predicted [next] UID",
        "* Ok UidNext(4392) \"Predicted [next] UID\"",
    ),
    (
        "non-ASCII text",
        "A1 NO Сервер недоступен. 15",
        "A1 No - \"Сервер недоступен. 15\"",
    ),
    (
        "greeting CAPABILITY",
        "* OK [CAPABILITY IMAP4rev1 SASL-IR LITERAL+] ready",
        "* Ok Capability(IMAP4REV1 LITERAL+ SASL-IR) \"ready\"",
    ),
    (
        "CAPABILITY trailing space",
        "* CAPABILITY IMAP4 IMAP4rev1 IDLE ",
        "CAPABILITY IDLE IMAP4 IMAP4REV1",
    ),
    (
        "CAPABILITY w/o IMAP4rev1",
        "* CAPABILITY IMAP4rev2 AUTH=PLAIN",
        "CAPABILITY AUTH=PLAIN IMAP4REV2",
    ),
    (
        "ENABLED",
        "* ENABLED CONDSTORE QRESYNC",
        "ENABLED CONDSTORE QRESYNC",
    ),
    (
        "ID",
        "* ID (\"name\" \"Microsoft.Exchange.Imap4.Imap4Server\" \"version\" \"15.20\" \"os\" NIL)",
        "ID name=Microsoft.Exchange.Imap4.Imap4Server version=15.20",
    ),
    (
        "VANISHED EARLIER",
        "* VANISHED (EARLIER) 300:310,405,411",
        "VANISHED earlier 300:310,405,411",
    ),
    ("VANISHED", "* vanished 405", "VANISHED now 405"),
    ("VANISHED nothing", "* VANISHED (EARLIER)", "VANISHED earlier "),
    ("VANISHED garbage", "* VANISHED (EARLIER) 1:x", "?"),
    (
        "QUOTA",
        "* QUOTA \"User quota\" (STORAGE 10 512 MESSAGE 3 1000)",
        "QUOTA \"User quota\" STORAGE=10/512 MESSAGE=3/1000",
    ),
    (
        "QUOTAROOT",
        "* QUOTAROOT INBOX \"User quota\"",
        "QUOTAROOT INBOX User quota",
    ),
    ("METADATA", "* METADATA INBOX (/shared/comment {3}\r\na)b)", "?"),
    ("+ empty", "+", "+ \"\""),
    ("+ space", "+ ", "+ \"\""),
    (
        "+ Ready",
        "+ Ready for additional command text.",
        "+ \"Ready for additional command text.\"",
    ),
    ("unknown untagged", "* X-ODD (a \"b\" {3}\r\n)*c) d", "?"),
    ("THREAD", "* THREAD (2)(3 6 (4 23)(44 7 96))", "?"),
    ("EXISTS LF only", "* 23 EXISTS", "EXISTS 23"),
    ("RECENT", "* 5 RECENT", "RECENT 5"),
    (
        "FETCH BODYSTRUCTURE nested rfc822 NIL env",
        "* 1 FETCH (UID 7 BODYSTRUCTURE (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 342 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"TEXT\" \"PLAIN\" NIL NIL NIL NIL 3 1) 10) FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
    (
        "ENVELOPE 8bit quoted",
        "* 1 FETCH (UID 7 ENVELOPE (\"Mon, 7 Feb 1994\" \"Тема \\\"x\\\"\" NIL NIL NIL NIL NIL NIL NIL NIL) FLAGS ())",
        "FETCH 1 uid=7 flags=",
    ),
];

#[test]
fn every_line_is_read_and_the_next_one_is_not_lost() {
    for (what, line, expected) in LINES {
        let mut decoder = Decoder::default();
        let end = if what.contains("LF only") { "\n" } else { "\r\n" };
        decoder.push(format!("{line}{end}* 77 EXISTS\r\n").as_bytes());
        let response = decoder.next_response().unwrap().unwrap();
        assert_eq!(tell(&response), *expected, "{what}");
        assert_eq!(
            decoder.next_response().unwrap(),
            Some(Response::Exists(77)),
            "{what}"
        );
        // Octet by octet it is the same.
        let mut slowly = Decoder::default();
        let mut first = None;
        for octet in format!("{line}{end}").bytes() {
            slowly.push(&[octet]);
            first = first.or(slowly.next_response().unwrap());
        }
        assert_eq!(first, Some(response), "{what}");
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn tell(response: &Response) -> String {
    match response {
        Response::Tagged(tag, status) => tell_status(tag, status),
        Response::Untagged(status) => tell_status("*", status),
        Response::Continue(text) => format!("+ {text:?}"),
        Response::Capability(names) => format!("CAPABILITY {}", names.iter().collect::<Vec<_>>().join(" ")),
        Response::Enabled(names) => format!("ENABLED {}", names.iter().collect::<Vec<_>>().join(" ")),
        Response::Vanished(earlier, uids) => {
            format!("VANISHED {} {uids}", if *earlier { "earlier" } else { "now" })
        }
        Response::List(item) | Response::Lsub(item) => {
            let word = if matches!(response, Response::List(_)) {
                "LIST"
            } else {
                "LSUB"
            };
            let delimiter = item
                .delimiter
                .map_or("-".to_owned(), |delimiter| format!("{delimiter:?}"));
            let told = format!(
                "{word} {} {delimiter} {}",
                text(&item.name),
                item.attributes.join(" ")
            );
            told.trim_end().to_owned()
        }
        Response::Flags(flags) => format!("FLAGS {}", flags.iter().collect::<Vec<_>>().join(",")),
        Response::Exists(count) => format!("EXISTS {count}"),
        Response::Recent(count) => format!("RECENT {count}"),
        Response::Fetch(item) => tell_fetch(item),
        Response::Status(name, items) => {
            let mut told = format!("STATUS {}", text(name));
            for (what, value) in [
                ("messages", items.messages.map(u64::from)),
                ("next", items.uid_next.map(u64::from)),
                (
                    "validity",
                    items.uid_validity.map(|validity| validity.get().into()),
                ),
                ("unseen", items.unseen.map(u64::from)),
                ("size", items.size),
                ("modseq", items.highest_mod_seq),
            ] {
                told += &value.map(|value| format!(" {what}={value}")).unwrap_or_default();
            }
            told
        }
        Response::Namespace(kinds) => {
            let of = |items: &Vec<NamespaceItem>| {
                let item = |item: &NamespaceItem| {
                    let delimiter = item
                        .delimiter
                        .map_or("-".to_owned(), |delimiter| format!("{delimiter:?}"));
                    format!("{:?}{delimiter}", item.prefix)
                };
                format!(" [{}]", items.iter().map(item).collect::<Vec<_>>().join(" "))
            };
            format!("NAMESPACE{}", kinds.iter().map(of).collect::<String>())
        }
        Response::Id(fields) => {
            let field = |(name, value): &(String, String)| format!(" {name}={value}");
            format!("ID{}", fields.iter().map(field).collect::<String>())
        }
        Response::Acl(name, entries) => {
            let entries = entries
                .iter()
                .map(|entry| format!(" {}={}", entry.identifier, entry.rights));
            format!("ACL {}{}", text(name), entries.collect::<String>())
        }
        Response::MyRights(name, rights) => format!("MYRIGHTS {} {rights}", text(name)),
        Response::Quota(quota) => {
            let resources = quota.resources.iter();
            let resources = resources.map(|one| format!(" {}={}/{}", one.name, one.usage, one.limit));
            format!("QUOTA {:?}{}", quota.root, resources.collect::<String>())
        }
        Response::QuotaRoot(name, roots) => format!("QUOTAROOT {} {}", text(name), roots.join(" ")),
        Response::Unknown(_) => "?".to_owned(),
        other => format!("{other:?}"),
    }
}

fn tell_status(tag: &str, status: &Status) -> String {
    let code = match &status.code {
        None => "-".to_owned(),
        Some(ResponseCode::Capability(names)) => {
            format!("Capability({})", names.iter().collect::<Vec<_>>().join(" "))
        }
        Some(ResponseCode::AppendUid(validity, uids)) => {
            let uids: Vec<u32> = uids.iter().map(|uid| uid.get()).collect();
            format!("AppendUid({validity}, {uids:?})")
        }
        Some(code) => format!("{code:?}"),
    };
    format!("{tag} {:?} {code} {:?}", status.condition, status.text)
}

fn tell_fetch(item: &FetchItem) -> String {
    let mut told = format!("FETCH {}", item.sequence);
    let mut add = |what: &str, value: Option<String>| {
        told += &value.map(|value| format!(" {what}={value}")).unwrap_or_default();
    };
    add("uid", item.uid.map(|uid| uid.to_string()));
    add(
        "flags",
        item.flags
            .as_ref()
            .map(|flags| flags.iter().collect::<Vec<_>>().join(",")),
    );
    let date = item.internal_date;
    add(
        "date",
        date.map(|date| format!("{}{:+}", date.unix_seconds(), date.offset_minutes())),
    );
    add("size", item.size.map(|size| size.to_string()));
    add("modseq", item.mod_seq.map(|sequence| sequence.to_string()));
    add(
        "body",
        item.body().map(|body| match body {
            Body::Whole(octets) => format!("{:?}", text(octets)),
            Body::Nil => "NIL".to_owned(),
            other => format!("{other:?}"),
        }),
    );
    told
}
