//! Answers, as they pass.

use super::{Fate, Fates, lock};
use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is changed in answers.
pub(super) struct Answers<'a> {
    pub(super) without: &'a [String],
    pub(super) instead: &'a HashMap<String, String>,
    pub(super) fates: &'a Fates,
    pub(super) lost: &'a AtomicU64,
}

impl Answers<'_> {
    /// Passes answers on until the connection ends or is to end.
    pub(super) fn pass(&self, mut input: BufReader<impl io::Read>, mut out: impl Write) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                return out.flush();
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            let tag = text.split(' ').next().unwrap_or_default();
            let fate = lock(self.fates).remove(tag);
            match fate {
                Some(Fate::Lost) => {
                    self.lost.fetch_add(1, Ordering::SeqCst);
                    return out.flush();
                }
                Some(Fate::Refused) => write!(out, "{tag} NO [CANNOT] This message is not wanted here\r\n")?,
                None if text.contains("CAPABILITY ") => out.write_all(self.capabilities(&text).as_bytes())?,
                None if self.is_off("UIDPLUS") && text.contains("[APPENDUID ") => {
                    let (before, code) = text.split_once("[APPENDUID ").unwrap_or_default();
                    let after = code.split_once("] ").map_or("done\r\n", |(_, after)| after);
                    write!(out, "{before}{after}")?;
                }
                None => {
                    out.write_all(&line)?;
                    let status = text
                        .split(' ')
                        .nth(1)
                        .is_some_and(|word| ["OK", "NO", "BAD", "BYE"].contains(&word));
                    if let Some(length) = length(&text).filter(|_| !status) {
                        io::copy(&mut input.by_ref().take(length), &mut out)?;
                        // The rest of this response follows.
                        continue;
                    }
                }
            }
            // What lies in the buffer already goes on together.
            if !input.buffer().contains(&b'\n') {
                out.flush()?;
            }
        }
    }

    fn is_off(&self, capability: &str) -> bool {
        self.without.iter().any(|without| without == capability)
    }

    /// The line without the capabilities that are taken away, and with those that stand for others.
    fn capabilities(&self, text: &str) -> String {
        let mut words = Vec::new();
        for word in text.split(' ') {
            let name = word.trim_end().trim_end_matches(']');
            let rest = &word[name.len()..];
            if self.is_off(&name.to_uppercase()) {
                if let Some(last) = words.last_mut() {
                    *last = format!("{last}{rest}");
                }
                continue;
            }
            let name = self
                .instead
                .get(&name.to_uppercase())
                .map_or(name, String::as_str);
            words.push(format!("{name}{rest}"));
        }
        words.join(" ")
    }
}

fn length(text: &str) -> Option<u64> {
    text.trim_end()
        .strip_suffix('}')?
        .rsplit_once('{')?
        .1
        .parse()
        .ok()
}
