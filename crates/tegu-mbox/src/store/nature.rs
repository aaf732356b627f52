//! What the operator says of mail files.

use crate::Variant;

/// What is known of mail files beforehand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nature {
    pub(super) variant: Option<Variant>,
    pub(super) converted: bool,
}

impl Nature {
    /// The mbox files are of this variant. Otherwise their content tells it; where that leaves something open, the messages concerned
    /// have findings.
    #[must_use]
    pub fn variant(mut self, variant: Variant) -> Self {
        self.variant = Some(variant);
        self
    }

    /// A converter made all of this mail, even where it left no marks. Such mail is never exact: each message has the finding
    /// `MAIL-CONVERTED`, and one for each loss that shows.
    #[must_use]
    pub fn converted(mut self) -> Self {
        self.converted = true;
        self
    }
}
