//! LDAP messages as bytes (RFC 4511), for servers that a test scripts.

use std::io::{self, Read};
use std::net::TcpStream;

/// An element: a tag, a length in as few bytes as fit, and the parts.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x84);
            out.extend(
                u32::try_from(content.len())
                    .expect("a message below 4 GiB")
                    .to_be_bytes(),
            );
        }
    }
    out.extend(content);
    out
}

/// A whole number.
pub fn integer(value: i32) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let skip = bytes.iter().take(3).take_while(|&&b| b == 0).count();
    let skip = if bytes[skip] & 0x80 != 0 && skip > 0 {
        skip - 1
    } else {
        skip
    };
    tlv(2, &[&bytes[skip..]])
}

/// A message: the number of the request and an operation, with what stands behind it.
pub fn message(id: i32, operation: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&integer(id), operation])
}

/// A result of the kind that the tag says.
pub fn result(tag: u8, code: u8) -> Vec<u8> {
    tlv(tag, &[&[0x0a, 1, code, 4, 0, 4, 0]])
}

/// An entry of a search.
pub fn entry(dn: &[u8], attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, values)| {
            let values: Vec<u8> = values.iter().flat_map(|v| tlv(4, &[v])).collect();
            tlv(0x30, &[&tlv(4, &[name.as_bytes()]), &tlv(0x31, &[&values])])
        })
        .collect();
    tlv(0x64, &[&tlv(4, &[dn]), &tlv(0x30, &[&attributes])])
}

/// The end of a page with a result, and a cookie that asks to go on unless it is empty.
pub fn page_end(id: i32, code: u8, cookie: &[u8]) -> Vec<u8> {
    let value = tlv(0x30, &[&[2, 1, 0], &tlv(4, &[cookie])]);
    let control = tlv(0x30, &[&tlv(4, &[b"1.2.840.113556.1.4.319"]), &tlv(4, &[&value])]);
    tlv(
        0x30,
        &[&integer(id), &result(0x65, code), &tlv(0xa0, &[&control])],
    )
}

/// Sequences in sequences, each in its full length: `depth` of them.
pub fn ber_bomb(depth: usize) -> Vec<u8> {
    let mut heads = Vec::new();
    let mut length = 0_usize;
    for _ in 0..depth {
        let mut head = vec![0x30, 0x84];
        head.extend(u32::try_from(length).expect("a bomb below 4 GiB").to_be_bytes());
        length += head.len();
        heads.push(head);
    }
    heads.reverse();
    heads.concat()
}

/// A search's end that refers to another server.
pub fn referral(id: i32, url: &str) -> Vec<u8> {
    let urls = tlv(0xa3, &[&tlv(4, &[url.as_bytes()])]);
    message(id, &tlv(0x65, &[&[0x0a, 1, 10, 4, 0, 4, 0], &urls]))
}

/// The elements of a constructed element's content.
pub(crate) fn elements(mut content: &[u8]) -> Vec<(u8, &[u8])> {
    let mut out = Vec::new();
    while content.len() >= 2 {
        let tag = content[0];
        let (header, length) = match content[1] {
            short if short < 0x80 => (2, usize::from(short)),
            long => {
                let count = usize::from(long & 0x7f);
                let digits = &content[2..2 + count];
                (
                    2 + count,
                    digits.iter().fold(0, |sum, &b| (sum << 8) | usize::from(b)),
                )
            }
        };
        out.push((tag, &content[header..header + length]));
        content = &content[header + length..];
    }
    out
}

/// A request of a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Its number.
    pub id: i32,
    /// The tag of its operation, such as 0x63 for a search.
    pub operation: u8,
    /// What follows the number: the operation and the controls.
    pub body: Vec<u8>,
}

/// Reads the next request; `None` when the client hangs up.
pub fn request(client: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut head = [0; 2];
    if client.read_exact(&mut head).is_err() {
        return Ok(None);
    }
    let mut length = usize::from(head[1]);
    if head[1] & 0x80 != 0 {
        let mut digits = vec![0; usize::from(head[1] & 0x7f)];
        client.read_exact(&mut digits)?;
        length = digits.iter().fold(0, |sum, &b| (sum << 8) | usize::from(b));
    }
    let mut content = vec![0; length];
    client.read_exact(&mut content)?;
    let parts = elements(&content);
    let id = parts[0].1.iter().fold(0, |sum, &b| (sum << 8) | i32::from(b));
    let body = content[2 + parts[0].1.len()..].to_vec();
    Ok(Some(Request {
        id,
        operation: parts[1].0,
        body,
    }))
}
