//! Access control lists of collections (RFC 3744): read, and written with all that is not ours as it was.

mod request;

use self::request::path_at;
use super::origin::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::xml::{self, DAV, Element};

/// Entries of one list, and privileges of one entry or of one server, that are read. More is an error.
const MOST: usize = 4_096;

/// The name of a privilege: a namespace and a word in it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct PrivilegeName {
    /// The namespace, such as `DAV:`.
    pub namespace: String,
    /// The word, such as `read`.
    pub name: String,
}

impl PrivilegeName {
    /// A privilege by its namespace and its word.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    fn of(privilege: &Element) -> Option<Self> {
        let [named] = &privilege.children[..] else {
            return None;
        };
        Self::named(named)
    }

    /// The name of an element, if it can be written as it is.
    fn named(element: &Element) -> Option<Self> {
        let plain = is_name(&element.name) && is_namespace(&element.namespace);
        plain.then(|| Self::new(&element.namespace, &element.name))
    }
}

/// Whom an entry is about (RFC 3744, section 5.5.1).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Principal {
    /// A person or a group, by the reference that the server gives.
    Href(String),
    /// One of the words of `DAV:`: `all`, `authenticated`, `unauthenticated`, `self`.
    Word(String),
    /// Whoever a property of the collection names, such as `DAV:owner`.
    Property(PrivilegeName),
}

impl Principal {
    fn read(element: &Element) -> Option<Self> {
        let [one] = &element.children[..] else {
            return None;
        };
        match (one.namespace.as_str(), one.name.as_str(), &one.children[..]) {
            (DAV, "href", []) if !one.text.trim().contains(char::is_control) => {
                Some(Self::Href(one.text.trim().to_owned()))
            }
            (DAV, "property", [named]) => PrivilegeName::named(named).map(Self::Property),
            // Cyrus names the owner so.
            (DAV, "all" | "authenticated" | "unauthenticated" | "self" | "owner", []) => {
                Some(Self::Word(one.name.clone()))
            }
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str("<D:principal>");
        match self {
            Self::Href(href) => out.push_str(&format!("<D:href>{}</D:href>", xml::escape(href))),
            Self::Word(word) => out.push_str(&format!("<D:{word}/>")),
            Self::Property(named) => {
                out.push_str("<D:property>");
                write_name(named, out);
                out.push_str("</D:property>");
            }
        }
        out.push_str("</D:principal>");
    }
}

/// An entry of a list: what is granted or denied to whom (RFC 3744, section 5.5).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Ace {
    /// Whom it is about.
    pub principal: Principal,
    /// It is about everybody else.
    pub inverted: bool,
    /// It denies.
    pub denied: bool,
    /// What it grants or denies.
    pub privileges: Vec<PrivilegeName>,
    /// The server does not let it be changed.
    pub protected: bool,
    /// It comes from another resource, and stands in the list of that one.
    pub inherited: bool,
}

impl Ace {
    /// Grants these privileges.
    #[must_use]
    pub fn grant(principal: Principal, privileges: Vec<PrivilegeName>) -> Self {
        Self {
            principal,
            inverted: false,
            denied: false,
            privileges,
            protected: false,
            inherited: false,
        }
    }

    /// Whether it is written with the list: not what the server keeps by itself (RFC 3744, section 8.1).
    #[must_use]
    pub fn is_own(&self) -> bool {
        !self.protected && !self.inherited
    }

    /// Whether it simply grants something to this principal.
    #[must_use]
    pub fn is_grant_to(&self, whom: impl Fn(&Principal) -> bool) -> bool {
        self.is_own() && !self.inverted && !self.denied && whom(&self.principal)
    }

    /// Reads an entry. `None` for one that could not be written again as it is.
    fn read(element: &Element) -> Result<Option<Self>> {
        let (mut whom, mut said) = (None, None);
        let mut ace = Self::grant(Principal::Word("self".into()), Vec::new());
        for part in &element.children {
            let known = match part.name.as_str() {
                _ if part.namespace != DAV => false,
                "principal" => whom.replace((part, false)).is_none(),
                "invert" => match part.child(DAV, "principal") {
                    Some(inner) if part.children.len() == 1 => whom.replace((inner, true)).is_none(),
                    _ => false,
                },
                "grant" | "deny" => said.replace(part).is_none(),
                "protected" => {
                    ace.protected = true;
                    true
                }
                "inherited" => {
                    ace.inherited = true;
                    true
                }
                _ => false,
            };
            if !known {
                return Ok(None);
            }
        }
        let (Some((whom, inverted)), Some(said)) = (whom, said) else {
            return Ok(None);
        };
        let Some(principal) = Principal::read(whom) else {
            return Ok(None);
        };
        (ace.principal, ace.inverted, ace.denied) = (principal, inverted, said.name == "deny");
        bounded(said.children.len())?;
        for privilege in &said.children {
            match PrivilegeName::of(privilege).filter(|_| privilege.is(DAV, "privilege")) {
                Some(name) => ace.privileges.push(name),
                None => return Ok(None),
            }
        }
        Ok(Some(ace))
    }

    fn write(&self, out: &mut String) {
        out.push_str("<D:ace>");
        if self.inverted {
            out.push_str("<D:invert>");
        }
        self.principal.write(out);
        if self.inverted {
            out.push_str("</D:invert>");
        }
        let what = if self.denied { "deny" } else { "grant" };
        out.push_str(&format!("<D:{what}>"));
        for privilege in &self.privileges {
            out.push_str("<D:privilege>");
            write_name(privilege, out);
            out.push_str("</D:privilege>");
        }
        out.push_str(&format!("</D:{what}></D:ace>"));
    }
}

/// A list, as a server tells it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Acl {
    /// Its entries, in the server's order.
    pub entries: Vec<Ace>,
    /// Entries that are not understood. A list that has any is not written, since they would be lost.
    pub strange: usize,
}

impl Acl {
    fn read(element: &Element) -> Result<Self> {
        bounded(element.children.len())?;
        let mut acl = Self::default();
        for child in &element.children {
            match Ace::read(child)?.filter(|_| child.is(DAV, "ace")) {
                Some(ace) => acl.entries.push(ace),
                None => acl.strange += 1,
            }
        }
        Ok(acl)
    }

    /// The body of an `ACL` request: what the server does not keep by itself.
    fn write(&self) -> String {
        let mut out = "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:acl xmlns:D=\"DAV:\">".to_owned();
        for ace in self.entries.iter().filter(|ace| ace.is_own()) {
            ace.write(&mut out);
        }
        out.push_str("</D:acl>");
        out
    }

    /// The entries that are written with the list.
    pub fn own(&self) -> impl Iterator<Item = &Ace> {
        self.entries.iter().filter(|ace| ace.is_own())
    }
}

/// A privilege that a server knows, and what it contains (RFC 3744, section 5.3).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SupportedPrivilege {
    /// What it is called.
    pub name: PrivilegeName,
    /// It cannot stand in a list.
    pub is_abstract: bool,
    /// What it contains.
    pub parts: Vec<Self>,
}

impl SupportedPrivilege {
    /// A privilege and its parts.
    #[must_use]
    pub fn new(name: PrivilegeName, is_abstract: bool, parts: Vec<Self>) -> Self {
        Self {
            name,
            is_abstract,
            parts,
        }
    }

    /// Reads one; its depth is that of the document, which is bounded. One without a name is left out, with all that it contains.
    fn read(element: &Element, met: &mut usize) -> Result<Option<Self>> {
        *met += 1;
        bounded(*met)?;
        let name = element.child(DAV, "privilege").and_then(PrivilegeName::of);
        let mut parts = Vec::new();
        for child in element
            .children
            .iter()
            .filter(|child| child.is(DAV, "supported-privilege"))
        {
            parts.extend(Self::read(child, met)?);
        }
        Ok(name.map(|name| Self {
            name,
            is_abstract: element.has(DAV, "abstract"),
            parts,
        }))
    }
}

/// What a server tells of a collection's list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Access {
    /// The list. `None` if the server does not show it to this user.
    pub acl: Option<Acl>,
    /// The privileges that the server knows for the collection. None from a server without lists.
    pub supported: Vec<SupportedPrivilege>,
    /// The path of the principal whom the collection belongs to, if the server says so. In somebody's home stand collections of others too, which they
    /// share with him.
    pub owner: Option<String>,
    /// What lists must be like (RFC 3744, section 5.6), by the words of `DAV:`, such as `grant-only`.
    pub restrictions: Vec<String>,
}

impl Access {
    fn read(response: &xml::Response, origin: Option<&Origin>) -> Result<Self> {
        let mut access = Self::default();
        let owner = response
            .prop(DAV, "owner")
            .and_then(|owner| owner.child(DAV, "href"));
        access.owner = owner
            .zip(origin)
            .and_then(|(href, origin)| path_at(origin, &href.text));
        if let Some(set) = response.prop(DAV, "supported-privilege-set") {
            let mut met = 0;
            for child in set
                .children
                .iter()
                .filter(|child| child.is(DAV, "supported-privilege"))
            {
                access
                    .supported
                    .extend(SupportedPrivilege::read(child, &mut met)?);
            }
        }
        if let Some(restrictions) = response.prop(DAV, "acl-restrictions") {
            let words = restrictions
                .children
                .iter()
                .filter(|child| child.namespace == DAV);
            access.restrictions = words.take(MOST).map(|child| child.name.clone()).collect();
        }
        access.acl = response.prop(DAV, "acl").map(Acl::read).transpose()?;
        Ok(access)
    }
}

fn bounded(count: usize) -> Result<()> {
    if count > MOST {
        let why = format!("more than {MOST} entries or privileges");
        return Err(Error::new(ErrorKind::Limit, why).doing("read", "an access control list"));
    }
    Ok(())
}

/// Whether a name can be written as it is. The names of all privileges are of this form.
fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// Whether a namespace can be written as it is, without a character that XML has other forms of.
fn is_namespace(namespace: &str) -> bool {
    !namespace.is_empty()
        && namespace
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"<>&\"'".contains(&b))
}

fn write_name(name: &PrivilegeName, out: &mut String) {
    if name.namespace == DAV {
        out.push_str(&format!("<D:{}/>", name.name));
        return;
    }
    out.push_str(&format!("<{} xmlns=\"{}\"/>", name.name, name.namespace));
}

/// Reads bytes as a list and checks that what is written of it is read as the same, for the fuzz target.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn fuzz_acl(bytes: &[u8]) {
    let Ok(responses) = xml::multistatus(bytes, &xml::Limits::default()) else {
        return;
    };
    for acl in responses
        .iter()
        .filter_map(|response| Access::read(response, None).ok()?.acl)
    {
        let again = xml::parse(acl.write().as_bytes(), &xml::Limits::default());
        let again = again.and_then(|element| Acl::read(&element));
        let again = again.expect("what was written is a list");
        assert_eq!(again.strange, 0);
        assert!(again.entries.iter().eq(acl.own()));
    }
}

#[cfg(test)]
mod tests;
