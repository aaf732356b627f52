//! Translates exported inbox rules into Sieve scripts, and says of each rule what became of it.
//!
//! In Exchange's shell: `Get-InboxRule -Mailbox anna | ConvertTo-Json -Depth 5 > rules.json`. Then, with the extensions that the server
//! advertises:
//!
//! `translate_rules rules.json "fileinto mailbox imap4flags regex"`

use tegu_sieve::read::{self, Encoding, Limits};
use tegu_sieve::translate::{Owner, Server, Translation, Translator};
use tegu_sieve::{Error, translate::Verdict};

/// Each mailbox of the export, and its script.
pub(crate) fn translate(export: &[u8], extensions: &str) -> Result<Vec<(String, Translation)>, Error> {
    let mailboxes = read::rules(export, Encoding::unicode(), &Limits::default())?;
    let translated = mailboxes.into_iter().map(|of| {
        let translator = Translator::new(Server::new(extensions)).owner(Owner::new([of.mailbox.as_str()]));
        (of.mailbox, translator.translate(&of.rules, None))
    });
    Ok(translated.collect())
}

/// What became of each rule, a line each.
pub(crate) fn verdicts(translation: &Translation) -> Vec<String> {
    let parts = translation.parts.iter().map(|part| {
        let codes: Vec<&str> = part.findings.iter().map(|finding| &*finding.code).collect();
        let verdict = match part.verdict {
            Verdict::Exact => "exact",
            Verdict::Lossy => "lossy",
            _ => "for a person",
        };
        format!("{}: {verdict} {}", part.name, codes.join(" "))
    });
    parts.map(|line| line.trim_end().to_owned()).collect()
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, extensions] = arguments.as_slice() else {
        return Err("give an export and the server's extensions".into());
    };
    for (mailbox, translation) in translate(&std::fs::read(file)?, extensions)? {
        println!("# {mailbox}");
        for line in verdicts(&translation) {
            println!("# {line}");
        }
        println!("{}", translation.text());
    }
    Ok(())
}
