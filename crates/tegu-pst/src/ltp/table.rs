//! Table contexts ([MS-PST] section 2.3.4).

use super::{
    bth::Bth,
    heap::{Heap, Reference, TABLE},
    value::{Kind, Value, inline},
};
use crate::{
    Error, Result,
    bytes::{damaged, exceeded, part, u8, u16, u32},
    ndb::{DataTree, Node},
};
use std::cell::RefCell;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Column {
    /// The identifier of the property.
    pub id: u16,
    /// Its type.
    pub kind: Kind,
    offset: usize,
    width: usize,
    bit: usize,
}

/// A row: the node it stands for, and its octets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The identifier of the row. In tables of folders and messages it is that of a node.
    pub id: u32,
    data: Vec<u8>,
}

enum Rows {
    Memory(Vec<u8>),
    Tree(DataTree),
}

/// A table: of folders, of messages, of recipients, of attachments.
pub struct Table<'p> {
    heap: Heap<'p>,
    columns: Vec<Column>,
    index: Vec<(u32, u32)>,
    rows: Rows,
    row_size: usize,
    /// Where the existence bits begin.
    bits: usize,
    block: RefCell<Option<(usize, Vec<u8>)>>,
    damage: Vec<String>,
}

impl std::fmt::Debug for Table<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("columns", &self.columns.len())
            .field("rows", &self.index.len())
            .finish_non_exhaustive()
    }
}

impl<'p> Table<'p> {
    pub(crate) fn open(node: Node<'p>) -> Result<Self> {
        let heap = Heap::open(node, TABLE)?;
        let nid = heap.node.nid;
        let fail = |what: &str| damaged(format_args!("table {nid:#x}: {what}"));
        let head = heap.get(heap.root)?;
        if u8(&head, 0)? != 0x7c {
            return Err(fail("no table"));
        }
        let bits = usize::from(u16(&head, 6)?);
        let row_size = usize::from(u16(&head, 8)?);
        let (index_root, rows) = (u32(&head, 10)?, u32(&head, 14)?);
        let mut columns = Vec::with_capacity(u8(&head, 1)?.into());
        for index in 0..usize::from(u8(&head, 1)?) {
            let entry = part(&head, 22 + 8 * index, 8)?;
            let column = Column {
                id: u16(entry, 2)?,
                kind: Kind(u16(entry, 0)?),
                offset: u16(entry, 4)?.into(),
                width: u8(entry, 6)?.into(),
                bit: u8(entry, 7)?.into(),
            };
            if column.offset + column.width > row_size || bits + column.bit / 8 >= row_size {
                return Err(fail("a column lies outside of the row"));
            }
            columns.push(column);
        }
        if row_size < 4 {
            return Err(fail("impossible length of rows"));
        }
        let mut damage = Vec::new();
        let rows = match Reference::new(rows) {
            Reference::Node(nid) => Rows::Tree(heap.sub_data(nid)?),
            reference => Rows::Memory(heap.value(reference)?),
        };
        let capacity = match &rows {
            Rows::Memory(data) => data.len() / row_size,
            Rows::Tree(tree) => {
                let per_block = heap.node.ndb.header().format.block_capacity() / row_size;
                if per_block == 0 {
                    return Err(fail("a row is larger than a block"));
                }
                per_block.saturating_mul(tree.blocks())
            }
        };
        let mut table = Self {
            columns,
            index: Vec::new(),
            rows,
            row_size,
            bits,
            block: RefCell::default(),
            damage: Vec::new(),
            heap,
        };
        if Reference::new(index_root) != Reference::Empty {
            let tree = Bth::open(&table.heap, index_root)?;
            if tree.key != 4 || !matches!(tree.data, 2 | 4) {
                return Err(fail("its index has another shape"));
            }
            let mut index = Vec::new();
            let mut visit = |record: &[u8]| {
                let row = if tree.data == 2 {
                    u16(record, 4).map(u32::from)
                } else {
                    u32(record, 4)
                };
                if let (Ok(id), Ok(row)) = (u32(record, 0), row) {
                    index.push((id, row));
                }
            };
            let limit = table.heap.node.ndb.limits().rows;
            tree.walk(&table.heap, limit, &mut visit, &mut |error: Error| {
                damage.push(error.to_string());
            })?;
            // A stable sort: of two entries for one row the first counts.
            index.sort_by_key(|(_, row)| *row);
            let mut before = None;
            index.retain(|(id, row)| {
                let sound = (*row as usize) < capacity && before.replace(*row) != Some(*row);
                if !sound && damage.len() < 100 {
                    damage.push(format!("row {row} for {id:#x} is missing, or is there twice"));
                }
                sound
            });
            table.index = index;
        }
        if table.index.len() > table.heap.node.ndb.limits().rows {
            return Err(exceeded("more rows than the limit `rows`"));
        }
        table.damage = damage;
        Ok(table)
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The identifiers of the rows, in the order of the rows.
    pub fn ids(&self) -> impl Iterator<Item = u32> {
        self.index.iter().map(|(id, _)| *id)
    }

    /// What could not be read of the list of rows.
    #[must_use]
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    /// The row at a position below [`len`](Self::len).
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if it cannot be read.
    pub fn row(&self, position: usize) -> Result<Row> {
        let (id, number) = *self
            .index
            .get(position)
            .ok_or_else(|| damaged(format_args!("there is no row {position}")))?;
        let number = number as usize;
        let data = match &self.rows {
            Rows::Memory(data) => part(data, number * self.row_size, self.row_size)?.to_vec(),
            Rows::Tree(tree) => {
                let ndb = self.heap.node.ndb;
                let per_block = (ndb.header().format.block_capacity() / self.row_size).max(1);
                let (block, within) = (number / per_block, number % per_block);
                let mut kept = self.block.borrow_mut();
                if kept.as_ref().is_none_or(|(index, _)| *index != block) {
                    *kept = Some((block, tree.block(ndb, block)?));
                }
                let data = kept.as_ref().map(|(_, data)| data.as_slice()).unwrap_or_default();
                part(data, within * self.row_size, self.row_size)?.to_vec()
            }
        };
        Ok(Row { id, data })
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row>> {
        (0..self.len()).map(|position| self.row(position))
    }

    /// A cell; `None` if the row has no value there, or the table no such column.
    ///
    /// # Errors
    ///
    /// As [`Properties::get`](super::Properties::get).
    pub fn cell(&self, row: &Row, id: u16) -> Result<Option<Value>> {
        let Some(column) = self.columns.iter().find(|column| column.id == id) else {
            return Ok(None);
        };
        self.column(row, column)
    }

    /// Reads the octets of a string where they are; `None` for a cell that is empty or no string.
    pub(crate) fn string<T>(
        &self,
        row: &Row,
        id: u16,
        read: impl FnOnce(Kind, &[u8]) -> T,
    ) -> Result<Option<T>> {
        let Some(column) = self.columns.iter().find(|column| column.id == id) else {
            return Ok(None);
        };
        if !column.kind.is_string() {
            return self.column(row, column).map(|_| None);
        }
        let Some(slot) = self.slot(row, column)? else {
            return Ok(None);
        };
        Ok(Some(match Reference::new(u32(slot, 0)?) {
            Reference::Heap(item) => read(column.kind, &self.heap.get(item)?),
            reference => read(column.kind, &self.heap.value(reference)?),
        }))
    }

    /// The octets of a cell in its row; `None` if it is empty.
    fn slot<'r>(&self, row: &'r Row, column: &Column) -> Result<Option<&'r [u8]>> {
        let exists = u8(&row.data, self.bits + column.bit / 8)? & (0x80 >> (column.bit % 8)) != 0;
        if !exists {
            return Ok(None);
        }
        part(&row.data, column.offset, column.width).map(Some)
    }

    pub(crate) fn column(&self, row: &Row, column: &Column) -> Result<Option<Value>> {
        let Some(slot) = self.slot(row, column)? else {
            return Ok(None);
        };
        if let Some(value) = inline(column.kind, slot) {
            return value.map(Some);
        }
        let id = u32(slot, 0)?;
        let reference = Reference::new(id);
        if let Reference::Heap(id) = reference
            && column.kind.is_fixed()
        {
            return Value::fixed(column.kind, &self.heap.get(id)?).transpose();
        }
        let data = self.heap.value(reference)?;
        Value::decode(column.kind, data)
            .map(Some)
            .map_err(|error| error.context(format_args!("column {:#06x}", column.id)))
    }
}
