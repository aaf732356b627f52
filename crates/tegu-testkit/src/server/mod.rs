//! The servers, one file each.

pub(crate) mod apache;
pub(crate) mod cyrus;
pub(crate) mod davmail;
pub(crate) mod dovecot;
pub(crate) mod ds389;
mod exchange;
mod http;
mod imap;
pub(crate) mod kerberos;
mod ldap;
pub(crate) mod limited_ad;
pub(crate) mod login_proxy;
pub(crate) mod microsocks;
pub(crate) mod nginx;
pub(crate) mod postfix;
pub(crate) mod postgres;
pub(crate) mod radicale;
pub(crate) mod rspamd;
pub(crate) mod samba;
pub(crate) mod scripted_ldap;
mod sink;
pub(crate) mod slapd;
pub(crate) mod tinyproxy;
pub(crate) mod xandikos;
