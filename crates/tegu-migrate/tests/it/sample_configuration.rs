//! The documented configuration shows every key that there is.

use std::path::PathBuf;
use tegu_migrate::{Config, config::SAMPLE as TEMPLATE};

const HEAD: &str = "name = 'x'\nout = 'o'\n";
const DIRECTORY: &str = "[directory]\ndomains = []\nldif = 'd'\n";
const SERVERS: &str = "# Servers.";

/// Returns the keys that could stand in place of an unknown one, as the error about it lists them.
fn keys(configuration: &str) -> Vec<String> {
    let error = Config::from_toml(configuration, PathBuf::new())
        .unwrap_err()
        .to_string();
    let (_, listed) = error
        .split_once("unknown field `nonsense`, expected ")
        .unwrap_or_else(|| panic!("{configuration}: {error}"));
    let keys: Vec<_> = listed.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(!keys.is_empty(), "{error}");
    keys
}

/// The template from a mark to the next table.
fn section(mark: &str) -> &'static str {
    let start = TEMPLATE.find(mark).unwrap_or_else(|| panic!("no {mark}"));
    let section = &TEMPLATE[start..];
    let after = section.find('\n').unwrap() + 1;
    let table = ["\n[", "\n# ["]
        .iter()
        .filter_map(|mark| section[after..].find(mark))
        .min();
    table.map_or(section, |end| &section[..after + end])
}

fn shows(section: &str, key: &str) -> bool {
    let before = |start: usize| !section[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let assigned = format!("{key} =");
    let assigned = section.match_indices(&assigned).any(|(start, _)| before(start));
    assigned || section.contains(&format!("`{key}`")) || section.contains(&format!("`{key} ="))
}

fn has_table(name: &str) -> bool {
    let mut lines = TEMPLATE.lines().map(|line| line.trim_start_matches("# "));
    lines.any(|line| line == format!("[{name}]") || line == format!("[[{name}]]"))
}

#[test]
fn the_template_shows_every_key() {
    let whole = |more: &str| format!("{HEAD}{DIRECTORY}{more}");
    let end = |section: &str, side: &str, keys: &str| {
        let (source, target) = match side {
            "source" => (keys, "kind = 'bundle'"),
            _ if section == "rules" => ("kind = 'exports'", keys),
            _ if section == "rights" => ("kind = 'exports', files = []", keys),
            _ => ("kind = 'bundle'", keys),
        };
        whole(&format!(
            "[{section}]\nsource = {{ {source} }}\ntarget = {{ {target} }}\n"
        ))
    };
    for (configuration, mark) in [
        (format!("{HEAD}nonsense = 1\n"), "name ="),
        (format!("{HEAD}[directory]\nnonsense = 1\n"), "[directory]"),
        (format!("{HEAD}[directory]\nldap = {{ nonsense = 1 }}\n"), SERVERS),
        (whole("[mail]\nnonsense = 1\n"), "[mail]"),
        (end("mail", "source", "kind = 'imap', nonsense = 1"), SERVERS),
        (
            end(
                "mail",
                "source",
                "kind = 'imap', url = '', limits = { nonsense = 1 }",
            ),
            SERVERS,
        ),
        (
            end(
                "mail",
                "source",
                "kind = 'imap', url = '', delegate = { nonsense = 1 }",
            ),
            SERVERS,
        ),
        (end("mail", "source", "kind = 'files', nonsense = 1"), "[mail]"),
        (end("mail", "source", "kind = 'bundle', nonsense = 1"), "[mail]"),
        (whole("[calendars]\nnonsense = 1\n"), "[calendars]"),
        (
            end("calendars", "target", "kind = 'caldav', nonsense = 1"),
            SERVERS,
        ),
        (
            end("calendars", "source", "kind = 'files', nonsense = 1"),
            "[calendars]",
        ),
        (
            end("calendars", "source", "kind = 'bundle', nonsense = 1"),
            "[calendars]",
        ),
        (whole("[contacts]\nnonsense = 1\n"), "[contacts]"),
        (
            end("contacts", "target", "kind = 'carddav', nonsense = 1"),
            SERVERS,
        ),
        (whole("[rules]\nnonsense = 1\n"), "[rules]"),
        (
            end("rules", "source", "kind = 'exports', nonsense = 1"),
            "[rules]",
        ),
        (end("rules", "target", "kind = 'sieve', nonsense = 1"), SERVERS),
        (whole("[rights]\nnonsense = 1\n"), "[rights]"),
        (
            end("rights", "source", "kind = 'exports', nonsense = 1"),
            "[rights]",
        ),
        (end("rights", "target", "kind = 'imap', nonsense = 1"), SERVERS),
        (whole("[rights.calendars]\nnonsense = 1\n"), "[rights.calendars]"),
        (whole("[rights.contacts]\nnonsense = 1\n"), "[rights.contacts]"),
        (whole("[rights]\nidentifiers = { nonsense = 1 }\n"), "[rights]"),
        (end("rules", "target", "kind = 'files', nonsense = 1"), "[rules]"),
        (whole("[policy]\nnonsense = 1\n"), "[policy]"),
        (whole("[[policy.relax]]\nnonsense = 1\n"), "[[policy.relax]]"),
        (whole("[[policy.exclude]]\nnonsense = 1\n"), "[[policy.exclude]]"),
        (whole("[rates]\nnonsense = 1\n"), "[rates]"),
        (whole("[letters]\nnonsense = 1\n"), "[letters]"),
        (whole("[coexistence]\nnonsense = 1\n"), "[coexistence]"),
        (whole("[[waves]]\nnonsense = 1\n"), "[[waves]]"),
        (whole("[limits]\nnonsense = 1\n"), "[limits]"),
        (whole("[journal]\nnonsense = 1\n"), "# [journal]"),
    ] {
        let shown = section(mark);
        // A comment may come before the table that it explains.
        let before = &TEMPLATE[..TEMPLATE.find(mark).unwrap()];
        let comment = before.rsplit("\n\n").next().unwrap();
        let tables_below = match mark {
            "name =" => Some(""),
            "[policy]" => Some("policy."),
            "[rights]" => Some("rights."),
            _ => None,
        };
        for key in keys(&configuration) {
            let table = tables_below.is_some_and(|above| has_table(&format!("{above}{key}")));
            assert!(
                table || shows(shown, &key) || shows(comment, &key),
                "migrate.toml does not show `{key}` after {mark:?}"
            );
        }
    }
}

#[test]
fn the_template_shows_no_key_that_servers_do_not_have() {
    let known = keys(&format!("{HEAD}[directory]\nldap = {{ nonsense = 1 }}\n"));
    let shown = section(SERVERS)
        .lines()
        .filter_map(|line| line.strip_prefix("#     ")?.split_once(" = "));
    let shown: Vec<_> = shown
        .map(|(key, _)| key)
        .filter(|key| !key.starts_with(' '))
        .collect();
    assert_eq!(shown.len(), known.len(), "{shown:?} {known:?}");
    assert!(
        shown.iter().all(|key| known.iter().any(|known| known == key)),
        "{shown:?}"
    );
}

#[test]
fn the_template_is_a_configuration() {
    Config::from_toml(TEMPLATE, PathBuf::new()).unwrap();
}
