//! A vendor's own protocol as a source and a target: here, a store of files in a format that this crate knows nothing of. EWS,
//! Graph or another protocol are added the same way: four traits, nothing else.
//!
//! ```text
//! custom_source_target EXPORT DOMAIN OUT     moves mail into the vendor's store in OUT, and from there into a bundle
//! ```
//!
//! EXPORT holds `directory.ldif` and a tree of mbox files for each account, as `tegu demo` makes them:
//!
//! ```console
//! $ tegu demo --out demo
//! $ custom_source_target demo/organisation romashka.test vendor
//! ```

#![allow(clippy::print_stdout, reason = "a program that talks to a person")]

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Entity, Error, ErrorKind, Migration, Result,
    digest::Digester,
    mbox::tree::{decode_component, encode_component},
    message::{Body, Flags, InternalDate, Listed, Message, Spool},
    sources::{LdifDirectory, MailFiles, MailFolder, MailReader, MailSource, Read, SourceCapabilities},
    targets::{
        Access, Appended, Bundle, MailTarget, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder,
    },
};

/// The vendor's store: a folder for each account and mail folder, a file `NUMBER.msg` for each message. A file begins with a
/// line of flags, a line with the arrival date, and then holds the message.
#[derive(Clone, Debug)]
struct Vendor(PathBuf);

/// One account's mailbox in the store.
#[derive(Debug)]
struct Mailbox(PathBuf);

impl Vendor {
    fn mailbox(&self, account: &Account) -> Mailbox {
        Mailbox(self.0.join(encode_component(&account.mail)))
    }
}

impl MailSource for Vendor {
    fn describe(&self) -> String {
        format!("vendor {}", self.0.display())
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        let reader: Box<dyn MailReader> = Box::new(self.mailbox(account));
        Box::pin(async move { Ok(reader) })
    }
}

impl MailTarget for Vendor {
    fn describe(&self) -> String {
        format!("vendor {}", self.0.display())
    }

    fn capabilities(&self) -> TargetCapabilities {
        TargetCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        let writer: Box<dyn MailWriter> = Box::new(self.mailbox(account));
        Box::pin(async move { Ok(writer) })
    }
}

impl Mailbox {
    /// One level of a path is one folder, whatever is in its name.
    fn place(&self, path: &[String]) -> PathBuf {
        let levels = path.iter().map(|level| encode_component(level));
        levels.fold(self.0.clone(), |place, level| place.join(level))
    }

    /// Opens a message: its flags, its date, and the file, which stands where the octets begin.
    fn open(place: &Path, number: u64) -> Result<(Flags, Option<InternalDate>, BufReader<File>)> {
        let path = place.join(format!("{number}.msg"));
        let mut file = BufReader::new(File::open(&path).map_err(|error| failed(&path, error))?);
        let mut line = || {
            let mut line = String::new();
            file.read_line(&mut line).map_err(|error| failed(&path, error))?;
            Ok::<_, Error>(line.trim_end().to_owned())
        };
        let (flags, date) = (line()?, line()?);
        let date = date.split_once(' ').and_then(|(seconds, offset)| {
            Some(InternalDate::new(seconds.parse().ok()?, offset.parse().ok()?))
        });
        Ok((Flags::from_names(flags.split(' ')), date, file))
    }

    fn write(path: &Path, head: &str, body: &Body) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(head.as_bytes())?;
        io::copy(&mut body.reader(), &mut file)?;
        file.sync_all()
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Malformed, format!("{}: {error}", path.display())).at_source()
}

/// The numbers of the messages in a folder, in order.
fn numbers(place: &Path) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(place).map_err(|error| failed(place, error))? {
        let name = entry.map_err(|error| failed(place, error))?.file_name();
        let number: Option<u64> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".msg")?.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Folders below `place` that hold messages.
fn walk(place: &Path, path: &[String], found: &mut Vec<MailFolder>) -> Result<()> {
    let mut below = Vec::new();
    for entry in fs::read_dir(place).map_err(|error| failed(place, error))? {
        let entry = entry.map_err(|error| failed(place, error))?;
        if entry.path().is_dir() {
            below.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    below.sort();
    for name in below {
        let path = [path, &[decode_component(&name)]].concat();
        let place = place.join(name);
        if !numbers(&place)?.is_empty() {
            found.push(MailFolder::named(path.clone()));
        }
        walk(&place, &path, found)?;
    }
    Ok(())
}

impl MailReader for Mailbox {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        Box::pin(async move {
            let mut found = Vec::new();
            if self.0.exists() {
                walk(&self.0, &[], &mut found)?;
            }
            Ok(found)
        })
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(async move {
            let place = self.place(&folder.path);
            let size =
                |number: u64| fs::metadata(place.join(format!("{number}.msg"))).map_or(0, |file| file.len());
            let numbers = numbers(&place)?.into_iter();
            Ok(numbers
                .map(|number| Listed::new(number.to_string(), size(number), number))
                .collect())
        })
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(async move {
            let place = self.place(&folder.path);
            let read = |listed: &Listed| {
                let (flags, date, mut file) = Self::open(&place, listed.locator)?;
                let mut body = spool.begin();
                let copied = io::copy(&mut file, &mut body);
                let body = body.finish()?;
                copied.map_err(|error| failed(&place, error))?;
                Ok(Read::Message(Message::new(flags, date, body), Vec::new()))
            };
            messages.iter().map(read).collect()
        })
    }
}

impl MailWriter for Mailbox {
    fn arrange<'a>(&'a mut self, _: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        // No two folders can meet in this store.
        Box::pin(async { Ok(()) })
    }

    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async move {
            let place = self.place(&folder.path);
            let name = place.to_string_lossy();
            if !place.is_dir() {
                return Ok(TargetFolder::missing(name, TargetCapabilities::everything()));
            }
            let messages = numbers(&place)?.len() as u64;
            Ok(TargetFolder::new(
                name,
                messages,
                TargetCapabilities::everything(),
            ))
        })
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async move {
            let place = self.place(&folder.path);
            fs::create_dir_all(&place).map_err(|error| failed(&place, error))?;
            let messages = numbers(&place)?.len() as u64;
            Ok(TargetFolder::new(
                place.to_string_lossy(),
                messages,
                TargetCapabilities::everything(),
            ))
        })
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        Box::pin(async move {
            if !Path::new(name).is_dir() {
                return Ok(None);
            }
            let messages = numbers(Path::new(name))?.len() as u64;
            Ok(Some(TargetFolder::new(
                name,
                messages,
                TargetCapabilities::everything(),
            )))
        })
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let place = Path::new(&folder.name);
            let first = since.and_then(|mark| mark.as_str().parse().ok()).unwrap_or(0);
            let numbers = numbers(place)?.into_iter().filter(|number| *number >= first);
            let stored = numbers.map(|number| {
                let (flags, date, mut file) = Self::open(place, number)?;
                let mut digest = Digester::default();
                io::copy(&mut file, &mut digest).map_err(|error| failed(place, error))?;
                Ok(Stored::new(digest.finish(), flags, date))
            });
            stored.collect()
        })
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        Box::pin(async move {
            let last = numbers(Path::new(&folder.name))?.last().copied();
            Ok(Mark::new(last.map_or(0, |last| last + 1).to_string()))
        })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move {
            let place = Path::new(&folder.name);
            let next = numbers(place)?.last().map_or(0, |last| last + 1);
            for (number, message) in (next..).zip(messages) {
                let flags = message.flags.names().collect::<Vec<_>>().join(" ");
                let date = message
                    .date
                    .map(|date| format!("{} {}", date.unix_seconds, date.offset_minutes));
                let head = format!("{flags}\n{}\n", date.unwrap_or_default());
                // Whole or not at all: beside its place first, then renamed.
                let (part, whole) = (place.join("part"), place.join(format!("{number}.msg")));
                let written =
                    Self::write(&part, &head, &message.body).and_then(|()| fs::rename(&part, &whole));
                written.map_err(|error| failed(&whole, error))?;
            }
            Ok(messages.iter().map(|_| Appended::Stored).collect())
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let words = std::env::args().skip(1).collect::<Vec<_>>();
    let [export, domain, out] = &words[..] else {
        return Err(Error::new(
            ErrorKind::Config,
            "usage: custom_source_target EXPORT DOMAIN OUT",
        ));
    };
    let (export, out) = (Path::new(export), Path::new(out));
    let directory = || LdifDirectory::new(export.join("directory.ldif"), [domain], "openldap");
    let vendor = Vendor(out.join("store"));
    let cancel = CancellationToken::new();

    let into = Migration::builder("into the store", out.join("into"), directory()?)
        .mail(MailFiles::new("mail/{alias}", export), vendor.clone())
        .build();
    let bundle = out.join("bundle");
    let out_of = Migration::builder("out of the store", &bundle, directory()?)
        .mail(vendor, Bundle::new(&bundle))
        .build();
    for (name, migration) in [("into", into), ("out of", out_of)] {
        let report = migration.run(&cancel).await?;
        let verification = migration.verify(&cancel).await?;
        let mail = report
            .entity(Entity::Mail)
            .map(|row| row.counts)
            .unwrap_or_default();
        println!(
            "{name} the store: {} messages, {} moved, {} for a person; complete: {}; adds up: {}; proved again: {}",
            mail.source,
            mail.moved + mail.present,
            mail.manual,
            report.is_complete(),
            report.balances(),
            verification.holds()
        );
    }
    Ok(())
}
