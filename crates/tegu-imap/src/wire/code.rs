//! Response codes: the bracketed word of a status response (RFC 3501, section 7.1; RFC 5530).

use std::str::FromStr;

use super::capability::Capabilities;
use super::flags::Flags;
use super::uid::{Uid, UidValidity};

/// A response code, which says more than OK, NO and BAD.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ResponseCode {
    /// The text must be shown to a person.
    Alert,
    /// A mailbox of this name exists already.
    AlreadyExists,
    /// The UIDs of appended messages (RFC 4315), at most a thousand.
    AppendUid(UidValidity, Vec<Uid>),
    /// User name or password is wrong.
    AuthenticationFailed,
    /// The credentials are right, but may not act for the requested user.
    AuthorizationFailed,
    /// The operation can never work.
    Cannot,
    /// What the server can do now.
    Capability(Capabilities),
    /// An administrator must act.
    ContactAdmin,
    /// The password or token has expired.
    Expired,
    /// The highest modification sequence of the mailbox (RFC 7162).
    HighestModSeq(u64),
    /// Another session holds what is needed; a retry may help.
    InUse,
    /// A limit of the server was reached.
    Limit,
    /// The mailbox does not exist.
    NonExistent,
    /// The user lacks the right.
    NoPerm,
    /// The quota is used up.
    OverQuota,
    /// Flags that can be stored for good; the second says whether new keywords can be made (`\*`).
    PermanentFlags(Flags, bool),
    /// The mailbox was opened for reading only.
    ReadOnly,
    /// The mailbox was opened for reading and writing.
    ReadWrite,
    /// The server itself failed.
    ServerBug,
    /// The message is larger than the server accepts (RFC 4469).
    TooBig,
    /// The mailbox must be created first.
    TryCreate,
    /// The UID that the next message will get, or a larger one.
    UidNext(u32),
    /// UIDs are valid for this session only.
    UidNotSticky,
    /// The mailbox's UIDVALIDITY.
    UidValidity(UidValidity),
    /// Something the server needs is down; a retry may help.
    Unavailable,
    /// Any other code: its name in upper case, and the rest as it came.
    Other(String, String),
}

/// The most UIDs that are read from an APPENDUID. A hostile set could name four billion.
const APPENDED: usize = 1000;

impl ResponseCode {
    /// Returns the code's name as the RFCs write it.
    pub fn name(&self) -> &str {
        match self {
            Self::Alert => "ALERT",
            Self::AlreadyExists => "ALREADYEXISTS",
            Self::AppendUid(..) => "APPENDUID",
            Self::AuthenticationFailed => "AUTHENTICATIONFAILED",
            Self::AuthorizationFailed => "AUTHORIZATIONFAILED",
            Self::Cannot => "CANNOT",
            Self::Capability(_) => "CAPABILITY",
            Self::ContactAdmin => "CONTACTADMIN",
            Self::Expired => "EXPIRED",
            Self::HighestModSeq(_) => "HIGHESTMODSEQ",
            Self::InUse => "INUSE",
            Self::Limit => "LIMIT",
            Self::NonExistent => "NONEXISTENT",
            Self::NoPerm => "NOPERM",
            Self::OverQuota => "OVERQUOTA",
            Self::PermanentFlags(..) => "PERMANENTFLAGS",
            Self::ReadOnly => "READ-ONLY",
            Self::ReadWrite => "READ-WRITE",
            Self::ServerBug => "SERVERBUG",
            Self::TooBig => "TOOBIG",
            Self::TryCreate => "TRYCREATE",
            Self::UidNext(_) => "UIDNEXT",
            Self::UidNotSticky => "UIDNOTSTICKY",
            Self::UidValidity(_) => "UIDVALIDITY",
            Self::Unavailable => "UNAVAILABLE",
            Self::Other(name, _) => name,
        }
    }

    /// Splits the text of a status response into its code and the rest.
    pub(super) fn split(text: &str) -> (Option<Self>, &str) {
        let Some(inner) = text.strip_prefix('[') else {
            return (None, text);
        };
        let Some((code, rest)) = end_of_code(inner).and_then(|end| inner.split_at_checked(end)) else {
            return (None, text);
        };
        let rest = rest.strip_prefix(']').unwrap_or(rest);
        (Some(Self::read(code)), rest.strip_prefix(' ').unwrap_or(rest))
    }

    fn read(code: &str) -> Self {
        let code = code.trim();
        let (name, arguments) = code.split_once(' ').unwrap_or((code, ""));
        match name.to_ascii_uppercase().as_str() {
            "ALERT" => Self::Alert,
            "ALREADYEXISTS" => Self::AlreadyExists,
            "AUTHENTICATIONFAILED" => Self::AuthenticationFailed,
            "AUTHORIZATIONFAILED" => Self::AuthorizationFailed,
            "CANNOT" => Self::Cannot,
            "CAPABILITY" => Self::Capability(Capabilities::read(arguments)),
            "CONTACTADMIN" => Self::ContactAdmin,
            "EXPIRED" => Self::Expired,
            "INUSE" => Self::InUse,
            "LIMIT" => Self::Limit,
            "NONEXISTENT" => Self::NonExistent,
            "NOPERM" => Self::NoPerm,
            "OVERQUOTA" => Self::OverQuota,
            "PERMANENTFLAGS" => {
                let list = arguments.trim().trim_start_matches('(').trim_end_matches(')');
                let flags = || list.split_ascii_whitespace().take(Flags::MOST);
                Self::PermanentFlags(
                    flags().filter(|flag| *flag != "\\*").collect(),
                    flags().any(|flag| flag == "\\*"),
                )
            }
            "READ-ONLY" => Self::ReadOnly,
            "READ-WRITE" => Self::ReadWrite,
            "SERVERBUG" => Self::ServerBug,
            "TOOBIG" => Self::TooBig,
            "TRYCREATE" => Self::TryCreate,
            "UIDNOTSTICKY" => Self::UidNotSticky,
            "UNAVAILABLE" => Self::Unavailable,
            upper => numeric(upper, arguments)
                .unwrap_or_else(|| Self::Other(upper.to_owned(), arguments.to_owned())),
        }
    }
}

/// Where the `]` is that ends the code: the first outside strings and lists, else the first of all.
fn end_of_code(inner: &str) -> Option<usize> {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_usize);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b']' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    inner.find(']')
}

/// Reads the codes that carry numbers.
fn numeric(name: &str, arguments: &str) -> Option<ResponseCode> {
    let arguments = arguments.trim();
    Some(match name {
        "APPENDUID" => {
            let (validity, set) = arguments.split_once(' ')?;
            let validity = UidValidity::new(number(validity)?);
            // In the order in which the server wrote them, which is that of the messages.
            let ranges = set.split(',').map(|range| {
                let (first, last) = range.split_once(':').unwrap_or((range, range));
                let (first, last): (u32, u32) = (number(first)?, number(last)?);
                Some(first.min(last)..=first.max(last))
            });
            let ranges: Vec<_> = ranges.collect::<Option<_>>()?;
            let uids = ranges.into_iter().flatten().take(APPENDED).filter_map(Uid::new);
            ResponseCode::AppendUid(validity, uids.collect())
        }
        "HIGHESTMODSEQ" => ResponseCode::HighestModSeq(number(arguments)?),
        "UIDNEXT" => ResponseCode::UidNext(number(arguments)?),
        "UIDVALIDITY" => ResponseCode::UidValidity(UidValidity::new(number(arguments)?)),
        _ => return None,
    })
}

/// A number of digits alone.
fn number<T: FromStr>(text: &str) -> Option<T> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> ResponseCode {
        ResponseCode::split(text)
            .0
            .unwrap_or(ResponseCode::Other("none".into(), String::new()))
    }

    #[test]
    fn codes_with_numbers() {
        let uids = |numbers: &[u32]| numbers.iter().filter_map(|number| Uid::new(*number)).collect();
        let validity = UidValidity::new(14);
        assert_eq!(
            code("[APPENDUID 14 3:5,9] done"),
            ResponseCode::AppendUid(validity, uids(&[3, 4, 5, 9]))
        );
        assert_eq!(
            code("[APPENDUID 14 7] x"),
            ResponseCode::AppendUid(validity, uids(&[7]))
        );
        assert_eq!(code("[uidvalidity 14]"), ResponseCode::UidValidity(validity));
        assert_eq!(code("[UIDNEXT 4294967295] x"), ResponseCode::UidNext(u32::MAX));
        assert_eq!(
            code("[HIGHESTMODSEQ 9223372036854775807]"),
            ResponseCode::HighestModSeq(i64::MAX as u64)
        );
        let ResponseCode::AppendUid(_, many) = code("[APPENDUID 1 1:4294967295]") else {
            panic!()
        };
        assert_eq!(many.len(), APPENDED);
        for broken in [
            "APPENDUID 14",
            "APPENDUID 14 *",
            "APPENDUID 14 +3",
            "UIDNEXT 4294967296",
            "UIDNEXT 5 x",
            "UIDNEXT",
        ] {
            assert!(
                matches!(code(&format!("[{broken}] x")), ResponseCode::Other(..)),
                "{broken}"
            );
        }
    }

    #[test]
    fn flag_lists_survive_odd_flags() {
        let ResponseCode::PermanentFlags(flags, new) = code("[PERMANENTFLAGS (\\Seen a]b \\*)] Limited")
        else {
            panic!()
        };
        assert!(new && flags.contains("a]b") && flags.contains("\\Seen"));
        assert_eq!(
            code("[PERMANENTFLAGS ()]"),
            ResponseCode::PermanentFlags(Flags::new(), false)
        );
    }

    #[test]
    fn what_is_unknown_is_kept() {
        assert_eq!(
            code("[COPYUID 14  ] x"),
            ResponseCode::Other("COPYUID".into(), "14".into())
        );
        let (code, rest) = ResponseCode::split("[BADCHARSET (\"a]b\")] no such [x]");
        assert_eq!(
            code,
            Some(ResponseCode::Other("BADCHARSET".into(), "(\"a]b\")".into()))
        );
        assert_eq!(rest, "no such [x]");
        assert_eq!(ResponseCode::split("[never closed"), (None, "[never closed"));
    }
}
