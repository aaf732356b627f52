//! Forwarding settings of a mailbox.

use super::limit::Path;
use super::{Part, Translator, Work};
use crate::forward::Forward;
use crate::script::{Command, Test};
use tegu_outcome::Finding;

impl Translator {
    pub(super) fn forwarding(
        &self,
        forward: &Forward,
        judged: Option<&Finding>,
        path: &mut Path,
        commands: &mut Vec<Command>,
    ) -> Part {
        let mut work = Work::new(self);
        if let Some(judged) = judged {
            work.judged(judged);
        }
        if self.owner.is(&forward.to) {
            let why = format!("{} is this mailbox: the message would come back", forward.to);
            work.manual("SIEVE-REDIRECT-SELF", why);
        }
        let block = if forward.keep {
            vec![Command::redirect_copy(&forward.to)]
        } else {
            vec![Command::redirect(&forward.to), Command::stop()]
        };
        let command = Command::when(Test::always(), block);
        work.extensions(&command);
        if !work.manual {
            work.limits(&command, path);
        }
        let said = ("forwarding".to_owned(), forward.to_string());
        work.finish(said, Some(command), (path, !forward.keep), commands)
    }
}
