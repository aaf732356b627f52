//! Autodiscover: whatever servers and name servers answer, credentials go to hosts of the domain alone, the search ends, and no place is
//! asked twice.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use tegu_ews::Limits;
use tegu_ews::autodiscover::{Form, Heard, Rules, Search, Step, read};
use tegu_fuzz::{Bound, within};
use tegu_net::{Endpoint, HostName, ServiceRecord};

/// Forty-eight answers, each with a tree of its own, and what is told of them.
const COST: Bound = Bound {
    base: 1 << 20,
    per_byte: 8 << 10,
};

fn may_be_shown_credentials(url: &str, domain: &HostName) {
    let endpoint = Endpoint::new(url).expect("a URL that can be asked");
    let host = HostName::new(endpoint.host()).expect("a host name");
    assert!(host.is_within(domain), "{url}");
    assert!(endpoint.scheme() == "https" || endpoint.is_loopback());
}

fuzz_target!(|data: &[u8]| {
    within(COST, data.len(), || {
        // Answers stand one behind the other; no text holds the octet between them.
        let mut answers = data.split(|octet| *octet == 0xff).cycle();
        let domain = HostName::new("corp.example").expect("a name");
        let mut search = Search::new("anna@corp.example", &Rules::default()).expect("an address");
        let (mut seen, mut steps) = (HashSet::new(), 0);
        while let Some(step) = search.step() {
            steps += 1;
            assert!(steps <= 48, "a search ends");
            assert!(seen.insert(step.clone()), "{step} is asked twice");
            if let Step::Ask { form, url, address } = &step {
                may_be_shown_credentials(url, &domain);
                let (_, of) = address.rsplit_once('@').expect("an address");
                may_be_shown_credentials(&format!("https://{of}/"), &domain);
                let question = form.question(address, url);
                let plain = |c: char| c.is_alphanumeric() || "@.-".contains(c);
                assert!(question.contains(address) || !address.chars().all(plain));
            }
            let answer = answers.next().unwrap_or_default();
            let (kind, text) = answer.split_first().unwrap_or((&0, &[]));
            let text = String::from_utf8_lossy(text);
            let records: Vec<_> = text
                .split('\n')
                .map(|name| ServiceRecord::new(name, 443))
                .collect();
            let heard = match kind % 5 {
                0 => Heard::Answer(&text),
                1 => Heard::Redirect(&text),
                2 => Heard::Records(&records),
                3 => Heard::Other(&text),
                _ => Heard::Nothing(&text),
            };
            for form in [Form::Pox, Form::Soap] {
                assert_eq!(
                    read(form, &text, &Limits::default()).ok(),
                    read(form, &text, &Limits::default()).ok()
                );
            }
            if let Some(settings) = search.heard(&step, heard) {
                assert!(!settings.urls.is_empty());
                settings
                    .urls
                    .iter()
                    .for_each(|url| may_be_shown_credentials(url, &domain));
            }
        }
        assert!(search.tried().len() <= 48 * 17);
        assert_eq!(search.error().to_string().lines().count(), 1);
    });
});
