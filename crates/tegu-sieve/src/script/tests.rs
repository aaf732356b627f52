use super::*;
use proptest::prelude::*;

fn texts() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just("\\".to_owned()),
            Just("\"".into()),
            Just("\n".into()),
            Just(".".into()),
            Just("text:".into()),
            Just("Ж".into()),
            "[ -~]{0,6}"
        ],
        0..8,
    )
    .prop_map(|parts| parts.concat())
}

fn tests() -> impl Strategy<Value = Test> {
    let leaf = prop_oneof![
        Just(Test::always()),
        texts().prop_map(|key| Test::header(Match::Contains, &["Subject"], [key])),
        (texts(), texts()).prop_map(|(a, b)| Test::address(
            Match::Is,
            AddressPart::All,
            &["To", "Cc"],
            [a, b]
        )),
        any::<u32>().prop_map(|octets| Test::size(true, octets.into())),
        texts().prop_map(|key| Test::body(Match::Regex, BodyText::Text, [key])),
        Just(Test::current_date(Match::Value("ge"), "date", "2026-01-01")),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Test::negate),
            proptest::collection::vec(inner.clone(), 1..4).prop_map(Test::any),
            proptest::collection::vec(inner, 1..4).prop_map(Test::all),
        ]
    })
}

fn scripts() -> impl Strategy<Value = Script> {
    let simple = prop_oneof![
        texts().prop_map(|folder| Command::file_into(folder, true, true)),
        texts().prop_map(Command::add_flag),
        texts().prop_map(Command::redirect_copy),
        texts().prop_map(|text| Command::vacation(vec![Argument::tag("days"), Argument::Number(7)], text)),
        Just(Command::stop()),
        texts().prop_map(Command::Comment),
    ];
    let block = proptest::collection::vec(simple, 0..4);
    proptest::collection::vec(
        (tests(), block).prop_map(|(test, block)| Command::when(test, block)),
        0..4,
    )
    .prop_map(Script::new)
}

/// What is compared: everything but what only the composer knows, and a comment by the lines that it became.
fn bare(commands: &[Command]) -> Vec<Command> {
    fn bare_test(test: &Test) -> Test {
        Test {
            needs: BTreeSet::new(),
            tests: test.tests.iter().map(bare_test).collect(),
            ..test.clone()
        }
    }
    let mut out = Vec::new();
    for command in commands {
        match command {
            Command::Comment(text) => {
                out.extend(text.split('\n').map(|line| Command::Comment(line.to_owned())));
            }
            Command::Do(call) => out.push(Command::Do(Call {
                needs: BTreeSet::new(),
                test: call.test.as_ref().map(bare_test),
                block: call.block.as_deref().map(bare),
                ..call.clone()
            })),
        }
    }
    out
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again(script in scripts()) {
        let text = script.to_string();
        let read = parse(&text, &Limits::default()).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        let mut commands = read.commands;
        if !script.extensions().is_empty() {
            commands.remove(0);
        }
        prop_assert_eq!(bare(&commands), bare(&script.commands), "{}", text);
        prop_assert!(text.lines().count() == text.matches("\r\n").count());
    }
}

#[test]
fn a_comment_holds_no_command() {
    let script = Script::new(vec![Command::Comment("a\r\ndiscard;\u{2028}stop;".into())]);
    assert_eq!(script.to_string(), "# a\r\n#\r\n# discard;\r\n# stop;\r\n");
}

#[test]
fn errors_name_the_line() {
    for (text, said) in [
        ("keep;\nif true {\nstop;", "line 3: a block does not end"),
        ("\n\nkeep", "line 3: `;` or `{` was expected"),
        ("redirect \"a", "line 1: a string does not end"),
        ("vacation text:\nx\n", "line 1: a text does not end"),
        ("}", "line 1: a command was expected"),
    ] {
        assert_eq!(
            parse(text, &Limits::default()).map_err(|e| e.to_string()),
            Err(said.to_owned())
        );
    }
    let deep = "if not ".repeat(2) + &"not ".repeat(100);
    assert!(parse(&deep, &Limits::default()).is_err());
    let nested = "if true {".repeat(100);
    assert_eq!(
        parse(&nested, &Limits::default()).map_err(|e| e.kind()),
        Err(tegu_outcome::ErrorKind::Limit)
    );
}

/// What is read back is as long as what was written, so that its lists are laid out alike.
#[test]
fn a_list_is_laid_out_by_what_is_written() {
    let list = format!("keep [\"{}\"];\n", "\u{0}\n".repeat(24));
    let written = parse(&list, &Limits::default()).unwrap().to_string();
    let again = parse(&written, &Limits::default()).unwrap();
    assert_eq!(again.to_string(), written);
}

#[test]
fn lines_of_errors() {
    assert_eq!(error_line("line 3: error: unknown command"), Some(3));
    assert_eq!(error_line("tegu-migrated: line 12: error"), Some(12));
    assert_eq!(error_line("no line at all"), None);
}
