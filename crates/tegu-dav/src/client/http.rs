//! One request and its answer: credentials, redirects, tries, sizes, time.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::auth::Auth;
use super::endpoint::{Endpoint, Origin};
use super::tls;
use crate::Limits;
use crate::error::{Error, ErrorKind, Result, one_line};

/// A connection pool to one origin. It never speaks to another.
pub(super) struct Http {
    inner: legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    pub(super) origin: Origin,
    auth: Auth,
    pub(super) limits: Limits,
}

/// What to ask. Every request of this crate may be repeated without harm.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Bytes,
}

impl Ask {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self {
            method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET),
            path: path.to_owned(),
            headers: Vec::new(),
            content_type: None,
            body: Bytes::new(),
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type);
        self.body = body.into();
        self
    }
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Where it came from, after redirects.
    pub(super) path: String,
}

impl Answer {
    pub(super) fn etag(&self) -> Option<String> {
        let etag = self.headers.get(http::header::ETAG)?.to_str().ok()?;
        Some(etag.trim().to_owned()).filter(|etag| !etag.is_empty())
    }
}

impl Http {
    pub(super) fn new(endpoint: &Endpoint, limits: &Limits) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(limits.request_seconds.min(30))));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls::config(endpoint)?)
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .wrap_connector(tcp);
        Ok(Self {
            inner: legacy::Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(Duration::from_secs(60))
                .build(connector),
            origin: endpoint.origin.clone(),
            auth: Auth::new(endpoint.credentials.clone()),
            limits: limits.clone(),
        })
    }

    /// Sends until there is an answer that is final: redirects are followed on the same origin, and
    /// failures that may pass are tried again after a wait.
    pub(super) async fn send(&self, ask: &Ask) -> Result<Answer> {
        let mut ask = ask.clone();
        let mut redirects = 0;
        loop {
            let mut answer = self.persist(&ask).await?;
            // A server may want to be asked in another way, and may have forgotten what it wanted.
            for _ in 0..2 {
                if answer.status.as_u16() == 401 && self.auth.challenged(&answer.headers) {
                    answer = self.persist(&ask).await?;
                }
            }
            let moved = matches!(answer.status.as_u16(), 301 | 302 | 307 | 308);
            let Some(location) = answer.headers.get(LOCATION).filter(|_| moved) else {
                return self.admitted(&ask, answer);
            };
            redirects += 1;
            if redirects > self.limits.max_redirects {
                return Err(self.error(ErrorKind::Protocol, &ask, "too many redirects"));
            }
            let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
            let Some(path) = self.origin.resolve(&ask.path, &location) else {
                let why = format!(
                    "it redirects to {}, where the credentials must not go",
                    one_line(&location)
                );
                return Err(self.error(ErrorKind::Refused, &ask, &why));
            };
            ask.path = path;
        }
    }

    fn admitted(&self, ask: &Ask, answer: Answer) -> Result<Answer> {
        match answer.status.as_u16() {
            401 => Err(self.error(ErrorKind::Auth, ask, "user or password refused")),
            429 | 502..=504 => Err(self.error(ErrorKind::Unavailable, ask, answer.status.as_str())),
            _ => Ok(answer),
        }
    }

    /// As [`send`](Self::send), once and with ten times the time.
    pub(super) async fn send_long(&self, ask: &Ask) -> Result<Answer> {
        let limit = Duration::from_secs(self.limits.request_seconds.saturating_mul(10));
        match tokio::time::timeout(limit, self.once(ask)).await {
            Ok(answer) => self.admitted(ask, answer?),
            Err(_) => Err(self.error(ErrorKind::Unavailable, ask, "no answer in time")),
        }
    }

    async fn persist(&self, ask: &Ask) -> Result<Answer> {
        let mut wait = Duration::from_millis(200);
        let mut tried = 0;
        loop {
            tried += 1;
            let limit = Duration::from_secs(self.limits.request_seconds);
            let outcome = match tokio::time::timeout(limit, self.once(ask)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(self.error(ErrorKind::Unavailable, ask, "no answer in time")),
            };
            let last = tried >= self.limits.max_tries.max(1);
            let asked = match &outcome {
                Ok(answer) if !matches!(answer.status.as_u16(), 429 | 502..=504) || last => return outcome,
                Ok(answer) => answer
                    .headers
                    .get(RETRY_AFTER)
                    .and_then(|value| retry_after(value.to_str().ok()?)),
                Err(error) if !error.is_retryable() || last => return outcome,
                Err(_) => None,
            };
            let pause = asked.map_or(wait, |seconds| {
                Duration::from_secs(seconds.min(self.limits.retry_after_seconds))
            });
            tracing::debug!(method = %ask.method, path = %ask.path, tried, ?pause, "trying again");
            tokio::time::sleep(pause).await;
            wait = (wait * 2).min(Duration::from_secs(10));
        }
    }

    async fn once(&self, ask: &Ask) -> Result<Answer> {
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(format!("{}{}", self.origin, ask.path))
            .header(USER_AGENT, concat!("tegu-dav/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &ask.headers {
            request = request.header(*name, &**value);
        }
        if let Some(content_type) = ask.content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        if let Some(authorization) = self.auth.header(ask.method.as_str(), &ask.path)? {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(ask.body.clone())).map_err(|error| {
            self.error(ErrorKind::Argument, ask, "no valid request")
                .with_source(error)
        })?;
        let response = self.inner.request(request).await.map_err(|error| {
            let (kind, why) = if is_tls(&error) {
                (ErrorKind::Tls, "the TLS handshake failed")
            } else if error.is_connect() {
                (ErrorKind::Unavailable, "no connection")
            } else {
                (ErrorKind::Unavailable, "the connection broke off")
            };
            self.error(kind, ask, why).with_source(error)
        })?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.limits.max_response)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<LengthLimitError>() {
                    self.error(
                        ErrorKind::Limit,
                        ask,
                        "the answer is larger than the limit `max_response` allows",
                    )
                } else {
                    self.error(ErrorKind::Unavailable, ask, "the answer broke off")
                        .with_source(error)
                }
            })?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
            path: ask.path.clone(),
        })
    }

    pub(super) fn error(&self, kind: ErrorKind, ask: &Ask, why: &str) -> Error {
        Error::new(kind, format!("{} {}{}: {why}", ask.method, self.origin, ask.path))
    }
}

/// Seconds to wait, from `Retry-After` (RFC 9110 section 10.2.3): a number, or a date.
fn retry_after(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let when = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(u64::try_from(when).ok()?.saturating_sub(now))
}

/// Whether a TLS error lies at the bottom; it hides inside an `io::Error`, which does not show it as
/// its source.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let inside = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        if error.is::<rustls::Error>() || inside.is_some_and(|inside| inside.is::<rustls::Error>()) {
            return true;
        }
        next = error
            .source()
            .or_else(|| inside.map(|inside| inside as &(dyn StdError + 'static)));
    }
    false
}
