//! Mailboxes whose names decode to the same text are different mailboxes.

use crate::{
    imap::{end, route},
    scene::{Scene, counts, tree},
};
use std::sync::{Arc, Mutex};
use tegu_migrate::Entity;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Octets that are text in no encoding; a name that is not encoded, and one that is without need; a level and a name that only
/// look like two levels.
const NAMES: [&[u8]; 8] = [
    b"INBOX",
    b"\xff",
    b"\xfe",
    b"a",
    b"&AGE-",
    b"a/b",
    b"a&AC8-b",
    b"a [raw: 264147452d]",
];

/// Serves mailboxes of these names, each with one message that holds its name.
async fn server() -> (u16, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let opened = Arc::<Mutex<Vec<Vec<u8>>>>::default();
    let log = Arc::clone(&opened);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let _ = serve(stream, &log).await;
            });
        }
    });
    (port, opened)
}

async fn serve(stream: TcpStream, opened: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream
        .write_all(b"* OK [CAPABILITY IMAP4rev1 LITERAL+] hello\r\n")
        .await?;
    let mut open: &[u8] = b"";
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        // A name that is no quoted string comes as a literal, on the next line.
        if line.ends_with(b"+}\r\n") {
            stream.read_until(b'\n', &mut line).await?;
        }
        let command = line.trim_ascii_end();
        let space = command.iter().position(|&octet| octet == b' ').unwrap_or(0);
        let (tag, command) = command.split_at(space);
        let text = String::from_utf8_lossy(command.trim_ascii_start()).into_owned();
        let mut answer: Vec<u8> = Vec::new();
        if text == "CAPABILITY" {
            answer.extend(b"* CAPABILITY IMAP4rev1 LITERAL+\r\n");
        } else if text.starts_with("LIST") {
            for name in NAMES {
                answer.extend([b"* LIST () \"/\" \"", name, b"\"\r\n"].concat());
            }
        } else if text.starts_with("EXAMINE") || text.starts_with("SELECT") {
            let longest = NAMES.iter().filter(|name| {
                let quoted = [b"\"", **name, b"\""].concat();
                command.ends_with(&quoted) || command.ends_with(name)
            });
            open = longest.max_by_key(|name| name.len()).copied().unwrap_or_default();
            opened.lock().unwrap().push(open.to_vec());
            answer.extend(b"* 1 EXISTS\r\n* FLAGS ()\r\n* OK [UIDVALIDITY 5] x\r\n* OK [UIDNEXT 2] x\r\n");
        } else if text.starts_with("UID FETCH") {
            let message = [b"Subject: x\r\n\r\n", open, b"\r\n"].concat();
            let head = format!(
                "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" RFC822.SIZE {}",
                message.len()
            );
            answer.extend(head.as_bytes());
            if text.contains("BODY.PEEK[]") {
                answer.extend(format!(" BODY[] {{{}}}\r\n", message.len()).as_bytes());
                answer.extend(&message);
            }
            answer.extend(b")\r\n");
        }
        answer.extend([tag, b" OK done\r\n"].concat());
        stream.write_all(&answer).await?;
    }
}

#[tokio::test]
async fn each_mailbox_becomes_a_folder_of_the_bundle() {
    let scene = Scene::new();
    let (port, opened) = server().await;
    let config = route(&scene.head("job"), &end(port), "{ kind = 'bundle' }");
    for pass in 0..2 {
        let report = scene.run(&config).await.unwrap();
        let sums = counts(&report, Entity::Mail);
        let arrived = sums.moved + sums.present;
        assert_eq!(
            (sums.source, arrived),
            (8, 8),
            "pass {pass}: {:#?}",
            report.worklist
        );
        assert!(report.balances());
    }
    let mut opened = opened.lock().unwrap().clone();
    opened.sort();
    opened.dedup();
    assert_eq!(opened.len(), NAMES.len());

    // Each message is in a file of its own: none was read twice in place of another.
    let files = tree(scene.root.path()).into_iter();
    let files = files.filter(|(name, _)| name.ends_with(".mbox"));
    let mut bodies: Vec<Vec<u8>> = files
        .map(|(_, content)| {
            let last = content.trim_ascii_end().rsplit(|&octet| octet == b'\n').next();
            last.unwrap().to_vec()
        })
        .collect();
    bodies.sort();
    let mut expected = NAMES.map(<[u8]>::to_vec);
    expected.sort();
    assert_eq!(bodies, expected);
}
