//! Property contexts and tables ([MS-PST] section 2.3.3 and 2.3.4).

use super::{File, Layout, Value, heap::Heap};
use std::collections::BTreeMap;

/// What a node is made of: its data and its sub-nodes.
pub(crate) type Body = (u64, Vec<(u32, u64, u64)>);

/// Writes properties.
pub(crate) fn properties(file: &mut File, properties: &[(u16, Value)]) -> Body {
    let mut heap = Heap::new(0xbc, file);
    let mut records = BTreeMap::new();
    for (id, value) in properties {
        let (kind, data) = value.encode(file.layout());
        let slot = if fixed(kind).is_some_and(|width| width <= 4) {
            let mut slot = [0; 4];
            slot[..data.len()].copy_from_slice(&data);
            slot
        } else {
            heap.value(file, data).to_le_bytes()
        };
        let record = [&id.to_le_bytes()[..], &kind.to_le_bytes(), &slot].concat();
        records.insert(*id, record);
    }
    let records: Vec<Vec<u8>> = records.into_values().collect();
    let root = heap.tree(2, 6, &records);
    let (data, subs) = heap.finish(root);
    (file.data(&data), subs)
}

/// The length of values of a type that a record or a row can hold.
fn fixed(kind: u16) -> Option<usize> {
    match kind {
        0x02 => Some(2),
        0x0b => Some(1),
        0x03 | 0x04 | 0x0a => Some(4),
        0x05..=0x07 | 0x14 | 0x40 => Some(8),
        _ => None,
    }
}

/// A row: its identifier, and its cells by identifier of the property.
pub(crate) type Row = (u32, Vec<(u16, Value)>);

impl File {
    /// Writes properties in place of what the node `nid` held.
    pub fn properties(&mut self, nid: u32, parent: u32, list: &[(u16, Value)]) {
        let (data, subs) = properties(self, list);
        let sub = self.subnodes(&subs);
        self.node(nid, data, sub, parent);
    }

    /// Writes a table in place of what the node `nid` held: the nodes that it lists, each with the number of its row. A sound
    /// table has the numbers from 0 on.
    pub fn list_of_rows(&mut self, nid: u32, rows: &[(u32, u32)]) {
        let bare: Vec<Row> = rows.iter().map(|(id, _)| (*id, Vec::new())).collect();
        let (data, subs) = numbered(self, &[], &bare, |row| rows[row].1);
        let sub = self.subnodes(&subs);
        self.node(nid, data, sub, 0);
    }
}

/// Writes a table with at least the columns `columns`, each an identifier and a value of its type.
pub(crate) fn table(file: &mut File, columns: &[(u16, Value)], rows: &[Row]) -> Body {
    numbered(file, columns, rows, |row| row as u32)
}

/// Writes a table whose index gives each row the number that `number_of` says.
fn numbered(
    file: &mut File,
    columns: &[(u16, Value)],
    rows: &[Row],
    number_of: impl Fn(usize) -> u32,
) -> Body {
    let layout = file.layout();
    let mut heap = Heap::new(0x7c, file);
    let mut kinds = BTreeMap::from([(0x67f2, 0x03), (0x67f3, 0x03)]);
    let cells = rows.iter().flat_map(|(_, cells)| cells);
    for (id, value) in columns.iter().chain(cells) {
        kinds.insert(*id, value.encode(layout).0);
    }
    // One writer gives this column of numbers twice the room that it needs.
    let width = |id: u16, kind: u16| match (id, kind) {
        (0x3000, 0x03) => 8,
        _ => fixed(kind).unwrap_or(4),
    };
    let mut order: Vec<(u16, u16)> = kinds.iter().map(|(id, kind)| (*id, *kind)).collect();
    // The identifier and the version of the row come first, then wide cells before narrow ones.
    order.sort_by_key(|(id, kind)| {
        let group = match (*id, width(*id, *kind)) {
            (0x67f2, _) => 0,
            (0x67f3, _) => 1,
            (_, 8 | 4) => 2,
            (_, 2) => 3,
            _ => 4,
        };
        (group, *id)
    });
    let mut offsets = BTreeMap::new();
    let mut at = 0;
    let mut ends = [0_u16; 3];
    for (bit, (id, kind)) in order.iter().enumerate() {
        offsets.insert(*id, (at, bit));
        at += width(*id, *kind);
        let first = match width(*id, *kind) {
            8 | 4 => 0,
            2 => 1,
            _ => 2,
        };
        for end in &mut ends[first..] {
            *end = at as u16;
        }
    }
    let bits = at;
    let size = bits + order.len().div_ceil(8);
    let mut matrix = Vec::new();
    let mut index = Vec::new();
    let per_block = file.capacity() / size;
    let large = rows.len() * size > 3580;
    for (number, (nid, cells)) in rows.iter().enumerate() {
        if large && number > 0 && number.is_multiple_of(per_block) {
            matrix.resize(matrix.len().next_multiple_of(file.capacity()), 0);
        }
        let mut row = vec![0; size];
        let own = [
            (0x67f2, Value::Int(*nid as i32)),
            (0x67f3, Value::Int(number as i32 + 1)),
        ];
        for (id, value) in own.iter().chain(cells) {
            let (offset, bit) = offsets[id];
            let (kind, data) = value.encode(layout);
            let data = if fixed(kind).is_some() {
                data
            } else {
                heap.value(file, data).to_le_bytes().to_vec()
            };
            row[offset..offset + data.len()].copy_from_slice(&data);
            row[bits + bit / 8] |= 0x80 >> (bit % 8);
        }
        matrix.extend(row);
        let number = number_of(number);
        let position = if layout == Layout::Ansi {
            number.to_le_bytes()[..2].to_vec()
        } else {
            number.to_le_bytes().to_vec()
        };
        index.push([nid.to_le_bytes().to_vec(), position].concat());
    }
    index.sort_by_key(|record| u32::from_le_bytes([record[0], record[1], record[2], record[3]]));
    let index = heap.tree(4, if layout == Layout::Ansi { 2 } else { 4 }, &index);
    let index = heap.add(index);
    let matrix = match matrix.len() {
        0 => 0,
        _ if large => {
            let bid = file.data(&matrix);
            heap.sub(bid)
        }
        _ => heap.add(matrix),
    };
    let mut head = vec![0x7c, order.len() as u8];
    head.extend(ends.iter().flat_map(|end| end.to_le_bytes()));
    head.extend((size as u16).to_le_bytes());
    head.extend(index.to_le_bytes());
    head.extend(matrix.to_le_bytes());
    head.extend([0; 4]);
    for (id, kind) in &kinds {
        let (offset, bit) = offsets[id];
        head.extend(kind.to_le_bytes());
        head.extend(id.to_le_bytes());
        head.extend((offset as u16).to_le_bytes());
        head.extend([width(*id, *kind) as u8, bit as u8]);
    }
    let (data, subs) = heap.finish(head);
    (file.data(&data), subs)
}
