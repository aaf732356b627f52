//! Where an account stands.

use crate::Server;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tegu_outcome::{Error, Result};

/// Where an account stands in the migration.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// Nothing has happened yet.
    #[default]
    Planned,
    /// Its items are being copied for the first time.
    Copying,
    /// Everything was copied once; passes carry over what changes.
    Following,
    /// Mail goes to TEGU, and the last pass carries over what arrived before that.
    CutOver,
    /// The owner works on TEGU; nothing is carried over any more.
    Done,
    /// Mail goes to Exchange again, and the owner works there.
    RolledBack,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] = [
        Self::Planned,
        Self::Copying,
        Self::Following,
        Self::CutOver,
        Self::Done,
        Self::RolledBack,
    ];

    /// The name in files: `planned`, `copying`, `following`, `cut-over`, `done`, `rolled-back`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Copying => "copying",
            Self::Following => "following",
            Self::CutOver => "cut-over",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
        }
    }

    /// Returns whether an account may go from this stage to `next`.
    ///
    /// Forward one step at a time. Back only until the owner works on TEGU, since what he writes there would be lost. From a
    /// roll-back to a new start. Nothing follows [`Done`](Self::Done).
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Planned, Self::Copying)
                | (Self::Copying, Self::Following | Self::RolledBack)
                | (Self::Following, Self::CutOver | Self::RolledBack)
                | (Self::CutOver, Self::Done | Self::RolledBack)
                | (Self::RolledBack, Self::Planned)
        )
    }

    /// Returns whether runs carry anything over. They do not after a roll-back, because the owner works on Exchange and copies
    /// would only grow stale; nor when the account is done, because nothing may overwrite what the owner does on TEGU.
    #[must_use]
    pub fn moves(self) -> bool {
        !matches!(self, Self::Done | Self::RolledBack)
    }

    /// Returns the server that delivers the account's mail.
    #[must_use]
    pub fn server(self) -> Server {
        match self {
            Self::CutOver | Self::Done => Server::Tegu,
            _ => Server::Exchange,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known = Self::ALL.into_iter().find(|stage| stage.name() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::config(format!("{text:?} is not a stage; the stages are {names}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_transitions() {
        let allowed = Stage::ALL.iter().flat_map(|from| {
            let next = Stage::ALL.iter().filter(|to| from.may_become(**to));
            next.map(move |to| format!("{from}>{to}"))
        });
        assert_eq!(
            allowed.collect::<Vec<_>>().join(" "),
            "planned>copying copying>following copying>rolled-back following>cut-over following>rolled-back cut-over>done \
             cut-over>rolled-back rolled-back>planned"
        );
        for stage in Stage::ALL {
            assert_eq!(stage.name().parse::<Stage>().unwrap(), stage);
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
        }
    }
}
