//! Tests that need files, servers or only the public interface.
#![allow(clippy::unwrap_used)]

mod it {
    mod cyrus;
    mod examples;
    mod managesieve;
    mod pairs;
    mod pigeonhole;
    mod sign_in;
    #[cfg(feature = "store")]
    mod store;
    mod transport;
}
