//! Responses about rights (RFC 4314) and quotas (RFC 9208).

use bytes::Bytes;

use super::value::{Cursor, Malformed, Value};
use crate::access::{AclEntry, GrantableRights, Quota, QuotaResource, Rights};

/// A mailbox's name as it came.
fn name(cursor: &mut Cursor<'_>) -> Result<Bytes, Malformed> {
    let name = cursor.value()?;
    Ok(Bytes::copy_from_slice(name.octets().ok_or(Malformed)?))
}

fn text(cursor: &mut Cursor<'_>) -> Result<String, Malformed> {
    let value = cursor.value()?;
    Ok(value.text().ok_or(Malformed)?.into_owned())
}

/// Rights in the letters of RFC 4314, whichever the server used.
fn rights(cursor: &mut Cursor<'_>) -> Result<Rights, Malformed> {
    Ok(Rights::of(&text(cursor)?).modern())
}

pub(super) fn acl(cursor: &mut Cursor<'_>) -> Result<(Bytes, Vec<AclEntry>), Malformed> {
    let name = name(cursor)?;
    let mut entries = Vec::new();
    while !cursor.at_end() {
        entries.push(AclEntry::new(text(cursor)?, rights(cursor)?));
    }
    Ok((name, entries))
}

pub(super) fn list_rights(cursor: &mut Cursor<'_>) -> Result<(Bytes, String, GrantableRights), Malformed> {
    let (name, identifier) = (name(cursor)?, text(cursor)?);
    let mut grantable = GrantableRights {
        required: rights(cursor)?,
        ..GrantableRights::default()
    };
    while !cursor.at_end() {
        // One at a time the old letters are rights of their own.
        grantable.optional.push(Rights::of(&text(cursor)?));
    }
    Ok((name, identifier, grantable))
}

pub(super) fn my_rights(cursor: &mut Cursor<'_>) -> Result<(Bytes, Rights), Malformed> {
    Ok((name(cursor)?, rights(cursor)?))
}

pub(super) fn quota(cursor: &mut Cursor<'_>) -> Result<Quota, Malformed> {
    let (root, list) = (text(cursor)?, cursor.value()?);
    let (triples, _) = list.list().ok_or(Malformed)?.as_chunks::<3>();
    let resource = |[name, usage, limit]: &[Value<'_>; 3]| {
        Some(QuotaResource {
            name: name.text()?.to_ascii_uppercase(),
            usage: usage.number()?,
            limit: limit.number()?,
        })
    };
    let resources = triples.iter().filter_map(resource).collect();
    Ok(Quota { root, resources })
}

pub(super) fn quota_root(cursor: &mut Cursor<'_>) -> Result<(Bytes, Vec<String>), Malformed> {
    let name = name(cursor)?;
    let mut roots = Vec::new();
    while !cursor.at_end() {
        roots.push(text(cursor)?);
    }
    Ok((name, roots))
}
