//! tegu-migrate
