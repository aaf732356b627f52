//! The JSON schema of a configuration: made from the types, complete in the sample, and understood by another validator.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};
use tegu_migrate::{
    Config,
    config::{SAMPLE, SCHEMA},
};

#[test]
fn the_schema_is_what_the_types_say() {
    let mut schema = schemars::schema_for!(Config).to_value();
    tidy(&mut schema);
    if std::env::var_os("TEGU_WRITE_SCHEMA").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/migrate.schema.json");
        let text = serde_json::to_string_pretty(&schema).unwrap();
        std::fs::write(path, format!("{text}\n")).unwrap();
        return;
    }
    let committed: Value = serde_json::from_str(SCHEMA).unwrap();
    assert!(
        schema == committed,
        "migrate.schema.json is not what the types say: TEGU_WRITE_SCHEMA=1 writes it"
    );
}

/// Takes out what only Rust has: `null`, which TOML cannot say, and examples and links of rustdoc.
fn tidy(value: &mut Value) {
    let is_null = |value: &Value| value["type"] == "null";
    if let Value::Object(map) = value {
        if let Some(Value::Array(choices)) = map.get_mut("anyOf")
            && choices.iter().any(is_null)
        {
            choices.retain(|choice| !is_null(choice));
            if let [Value::Object(only)] = choices.as_slice() {
                let only = only.clone();
                map.remove("anyOf");
                map.extend(only.into_iter().filter(|(key, _)| key != "description"));
            }
        }
        if let Some(Value::Array(types)) = map.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                map.insert("type".into(), only);
            }
        }
        if map.get("default").is_some_and(Value::is_null) {
            map.remove("default");
        }
        if let Some(Value::String(text)) = map.get_mut("description") {
            *text = plain(text);
        }
        map.values_mut().for_each(tidy);
    } else if let Value::Array(values) = value {
        values.iter_mut().for_each(tidy);
    }
}

/// The first paragraph of a documentation, without its links.
fn plain(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap().replace('\n', " ");
    let mut plain = String::new();
    let mut rest = paragraph.as_str();
    while let Some((before, link)) = rest.split_once('[') {
        plain.push_str(before);
        match link.split_once("](") {
            Some((name, after)) if !name.contains([']', '[']) => {
                plain.push_str(name);
                rest = after.split_once(')').map_or("", |(_, after)| after);
            }
            _ => {
                plain.push('[');
                rest = link;
            }
        }
    }
    plain + rest
}

/// All keys that any table can have, and the names of the definitions that have them.
fn keys() -> BTreeSet<(String, String)> {
    fn collect(at: &str, value: &Value, found: &mut BTreeSet<(String, String)>) {
        match value {
            Value::Object(map) => {
                for (name, value) in map {
                    if name == "properties"
                        && let Value::Object(properties) = value
                    {
                        found.extend(properties.keys().map(|key| (at.to_owned(), key.clone())));
                    }
                    if name == "$defs"
                        && let Value::Object(definitions) = value
                    {
                        for (name, definition) in definitions {
                            collect(name, definition, found);
                        }
                    } else {
                        collect(at, value, found);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(at, value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect("Config", &serde_json::from_str(SCHEMA).unwrap(), &mut found);
    found
}

#[test]
fn the_sample_shows_every_key_of_the_schema() {
    let keys = keys();
    assert!(keys.len() > 90, "{keys:?}");
    let shown = |key: &str| {
        let assigned = SAMPLE
            .match_indices(&format!("{key} ="))
            .any(|(start, _)| !SAMPLE[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        let table = |line: &str| {
            let line = line.trim_start_matches("# ").trim_matches(['[', ']']);
            line == key || line.ends_with(&format!(".{key}"))
        };
        assigned || SAMPLE.contains(&format!("`{key}`")) || SAMPLE.lines().any(table)
    };
    let missing: Vec<_> = keys.iter().filter(|(_, key)| !shown(key)).collect();
    assert!(missing.is_empty(), "migrate.toml does not show {missing:?}");
}

/// Has Debian's `python3-jsonschema` validate a configuration. `None` where it is not installed.
fn judged(configuration: &str) -> Option<String> {
    const SCRIPT: &str = "
import json, sys, tomllib, datetime
try:
    import jsonschema
except ImportError:
    print('missing'); sys.exit()
schema, text = json.load(sys.stdin)
instance = json.loads(json.dumps(tomllib.loads(text)))
jsonschema.Draft202012Validator.check_schema(schema)
errors = jsonschema.Draft202012Validator(schema).iter_errors(instance)
print('; '.join(e.json_path + ': ' + e.message[:200] for e in errors))
";
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let input = serde_json::to_vec(&(schema, configuration)).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    (said != "missing").then_some(said)
}

#[test]
fn another_validator_agrees_with_the_reader() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let judge =
        |configuration: &str| judged(configuration).expect("install the Debian package python3-jsonschema");
    assert_eq!(judge(SAMPLE), "");
    let head = "name = 'x'\nout = 'o'\n[directory]\ndomains = []\nldif = 'd'\n";
    let imap = |keys: &str| {
        format!(
            "{head}[mail]\nsource = {{ kind = 'imap', url = 'imaps://a', {keys} }}\ntarget = {{ kind = 'bundle' }}\n"
        )
    };
    for (configuration, good) in [
        (head.to_owned(), true),
        (format!("{head}nonsense = 1\n"), false),
        (format!("nonsense = 1\n{head}"), false),
        ("name = 'x'\n".to_owned(), false),
        (imap("password = { env = 'A' }"), true),
        (imap("password = { command = ['pass', 'show', '{mail}'] }"), true),
        (imap("password = { command = [] }"), false),
        (imap("password = 's3cret'"), false),
        (imap("pasword = { env = 'A' }"), false),
        (imap("security = 'starttls'"), true),
        (imap("security = 'none'"), false),
        (imap("limits = { connections = 2 }"), true),
        (imap("limits = { conections = 2 }"), false),
        (imap("delegate = { dovecot = 'admin', separator = '%' }"), true),
        (imap("delegate = { exchnage = 'A/b' }"), false),
        (
            format!("{head}[mail]\nsource = {{ kind = 'imp' }}\ntarget = {{ kind = 'bundle' }}\n"),
            false,
        ),
        (
            format!(
                "{head}[mail]\nsource = {{ kind = 'files', path = 'm' }}\ntarget = {{ kind = 'bundle' }}\n"
            ),
            true,
        ),
        (
            format!("{head}[mail]\nsource = {{ kind = 'files' }}\ntarget = {{ kind = 'bundle' }}\n"),
            false,
        ),
        (
            format!("{head}[[policy.exclude]]\nbefore = '2015-01-01'\nlarger_than = '25 MiB'\n"),
            true,
        ),
        (format!("{head}[[policy.exclude]]\nbefore = 'yesterday'\n"), false),
        (
            format!("{head}[[policy.relax]]\naccept = ['MAIL-KEYWORD']\nentities = ['mail']\n"),
            true,
        ),
        (
            format!("{head}[[policy.relax]]\nentities = ['mial']\naccept = []\n"),
            false,
        ),
        (
            format!("{head}[letters]\nfrom = 'a@b'\nname = 'IT'\nlanguage = 'ru'\nattach = 0\n"),
            true,
        ),
        (
            format!("{head}[letters]\nfrom = 'a@b'\nname = 'IT'\nlanguage = 'de'\n"),
            false,
        ),
        (
            format!("{head}[journal]\npostgres = 'postgres://a/b'\nschema = 's'\n"),
            true,
        ),
        (format!("{head}[limits]\naccounts = 'many'\n"), false),
    ] {
        let said = judge(&configuration);
        assert_eq!(said.is_empty(), good, "{configuration}: {said}");
        let read = Config::from_toml(&configuration, "/".into());
        assert_eq!(read.is_ok(), good, "{configuration}: {read:?}");
    }
}
