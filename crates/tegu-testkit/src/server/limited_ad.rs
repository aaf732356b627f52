//! A scripted domain controller with the limits that a real one has and Samba lacks.

use crate::ldap_wire::{Request, elements, entry, message, page_end, result};
use crate::server::scripted_ldap::ScriptedLdap;
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

const BASE: &str = "DC=corp,DC=example,DC=test";
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
const PAGING: &str = "1.2.840.113556.1.4.319";

/// An entry of a [`LimitedAd`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AdEntry {
    /// Where it stands.
    pub dn: String,
    /// Names and values.
    pub attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl AdEntry {
    /// An entry without attributes.
    pub fn new(dn: impl Into<String>) -> Self {
        Self {
            dn: dn.into(),
            attributes: Vec::new(),
        }
    }

    /// Adds an attribute with its values.
    #[must_use]
    pub fn with<V: Into<Vec<u8>>>(mut self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.attributes.push((name.to_owned(), values));
        self
    }

    fn get(&self, name: &str) -> &[Vec<u8>] {
        self.attributes
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map_or(&[], |(_, values)| values)
    }

    fn is(&self, name: &str, value: &[u8]) -> bool {
        self.get(name).iter().any(|v| v.eq_ignore_ascii_case(value))
    }
}

#[derive(Debug)]
struct State {
    entries: Vec<AdEntry>,
    usn: u64,
    controller: String,
    page_entries: usize,
    range_values: usize,
    /// How large each page was, and the attributes that were asked for in parts.
    pages: Vec<usize>,
    ranges: Vec<String>,
}

/// What a domain controller with default settings does: at most 1,000 entries for a search without pages and in a page
/// (`MaxPageSize`), at most 1,500 values of an attribute at a time (`MaxValRange`), numbers of changes, and deleted
/// objects for those who ask. It understands as much of filters as a reader of recipients and changes sends.
#[derive(Debug)]
pub struct LimitedAd {
    server: ScriptedLdap,
    state: Arc<Mutex<State>>,
}

impl LimitedAd {
    /// Starts the server with entries and the usual limits.
    pub fn start(entries: Vec<AdEntry>) -> Self {
        Self::start_with_limits(entries, 1_000, 1_500)
    }

    /// Starts the server with limits of its own.
    pub fn start_with_limits(entries: Vec<AdEntry>, page_entries: usize, range_values: usize) -> Self {
        let mut state = State {
            entries: Vec::new(),
            usn: 10_000,
            controller: "CN=NTDS Settings,CN=DC1,CN=Servers,CN=Configuration,DC=corp,DC=example,DC=test"
                .into(),
            page_entries,
            range_values,
            pages: Vec::new(),
            ranges: Vec::new(),
        };
        entries.into_iter().for_each(|e| state.put(e));
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        let server = ScriptedLdap::start(move |client, request, _| {
            let answer = shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .search(request);
            send(client, &answer)
        });
        Self { server, state }
    }

    /// `ldap://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The domain's naming context.
    pub fn base_dn(&self) -> &str {
        BASE
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds an entry, or puts it in the place of the one with that name.
    pub fn put(&self, entry: AdEntry) {
        self.with(|state| state.put(entry));
    }

    /// Deletes an entry: what is left of it is its identity, and stands among the deleted objects.
    pub fn delete(&self, dn: &str) {
        self.with(|state| {
            let Some(at) = state.entries.iter().position(|e| e.dn.eq_ignore_ascii_case(dn)) else {
                panic!("there is no {dn}");
            };
            let gone = state.entries.remove(at);
            let rdn = gone.dn.split(',').next().unwrap_or_default();
            let mut left = AdEntry::new(format!("{rdn}\\0ADEL:1,CN=Deleted Objects,{BASE}"));
            for name in ["objectClass", "objectGUID", "sAMAccountName"] {
                left = left.with(name, gone.get(name).to_vec());
            }
            state.put(left.with("isDeleted", ["TRUE"]));
        });
    }

    /// Makes it answer as another domain controller, whose numbers of changes are its own.
    pub fn become_another_controller(&self) {
        self.with(|state| state.controller = state.controller.replace("DC1", "DC2"));
    }

    /// How large each page was that it has given.
    pub fn pages(&self) -> Vec<usize> {
        self.with(|state| state.pages.clone())
    }

    /// The attributes that were asked for in parts, as they were named.
    pub fn ranges(&self) -> Vec<String> {
        self.with(|state| state.ranges.clone())
    }
}

fn send(client: &mut TcpStream, answer: &[u8]) -> io::Result<()> {
    client.write_all(answer)
}

/// A control of a request: its identifier and its value.
fn controls(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let parts = elements(body);
    let Some((0xa0, list)) = parts.get(1) else {
        return Vec::new();
    };
    elements(list)
        .into_iter()
        .map(|(_, control)| {
            let parts = elements(control);
            let oid = String::from_utf8_lossy(parts[0].1).into_owned();
            let value = parts.iter().skip(1).find(|(tag, _)| *tag == 4);
            (oid, value.map(|(_, v)| v.to_vec()).unwrap_or_default())
        })
        .collect()
}

fn matches(entry: &AdEntry, tag: u8, content: &[u8]) -> bool {
    let pair = || {
        let parts = elements(content);
        (
            String::from_utf8_lossy(parts[0].1).into_owned(),
            parts[1].1.to_vec(),
        )
    };
    match tag {
        0xa0 => elements(content).into_iter().all(|(t, c)| matches(entry, t, c)),
        0xa1 => elements(content).into_iter().any(|(t, c)| matches(entry, t, c)),
        0xa2 => elements(content).into_iter().all(|(t, c)| !matches(entry, t, c)),
        0xa3 => {
            let (name, value) = pair();
            entry.is(&name, &value)
        }
        0xa5 => {
            let (name, value) = pair();
            let number = |v: &[u8]| String::from_utf8_lossy(v).parse::<u64>().ok();
            entry.get(&name).iter().any(|v| number(v) >= number(&value))
        }
        0x87 => !entry.get(&String::from_utf8_lossy(content)).is_empty(),
        other => panic!("a filter of the kind {other:#04x} is not scripted"),
    }
}

impl State {
    fn put(&mut self, mut entry: AdEntry) {
        self.usn += 1;
        entry.attributes.retain(|(n, _)| n != "uSNChanged");
        let entry = entry.with("uSNChanged", [self.usn.to_string()]);
        match self
            .entries
            .iter_mut()
            .find(|e| e.dn.eq_ignore_ascii_case(&entry.dn))
        {
            Some(known) => *known = entry,
            None => self.entries.push(entry),
        }
    }

    fn root(&self) -> AdEntry {
        AdEntry::new("")
            .with(
                "namingContexts",
                [BASE, "CN=Configuration,DC=corp,DC=example,DC=test"],
            )
            .with("defaultNamingContext", [BASE])
            .with("supportedControl", [PAGING, SHOW_DELETED])
            .with("dsServiceName", [self.controller.as_str()])
            .with("highestCommittedUSN", [self.usn.to_string()])
    }

    fn search(&mut self, request: &Request) -> Vec<u8> {
        let controls = controls(&request.body);
        let operation = elements(&request.body)[0].1;
        let parts = elements(operation);
        let base = String::from_utf8_lossy(parts[0].1).into_owned();
        let subtree = parts[1].1 == [2];
        let names: Vec<String> = elements(parts[7].1)
            .into_iter()
            .map(|(_, name)| String::from_utf8_lossy(name).into_owned())
            .collect();
        let deleted = controls.iter().any(|(oid, _)| oid == SHOW_DELETED);
        let (tag, filter) = parts[6];
        let within = |e: &AdEntry| {
            let (dn, base) = (e.dn.to_lowercase(), base.to_lowercase());
            if subtree { dn.ends_with(&base) } else { dn == base }
        };
        let root;
        let found: Vec<&AdEntry> = if base.is_empty() {
            root = self.root();
            vec![&root]
        } else {
            self.entries
                .iter()
                .filter(|e| within(e) && matches(e, tag, filter))
                .filter(|e| deleted || !e.is("isDeleted", b"TRUE"))
                .collect()
        };
        let paging = controls.iter().find(|(oid, _)| oid == PAGING).map(|(_, value)| {
            let parts = elements(value);
            let parts = elements(parts[0].1);
            let size = parts[0].1.iter().fold(0, |sum, &b| (sum << 8) | usize::from(b));
            let from = String::from_utf8_lossy(parts[1].1).parse().unwrap_or(0);
            (size.min(self.page_entries), from)
        });
        let (size, from) = paging.unwrap_or((self.page_entries, 0));
        let (mut out, mut ranges) = (Vec::new(), Vec::new());
        let page: Vec<_> = found.iter().skip(from).take(size).collect();
        for found in &page {
            let shown = self.shown(found, &names, &mut ranges);
            let values: Vec<Vec<&[u8]>> = shown
                .iter()
                .map(|(_, values)| values.iter().map(Vec::as_slice).collect())
                .collect();
            let attributes: Vec<(&str, &[&[u8]])> = shown
                .iter()
                .zip(&values)
                .map(|((name, _), values)| (name.as_str(), values.as_slice()))
                .collect();
            out.extend(message(request.id, &entry(found.dn.as_bytes(), &attributes)));
        }
        let more = from + page.len() < found.len();
        if paging.is_some() {
            self.pages.push(page.len());
            let cookie = if more {
                (from + page.len()).to_string()
            } else {
                String::new()
            };
            out.extend(page_end(request.id, 0, cookie.as_bytes()));
        } else {
            // sizeLimitExceeded: what was sent so far is all that the client gets.
            out.extend(message(request.id, &result(0x65, if more { 4 } else { 0 })));
        }
        self.ranges.extend(ranges);
        out
    }

    /// What a client sees of an entry that asked for these attributes.
    fn shown(
        &self,
        entry: &AdEntry,
        names: &[String],
        ranges: &mut Vec<String>,
    ) -> Vec<(String, Vec<Vec<u8>>)> {
        let mut out = Vec::new();
        for name in names {
            let (plain, range) = match name.split_once(";range=") {
                Some((plain, range)) => (plain, Some(range)),
                None => (name.as_str(), None),
            };
            let values = entry.get(plain);
            let from = match range {
                Some(range) => {
                    ranges.push(name.clone());
                    let low = range.split('-').next().unwrap_or_default();
                    low.parse().unwrap_or(0)
                }
                None => 0,
            };
            if range.is_none() && values.len() <= self.range_values {
                if !values.is_empty() {
                    out.push((plain.to_owned(), values.to_vec()));
                }
                continue;
            }
            let part: Vec<_> = values
                .iter()
                .skip(from)
                .take(self.range_values)
                .cloned()
                .collect();
            if part.is_empty() {
                continue;
            }
            let last = from + part.len();
            let end = if last >= values.len() {
                "*".into()
            } else {
                (last - 1).to_string()
            };
            if range.is_none() {
                out.push((plain.to_owned(), Vec::new()));
            }
            out.push((format!("{plain};range={from}-{end}"), part));
        }
        out
    }
}
