//! The testkit against the servers it starts.
#![allow(clippy::unwrap_used)]

mod it {
    mod dovecot;
    mod proxy;
    mod samba;
    mod slapd;
    mod web;
}
