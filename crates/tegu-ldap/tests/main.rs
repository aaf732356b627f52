//! Tests against real and hostile directory servers, and on whole files.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used)]

mod it {
    mod bounds;
    mod ds389;
    mod examples;
    mod hostile;
    #[cfg(feature = "ldap3")]
    mod ldap3;
    mod limited;
    mod memory;
    mod nasty;
    mod samba;
    mod sample;
    mod slapd;
    mod traps;
}
