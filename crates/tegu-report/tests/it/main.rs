//! Tests that need files or a browser.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "these are tests")]

mod deliveries;
mod files;
mod letters;
mod page;
