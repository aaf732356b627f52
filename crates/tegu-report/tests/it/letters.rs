//! Letters to owners, with their originals.

use mail_parser::{MessageParser, MimeHeaders};
use serde_json::json;
use std::{fs, path::Path};
use tegu_report::{
    Entity, Language, Octets, Report,
    letter::{Letter, Letters},
};

fn report(display_name: &str, work: usize, original: &str) -> Report {
    let counts = json!({ "entity": "mail", "name": "INBOX", "source": 9, "moved": 8, "present": 0, "manual": 1, "failed": 0, "excluded": 0,
        "bytes": 1, "moved_now": 8, "findings": {} });
    let item = json!({ "entity": "mail", "account": "anna@example.test", "container": "INBOX\r\nBcc: all@x", "item": "1",
        "label": "evil\r\nX-Evil: 1", "state": "manual", "original": original, "attempts": 1,
        "findings": [{ "code": "DAV-REPAIR-ADDED", "severity": "info", "message": "m" }, { "code": "MAIL-NUL", "severity": "lossy", "message": "m" }] });
    serde_json::from_value(json!({
        "version": 3, "job": "Job", "started": "", "finished": "", "complete": true, "entities": [], "documents": [], "directory": [],
        "sections": [{ "entity": "forwarding", "facts": [
            { "entity": "forwarding", "who": "anna@example.test", "relation": "forwards-to", "whom": "boris@example.test" },
            { "entity": "forwarding", "who": "boris@example.test", "relation": "forwards-to", "whom": "nobody@example.test" }] }],
        "accounts": [{ "account": "anna@example.test", "display_name": display_name, "containers": [counts], "problems": [] }],
        "worklist": vec![item; work], "policy": null, "exceptions": [], "speed": { "step": 1, "items": [], "bytes": [] },
    }))
    .unwrap()
}

fn composed(letters: &Letters, report: &Report, job: &Path) -> Letter {
    let account = &report.accounts[0];
    let writer = letters.about(report);
    let attachments = writer.attachments(account, job).unwrap();
    writer.compose(account, &attachments).unwrap()
}

#[test]
fn a_letter_tells_what_moved_and_what_to_do() {
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir_all(scratch.path().join("worklist")).unwrap();
    fs::write(scratch.path().join("worklist/1.eml"), "original \0 octets").unwrap();
    let report = report("Анна", 30, "worklist/1.eml");
    for (language, wanted) in [
        (
            Language::English,
            [
                "Your mailbox has moved; something is left to do",
                "8 of 9",
                "contains NUL octets",
                "and more: 10",
                "forwards to boris",
            ],
        ),
        (
            Language::Russian,
            [
                "Ваш почтовый ящик перенесён, остались действия",
                "8 из 9",
                "есть байты NUL",
                "и ещё: 10",
                "пересылает на boris",
            ],
        ),
    ] {
        let letters = Letters::new("it@example.test", "Служба поддержки").language(language);
        let letter = composed(&letters, &report, scratch.path());
        let parsed = MessageParser::new().parse(&letter.message).unwrap();
        assert_eq!(parsed.subject(), Some(wanted[0]));
        assert_eq!(
            parsed.to().unwrap().first().unwrap().address(),
            Some("anna@example.test")
        );
        assert_eq!(
            parsed.from().unwrap().first().unwrap().name(),
            Some("Служба поддержки")
        );
        let text = parsed.body_text(0).unwrap();
        for wanted in &wanted[1..] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert!(
            !text.contains("nobody@example.test"),
            "what concerns others is not told"
        );
        assert!(!text.contains("DAV-"), "{text}");
        let attached = parsed.attachments().collect::<Vec<_>>();
        assert_eq!(attached.len(), 1);
        assert_eq!(attached[0].contents(), b"original \0 octets");
        assert_eq!(attached[0].attachment_name(), Some("1.eml"));
    }
}

#[test]
fn nothing_from_outside_becomes_a_header() {
    let report = report(
        "Anna\r\nBcc: everybody@example.test\r\n\r\n<script>",
        1,
        "../secret",
    );
    let letters = Letters::new("it@example.test", "IT\r\nX-Evil: 1");
    let letter = composed(&letters, &report, Path::new("nowhere"));
    let parsed = MessageParser::new().parse(&letter.message).unwrap();
    assert!(parsed.bcc().is_none());
    assert!(parsed.header("X-Evil").is_none());
    assert_eq!(parsed.attachment_count(), 0);
    assert!(
        !letter
            .text
            .lines()
            .any(|line| line.starts_with("Bcc:") || line.starts_with("X-Evil"))
    );
}

#[test]
fn the_same_news_is_the_same_letter() {
    let scratch = tempfile::tempdir().unwrap();
    let letters = Letters::new("it@example.test", "IT");
    let letter = |report: &Report| composed(&letters, report, scratch.path());
    let one = report("Anna", 0, "");
    assert_eq!(letter(&one).id, letter(&one).id);
    assert_ne!(letter(&one).id, letter(&report("Anna", 1, "")).id);
    // The source is in use: more has moved, and nothing else is left to do.
    let mut later = report("Anna", 0, "");
    later.accounts[0].containers[0].counts.source += 1;
    later.accounts[0].containers[0].counts.moved += 1;
    assert_ne!(letter(&one).text, letter(&later).text);
    assert_eq!(letter(&one).id, letter(&later).id);
    assert!(letter(&one).text.contains("Nothing was left behind"));
}

#[test]
fn attachments_are_bounded() {
    let scratch = tempfile::tempdir().unwrap();
    fs::create_dir_all(scratch.path().join("worklist")).unwrap();
    let mut report = report("Anna", 70, "");
    for (number, work) in report.worklist.iter_mut().enumerate() {
        let name = format!("worklist/{number:02}.eml");
        fs::write(scratch.path().join(&name), vec![b'x'; 100 * (number + 1)]).unwrap();
        work.original = Some(name);
        work.entity = Entity::Mail;
    }
    let count = |octets: u64| {
        let letters = Letters::new("it@example.test", "IT").attach(Octets::new(octets));
        let letter = composed(&letters, &report, scratch.path());
        MessageParser::new()
            .parse(&letter.message)
            .unwrap()
            .attachment_count()
    };
    assert_eq!(count(0), 0);
    assert_eq!(count(650), 3, "the small ones first: 100, 200 and 300 octets");
    assert_eq!(count(1 << 30), 50);
}

#[test]
fn a_file_for_each_account_and_none_elsewhere() {
    let scratch = tempfile::tempdir().unwrap();
    let job = scratch.path().join("job");
    let mut report = report("Anna", 0, "");
    report.accounts[0].account = "../../evil@example.test".into();
    Letters::new("it@example.test", "IT")
        .write_to(&report, &job)
        .unwrap();
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(job.join("letters")).unwrap().count(), 1);
}

#[test]
fn an_owner_is_told_that_the_move_is_not_finished() {
    let scratch = tempfile::tempdir().unwrap();
    let letters = Letters::new("it@example.test", "IT");
    let mut report = report("Anna", 0, "");
    report.accounts[0].uncounted.push(Entity::Calendars);
    let letter = composed(&letters, &report, scratch.path());
    assert_eq!(letter.subject, "The move of your mailbox is not finished");
    assert!(
        letter
            .text
            .contains("calendars: the old server could not be read completely"),
        "{}",
        letter.text
    );
    assert!(!letter.text.contains("Nothing was left behind"));
}
