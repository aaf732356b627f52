//! Mail to move, and chance that can be had again.

use tegu_testkit::imap::Client;

/// Folders of each mailbox.
pub(crate) const FOLDERS: [&str; 3] = ["INBOX", "Sent", "Архив"];
/// Messages of each mailbox.
const MESSAGES: u32 = 90;

/// A seeded generator.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// At least `low`, less than `high`.
    pub(crate) fn range(&mut self, low: u64, high: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        low + (z ^ (z >> 31)) % (high - low)
    }
}

/// Messages with and without Message-ID and Date, some of them twice.
pub(crate) fn fill(client: &mut Client) {
    for folder in FOLDERS.iter().skip(1) {
        client.create(folder).unwrap();
    }
    let mut last = None;
    for number in 0..MESSAGES {
        let folder = FOLDERS[number as usize % FOLDERS.len()];
        let content = if number % 17 == 16 { number - 3 } else { number };
        let (day, minute) = (1 + content % 28, content % 60);
        let mut octets = format!(
            "From: a{}@x.test\r\nSubject: letter {}\r\n",
            content % 5,
            content % 9
        );
        if content % 3 > 0 {
            octets += &format!("Message-ID: <{content}@x.test>\r\n");
        }
        if content % 4 > 0 {
            octets += &format!(
                "Date: {day} Jan 2021 11:{minute:02}:{:02} +0000\r\n",
                content % 60
            );
        }
        octets += &format!(
            "\r\ntext {content}\r\n{}",
            "another line of it\r\n".repeat(30 + content as usize * 7)
        );
        let date = format!("{day:02}-Jan-2021 11:{minute:02}:{:02} +0000", content % 60);
        let tag = client.send_append(folder, "\\Seen", Some(&date), octets.as_bytes());
        last = Some(tag.unwrap());
    }
    if let Some(tag) = last {
        client.settle(&tag).unwrap();
    }
}

/// The owner deletes some messages.
pub(crate) fn delete_some(client: &mut Client, random: &mut Random) {
    for folder in FOLDERS {
        let held = client.messages(folder).unwrap();
        client.select(folder).unwrap();
        for message in held {
            if random.range(0, 4) == 0 {
                let command = format!("UID STORE {} +FLAGS.SILENT (\\Deleted)", message.uid);
                client.command(&command).unwrap();
            }
        }
        client.command("EXPUNGE").unwrap();
    }
}
