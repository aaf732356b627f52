//! What RTF was made from.

use super::token::{Token, Tokens};
use crate::{
    Result,
    bytes::{damaged, exceeded},
    codepage,
};
use encoding_rs::Encoding;
use std::collections::HashMap;

/// How deep groups may nest.
const DEPTH: usize = 256;
/// How many fonts are remembered.
const FONTS: usize = 4096;

/// What a body was before it became RTF.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Origin {
    /// HTML (`\fromhtml1`): nothing of it is lost.
    Html,
    /// Plain text (`\fromtext`): nothing of it is lost.
    Text,
    /// RTF itself: what is read is its text without its form.
    Rtf,
}

/// A body that was kept as RTF.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Body {
    /// What it was before.
    pub origin: Origin,
    /// The HTML or the text.
    pub text: String,
    /// Whether every character could be read for certain.
    pub sound: bool,
    /// How many places for attachments the text has.
    pub attachments: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Destination {
    Text,
    /// A piece of the original HTML.
    Html,
    Fonts,
    Skip,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    destination: Destination,
    /// The content was made for readers of RTF, and is not of the original.
    suppressed: bool,
    /// Characters that stand for one `\u` where that is not understood.
    fallback: u32,
    page: Option<&'static Encoding>,
    /// `\*` was read: an unknown destination is left out.
    starred: bool,
    font: i32,
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    origin: Origin,
    default: &'static Encoding,
    fonts: HashMap<i32, &'static Encoding>,
    group: Group,
    above: Vec<Group>,
    text: String,
    sound: bool,
    pending: Vec<u8>,
    pending_page: Option<&'static Encoding>,
    surrogate: Option<u16>,
    skip: u32,
    attachments: usize,
}

/// Reads RTF.
///
/// # Errors
///
/// [`Malformed`](crate::ErrorKind::Malformed) if it does not begin as RTF does; [`Limit`](crate::ErrorKind::Limit) if groups nest
/// deeper than 256.
pub fn read(rtf: &[u8]) -> Result<Body> {
    let origin = origin(rtf)?;
    let group = Group {
        destination: Destination::Text,
        suppressed: false,
        fallback: 1,
        page: None,
        starred: false,
        font: 0,
    };
    let mut reader = Reader {
        tokens: Tokens::new(rtf),
        origin,
        default: encoding_rs::WINDOWS_1252,
        fonts: HashMap::new(),
        group,
        above: Vec::new(),
        text: String::new(),
        sound: true,
        pending: Vec::new(),
        pending_page: None,
        surrogate: None,
        skip: 0,
        attachments: 0,
    };
    while let Some(token) = reader.tokens.next() {
        reader.token(token)?;
    }
    reader.flush();
    // What ends within a group ended too early.
    let sound = reader.sound && reader.above.is_empty();
    Ok(Body {
        origin,
        text: reader.text,
        sound,
        attachments: reader.attachments,
    })
}

/// What the first ten tokens say ([MS-OXRTFEX] section 2.2.3.1).
fn origin(rtf: &[u8]) -> Result<Origin> {
    let mut tokens = Tokens::new(rtf);
    if (
        tokens.next(),
        tokens
            .next()
            .is_some_and(|token| matches!(token, Token::Word(b"rtf", _))),
    ) != (Some(Token::Open), true)
    {
        return Err(damaged("the body does not begin as RTF does"));
    }
    for token in tokens.take(8) {
        match token {
            Token::Word(b"fromhtml", Some(1)) => return Ok(Origin::Html),
            Token::Word(b"fromtext", _) => return Ok(Origin::Text),
            Token::Word(..) => {}
            _ => break,
        }
    }
    Ok(Origin::Rtf)
}

impl Reader<'_> {
    fn token(&mut self, token: Token<'_>) -> Result<()> {
        // Characters that stand for a `\u` before them are left out; a group or a word ends them.
        if self.skip > 0 {
            match token {
                Token::Hex(_) | Token::Symbol(_) => {
                    self.skip -= 1;
                    return Ok(());
                }
                Token::Text(text) => {
                    let skipped = text.len().min(self.skip as usize);
                    self.skip -= skipped as u32;
                    self.octets(text.get(skipped..).unwrap_or_default());
                    return Ok(());
                }
                _ => self.skip = 0,
            }
        }
        match token {
            Token::Open => {
                self.flush();
                if self.above.len() >= DEPTH {
                    return Err(exceeded(format_args!("groups of RTF nest deeper than {DEPTH}")));
                }
                self.above.push(self.group);
                self.group.starred = false;
            }
            Token::Close => {
                self.flush();
                match self.above.pop() {
                    Some(above) => self.group = above,
                    None => self.sound = false,
                }
            }
            Token::Hex(octet) => self.octets(&[octet]),
            Token::Text(text) => self.octets(text),
            Token::Symbol(symbol) => self.symbol(symbol),
            Token::Word(word, parameter) => self.word(word, parameter),
        }
        Ok(())
    }

    fn visible(&self) -> bool {
        match self.group.destination {
            Destination::Html => true,
            Destination::Text => !self.group.suppressed,
            Destination::Fonts | Destination::Skip => false,
        }
    }

    fn page(&self) -> &'static Encoding {
        match self.group.destination {
            Destination::Html => self.default,
            _ => self.group.page.unwrap_or(self.default),
        }
    }

    fn octets(&mut self, octets: &[u8]) {
        if !self.visible() || octets.is_empty() {
            return;
        }
        let page = self.page();
        if self.pending_page != Some(page) || self.surrogate.is_some() {
            self.flush();
            self.pending_page = Some(page);
        }
        self.pending.extend_from_slice(octets);
    }

    /// Decodes what is pending: characters of several octets may come in several tokens.
    fn flush(&mut self) {
        if self.surrogate.take().is_some() {
            self.text.push(char::REPLACEMENT_CHARACTER);
            self.sound = false;
        }
        if self.pending.is_empty() {
            return;
        }
        let page = self.pending_page.unwrap_or(self.default);
        let (text, sound) = codepage::decode(page, &self.pending);
        self.sound &= sound;
        self.text.push_str(&text);
        self.pending.clear();
    }

    fn put(&mut self, text: &str) {
        if self.visible() {
            self.flush();
            self.text.push_str(text);
        }
    }

    fn unit(&mut self, unit: u16) {
        self.skip = self.group.fallback;
        if !self.visible() {
            return;
        }
        let high = self.surrogate.take();
        if high.is_none() {
            self.flush();
        }
        let units = [high.unwrap_or(unit), unit];
        let units = if high.is_some() { &units[..] } else { &units[1..] };
        if high.is_none() && (0xd800..0xdc00).contains(&unit) {
            self.surrogate = Some(unit);
            return;
        }
        for character in char::decode_utf16(units.iter().copied()) {
            self.sound &= character.is_ok();
            self.text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'\\' | b'{' | b'}' => self.octets(&[symbol]),
            b'*' => self.group.starred = true,
            b'~' => self.named("&nbsp;", "\u{a0}"),
            b'_' => self.named("&shy;", "\u{ad}"),
            b'\r' | b'\n' => self.put("\r\n"),
            _ => {}
        }
    }

    /// A character that HTML has a name for.
    fn named(&mut self, html: &str, text: &str) {
        let html_wanted = self.origin == Origin::Html && self.group.destination == Destination::Text;
        self.put(if html_wanted { html } else { text });
    }

    fn word(&mut self, word: &[u8], parameter: Option<i32>) {
        let starred = std::mem::take(&mut self.group.starred);
        match word {
            b"htmltag" if starred => self.destination(Destination::Html),
            b"bin" => self
                .tokens
                .advance(usize::try_from(parameter.unwrap_or_default()).unwrap_or_default()),
            b"u" => self.unit(parameter.unwrap_or_default() as u16),
            b"uc" => self.group.fallback = u32::try_from(parameter.unwrap_or(1)).unwrap_or_default().min(16),
            b"htmlrtf" => {
                self.flush();
                self.group.suppressed = parameter != Some(0);
            }
            b"ansicpg" => {
                if let Some(page) = parameter.and_then(|page| codepage::encoding(page as u32)) {
                    self.default = page;
                }
            }
            b"fonttbl" => self.destination(Destination::Fonts),
            b"f" => {
                let font = parameter.unwrap_or_default();
                self.group.font = font;
                if self.group.destination != Destination::Fonts {
                    self.group.page = self.fonts.get(&font).copied();
                }
            }
            b"fcharset" | b"cpg" if self.group.destination == Destination::Fonts => {
                let page = match word {
                    b"cpg" => parameter.and_then(|page| codepage::encoding(page as u32)),
                    _ => charset(parameter.unwrap_or_default()),
                };
                if let Some(page) = page.filter(|_| self.fonts.len() < FONTS) {
                    self.fonts.insert(self.group.font, page);
                }
            }
            b"plain" => self.group.page = None,
            b"par" | b"line" | b"row" => self.put("\r\n"),
            b"tab" => self.put("\t"),
            b"cell" if self.origin == Origin::Rtf => self.put("\t"),
            b"lquote" => self.named("&lsquo;", "\u{2018}"),
            b"rquote" => self.named("&rsquo;", "\u{2019}"),
            b"ldblquote" => self.named("&ldquo;", "\u{201c}"),
            b"rdblquote" => self.named("&rdquo;", "\u{201d}"),
            b"bullet" => self.named("&bull;", "\u{2022}"),
            b"endash" => self.named("&ndash;", "\u{2013}"),
            b"emdash" => self.named("&mdash;", "\u{2014}"),
            b"objattph" => self.attachments += 1,
            b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"headerl"
            | b"headerr" | b"headerf" | b"footer" | b"footerl" | b"footerr" | b"footerf" | b"footnote"
            | b"private" => self.destination(Destination::Skip),
            _ if starred => self.destination(Destination::Skip),
            _ => {}
        }
    }

    fn destination(&mut self, destination: Destination) {
        self.flush();
        // Nothing inside of what is left out is wanted.
        if self.group.destination != Destination::Skip {
            self.group.destination = destination;
        }
    }
}

/// The code page of a `\fcharset`; `None` for that of the document.
fn charset(charset: i32) -> Option<&'static Encoding> {
    codepage::encoding(match charset {
        77 => 10000,
        128 => 932,
        129 | 130 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_comes_back() {
        let rtf = br"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0\fswiss\fcharset204 Arial;}{\f1\fmodern Courier;}}
{\*\htmltag19 <html>}{\*\htmltag50 <p class=\{a\}>}\htmlrtf {\htmlrtf0 \f0 \'cf\'f0\'e8\'e2\'e5\'f2 {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  \u8364?\ldblquote x\rdblquote\htmlrtf\par}\htmlrtf0
{\*\mhtmltag50 <p>}{\*\htmltag58 </p>}{\*\htmltag27 </html>\par}}";
        let body = read(rtf).unwrap();
        assert_eq!(body.origin, Origin::Html);
        assert_eq!(
            body.text,
            "<html><p class={a}>Привет &amp; €&ldquo;x&rdquo;</p></html>\r\n"
        );
        assert!(body.sound);
    }

    #[test]
    fn suppression_ends_with_its_group() {
        let rtf = br"{\rtf1\ansi\fromhtml1 a{\htmlrtf b{c}\htmlrtf0 d\htmlrtf e}f}";
        assert_eq!(read(rtf).unwrap().text, "adf");
    }

    #[test]
    fn characters_of_several_octets_and_surrogates() {
        let rtf = br"{\rtf1\ansi\ansicpg932\fromtext \'83\'65\'83X\u-10179?\u-8704?\uc2\u1055ab.}";
        assert_eq!(read(rtf).unwrap().text, "テス\u{1f600}П.");
        let lone = read(br"{\rtf1\fromtext \u-10179?x}").unwrap();
        assert_eq!((lone.text.as_str(), lone.sound), ("\u{fffd}x", false));
    }

    #[test]
    fn pure_rtf_gives_its_text() {
        let rtf = br"{\rtf1\ansi{\stylesheet{\s0 Normal;}}{\info{\author X}}{\*\generator W;}Hello{\pict\bin3 }}}}\par world}";
        let body = read(rtf).unwrap();
        assert_eq!((body.origin, body.text.as_str()), (Origin::Rtf, "Hello\r\nworld"));
    }

    #[test]
    fn fromhtml_counts_only_as_one_and_near_the_beginning() {
        assert_eq!(read(br"{\rtf1\fromhtml0 x}").unwrap().origin, Origin::Rtf);
        assert!(read(b"hello").is_err());
        assert!(read(&[b"{\\rtf1 ".repeat(300).as_slice(), b"x"].concat()).is_err());
    }
}
