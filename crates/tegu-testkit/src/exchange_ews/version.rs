//! Versions of the server and of requests.

/// What Exchange calls a version of its web services, in order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(clippy::exhaustive_enums, reason = "tests go through every version")]
pub enum Version {
    /// `Exchange2007`
    Exchange2007,
    /// `Exchange2007_SP1`
    Exchange2007Sp1,
    /// `Exchange2010`
    Exchange2010,
    /// `Exchange2010_SP1`
    Exchange2010Sp1,
    /// `Exchange2010_SP2`
    Exchange2010Sp2,
    /// `Exchange2013`
    Exchange2013,
    /// `Exchange2013_SP1`
    Exchange2013Sp1,
    /// `Exchange2016`, also told by 2019 and SE.
    Exchange2016,
}

impl Version {
    /// All, oldest first.
    pub const ALL: [Self; 8] = [
        Self::Exchange2007,
        Self::Exchange2007Sp1,
        Self::Exchange2010,
        Self::Exchange2010Sp1,
        Self::Exchange2010Sp2,
        Self::Exchange2013,
        Self::Exchange2013Sp1,
        Self::Exchange2016,
    ];

    /// As it stands in a request.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange2007 => "Exchange2007",
            Self::Exchange2007Sp1 => "Exchange2007_SP1",
            Self::Exchange2010 => "Exchange2010",
            Self::Exchange2010Sp1 => "Exchange2010_SP1",
            Self::Exchange2010Sp2 => "Exchange2010_SP2",
            Self::Exchange2013 => "Exchange2013",
            Self::Exchange2013Sp1 => "Exchange2013_SP1",
            Self::Exchange2016 => "Exchange2016",
        }
    }

    /// The version of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }

    /// Major, minor, major build, minor build: of a release that speaks it.
    pub(super) fn build(self) -> [u16; 4] {
        match self {
            Self::Exchange2007 => [8, 0, 685, 24],
            Self::Exchange2007Sp1 => [8, 3, 83, 4],
            Self::Exchange2010 => [14, 0, 639, 21],
            Self::Exchange2010Sp1 => [14, 1, 218, 15],
            Self::Exchange2010Sp2 => [14, 3, 123, 3],
            Self::Exchange2013 => [15, 0, 516, 32],
            Self::Exchange2013Sp1 => [15, 0, 1497, 2],
            Self::Exchange2016 => [15, 1, 2507, 6],
        }
    }
}
