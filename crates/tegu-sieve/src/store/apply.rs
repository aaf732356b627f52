//! What becomes of each item: decided by a look at the server, then carried out.

use super::Work;
use crate::managesieve::{Activation, Client, ScriptName, Standing, Upload, check, look, upload};
use tegu_outcome::{Error, ErrorKind, Finding, Result, State};

/// What earlier runs know of the script of this mailbox.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Before {
    /// None was uploaded.
    #[default]
    Nothing,
    /// A run was about to upload this very text, and nobody knows whether it did.
    Sending,
    /// This very text was uploaded and proved.
    Same,
    /// Another text was uploaded and proved.
    Other,
}

/// How an item ends.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Ended {
    /// The state.
    pub state: State,
    /// What is lost or in the way, and what is worth knowing.
    pub findings: Vec<Finding>,
}

/// What is to be done about a mailbox, and how each item ends by it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// One for each of [`Work::items`], in their order.
    pub items: Vec<Ended>,
    /// Whether the script is sent to the server. Otherwise only SETACTIVE may be.
    pub sends: bool,
    /// How what the script holds ends, if the server is to hold it.
    state: Option<State>,
}

impl Decision {
    /// Whether the server holds the items that are in the script once this is carried out.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.state.is_some()
    }
}

/// Looks at the server and says how each item will end. The server compiles the script (CHECKSCRIPT), and nothing on it changes.
///
/// | the server's script of this name | what happens |
/// |---|---|
/// | there is none | the script is stored; if an earlier run stored one, its owner deleted it, and it is not brought back |
/// | this text | nothing |
/// | ours, another text | it is replaced |
/// | ours, edited by its owner | it stays; if the source has changed too, a person looks at both |
/// | none of ours | it stays, and a person decides |
///
/// What the server refuses is left for a person as a whole, with the server's words: nothing is half active.
///
/// # Errors
///
/// Those of the connection. A refusal is none.
pub async fn decide(client: &mut Client, work: &Work, upload: &Upload, before: Before) -> Result<Decision> {
    if !work.is_active() && before == Before::Nothing {
        return Ok(untouched(work));
    }
    let standing = look(client, upload).await?;
    let finding = match (standing, before) {
        (Standing::Absent, Before::Same | Before::Other) => {
            let why =
                "the owner deleted the script on the server after it had got there; it is not brought back";
            return Ok(left(
                work,
                State::Excluded,
                &Finding::info("SIEVE-TARGET-DELETED", why),
            ));
        }
        (Standing::Edited, Before::Same) => {
            let why = "the owner has edited the script since it was uploaded; it is left as it is";
            return Ok(left(
                work,
                State::Present,
                &Finding::info("SIEVE-TARGET-EDITED", why),
            ));
        }
        (Standing::Edited, _) => Finding::lossy(
            "SIEVE-TARGET-CHANGED",
            "the owner has edited the script on the server, and it would be another one now; it is left as it is",
        ),
        (Standing::Foreign, _) => Finding::lossy(
            "SIEVE-NAME-TAKEN",
            format!(
                "a script {} is there that is none of ours; it is left as it is",
                upload.name
            ),
        ),
        (Standing::Same | Standing::Absent | Standing::Ours, _) => {
            let there = standing == Standing::Same && before != Before::Sending;
            let state = if there { State::Present } else { State::Moved };
            return match check(client, upload).await {
                Ok(checked) => Ok(Decision {
                    items: ended(work, state, &checked.findings),
                    sends: standing != Standing::Same,
                    state: Some(state),
                }),
                Err(error) => refused(work, error),
            };
        }
    };
    Ok(left(work, State::Manual, &finding))
}

/// Stores the script, reads it back, compares, and switches it on if asked and if no other one runs. Says how each item ended.
///
/// # Errors
///
/// As [`decide`]. Whenever it is killed, deciding and carrying out anew end as one whole run would have.
pub async fn carry_out(
    client: &mut Client,
    work: &Work,
    this: &Upload,
    decision: Decision,
) -> Result<Decision> {
    let Some(state) = decision.state else {
        return Ok(decision);
    };
    if !decision.sends && this.activation == Activation::Leave {
        return Ok(decision);
    }
    match upload(client, this).await {
        Ok(done) => Ok(Decision {
            items: ended(work, state, &done.findings),
            ..decision
        }),
        Err(error) => refused(work, error),
    }
}

/// The server's script of a name, to prove it again; `None` if there is none.
///
/// # Errors
///
/// Those of the connection.
pub async fn fetch(client: &mut Client, name: &ScriptName) -> Result<Option<String>> {
    let listed = client.list().await?;
    if !listed.iter().any(|one| one.name == name.as_str()) {
        return Ok(None);
    }
    client.get(name).await.map(Some)
}

/// Where there is no server to upload to: what the script holds waits for a person, in a file.
#[must_use]
pub fn leave_as_file(work: &Work) -> Decision {
    let why = "the script is in a file: its owner, or the administrator, puts it on the new server";
    left(work, State::Manual, &Finding::lossy("SIEVE-FILE", why))
}

fn untouched(work: &Work) -> Decision {
    Decision {
        items: ended(work, State::Manual, &[]),
        sends: false,
        state: None,
    }
}

/// What the script holds ends in this state, for this reason, and the server stays as it is.
fn left(work: &Work, state: State, why: &Finding) -> Decision {
    Decision {
        items: ended(work, state, std::slice::from_ref(why)),
        ..untouched(work)
    }
}

/// A refusal, in the server's own words and with the rule that they are about, is for a person; other errors may pass.
fn refused(work: &Work, error: Error) -> Result<Decision> {
    let code = match error.kind() {
        ErrorKind::Refused => "SIEVE-REFUSED",
        ErrorKind::Limit => "SIEVE-QUOTA",
        ErrorKind::Lossy => "SIEVE-ALTERED",
        _ => return Err(error),
    };
    let error = work.translation.name_rule(error);
    Ok(left(
        work,
        State::Manual,
        &Finding::lossy(code, error.to_string()),
    ))
}

fn ended(work: &Work, state: State, more: &[Finding]) -> Vec<Ended> {
    let items = work.items.iter().map(|item| match item.state {
        State::Moved => Ended {
            state,
            findings: item.findings.iter().chain(more).cloned().collect(),
        },
        other => Ended {
            state: other,
            findings: item.findings.clone(),
        },
    });
    items.collect()
}
