//! Bounds on everything that a file or a server can make large.

/// Bounds on input. Every one can be raised; none can be switched off.
///
/// ```
/// let limits = tegu_dav::Limits::default().with_max_line(1 << 20);
/// assert_eq!(limits.max_line, 1 << 20);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one file. Default 1 GiB.
    pub max_input: usize,
    /// Bytes of one unfolded content line; an inline attachment is one line. Default 64 MiB.
    pub max_line: usize,
    /// Content lines of one file. Default 4 million.
    pub max_lines: usize,
    /// Components within components. Default 16; a calendar needs 3.
    pub max_depth: usize,
    /// Parameters of one property. Default 1,000.
    pub max_params: usize,
    /// Columns of a CSV row. Default 1,000.
    pub max_columns: usize,
    /// Bytes of calendar properties and time zones that are repeated in each resource.
    /// Default 256 KiB.
    pub max_frame: usize,
    /// Bytes of all resources made from one file. Default 4 GiB.
    pub max_output: usize,
    /// Bytes of one answer of a server. Default 128 MiB.
    pub max_response: usize,
    /// Elements of one XML answer. Default 1 million.
    pub max_xml_elements: usize,
    /// XML elements within elements. Default 32.
    pub max_xml_depth: usize,
    /// Redirects followed for one request. Default 5.
    pub max_redirects: usize,
    /// Tries of one request after failures that may pass. Default 4.
    pub max_tries: usize,
    /// Seconds that one request may take. Default 120.
    pub request_seconds: u64,
    /// Longest wait in seconds that a server's `Retry-After` can impose. Default 60.
    pub retry_after_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_input: 1 << 30,
            max_line: 64 << 20,
            max_lines: 4_000_000,
            max_depth: 16,
            max_params: 1_000,
            max_columns: 1_000,
            max_frame: 256 << 10,
            max_output: 4 << 30,
            max_response: 128 << 20,
            max_xml_elements: 1_000_000,
            max_xml_depth: 32,
            max_redirects: 5,
            max_tries: 4,
            request_seconds: 120,
            retry_after_seconds: 60,
        }
    }
}

macro_rules! setters {
    ($($setter:ident $field:ident: $type:ty,)*) => {
        impl Limits {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $setter(mut self, value: $type) -> Self {
                    self.$field = value;
                    self
                }
            )*
        }
    };
}

setters! {
    with_max_input max_input: usize,
    with_max_line max_line: usize,
    with_max_lines max_lines: usize,
    with_max_depth max_depth: usize,
    with_max_params max_params: usize,
    with_max_columns max_columns: usize,
    with_max_frame max_frame: usize,
    with_max_output max_output: usize,
    with_max_response max_response: usize,
    with_max_xml_elements max_xml_elements: usize,
    with_max_xml_depth max_xml_depth: usize,
    with_max_redirects max_redirects: usize,
    with_max_tries max_tries: usize,
    with_request_seconds request_seconds: u64,
    with_retry_after_seconds retry_after_seconds: u64,
}
