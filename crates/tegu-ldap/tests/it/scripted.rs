//! A server that accepts a bind and answers searches with the bytes that a test gives it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// What the server does with the n-th search (from 0), whose message number is given.
pub(super) type Answer = Arc<dyn Fn(&mut TcpStream, u8, usize) -> std::io::Result<()> + Send + Sync>;

/// Starts the server and returns its URL. Its threads end when the clients hang up, and with the process.
pub(super) fn start(
    answer: impl Fn(&mut TcpStream, u8, usize) -> std::io::Result<()> + Send + Sync + 'static,
) -> String {
    start_with_bind(|id| message(id, &result(0x61, 0)), answer)
}

/// As [`start`], with an answer of its own to the bind.
pub(super) fn start_with_bind(
    bind: impl Fn(u8) -> Vec<u8> + Send + Sync + 'static,
    answer: impl Fn(&mut TcpStream, u8, usize) -> std::io::Result<()> + Send + Sync + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ldap://{}", listener.local_addr().unwrap());
    let (bind, answer): (Arc<dyn Fn(u8) -> Vec<u8> + Send + Sync>, Answer) =
        (Arc::new(bind), Arc::new(answer));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (bind, answer) = (Arc::clone(&bind), Arc::clone(&answer));
            std::thread::spawn(move || {
                // The client hangs up on most of what it is sent here.
                let _ = serve(client, &*bind, &answer);
            });
        }
    });
    url
}

fn serve(mut client: TcpStream, bind: &dyn Fn(u8) -> Vec<u8>, answer: &Answer) -> std::io::Result<()> {
    let mut searches = 0;
    while let Some((id, operation)) = request(&mut client)? {
        match operation {
            0x60 => client.write_all(&bind(id))?,
            0x63 => {
                answer(&mut client, id, searches)?;
                searches += 1;
            }
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// The number and the operation of the next request. The requests of these tests have numbers below 128.
fn request(client: &mut TcpStream) -> std::io::Result<Option<(u8, u8)>> {
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
    let mut body = vec![0; length];
    client.read_exact(&mut body)?;
    Ok(Some((body[2], body[3])))
}

pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            out.push(0x84);
            out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        }
    }
    out.extend(content);
    out
}

pub(super) fn message(id: u8, operation: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&[2, 1, id], operation])
}

pub(super) fn result(tag: u8, code: u8) -> Vec<u8> {
    tlv(tag, &[&[0x0a, 1, code, 4, 0, 4, 0]])
}

pub(super) fn entry(dn: &[u8], attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, values)| {
            let values: Vec<u8> = values.iter().flat_map(|v| tlv(4, &[v])).collect();
            tlv(0x30, &[&tlv(4, &[name.as_bytes()]), &tlv(0x31, &[&values])])
        })
        .collect();
    tlv(0x64, &[&tlv(4, &[dn]), &tlv(0x30, &[&attributes])])
}

/// The end of a page, with a cookie that asks to go on.
pub(super) fn page_end(id: u8, cookie: &[u8]) -> Vec<u8> {
    let value = tlv(0x30, &[&[2, 1, 0], &tlv(4, &[cookie])]);
    let control = tlv(0x30, &[&tlv(4, &[b"1.2.840.113556.1.4.319"]), &tlv(4, &[&value])]);
    let done = result(0x65, 0);
    tlv(0x30, &[&[2, 1, id], &done, &tlv(0xa0, &[&control])])
}
