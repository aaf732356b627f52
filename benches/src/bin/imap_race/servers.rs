//! Where the servers are: a file of `name=value` lines, for this program, for shells and for people.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

macro_rules! servers {
    ($($name:ident: $kind:ty,)*) => {
        #[derive(Clone, Debug)]
        pub(crate) struct Servers {
            $(pub(crate) $name: $kind,)*
        }

        impl Servers {
            fn lines(&self) -> String {
                let mut text = String::new();
                $(let _ = writeln!(text, "{}={}", stringify!($name), AsText(&self.$name).text());)*
                text
            }

            fn parse(text: &str) -> io::Result<Self> {
                let values: HashMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
                Ok(Self {
                    $($name: values
                        .get(stringify!($name))
                        .and_then(|value| value.parse().ok())
                        .ok_or_else(|| io::Error::other(concat!("the list of servers lacks ", stringify!($name))))?,)*
                })
            }
        }
    };
}

servers! {
    pid: u32,
    source: u16,
    source_tls: u16,
    source_slow: u16,
    source_mail: PathBuf,
    source_ca: PathBuf,
    target: u16,
    target_tls: u16,
    target_slow: u16,
    target_mail: PathBuf,
    target_ca: PathBuf,
    target_config: PathBuf,
    disk: u16,
    disk_mail: PathBuf,
    disk_config: PathBuf,
    million: u16,
}

impl Servers {
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        // Whoever waits for the file finds it whole.
        let new = dir.join("servers.new");
        std::fs::write(&new, self.lines())?;
        std::fs::rename(new, dir.join("servers"))
    }

    pub(crate) fn read(dir: &Path) -> io::Result<Self> {
        Self::parse(&std::fs::read_to_string(dir.join("servers"))?)
    }
}

/// Numbers and paths as text.
struct AsText<'a, T>(&'a T);

impl AsText<'_, u16> {
    fn text(&self) -> String {
        self.0.to_string()
    }
}

impl AsText<'_, u32> {
    fn text(&self) -> String {
        self.0.to_string()
    }
}

impl AsText<'_, PathBuf> {
    fn text(&self) -> String {
        self.0.display().to_string()
    }
}
