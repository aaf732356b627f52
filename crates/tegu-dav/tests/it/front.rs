//! A faulty network in front of a real server: answers are lost, replaced by errors, or never come.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    Pass,
    /// The server never sees it.
    Answer(&'static str),
    /// The server carries it out, and nobody hears of it.
    LoseAnswer,
    /// The server never sees it, and nobody answers.
    Hang,
}

pub(crate) struct Front {
    pub(crate) url: String,
    /// Method and path of each request.
    pub(crate) seen: Arc<Mutex<Vec<String>>>,
}

impl Front {
    /// Puts itself before the server; `plan` gets the method and how many requests of it there were.
    pub(crate) fn start(port: u16, plan: impl Fn(&str, usize) -> Fault + Send + Sync + 'static) -> Self {
        Self::reading(port, move |method, number, _| plan(method, number))
    }

    /// As [`start`](Self::start); `plan` gets the request's body too.
    pub(crate) fn reading(
        port: u16,
        plan: impl Fn(&str, usize, &str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, plan) = (Arc::clone(&seen), Arc::new(plan));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let (kept, plan) = (Arc::clone(&kept), Arc::clone(&plan));
                std::thread::spawn(move || serve(stream, port, &kept, &*plan));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn count(&self, method: &str) -> usize {
        let start = format!("{method} ");
        self.seen
            .lock()
            .unwrap()
            .iter()
            .filter(|line| line.starts_with(&start))
            .count()
    }
}

fn serve(
    mut client: TcpStream,
    port: u16,
    seen: &Mutex<Vec<String>>,
    plan: &dyn Fn(&str, usize, &str) -> Fault,
) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let method = head.split(' ').next().unwrap().to_owned();
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(head.lines().next().unwrap().to_owned());
        let start = format!("{method} ");
        seen.iter().filter(|line| line.starts_with(&start)).count()
    };
    let fault = plan(&method, number, &String::from_utf8_lossy(&body));
    if let Fault::Answer(text) = fault {
        let _ = client.write_all(text.as_bytes());
        return;
    }
    if matches!(fault, Fault::Hang) {
        std::thread::sleep(std::time::Duration::from_secs(30));
        return;
    }
    let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!("{head}Connection: close\r\n\r\n");
    server.write_all(request.as_bytes()).unwrap();
    server.write_all(&body).unwrap();
    let mut answer = Vec::new();
    let _ = server.read_to_end(&mut answer);
    if !matches!(fault, Fault::LoseAnswer) {
        let _ = client.write_all(&answer);
    }
}
