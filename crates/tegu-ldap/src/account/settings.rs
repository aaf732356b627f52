//! What most objects do not have.

use serde::{Deserialize, Serialize, Serializer};

use crate::dn::Dn;

/// The sizes in KiB at which Exchange acts on a mailbox. `None` means no limit, or the database's default.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct Quota {
    /// It warns.
    pub warn_kib: Option<u64>,
    /// It stops sending.
    pub send_kib: Option<u64>,
    /// It stops receiving.
    pub receive_kib: Option<u64>,
}

/// Who may send to an object, and who has to approve the messages. The default is that everybody may.
#[non_exhaustive]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct SendRules {
    /// Who may send: people and groups (`authOrig`, `dLMemSubmitPerms`). Empty means everybody.
    pub allowed: Vec<Dn>,
    /// Who may not (`unauthOrig`, `dLMemRejectPerms`).
    pub refused: Vec<Dn>,
    /// Whether senders must have signed in to this organisation (`msExchRequireAuthToSendTo`).
    pub signed_in: bool,
    /// Whether somebody must approve each message (`msExchEnableModeration`).
    pub moderated: bool,
    /// Who approves messages (`msExchModeratedByLink`).
    pub moderators: Vec<Dn>,
}

impl SendRules {
    /// Returns whether somebody may not send, or only after having signed in.
    #[must_use]
    pub fn restrict(&self) -> bool {
        self.signed_in || !self.allowed.is_empty() || !self.refused.is_empty()
    }
}

/// The rules of an object that has none.
pub(super) static EVERYBODY: SendRules = SendRules {
    allowed: Vec::new(),
    refused: Vec::new(),
    signed_in: false,
    moderated: false,
    moderators: Vec::new(),
};

/// What most objects do not have. Of hundreds of thousands of objects nearly all pay a pointer for it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) send_on_behalf: Vec<Dn>,
    pub(crate) delegates: Vec<Dn>,
    pub(crate) quota: Quota,
    pub(crate) send_rules: SendRules,
    /// In JSON only how large it is.
    #[serde(rename = "photo_bytes", serialize_with = "length", skip_deserializing)]
    pub(crate) photo: Option<Box<[u8]>>,
}

impl Settings {
    /// Returns the settings to keep, if there are any.
    pub(crate) fn kept(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }
}

fn length<S: Serializer>(photo: &Option<Box<[u8]>>, serializer: S) -> Result<S::Ok, S::Error> {
    photo.as_ref().map(|p| p.len()).serialize(serializer)
}
