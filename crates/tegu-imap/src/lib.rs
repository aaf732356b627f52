//! tegu-imap
