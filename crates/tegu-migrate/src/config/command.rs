//! Secrets that a program prints: `pass show`, a vault's client, a script that fetches a token.

use crate::{Account, Error, Result, template::plain};
use std::{
    io::Read as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a program may take.
const TIME: Duration = Duration::from_secs(30);
/// What a program may print. A secret is shorter.
const OCTETS: u64 = 64 << 10;
/// How often it is asked whether the program has ended, once it prints no more.
const ASK_AGAIN: Duration = Duration::from_millis(10);

/// Runs a program and returns what it prints. `words` are the program and its arguments, in which `{mail}`, `{alias}` and `{domain}`
/// are filled in. There is no shell. A program with `/` in its name is looked for below `base`, any other in `PATH`.
pub(super) fn output(words: &[String], account: &Account, base: &Path) -> Result<String> {
    let [program, arguments @ ..] = words else {
        return Err(Error::config("`command` names no program"));
    };
    let wrong = |why: &str| Error::config(format_args!("the program {program} {why}"));
    let mut command = if program.contains(['/', '\\']) {
        Command::new(base.join(program))
    } else {
        Command::new(program)
    };
    for template in arguments {
        let argument = plain(template, account);
        // The name of an account must not become an option.
        if argument.starts_with('-') && !template.starts_with('-') {
            return Err(wrong("was not started: the account's name begins with a hyphen"));
        }
        command.arg(argument);
    }
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| wrong(&format!("cannot be started: {error}")).with_source(error))?;
    let printed = printed(&mut child);
    // It must not stay behind, whatever it did.
    let _ = child.kill();
    let _ = child.wait();
    printed.map_err(|why| wrong(&why))
}

fn printed(child: &mut Child) -> Result<String, String> {
    let until = Instant::now() + TIME;
    let late = || format!("did not end within {} seconds", TIME.as_secs());
    let stdout = child.stdout.take().ok_or("prints nowhere")?;
    let (sender, receiver) = mpsc::channel();
    // Not joined: a child of the program may hold the pipe open.
    thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(OCTETS + 1).read_to_string(&mut text);
        let _ = sender.send(read.map(|_| text));
    });
    let text = receiver
        .recv_timeout(TIME)
        .map_err(|_| late())?
        .map_err(|error| format!("printed what is no text: {}", error.kind()))?;
    if text.len() as u64 > OCTETS {
        return Err(format!("printed more than {OCTETS} octets"));
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(text),
            Ok(Some(status)) => return Err(format!("failed ({status}): run it by hand to see why")),
            Ok(None) if Instant::now() < until => thread::sleep(ASK_AGAIN),
            Ok(None) => return Err(late()),
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, mail: &str) -> Result<String, String> {
        let words = ["sh", "-c", script, "sh", "{alias}"].map(str::to_owned);
        output(&words, &Account::new(mail), Path::new("/")).map_err(|error| error.to_string())
    }

    #[test]
    fn the_program_is_told_the_account() {
        assert_eq!(shell("printf \"$1\"", "anna@example.test").as_deref(), Ok("anna"));
        // No shell reads the account's name.
        assert_eq!(
            shell("printf %s \"$1\"", "$(id)@example.test").as_deref(),
            Ok("$(id)")
        );
        let error = shell("echo x", "-anna@example.test").unwrap_err();
        assert!(error.contains("hyphen"), "{error}");
    }

    #[test]
    fn what_a_program_printed_is_in_no_error() {
        for (script, says) in [
            ("echo s3cret; echo s3cret >&2; exit 3", "exit status: 3"),
            ("yes s3cret | head -c 70000", "more than 65536 octets"),
            ("printf 's3cret\\377'", "no text"),
        ] {
            let error = shell(script, "anna@example.test").unwrap_err();
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
        let error = output(&["no/such".into()], &Account::new("a@b"), Path::new("/nowhere")).unwrap_err();
        assert!(error.to_string().contains("cannot be started"), "{error}");
        assert!(output(&[], &Account::new("a@b"), Path::new("/")).is_err());
    }
}
