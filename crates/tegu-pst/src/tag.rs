//! Identifiers of properties ([MS-OXPROPS]), and the sets of named ones.

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: u16 = $value;)*
    };
}

tags! {
    EXPIRY_TIME = 0x0015;
    IMPORTANCE = 0x0017;
    MESSAGE_CLASS = 0x001a;
    READ_RECEIPT_REQUESTED = 0x0029;
    REPLY_TIME = 0x0030;
    SENSITIVITY = 0x0036;
    SUBJECT = 0x0037;
    CLIENT_SUBMIT_TIME = 0x0039;
    REPRESENTING_ENTRY_ID = 0x0041;
    REPRESENTING_NAME = 0x0042;
    REPLY_RECIPIENTS = 0x004f;
    REPRESENTING_TYPE = 0x0064;
    REPRESENTING_ADDRESS = 0x0065;
    CONVERSATION_TOPIC = 0x0070;
    CONVERSATION_INDEX = 0x0071;
    TRANSPORT_HEADERS = 0x007d;
    RECIPIENT_TYPE = 0x0c15;
    SENDER_ENTRY_ID = 0x0c19;
    SENDER_NAME = 0x0c1a;
    SUPPLEMENTARY_INFO = 0x0c1b;
    SENDER_TYPE = 0x0c1e;
    SENDER_ADDRESS = 0x0c1f;
    REPORT_STATUS_CODE = 0x0c20;
    REMOTE_SERVER = 0x0c21;
    DELIVERY_TIME = 0x0e06;
    MESSAGE_FLAGS = 0x0e07;
    HEADER_ONLY = 0x0e2a;
    ENTRY_ID = 0x0fff;
    RECORD_KEY = 0x0ff9;
    BODY = 0x1000;
    RTF = 0x1009;
    HTML = 0x1013;
    MESSAGE_ID = 0x1035;
    REFERENCES = 0x1039;
    IN_REPLY_TO = 0x1042;
    LIST_HELP = 0x1043;
    LIST_SUBSCRIBE = 0x1044;
    LIST_UNSUBSCRIBE = 0x1045;
    ORIGINAL_MESSAGE_ID = 0x1046;
    LAST_VERB = 0x1081;
    FLAG_STATUS = 0x1090;
    DISPLAY_NAME = 0x3001;
    ADDRESS_TYPE = 0x3002;
    EMAIL_ADDRESS = 0x3003;
    CREATION_TIME = 0x3007;
    LAST_MODIFIED = 0x3008;
    IPM_SUBTREE = 0x35e0;
    IPM_DELETED = 0x35e3;
    OST_STORE_UID = 0x6615;
    SPECIAL_FOLDERS = 0x36d0;
    CONTENT_COUNT = 0x3602;
    CONTAINER_CLASS = 0x3613;
    ATTACH_DATA = 0x3701;
    ATTACH_ENCODING = 0x3702;
    ATTACH_FILENAME = 0x3704;
    ATTACH_METHOD = 0x3705;
    ATTACH_LONG_FILENAME = 0x3707;
    ATTACH_PATHNAME = 0x3708;
    ATTACH_TAG = 0x370a;
    ATTACH_LONG_PATHNAME = 0x370d;
    ATTACH_MIME_TAG = 0x370e;
    ATTACH_CONTENT_ID = 0x3712;
    ATTACH_CONTENT_LOCATION = 0x3713;
    SMTP_ADDRESS = 0x39fe;
    INTERNET_CODE_PAGE = 0x3fde;
    LOCALE = 0x3ff1;
    MESSAGE_CODE_PAGE = 0x3ffd;
    SENDER_SMTP = 0x5d01;
    REPRESENTING_SMTP = 0x5d02;
    RECIPIENT_NAME = 0x5ff6;
    RECIPIENT_FLAGS = 0x5ffd;
    RECIPIENT_STATUS = 0x5fff;
    MIME_SKELETON = 0x64f0;
    RECEIVE_FOLDER = 0x6605;
    PASSWORD = 0x67ff;
    REPORTING_SERVER = 0x6820;
    ATTACHMENT_FLAGS = 0x7ffd;
    CONTACT_PHOTO = 0x7fff;
}

/// Nodes with fixed identifiers ([MS-PST] section 2.4.1).
pub(crate) mod nid {
    pub(crate) const STORE: u32 = 0x21;
    pub(crate) const NAMES: u32 = 0x61;
    pub(crate) const ROOT_FOLDER: u32 = 0x122;
    pub(crate) const RECEIVE_FOLDERS: u32 = 0x62b;
    pub(crate) const ATTACHMENTS: u32 = 0x671;
    pub(crate) const RECIPIENTS: u32 = 0x692;

    /// Types of nodes: the low five bits.
    pub(crate) const FOLDER: u32 = 2;
    pub(crate) const SEARCH_FOLDER: u32 = 3;
    pub(crate) const MESSAGE: u32 = 4;
    pub(crate) const ASSOCIATED: u32 = 8;
    pub(crate) const HIERARCHY: u32 = 0x0d;
    pub(crate) const CONTENTS: u32 = 0x0e;
    pub(crate) const ASSOCIATED_CONTENTS: u32 = 0x0f;

    pub(crate) fn kind(nid: u32) -> u32 {
        nid & 0x1f
    }

    pub(crate) fn with_kind(nid: u32, kind: u32) -> u32 {
        nid & !0x1f | kind
    }
}

/// Sets of named properties, as GUIDs in the order of their octets in the file.
pub(crate) mod set {
    const fn mapi(first: [u8; 4]) -> [u8; 16] {
        let [a, b, c, d] = first;
        [a, b, c, d, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]
    }

    pub(crate) const MAPI: [u8; 16] = mapi([0x28, 0x03, 0x02, 0x00]);
    pub(crate) const PUBLIC_STRINGS: [u8; 16] = mapi([0x29, 0x03, 0x02, 0x00]);
    pub(crate) const APPOINTMENT: [u8; 16] = mapi([0x02, 0x20, 0x06, 0x00]);
    pub(crate) const TASK: [u8; 16] = mapi([0x03, 0x20, 0x06, 0x00]);
    pub(crate) const ADDRESS: [u8; 16] = mapi([0x04, 0x20, 0x06, 0x00]);
    pub(crate) const COMMON: [u8; 16] = mapi([0x08, 0x20, 0x06, 0x00]);
    pub(crate) const INTERNET_HEADERS: [u8; 16] = mapi([0x86, 0x03, 0x02, 0x00]);
    pub(crate) const NOTE: [u8; 16] = mapi([0x0e, 0x20, 0x06, 0x00]);
    pub(crate) const LOG: [u8; 16] = mapi([0x0a, 0x20, 0x06, 0x00]);
    /// Whether the numbers of a set are those of a specification: they are written, follow from what is written, or belong to
    /// Outlook alone. The sets `{0006xxxx-0000-0000-C000-000000000046}` and `{000203xx-...}` are Microsoft's.
    pub(crate) fn is_known(set: &[u8; 16]) -> bool {
        let [_, b, c, d, rest @ ..] = set;
        let [.., tail] = &mapi([0; 4]);
        *set == MEETING || ((*c, *d) == (6, 0) || (*b, *c, *d) == (3, 2, 0)) && rest.last() == Some(tail)
    }

    pub(crate) const MEETING: [u8; 16] = [
        0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0x00, 0xaa, 0x00, 0x3f, 0x13, 0x05,
    ];
}
