use super::*;
use proptest::prelude::*;

#[test]
fn each_fault_has_its_name() {
    use AddressProblem as P;
    let cases = [
        ("  ", P::Empty),
        ("ann", P::NoAt),
        ("a@b@example.org", P::ManyAts),
        ("@example.org", P::LocalLength),
        ("a b@example.org", P::Character),
        ("a\u{a0}b@example.org", P::Character),
        (".a@example.org", P::LocalDots),
        ("a..b@example.org", P::LocalDots),
        ("a@", P::Domain),
        ("a@example..org", P::Domain),
        ("a@example", P::OneLabel),
        ("a@-b.example", P::Character),
        ("a@xn--\u{fffd}.example", P::Idn),
    ];
    for (text, problem) in cases {
        assert_eq!(SmtpAddress::parse(text), Err(problem), "{text}");
    }
    let long = format!("{}@example.org", "a".repeat(65));
    assert_eq!(SmtpAddress::parse(&long), Err(P::LocalLength));
}

#[test]
fn only_ascii_letters_fold_before_the_at() {
    assert_eq!(
        SmtpAddress::parse("ANN@Example.ORG."),
        SmtpAddress::parse("ann@example.org")
    );
    assert_ne!(
        SmtpAddress::parse("İ@example.org"),
        SmtpAddress::parse("i@example.org")
    );
    assert_ne!(
        SmtpAddress::parse("strasse@example.org"),
        SmtpAddress::parse("straße@example.org")
    );
}

#[test]
fn no_ascii_form_without_an_ascii_name() {
    assert_eq!(
        SmtpAddress::parse("анна@пример.рф").map(|a| a.to_ascii()),
        Ok(None)
    );
}

#[test]
fn proxy_addresses_by_type() {
    assert_eq!(
        ProxyAddress::parse("smtp:smtp:a@b.example"),
        Err(AddressProblem::TwoPrefixes)
    );
    assert_eq!(ProxyAddress::parse("smtp:"), Err(AddressProblem::Empty));
    assert_eq!(ProxyAddress::parse(":a@b.example"), Err(AddressProblem::NoPrefix));
    assert_eq!(
        ProxyAddress::parse("SIP:a@b.example"),
        Ok(ProxyAddress::Other {
            kind: "sip".into(),
            value: "a@b.example".into()
        })
    );
    assert!(matches!(
        ProxyAddress::parse("Smtp:a@b.example "),
        Ok(ProxyAddress::Alias(_))
    ));
}

proptest! {
    #[test]
    fn the_quick_way_gives_what_the_careful_one_gives(text in "[aA1.@_'-]{0,12}(@[aB1.-]{0,9}(\\.[a-z-]{1,4})?)?") {
        if plain(&text).is_some() {
            let careful = SmtpAddress::careful(&text);
            prop_assert!(careful.is_ok(), "{:?}", careful);
            let keys = [SmtpAddress::parse(&text), careful].map(|a| a.map(|a| a.key().to_owned()));
            prop_assert_eq!(&keys[0], &keys[1]);
        }
    }

    #[test]
    fn what_is_accepted_reads_back_as_itself(text in "[a-zA-Zа-я.@:+ -]{0,40}") {
        if let Ok(address) = SmtpAddress::parse(&text) {
            let again = SmtpAddress::parse(address.key());
            prop_assert_eq!(again.as_ref(), Ok(&address));
            let again = again.map(|a| a.key().to_owned());
            prop_assert_eq!(again, Ok(address.key().to_owned()));
        }
        let _ = ProxyAddress::parse(&text);
    }
}
