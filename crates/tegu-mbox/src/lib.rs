//! tegu-mbox
