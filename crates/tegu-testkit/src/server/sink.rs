//! A mail server that keeps what it is given, for what scripts send on.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A message that was sent: to whom, and its text.
type Sent = (Vec<String>, String);

/// Takes every message by SMTP until the test process ends.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    port: u16,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Sink {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("listen for mail");
        let port = listener.local_addr().expect("a port").port();
        let sink = Self {
            port,
            sent: Arc::default(),
        };
        let keep = sink.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let keep = keep.clone();
                thread::spawn(move || {
                    // A client that goes away has ended its session.
                    let _ = keep.serve(stream);
                });
            }
        });
        sink
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut to = Vec::new();
        stream.write_all(b"220 sink\r\n")?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            match word.as_str() {
                "QUIT" => return stream.write_all(b"221 bye\r\n"),
                "RCPT" => {
                    let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                    to.extend(address.map(|(address, _)| address.to_owned()));
                    stream.write_all(b"250 ok\r\n")?;
                }
                "DATA" => {
                    stream.write_all(b"354 go\r\n")?;
                    let text = data(&mut lines)?;
                    let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                    sent.push((std::mem::take(&mut to), text));
                    drop(sent);
                    stream.write_all(b"250 kept\r\n")?;
                }
                _ => stream.write_all(b"250 ok\r\n")?,
            }
        }
    }
}

fn data(lines: &mut impl io::BufRead) -> io::Result<String> {
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(text);
        }
        text.push_str(&String::from_utf8_lossy(line.strip_prefix(b".").unwrap_or(&line)));
    }
}
