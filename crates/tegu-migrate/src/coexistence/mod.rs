//! Both servers at once: who moves when, where each account stands, and which server a message goes to.
//!
//! An organisation moves in [waves](Wave). Each account has a [`Stage`]; the [`Roll`] remembers it and allows only
//! transitions that make sense. Until an account's cut-over Exchange is the end of its mail; from then on TEGU is. [`Sheets`]
//! say so to both sides, as text that people apply, and [`prove`] reads that text again and follows every address from either
//! side to its end: exactly one, and no loop. [`sharing`] finds people who open each other's mailboxes and calendars, since
//! sharing ends where two servers meet: they should move together.
//!
//! ```
//! use tegu_migrate::coexistence::{End, Recipient, Roll, Servers, Sheets, Stage, prove};
//!
//! let recipients = [
//!     Recipient::mailbox("anna@example.test").with_aliases(["a@example.test"]),
//!     Recipient::mailbox("boris@example.test"),
//! ];
//! let mut roll = Roll::default();
//! for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
//!     roll.advance(["anna@example.test"], stage)?;
//! }
//! let servers = Servers::new("exchange.example.test", "mail.example.test", "tegu.example.test")?;
//! let sheets = Sheets::write(&servers, &recipients, &roll);
//! assert!(sheets.transport.contains("a@example.test smtp:[mail.example.test]:25\n"));
//! assert!(sheets.transport.contains("boris@example.test smtp:[exchange.example.test]:25\n"));
//!
//! let proof = prove(&servers, &sheets, &recipients, &roll, &[]);
//! assert!(proof.holds(), "{:?}", proof.findings);
//! assert_eq!(proof.ends["a@example.test"], End::Tegu);
//! # Ok::<(), tegu_migrate::Error>(())
//! ```

mod proof;
pub(crate) mod recipient;
mod roll;
mod servers;
pub mod sharing;
mod sheets;
mod stage;
mod wave;

pub use proof::{Proof, prove};
pub use recipient::{Recipient, RecipientKind};
pub use roll::{ROLL_VERSION, Roll, Standing, Step};
pub use servers::{End, Servers};
pub use sheets::Sheets;
pub use stage::Stage;
pub use wave::{Assignment, Wave, assign};

use crate::{Migration, Result, source::DirectoryData};

impl Migration {
    /// Reads the job's directory: recipients for routing sheets, facts for [`sharing`], accounts for waves.
    ///
    /// # Errors
    ///
    /// What the directory's source says: it cannot be reached, or read.
    pub async fn read_directory(&self) -> Result<DirectoryData> {
        self.shared.directory.read().await
    }
}
