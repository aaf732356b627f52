//! Other addresses encapsulated in a mail address (IMCEA), as Exchange writes them for recipients without one.

use super::AddressProblem;

/// An address of another kind in the form of a mail address: `IMCEAEX-_o=Example_cn=ann@example.org` is the X.500 address
/// `/o=Example/cn=ann` (MS-OXCMAIL, "IMCEA encapsulation").
///
/// ```
/// use tegu_ldap::address::Imcea;
///
/// let old = Imcea::parse("IMCEAEX-_o=Example_cn=Ann+20Smith@example.org")?;
/// assert_eq!((old.kind(), old.value()), ("ex", "/o=Example/cn=Ann Smith"));
/// assert_eq!(old.encode("example.org"), "IMCEAEX-_o=Example_cn=Ann+20Smith@example.org");
/// # Ok::<(), tegu_ldap::AddressProblem>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Imcea {
    kind: Box<str>,
    value: Box<str>,
}

/// Bytes of a packed address that are read. X.500 addresses have at most some hundred.
const MAX_BYTES: usize = 4 << 10;

impl Imcea {
    /// Packs an address of a kind, such as `ex` (X.500), `fax` or `smtp`.
    ///
    /// # Errors
    ///
    /// [`AddressProblem::Character`] for a kind that is not letters and digits, [`AddressProblem::Empty`] for an empty one.
    pub fn new(kind: &str, value: &str) -> Result<Self, AddressProblem> {
        if kind.is_empty() || value.is_empty() {
            return Err(AddressProblem::Empty);
        }
        if !kind.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(AddressProblem::Character);
        }
        Ok(Self {
            kind: kind.to_ascii_lowercase().into(),
            value: value.into(),
        })
    }

    /// Returns whether the text begins like one.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        text.get(..5)
            .is_some_and(|head| head.eq_ignore_ascii_case("IMCEA"))
    }

    /// Unpacks an address. The part after `@` is the organisation that packed it and is left out; mail programs cut
    /// it off now and then.
    ///
    /// # Errors
    ///
    /// What is wrong with it: [`AddressProblem::NoPrefix`] when it does not begin with `IMCEA`,
    /// [`AddressProblem::Character`] for a malformed escape, [`AddressProblem::LocalLength`] for an address that is too long.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        let text = text.trim();
        if !Self::is_one(text) {
            return Err(AddressProblem::NoPrefix);
        }
        if text.len() > MAX_BYTES {
            return Err(AddressProblem::LocalLength);
        }
        let local = text.rsplit_once('@').map_or(text, |(local, _)| local);
        let (kind, packed) = local
            .get(5..)
            .and_then(|rest| rest.split_once('-'))
            .ok_or(AddressProblem::NoPrefix)?;
        let mut bytes = Vec::with_capacity(packed.len());
        let mut rest = packed.bytes();
        while let Some(b) = rest.next() {
            match b {
                b'_' => bytes.push(b'/'),
                b'+' => {
                    let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                    let pair = digit(rest.next()).zip(digit(rest.next()));
                    let byte = pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                    bytes.push(byte.ok_or(AddressProblem::Character)?);
                }
                b => bytes.push(b),
            }
        }
        let value = String::from_utf8(bytes).map_err(|_| AddressProblem::Character)?;
        Self::new(kind, &value)
    }

    /// Returns the kind, in small letters: `ex` for X.500.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the address itself.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the packed form, from an organisation with that domain.
    #[must_use]
    pub fn encode(&self, domain: &str) -> String {
        let mut out = format!("IMCEA{}-", self.kind.to_ascii_uppercase());
        for b in self.value.bytes() {
            match b {
                b'/' => out.push('_'),
                b'=' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => out.push(char::from(b)),
                b => out.push_str(&format!("+{b:02X}")),
            }
        }
        out.push('@');
        out.push_str(domain);
        out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_exchange_writes() {
        let text = "IMCEAEX-_O=EXAMPLE_OU=EXCHANGE+20ADMINISTRATIVE+20GROUP+20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=ANN+2ESMITH\
                    @corp.example";
        assert_eq!(
            Imcea::parse(text).unwrap().value(),
            "/O=EXAMPLE/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=ANN.SMITH"
        );
        // Cut off, in small letters, and of another kind.
        assert_eq!(Imcea::parse("imceaex-_o=a_cn=b").unwrap().value(), "/o=a/cn=b");
        assert_eq!(
            Imcea::parse("IMCEAFAX-+2B7+20495@a.example").unwrap().value(),
            "+7 495"
        );
    }

    #[test]
    fn faults() {
        use AddressProblem as P;
        for (text, problem) in [
            ("ann@a.example", P::NoPrefix),
            ("IMCEAEX@a.example", P::NoPrefix),
            ("IMCEAEX-@a.example", P::Empty),
            ("IMCEA-x@a.example", P::Empty),
            ("IMCEAEX-a+2@a.example", P::Character),
            ("IMCEAEX-a+zz@a.example", P::Character),
            ("IMCEAEX-+ff+fe@a.example", P::Character),
            ("IMCEAE X-a@a.example", P::Character),
        ] {
            assert_eq!(Imcea::parse(text), Err(problem), "{text}");
        }
        let long = format!("IMCEAEX-{}@a.example", "a".repeat(5_000));
        assert_eq!(Imcea::parse(&long), Err(P::LocalLength));
    }

    proptest! {
        #[test]
        fn packed_and_unpacked(kind in "[a-zA-Z0-9]{1,5}", value in ".{1,60}") {
            let packed = Imcea::new(&kind, &value).unwrap();
            prop_assert_eq!(Imcea::parse(&packed.encode("a.example")).unwrap(), packed);
        }

        #[test]
        fn any_text_is_taken(text in ".{0,60}") {
            let _ = Imcea::parse(&format!("IMCEA{text}"));
        }
    }
}
