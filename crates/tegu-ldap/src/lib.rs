//! tegu-ldap
