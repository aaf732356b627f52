//! Checks of mail that was converted from a PST.
//!
//! PST is Outlook's own format; this crate does not read mail from it. Use a converter: `readpst -r -D -j 0 -o DIR FILE.pst`.
//! Do not use `-q` or other values of `-j`, which lose messages without a message. The result is *converted* mail: a PST does
//! not contain the original messages, so headers and MIME parts are rebuilt, and nothing proves that they are correct.
//! [`converter`] recognises such messages, and [`check`] returns what the conversion is known to have lost in each;
//! [`check_items`] does the same for files of contacts and calendars.
//!
//! Lost messages show only in comparison with the PST itself. [`skipped`] reads the converter's log; [`Census`] counts the
//! items of the PST with another reader, and [`Census::reconcile`] compares the two.
//!
//! ```
//! use tegu_mbox::pst;
//!
//! let from_line = b"From \"MAILER-DAEMON\" Thu Jan 1 00:00:00 1970\n";
//! let content = b"Subject: plan\nX-libpst-forensic-sender: /O=CORP/CN=RECIPIENTS/CN=IVAN\n\nbody\n";
//! assert_eq!(pst::converter(from_line, content), Some(pst::Converter::Readpst));
//! let codes: Vec<_> = pst::check(content).iter().map(pst::Loss::code).collect();
//! assert_eq!(codes, ["PST-HEADERS-MISSING", "PST-DATE-MISSING", "PST-SENDER-X500"]);
//! ```

#[cfg(feature = "pst-census")]
mod census;
mod check;
mod items;
mod log;
mod loss;
mod reconcile;

#[cfg(feature = "pst-census")]
pub use self::census::{CensusOptions, census};
pub use self::check::{Converter, check, converter};
pub use self::items::check_items;
pub use self::log::skipped;
pub use self::loss::Loss;
pub use self::reconcile::{Census, Reconciled, Row};
