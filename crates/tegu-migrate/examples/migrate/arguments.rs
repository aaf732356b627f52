//! The command line.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

/// A subcommand and what it takes besides a configuration.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// Options without a value.
    pub(crate) switches: &'static [&'static str],
    /// Options with a value, and what the value is.
    pub(crate) values: &'static [(&'static str, &'static str)],
    pub(crate) about: &'static str,
}

/// What was asked for.
pub(crate) struct Arguments {
    pub(crate) command: &'static str,
    /// The configuration's file; for `sample`, the folder that it is made in.
    pub(crate) config: PathBuf,
    switches: Vec<&'static str>,
    values: BTreeMap<&'static str, PathBuf>,
}

impl Arguments {
    /// `Ok(None)` asks for help; an error says in one line what is wrong.
    pub(crate) fn read(
        words: impl Iterator<Item = OsString>,
        commands: &'static [Command],
    ) -> Result<Option<Self>, String> {
        let mut words = words.peekable();
        let Some(first) = words.peek() else {
            return Ok(Some(Self::of("sample", PathBuf::from("target/tegu-sample"))));
        };
        if first == "--help" || first == "-h" {
            return Ok(None);
        }
        if first == "--out" {
            let out = words.nth(1).ok_or("--out wants a folder")?;
            return match words.next() {
                None => Ok(Some(Self::of("sample", out.into()))),
                Some(more) => Err(format!("{} is one argument too many", more.display())),
            };
        }
        let named = commands.iter().find(|command| *first == *command.name);
        if named.is_some() {
            words.next();
        }
        // Without a subcommand it is `run`.
        let command = named
            .or_else(|| commands.iter().find(|command| command.name == "run"))
            .ok_or("no such command")?;
        let mut config = None;
        let mut arguments = Self::of(command.name, PathBuf::new());
        while let Some(word) = words.next() {
            if let Some(switch) = command.switches.iter().find(|switch| word == **switch) {
                arguments.switches.push(switch);
            } else if let Some((name, what)) = command.values.iter().find(|(name, _)| word == *name) {
                let value = words.next().ok_or_else(|| format!("{name} wants {what}"))?;
                arguments.values.insert(name, value.into());
            } else if word.to_string_lossy().starts_with('-') || config.is_some() {
                return Err(format!("{} takes no {}", command.name, word.display()));
            } else {
                config = Some(word);
            }
        }
        arguments.config = config
            .ok_or_else(|| format!("{} wants a configuration", command.name))?
            .into();
        Ok(Some(arguments))
    }

    fn of(command: &'static str, config: PathBuf) -> Self {
        Self {
            command,
            config,
            switches: Vec::new(),
            values: BTreeMap::new(),
        }
    }

    pub(crate) fn has(&self, switch: &str) -> bool {
        self.switches.contains(&switch)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&PathBuf> {
        self.values.get(name)
    }
}

pub(crate) fn usage(commands: &[Command]) -> String {
    let mut usage = String::from("usage: migrate [--out DIR]\n       migrate CONFIG.toml\n");
    for command in commands {
        let switches = command.switches.iter().map(|switch| format!(" [{switch}]"));
        let values = command
            .values
            .iter()
            .map(|(name, what)| format!(" [{name} {what}]"));
        let options = switches.chain(values).collect::<String>();
        usage.push_str(&format!(
            "       migrate {} CONFIG.toml{options}\n           {}\n",
            command.name, command.about
        ));
    }
    usage.trim_end().to_owned()
}
