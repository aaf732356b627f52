//! Heaps, and B-trees on them ([MS-PST] section 2.3.1 and 2.3.2).

use super::{File, Layout};

/// The most octets of one allocation.
const LARGEST: usize = 3580;

/// A heap that is being written.
#[derive(Debug)]
pub(crate) struct Heap {
    client: u8,
    capacity: usize,
    /// Where the number of the block begins in an identifier.
    shift: u32,
    blocks: Vec<Vec<Vec<u8>>>,
    filled: usize,
    /// Values that are too large, as sub-nodes.
    pub(crate) subs: Vec<(u32, u64, u64)>,
    next_sub: u32,
}

impl Heap {
    pub(crate) fn new(client: u8, file: &File) -> Self {
        let mut heap = Self {
            client,
            capacity: file.capacity(),
            shift: if file.layout() == Layout::Unicode4k {
                19
            } else {
                16
            },
            blocks: vec![Vec::new()],
            filled: 12 + 6,
            subs: Vec::new(),
            next_sub: 0x100,
        };
        // The root: eight octets of a B-tree, or a table's head, which is written when it is known.
        heap.add(Vec::new());
        heap
    }

    fn head(index: usize) -> usize {
        match index {
            0 => 12,
            index if index >= 8 && (index - 8).is_multiple_of(128) => 66,
            _ => 2,
        }
    }

    /// Adds an allocation.
    pub(crate) fn add(&mut self, data: Vec<u8>) -> u32 {
        assert!(data.len() <= LARGEST, "{} octets on a heap", data.len());
        let last = self.blocks.len() - 1;
        // The root grows later: leave room for the largest head of a table.
        let reserve = if last == 0 { 2100 } else { 0 };
        if self.filled + data.len() + 3 + reserve > self.capacity || self.blocks[last].len() >= 2000 {
            self.blocks.push(Vec::new());
            self.filled = Self::head(self.blocks.len() - 1) + 6;
        }
        self.filled += data.len() + 2;
        let block = self.blocks.len() - 1;
        self.blocks[block].push(data);
        ((self.blocks[block].len() as u32) << 5) | ((block as u32) << self.shift)
    }

    /// Adds a value: on the heap, or in a sub-node if it is large. An empty one is 0.
    pub(crate) fn value(&mut self, file: &mut File, data: Vec<u8>) -> u32 {
        match data.len() {
            0 => 0,
            1..=LARGEST => self.add(data),
            _ => {
                let bid = file.data(&data);
                self.sub(bid)
            }
        }
    }

    /// Adds a sub-node of the heap's own.
    pub(crate) fn sub(&mut self, bid: u64) -> u32 {
        let nid = (self.next_sub << 5) | 0x1f;
        self.next_sub += 1;
        self.subs.push((nid, bid, 0));
        nid
    }

    /// Adds the records of a B-tree, sorted by key, and returns its head.
    pub(crate) fn tree(&mut self, key: usize, data: usize, records: &[Vec<u8>]) -> Vec<u8> {
        let mut level = 0;
        let mut entries = records.to_vec();
        let mut root = 0;
        while !entries.is_empty() {
            let size = entries[0].len();
            let leaves: Vec<(Vec<u8>, u32)> = entries
                .chunks(LARGEST / size)
                .map(|leaf| (leaf[0][..key].to_vec(), self.add(leaf.concat())))
                .collect();
            if let [(_, single)] = leaves.as_slice() {
                root = *single;
                break;
            }
            entries = leaves
                .into_iter()
                .map(|(key, id)| [key, id.to_le_bytes().to_vec()].concat())
                .collect();
            level += 1;
        }
        let mut head = vec![0xb5, key as u8, data as u8, level];
        head.extend(root.to_le_bytes());
        head
    }

    /// Sets the root, and returns the data of the node.
    pub(crate) fn finish(mut self, root: Vec<u8>) -> (Vec<u8>, Vec<(u32, u64, u64)>) {
        self.blocks[0][0] = root;
        let last = self.blocks.len() - 1;
        let mut result = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            let mut data = vec![0; Self::head(index)];
            let mut places = Vec::new();
            for item in block {
                places.push(data.len() as u16);
                data.extend(item);
            }
            places.push(data.len() as u16);
            data.resize(data.len().next_multiple_of(2), 0);
            let map = data.len() as u16;
            data.extend((block.len() as u16).to_le_bytes());
            data.extend([0, 0]);
            data.extend(places.iter().flat_map(|place| place.to_le_bytes()));
            data[..2].copy_from_slice(&map.to_le_bytes());
            if index == 0 {
                data[2] = 0xec;
                data[3] = self.client;
                data[4..8].copy_from_slice(&0x20_u32.to_le_bytes());
            }
            assert!(
                data.len() <= self.capacity,
                "a block of a heap with {} octets",
                data.len()
            );
            // Only the last block may be shorter.
            if index < last {
                data.resize(self.capacity, 0);
            }
            result.extend(data);
        }
        (result, self.subs)
    }
}
