#![allow(clippy::unwrap_used)]
use super::*;
use crate::read::{Encoding, Limits};

pub(super) const EXPORT: &str = r#"[
    {"Name":"No spies","Priority":0,"State":"Enabled","Mode":"Enforce","SenderDomainIs":["spy.example","Evil.example"],"DeleteMessage":true},
    {"Name":"Words","Priority":1,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["top secret"],"RejectMessageReasonText":"not outside","RejectMessageEnhancedStatusCode":"5.7.1"},
    {"Name":"Слова","Priority":2,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["тайна"],"ExceptIfFrom":["\"Boss\" [SMTP:boss@corp.example]"],"RejectMessageReasonText":"нельзя"},
    {"Name":"Copies","Priority":3,"State":"Enabled","Mode":"Enforce","SentTo":["\"Sales\" [SMTP:sales@corp.example]"],"BlindCopyTo":["\"Audit\" [SMTP:audit@corp.example]"]},
    {"Name":"TLS","Priority":4,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["bank.example"],"RouteMessageOutboundRequireTls":true},
    {"Name":"Marked","Priority":5,"State":"Enabled","Mode":"Enforce","FromScope":"NotInOrganization","PrependSubject":"[EXT] 100% "},
    {"Name":"Header","Priority":6,"State":"Enabled","Mode":"Enforce","HeaderMatchesMessageHeader":"X-Mailer","HeaderMatchesPatterns":["^Bad/\\d+"],"SetHeaderName":"X-Bad","SetHeaderValue":"yes"},
    {"Name":"Files","Priority":7,"State":"Enabled","Mode":"Enforce","AttachmentExtensionMatchesWords":["exe",".js"],"SentToScope":"InOrganization","Quarantine":true},
    {"Name":"Footer","Priority":8,"State":"Enabled","Mode":"Enforce","SentToScope":"NotInOrganization","ApplyHtmlDisclaimerText":"<p>x</p>","ApplyHtmlDisclaimerLocation":"Append"},
    {"Name":"Off","Priority":9,"State":"Disabled","Mode":"Audit","ActivationDate":"2026-01-01","SenderIpRanges":["192.0.2.0/24"],"DeleteMessage":true},
    {"Name":"Future","Priority":10,"State":"Enabled","Mode":"Enforce","MessageSizeOver":"10 MB (10,485,760 bytes)","SomethingNew":"x","RedirectMessageTo":["boss@corp.example"],"StopRuleProcessing":true},
    {"Name":"Named","Priority":11,"State":"Enabled","Mode":"Enforce","AnyOfToCcHeader":["\"Boss\" [SMTP:boss@corp.example]"],"ExceptIfAnyOfToHeader":["ann@corp.example"],"RemoveHeader":"X-Private"},
    {"Name":"Addresses","Priority":12,"State":"Enabled","Mode":"Enforce","FromAddressContainsWords":["billing"],"RecipientAddressMatchesPatterns":["^sales"],"ExceptIfFromAddressMatchesPatterns":["@partner\\."],"DeleteMessage":true},
    {"Name":"Names","Priority":13,"State":"Enabled","Mode":"Enforce","RecipientAddressContainsWords":["boss"],"AttachmentNameMatchesPatterns":["invoice.*\\.zip$"],"RejectMessageReasonText":"no archives"}]"#;

fn proposed() -> Proposals {
    let rules = transport_rules(EXPORT.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    assert_eq!(rules.len(), 14);
    propose(&rules, &["corp.example".to_owned()])
}

#[test]
fn each_target_answers_for_itself() {
    let proposed = proposed();
    let verdicts: Vec<String> = proposed
        .proposals
        .chunks(3)
        .map(|row| {
            let words = row.iter().map(|one| verdict_name(one.verdict));
            format!("{}: {}", row[0].rule, words.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        verdicts,
        [
            "No spies: lossy lossy lossy",
            "Words: lossy lossy exact",
            "Слова: lossy manual lossy",
            "Copies: lossy exact manual",
            "TLS: manual exact manual",
            "Marked: lossy manual lossy",
            "Header: lossy lossy manual",
            "Files: manual manual lossy",
            "Footer: manual manual manual",
            "Off: manual manual manual",
            "Future: manual manual manual",
            "Named: exact manual manual",
            "Addresses: lossy manual lossy",
            "Names: lossy manual lossy",
        ],
        "{:#?}",
        proposed.proposals
    );
    // Whatever is not exact has its reasons, and what is not known is named.
    assert!(
        proposed
            .proposals
            .iter()
            .all(|one| (one.verdict == Verdict::Exact) == one.findings.is_empty())
    );
    let future = &proposed.proposals[30];
    assert!(
        future
            .findings
            .iter()
            .any(|finding| finding.message == "SomethingNew is not known")
    );
    assert!(
        proposed.table().contains("\"No spies\",\"sieve\",\"lossy\""),
        "{}",
        proposed.table()
    );
}

#[test]
fn files_hold_what_is_proposed() {
    let proposed = proposed();
    let file = |name: &str| proposed.files[name].as_str();
    let sender = file("postfix-sender-access");
    assert!(
        sender.contains("spy.example DISCARD\nevil.example DISCARD\n"),
        "{sender}"
    );
    let rspamd = file("rspamd-force_actions.conf");
    assert!(rspamd.contains("subject = \"[EXT] 100%% %s\";"), "{rspamd}");
    assert!(
        rspamd.contains("expression = \"TEGU_RULE_3_1 & !TEGU_RULE_3_2 & !TEGU_RULE_1_1 & !TEGU_RULE_2_1\";"),
        "{rspamd}"
    );
    // A prefix for mail from outside, unless a rule before or after it throws the message away.
    assert!(
        rspamd.contains("expression = \"!TEGU_RULE_6_1 & !TEGU_RULE_1_1 & ")
            && rspamd.contains(" & !(TEGU_RULE_8_1 & TEGU_RULE_8_2)"),
        "{rspamd}"
    );
    assert!(file("rspamd-actions.conf").contains("discard {"));
    assert_eq!(rspamd.matches('{').count(), rspamd.matches('}').count());
    let script = file("before.sieve");
    assert!(
        script.contains("By hand") || script.contains("by hand: TLS"),
        "{script}"
    );
    crate::script::parse(script, &crate::script::Limits::default()).unwrap();
}

#[test]
fn what_is_no_export_of_transport_rules_is_named() {
    let read = |text: &str| transport_rules(text.as_bytes(), Encoding::unicode(), &Limits::default());
    let error = read(r#"[{"Name":"x","Enabled":true}]"#).unwrap_err();
    assert!(error.to_string().contains("Get-TransportRule"), "{error}");
    assert!(read(&EXPORT[..EXPORT.len() / 2]).is_err());
    let hostile = r#"[{"Name":"a\nb } x","Priority":0,"State":"Enabled","SubjectContainsWords":["x\ny"],"RejectMessageReasonText":"a\r\nb"}]"#;
    let proposed = propose(&read(hostile).unwrap(), &[]);
    assert!(
        proposed
            .proposals
            .iter()
            .all(|one| one.verdict == Verdict::Manual),
        "{proposed:?}"
    );
    for (name, text) in &proposed.files {
        assert!(!text.contains("\nb"), "{name}: {text}");
    }
}
