//! The answer to a challenge.

use super::{
    Challenge, ChannelBinding, FLAGS, SIGNATURE, VERSION,
    challenge::TIME,
    hash::{hmac, key, utf16},
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Who signs in.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Identity<'a> {
    /// The domain; empty if the user name says it.
    pub domain: &'a str,
    /// The user name.
    pub user: &'a str,
    password: &'a str,
}

/// What makes an answer new: a number that nobody can guess, and the time.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Random {
    /// The client's own challenge.
    pub nonce: [u8; 8],
    /// 100 nanoseconds since 1601.
    pub time: u64,
}

impl<'a> Identity<'a> {
    /// Takes `DOMAIN\user`, `user@domain` or `user` apart.
    #[must_use]
    pub fn new(name: &'a str, password: &'a str) -> Self {
        let (domain, user) = name.split_once(['\\', '/']).unwrap_or(("", name));
        Self {
            domain,
            user,
            password,
        }
    }
}

impl std::fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("domain", &self.domain)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Random {
    /// Makes one of a nonce from a source of random numbers and the machine's time.
    #[must_use]
    pub fn now(nonce: [u8; 8]) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = (since.as_secs() + 11_644_473_600).saturating_mul(10_000_000)
            + u64::from(since.subsec_nanos()) / 100;
        Self { nonce, time }
    }
}

const FLAGS_PAIR: u16 = 6;
const TARGET_PAIR: u16 = 9;
const BINDING_PAIR: u16 = 10;
/// A code over all three messages follows.
const CODED: u32 = 2;

impl Challenge {
    /// Returns the answer: `first` is the message that the challenge came upon, `service` what is asked for, such as
    /// `HTTP/mail.example.org`.
    #[must_use]
    pub fn answer(
        &self,
        first: &[u8],
        who: &Identity<'_>,
        service: &str,
        binding: Option<&ChannelBinding>,
        random: Random,
    ) -> Vec<u8> {
        let key = key(who.user, who.domain, who.password);
        let time = self.pair(TIME).and_then(|time| time.try_into().ok());
        let blob = self.blob(
            service,
            binding,
            time.unwrap_or(random.time.to_le_bytes()),
            random.nonce,
            time.is_some(),
        );
        let proof = hmac(&key, &[&self.server, &blob]);
        let session = hmac(&key, &[&proof]);
        let response = [&proof[..], &blob].concat();
        let old = match time {
            // A server that tells its time wants no older form.
            Some(_) => vec![0; 24],
            None => [&hmac(&key, &[&self.server, &random.nonce])[..], &random.nonce].concat(),
        };
        let mut message = self.message_of(&old, &response, who);
        if time.is_some() {
            let code = hmac(&session, &[first, &self.message, &message]);
            if let Some(place) = message.get_mut(72..88) {
                place.copy_from_slice(&code);
            }
        }
        message
    }

    /// What is signed besides the server's number ([MS-NLMP] 2.2.2.7).
    fn blob(
        &self,
        service: &str,
        binding: Option<&ChannelBinding>,
        time: [u8; 8],
        nonce: [u8; 8],
        coded: bool,
    ) -> Vec<u8> {
        let mut out = vec![1, 1, 0, 0, 0, 0, 0, 0];
        out.extend(time);
        out.extend(nonce);
        out.extend([0; 4]);
        let mut flags = self
            .pair(FLAGS_PAIR)
            .and_then(|flags| flags.try_into().ok())
            .map_or(0, u32::from_le_bytes);
        if coded {
            flags |= CODED;
        }
        let ours = [FLAGS_PAIR, TARGET_PAIR, BINDING_PAIR];
        for (id, value) in self.pairs.iter().filter(|(id, _)| !ours.contains(id)) {
            pair(*id, value, &mut out);
        }
        if flags != 0 {
            pair(FLAGS_PAIR, &flags.to_le_bytes(), &mut out);
        }
        if coded {
            let none = [0_u8; 16];
            pair(
                BINDING_PAIR,
                binding.map_or(&none[..], |binding| binding.as_bytes()),
                &mut out,
            );
            pair(TARGET_PAIR, &utf16(service), &mut out);
        }
        out.extend([0; 8]);
        out
    }

    fn message_of(&self, old: &[u8], response: &[u8], who: &Identity<'_>) -> Vec<u8> {
        const HEAD: usize = 88;
        let (domain, user) = (utf16(who.domain), utf16(who.user));
        let mut out = SIGNATURE.to_vec();
        out.extend(3_u32.to_le_bytes());
        let mut at = HEAD;
        let mut payload = Vec::new();
        // In the order of the fields: both responses, domain, user, workstation, session key.
        for part in [old, response, &domain, &user, &[], &[]] {
            let length = u16::try_from(part.len()).unwrap_or(u16::MAX);
            out.extend(length.to_le_bytes());
            out.extend(length.to_le_bytes());
            out.extend(u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes());
            payload.extend_from_slice(part);
            at += part.len();
        }
        out.extend((self.flags & FLAGS).to_le_bytes());
        out.extend(VERSION);
        out.extend([0; 16]);
        out.extend(payload);
        out
    }
}

fn pair(id: u16, value: &[u8], out: &mut Vec<u8>) {
    out.extend(id.to_le_bytes());
    out.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(value);
}
