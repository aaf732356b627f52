//! Bounds on what a server can make large or slow.

use std::time::Duration;

use tegu_net::Backoff;

use crate::xml;

/// How a client treats its server: time, retries and sizes.
///
/// ```
/// use std::time::Duration;
/// use tegu_dav::client::Options;
///
/// let options = Options::default().request_timeout(Duration::from_secs(30)).max_response(16 << 20);
/// assert_eq!(options.max_redirects, 5);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// How often a request is sent while it fails for a passing reason, and the waits in between. `Retry-After` is obeyed up to
    /// the longest wait. Default: 4 attempts, waits from 200 milliseconds to one minute.
    pub backoff: Backoff,
    /// The longest time for one request and its whole response. Default: 2 minutes. An upload of a whole collection gets ten
    /// times as much.
    pub request_timeout: Duration,
    /// The longest time for one request with all its attempts, waits and redirects. Default: 15 minutes. An upload of a whole
    /// collection is attempted once, and bounded by its time-out alone.
    pub deadline: Duration,
    /// The largest response in octets. Default: 128 MiB.
    pub max_response: usize,
    /// The most octets of paths and entity tags in one list of a collection, or of its changes. Default: 256 MiB, enough for a
    /// million resources.
    pub max_listing: usize,
    /// The most elements in one XML response. Default: 1 million.
    pub max_xml_elements: usize,
    /// The deepest nesting of elements in an XML response. Default: 32.
    pub max_xml_depth: usize,
    /// The most redirects followed for one request. Default: 5.
    pub max_redirects: usize,
}

impl Default for Options {
    fn default() -> Self {
        let xml = xml::Limits::default();
        Self {
            backoff: Backoff::new(4, Duration::from_millis(200), Duration::from_secs(60)),
            request_timeout: Duration::from_secs(120),
            deadline: Duration::from_secs(900),
            max_response: 128 << 20,
            max_listing: 256 << 20,
            max_xml_elements: xml.elements,
            max_xml_depth: xml.depth,
            max_redirects: 5,
        }
    }
}

impl Options {
    /// Sets [`backoff`](Self::backoff).
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how often a request is sent, waits unchanged.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.backoff.attempts = attempts;
        self
    }

    /// Sets [`request_timeout`](Self::request_timeout).
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets [`deadline`](Self::deadline).
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets [`max_listing`](Self::max_listing).
    #[must_use]
    pub fn max_listing(mut self, octets: usize) -> Self {
        self.max_listing = octets;
        self
    }

    /// Sets [`max_response`](Self::max_response).
    #[must_use]
    pub fn max_response(mut self, octets: usize) -> Self {
        self.max_response = octets;
        self
    }

    /// Sets [`max_xml_elements`](Self::max_xml_elements).
    #[must_use]
    pub fn max_xml_elements(mut self, elements: usize) -> Self {
        self.max_xml_elements = elements;
        self
    }

    /// Sets [`max_xml_depth`](Self::max_xml_depth).
    #[must_use]
    pub fn max_xml_depth(mut self, depth: usize) -> Self {
        self.max_xml_depth = depth;
        self
    }

    /// Sets [`max_redirects`](Self::max_redirects).
    #[must_use]
    pub fn max_redirects(mut self, redirects: usize) -> Self {
        self.max_redirects = redirects;
        self
    }

    pub(super) fn xml(&self) -> xml::Limits {
        xml::Limits {
            elements: self.max_xml_elements,
            depth: self.max_xml_depth,
        }
    }
}
