//! No name and no text from outside is obeyed by a terminal, whatever command prints it.

use crate::{TEGU, scene::Scene};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
};

/// Clears a screen, sets a title, rings, changes colours, goes back in the line and turns the text around.
const OBEYED: &str = "hostile\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\r\u{202e}\u{2067}\u{200f}\u{85}";

/// Runs of the program in one folder.
struct Walk {
    scene: Scene,
    /// The commands that were run.
    commands: BTreeSet<String>,
}

impl Walk {
    /// Runs the program; nothing that it prints may be obeyed.
    fn run(&mut self, words: &[&str]) -> String {
        self.run_with(words, &[])
    }

    fn run_with(&mut self, words: &[&str], variables: &[(&str, &str)]) -> String {
        let length = 1 + usize::from(STATIONS.contains(words.first().unwrap()));
        self.commands.insert(words[..length.min(words.len())].join(" "));
        let output = Command::new(TEGU)
            .args(words)
            .envs(variables.iter().copied())
            .current_dir(self.scene.root.path())
            .output()
            .unwrap();
        assert!(
            output.status.code().is_some_and(|status| status <= 5),
            "{words:?}"
        );
        let mut all = String::new();
        for stream in [output.stdout, output.stderr] {
            let text = String::from_utf8(stream).unwrap();
            let obeyed = text.lines().find(|line| line.contains(tegu_outcome::is_hidden));
            assert_eq!(obeyed, None, "{words:?}");
            all.push_str(&text);
        }
        all
    }

    /// As [`run`](Self::run), and the name must be shown: a command that is silent proves nothing.
    fn shows(&mut self, words: &[&str]) {
        let text = self.run(words);
        assert!(text.contains("hostile"), "{words:?}: {text}");
    }

    /// What the help of some words lists as commands.
    fn listed(&self, words: &[&str]) -> Vec<String> {
        let output = Command::new(TEGU).args(words).arg("--help").output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
        // A description that goes on is indented further.
        let names = lines
            .take_while(|line| line.starts_with("  "))
            .filter(|line| !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next());
        names.filter(|name| *name != "help").map(str::to_owned).collect()
    }
}

/// The commands that have commands of their own.
const STATIONS: [&str; 7] = ["dav", "ews", "imap", "ldap", "mbox", "pst", "sieve"];

/// A server that says `greeting` to whoever connects, and `answer` to every line of theirs that ends in `until`. `TAG` in an answer is
/// the first word of the line.
fn server(
    greeting: &'static str,
    until: &'static str,
    answer: impl Fn(&str) -> String + Clone + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = move |mut stream: TcpStream| {
        let _ = stream.write_all(greeting.as_bytes());
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|count| count > 0) {
            if line.ends_with(until) {
                let tag = line.split_whitespace().next().unwrap_or_default();
                let _ = stream.write_all(answer(&line).replace("TAG", tag).as_bytes());
                line.clear();
            }
        }
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let talk = talk.clone();
            std::thread::spawn(move || talk(stream));
        }
    });
    port
}

/// The tools of the stations, on files and against servers whose every word is hostile.
fn stations(walk: &mut Walk) {
    let file = |ending: &str| format!("{OBEYED}{ending}");
    let missing = file(".missing");
    let mbox = format!("mail/anna/{OBEYED}.mbox");
    for words in [
        &["mbox", "count", &missing][..],
        &["mbox", "count", &mbox, OBEYED],
        &["mbox", "inspect", "mail", "--json"],
        &["mbox", "inspect", "mail"],
        &["mbox", "verify", &mbox],
        &["mbox", "verify", &mbox, "--against", &mbox],
        &["mbox", "split", &missing, "--to", "split"],
        &["mbox", "join", &missing, "--to", "joined", "--variant", "mboxrd"],
        &[
            "mbox",
            "convert",
            &missing,
            "--to",
            "converted",
            "--variant",
            "mboxrd",
        ],
        &["mbox", "convert", &mbox, "--to", "converted", "--variant", OBEYED],
    ] {
        walk.shows(words);
    }
    walk.run(&["mbox", "split", &mbox, "--to", &file(".split")]);
    walk.run(&[
        "mbox",
        "join",
        &file(".split"),
        "--to",
        &file(".joined"),
        "--variant",
        "mboxcl",
    ]);

    let calendar = format!("calendars/anna/{OBEYED}.ics");
    let torn = format!("calendars/anna/{OBEYED}-torn.ics");
    for words in [
        &["dav", "convert", &calendar, "--to", &file(".converted")][..],
        &["dav", "convert", &missing, "--to", "x"],
        &[
            "dav",
            "convert",
            &calendar,
            "--to",
            "x",
            "--vcard-version",
            OBEYED,
        ],
        &["dav", "weigh", &calendar],
        &["dav", "weigh", &calendar, "--json"],
        &["dav", "weigh", &missing],
    ] {
        walk.shows(words);
    }
    walk.run(&["dav", "convert", &torn, "--to", &file(".torn"), "--json"]);
    walk.run(&["dav", "weigh", &torn]);
    let http = server("", "\r\n\r\n", |_| {
        let body = format!("<d:error xmlns:d='DAV:'><d:{OBEYED}/>{OBEYED}</d:error>");
        format!(
            "HTTP/1.1 403 hostile\u{9b}31m\r\nServer: hostile\u{202e}\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    });
    let url = format!("http://hostile@127.0.0.1:{http}/{{}}/");
    let password = [("TEGU_DAV_PASSWORD", "secret")];
    for more in [
        &[][..],
        &["--json"],
        &["--collection", OBEYED],
        &["--archive-before", OBEYED],
        &["--dry-run"],
    ] {
        let words = [
            &[
                "dav",
                "import",
                "--calendar",
                &calendar,
                "--to",
                &url,
                "--plain-text",
            ],
            more,
        ]
        .concat();
        walk.run_with(&words, &password);
    }
    walk.shows(&[
        "dav",
        "import",
        "--calendar",
        &calendar,
        "--to",
        &format!("{OBEYED}://x"),
    ]);

    let imap = server(
        "* OK [CAPABILITY IMAP4rev1] hostile\u{1b}[2J\u{7}\r\n",
        "\r\n",
        |line| {
            let command = line.split_whitespace().nth(1).unwrap_or_default().to_uppercase();
            match command.as_str() {
                "CAPABILITY" => "* CAPABILITY IMAP4rev1\r\nTAG OK x\r\n".to_owned(),
                "LOGIN" => "TAG OK hostile\u{9b}31m\r\n".to_owned(),
                "LIST" => {
                    "* LIST (\\HasNoChildren) \"/\" \"hostile&ABsABwAND-[2J\"\r\nTAG OK x\r\n".to_owned()
                }
                "LOGOUT" => "* BYE hostile\u{1b}\r\nTAG OK x\r\n".to_owned(),
                _ => "TAG NO [ALERT] hostile\u{1b}[2J\u{202e}\r\n".to_owned(),
            }
        },
    );
    let url = format!("imap://anna@127.0.0.1:{imap}/");
    let passwords = [("TEGU_FROM_PASSWORD", "x"), ("TEGU_TO_PASSWORD", "x")];
    for words in [
        &["imap", "scan", "--url", &url][..],
        &["imap", "scan", "--url", &url, "--json"],
        &[
            "imap",
            "copy",
            "--from",
            &url,
            "--to",
            &url,
            "--ledger",
            &file(".ledger"),
        ],
        &[
            "imap",
            "copy",
            "--from",
            &url,
            "--to",
            &url,
            "--ledger",
            &file(".ledger"),
            "--json",
        ],
        &["imap", "copy", "--from", &url, "--to", &url, "--dry-run"],
        &["imap", "scan", "--url", OBEYED],
    ] {
        walk.run_with(words, &passwords);
    }

    walk.shows(&[
        "ldap",
        "plan",
        "--ldif",
        "directory.ldif",
        "--profile",
        "openldap",
        "--domains",
        "example.test",
        "--out",
        &file(".out"),
    ]);
    for words in [
        &[
            "ldap",
            "plan",
            "--ldif",
            &missing,
            "--profile",
            "openldap",
            "--domains",
            "x.test",
            "--out",
            "x",
        ][..],
        &[
            "ldap",
            "plan",
            "--ldif",
            "directory.ldif",
            "--profile",
            OBEYED,
            "--domains",
            "x.test",
            "--out",
            "x",
        ],
        &[
            "ldap",
            "plan",
            "--ldif",
            "directory.ldif",
            "--profile",
            "openldap",
            "--domains",
            OBEYED,
            "--out",
            "x",
        ],
        &[
            "ldap",
            "scp",
            "--url",
            "ldap://127.0.0.1:1",
            "--bind-dn",
            OBEYED,
            "--ca",
            &missing,
        ],
        &["ldap", "who", "--accounts", &missing, "x"],
        &[
            "ldap",
            "who",
            "--accounts",
            &format!("{OBEYED}.out/accounts.json"),
            OBEYED,
        ],
        &[
            "ldap",
            "who",
            "--accounts",
            &format!("{OBEYED}.out/accounts.json"),
            "anna@example.test",
            "--json",
        ],
    ] {
        walk.shows(words);
    }

    let nobody = "sieve://anna@127.0.0.1:1/";
    for words in [
        &[
            "sieve",
            "translate",
            "--rules",
            &missing,
            "--server",
            nobody,
            "--to",
            "x",
        ][..],
        &["sieve", "put", "--url", nobody, "--script", &missing],
        &[
            "sieve",
            "transport",
            "--rules",
            &missing,
            "--domain",
            OBEYED,
            "--to",
            "x",
        ],
        &["sieve", "put", "--url", OBEYED, "--script", &missing],
    ] {
        walk.run(words);
    }
    if cfg!(feature = "ews") {
        let nobody = "https://127.0.0.1:1/EWS/Exchange.asmx";
        for words in [
            &[
                "ews",
                "scan",
                "--url",
                nobody,
                "--user",
                OBEYED,
                "--password-file",
                &missing,
            ][..],
            &[
                "ews",
                "export",
                "--url",
                nobody,
                "--user",
                OBEYED,
                "--password-file",
                &missing,
                "--to",
                "x",
            ],
        ] {
            walk.run(words);
        }
    }

    if cfg!(feature = "pst") {
        use tegu_testkit::pst::{Folder, Item, Layout, Mailbox, Value};
        let item = |class: &str| {
            Item::new(class)
                .with(0x0037, Value::text(OBEYED))
                .with(0x1000, Value::text(OBEYED))
        };
        let mailbox = Mailbox::new().folder(
            Folder::new(OBEYED)
                .item(item("IPM.Note"))
                .item(item(&format!("IPM.{OBEYED}"))),
        );
        walk.scene.write(&file(".pst"), mailbox.write(Layout::Unicode));
        let pst = file(".pst");
        for words in [
            &["pst", "scan", &pst][..],
            &["pst", "scan", &pst, "--verdicts", "--json"],
            &["pst", "scan", &missing],
            &["pst", "export", &pst, "--to", &file(".exported")],
            &["pst", "export", &pst, "--to", &file(".again"), "--json"],
            &["pst", "export", &pst, "--to", "x", "--kinds", OBEYED],
        ] {
            walk.shows(words);
        }
    }
}

/// A new command is walked too, or this fails.
#[test]
fn no_command_prints_what_a_terminal_obeys() {
    let mut walk = Walk {
        scene: Scene::new(),
        commands: BTreeSet::new(),
    };
    job(&mut walk);
    stations(&mut walk);
    errors(&mut walk);
    for command in walk.listed(&[]) {
        let below = walk.listed(&[&command]);
        assert_eq!(
            STATIONS.contains(&command.as_str()),
            !below.is_empty(),
            "{command}"
        );
        let names = below.iter().map(|name| format!("{command} {name}"));
        let names = if below.is_empty() {
            vec![command.clone()]
        } else {
            names.collect()
        };
        for name in names {
            assert!(walk.commands.contains(&name), "{name} is not walked");
        }
    }
}

/// Two accounts whose every name is hostile, and a job that moves them.
fn organisation(scene: &Scene) {
    let encoded = STANDARD.encode(OBEYED);
    scene.write(
        "directory.ldif",
        format!(
            "dn:: {}\nobjectClass: user\ndisplayName:: {encoded}\nmailNickname: anna\nmail: anna@example.test\n\
             proxyAddresses: SMTP:anna@example.test\nproxyAddresses:: {}\nmsExchRecipientTypeDetails: 1\n\
             userAccountControl: 512\n\ndn: CN=Boris,DC=example,DC=test\nobjectClass: user\ndisplayName:: {encoded}\n\
             mailNickname:: {encoded}\nmail: boris@example.test\nproxyAddresses: SMTP:boris@example.test\n\
             msExchRecipientTypeDetails: 1\nuserAccountControl: 512\n",
            STANDARD.encode(format!("CN={OBEYED},DC=example,DC=test")),
            STANDARD.encode(format!("smtp:{OBEYED}@example.test")),
        ),
    );
    let mail = format!(
        "From a@b Mon Jan  1 00:00:00 2024\nSubject: {OBEYED}\nMessage-ID: <{OBEYED}@x>\nFrom: {OBEYED} <a@b>\n\nx\0\n\n\
         From a@b Mon Jan  1 00:00:00 2024\nSubject: two\n\ny\n\n"
    );
    scene.write(&format!("mail/anna/{OBEYED}.mbox"), mail);
    fs::create_dir(scene.path(&format!("mail/anna/{OBEYED}.folder"))).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", scene.path(&format!("mail/anna/{OBEYED}.link"))).unwrap();
    let event = |uid: &str, start: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART{start}\r\nSUMMARY:{OBEYED}\r\nEND:VEVENT\r\n"
        )
    };
    let zone = format!(";TZID=\"{}\":20260105T100000", OBEYED.replace('\r', ""));
    let hostile = OBEYED.replace('\r', "");
    scene.write(
        &format!("calendars/anna/{OBEYED}.ics"),
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:{hostile}\r\n{}{}END:VCALENDAR\r\n",
            event(&hostile, ":20260105T100000Z").replace(OBEYED, &hostile),
            event("zone", &zone).replace(OBEYED, &hostile),
        ),
    );
    scene.write(
        &format!("calendars/anna/{OBEYED}-torn.ics"),
        format!("BEGIN:VCALENDAR\r\n{OBEYED}"),
    );
    let encoded_name = OBEYED.chars().fold(String::new(), |mut text, c| {
        text.push_str(&format!("\\u{:04X}", u32::from(c)));
        text
    });
    let route = |path: &str| {
        format!("source = {{ kind = 'files', path = '{path}/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n")
    };
    scene.write(
        &format!("{OBEYED}.toml"),
        format!(
            "name = \"{encoded_name}\"\nout = 'out'\n[directory]\nldif = 'directory.ldif'\ndomains = ['example.test']\n\
             [mail]\n{}[calendars]\n{}[[waves]]\nname = \"{encoded_name}\"\naccounts = ['anna@example.test']\n",
            route("mail"),
            route("calendars")
        ),
    );
}

fn job(walk: &mut Walk) {
    organisation(&walk.scene);
    let file = |ending: &str| format!("{OBEYED}{ending}");
    let (job, plan) = (file(".toml"), file(".plan"));
    walk.shows(&["plan", &job]);
    walk.shows(&["plan", &job, "--json"]);
    walk.shows(&["plan", &job, "--items", "--read", "--save", &plan]);
    fs::remove_file(walk.scene.path(&format!("mail/anna/{OBEYED}.link"))).unwrap();
    let more = "From a@b Mon Jan  1 00:00:00 2024\nSubject: three\n\nz\n\n";
    walk.scene.write(&format!("mail/anna/{OBEYED} 2.mbox"), more);
    walk.shows(&["plan", &job, "--compare", &plan]);
    walk.shows(&["plan", &job, "--compare", &plan, "--json"]);
    walk.run(&["check", &job]);
    walk.run(&["check", &job, "--json"]);
    walk.run(&["completions", "bash"]);
    walk.run(&["man", "--out", "man"]);
    walk.shows(&["status", &job]);
    walk.run(&["work", &job]);
    walk.shows(&["run", &job, "--plan", &plan]);
    walk.shows(&["run", &job, "--json"]);
    walk.run(&["follow", &job, "--passes", "1", "--every", "1"]);
    walk.run(&["work", &job]);
    walk.shows(&["status", &job]);
    walk.shows(&["status", &job, "--json"]);
    walk.run(&["report", &job]);
    walk.shows(&["report", &job, "--json"]);
    walk.shows(&["export", &job]);
    walk.shows(&["wave", &job]);
    walk.shows(&["wave", &job, "--json"]);
    walk.run(&["verify", &job]);
    for folder in fs::read_dir(walk.scene.path("out/mail")).unwrap() {
        fs::remove_dir_all(folder.unwrap().path()).unwrap();
    }
    walk.shows(&["verify", &job]);
    walk.shows(&["verify", &job, "--json"]);
}

fn errors(walk: &mut Walk) {
    let job = format!("{OBEYED}.toml");
    let job = job.as_str();
    for words in [
        &[OBEYED][..],
        &["run", job, OBEYED],
        &["run", &format!("{OBEYED}.missing")],
        &["run", job, "--plan", &format!("{OBEYED}.missing")],
        &["run", job, "--wave", &format!("{OBEYED}?")],
        &["wave", job, "--wave", &format!("{OBEYED}?"), "--to", "done"],
        &["wave", job, "--wave", "x", "--to", OBEYED],
        &["follow", job, "--every", OBEYED],
        &["init", job],
        &["init", &format!("{OBEYED}-new.toml")],
        &["init", &format!("{OBEYED}-json.toml"), "--json"],
        &["demo", "--out", &format!("{OBEYED}.demo")],
    ] {
        walk.shows(words);
    }
    for broken in [
        format!("{OBEYED} = 1"),
        format!("name = '{OBEYED}"),
        format!("'{OBEYED}' = 1"),
        "name = \"hostile\\u001b[2J\"\n[mail]\n".to_owned(),
    ] {
        walk.scene.write(job, broken);
        walk.run(&["plan", job]);
        walk.run(&["status", job]);
    }
    walk.run(&["plan", job, "--compare", job]);
}
