//! tegu-testkit
