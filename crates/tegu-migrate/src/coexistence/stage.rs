//! Where an account stands.

use super::End;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where an account stands on its way.
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
    /// Mail goes to TEGU, and the last pass carries over what came before that.
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

    /// Whether an account may go from this stage to that.
    ///
    /// Forward one step at a time; back before the owner works on TEGU, since what he writes there would be lost; and from a
    /// roll-back to a new start. Nothing follows [`Done`](Self::Done).
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

    /// Whether runs and passes carry anything over. After a roll-back the owner works on Exchange, and what was copied would
    /// only grow stale; once he works on TEGU, nothing may come from behind.
    pub fn moves(self) -> bool {
        !matches!(self, Self::Done | Self::RolledBack)
    }

    /// The server that is the end of the account's mail.
    pub fn end(self) -> End {
        match self {
            Self::CutOver | Self::Done => End::Tegu,
            _ => End::Exchange,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|stage| stage.name() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("{text:?} is no stage; there are {names}")
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
