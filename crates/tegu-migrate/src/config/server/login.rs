//! How a configuration says to sign in.

use super::{
    ServerConfig,
    keys::{PROBE, Protocol, ServerKeys},
};
use crate::{Account, Error, Login, Result};

impl<'a> ServerKeys<'a> {
    /// How to sign in.
    pub(in super::super) fn login(&self) -> Result<Login> {
        let ServerConfig {
            password,
            token,
            kerberos,
            certificate,
            authorize_as,
            delegate,
            ..
        } = self.config;
        let login = match (password, token, kerberos) {
            (Some(password), None, false) => Login::password(self.user()?, password.clone()),
            (None, Some(_), false) if self.protocol == Protocol::Ews && self.config.user.is_none() => {
                let why = "say whose token it is: name the service account, or \"{mail}\" if each owner has a token";
                return Err(self.wrong("user", why));
            }
            (None, Some(token), false) => Login::token(self.user()?, token.clone()),
            (None, None, true) => self.kerberos()?,
            (None, None, false) if certificate.is_some() => {
                self.without_user("the certificate says who signs in")?;
                Login::external()
            }
            (None, None, false) => {
                let ways = match self.protocol {
                    Protocol::Ldap => "`password`, `certificate` and `kerberos`",
                    _ => "`password`, `token`, `certificate` and `kerberos`",
                };
                let why = format!("{}: one of {ways} says how to sign in", self.section);
                return Err(Error::config(why));
            }
            (_, Some(_), _) => return Err(self.wrong("token", "leave `password` out")),
            (_, _, true) => return Err(self.wrong("kerberos", "leave `password` out")),
        };
        let mut login = login.base(self.base);
        if let Some(user) = authorize_as {
            if self.protocol == Protocol::Ldap && password.is_some() {
                let why = "a simple bind cannot act for another user; use `certificate` or `kerberos`";
                return Err(self.wrong("authorize_as", why));
            }
            login = login.authorize_as(user);
        }
        if let Some(delegate) = delegate {
            if authorize_as.is_some() {
                return Err(self.wrong(
                    "delegate",
                    "leave `authorize_as` out; `user` is the mailbox that is opened",
                ));
            }
            login = login.delegate(delegate.clone());
            self.named("delegate", login.user(&Account::new(PROBE)))?;
        }
        Ok(login)
    }

    fn user(&self) -> Result<&'a str> {
        match (&self.config.user, &self.config.bind_dn) {
            (Some(_), Some(_)) => {
                Err(self.wrong("bind_dn", "it is the same as `user`: leave one of them out"))
            }
            (Some(name), None) | (None, Some(name)) => Ok(name),
            (None, None) if self.protocol == Protocol::Ldap => Err(self.wrong("bind_dn", "say who signs in")),
            (None, None) => Ok("{mail}"),
        }
    }

    fn without_user(&self, why: &str) -> Result<()> {
        let ServerConfig {
            user,
            bind_dn,
            delegate,
            ..
        } = self.config;
        for (key, given) in [
            ("user", user.is_some()),
            ("bind_dn", bind_dn.is_some()),
            ("delegate", delegate.is_some()),
        ] {
            if given {
                return Err(self.wrong(key, format_args!("{why}: leave it out")));
            }
        }
        Ok(())
    }

    fn kerberos(&self) -> Result<Login> {
        if cfg!(not(feature = "gssapi")) {
            return Err(self.wrong("kerberos", "this program was built without the feature `gssapi`"));
        }
        self.without_user("the ticket says who signs in")?;
        Ok(Login::kerberos())
    }
}
