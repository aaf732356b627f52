//! A DAV server in memory, reached over a stream in memory: no port, no process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tegu_dav::client::{Client, Credentials, Endpoint, Options, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// What is done to the body of a resource that is stored; `Err` refuses it.
type Store = dyn Fn(&str) -> Result<String, &'static str> + Send + Sync;

/// One user's calendars below `/cal/`.
#[derive(Clone)]
pub(crate) struct Memory {
    state: Arc<Mutex<State>>,
    store: Arc<Store>,
}

#[derive(Default)]
struct State {
    /// Bodies and versions by path; collections have an empty body.
    resources: BTreeMap<String, (String, u32)>,
    version: u32,
    /// Method and path of each request.
    seen: Vec<String>,
    /// Uploads are not carried out yet, and nobody is answered.
    holding: bool,
    /// Uploads that arrive with the next one.
    held: Vec<(String, String)>,
}

impl Memory {
    pub(crate) fn new(store: impl Fn(&str) -> Result<String, &'static str> + Send + Sync + 'static) -> Self {
        let memory = Self {
            state: Arc::default(),
            store: Arc::new(store),
        };
        memory
            .state
            .lock()
            .unwrap()
            .resources
            .insert("/cal/".into(), (String::new(), 0));
        memory
    }

    /// Keeps what it is given.
    pub(crate) fn faithful() -> Self {
        Self::new(|body| Ok(body.to_owned()))
    }

    /// The same content, stored in another way from now on.
    pub(crate) fn storing(
        &self,
        store: impl Fn(&str) -> Result<String, &'static str> + Send + Sync + 'static,
    ) -> Self {
        Self {
            state: Arc::clone(&self.state),
            store: Arc::new(store),
        }
    }

    pub(crate) async fn client(&self) -> Client {
        let memory = self.clone();
        let endpoint = Endpoint::new("http://127.0.0.1:1/cal/")
            .unwrap()
            .dialer(move |_: String, _: u16| {
                let (near, far) = tokio::io::duplex(1 << 16);
                tokio::spawn(memory.clone().serve(far));
                async move { Ok(Stream::new(near)) }
            });
        let options = Options::default().attempts(1);
        Client::connect_with(&endpoint, &Credentials::anonymous(), &options)
            .await
            .unwrap()
    }

    /// Holds uploads back, as a slow network does: they arrive when uploads are no longer held and the next one comes.
    pub(crate) fn hold(&self, holding: bool) {
        self.state.lock().unwrap().holding = holding;
    }

    /// Changes what is held.
    pub(crate) fn alter_held(&self, alter: impl Fn(&str) -> String) {
        for (_, body) in &mut self.state.lock().unwrap().held {
            *body = alter(body);
        }
    }

    /// Puts a resource there behind everybody's back.
    pub(crate) fn plant(&self, path: &str, body: &str) {
        let mut state = self.state.lock().unwrap();
        state.version += 1;
        let version = state.version;
        state.resources.insert(path.into(), (body.into(), version));
    }

    pub(crate) fn remove(&self, path: &str) {
        let mut state = self.state.lock().unwrap();
        state.resources.retain(|known, _| !known.starts_with(path));
    }

    /// Paths and bodies of what is below a collection.
    pub(crate) fn below(&self, path: &str) -> BTreeMap<String, String> {
        let state = self.state.lock().unwrap();
        let below = state
            .resources
            .iter()
            .filter(|(known, _)| known.starts_with(path) && *known != path);
        below
            .map(|(path, (body, _))| (path.clone(), body.clone()))
            .collect()
    }

    /// How often a method was asked for.
    pub(crate) fn count(&self, method: &str) -> usize {
        let start = format!("{method} ");
        let state = self.state.lock().unwrap();
        state.seen.iter().filter(|line| line.starts_with(&start)).count()
    }

    async fn serve(self, mut stream: DuplexStream) {
        let mut buffer = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                    break at + 4;
                }
                if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
                    return;
                }
            };
            let head = String::from_utf8(buffer.drain(..end).collect()).unwrap();
            let header = |name: &str| {
                let mut lines = head.lines().filter_map(|line| line.split_once(": "));
                lines
                    .find(|(known, _)| known.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.to_owned())
            };
            let length = header("content-length").map_or(0, |length| length.parse().unwrap());
            while buffer.len() < length {
                stream.read_buf(&mut buffer).await.unwrap();
            }
            let body = String::from_utf8(buffer.drain(..length).collect()).unwrap();
            let mut words = head.split(' ');
            let (method, path) = (words.next().unwrap(), words.next().unwrap());
            let conditions = (header("if-match"), header("if-none-match"));
            let answer = self.answer(method, path, conditions, header("depth").as_deref(), &body);
            let Some(answer) = answer else {
                return std::future::pending().await;
            };
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn answer(
        &self,
        method: &str,
        path: &str,
        (if_match, if_none_match): (Option<String>, Option<String>),
        depth: Option<&str>,
        body: &str,
    ) -> Option<String> {
        let mut state = self.state.lock().unwrap();
        state.seen.push(format!("{method} {path}"));
        if method == "PUT" {
            if state.holding {
                state.held.push((path.to_owned(), body.to_owned()));
                return None;
            }
            for (path, body) in std::mem::take(&mut state.held) {
                state.version += 1;
                let version = state.version;
                state.resources.entry(path).or_insert((body, version));
            }
        }
        let known = state.resources.get(path).cloned();
        let etag = known.as_ref().map(|(_, version)| format!("\"{version}\""));
        let changed = if_match.is_some() && if_match != etag || if_none_match.is_some() && known.is_some();
        Some(match method {
            "PUT" | "DELETE" if changed => respond("412 Precondition Failed", "", ""),
            "PUT" => match (self.store)(body) {
                Ok(body) => {
                    state.version += 1;
                    let version = state.version;
                    state.resources.insert(path.to_owned(), (body, version));
                    respond(
                        if known.is_some() {
                            "204 No Content"
                        } else {
                            "201 Created"
                        },
                        "",
                        "",
                    )
                }
                Err(why) => respond("403 Forbidden", "", why),
            },
            "DELETE" => {
                state.resources.remove(path);
                respond("204 No Content", "", "")
            }
            "MKCALENDAR" => {
                state.resources.insert(path.to_owned(), (String::new(), 0));
                respond("201 Created", "", "")
            }
            "GET" => match known {
                Some((body, version)) => respond("200 OK", &format!("ETag: \"{version}\"\r\n"), &body),
                None => respond("404 Not Found", "", ""),
            },
            "PROPFIND" if known.is_some() => {
                let inner: String = state
                    .resources
                    .iter()
                    .filter(|(known, _)| *known == path || depth == Some("1") && known.starts_with(path))
                    .map(|(path, (_, version))| {
                        let kind = match path.matches('/').count() {
                            2 => "<collection/>",
                            3 if path.ends_with('/') => "<collection/><c:calendar/>",
                            _ => "",
                        };
                        format!(
                            "<response><href>{path}</href><propstat><prop><resourcetype>{kind}</resourcetype>\
                             <getetag>\"{version}\"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>"
                        )
                    })
                    .collect();
                let body = format!(
                    "<multistatus xmlns=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\">{inner}</multistatus>"
                );
                respond("207 Multi-Status", "", &body)
            }
            "PROPFIND" => respond("404 Not Found", "", ""),
            _ => respond("501 Not Implemented", "", ""),
        })
    }
}

fn respond(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    let length = if status.starts_with("204") {
        String::new()
    } else {
        format!("Content-Length: {length}\r\n")
    };
    format!("HTTP/1.1 {status}\r\n{headers}{length}\r\n{body}")
}
