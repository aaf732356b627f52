//! Where contacts keep their addresses, and private lists their members ([MS-OXOCNTC] section 2.2).

use crate::{fields::Fields, tag::set, verdict::Notes};

/// Where the properties of each mail address begin: its name, its type, the address, and what it was before.
pub(crate) const ADDRESSES: [u32; 3] = [0x8080, 0x8090, 0x80a0];

/// Members, each as its entry identifier and as an address of its own ([MS-OXOCNTC] section 2.2.2.2).
pub(crate) fn members(fields: &mut Fields<'_, '_>, notes: &mut Notes) -> Vec<(Vec<u8>, Vec<u8>)> {
    if let Some(stream) = fields.binary(notes, set::ADDRESS, 0x8064) {
        match stream_members(&stream) {
            Ok(members) => return members,
            Err(error) => notes.lossy("PST-LIST-UNREADABLE", error.to_string()),
        }
    }
    let members = fields.binaries(notes, set::ADDRESS, 0x8055);
    let mut one_offs = fields.binaries(notes, set::ADDRESS, 0x8054);
    one_offs.resize(members.len(), Vec::new());
    members.into_iter().zip(one_offs).collect()
}

fn stream_members(data: &[u8]) -> crate::Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut rest = crate::bytes::Cursor::new(data);
    rest.take(28)?;
    let mut members = Vec::new();
    while !rest.rest().is_empty() {
        let length = rest.u32()? as usize;
        if length == 0 {
            break;
        }
        let member = rest.take(length)?.to_vec();
        let length = rest.u32()? as usize;
        members.push((member, rest.take(length)?.to_vec()));
    }
    Ok(members)
}
