//! A report is refused, or is the same after it was written again; whatever it says, its page holds two scripts and its table no formula.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_report::{
    Report,
    letter::{Attachments, Letters},
};

fuzz_target!(|json: &[u8]| {
    let Ok(report) = Report::from_json(json) else {
        return;
    };
    let mut written = Vec::new();
    report.write_json(&mut written).expect("a Vec takes everything");
    let again = Report::from_json(&written).expect("what was written can be read");
    assert_eq!(
        (again.balances(), again.is_complete()),
        (report.balances(), report.is_complete())
    );
    let mut rewritten = Vec::new();
    again.write_json(&mut rewritten).expect("as before");
    assert_eq!(rewritten, written);

    let mut page = Vec::new();
    report.write_page(&mut page).expect("a Vec takes everything");
    let page = String::from_utf8(page).expect("the page is UTF-8");
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("<script").count(), 2);

    let mut table = Vec::new();
    report.write_worklist(&mut table).expect("a Vec takes everything");
    let table = String::from_utf8(table).expect("the table is UTF-8");
    for cell in table.split("\",\"") {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }

    let letters = Letters::new("it@example.test", "IT");
    let writer = letters.about(&report);
    for account in &report.accounts {
        writer
            .compose(account, &Attachments::default())
            .expect("a letter is written into memory");
    }
});
