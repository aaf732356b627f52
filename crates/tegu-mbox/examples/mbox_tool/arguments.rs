//! From words to a command.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tegu_mbox::Variant;
use tegu_mbox::read::Options;

pub(crate) struct Arguments {
    pub(crate) command: Command,
    pub(crate) options: Options,
}

pub(crate) enum Command {
    Count {
        file: PathBuf,
    },
    Split {
        file: PathBuf,
        to: PathBuf,
    },
    Join {
        from: PathBuf,
        to: PathBuf,
        variant: Variant,
    },
    Convert {
        file: PathBuf,
        to: PathBuf,
        variant: Variant,
    },
    Verify {
        file: PathBuf,
        against: Option<PathBuf>,
    },
    Inspect {
        tree: PathBuf,
    },
}

impl Command {
    /// What is read.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Count { file }
            | Self::Split { file, .. }
            | Self::Join { from: file, .. }
            | Self::Convert { file, .. }
            | Self::Verify { file, .. }
            | Self::Inspect { tree: file } => file,
        }
    }
}

impl Arguments {
    /// `None` when help is asked for.
    pub(crate) fn parse(words: impl Iterator<Item = OsString>) -> Result<Option<Self>, String> {
        let mut plain = Vec::new();
        let (mut to, mut against, mut variant, mut json) = (None, None, None, false);
        let mut options: Option<Options> = None;
        let mut words = words;
        while let Some(word) = words.next() {
            let Some(flag) = word.to_str().filter(|word| word.starts_with("--")) else {
                plain.push(word);
                continue;
            };
            let mut value = || words.next().ok_or_else(|| format!("{flag} wants a value"));
            let twice = match flag {
                "--help" => return Ok(None),
                "--json" => std::mem::replace(&mut json, true),
                "--to" => to.replace(PathBuf::from(value()?)).is_some(),
                "--against" => against.replace(PathBuf::from(value()?)).is_some(),
                "--variant" => variant.replace(named(&value()?)?).is_some(),
                "--read" => options
                    .replace(Options::default().variant(named(&value()?)?))
                    .is_some(),
                "--own" => options.replace(Options::own(named(&value()?)?)).is_some(),
                _ => return Err(format!("{flag} is not known")),
            };
            if twice {
                return Err(format!("{flag} stands twice"));
            }
        }
        let [command, file] = plain.as_slice() else {
            return Err("a command and one path are wanted".into());
        };
        let file = PathBuf::from(file);
        let missing = |flag: &str| format!("{flag} is missing");
        let command = match (command.to_str().unwrap_or_default(), to, against, variant, json) {
            ("count", None, None, None, false) => Command::Count { file },
            ("split", to, None, None, false) => Command::Split {
                file,
                to: to.ok_or_else(|| missing("--to"))?,
            },
            ("join", to, None, variant, false) => Command::Join {
                from: file,
                to: to.ok_or_else(|| missing("--to"))?,
                variant: variant.ok_or_else(|| missing("--variant"))?,
            },
            ("convert", to, None, variant, false) => Command::Convert {
                file,
                to: to.ok_or_else(|| missing("--to"))?,
                variant: variant.ok_or_else(|| missing("--variant"))?,
            },
            ("verify", None, against, None, false) => Command::Verify { file, against },
            ("inspect", None, None, None, true) => Command::Inspect { tree: file },
            ("inspect", None, None, None, false) => return Err(missing("--json")),
            (name, ..) => return Err(format!("{name} is no command, or takes other flags")),
        };
        let options = options.unwrap_or_default();
        Ok(Some(Self { command, options }))
    }
}

fn named(word: &OsString) -> Result<Variant, String> {
    let name = word.to_string_lossy();
    Variant::from_name(&name).ok_or_else(|| format!("{name} is no variant"))
}
