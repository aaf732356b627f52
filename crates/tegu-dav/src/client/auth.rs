//! Basic (RFC 7617), Bearer (RFC 6750) and Digest (RFC 7616) authentication.

use std::collections::hash_map::RandomState;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use http::HeaderMap;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use md5::Md5;
use sha2::{Digest as _, Sha256};
use tegu_net::secrecy::{ExposeSecret as _, SecretString};
use tegu_net::{Credentials, Method, Secret, SecretRequest};

use crate::error::{Error, ErrorKind, Result};

/// Which schemes a password may be used with.
#[derive(Clone, Copy, Debug)]
struct Schemes {
    /// Basic, which sends the password before the server asks.
    basic: bool,
    digest: bool,
}

#[derive(Clone, Debug)]
enum Signing {
    Nothing,
    Password(String, Schemes),
    Bearer,
    /// A Kerberos ticket for this host, anew for each request.
    #[cfg(all(feature = "gssapi", unix))]
    Negotiate(String),
}

/// Makes the `Authorization` header of each request.
pub(super) struct Auth {
    signing: Signing,
    secret: Option<Secret>,
    /// The secret in use, and how often it was renewed.
    current: tokio::sync::Mutex<(Option<SecretString>, u32)>,
    challenge: Mutex<Option<Challenge>>,
}

impl Auth {
    /// # Errors
    ///
    /// Kind [`Unsupported`](ErrorKind::Unsupported) for credentials that HTTP has no scheme for.
    pub(super) fn new(credentials: &Credentials, host: &str) -> Result<Self> {
        let unsupported =
            |what: &str| Error::new(ErrorKind::Unsupported, format!("HTTP clients cannot {what}"));
        if credentials.authorization_id().is_some() {
            return Err(unsupported("act for another user"));
        }
        let mechanism = credentials.required_mechanism();
        let (signing, secret) = match (credentials.method(), mechanism) {
            // A client certificate is shown in the TLS handshake.
            (Method::Anonymous | Method::External, None) => (Signing::Nothing, None),
            (Method::Password(secret), None | Some("BASIC" | "DIGEST")) => {
                let schemes = Schemes {
                    basic: mechanism != Some("DIGEST"),
                    digest: mechanism != Some("BASIC"),
                };
                (
                    Signing::Password(credentials.user().to_owned(), schemes),
                    Some(secret),
                )
            }
            (Method::Token(secret), None | Some("BEARER")) => (Signing::Bearer, Some(secret)),
            #[cfg(all(feature = "gssapi", unix))]
            (Method::Kerberos, None | Some("NEGOTIATE")) => (Signing::Negotiate(host.to_owned()), None),
            #[cfg(not(all(feature = "gssapi", unix)))]
            (Method::Kerberos, None) => {
                return Err(unsupported(&format!(
                    "sign in to {host} by Kerberos without the feature `gssapi`"
                )));
            }
            (_, Some(name)) => return Err(unsupported(&format!("sign in by {name} with these credentials"))),
            _ => return Err(unsupported("sign in by this method")),
        };
        Ok(Self {
            signing,
            secret: secret.cloned(),
            current: tokio::sync::Mutex::default(),
            challenge: Mutex::new(None),
        })
    }

    /// Returns the header for one request, and the generation of the secret that it was made with.
    pub(super) async fn header(&self, method: &str, path: &str) -> Result<(Option<HeaderValue>, u32)> {
        #[cfg(all(feature = "gssapi", unix))]
        if let Signing::Negotiate(host) = &self.signing {
            return Ok((Some(sensitive(&tegu_net::kerberos::negotiate(host).await?)?), 0));
        }
        let Some(provider) = &self.secret else {
            return Ok((None, 0));
        };
        let (secret, generation) = {
            let mut current = self.current.lock().await;
            let secret = match &current.0 {
                Some(secret) => secret.clone(),
                None => {
                    let secret = provider.get(SecretRequest::Any).await?;
                    current.0 = Some(secret.clone());
                    secret
                }
            };
            (secret, current.1)
        };
        let text = match &self.signing {
            #[cfg(all(feature = "gssapi", unix))]
            Signing::Negotiate(_) => return Ok((None, generation)),
            Signing::Nothing => return Ok((None, generation)),
            Signing::Bearer => format!("Bearer {}", secret.expose_secret()),
            Signing::Password(user, schemes) => {
                let mut challenge = self.challenge.lock().unwrap_or_else(PoisonError::into_inner);
                match challenge.as_mut() {
                    Some(challenge) => challenge.answer(user, &secret, method, path),
                    None if schemes.basic => {
                        let pair = format!("{user}:{}", secret.expose_secret());
                        let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
                        format!("Basic {encoded}")
                    }
                    None => return Ok((None, generation)),
                }
            }
        };
        Ok((Some(sensitive(&text)?), generation))
    }

    /// Asks the provider for a new secret after the server refused the one of this generation. Returns whether the request is
    /// worth repeating. Requests that are refused at the same time share one new secret.
    pub(super) async fn refresh(&self, generation: u32) -> Result<bool> {
        let Some(provider) = self.secret.as_ref().filter(|secret| secret.is_provided()) else {
            return Ok(false);
        };
        let mut current = self.current.lock().await;
        if current.1 == generation {
            *current = (
                Some(provider.get(SecretRequest::Fresh).await?),
                generation.wrapping_add(1),
            );
            // The old challenge may have been refused for the old password.
            *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        Ok(true)
    }

    /// Remembers the challenge of a server that refused. Returns whether the request is worth repeating.
    pub(super) fn challenged(&self, headers: &HeaderMap) -> bool {
        if !matches!(self.signing, Signing::Password(_, Schemes { digest: true, .. })) {
            return false;
        }
        let mut known = self.challenge.lock().unwrap_or_else(PoisonError::into_inner);
        let offered = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| Challenge::read(value.to_str().ok()?));
        // The strongest that is understood.
        let Some(new) = offered.max_by_key(|challenge| challenge.algorithm) else {
            return false;
        };
        let again = match known.as_ref() {
            None => true,
            // The same nonce refused once more means that the password is wrong.
            Some(old) => new.stale || (old.nonce != new.nonce && old.count > 1),
        };
        if again {
            *known = Some(new);
        }
        again
    }
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Algorithm {
    Md5,
    Sha256,
}

#[derive(Debug)]
struct Challenge {
    algorithm: Algorithm,
    /// As the server spells it, for the answer.
    spelled: Option<String>,
    session: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    quality: bool,
    stale: bool,
    count: u32,
}

impl Challenge {
    fn read(header: &str) -> Option<Self> {
        // A header may hold several challenges; the part behind `Digest` is the one meant.
        let at = header.to_ascii_lowercase().find("digest ")?;
        let mut out = Self {
            algorithm: Algorithm::Md5,
            spelled: None,
            session: false,
            realm: String::new(),
            nonce: String::new(),
            opaque: None,
            quality: false,
            stale: false,
            count: 0,
        };
        for (name, value) in parameters(header.get(at + 7..)?) {
            match name.to_ascii_lowercase().as_str() {
                "realm" => out.realm = value,
                "nonce" => out.nonce = value,
                "opaque" => out.opaque = Some(value),
                "stale" => out.stale = value.eq_ignore_ascii_case("true"),
                "qop" => out.quality = value.split(',').any(|q| q.trim().eq_ignore_ascii_case("auth")),
                "algorithm" => {
                    let lower = value.to_ascii_lowercase();
                    let bare = lower.strip_suffix("-sess");
                    out.session = bare.is_some();
                    out.algorithm = match bare.unwrap_or(&lower) {
                        "md5" => Algorithm::Md5,
                        "sha-256" => Algorithm::Sha256,
                        _ => return None,
                    };
                    out.spelled = Some(value);
                }
                _ => {}
            }
        }
        let plain = |text: &str| !text.contains(|c: char| c.is_control() || c == '"' || c == '\\');
        let fits = plain(&out.realm) && plain(&out.nonce) && out.opaque.as_deref().is_none_or(plain);
        (!out.nonce.is_empty() && fits).then_some(out)
    }

    fn hash(&self, text: &str) -> String {
        let bytes: Vec<u8> = match self.algorithm {
            Algorithm::Md5 => Md5::digest(text).to_vec(),
            Algorithm::Sha256 => Sha256::digest(text).to_vec(),
        };
        bytes.iter().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }

    fn answer(&mut self, user: &str, password: &SecretString, method: &str, path: &str) -> String {
        self.count += 1;
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(self.count);
        let client = format!("{:016x}", hasher.finish());
        self.answer_with(user, password, method, path, &client)
    }

    fn answer_with(
        &self,
        user: &str,
        password: &SecretString,
        method: &str,
        path: &str,
        client: &str,
    ) -> String {
        let mut secret = self.hash(&format!("{user}:{}:{}", self.realm, password.expose_secret()));
        if self.session {
            secret = self.hash(&format!("{secret}:{}:{client}", self.nonce));
        }
        let request = self.hash(&format!("{method}:{path}"));
        let count = format!("{:08x}", self.count);
        let response = if self.quality {
            self.hash(&format!(
                "{secret}:{}:{count}:{client}:auth:{request}",
                self.nonce
            ))
        } else {
            self.hash(&format!("{secret}:{}:{request}", self.nonce))
        };
        let mut out = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{path}\", response=\"{response}\"",
            user.replace('\\', "\\\\").replace('"', "\\\""),
            self.realm,
            self.nonce
        );
        if let Some(algorithm) = &self.spelled {
            let _ = write!(out, ", algorithm={algorithm}");
        }
        if self.quality {
            let _ = write!(out, ", qop=auth, nc={count}, cnonce=\"{client}\"");
        } else if self.session {
            let _ = write!(out, ", cnonce=\"{client}\"");
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(out, ", opaque=\"{opaque}\"");
        }
        out
    }
}

/// `name=value` and `name="value"` between commas; it ends where another challenge begins.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while out.len() < 32 {
        let Some((name, tail)) = rest.split_once('=') else {
            break;
        };
        let name = name.trim().trim_start_matches(',').trim();
        if name.contains(char::is_whitespace) {
            break;
        }
        let tail = tail.trim_start();
        let (value, after) = match tail.strip_prefix('"') {
            Some(quoted) => {
                let (mut value, mut escaped, mut end) = (String::new(), false, quoted.len());
                for (at, c) in quoted.char_indices() {
                    match c {
                        _ if escaped => {
                            value.push(c);
                            escaped = false;
                        }
                        '\\' => escaped = true,
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        c => value.push(c),
                    }
                }
                (value, quoted.get(end..).unwrap_or_default())
            }
            None => {
                let end = tail.find(',').unwrap_or(tail.len());
                let (value, after) = tail.split_at(end);
                (value.trim().to_owned(), after)
            }
        };
        out.push((name.to_owned(), value));
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    out
}

/// A header that no log shows.
fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(text)
        .map_err(|_| Error::config("the password or token holds characters that HTTP cannot carry"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Reads text as a challenge and answers it, for the fuzz target.
#[cfg(fuzzing)]
pub fn fuzz_digest(header: &str) {
    const PASSWORD: &str = "p455word";
    // Only what a header can hold comes here.
    let header = HeaderValue::from_str(header).ok();
    let header = header
        .as_ref()
        .and_then(|header| header.to_str().ok())
        .unwrap_or_default();
    let Some(challenge) = Challenge::read(header) else {
        return;
    };
    // What the server said comes back, and it may say anything, also with quoted pairs.
    let said = [&challenge.realm, &challenge.nonce]
        .into_iter()
        .chain(&challenge.opaque)
        .any(|value| value.contains(PASSWORD));
    for user in ["anna", "a\"b\\c"] {
        let answer = challenge.answer_with(user, &PASSWORD.into(), "PUT", "/a/b", "0123");
        assert!(said || !answer.contains(PASSWORD), "{answer}");
        assert!(!answer.contains(char::is_control), "{answer}");
        HeaderValue::from_str(&answer).expect("an answer is a header");
        // The server reads what it asked for, and nothing else.
        let read = parameters(answer.strip_prefix("Digest ").expect("a scheme"));
        let value = |name: &str| {
            let mut values = read
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, value)| value.as_str());
            let value = values.next();
            assert_eq!(values.next(), None, "{name} stands twice in {answer}");
            value
        };
        assert_eq!(value("username"), Some(user));
        assert_eq!(value("realm"), Some(challenge.realm.as_str()));
        assert_eq!(value("nonce"), Some(challenge.nonce.as_str()));
        assert_eq!(value("uri"), Some("/a/b"));
        assert_eq!(value("opaque"), challenge.opaque.as_deref());
        assert_eq!(value("qop"), challenge.quality.then_some("auth"));
        let digits = if challenge.algorithm == Algorithm::Md5 {
            32
        } else {
            64
        };
        assert_eq!(value("response").map(str::len), Some(digits));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 7616 section 3.9.1.
    #[test]
    fn the_example_of_the_rfc() {
        let header = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=ALGORITHM, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let mut challenge = Challenge::read(&header.replace("ALGORITHM", algorithm)).unwrap();
            challenge.count = 1;
            let answer = challenge.answer_with(
                "Mufasa",
                &"Circle of Life".to_owned().into(),
                "GET",
                "/dir/index.html",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            );
            assert!(answer.contains(&format!("response=\"{expected}\"")), "{answer}");
            assert!(answer.contains("nc=00000001") && !answer.contains("Circle"));
        }
    }

    async fn text(auth: &Auth) -> String {
        let header = auth.header("GET", "/").await.unwrap().0;
        header.map_or(String::new(), |header| header.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn the_strongest_offer_is_taken_and_a_wrong_password_ends() {
        let anna = Credentials::password("a", "b".to_owned());
        let auth = Auth::new(&anna, "localhost").unwrap();
        assert!(text(&auth).await.starts_with("Basic "));
        let mut headers = HeaderMap::new();
        for offer in [
            "Basic realm=\"x\"",
            "Digest realm=\"x\", nonce=\"1\", qop=\"auth\"",
            "Digest realm=\"x\", nonce=\"2\", qop=\"auth\", algorithm=SHA-256",
            "Digest realm=\"x\", nonce=\"3\", algorithm=SHA-512",
        ] {
            headers.append(WWW_AUTHENTICATE, offer.parse().unwrap());
        }
        assert!(auth.challenged(&headers));
        assert!(text(&auth).await.contains("algorithm=SHA-256"));
        assert!(!auth.challenged(&headers));
        let basic = Auth::new(&anna.clone().mechanism("Basic"), "localhost").unwrap();
        assert!(!basic.challenged(&headers));
        let digest = Auth::new(&anna.mechanism("Digest"), "localhost").unwrap();
        assert_eq!(text(&digest).await, "");
        assert!(digest.challenged(&headers));
        assert!(text(&digest).await.starts_with("Digest "));
        let bearer = Auth::new(&Credentials::token("a", "t".to_owned()), "localhost").unwrap();
        assert_eq!(text(&bearer).await, "Bearer t");
        assert!(!bearer.challenged(&headers));
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once_for_all_that_were_refused() {
        let token = Secret::provider(|request| async move { Ok(format!("{request:?}").into()) });
        let auth = Auth::new(&Credentials::token("a", token), "localhost").unwrap();
        assert_eq!(text(&auth).await, "Bearer Any");
        assert!(auth.refresh(0).await.unwrap());
        assert!(auth.refresh(0).await.unwrap());
        assert_eq!(text(&auth).await, "Bearer Fresh");
        assert_eq!(auth.current.lock().await.1, 1);
        let fixed = Auth::new(&Credentials::token("a", "t".to_owned()), "localhost").unwrap();
        assert!(!fixed.refresh(0).await.unwrap());
    }

    #[test]
    fn what_http_has_no_scheme_for() {
        let anna = Credentials::password("a", "b".to_owned());
        let ticket = Auth::new(&Credentials::kerberos(), "localhost");
        assert_eq!(ticket.is_ok(), cfg!(all(feature = "gssapi", unix)));
        for credentials in [
            anna.clone().authorize_as("boris"),
            anna.mechanism("PLAIN"),
            Credentials::token("a", "t".to_owned()).mechanism("XOAUTH2"),
        ] {
            let error = Auth::new(&credentials, "localhost").err().unwrap();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        }
        assert!(Auth::new(&Credentials::external(), "localhost").is_ok());
    }

    #[test]
    fn hostile_challenges() {
        for text in [
            "",
            "Digest",
            "Digest nonce",
            "Digest nonce=\"",
            "Digest a=\"\\",
            "Digest nonce=\"a\\\"b\"",
            "Digest =",
            "Digest ,,,==",
        ] {
            assert!(Challenge::read(text).is_none(), "{text}");
        }
    }
}
