//! Forwarding settings of a mailbox.

use super::limit::Path;
use super::{Part, Translator, Verdict, Work, by_hand};
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
        let name = "forwarding".to_owned();
        let explanation = forward.to_string();
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
        let verdict = work.verdict();
        if verdict == Verdict::Manual {
            commands.push(by_hand(&name, &explanation, &work.findings));
        } else {
            path.add(&command, !forward.keep);
            commands.push(Command::Comment(format!("rule:[{name}]")));
            commands.push(command);
        }
        Part {
            name,
            explanation,
            verdict,
            findings: work.findings,
            line: 1,
        }
    }
}
