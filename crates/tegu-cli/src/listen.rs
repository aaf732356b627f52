//! `tegu run --listen`: a live page, metrics and events over HTTP. Read only.
//!
//! A browser on another site cannot read this by renaming itself (DNS rebinding): the Host header must be an address, or `localhost`.

use crate::progress::{self, Speed};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    body::{Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    fmt::Write as _,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tegu_migrate::{Error, Event, Events, Migration, Result, State, report::Progress};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc},
};

/// Connections at a time; more wait.
const CONNECTIONS: usize = 64;
/// How long a client may take for its request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Events that wait for a slow reader; it misses the rest.
const EVENTS: usize = 1024;

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is shown.
struct Show {
    job: String,
    started: jiff::Timestamp,
    /// Kept for what it knows; nobody takes its events.
    events: Events,
    speed: Mutex<Speed>,
}

/// The address that is meant: a port alone is one on this machine's loopback interface.
pub(crate) fn address(text: &str) -> std::result::Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.parse()
        .map_err(|_| "write a port, or an address with a port such as 127.0.0.1:8080".to_owned())
}

/// Begins to serve what a migration does.
pub(crate) async fn start(address: SocketAddr, job: &str, migration: &Migration) -> Result<Server> {
    let failed = |error| Error::io("listen on", address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        note!("warning: everybody who reaches {address} can read the names of accounts and folders there");
    }
    note!("listening on http://{address}/");
    let show = Arc::new(Show {
        job: job.to_owned(),
        started: jiff::Timestamp::now(),
        events: migration.events(),
        speed: Mutex::default(),
    });
    let watcher = show.clone();
    let stream = migration.events();
    let task = tokio::spawn(async move {
        tokio::join!(accept(listener, show, stream), keep_speed(watcher));
    });
    Ok(Server { task })
}

async fn keep_speed(show: Arc<Show>) {
    loop {
        let ended = show.events.progress().ended();
        show.speed().note(Instant::now(), ended);
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn accept(listener: TcpListener, show: Arc<Show>, events: Events) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let events = Arc::new(events);
    loop {
        let Ok(permit) = room.clone().acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (show, events) = (show.clone(), events.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answer(&request, &show, &events);
                async move { Ok::<_, Infallible>(answer) }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, show: &Show, events: &Events) -> Response<Body> {
    let host = request.headers().get(header::HOST);
    if !host.is_some_and(is_own) {
        return plain(
            StatusCode::FORBIDDEN,
            "the Host header is neither an address nor localhost",
        );
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "this server is read only");
    }
    let progress = show.events.progress();
    let live = progress::line(&progress, Some(show.speed().items_per_second()));
    let report = || progress.report(&show.job, show.started);
    let mut body = Vec::new();
    match request.uri().path() {
        "/" => {
            let written = report().write_live_page(&live, &mut body);
            whole("text/html; charset=utf-8", written.map(|()| body))
        }
        "/data.json" => {
            let written = report().write_live_data(&live, &mut body);
            whole("application/json", written.map(|()| body))
        }
        "/metrics" => whole(
            "text/plain; version=0.0.4; charset=utf-8",
            Ok(metrics(&progress).into_bytes()),
        ),
        "/events" => stream(events),
        _ => plain(
            StatusCode::NOT_FOUND,
            "there are /, /data.json, /metrics and /events",
        ),
    }
}

/// Whether a Host header (RFC 9110, section 7.2) is an address, or `localhost`.
fn is_own(host: &HeaderValue) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

fn respond(status: StatusCode, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    respond(
        status,
        "text/plain; charset=utf-8",
        Full::new(Bytes::from_static(text.as_bytes())).boxed_unsync(),
    )
}

fn whole(kind: &'static str, body: std::io::Result<Vec<u8>>) -> Response<Body> {
    match body {
        Ok(body) => respond(StatusCode::OK, kind, Full::new(Bytes::from(body)).boxed_unsync()),
        Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "this could not be written"),
    }
}

/// Server-sent events: each is one event of the run as JSON.
fn stream(events: &Events) -> Response<Body> {
    let (sender, receiver) = mpsc::channel(EVENTS);
    let mut events = events.resubscribe();
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            let Ok(json) = serde_json::to_string(&event) else {
                continue;
            };
            let frame = Frame::data(Bytes::from(format!("data: {json}\n\n")));
            if sender.send(frame).await.is_err() || matches!(event, Event::Finished { .. }) {
                return;
            }
        }
    });
    respond(
        StatusCode::OK,
        "text/event-stream",
        StreamBody::new(Frames(receiver)).boxed_unsync(),
    )
}

/// What comes out of a channel.
struct Frames(mpsc::Receiver<Frame<Bytes>>);

impl futures_core::Stream for Frames {
    type Item = std::result::Result<Frame<Bytes>, Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|frame| frame.map(Ok))
    }
}

/// For Prometheus. Names of accounts and folders are not in it.
fn metrics(progress: &Progress) -> String {
    let mut text =
        String::from("# HELP tegu_items Items by kind of thing and state.\n# TYPE tegu_items gauge\n");
    for (entity, counts) in &progress.entities {
        for state in State::ALL {
            let _ = writeln!(
                text,
                "tegu_items{{entity=\"{}\",state=\"{}\"}} {}",
                entity.name(),
                state.name(),
                counts.get(state)
            );
        }
    }
    text.push_str(
        "# HELP tegu_items_listed Items that were listed so far.\n# TYPE tegu_items_listed gauge\n",
    );
    for (entity, counts) in &progress.entities {
        let _ = writeln!(
            text,
            "tegu_items_listed{{entity=\"{}\"}} {}",
            entity.name(),
            counts.source
        );
    }
    let accounts = progress.accounts.unwrap_or_default();
    for (name, help, value) in [
        ("tegu_accounts", "Accounts that take part.", accounts),
        (
            "tegu_accounts_done",
            "Accounts that are through.",
            progress.accounts_done,
        ),
        ("tegu_octets", "Octets of items that ended.", progress.bytes),
        (
            "tegu_waiting",
            "Whether something is waited for.",
            u64::from(progress.waiting.is_some()),
        ),
    ] {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
    }
    text
}

impl Show {
    fn speed(&self) -> std::sync::MutexGuard<'_, Speed> {
        self.speed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_on_the_loopback_interface() {
        assert!(address("8080").unwrap().ip().is_loopback());
        assert!(address("0.0.0.0:80").is_ok());
        assert!(address("example.test:80").is_err());
    }

    #[test]
    fn a_host_that_is_a_name_is_refused() {
        for (host, own) in [
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("192.0.2.1", true),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_own(&HeaderValue::from_static(host)), own, "{host}");
        }
    }
}
