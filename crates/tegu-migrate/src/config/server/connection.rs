//! How a configuration says to connect: certificates and proxies.

use super::{super::existing_file, ServerConfig, keys::ServerKeys};
use crate::{Account, Error, Result};
use std::path::Path;
use tegu_net::{Credentials, Endpoint, Proxy, Security, Tls};
use tegu_outcome::file::{read_named, read_private};

impl ServerKeys<'_> {
    /// The endpoint with everything that concerns the connection.
    pub(super) fn reached(&self, endpoint: Endpoint) -> Result<Endpoint> {
        let tls = self.tls(&endpoint)?;
        Ok(reach(endpoint, &tls, &self.proxy()?))
    }

    pub(super) fn tls(&self, endpoint: &Endpoint) -> Result<Option<Tls>> {
        let ServerConfig {
            ca,
            pin,
            certificate,
            key,
            ..
        } = self.config;
        if endpoint.security() == Security::PlainText {
            for (key, given) in [("pin", pin.is_some()), ("certificate", certificate.is_some())] {
                if given {
                    return Err(self.wrong(key, "this connection has no TLS"));
                }
            }
        }
        let keys = TlsKeys {
            ca: ca.as_deref(),
            pin: pin.as_deref(),
            certificate: certificate.as_deref(),
            key: key.as_deref(),
        };
        keys.tls(self.section, self.base)
    }

    pub(super) fn proxy(&self) -> Result<Option<Proxy>> {
        let ServerConfig {
            proxy,
            proxy_user,
            proxy_password,
            ..
        } = self.config;
        let proxy = match proxy {
            Some(url) => Some(self.named("proxy", Proxy::new(url))?),
            None => None,
        };
        match (proxy, proxy_user, proxy_password) {
            (proxy, None, None) => Ok(proxy),
            (Some(proxy), Some(user), Some(password)) => {
                // There is no account to fill in.
                let password = password.resolve(&Account::new(""), self.base);
                let password = self.named("proxy_password", password)?;
                Ok(Some(proxy.credentials(Credentials::password(user, password))))
            }
            (None, ..) => Err(self.wrong("proxy", "it is missing, though its user or password is given")),
            (_, None, _) => Err(self.wrong("proxy_user", "it is missing")),
            (_, _, None) => Err(self.wrong("proxy_password", "it is missing")),
        }
    }
}

/// An endpoint with certificates and a proxy.
pub(super) fn reach(mut endpoint: Endpoint, tls: &Option<Tls>, proxy: &Option<Proxy>) -> Endpoint {
    if let Some(tls) = tls {
        endpoint = endpoint.tls(tls.clone());
    }
    match proxy {
        Some(proxy) => endpoint.proxy(proxy.clone()),
        None => endpoint,
    }
}

/// What a configuration says about certificates: one vocabulary for all servers.
pub(in super::super) struct TlsKeys<'a> {
    pub(in super::super) ca: Option<&'a Path>,
    pub(in super::super) pin: Option<&'a str>,
    pub(in super::super) certificate: Option<&'a Path>,
    pub(in super::super) key: Option<&'a Path>,
}

impl TlsKeys<'_> {
    /// The settings of TLS, if anything is said about it. Errors name the section and the key.
    pub(in super::super) fn tls(&self, section: &str, base: &Path) -> Result<Option<Tls>> {
        let Self {
            ca,
            pin,
            certificate,
            key,
        } = *self;
        if ca.is_none() && pin.is_none() && certificate.is_none() && key.is_none() {
            return Ok(None);
        }
        let wrong = |key: &str, why: &str| Error::config(format!("{section}.{key}: {why}"));
        let named = |key: &str, result: Result<Tls>| {
            result.map_err(|error| error.context(format_args!("{section}.{key}")))
        };
        let read =
            |key: &str, path: &Path| existing_file(&format!("{section}.{key}"), base.join(path), read_named);
        let mut tls = Tls::default();
        if let Some(path) = ca {
            if pin.is_some() {
                return Err(wrong("pin", "it trusts this certificate alone: leave `ca` out"));
            }
            tls = named("ca", tls.trust_pem(&read("ca", path)?))?;
        }
        if let Some(pin) = pin {
            let digest = sha256(pin);
            let digest = digest.ok_or_else(|| wrong("pin", "a SHA-256 digest has 64 hexadecimal digits"))?;
            tls = tls.pin_sha256(digest);
        }
        match (certificate, key) {
            (Some(path), key) => {
                let chain = read("certificate", path)?;
                let path = base.join(key.unwrap_or(path));
                let key = existing_file(&format!("{section}.key"), path, read_private)?;
                tls = named("certificate", tls.client_certificate_pem(&chain, key.into()))?;
            }
            (None, Some(_)) => return Err(wrong("key", "`certificate` is missing")),
            (None, None) => {}
        }
        Ok(Some(tls))
    }
}

/// Reads a digest as `openssl x509 -fingerprint` and `sha256sum` print it: with colons or without.
fn sha256(text: &str) -> Option<[u8; 32]> {
    let text = text.replace(':', "");
    let octet = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok()?;
        let hexadecimal = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        hexadecimal.then(|| u8::from_str_radix(digits, 16).ok())?
    };
    let octets: Option<Vec<u8>> = text.as_bytes().chunks(2).map(octet).collect();
    octets?.try_into().ok()
}
