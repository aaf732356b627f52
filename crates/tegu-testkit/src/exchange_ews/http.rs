//! HTTP/1.1 as far as a web service needs it.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, BufRead, Read, Write};

/// A request head may be this long.
const HEAD: u64 = 64 << 10;
/// A request body may be this long, as Exchange's web.config says.
const BODY: u64 = 64 << 20;
/// Answers from this length on are sent in chunks.
const CHUNK: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Reads one; nothing at the end of the connection.
    pub(super) fn read(stream: &mut (impl BufRead + Write)) -> io::Result<Option<Self>> {
        let mut lines = Vec::new();
        let mut left = HEAD;
        loop {
            let mut line = Vec::new();
            let read = (&mut *stream).take(left).read_until(b'\n', &mut line)?;
            if read == 0 {
                return if lines.is_empty() {
                    Ok(None)
                } else {
                    Err(invalid("a head without an end"))
                };
            }
            left = left.saturating_sub(read as u64);
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            if line.is_empty() {
                if lines.is_empty() {
                    continue;
                }
                break;
            }
            lines.push(line);
        }
        let mut words = lines[0].split(' ');
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return Err(invalid("no request line"));
        };
        let headers = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut this = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers,
            body: Vec::new(),
        };
        if this
            .header("expect")
            .is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
        {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            stream.flush()?;
        }
        if this
            .header("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
        {
            this.body = chunks(stream)?;
        } else if let Some(length) = this.header("content-length") {
            let length: u64 = length.parse().map_err(|_| invalid("a bad length"))?;
            if length > BODY {
                return Err(invalid("too long"));
            }
            this.body = vec![0; length as usize];
            stream.read_exact(&mut this.body)?;
        }
        Ok(Some(this))
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

fn chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.take(HEAD).read_line(&mut line)?;
        let length = line.trim().split(';').next().unwrap_or_default();
        let length = u64::from_str_radix(length, 16).map_err(|_| invalid("a bad chunk"))?;
        if body.len() as u64 + length > BODY {
            return Err(invalid("too long"));
        }
        stream.take(length).read_to_end(&mut body)?;
        let mut end = String::new();
        stream.take(HEAD).read_line(&mut end)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Sends only half of the body and closes.
    pub(super) cut: bool,
    pub(super) close: bool,
}

impl Response {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            cut: false,
            close: false,
        }
    }

    pub(super) fn xml(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/xml; charset=utf-8", body)
    }

    pub(super) fn page(status: u16, text: &str) -> Self {
        let page = format!("<html><head><title>{text}</title></head><body><p>{text}<br></body></html>");
        Self::new(status, "text/html", page)
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends it; whether the connection stays.
    pub(super) fn write(
        mut self,
        stream: &mut impl Write,
        request: &Request,
        compress: bool,
    ) -> io::Result<bool> {
        let gzip = compress
            && request
                .header("accept-encoding")
                .is_some_and(|value| value.contains("gzip"));
        if gzip && self.body.len() > 1024 {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&self.body)?;
            self.body = encoder.finish()?;
            self = self.header("Content-Encoding", "gzip");
        }
        let close = self.close
            || self.cut
            || request
                .header("connection")
                .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let reason = match self.status {
            200 => "OK",
            302 => "Found",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "Status",
        };
        let mut head = format!("HTTP/1.1 {} {reason}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if close {
            head.push_str("Connection: close\r\n");
        }
        let chunked = self.body.len() >= CHUNK;
        if chunked {
            head.push_str("Transfer-Encoding: chunked\r\n\r\n");
        } else {
            head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        }
        let shown = if self.cut {
            self.body.len() / 2
        } else {
            self.body.len()
        };
        if chunked {
            stream.write_all(head.as_bytes())?;
            for part in self.body[..shown].chunks(CHUNK) {
                write!(stream, "{:x}\r\n", part.len())?;
                stream.write_all(part)?;
                stream.write_all(b"\r\n")?;
            }
            if !self.cut {
                stream.write_all(b"0\r\n\r\n")?;
            }
        } else {
            let mut whole = head.into_bytes();
            whole.extend_from_slice(&self.body[..shown]);
            stream.write_all(&whole)?;
        }
        stream.flush()?;
        Ok(!close)
    }
}
