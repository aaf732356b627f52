//! Mail that a converter made out of a PST.
//!
//! PST is Outlook's own format, and this crate does not read mail out of it. A converter does: `readpst -r -D -j 0 -o DIR
//! FILE.pst`, and neither `-q` nor other values of `-j`, which lose messages in silence. What comes out is *converted*:
//! the items of a PST hold no original message, so that headers and MIME parts are put together anew, and nothing
//! proves that they are as they were. [`converter`] tells such messages, and [`check`] what the conversion is known to have lost in
//! each.
//!
//! What is lost as a whole message shows only beside the PST itself. [`skipped`] reads the converter's own account;
//! [`Census`] is what another reader counts in the PST, and [`Census::reconcile`] the comparison.
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
mod log;
mod loss;
mod reconcile;

#[cfg(feature = "pst-census")]
pub use self::census::{CensusOptions, census};
pub use self::check::{Converter, check, converter};
pub use self::log::skipped;
pub use self::loss::Loss;
pub use self::reconcile::{Census, Reconciled, Row};
