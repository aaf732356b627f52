//! Inline attachments, moved out to files.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tegu_outcome::file;

use crate::content::Content;
use crate::error::{Error, Result};
use crate::{Finding, Item, Limits, line, value};

/// Where attachments go.
pub trait Store {
    /// Keeps the bytes under a name that follows from them, and returns the URL under which they will be found. If it is called
    /// again with the same name, it has nothing to do.
    ///
    /// # Errors
    ///
    /// Any error of storing them.
    fn keep(&mut self, name: &str, bytes: &[u8]) -> Result<String>;
}

/// A directory. URLs are those of its files, or begin with the address from which it is served.
///
/// Files are private (mode 0600), and so is a directory that did not exist (0700). If a web server of another user has to read
/// them, see [`shared`](Self::shared).
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
    base: String,
    shared: bool,
}

impl Directory {
    /// Creates the directory if it does not exist.
    ///
    /// # Errors
    ///
    /// Kind [`Io`](crate::ErrorKind::Io) if that cannot be done.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |error: io::Error| Error::io("make the directory", path.display(), error);
        file::create_dir(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let base = format!("file://{}/", encoded(&path.to_string_lossy()));
        Ok(Self {
            path,
            base,
            shared: false,
        })
    }

    /// Makes files readable for everybody who may enter the directory (mode 0644 on Unix), so that a web server can serve them.
    /// The directory itself keeps its mode: whoever sets up the web server decides who may enter.
    #[must_use]
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// Sets the address from which the directory will be served.
    #[must_use]
    pub fn base(mut self, url: &str) -> Self {
        self.base = format!("{}/", url.trim_end_matches('/'));
        self
    }
}

impl Directory {
    /// The file appears as a whole or not at all.
    fn write(&self, target: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut draft = file::temporary(&self.path)?;
        draft.write_all(bytes)?;
        #[cfg(unix)]
        if self.shared {
            use std::os::unix::fs::PermissionsExt as _;
            draft
                .as_file()
                .set_permissions(std::fs::Permissions::from_mode(0o644))?;
        }
        file::persist(draft, target)
    }
}

impl Store for Directory {
    fn keep(&mut self, name: &str, bytes: &[u8]) -> Result<String> {
        let target = self.path.join(name);
        let known = std::fs::symlink_metadata(&target);
        let there = known.is_ok_and(|known| known.is_file() && known.len() == bytes.len() as u64);
        if !there {
            self.write(&target, bytes)
                .map_err(|error| Error::io("write the attachment", target.display(), error))?;
        }
        Ok(format!("{}{}", self.base, encoded(name)))
    }
}

/// Makes the links of a [`Directory`] and keeps nothing, to learn what would be moved out.
#[derive(Clone, Debug)]
pub struct LinksOnly {
    base: String,
}

impl LinksOnly {
    /// Makes links below an address.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            base: format!("{}/", url.trim_end_matches('/')),
        }
    }
}

impl Store for LinksOnly {
    fn keep(&mut self, name: &str, _: &[u8]) -> Result<String> {
        Ok(format!("{}{}", self.base, encoded(name)))
    }
}

fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Moves the inline attachments of a resource out and links to them. Returns by how many bytes the resource became smaller.
/// Attachments that are not base64, and links, stay.
///
/// # Errors
///
/// Those of the store. The item is unchanged then.
pub fn externalise(item: &mut Item, store: &mut dyn Store) -> Result<usize> {
    let Some(body) = &item.body else { return Ok(0) };
    if memchr::memmem::find(body, b"ATTACH").is_none() {
        return Ok(0);
    }
    let read = line::read(body, &Limits::default())?;
    let mut out = Vec::with_capacity(body.len());
    let mut findings = Vec::new();
    for line in &read.lines {
        let attachment = Content::parse(&line.text)
            .filter(|content| content.is("ATTACH") && content.value.len() > 64)
            .and_then(|content| Some((value::base64(content.value)?, content)))
            .filter(|(_, content)| {
                content.param("ENCODING").is_some_and(|encoding| {
                    encoding.eq_ignore_ascii_case("base64") || encoding.eq_ignore_ascii_case("b")
                })
            });
        let Some((bytes, content)) = attachment else {
            out.extend_from_slice(line.raw);
            out.extend_from_slice(b"\r\n");
            continue;
        };
        let name = name(&content, &bytes);
        let url = store.keep(&name, &bytes)?;
        findings.push(Finding::AttachmentMoved {
            file: name,
            bytes: bytes.len(),
        });
        let mut text = content.name.to_owned();
        for param in content
            .params
            .iter()
            .filter(|param| !param.is("ENCODING") && !param.is("VALUE"))
        {
            text.push_str(&format!(";{}={}", param.name, param.raw));
        }
        // RFC 8607 section 4.2.
        if content.param("SIZE").is_none() {
            text.push_str(&format!(";SIZE={}", bytes.len()));
        }
        line::write(&mut out, &format!("{text}:{url}"));
    }
    let smaller = body.len().saturating_sub(out.len());
    if !findings.is_empty() {
        item.body = Some(out);
        item.findings.extend(findings);
    }
    Ok(smaller)
}

/// A name that follows from the content, with an ending by which programs know what it is.
fn name(content: &Content<'_>, bytes: &[u8]) -> String {
    let hash = blake3::hash(bytes).to_hex();
    let hash = hash.get(..32).unwrap_or_default();
    let given = ["FILENAME", "X-FILENAME", "X-ORACLE-FILENAME"]
        .iter()
        .find_map(|name| content.param(name))
        .and_then(|name| name.rsplit_once('.').map(|(_, ending)| Cow::Borrowed(ending)));
    let ending = given.or_else(|| {
        let kind = content.param("FMTTYPE")?.to_ascii_lowercase();
        Some(Cow::Borrowed(match kind.as_str() {
            "application/pdf" => "pdf",
            "application/msword" => "doc",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
            "application/vnd.ms-excel" => "xls",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
            "application/zip" => "zip",
            "image/jpeg" => "jpg",
            "image/png" => "png",
            "text/plain" => "txt",
            "text/html" => "html",
            _ => return None,
        }))
    });
    match ending.filter(|ending| {
        !ending.is_empty() && ending.len() <= 8 && ending.bytes().all(|b| b.is_ascii_alphanumeric())
    }) {
        Some(ending) => format!("{hash}.{}", ending.to_ascii_lowercase()),
        None => format!("{hash}.bin"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[cfg(unix)]
    #[test]
    fn files_are_private_unless_a_web_server_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = tempfile::tempdir().unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for (name, shared, expected) in [("own", false, 0o600), ("shared", true, 0o644)] {
            let path = scratch.path().join(name);
            let mut store = Directory::create(&path).unwrap().shared(shared);
            // A link that somebody else planted is replaced and not followed.
            let victim = scratch.path().join(format!("victim-{name}"));
            std::fs::write(&victim, "12345").unwrap();
            std::os::unix::fs::symlink(&victim, path.join("a.pdf")).unwrap();
            store.keep("a.pdf", b"bytes").unwrap();
            assert_eq!(std::fs::read(&victim).unwrap(), b"12345");
            let kept = path.join("a.pdf");
            assert!(!std::fs::symlink_metadata(&kept).unwrap().is_symlink());
            assert_eq!((mode(&kept), mode(&path)), (expected, 0o700));
            assert_eq!(std::fs::read_dir(&path).unwrap().count(), 1);
        }
    }

    #[test]
    fn the_same_attachment_is_kept_once_and_linked_twice() {
        let bytes: Vec<u8> = (0..200).collect();
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
        let event = |uid: u8| {
            format!(
                "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n\
                 ATTACH;FMTTYPE=application/pdf;ENCODING=BASE64;VALUE=BINARY;FILENAME=../a.PDF:{encoded}\r\nEND:VEVENT\r\n"
            )
        };
        let file = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{}{}END:VCALENDAR\r\n",
            event(1),
            event(2)
        );
        let mut items = crate::split::calendar(file.as_bytes(), &Limits::default())
            .unwrap()
            .items;
        let dir = tempfile::tempdir().unwrap();
        let mut store = Directory::create(dir.path()).unwrap();
        for item in &mut items {
            assert!(externalise(item, &mut store).unwrap() > 100);
            let body = item.body.as_deref().unwrap();
            crate::strict::calendar(body).unwrap();
            let text = String::from_utf8_lossy(body).replace("\r\n ", "");
            assert!(
                text.contains(";SIZE=200:file:///") && !text.contains("BASE64"),
                "{text}"
            );
            assert_eq!(item.findings.last().unwrap().code(), "DAV-ATTACHMENT-MOVED");
            assert!(!item.is_lossy());
            assert_eq!(externalise(item, &mut store).unwrap(), 0);
        }
        let files: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect();
        assert_eq!(files.len(), 1);
        assert_eq!(std::fs::read(&files[0]).unwrap(), bytes);
        assert_eq!(files[0].extension().unwrap(), "pdf");
    }
}
