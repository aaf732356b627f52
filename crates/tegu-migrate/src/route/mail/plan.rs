//! What will become of one account's messages, as far as listings tell.

use crate::plan::{AccountPlan, ContainerPlan};
use crate::{
    Account, Entity, Finding, Octets, Policy, Result,
    journal::{Journal, Record},
    ledger,
    message::{Keywords, Listed},
    sources::{MailFolder, MailSource, SourceCapabilities},
    targets::{FolderSurvey, MailSurvey, MailTarget, TargetCapabilities},
};
use std::collections::{BTreeSet, HashMap};

pub(crate) async fn look(
    row: &mut AccountPlan,
    account: &Account,
    source: &dyn MailSource,
    target: &dyn MailTarget,
    policy: &Policy,
    journal: Option<&dyn Journal>,
) -> Result<()> {
    let mut reader = source.open(account).await?;
    let folders = reader.folders().await?;
    let moving = folders
        .iter()
        .filter(|folder| folder.holds_mail && policy.takes_folder(&folder.path))
        .cloned()
        .collect::<Vec<_>>();
    let survey = target.survey(account, &moving).await?;
    let places: HashMap<&[String], &FolderSurvey> = moving
        .iter()
        .map(|folder| folder.path.as_slice())
        .zip(&survey.folders)
        .collect();
    let mut capabilities = target.capabilities();
    capabilities.max_size = survey.max_size.or(capabilities.max_size);
    for folder in &folders {
        let listed = reader.list(folder).await?;
        let known = match journal {
            Some(journal) => {
                let scope = ledger::container(Entity::Mail, account.id.clone(), folder.path.clone());
                ledger::messages(journal, &scope).await?
            }
            None => HashMap::new(),
        };
        let place = places.get(folder.path.as_slice()).copied();
        row.containers.push(plan_folder(
            folder,
            &listed,
            &known,
            place,
            (source.capabilities(), &capabilities),
            policy,
        ));
    }
    row.findings.extend(over_quota(row, &survey));
    Ok(())
}

/// Decides about one folder from what both sides list: no message is read.
pub(crate) fn plan_folder(
    folder: &MailFolder,
    listed: &[Listed],
    known: &HashMap<String, Record>,
    place: Option<&FolderSurvey>,
    (source, target): (SourceCapabilities, &TargetCapabilities),
    policy: &Policy,
) -> ContainerPlan {
    let mut plan = ContainerPlan::new(Entity::Mail, folder.display());
    let mut whole = Vec::new();
    if !folder.holds_mail {
        let why = "the folder holds no mail; its items move as calendar or contacts";
        whole.push(Finding::lossy("MAIL-FOLDER-NOT-MAIL", why));
    }
    if let Some(place) = place {
        plan.target.clone_from(&place.target);
        plan.creates = place.creates;
        whole.extend(place.findings.iter().cloned());
    }
    whole.extend(lost_between(source, target));
    let stopped = policy.stops(&whole) || !target.reads_back;
    for message in listed {
        let size = message.size_hint;
        plan.amounts.source.add(size);
        if let Some(why) = policy.excludes(&folder.path, message.date, Some(size)) {
            plan.amounts.excluded.add(size);
            plan.notice(&why);
            continue;
        }
        if known.get(&message.id).is_some_and(Record::stands_on_target) {
            plan.amounts.present.add(size);
            continue;
        }
        let too_large = target.max_size.filter(|max| size > *max).map(|max| {
            let message = format!("the message has about {size} octets; the target takes {max}");
            Finding::lossy("MAIL-TOO-LARGE", message)
        });
        whole
            .iter()
            .chain(&too_large)
            .for_each(|finding| plan.notice(finding));
        if stopped || too_large.is_some_and(|finding| policy.stops(&[finding])) {
            plan.amounts.manual.add(size);
        } else {
            plan.amounts.moves.add(size);
        }
    }
    let ours = known.values().filter(|record| record.stands_on_target()).count() as u64;
    let standing = place.and_then(|place| place.messages).unwrap_or_default();
    plan.unknown_on_target = standing.saturating_sub(ours);
    plan
}

/// What the target has no room for of what the source tells. Which messages have it is known when they are read.
fn lost_between(source: SourceCapabilities, target: &TargetCapabilities) -> Vec<Finding> {
    let mut lost = Vec::new();
    if !target.reads_back {
        let why =
            "the target does not give back what it holds, so nothing would prove that a message arrived";
        lost.push(Finding::lossy("MAIL-NO-PROOF", why));
    }
    if source.dates && !target.dates {
        let why = "the target has no room for when messages arrived";
        lost.push(Finding::lossy("MAIL-DATE", why));
    }
    if source.flags && !target.flags {
        let why = "the target has no room for flags, such as that a message was read";
        lost.push(Finding::info("MAIL-FLAGS", why));
    }
    if source.keywords && target.keywords == Keywords::Only(BTreeSet::new()) {
        let why = "the target has no room for keywords";
        lost.push(Finding::info("MAIL-KEYWORD", why));
    }
    lost
}

fn over_quota(row: &AccountPlan, survey: &MailSurvey) -> Option<Finding> {
    let room = survey.room?;
    let needed: u64 = row
        .containers
        .iter()
        .filter(|container| container.entity == Entity::Mail)
        .map(|container| container.amounts.moves.bytes)
        .sum();
    let left = room.limit.saturating_sub(room.used);
    (needed > left).then(|| {
        let [needed, left, limit] = [needed, left, room.limit].map(Octets::new);
        let message = format!("{needed} will move, but the target has room for {left} of {limit}");
        Finding::lossy("PLAN-OVER-QUOTA", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{State, message::InternalDate, targets::Room};

    fn folder(name: &str) -> MailFolder {
        MailFolder::named(vec![name.to_owned()])
    }

    fn listed(count: u64) -> Vec<Listed> {
        let dated =
            |n: u64| Listed::new(n.to_string(), n * 100, n).dated(Some(InternalDate::new(n as i64, 0)));
        (1..=count).map(dated).collect()
    }

    #[test]
    fn each_message_has_one_end() {
        let policy: Policy = toml::from_str("[[exclude]]\nlarger_than = 900\n").unwrap();
        let known = HashMap::from([
            ("1".to_owned(), Record::new(State::Moved)),
            ("2".to_owned(), Record::new(State::Failed)),
        ]);
        let place = FolderSurvey {
            target: Some("Sent".into()),
            messages: Some(4),
            ..FolderSurvey::default()
        };
        let mut little = TargetCapabilities::everything();
        little.max_size = Some(700);
        let plan = plan_folder(
            &folder("Sent"),
            &listed(10),
            &known,
            Some(&place),
            (SourceCapabilities::everything(), &little),
            &policy,
        );
        let amounts = plan.amounts;
        assert!(amounts.balances());
        let items = [amounts.present, amounts.moves, amounts.manual, amounts.excluded].map(|end| end.items);
        assert_eq!(items, [1, 6, 2, 1]);
        assert_eq!(amounts.moves.bytes, 2_700);
        assert_eq!(plan.unknown_on_target, 3);
        assert_eq!(plan.findings["MAIL-TOO-LARGE"].items, 2);
        assert_eq!(plan.findings["POLICY-EXCLUDE-1"].items, 1);
    }

    #[test]
    fn a_folder_that_holds_no_mail_is_for_a_person() {
        let plan = plan_folder(
            &folder("Calendar"),
            &listed(3),
            &HashMap::new(),
            None,
            (
                SourceCapabilities::everything(),
                &TargetCapabilities::everything(),
            ),
            &Policy::default(),
        );
        assert_eq!(plan.amounts.manual.items, 3);
        assert_eq!(plan.findings["MAIL-FOLDER-NOT-MAIL"].items, 3);
    }

    #[test]
    fn a_plan_asks_what_both_sides_can() {
        let look = |target: &TargetCapabilities, policy: &str| {
            let policy = toml::from_str(policy).unwrap();
            let ends = (SourceCapabilities::everything(), target);
            plan_folder(&folder("INBOX"), &listed(3), &HashMap::new(), None, ends, &policy)
        };
        let mut target = TargetCapabilities::everything();
        (target.dates, target.flags) = (false, false);
        target.keywords = Keywords::Only(BTreeSet::new());
        let plan = look(&target, "");
        assert_eq!(
            (plan.amounts.manual.items, plan.findings["MAIL-DATE"].items),
            (3, 3)
        );
        assert_eq!(plan.findings["MAIL-FLAGS"].items, 3);
        assert_eq!(plan.findings["MAIL-KEYWORD"].items, 3);
        let accept = "accept = ['MAIL-DATE', 'MAIL-NO-PROOF']";
        assert_eq!(look(&target, accept).amounts.moves.items, 3);
        target.reads_back = false;
        let plan = look(&target, accept);
        assert_eq!(
            (plan.amounts.manual.items, plan.findings["MAIL-NO-PROOF"].items),
            (3, 3)
        );
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let mut row = AccountPlan {
            account: "a@example.test".into(),
            display_name: String::new(),
            containers: vec![plan_folder(
                &folder("INBOX"),
                &listed(10),
                &HashMap::new(),
                None,
                (
                    SourceCapabilities::everything(),
                    &TargetCapabilities::everything(),
                ),
                &Policy::default(),
            )],
            findings: Vec::new(),
            problems: Vec::new(),
        };
        let mut survey = MailSurvey::default();
        assert!(over_quota(&row, &survey).is_none());
        survey.room = Some(Room::new(1_000, 6_000));
        assert_eq!(over_quota(&row, &survey).unwrap().code, "PLAN-OVER-QUOTA");
        row.containers.clear();
        assert!(over_quota(&row, &survey).is_none());
    }
}
