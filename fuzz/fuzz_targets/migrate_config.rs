//! A configuration is read or refused, and an account's names never lead a path out of its folder.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::{Component, Path};
use tegu_migrate::{
    Account, Config,
    sources::{MailFiles, MailSource as _},
};

fuzz_target!(|octets: &[u8]| {
    let Ok(text) = std::str::from_utf8(octets) else {
        return;
    };
    if let Err(error) = Config::from_toml(text, "/job".into()) {
        assert!(!error.to_string().is_empty());
    }
    let files = MailFiles::new("mail/{domain}/{mail}/{alias}.mbox", "/job");
    let place = files.place(&Account::new(text)).expect("files have a place");
    let below = Path::new(&place)
        .strip_prefix("/job/mail")
        .expect("the folder of the job");
    let normal = |component| matches!(component, Component::Normal(_));
    assert!(below.components().all(normal), "{place}");
});
