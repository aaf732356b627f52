//! Two questions to the Domain Name System (RFC 1035): service records and texts. There is no cache and no
//! recursion, which the name server of the network does.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

use crate::{Error, ErrorKind, Result};

const TXT: u16 = 16;
const SRV: u16 = 33;

/// One answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Record {
    Service {
        priority: u16,
        weight: u16,
        port: u16,
        target: String,
    },
    Text(Vec<String>),
}

/// Returns the service records of a name, in the order in which they are to be tried.
pub(super) async fn services(server: SocketAddr, name: &str) -> Result<Vec<Record>> {
    let mut found = ask(server, name, SRV).await?;
    found.sort_by_key(|record| match record {
        Record::Service { priority, weight, .. } => (*priority, u16::MAX - weight),
        Record::Text(_) => (u16::MAX, u16::MAX),
    });
    Ok(found)
}

/// Returns the text records of a name.
pub(super) async fn texts(server: SocketAddr, name: &str) -> Result<Vec<String>> {
    let found = ask(server, name, TXT).await?;
    Ok(found
        .into_iter()
        .filter_map(|record| match record {
            Record::Text(texts) => Some(texts),
            Record::Service { .. } => None,
        })
        .flatten()
        .collect())
}

async fn ask(server: SocketAddr, name: &str, kind: u16) -> Result<Vec<Record>> {
    let failed =
        |why: &str| Error::new(ErrorKind::Connect, why).doing(format_args!("ask {server} for"), name);
    let identity = u16::try_from(
        std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), name) & 0xffff,
    )
    .unwrap_or_default();
    let query = query(identity, name, kind)
        .ok_or_else(|| Error::config(format_args!("{name} is not a domain name")))?;
    for _ in 0..3 {
        let trial = tokio::time::timeout(Duration::from_secs(2), by_udp(server, &query));
        let answer = match trial.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(failed("no answer").with_source(error)),
            Err(_) => continue,
        };
        let answer = if answer.get(2).is_some_and(|flags| flags & 2 != 0) {
            // Cut off: the whole of it goes over TCP.
            tokio::time::timeout(Duration::from_secs(5), by_tcp(server, &query))
                .await
                .map_err(|_| failed("no answer in time"))?
                .map_err(|error| failed("no answer").with_source(error))?
        } else {
            answer
        };
        return read(&answer, identity, kind).ok_or_else(|| failed("an answer that cannot be read"));
    }
    Err(failed("no answer in time"))
}

async fn by_udp(server: SocketAddr, query: &[u8]) -> std::io::Result<Vec<u8>> {
    let local = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await?;
        // Somebody else's answer is not waited for in vain.
        if buffer.get(..2) == query.get(..2) {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn by_tcp(server: SocketAddr, query: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let length = u16::try_from(query.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
    let length = stream.read_u16().await?;
    let mut buffer = vec![0; usize::from(length)];
    stream.read_exact(&mut buffer).await?;
    Ok(buffer)
}

/// Returns `None` if the name is not a host name.
fn query(identity: u16, name: &str, kind: u16) -> Option<Vec<u8>> {
    let mut out = identity.to_be_bytes().to_vec();
    // One question, and the wish for recursion.
    out.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.trim_end_matches('.').split('.') {
        let plain = label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain || label.is_empty() || label.len() > 63 {
            return None;
        }
        out.push(u8::try_from(label.len()).ok()?);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&1_u16.to_be_bytes());
    (out.len() < 300).then_some(out)
}

/// Returns the records of a kind, or `None` if the answer cannot be read. A name that does not exist has no records.
fn read(answer: &[u8], identity: u16, kind: u16) -> Option<Vec<Record>> {
    let number = |at: usize| Some(u16::from_be_bytes([*answer.get(at)?, *answer.get(at + 1)?]));
    if number(0)? != identity || answer.get(2)? & 0x80 == 0 {
        return None;
    }
    match answer.get(3)? & 0x0f {
        0 => {}
        3 => return Some(Vec::new()),
        _ => return None,
    }
    let mut at = 12;
    for _ in 0..number(4)? {
        at = name(answer, at)?.1 + 4;
    }
    let mut out = Vec::new();
    for _ in 0..number(6)? {
        at = name(answer, at)?.1;
        let (found, length) = (number(at)?, usize::from(number(at + 8)?));
        let start = at + 10;
        let data = answer.get(start..start + length)?;
        if found == kind && kind == SRV {
            out.push(Record::Service {
                priority: number(start)?,
                weight: number(start + 2)?,
                port: number(start + 4)?,
                target: name(answer, start + 6)?.0,
            });
        } else if found == kind {
            let (mut texts, mut rest) = (Vec::new(), data);
            while let Some((&length, tail)) = rest.split_first() {
                let text = tail.get(..usize::from(length))?;
                texts.push(String::from_utf8_lossy(text).into_owned());
                rest = tail.get(usize::from(length)..)?;
            }
            out.push(Record::Text(texts));
        }
        at = start + length;
    }
    Some(out)
}

/// A name, which may go on elsewhere, and where what follows it begins.
fn name(answer: &[u8], start: usize) -> Option<(String, usize)> {
    let (mut out, mut at, mut end, mut jumps) = (String::new(), start, None, 0);
    loop {
        let length = usize::from(*answer.get(at)?);
        if length == 0 {
            return Some((out, end.unwrap_or(at + 1)));
        }
        if length >= 0xc0 {
            end = end.or(Some(at + 2));
            at = (length & 0x3f) << 8 | usize::from(*answer.get(at + 1)?);
            jumps += 1;
            if jumps > 16 {
                return None;
            }
            continue;
        }
        let label = answer.get(at + 1..at + 1 + length).filter(|_| length < 64)?;
        if !out.is_empty() {
            out.push('.');
        }
        out.push_str(std::str::from_utf8(label).ok()?);
        if out.len() > 255 {
            return None;
        }
        at += 1 + length;
    }
}

/// Reads bytes as an answer, for the fuzz target.
#[cfg(fuzzing)]
pub fn fuzz_dns(answer: &[u8]) {
    let identity = answer
        .first_chunk()
        .map_or(0, |octets| u16::from_be_bytes(*octets));
    for kind in [SRV, TXT] {
        let Some(records) = read(answer, identity, kind) else {
            continue;
        };
        assert!(
            records.len() <= answer.len() / 10,
            "each record takes ten octets at least"
        );
        for record in records {
            match record {
                Record::Service { target, .. } => {
                    assert!(kind == SRV && target.len() <= 255);
                    // A name that can be asked for is the one that its question holds.
                    if let Some(question) = query(identity, &target, kind) {
                        let asked = name(&question, 12).map(|(name, _)| name);
                        assert_eq!(asked.as_deref(), Some(target.trim_end_matches('.')));
                    }
                }
                Record::Text(texts) => {
                    assert!(kind == TXT);
                    assert!(texts.iter().map(|text| text.chars().count() + 1).sum::<usize>() <= answer.len());
                }
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn answer(query: &[u8], records: &[Vec<u8>]) -> Vec<u8> {
        let mut out = query.to_vec();
        out[2] |= 0x80;
        out[7] = records.len() as u8;
        records.iter().for_each(|record| out.extend_from_slice(record));
        out
    }

    pub(crate) fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut out = vec![0xc0, 12];
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
        out.extend_from_slice(&(data.len() as u16).to_be_bytes());
        out.extend_from_slice(data);
        out
    }

    #[test]
    fn records_are_read_through_pointers() {
        let query = query(7, "_caldavs._tcp.example.org", SRV).unwrap();
        // The target goes on in the question: "mail" + "example.org" at offset 12 + 9 + 5.
        let data = [&[0, 0, 0, 5, 0x22, 0x69, 4][..], b"mail", &[0xc0, 26]].concat();
        let found = read(&answer(&query, &[record(SRV, &data)]), 7, SRV).unwrap();
        assert_eq!(
            found,
            [Record::Service {
                priority: 0,
                weight: 5,
                port: 8809,
                target: "mail.example.org".into()
            }]
        );
        let text = [&[12][..], b"path=/caldav"].concat();
        let found = read(&answer(&query, &[record(TXT, &text)]), 7, TXT).unwrap();
        assert_eq!(found, [Record::Text(vec!["path=/caldav".into()])]);
    }

    #[test]
    fn hostile_answers_end() {
        let query = query(7, "a.b", SRV).unwrap();
        let mut looped = answer(&query, &[record(SRV, &[0, 0, 0, 0, 0, 0, 0xc0, 0])]);
        let at = looped.len() - 1;
        looped[at] = (at - 1) as u8;
        assert_eq!(read(&looped, 7, SRV), None);
        for cut in 0..looped.len() {
            let _ = read(&looped[..cut], 7, SRV);
        }
        assert_eq!(read(&looped, 8, SRV), None);
        for name in ["", "a..b", "a b", "ü.de", &"a".repeat(64)] {
            assert!(super::query(1, name, SRV).is_none(), "{name}");
        }
    }

    #[tokio::test]
    async fn over_the_wire() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let server = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let low = [&[0, 0, 0, 5, 0, 80, 1][..], b"b", &[0]].concat();
                let high = [&[0, 0, 0, 9, 0, 81, 1][..], b"a", &[0]].concat();
                let reply = answer(&buffer[..length], &[record(SRV, &low), record(SRV, &high)]);
                socket.send_to(&reply, from).await.unwrap();
            }
        });
        let found = services(server, "_caldavs._tcp.example.org").await.unwrap();
        assert!(matches!(&found[0], Record::Service { port: 81, .. }), "{found:?}");
        assert_eq!(texts(server, "example.org").await.unwrap(), [""; 0]);
    }
}
