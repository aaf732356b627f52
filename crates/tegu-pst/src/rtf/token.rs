//! Tokens of RTF.

/// A token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Token<'a> {
    Open,
    Close,
    /// A control word with its parameter.
    Word(&'a [u8], Option<i32>),
    /// A control symbol other than `\'`.
    Symbol(u8),
    /// `\'hh`
    Hex(u8),
    /// Octets that stand for themselves.
    Text(&'a [u8]),
}

/// Splits RTF into tokens.
#[derive(Clone, Debug)]
pub(crate) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(rtf: &'a [u8]) -> Self {
        Self { rest: rtf }
    }

    /// Leaves out octets, as after `\bin`.
    pub(crate) fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn split(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn control(&mut self) -> Option<Token<'a>> {
        let first = *self.rest.first()?;
        if !first.is_ascii_alphabetic() {
            self.advance(1);
            if first != b'\'' {
                return Some(Token::Symbol(first));
            }
            let digit = |octet: Option<&u8>| octet.and_then(|octet| char::from(*octet).to_digit(16));
            return Some(match (digit(self.rest.first()), digit(self.rest.get(1))) {
                (Some(high), Some(low)) => {
                    self.advance(2);
                    Token::Hex((high * 16 + low) as u8)
                }
                _ => Token::Symbol(b'\''),
            });
        }
        let length = self
            .rest
            .iter()
            .take_while(|octet| octet.is_ascii_alphabetic())
            .count();
        let word = self.split(length);
        let sign = usize::from(self.rest.first() == Some(&b'-'));
        let digits = self
            .rest
            .iter()
            .skip(sign)
            .take_while(|octet| octet.is_ascii_digit())
            .count();
        let mut parameter = None;
        if digits > 0 {
            let number = self.split(sign + digits);
            let value = number.iter().skip(sign).fold(0_i64, |value, digit| {
                value
                    .saturating_mul(10)
                    .saturating_add(i64::from(digit - b'0'))
                    .min(i64::from(i32::MAX))
            });
            parameter = Some(if sign == 1 { -value as i32 } else { value as i32 });
        }
        if self.rest.first() == Some(&b' ') {
            self.advance(1);
        }
        Some(Token::Word(word, parameter))
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let first = *self.rest.first()?;
            match first {
                b'{' => {
                    self.advance(1);
                    return Some(Token::Open);
                }
                b'}' => {
                    self.advance(1);
                    return Some(Token::Close);
                }
                b'\\' => {
                    self.advance(1);
                    return self.control();
                }
                // Line ends of the file mean nothing.
                b'\r' | b'\n' => self.advance(1),
                _ => {
                    let special = |octet: &u8| matches!(octet, b'{' | b'}' | b'\\' | b'\r' | b'\n');
                    let length = self.rest.iter().position(special).unwrap_or(self.rest.len());
                    return Some(Token::Text(self.split(length)));
                }
            }
        }
    }
}
