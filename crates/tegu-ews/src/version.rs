//! Versions of the contract, and what a server says it is.

use crate::{response::Problem, xml::Element};
use std::fmt;

/// The version of the schema that a request asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Version {
    /// Exchange 2007 SP1: delegates, folder permissions, posts.
    Exchange2007Sp1,
    /// Exchange 2010: members of private lists, user configuration, full time zones, rooms.
    Exchange2010,
    /// Exchange 2010 SP1: inbox rules, archive folders.
    Exchange2010Sp1,
    /// Exchange 2010 SP2: the newest changes first.
    Exchange2010Sp2,
    /// Exchange 2013: flags and text bodies as properties, distinguished folder names.
    Exchange2013,
    /// Exchange 2013 SP1: the last version that is documented as a contract on premises. Exchange 2016, 2019 and SE take it.
    Exchange2013Sp1,
}

impl Version {
    /// All versions, the newest first: the order in which they are tried.
    pub const LADDER: [Self; 6] = [
        Self::Exchange2013Sp1,
        Self::Exchange2013,
        Self::Exchange2010Sp2,
        Self::Exchange2010Sp1,
        Self::Exchange2010,
        Self::Exchange2007Sp1,
    ];

    /// Returns the name in `RequestServerVersion`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange2007Sp1 => "Exchange2007_SP1",
            Self::Exchange2010 => "Exchange2010",
            Self::Exchange2010Sp1 => "Exchange2010_SP1",
            Self::Exchange2010Sp2 => "Exchange2010_SP2",
            Self::Exchange2013 => "Exchange2013",
            Self::Exchange2013Sp1 => "Exchange2013_SP1",
        }
    }

    /// Returns the next older version, or `None` for the oldest.
    #[must_use]
    pub fn older(self) -> Option<Self> {
        let at = Self::LADDER.iter().position(|version| *version == self)?;
        Self::LADDER.get(at + 1).copied()
    }

    /// Returns the version to try after a server refused this one with `problem`, or `None` if the problem is another one.
    #[must_use]
    pub fn after_refusal(self, problem: &Problem) -> Option<Self> {
        matches!(
            problem.code.as_str(),
            "ErrorInvalidServerVersion" | "ErrorIncorrectSchemaVersion"
        )
        .then(|| self.older())
        .flatten()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the server says it is (`ServerVersionInfo`).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ServerVersion {
    /// 8 for Exchange 2007, 14 for 2010, 15 for all later ones.
    pub major: u32,
    /// 0 for Exchange 2013, 1 for 2016, 2 for 2019 and SE.
    pub minor: u32,
    /// The build.
    pub build: u32,
    /// The revision of the build.
    pub revision: u32,
    /// The name of the schema that the answer follows. It may be one that no request can ask for.
    pub schema: String,
}

impl ServerVersion {
    /// Reads the element `ServerVersionInfo`.
    pub(crate) fn read(element: Element<'_>) -> Self {
        let number = |name| {
            element
                .attribute(name)
                .and_then(|n| n.trim().parse().ok())
                .unwrap_or_default()
        };
        Self {
            major: number("MajorVersion"),
            minor: number("MinorVersion"),
            build: number("MajorBuildNumber"),
            revision: number("MinorBuildNumber"),
            schema: element.attribute("Version").unwrap_or_default().to_owned(),
        }
    }

    /// Returns the name under which the server was sold.
    #[must_use]
    pub fn product(&self) -> &'static str {
        match (self.major, self.minor, self.build) {
            (8, ..) => "Exchange 2007",
            (14, ..) => "Exchange 2010",
            (15, 0, _) => "Exchange 2013",
            (15, 1, _) => "Exchange 2016",
            // SE went on from the builds of 2019.
            (15, 2, ..=1999) => "Exchange 2019",
            (15, 2, _) => "Exchange SE",
            _ => "an unknown server",
        }
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}.{}.{}.{})",
            self.product(),
            self.major,
            self.minor,
            self.build,
            self.revision
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_goes_down_to_its_end() {
        let refused = Problem::new("ErrorInvalidServerVersion", "");
        let mut version = Version::LADDER[0];
        let mut seen = vec![version];
        while let Some(next) = version.after_refusal(&refused) {
            assert!(next < version);
            version = next;
            seen.push(next);
        }
        assert_eq!(seen, Version::LADDER);
        assert_eq!(
            Version::Exchange2013.after_refusal(&Problem::new("ErrorItemNotFound", "")),
            None
        );
    }
}
