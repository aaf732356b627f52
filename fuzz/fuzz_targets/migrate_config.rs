//! A configuration is read or refused, and an account's names never lead a path out of its folder.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::{Component, Path};
use tegu_migrate::{Account, Config};

fuzz_target!(|octets: &[u8]| {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    if let Err(error) = Config::from_toml(text, "/job".into()) {
        assert!(!error.to_string().is_empty());
    }
    let path = Account::new(text).fill_path("mail/{domain}/{mail}/{alias}.mbox");
    let below = |component| matches!(component, Component::Normal(_));
    assert!(Path::new(&path).components().all(below), "{path}");
});
