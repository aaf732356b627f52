//! Values of other libraries: `mail_parser` and `mail_builder`.

#[cfg(feature = "mail-builder")]
mod builder;
#[cfg(feature = "mail-parser")]
mod parser;
