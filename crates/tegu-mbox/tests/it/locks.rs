//! A file that other programs use: formail's and lockfile's programs are such.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use tegu_mbox::write::{Appender, Locking};
use tegu_mbox::{Envelope, ErrorKind, Variant};

fn quick() -> Locking {
    let mut locking = Locking::default();
    locking.wait = Duration::from_millis(200);
    locking
}

#[test]
fn a_dot_lock_keeps_out_and_is_kept_out_by() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    let lock = dir.path().join("spool.lock");
    fs::write(&lock, "1\n").unwrap();
    let error = Appender::open_shared(&path, Variant::Mboxrd, &quick()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    assert!(
        error.is_retryable() && error.to_string().contains("spool"),
        "{error}"
    );
    fs::remove_file(&lock).unwrap();

    let mut file = Appender::open_shared(&path, Variant::Mboxrd, &quick()).unwrap();
    file.append(&Envelope::default(), b"A: b\n\n").unwrap();
    assert!(lock.exists());
    drop(file);
    assert!(!lock.exists());
}

#[test]
fn a_dot_lock_that_was_left_behind_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    let lock = dir.path().join("spool.lock");
    fs::write(&lock, "1\n").unwrap();
    let old = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options()
        .write(true)
        .open(&lock)
        .unwrap()
        .set_modified(old)
        .unwrap();
    let file = Appender::open_shared(&path, Variant::Mboxrd, &quick()).unwrap();
    assert_eq!(
        fs::read_to_string(&lock).unwrap().trim(),
        std::process::id().to_string()
    );
    drop(file);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// The lock of another process, held until its standard input ends. Python's `lockf` is fcntl's.
const HOLDER: &str = "import fcntl, sys\nf = open(sys.argv[1], 'r+')\nfcntl.lockf(f, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()\n";
const ASKER: &str = "import fcntl, sys\nf = open(sys.argv[1], 'r+')\ntry:\n    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\n    print('free')\nexcept OSError:\n    print('held')\n";

#[cfg(unix)]
#[test]
fn an_fcntl_lock_keeps_out_and_is_kept_out_by() {
    use std::io::{BufRead as _, BufReader};

    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    fs::write(&path, "").unwrap();
    let mut holder = Command::new("python3")
        .args(["-c", HOLDER])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed");
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "held\n");
    let error = Appender::open_shared(&path, Variant::Mboxrd, &quick()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());

    let ask = || {
        let output = Command::new("python3")
            .args(["-c", ASKER])
            .arg(&path)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let file = Appender::open_shared(&path, Variant::Mboxrd, &quick()).unwrap();
    assert_eq!(ask(), "held\n");
    drop(file);
    assert_eq!(ask(), "free\n");
}

#[test]
fn two_appenders_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    let write = |number: usize| {
        for _ in 0..10 {
            let mut file = Appender::open_shared(&path, Variant::Mboxrd, &Locking::default()).unwrap();
            let message = format!("Subject: {number}\n\n{}\n", "x".repeat(1000 * number));
            file.append(&Envelope::default(), message.as_bytes()).unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| write(1));
        scope.spawn(|| write(2));
    });
    let file = fs::read(&path).unwrap();
    let options = tegu_mbox::read::Options::own(Variant::Mboxrd);
    let messages = tegu_mbox::read::Slice::new(&file, options).map(Result::unwrap);
    assert_eq!(
        messages.filter(|message| message.findings().is_empty()).count(),
        20
    );
}
