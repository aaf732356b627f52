//! What a mailbox holds, as Python's imaplib sees it: an implementation that shares no line with ours.

use std::{collections::BTreeMap, process::Command};

/// (SHA-256 of the octets, flags, INTERNALDATE) of each message, by folder.
pub(crate) type Mailbox = BTreeMap<String, Vec<(String, Vec<String>, i64)>>;

const SCRIPT: &str = r#"
import calendar, hashlib, imaplib, json, re, sys, time
port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
imaplib._MAXLINE = 1 << 26
server = imaplib.IMAP4("127.0.0.1", port)
server.login(user, password)
box = {}
for line in server.list()[1]:
    if isinstance(line, tuple):
        name = line[1].decode()
    else:
        if b"\\Noselect" in line.split(b")")[0] or b"\\NonExistent" in line.split(b")")[0]:
            continue
        name = re.match(rb'\([^)]*\) (?:"[^"]*"|NIL) (.*)$', line).group(1).decode()
        if name.startswith('"'):
            name = re.sub(r'\\(.)', r'\1', name[1:-1])
    quoted = '"' + name.replace('\\', '\\\\').replace('"', '\\"') + '"'
    status, count = server.select(quoted, readonly=True)
    assert status == "OK", (name, count)
    messages = []
    if int(count[0]):
        for part in server.fetch("1:*", "(FLAGS INTERNALDATE BODY.PEEK[])")[1]:
            if not isinstance(part, tuple):
                continue
            date = calendar.timegm(time.gmtime(time.mktime(imaplib.Internaldate2tuple(part[0]))))
            flags = sorted(f.decode().lower() for f in imaplib.ParseFlags(part[0]) if f != rb"\Recent")
            messages.append([hashlib.sha256(part[1]).hexdigest(), flags, date])
    box[name] = sorted(messages)
server.logout()
json.dump(box, sys.stdout)
"#;

pub(crate) fn mailbox(port: u16, user: &str) -> Mailbox {
    let output = Command::new("python3")
        .args([
            "-c",
            SCRIPT,
            &port.to_string(),
            user,
            tegu_testkit::Dovecot::password(),
        ])
        .output()
        .expect("python3 (Debian package python3)");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
