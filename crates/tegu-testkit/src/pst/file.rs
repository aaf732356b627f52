//! The lower half: header, pages, blocks, trees of them ([MS-PST] section 2.2).

use super::crypt::{crc, encode};
use std::{collections::BTreeMap, io::Write};

/// The layout of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Layout {
    /// Offsets of 32 bits, strings in a code page.
    Ansi,
    /// Offsets of 64 bits, strings in UTF-16.
    Unicode,
    /// As `Unicode`, with pages of 4 KiB and compressed blocks, as newer OST files have them. This layout is not published: it is
    /// what several free readers agree on.
    Unicode4k,
}

/// Where allocation maps begin, and how far they are apart.
const FIRST_MAP: u64 = 0x4400;
const MAP_STEP: u64 = 496 * 8 * 64;
/// Room after each map for the other maps that may stand there.
const MAPS: u64 = 4 * 512;

#[derive(Clone, Copy, Debug)]
struct Node {
    data: u64,
    sub: u64,
    parent: u32,
}

/// A file that is being written.
#[derive(Debug)]
pub struct File {
    layout: Layout,
    crypt: u8,
    client: [u8; 2],
    octets: Vec<u8>,
    used: Vec<(u64, u64)>,
    /// Offset, stored length and length before compression.
    blocks: BTreeMap<u64, (u64, u16, u16)>,
    nodes: BTreeMap<u32, Node>,
    next_block: u64,
    next_page: u64,
}

impl File {
    /// An empty file. `crypt` is the number of the obfuscation: 0 none, 1 permute, 2 cyclic.
    pub fn new(layout: Layout, crypt: u8) -> Self {
        Self {
            layout,
            crypt,
            client: *b"SM",
            octets: vec![0; (FIRST_MAP + MAPS) as usize],
            used: Vec::new(),
            blocks: BTreeMap::new(),
            nodes: BTreeMap::new(),
            next_block: 4,
            next_page: 4,
        }
    }

    /// Which client the file names: `SM` for PST, `SO` for OST.
    pub fn client(&mut self, client: [u8; 2]) {
        self.client = client;
    }

    /// The layout.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    fn width(&self) -> usize {
        if self.layout == Layout::Ansi { 4 } else { 8 }
    }

    /// The most octets of data in one block.
    pub fn capacity(&self) -> usize {
        match self.layout {
            Layout::Ansi => 8180,
            Layout::Unicode => 8176,
            Layout::Unicode4k => 65_512,
        }
    }

    fn trailer(&self) -> usize {
        match self.layout {
            Layout::Ansi => 12,
            Layout::Unicode => 16,
            Layout::Unicode4k => 24,
        }
    }

    /// How a page is laid out: its size, the octets of entries, and where its trailer begins.
    fn page_shape(&self) -> (usize, usize, usize) {
        match self.layout {
            Layout::Ansi => (512, 496, 500),
            Layout::Unicode => (512, 488, 496),
            Layout::Unicode4k => (4096, 4056, 4072),
        }
    }

    fn word(&self, value: u64) -> Vec<u8> {
        value.to_le_bytes()[..self.width()].to_vec()
    }

    /// Takes `size` octets at a multiple of `align`, beside the allocation maps.
    fn allocate(&mut self, size: u64, align: u64) -> u64 {
        let mut at = (self.octets.len() as u64).next_multiple_of(align);
        let map = FIRST_MAP + (at.saturating_sub(FIRST_MAP)).div_ceil(MAP_STEP) * MAP_STEP;
        if at + size > map && map > FIRST_MAP {
            at = map + MAPS;
        }
        self.octets.resize((at + size) as usize, 0);
        self.used.push((at, size));
        at
    }

    /// Writes a block, and returns its identifier. Internal blocks hold structures and are never obfuscated.
    pub fn block(&mut self, data: &[u8], internal: bool) -> u64 {
        assert!(
            !data.is_empty() && data.len() <= self.capacity(),
            "{} octets in a block",
            data.len()
        );
        let bid = self.next_block | if internal { 2 } else { 0 };
        self.next_block += 4;
        let mut stored = data.to_vec();
        if !internal {
            encode(self.crypt, &mut stored, bid);
        }
        let inflated = stored.len() as u16;
        if self.layout == Layout::Unicode4k {
            // What does not become shorter stays as it is.
            let packed = zlib(&stored);
            if packed.len() < stored.len() {
                stored = packed;
            }
        }
        let align = if self.layout == Layout::Unicode4k { 512 } else { 64 };
        let trailer = self.trailer();
        let whole = (stored.len() + trailer).next_multiple_of(align);
        let ib = self.allocate(whole as u64, align as u64);
        let length = stored.len() as u16;
        let sum = crc(&stored);
        let at = ib as usize;
        self.octets[at..at + stored.len()].copy_from_slice(&stored);
        let mut end = length.to_le_bytes().to_vec();
        end.extend(signature(ib, bid).to_le_bytes());
        if self.layout == Layout::Ansi {
            end.extend(self.word(bid));
            end.extend(sum.to_le_bytes());
        } else {
            end.extend(sum.to_le_bytes());
            end.extend(self.word(bid));
            if self.layout == Layout::Unicode4k {
                end.extend([0, 0]);
                end.extend(inflated.to_le_bytes());
                end.extend([0; 4]);
            }
        }
        let at = at + whole - trailer;
        self.octets[at..at + trailer].copy_from_slice(&end);
        self.blocks.insert(bid, (ib, length, inflated));
        bid
    }

    /// Writes a value of any length as a tree of blocks, and returns its identifier.
    pub fn data(&mut self, data: &[u8]) -> u64 {
        if data.is_empty() {
            return 0;
        }
        let capacity = self.capacity();
        let blocks: Vec<u64> = data
            .chunks(capacity)
            .map(|piece| self.block(piece, false))
            .collect();
        if let [single] = blocks.as_slice() {
            return *single;
        }
        let most = (capacity - 8) / self.width();
        let count = |blocks: usize| (data.len() - blocks * most * capacity).min(most * capacity);
        let groups: Vec<(u64, usize)> = blocks
            .chunks(most)
            .enumerate()
            .map(|(index, group)| (self.tree(1, group, count(index)), count(index)))
            .collect();
        if let [(single, _)] = groups.as_slice() {
            return *single;
        }
        let groups: Vec<u64> = groups.iter().map(|(bid, _)| *bid).collect();
        self.tree(2, &groups, data.len())
    }

    /// Writes an XBLOCK (level 1) or an XXBLOCK (level 2) with these entries and this length.
    pub fn tree(&mut self, level: u8, entries: &[u64], length: usize) -> u64 {
        let mut block = vec![1, level];
        block.extend((entries.len() as u16).to_le_bytes());
        block.extend((length as u32).to_le_bytes());
        for entry in entries {
            block.extend(self.word(*entry));
        }
        self.block(&block, true)
    }

    /// Writes sub-nodes, each with its identifier, its data and its own sub-nodes.
    pub fn subnodes(&mut self, entries: &[(u32, u64, u64)]) -> u64 {
        if entries.is_empty() {
            return 0;
        }
        let mut entries = entries.to_vec();
        entries.sort_unstable();
        let most = (self.capacity() - 8) / (3 * self.width());
        let leaves: Vec<(u32, u64)> = entries
            .chunks(most)
            .map(|leaf| {
                let body = leaf
                    .iter()
                    .flat_map(|(nid, data, sub)| {
                        [self.word((*nid).into()), self.word(*data), self.word(*sub)].concat()
                    })
                    .collect();
                (leaf[0].0, self.list(0, leaf.len(), body))
            })
            .collect();
        if let [(_, single)] = leaves.as_slice() {
            return *single;
        }
        let body = leaves
            .iter()
            .flat_map(|(nid, bid)| [self.word((*nid).into()), self.word(*bid)].concat())
            .collect();
        self.list(1, leaves.len(), body)
    }

    fn list(&mut self, level: u8, count: usize, body: Vec<u8>) -> u64 {
        let mut block = vec![2, level];
        block.extend((count as u16).to_le_bytes());
        if self.layout != Layout::Ansi {
            block.extend([0; 4]);
        }
        block.extend(body);
        self.block(&block, true)
    }

    /// The identifier that the next block will get, so that a block can refer to itself.
    pub fn next_block(&self, internal: bool) -> u64 {
        self.next_block | if internal { 2 } else { 0 }
    }

    /// Adds a node, or replaces it.
    pub fn node(&mut self, nid: u32, data: u64, sub: u64, parent: u32) {
        self.nodes.insert(nid, Node { data, sub, parent });
    }

    /// The data and the sub-nodes of a node.
    pub fn node_blocks(&self, nid: u32) -> Option<(u64, u64)> {
        self.nodes.get(&nid).map(|node| (node.data, node.sub))
    }

    /// Takes a node away.
    pub fn remove_node(&mut self, nid: u32) {
        self.nodes.remove(&nid);
    }

    fn page(&mut self, kind: u8, ib: u64, bid: u64, body: &[u8]) {
        let mut page = body.to_vec();
        let ansi = self.layout == Layout::Ansi;
        let (size, _, trailer) = if kind == 0x84 {
            (512, 0, if ansi { 500 } else { 496 })
        } else {
            self.page_shape()
        };
        page.resize(trailer, 0);
        let sum = crc(&page);
        page.extend([kind, kind]);
        // Maps have no signature, and their offset as identifier.
        page.extend(if kind == 0x84 { 0 } else { signature(ib, bid) }.to_le_bytes());
        if ansi {
            page.extend(self.word(bid));
            page.extend(sum.to_le_bytes());
        } else {
            page.extend(sum.to_le_bytes());
            page.extend(self.word(bid));
        }
        page.resize(size, 0);
        self.octets[ib as usize..ib as usize + size].copy_from_slice(&page);
    }

    /// Writes a page of a tree: its entries, all of one size.
    pub(crate) fn tree_page(&mut self, kind: u8, level: u8, entries: &[Vec<u8>]) -> (u64, u64) {
        let (page, area, _) = self.page_shape();
        let size = entries.first().map_or(24, Vec::len);
        let mut body = entries.concat();
        body.resize(area, 0);
        if self.layout == Layout::Unicode4k {
            body.extend((entries.len() as u16).to_le_bytes());
            body.extend(((area / size) as u16).to_le_bytes());
            body.extend([size as u8, level]);
        } else {
            body.extend([entries.len() as u8, (area / size) as u8, size as u8, level]);
        }
        let bid = self.next_page;
        self.next_page += 4;
        let ib = self.allocate(page as u64, page as u64);
        self.page(kind, ib, bid, &body);
        (bid, ib)
    }

    fn page_tree(&mut self, kind: u8, leaves: Vec<(u64, Vec<u8>)>) -> (u64, u64) {
        let (_, area, _) = self.page_shape();
        let mut entries = leaves;
        let mut level = 0;
        loop {
            let size = entries.first().map_or(24, |(_, entry)| entry.len());
            let groups: Vec<Vec<(u64, Vec<u8>)>> = entries.chunks(area / size).map(<[_]>::to_vec).collect();
            if groups.len() <= 1 {
                let group: Vec<Vec<u8>> = groups.concat().into_iter().map(|(_, entry)| entry).collect();
                return self.tree_page(kind, level, &group);
            }
            entries = groups
                .into_iter()
                .map(|group| {
                    let key = group[0].0;
                    let group: Vec<Vec<u8>> = group.into_iter().map(|(_, entry)| entry).collect();
                    let (bid, ib) = self.tree_page(kind, level, &group);
                    (key, [self.word(key), self.word(bid), self.word(ib)].concat())
                })
                .collect();
            level += 1;
        }
    }

    /// Writes trees, maps and header, and returns the file.
    pub fn finish(mut self) -> Vec<u8> {
        let ansi = self.layout == Layout::Ansi;
        let nodes = std::mem::take(&mut self.nodes);
        let leaves = nodes.iter().map(|(nid, node)| {
            let key = u64::from(*nid);
            let mut entry = [self.word(key), self.word(node.data), self.word(node.sub)].concat();
            entry.extend(node.parent.to_le_bytes());
            if !ansi {
                entry.extend([0; 4]);
            }
            (key, entry)
        });
        let leaves = leaves.collect();
        let nodes = self.page_tree(0x81, leaves);
        let blocks = std::mem::take(&mut self.blocks);
        let leaves = blocks.iter().map(|(bid, (ib, length, inflated))| {
            let mut entry = [self.word(*bid), self.word(*ib)].concat();
            entry.extend(length.to_le_bytes());
            if self.layout == Layout::Unicode4k {
                entry.extend(inflated.to_le_bytes());
            }
            entry.extend(2_u16.to_le_bytes());
            entry.resize(if ansi { 12 } else { 24 }, 0);
            (*bid, entry)
        });
        let leaves = leaves.collect();
        let blocks = self.page_tree(0x80, leaves);
        let last = self.maps();
        self.header(nodes, blocks, last);
        self.octets
    }

    /// Writes the allocation maps, and returns the offset of the last.
    fn maps(&mut self) -> u64 {
        let count = (self.octets.len() as u64 - FIRST_MAP).div_ceil(MAP_STEP).max(1);
        self.octets.resize((FIRST_MAP + count * MAP_STEP) as usize, 0);
        let mut bits = vec![0_u8; (count * 496) as usize];
        let mut used = std::mem::take(&mut self.used);
        used.extend((0..count).map(|index| (FIRST_MAP + index * MAP_STEP, MAPS)));
        for (at, size) in used {
            let first = (at - FIRST_MAP) / 64;
            for unit in first..first + size.div_ceil(64) {
                bits[(unit / 8) as usize] |= 0x80 >> (unit % 8);
            }
        }
        for (index, map) in bits.chunks(496).enumerate() {
            let ib = FIRST_MAP + index as u64 * MAP_STEP;
            self.page(0x84, ib, ib, map);
        }
        FIRST_MAP + (count - 1) * MAP_STEP
    }

    fn header(&mut self, nodes: (u64, u64), blocks: (u64, u64), last_map: u64) {
        let ansi = self.layout == Layout::Ansi;
        let size = self.octets.len() as u64;
        let mut head = vec![0; if ansi { 512 } else { 564 }];
        let mut put = |at: usize, data: &[u8]| head[at..at + data.len()].copy_from_slice(data);
        put(0, b"!BDN");
        put(8, &self.client);
        let version = match self.layout {
            Layout::Ansi => 14,
            Layout::Unicode => 23,
            Layout::Unicode4k => 36,
        };
        put(10, &[version, 0, 19, 0, 1, 1]);
        let counters = 0x400_u32.to_le_bytes().repeat(32);
        let (identifiers, root, end) = if ansi { (36, 164, 460) } else { (44, 180, 512) };
        put(identifiers, &counters);
        if ansi {
            put(24, &self.word(self.next_block));
            put(28, &self.word(self.next_page));
        } else {
            put(32, &self.word(self.next_page));
            put(516, &self.word(self.next_block));
        }
        let width = self.width();
        let places = [size, last_map, 0, 0, nodes.0, nodes.1, blocks.0, blocks.1];
        for (index, place) in places.into_iter().enumerate() {
            put(root + 4 + index * width, &self.word(place));
        }
        put(root + 4 + 8 * width, &[2]);
        put(if ansi { 204 } else { 256 }, &[0xff; 256]);
        put(end, &[0x80, self.crypt]);
        let sum = crc(&head[8..8 + 471]);
        head[4..8].copy_from_slice(&sum.to_le_bytes());
        if !ansi {
            let sum = crc(&head[8..8 + 516]);
            head[524..528].copy_from_slice(&sum.to_le_bytes());
        }
        self.octets[..head.len()].copy_from_slice(&head);
    }
}

/// A zlib stream (RFC 1950).
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(data)
        .and_then(|()| encoder.finish())
        .expect("memory takes all")
}

fn signature(ib: u64, bid: u64) -> u16 {
    let mixed = (ib ^ bid) as u32;
    ((mixed >> 16) ^ mixed) as u16
}
