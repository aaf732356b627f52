//! Puts a script where it belongs.

use super::client::{Client, ScriptName};
use super::wire::Listed;
use crate::mark;
use tegu_outcome::{Error, ErrorKind, Finding, Result, State};

/// Whether the script is to run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// It is stored, and its owner switches it on.
    #[default]
    Leave,
    /// It is switched on, unless another script of the owner's runs.
    Activate,
}

/// What to upload, and how far.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Upload {
    /// The name on the server.
    pub name: ScriptName,
    /// The text, as [`Translation::text`](crate::translate::Translation::text) returns it.
    pub text: String,
    /// Whether it is to run.
    pub activation: Activation,
}

impl Upload {
    /// Stores `text` under `name` without switching it on.
    #[must_use]
    pub fn new(name: ScriptName, text: impl Into<String>) -> Self {
        Self {
            name,
            text: text.into(),
            activation: Activation::Leave,
        }
    }

    /// Says whether it is to run.
    #[must_use]
    pub fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }
}

/// How an upload ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// [`Moved`](State::Moved) if the script was stored now, [`Present`](State::Present) if the server had it. Either way the server
    /// returned these very octets.
    pub state: State,
    /// The script that runs, if any does.
    pub active: Option<String>,
    /// The server's warnings.
    pub warnings: Option<String>,
    /// `SIEVE-OTHER-ACTIVE` if another script runs, so that ours was not switched on; `SIEVE-NOT-ACTIVE` if none runs.
    pub findings: Vec<Finding>,
}

/// Says what [`upload`] would do, and changes nothing. The server compiles the script (CHECKSCRIPT) if it can do so without storing it.
///
/// # Errors
///
/// As [`upload`].
pub async fn check(client: &mut Client, upload: &Upload) -> Result<Uploaded> {
    let (state, listed) = decide(client, upload).await?;
    let warnings = compile(client, upload, state).await?;
    let mut active = active(&listed);
    if active.is_none() && upload.activation == Activation::Activate {
        active = Some(upload.name.as_str().to_owned());
    }
    Ok(uploaded(upload, state, active, warnings))
}

/// Stores a script, reads it back and compares; then, if asked and if no other script of the user's runs, switches it on.
///
/// Each step leaves the server in good order: whenever this is killed, the next call ends as one whole call would have. A script of that name
/// is replaced only if it is one of ours and nobody has edited it since.
///
/// The server has no way to switch a script on only while no other runs: if the owner switches one on between the last look and SETACTIVE,
/// ours runs in its place, and theirs is still stored.
///
/// # Errors
///
/// Kind [`Refused`](ErrorKind::Refused) if the server does not take the script, in its own words, or if the name is taken by a script that is
/// not ours or that was edited; [`Limit`](ErrorKind::Limit) for a quota; [`Lossy`](ErrorKind::Lossy) if the server returns other octets than
/// it was sent (the script is not switched on then); those of [`Client`]'s commands.
pub async fn upload(client: &mut Client, upload: &Upload) -> Result<Uploaded> {
    let (state, listed) = decide(client, upload).await?;
    let mut warnings = None;
    if state == State::Moved {
        warnings = compile(client, upload, state).await?;
        let stored = client.put(&upload.name, &upload.text).await?;
        warnings = warnings.or(stored);
        if client.get(&upload.name).await? != upload.text {
            let why = "the server returns another script than it was sent; it was not switched on";
            return Err(Error::new(ErrorKind::Lossy, why).doing("compare the script", &upload.name));
        }
    }
    if upload.activation == Activation::Activate && active(&listed).is_none() {
        // Somebody may have switched one on meanwhile.
        if active(&client.list().await?).is_none() {
            client.set_active(&upload.name).await?;
        }
    }
    let active = active(&client.list().await?);
    Ok(uploaded(upload, state, active, warnings))
}

fn uploaded(upload: &Upload, state: State, active: Option<String>, warnings: Option<String>) -> Uploaded {
    let ours = upload.name.as_str();
    let finding = match &active {
        Some(name) if name == ours => None,
        Some(name) => Some(Finding::info(
            "SIEVE-OTHER-ACTIVE",
            format!(
                "the script {name} runs; {ours} is stored beside it: its owner includes one in the other, or switches over"
            ),
        )),
        None => Some(Finding::info(
            "SIEVE-NOT-ACTIVE",
            format!("{ours} is stored and does not run: its owner switches it on"),
        )),
    };
    Uploaded {
        state,
        active,
        warnings,
        findings: finding.into_iter().collect(),
    }
}

fn active(listed: &[Listed]) -> Option<String> {
    listed.iter().find(|one| one.active).map(|one| one.name.clone())
}

/// How a server's script of a name stands to the text that is to be stored under it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Standing {
    /// There is no script of this name.
    Absent,
    /// The script is this very text.
    Same,
    /// It is one of ours with another text, and nobody has edited it.
    Ours,
    /// It was one of ours, and somebody has edited it since.
    Edited,
    /// It is none of ours.
    Foreign,
}

/// Looks at the server's script of the upload's name, and changes nothing.
///
/// # Errors
///
/// As [`Client::get`].
pub async fn look(client: &mut Client, upload: &Upload) -> Result<Standing> {
    standing(client, upload).await.map(|(standing, _)| standing)
}

async fn standing(client: &mut Client, upload: &Upload) -> Result<(Standing, Vec<Listed>)> {
    let listed = client.list().await?;
    if !listed.iter().any(|one| one.name == upload.name.as_str()) {
        return Ok((Standing::Absent, listed));
    }
    let there = client.get(&upload.name).await?;
    let standing = if there == upload.text {
        Standing::Same
    } else if mark::is_unedited(&there) {
        Standing::Ours
    } else if mark::is_ours(&there) {
        Standing::Edited
    } else {
        Standing::Foreign
    };
    Ok((standing, listed))
}

/// Whether the script is there already, has to be stored, or must not be.
async fn decide(client: &mut Client, upload: &Upload) -> Result<(State, Vec<Listed>)> {
    let (standing, listed) = standing(client, upload).await?;
    let refused = |why| Err(Error::new(ErrorKind::Refused, why).doing("replace the script", &upload.name));
    match standing {
        Standing::Same => Ok((State::Present, listed)),
        Standing::Absent | Standing::Ours => Ok((State::Moved, listed)),
        Standing::Edited => {
            refused("somebody has edited the script since it was uploaded; it is left as it is")
        }
        Standing::Foreign => refused("a script of this name is there that is not ours; it is left as it is"),
    }
}

async fn compile(client: &mut Client, upload: &Upload, state: State) -> Result<Option<String>> {
    if state == State::Present {
        return Ok(None);
    }
    client.have_space(&upload.name, upload.text.len()).await?;
    // CHECKSCRIPT came with version 1.0 (RFC 5804, section 1.7).
    if client.capabilities().version.is_some() {
        client.check(&upload.text).await
    } else {
        Ok(None)
    }
}
