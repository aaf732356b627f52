//! The present values of the attributes that a plan may change.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::{Addresses, block};
use crate::entry::{Entry, Known};

/// Attributes that are kept with each object.
const KEPT: &[Known] = &[
    Known::ObjectClass,
    Known::Mail,
    Known::ProxyAddresses,
    Known::MailAlternateAddress,
    Known::MailLocalAddress,
    Known::OtherMailbox,
    Known::MailForwardingAddress,
    Known::Rfc822MailAlias,
];

/// Returns whether a plan can know what an attribute holds now.
pub(crate) fn is_kept(name: &str) -> bool {
    Known::find(name).is_some_and(|k| KEPT.contains(&k))
}

/// Returns whether a value of `proxyAddresses` is a mail address.
fn is_mail(value: &[u8]) -> bool {
    value
        .get(..5)
        .is_some_and(|kind| kind.eq_ignore_ascii_case(b"smtp:"))
}

/// The values. Those that the addresses of the object tell octet by octet, as they do for nearly all objects, are not kept
/// twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    /// Nearly all objects have the same classes as others.
    classes: Option<Arc<Block>>,
    /// All other values.
    values: Option<Box<Block>>,
    /// Whether `mail` holds what [`Addresses::mail`] says.
    mail_as_read: bool,
    /// Whether `proxyAddresses` holds the primary address and the aliases, and no other mail addresses.
    proxies_as_read: bool,
}

/// Values, one behind the other. Nearly all objects pay two thin pointers for theirs.
#[derive(Clone, Debug)]
struct Block(Box<[u8]>);

/// Appends the values of an attribute to a block.
fn append(out: &mut Vec<u8>, known: Known, value: &[u8]) {
    block::head(known as u8, value.len(), |byte| out.push(byte));
    out.extend_from_slice(value);
}

fn values_of(bytes: &[u8], wanted: Option<Known>) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (tag, start, end) = block::value(bytes, at)?;
        at = end;
        Some((tag, bytes.get(start..end)?))
    })
    .filter_map(move |(tag, value)| (Some(tag) == wanted.map(|k| k as u8)).then_some(value))
}

/// Returns a block that equals this one, if it can the one of an earlier object.
fn shared(bytes: &[u8]) -> Arc<Block> {
    /// How many blocks are remembered. Users, groups, contacts and their like come mixed.
    const REMEMBERED: usize = 16;
    thread_local! {
        static LAST: RefCell<Vec<Arc<Block>>> = const { RefCell::new(Vec::new()) };
    }
    LAST.with_borrow_mut(|last| {
        if let Some(known) = last.iter().find(|known| *known.0 == *bytes) {
            return known.clone();
        }
        let fresh = Arc::new(Block(bytes.into()));
        last.truncate(REMEMBERED - 1);
        last.insert(0, fresh.clone());
        fresh
    })
}

fn proxies(addresses: &Addresses) -> impl Iterator<Item = Vec<u8>> {
    let primary = addresses.primary().into_iter().map(|a| ("SMTP:", a));
    let aliases = addresses.aliases().iter().map(|a| ("smtp:", a));
    primary
        .chain(aliases)
        .map(|(kind, address)| [kind.as_bytes(), address.as_str().as_bytes()].concat())
}

impl Held {
    pub(crate) fn of(entry: &Entry, addresses: &Addresses) -> Self {
        let kept = || {
            entry
                .attributes()
                .filter_map(|a| a.name().known().map(|known| (known, a.values())))
        };
        let of = |wanted: Known| kept().filter(move |(k, _)| *k == wanted).flat_map(|(_, v)| v);
        let mail_as_read = of(Known::Mail).eq(addresses.mail().iter().map(|a| a.as_str().as_bytes()));
        let proxies_as_read = of(Known::ProxyAddresses)
            .filter(|v| is_mail(v))
            .eq(proxies(addresses));
        let mut classes = Vec::new();
        of(Known::ObjectClass).for_each(|value| append(&mut classes, Known::ObjectClass, value));
        let mut rest = Vec::new();
        for (known, values) in kept().filter(|(known, _)| KEPT.contains(known)) {
            let told = match known {
                Known::ObjectClass => true,
                Known::Mail => mail_as_read,
                Known::ProxyAddresses => proxies_as_read,
                _ => false,
            };
            if !told {
                for value in values.filter(|v| known != Known::ProxyAddresses || is_mail(v)) {
                    append(&mut rest, known, value);
                }
            }
        }
        Self {
            classes: (!classes.is_empty()).then(|| shared(&classes)),
            values: (!rest.is_empty()).then(|| Box::new(Block(rest.into()))),
            mail_as_read,
            proxies_as_read,
        }
    }

    /// Returns the object classes.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &[u8]> {
        let classes = self.classes.as_ref().map_or(&[][..], |block| &block.0);
        values_of(classes, Some(Known::ObjectClass))
    }

    /// Returns whether the object has an object class.
    pub(crate) fn is_a(&self, class: &str) -> bool {
        self.classes().any(|v| v.eq_ignore_ascii_case(class.as_bytes()))
    }

    /// Returns the values of an attribute, in their order.
    pub(crate) fn values<'a>(
        &'a self,
        wanted: Option<Known>,
        addresses: &'a Addresses,
    ) -> impl Iterator<Item = Cow<'a, [u8]>> {
        let has = |known, flag: bool| flag && wanted == Some(known);
        let mail = has(Known::Mail, self.mail_as_read).then(|| addresses.mail());
        let mail = mail.into_iter().flatten().map(|a| a.as_str().as_bytes());
        let proxies = has(Known::ProxyAddresses, self.proxies_as_read).then(|| proxies(addresses));
        let classes = has(Known::ObjectClass, true).then(|| self.classes());
        let rest = self.values.as_ref().map_or(&[][..], |block| &block.0);
        let kept = classes
            .into_iter()
            .flatten()
            .chain(mail)
            .chain(values_of(rest, wanted));
        kept.map(Cow::Borrowed)
            .chain(proxies.into_iter().flatten().map(Cow::Owned))
    }
}
