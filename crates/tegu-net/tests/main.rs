//! Connections to real servers, through real proxies, and over streams in memory.
#![allow(clippy::unwrap_used)]

mod it {
    mod memory;
    mod proxies;
    mod support;
    mod tls;
}
