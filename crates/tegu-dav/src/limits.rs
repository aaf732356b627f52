//! Bounds on everything that a file can make large.

/// Bounds on input. Each can be changed; none can be switched off.
///
/// ```
/// let limits = tegu_dav::Limits::default().max_line(1 << 20);
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
    /// How many times larger than the file the resources and originals made from it may be, beside 64 MiB. Calendar properties and
    /// time zones are repeated in each. Default 200.
    pub max_growth: usize,
    /// Steps of computing with dates for one resource or one time zone. A step is a day or a time that a recurrence rule is
    /// asked for. Default 500,000; a daily series of thirty years takes 11,000.
    pub max_steps: u64,
    /// Steps of computing with dates for a whole file, for each of its bytes; thirty-two times
    /// [`max_steps`](Self::max_steps) are added. Default 8.
    pub max_steps_per_byte: u64,
}

impl Limits {
    /// The bytes that may be made of a file of this size, and the name of the limit that says so.
    pub(crate) fn output_for(&self, bytes: usize) -> (usize, &'static str) {
        let grown = self.max_growth.saturating_mul(bytes).saturating_add(64 << 20);
        if grown < self.max_output {
            (grown, "max_growth")
        } else {
            (self.max_output, "max_output")
        }
    }

    /// The steps for one resource.
    pub(crate) fn steps_for_one(&self) -> u64 {
        self.max_steps.saturating_mul(2)
    }

    /// The steps for a file of this size.
    pub(crate) fn steps_for(&self, bytes: usize) -> u64 {
        let own = self.max_steps_per_byte.saturating_mul(bytes as u64);
        self.max_steps.saturating_mul(32).saturating_add(own)
    }
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
            max_steps: 500_000,
            max_steps_per_byte: 8,
            max_growth: 200,
        }
    }
}

macro_rules! setters {
    ($($field:ident: $type:ty,)*) => {
        impl Limits {
            $(
                #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
                #[must_use]
                pub fn $field(mut self, value: $type) -> Self {
                    self.$field = value;
                    self
                }
            )*
        }
    };
}

setters! {
    max_input: usize,
    max_line: usize,
    max_lines: usize,
    max_depth: usize,
    max_params: usize,
    max_columns: usize,
    max_frame: usize,
    max_output: usize,
    max_growth: usize,
    max_steps: u64,
    max_steps_per_byte: u64,
}
