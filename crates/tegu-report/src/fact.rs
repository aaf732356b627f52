//! What the directory says about things that no item stands for: who forwards to whom, who may open what.

use crate::{Entity, Text};
use serde::{Deserialize, Serialize};

/// One thing that the directory says, listed in a section of the report.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Fact {
    /// The entity in whose section it is listed.
    pub entity: Entity,
    /// Whom it is about, by address where there is one.
    pub who: String,
    /// What is said of them.
    pub relation: Relation,
    /// The other end: an address, a number or a filter. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub whom: String,
}

impl Fact {
    /// Makes a fact.
    pub fn new(entity: Entity, who: impl Into<String>, relation: Relation, whom: impl Into<String>) -> Self {
        Self {
            entity,
            who: who.into(),
            relation,
            whom: whom.into(),
        }
    }
}

/// What a [`Fact`] says.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Relation {
    /// Has this many further addresses.
    HasAliases,
    /// Mail is forwarded, and no copy stays.
    ForwardsTo,
    /// Mail is forwarded, and a copy stays.
    ForwardsAndKeeps,
    /// Has a delegate.
    HasDelegate,
    /// Lets somebody send on its behalf: both names are shown.
    MaySendOnBehalf,
    /// Lets somebody send as the owner.
    MaySendAs,
    /// Lets somebody open the mailbox and everything in it.
    MayOpen,
    /// Lets somebody read the mailbox.
    MayRead,
    /// Gives somebody another right.
    HasRight,
    /// Is a mailbox that several people share.
    IsSharedMailbox,
    /// Is a room or equipment that can be booked.
    IsBooked,
    /// Has members found by a filter.
    HasFilter,
    /// Has an archive mailbox.
    HasArchive,
    /// Is in the directory since the last pass.
    IsNew,
    /// Differs in the directory from what it was at the last pass.
    HasChanged,
    /// Is no longer in the directory since the last pass.
    IsGone,
}

impl Relation {
    /// Returns the stable name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::HasAliases => "has-aliases",
            Self::ForwardsTo => "forwards-to",
            Self::ForwardsAndKeeps => "forwards-and-keeps",
            Self::HasDelegate => "has-delegate",
            Self::MaySendOnBehalf => "may-send-on-behalf",
            Self::MaySendAs => "may-send-as",
            Self::MayOpen => "may-open",
            Self::MayRead => "may-read",
            Self::HasRight => "has-right",
            Self::IsSharedMailbox => "is-shared-mailbox",
            Self::IsBooked => "is-booked",
            Self::HasFilter => "has-filter",
            Self::HasArchive => "has-archive",
            Self::IsNew => "is-new",
            Self::HasChanged => "has-changed",
            Self::IsGone => "is-gone",
        }
    }

    /// Returns the words between the two ends.
    pub fn text(self) -> Text {
        match self {
            Self::HasAliases => Text::new("has more addresses:", "имеет дополнительных адресов:"),
            Self::ForwardsTo => Text::new("forwards to", "пересылает на"),
            Self::ForwardsAndKeeps => {
                Text::new("keeps a copy and forwards to", "сохраняет копию и пересылает на")
            }
            Self::HasDelegate => Text::new("has the delegate", "имеет представителя"),
            Self::MaySendOnBehalf => Text::new(
                "lets others send on behalf:",
                "разрешает отправку от своего имени:",
            ),
            Self::MaySendAs => Text::new("lets others send as it:", "разрешает отправку как владелец:"),
            Self::MayOpen => Text::new("is opened (full access) by", "открыт полностью для"),
            Self::MayRead => Text::new("is read by", "открыт для чтения для"),
            Self::HasRight => Text::new("gives another right:", "даёт иное право:"),
            Self::IsSharedMailbox => Text::new("is a shared mailbox", "общий почтовый ящик"),
            Self::IsBooked => Text::new("is a room or equipment", "переговорная или оборудование"),
            Self::HasFilter => Text::new("has members by the filter", "состав задан фильтром"),
            Self::HasArchive => Text::new("has an archive mailbox", "имеет архивный ящик"),
            Self::IsNew => Text::new(
                "is in the directory since the last pass",
                "появился в каталоге после прошлого прохода",
            ),
            Self::HasChanged => Text::new(
                "has changed in the directory since the last pass:",
                "изменился в каталоге после прошлого прохода:",
            ),
            Self::IsGone => Text::new(
                "is no longer in the directory since the last pass",
                "исчез из каталога после прошлого прохода",
            ),
        }
    }
}
