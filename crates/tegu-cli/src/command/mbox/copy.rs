//! Messages from files to files.

use super::outcome::{Failure, Outcome};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, BufWriter, Read as _, Write as _},
    path::Path,
};
use tegu_mbox::{
    Envelope, ErrorKind, Variant,
    date::internal_date,
    detect::{Doubt, detect_reader},
    read::{self, Options, Stream},
    write,
};
use tegu_outcome::file::{self, EntryKind, SourceDir};

/// Beside the messages: the envelope of each, which `join` gives back.
const ENVELOPES: &str = "envelopes.jsonl";

/// `options`, and the variant where the file shows one that keeps lengths and leaves no doubt about them: the fields
/// `Content-Length` are the file's then, and not the messages'.
pub(super) fn settled(file: &Path, options: &Options) -> Result<Options, tegu_mbox::Error> {
    // The first may be a mail program's note to itself; where neither it nor the next has a length, not all have one.
    let mut first = Stream::new(read::open(file, options)?, options.clone());
    let mut has_length =
        || matches!(first.next_message(), Ok(Some(message)) if message.is_length_delimited());
    if options.variant.is_some() || !(has_length() || has_length()) {
        return Ok(options.clone());
    }
    let detected = detect_reader(read::open(file, options)?)?;
    let sure = !detected
        .doubts
        .iter()
        .any(|doubt| matches!(doubt, Doubt::WrongLength { .. } | Doubt::NoLength { .. }));
    Ok(if sure && detected.variant.has_length() {
        options.clone().variant(detected.variant)
    } else {
        options.clone()
    })
}

pub(super) fn split(
    source: &Path,
    to: &Path,
    options: &Options,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let options = &settled(source, options)?;
    let mut stream = Stream::new(read::open(source, options)?, options.clone());
    file::create_dir(to)?;
    let mut envelopes = BufWriter::new(file::temporary(to)?);
    let mut number = 0_u64;
    loop {
        let mut out = BufWriter::with_capacity(1 << 17, file::temporary(to)?);
        let Some(summary) = stream.next_into(&mut out)? else {
            break;
        };
        let message = out.into_inner()?;
        message.as_file().sync_data()?;
        number += 1;
        let name = format!("{number:08}.eml");
        message.persist(to.join(&name))?;
        let envelope = &summary.envelope;
        let line = json!({ "file": name, "sender": envelope.sender(), "date": envelope.date() });
        writeln!(envelopes, "{line}")?;
        outcome.message(source, summary.offset, &summary.findings);
    }
    file::persist(envelopes.into_inner()?, &to.join(ENVELOPES))?;
    Ok(())
}

pub(super) fn join(
    from: &Path,
    to: &Path,
    variant: Variant,
    options: &Options,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let envelopes = envelopes(from)?;
    let directory = SourceDir::new(from);
    let mut names = directory.entries(Path::new(""))?;
    names.retain(|(name, kind)| {
        let extension = Path::new(name).extension();
        *kind != EntryKind::Directory
            && extension.is_some_and(|extension| extension.eq_ignore_ascii_case("eml"))
    });
    write::create(to, variant, |writer| {
        for (name, _) in &names {
            let file = &from.join(name);
            let message = match whole(&directory, Path::new(name), options.max_message) {
                Ok(message) => message,
                Err(why) => {
                    outcome.failure(file, &why.to_string());
                    outcome.failed += 1;
                    continue;
                }
            };
            let name = name.to_string_lossy();
            let envelope = envelopes.get(&*name).cloned().unwrap_or_else(|| {
                let date = internal_date(&Envelope::default(), &message);
                Envelope::new("", date.map(|date| date.seconds))
            });
            match writer.write(&envelope, &message) {
                Ok(_) => outcome.done += 1,
                Err(error) if error.kind() == ErrorKind::Lossy => outcome.left(file, &error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })?;
    Ok(())
}

pub(super) fn convert(
    file: &Path,
    to: &Path,
    variant: Variant,
    options: &Options,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let options = &settled(file, options)?;
    let mut stream = Stream::new(read::open(file, options)?, options.clone());
    write::create(to, variant, |writer| {
        loop {
            let message = match stream.next_message() {
                Ok(Some(message)) => message,
                Ok(None) => return Ok(()),
                // The next one follows.
                Err(error) if error.kind() == ErrorKind::Limit => {
                    outcome.left(file, &error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            match writer.copy(&message) {
                Ok(_) => outcome.message(file, message.offset(), &message.findings()),
                Err(error) if error.kind() == ErrorKind::Lossy => {
                    outcome.refused(file, message.offset(), &error);
                }
                Err(error) => return Err(error),
            }
        }
    })?;
    Ok(())
}

fn whole(directory: &SourceDir, name: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let mut file = directory.open(name)?;
    let size = file.metadata()?.len();
    if size > limit {
        return Err(format!("{size} bytes; max_message is {limit}").into());
    }
    let mut message = Vec::new();
    file.read_to_end(&mut message)?;
    Ok(message)
}

fn envelopes(from: &Path) -> Result<BTreeMap<String, Envelope>, Failure> {
    let file = from.join(ENVELOPES);
    let text = match file::read(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        text => String::from_utf8(text?)?,
    };
    let mut envelopes = BTreeMap::new();
    for line in text.lines() {
        let line: Value =
            serde_json::from_str(line).map_err(|error| format!("{}: {error}", file.display()))?;
        let text = |key: &str| {
            line.get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let date = line.get("date").and_then(Value::as_i64);
        envelopes.insert(text("file"), Envelope::new(&text("sender"), date));
    }
    Ok(envelopes)
}
