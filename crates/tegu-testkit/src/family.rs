//! Processes and their children, as `/proc` shows them.

use std::collections::HashMap;
use std::fs;
use std::process::{Command, Stdio};

/// Sends a signal. `kill` as a shell's builtin, because a minimal Debian has no such program.
pub(crate) fn signal(name: &str, pid: u32) {
    let script = format!("kill -{name} {pid} 2>/dev/null");
    let _ = Command::new("/bin/sh")
        .args(["-c", &script])
        .stdin(Stdio::null())
        .status();
}

/// A process, recognised again by its start time when its number has been given to another.
#[derive(Debug)]
pub(crate) struct Process {
    pid: u32,
    started: u64,
}

impl Process {
    /// The process that has this number now, if any.
    #[cfg(test)]
    pub(crate) fn now(pid: u32) -> Option<Self> {
        stat(pid).map(|stat| Self {
            pid,
            started: stat.started,
        })
    }

    pub(crate) fn lives(&self) -> bool {
        stat(self.pid).is_some_and(|now| now.started == self.started && now.state != 'Z')
    }

    /// The name of its program, of up to 15 characters.
    pub(crate) fn name(&self) -> String {
        let name = fs::read_to_string(format!("/proc/{}/comm", self.pid));
        name.unwrap_or_default().trim_end().to_owned()
    }

    pub(crate) fn signal(&self, name: &str) {
        if self.lives() {
            signal(name, self.pid);
        }
    }

    pub(crate) fn kill(&self) {
        if self.lives() {
            signal("KILL", self.pid);
        }
    }
}

/// The part of `/proc/PID/stat` that matters here.
struct Stat {
    state: char,
    parent: u32,
    started: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the command in parentheses, and may itself hold spaces and parentheses.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
    })
}

/// Every process below `root`, without itself.
pub(crate) fn descendants(root: u32) -> Vec<Process> {
    let mut children: HashMap<u32, Vec<Process>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Some(stat) = stat(pid) {
            children.entry(stat.parent).or_default().push(Process {
                pid,
                started: stat.started,
            });
        }
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        for process in children.remove(&pid).unwrap_or_default() {
            open.push(process.pid);
            found.push(process);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start_time_too() {
        let pid = std::process::id();
        let started = stat(pid).unwrap().started;
        assert!(Process { pid, started }.lives());
        assert!(
            !Process {
                pid,
                started: started + 1
            }
            .lives()
        );
    }
}
