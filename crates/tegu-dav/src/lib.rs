//! tegu-dav
