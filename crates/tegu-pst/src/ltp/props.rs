//! Property contexts ([MS-PST] section 2.3.3).

use super::{
    bth::Bth,
    heap::{Heap, PROPERTIES, Reference},
    value::{Kind, Value, inline},
};
use crate::{
    Error, Result,
    bytes::{u16, u32},
    limits::RECORDS,
    ndb::{DataReader, Node},
};

/// A property as its record holds it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RawProperty {
    /// The identifier. From 0x8000 on it has a meaning by the file's map of names only.
    pub id: u16,
    /// The type.
    pub kind: Kind,
    slot: u32,
}

/// The properties of a store, a folder, a message or an attachment.
#[derive(Debug)]
pub struct Properties<'p> {
    heap: Heap<'p>,
    records: Vec<RawProperty>,
    damage: Vec<String>,
}

impl<'p> Properties<'p> {
    pub(crate) fn open(node: Node<'p>) -> Result<Self> {
        let heap = Heap::open(node, PROPERTIES)?;
        let mut records = Vec::with_capacity(64);
        let mut damage = Vec::new();
        let mut visit = |record: &[u8]| {
            if let (Ok(id), Ok(kind), Ok(slot)) = (u16(record, 0), u16(record, 2), u32(record, 4)) {
                // Some writers begin with a record of zeros.
                if (id, kind) != (0, 0) {
                    records.push(RawProperty {
                        id,
                        kind: Kind(kind),
                        slot,
                    });
                }
            }
        };
        let tree = Bth::open(&heap, heap.root)?;
        if (tree.key, tree.data) != (2, 6) {
            return Err(crate::bytes::damaged(format_args!(
                "node {:#x}: no properties",
                heap.node.nid
            )));
        }
        tree.walk(&heap, RECORDS, &mut visit, &mut |error: Error| {
            damage.push(error.to_string());
        })?;
        // A stable sort: of two records with one identifier the first counts.
        records.sort_by_key(|record| record.id);
        let before = records.len();
        records.dedup_by_key(|record| record.id);
        if records.len() < before {
            damage.push("a property is there twice".to_owned());
        }
        if let Some(sub) = &heap.node.damage {
            damage.push(sub.clone());
        }
        Ok(Self {
            heap,
            records,
            damage,
        })
    }

    /// All properties, by identifier.
    #[must_use]
    pub fn records(&self) -> &[RawProperty] {
        &self.records
    }

    /// What could not be read of the list itself; single values that cannot be read are errors of [`get`](Self::get).
    #[must_use]
    pub fn damage(&self) -> &[String] {
        &self.damage
    }

    pub(crate) fn node(&self) -> &Node<'p> {
        &self.heap.node
    }

    /// The record of a property.
    #[must_use]
    pub fn record(&self, id: u16) -> Option<RawProperty> {
        let index = self.records.binary_search_by_key(&id, |record| record.id).ok()?;
        self.records.get(index).copied()
    }

    /// The value of a property; `None` if it is absent.
    ///
    /// # Errors
    ///
    /// [`Malformed`](crate::ErrorKind::Malformed) if the value is damaged, [`Unsupported`](crate::ErrorKind::Unsupported) if its type
    /// is unknown, [`Limit`](crate::ErrorKind::Limit) if it is larger than memory should hold.
    pub fn get(&self, id: u16) -> Result<Option<Value>> {
        self.record(id)
            .map(|record| {
                self.value(record)
                    .map_err(|error| error.context(format_args!("property {id:#06x}")))
            })
            .transpose()
    }

    /// Reads a value, without a copy of it where it lies in the heap, and says whether there is something in it.
    pub(crate) fn probe(&self, record: RawProperty) -> Result<bool> {
        let read = match (record.kind.number(), Reference::new(record.slot)) {
            // Strings and octets are as they are.
            (0x1e | 0x1f | 0x0102, Reference::Heap(id)) => self.heap.get(id).map(|data| !data.is_empty()),
            _ => self.value(record).map(|value| !value.is_empty()),
        };
        read.map_err(|error| error.context(format_args!("property {:#06x}", record.id)))
    }

    fn value(&self, record: RawProperty) -> Result<Value> {
        if let Some(value) = inline(record.kind, &record.slot.to_le_bytes()) {
            return value;
        }
        if record.kind.0 == 1 {
            return Ok(Value::Null);
        }
        let reference = Reference::new(record.slot);
        if let Reference::Heap(id) = reference
            && record.kind.is_fixed()
        {
            let data = self.heap.get(id)?;
            if let Some(value) = Value::fixed(record.kind, &data) {
                return value;
            }
        }
        Value::decode(record.kind, self.heap.value(reference)?)
    }

    /// Reads the octets of a string where they are; `None` for a property that is absent or no string.
    pub(crate) fn string<T>(&self, id: u16, read: impl FnOnce(Kind, &[u8]) -> T) -> Result<Option<T>> {
        let Some(record) = self.record(id) else {
            return Ok(None);
        };
        if !record.kind.is_string() {
            // A value of an unknown type cannot be read.
            return self.get(id).map(|_| None);
        }
        let context = |error: Error| error.context(format_args!("property {id:#06x}"));
        Ok(Some(match Reference::new(record.slot) {
            Reference::Heap(item) => read(record.kind, &self.heap.get(item).map_err(context)?),
            reference => read(record.kind, &self.heap.value(reference).map_err(context)?),
        }))
    }

    /// The octets of a property, block by block.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub fn reader(&self, id: u16) -> Result<Option<DataReader<'p>>> {
        let Some(record) = self.record(id) else {
            return Ok(None);
        };
        let ndb = self.heap.node.ndb;
        let slot = record.slot.to_le_bytes();
        if let Some(width) = record.kind.width().filter(|width| *width <= slot.len()) {
            let data = slot.get(..width).unwrap_or_default().to_vec();
            return Ok(Some(DataReader::memory(ndb, data)));
        }
        Ok(Some(match Reference::new(record.slot) {
            Reference::Node(nid) => DataReader::new(ndb, self.heap.sub_data(nid)?)?,
            reference => DataReader::memory(ndb, self.heap.value(reference)?),
        }))
    }

    /// How many octets a property of variable length has.
    pub(crate) fn length(&self, id: u16) -> Result<u64> {
        Ok(self.reader(id)?.map_or(0, |reader| reader.length()))
    }
}
