#![allow(clippy::unwrap_used, clippy::print_stderr)]
use super::*;
use crate::{ErrorKind, Limits};
use tegu_net::ServiceRecord;

const ANNA: &str = "anna@corp.example";

fn pox(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Autodiscover xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006\">\
         <Response xmlns=\"http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a\">{inner}</Response></Autodiscover>"
    )
}

fn found(urls: &[&str]) -> String {
    let protocol = |(number, url): (usize, &&str)| {
        let kind = if number == 0 { "EXPR" } else { "EXCH" };
        format!("<Protocol><Type>{kind}</Type><EwsUrl>{url}</EwsUrl></Protocol>")
    };
    let all: String = urls.iter().enumerate().map(protocol).collect();
    pox(&format!(
        "<Account><AccountType>email</AccountType><Action>settings</Action>{all}</Account>"
    ))
}

fn leads(to: &str) -> String {
    pox(&format!(
        "<Account><Action>redirectUrl</Action><RedirectUrl>{to}</RedirectUrl></Account>"
    ))
}

fn search(rules: &Rules) -> Search {
    Search::new(ANNA, rules).unwrap()
}

/// Answers each step with the same.
fn all_steps(search: &mut Search, heard: Heard<'_>) -> Vec<String> {
    let mut steps = Vec::new();
    while let Some(step) = search.step() {
        steps.push(step.to_string());
        assert_eq!(search.heard(&step, heard), None);
    }
    steps
}

#[test]
fn places_are_asked_in_order() {
    let rules = Rules::default().connection_point("https://ex01.corp.example/Autodiscover/Autodiscover.xml");
    let steps = all_steps(&mut search(&rules), Heard::Nothing("no answer"));
    let expected = [
        "https://ex01.corp.example/Autodiscover/Autodiscover.xml",
        "https://corp.example/autodiscover/autodiscover.xml",
        "https://autodiscover.corp.example/autodiscover/autodiscover.xml",
        "http://autodiscover.corp.example/autodiscover/autodiscover.xml",
        "_autodiscover._tcp.corp.example",
    ];
    assert_eq!(steps, expected);
    // A server that answers is asked in the other form, too.
    let steps = all_steps(&mut search(&rules), Heard::Other("404"));
    assert_eq!(steps.len(), 8);
    assert_eq!(steps[3], "https://corp.example:443/autodiscover/autodiscover.svc");
}

#[test]
fn names_of_domains_are_read_strictly() {
    let first = |address: &str| {
        Search::new(address, &Rules::default())
            .map(|mut search| search.step().unwrap().to_string())
            .map_err(|error| error.kind())
    };
    assert_eq!(
        first("анна@почта.рф").unwrap(),
        "https://xn--80a1acny.xn--p1ai/autodiscover/autodiscover.xml"
    );
    for bad in [
        "",
        "anna",
        "@corp.example",
        "a@",
        "a@b c",
        "a@b/c",
        "a@b:80",
        "a@[::1]",
        "a@b?c",
    ] {
        assert_eq!(first(bad), Err(ErrorKind::Config), "{bad}");
    }
    let rules = Rules::default().allow("a/b");
    assert_eq!(Search::new(ANNA, &rules).unwrap_err().kind(), ErrorKind::Config);
}

#[test]
fn credentials_go_to_no_other_domain() {
    const FOREIGN: &str = "https://mail.evil.example/EWS/Exchange.asmx";
    let named = found(&[FOREIGN]);
    let lead = leads("https://mail.evil.example/autodiscover/autodiscover.xml");
    let records = [
        ServiceRecord::new("mail.evil.example", 443),
        ServiceRecord::new("evil.example/.corp.example", 443),
    ];
    for rules in [
        Rules::default().connection_point("https://mail.evil.example/autodiscover/autodiscover.xml"),
        Rules::default().connection_point("http://corp.example/autodiscover/autodiscover.xml"),
    ] {
        for heard in [
            Heard::Answer(&named),
            Heard::Answer(&lead),
            Heard::Redirect("https://mail.evil.example/autodiscover/autodiscover.xml"),
            Heard::Redirect("https://evilcorp.example/autodiscover/autodiscover.xml"),
            Heard::Redirect("http://mail.corp.example/autodiscover/autodiscover.xml"),
            Heard::Redirect("https://corp.example@evil.example/autodiscover/autodiscover.xml"),
            Heard::Records(&records),
        ] {
            let mut search = search(&rules);
            let steps = all_steps(&mut search, heard);
            assert!(!steps.iter().any(|step| step.contains("evil")), "{steps:?}");
            assert!(search.error().to_string().contains("no server was found"));
        }
    }
    // With consent they do.
    let rules = Rules::default().allow("evil.example");
    let mut search = search(&rules);
    let step = search.step().unwrap();
    assert_eq!(
        search.heard(&step, Heard::Answer(&named)).unwrap().urls,
        [FOREIGN]
    );
}

#[test]
fn redirects_are_counted_and_loops_end() {
    let own = leads("https://corp.example/autodiscover/autodiscover.xml");
    let mut circle = search(&Rules::default());
    let steps = all_steps(&mut circle, Heard::Answer(&own));
    assert_eq!(steps.len(), 4, "{steps:?}");
    assert!(circle.tried()[0].why.contains("a loop"), "{:?}", circle.tried());
    // A server that always leads on is left.
    let mut search = search(&Rules::default());
    let mut asked = 0;
    while let Some(step) = search.step() {
        asked += 1;
        let on = leads(&format!(
            "https://h{asked}.corp.example/autodiscover/autodiscover.xml"
        ));
        assert_eq!(search.heard(&step, Heard::Answer(&on)), None);
    }
    assert_eq!(asked, 4 + 10);
    assert!(
        search.tried()[0].why.contains("redirect number 11"),
        "{:?}",
        search.tried()
    );
}

#[test]
fn another_address_begins_anew() {
    let to = |address: &str| {
        pox(&format!(
            "<Account><Action>redirectAddr</Action><RedirectAddr>{address}</RedirectAddr></Account>"
        ))
    };
    let mut search = search(&Rules::default().allow("mail.test"));
    let step = search.step().unwrap();
    search.heard(&step, Heard::Answer(&to("anna@evil.example")));
    assert!(search.tried()[0].why.contains("evil.example"));
    let step = search.step().unwrap();
    search.heard(&step, Heard::Answer(&to("anna@mail.test")));
    let Some(Step::Ask { url, address, .. }) = search.step() else {
        panic!()
    };
    assert_eq!(
        (&*url, &*address),
        (
            "https://mail.test/autodiscover/autodiscover.xml",
            "anna@mail.test"
        )
    );
    // And back again ends: each place is asked once about each address.
    let step = search.step().unwrap();
    search.heard(&step, Heard::Answer(&to("anna@corp.example")));
    let step = search.step().unwrap();
    assert_ne!(
        step.to_string(),
        "https://corp.example/autodiscover/autodiscover.xml"
    );
}

#[test]
fn urls_come_once_and_those_of_the_inner_network_first() {
    let answer = found(&[
        "https://out.corp.example/EWS/Exchange.asmx",
        "https://in.corp.example/EWS/Exchange.asmx",
        "https://in.corp.example/EWS/Exchange.asmx",
        "https://elsewhere.test/EWS/Exchange.asmx",
    ]);
    let mut search = search(&Rules::default());
    let step = search.step().unwrap();
    let settings = search.heard(&step, Heard::Answer(&answer)).unwrap();
    assert_eq!(
        settings.urls,
        [
            "https://in.corp.example/EWS/Exchange.asmx",
            "https://out.corp.example/EWS/Exchange.asmx"
        ]
    );
    assert_eq!(search.tried().len(), 1);
}

#[test]
fn the_error_names_each_step() {
    let mut search = search(&Rules::default());
    let step = search.step().unwrap();
    search.heard(
        &step,
        Heard::Answer(&pox(
            "<Error><ErrorCode>500</ErrorCode><Message>No\u{1b}[31m such\r\nuser?</Message></Error>",
        )),
    );
    let step = search.step().unwrap();
    search.heard(&step, Heard::Other("it answers 404"));
    let step = search.step().unwrap();
    search.heard(&step, Heard::Answer("<html><br></html>"));
    while let Some(step) = search.step() {
        search.heard(&step, Heard::Nothing("no answer within 20 seconds"));
    }
    let error = search.error();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.to_string();
    for part in [
        "look for the Exchange of anna@corp.example",
        "https://corp.example/autodiscover/autodiscover.xml (500: No\u{fffd}[31m suchuser?)",
        "https://corp.example:443/autodiscover/autodiscover.svc (it answers 404)",
        "https://autodiscover.corp.example/autodiscover/autodiscover.xml (",
        "http://autodiscover.corp.example/autodiscover/autodiscover.xml (no answer within 20 seconds)",
        "_autodiscover._tcp.corp.example (no answer within 20 seconds)",
        "Exchange.asmx",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn documented_answers() {
    let Some(reference) = std::env::var_os("TEGU_EWS_REFERENCE") else {
        eprintln!("TEGU_EWS_REFERENCE is not set: the documented answers of Autodiscover are NOT read");
        return;
    };
    let folder = std::path::Path::new(&reference).join("samples/response");
    let answer = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        read(Form::Soap, &text, &Limits::default()).unwrap()
    };
    let Answer::Settings(settings) = answer("how-to-use-autodiscover-to-find-connection-points-4.xml") else {
        panic!()
    };
    assert_eq!(settings.urls, ["https://server.Contoso.com/ews/exchange.asmx"]);
    assert_eq!(
        answer("handling-autodiscover-error-messages-0.xml"),
        Answer::Address("elvin@mail.contoso.com".into())
    );
    // It was asked for other settings.
    assert_eq!(
        answer("getusersettings-operation-soap-1.xml"),
        Answer::Settings(Settings::default())
    );
}
