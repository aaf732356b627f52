//! Everything that needs more than one module: corpora and real servers.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod it;
