//! The testkit against the servers it starts.
#![allow(clippy::unwrap_used)]

mod it {
    mod corpus;
    mod cyrus;
    mod dovecot;
    mod ds389;
    mod exchange;
    mod exchange_ews;
    mod front;
    mod orphans;
    mod postgres;
    mod proxy;
    mod refusals;
    mod samba;
    mod slapd;
    mod tls;
    mod web;
}
