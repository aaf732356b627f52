//! One request and its response: credentials, redirects, retries, sizes, time.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tegu_net::{BoxFuture, Credentials, Endpoint};
use tracing::{Instrument as _, Span};

use super::auth::Auth;
use super::connector::Connector;
use super::options::Options;
use super::origin::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::xml;

/// The media type of request bodies.
pub(super) const XML: &str = "application/xml; charset=utf-8";

/// A connection pool to one origin. It never speaks to another.
pub(super) struct Http {
    inner: legacy::Client<Connector, Full<Bytes>>,
    pub(super) origin: Origin,
    auth: Auth,
    pub(super) options: Options,
}

/// A request. All requests of this crate may be repeated without harm.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Bytes,
}

impl Request {
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

    /// The span of what is logged about it.
    fn span(&self, origin: &Origin) -> Span {
        tracing::debug_span!("command", verb = %self.method, peer = %origin, path = %self.path)
    }
}

pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The path that it came from, after redirects.
    pub(super) path: String,
    /// Which secret the request was signed with; see [`Auth::refresh`].
    generation: u32,
}

impl Response {
    pub(super) fn etag(&self) -> Option<String> {
        let etag = self.headers.get(http::header::ETAG)?.to_str().ok()?;
        Some(etag.trim().to_owned()).filter(|etag| !etag.is_empty())
    }

    fn retry_after(&self) -> Option<Duration> {
        let value = self.headers.get(RETRY_AFTER)?;
        retry_after(value.to_str().ok()?).map(Duration::from_secs)
    }

    /// Whether the server, or a gateway in front of it, is unable to answer for now.
    fn is_passing(&self) -> bool {
        matches!(self.status.as_u16(), 429 | 502..=504)
    }
}

impl Http {
    pub(super) fn new(endpoint: &Endpoint, credentials: &Credentials, options: &Options) -> Result<Self> {
        Ok(Self {
            origin: Origin::of(endpoint)?,
            auth: Auth::new(credentials, endpoint.host())?,
            inner: legacy::Client::builder(TokioExecutor::new())
                .pool_timer(TokioTimer::new())
                .pool_idle_timeout(Duration::from_secs(60))
                .build(Connector::new(endpoint)),
            options: options.clone(),
        })
    }

    /// Sends a request until the response is final: follows redirects on the same origin, answers challenges, and retries
    /// passing failures after a wait. All of it takes no longer than the deadline.
    pub(super) async fn send(&self, request: &Request) -> Result<Response> {
        let sent = self
            .send_to_the_end(request)
            .instrument(request.span(&self.origin));
        match tokio::time::timeout(self.options.deadline, sent).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let seconds = self.options.deadline.as_secs_f32();
                let why = format!("no final response within {seconds} seconds, the limit `deadline`");
                Err(self.error(ErrorKind::Timeout, request, &why))
            }
        }
    }

    fn send_to_the_end<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Response>> {
        Box::pin(async move {
            let mut request = request.clone();
            let (mut redirects, mut refreshed) = (0, false);
            loop {
                let mut response = self.retry(&request).await?;
                // A server may ask for another scheme, and may have forgotten the challenge that it gave.
                for _ in 0..2 {
                    if response.status.as_u16() == 401 && self.auth.challenged(&response.headers) {
                        response = self.retry(&request).await?;
                    }
                }
                if response.status.as_u16() == 401
                    && !refreshed
                    && self.auth.refresh(response.generation).await?
                {
                    refreshed = true;
                    response = self.retry(&request).await?;
                }
                let moved = matches!(response.status.as_u16(), 301 | 302 | 307 | 308);
                let Some(location) = response.headers.get(LOCATION).filter(|_| moved) else {
                    return self.admitted(&request, response);
                };
                redirects += 1;
                if redirects > self.options.max_redirects {
                    return Err(self.error(ErrorKind::Protocol, &request, "too many redirects"));
                }
                let location = String::from_utf8_lossy(location.as_bytes()).into_owned();
                let Some(path) = self.origin.resolve(&request.path, &location) else {
                    let why = format!(
                        "it redirects to {location}, another origin, which must not get the credentials"
                    );
                    return Err(self.error(ErrorKind::Refused, &request, &why));
                };
                request.path = path;
            }
        })
    }

    fn admitted(&self, request: &Request, response: Response) -> Result<Response> {
        let kind = match response.status.as_u16() {
            401 => {
                let why = "the server refuses the user name, the password or the token";
                return Err(self.error(ErrorKind::Authentication, request, why));
            }
            429 | 503 => ErrorKind::Throttled,
            502 | 504 => ErrorKind::Connect,
            _ => return Ok(response),
        };
        Err(self
            .error(kind, request, response.status)
            .after(response.retry_after()))
    }

    /// As [`send`](Self::send), but once, and with ten times the time.
    pub(super) fn send_long<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Response>> {
        Box::pin(async move {
            let limit = self.options.request_timeout.saturating_mul(10);
            let sent = self.within(limit, request).instrument(request.span(&self.origin));
            let response = sent.await?;
            self.admitted(request, response)
        })
    }

    async fn retry(&self, request: &Request) -> Result<Response> {
        let mut failed = 0;
        loop {
            let outcome = self.within(self.options.request_timeout, request).await;
            let asked = match &outcome {
                Ok(response) if !response.is_passing() => return outcome,
                Ok(response) => response.retry_after(),
                Err(error) if !error.is_retryable() => return outcome,
                Err(error) => error.retry_after(),
            };
            failed += 1;
            let Some(wait) = self.options.backoff.delay(failed, asked) else {
                return outcome;
            };
            tracing::debug!(method = %request.method, path = %request.path, failed, ?wait, "retrying");
            tokio::time::sleep(wait).await;
        }
    }

    async fn within(&self, limit: Duration, request: &Request) -> Result<Response> {
        match tokio::time::timeout(limit, self.once(request)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let why = format!("no response within {} seconds", limit.as_secs_f32());
                Err(self.error(ErrorKind::Timeout, request, &why))
            }
        }
    }

    async fn once(&self, request: &Request) -> Result<Response> {
        let mut message = http::Request::builder()
            .method(request.method.clone())
            .uri(format!("{}{}", self.origin, request.path))
            .header(USER_AGENT, concat!("tegu-dav/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &request.headers {
            message = message.header(*name, &**value);
        }
        if let Some(content_type) = request.content_type {
            message = message.header(CONTENT_TYPE, content_type);
        }
        let (authorization, generation) = self.auth.header(request.method.as_str(), &request.path).await?;
        if let Some(authorization) = authorization {
            message = message.header(AUTHORIZATION, authorization);
        }
        let message = message.body(Full::new(request.body.clone())).map_err(|error| {
            self.error(ErrorKind::Config, request, "not a valid request")
                .with_source(error)
        })?;
        let response = self
            .inner
            .request(message)
            .await
            .map_err(|error| self.failed(request, error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, self.options.max_response)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<LengthLimitError>() {
                    let why = "the response is larger than the limit `max_response` allows";
                    self.error(ErrorKind::Limit, request, why)
                } else {
                    self.error(ErrorKind::Connect, request, "the response broke off")
                        .with_source(error)
                }
            })?;
        tracing::trace!(status = parts.status.as_u16(), "answered");
        Ok(Response {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes(),
            path: request.path.clone(),
            generation,
        })
    }

    /// What the connector said keeps its kind; the rest is a connection that broke.
    fn failed(&self, request: &Request, error: legacy::Error) -> Error {
        let mut next = StdError::source(&error);
        while let Some(cause) = next {
            if let Some(ours) = cause.downcast_ref::<Error>() {
                return self
                    .error(ours.kind(), request, ours)
                    .with_blame(ours.blame())
                    .retryable(ours.is_retryable())
                    .after(ours.retry_after())
                    .with_source(error);
            }
            next = cause.source();
        }
        self.error(ErrorKind::Connect, request, "the connection broke off")
            .with_source(error)
    }

    /// The responses of a `PROPFIND`, and the path against which their addresses are resolved. `missing` is the error's text for a
    /// path that is not there.
    pub(super) async fn propfind(
        &self,
        path: &str,
        depth: &'static str,
        body: &'static str,
        missing: &'static str,
    ) -> Result<(String, Vec<xml::Response>)> {
        let request = Request::new("PROPFIND", path)
            .header("depth", depth)
            .body(XML, body);
        let answer = self.send(&request).await?;
        match answer.status.as_u16() {
            207 => {
                let responses = xml::multistatus(&answer.body, &self.options.xml())?;
                Ok((answer.path, responses))
            }
            404 | 410 => Err(self.error(ErrorKind::NotFound, &request, missing)),
            _ => Err(self.error(ErrorKind::Refused, &request, answer.status.as_str())),
        }
    }

    pub(super) fn error(&self, kind: ErrorKind, request: &Request, why: impl fmt::Display) -> Error {
        let url = format_args!("{}{}", self.origin, request.path).to_string();
        Error::new(kind, why).doing(&request.method, url)
    }
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3), which is a number of seconds or a date. Returns seconds from now.
fn retry_after(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let when = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    Some(u64::try_from(when).ok()?.saturating_sub(now))
}
