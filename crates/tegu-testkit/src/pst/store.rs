//! The upper half: store, folders, messages ([MS-PST] section 2.4 and 2.7).

use super::{
    Attachment, Data, File, Folder, Item, Mailbox, Name, Value,
    table::{Body, Row, properties, table},
    value::wide,
};
use std::collections::BTreeMap;

const ROOT: u32 = 0x122;
const TOP: u32 = 0x8022;
const DELETED: u32 = 0x8042;

struct Writer<'a> {
    file: &'a mut File,
    names: BTreeMap<Name, u16>,
    record_key: [u8; 16],
    next_folder: u32,
    next_item: u32,
}

pub(crate) fn write(mailbox: &Mailbox, file: &mut File) {
    let mut names = Vec::new();
    for folder in &mailbox.folders {
        collect(folder, &mut names);
    }
    names.sort_unstable();
    names.dedup();
    let names = names.into_iter().zip(0..).collect();
    let mut writer = Writer {
        file,
        names,
        record_key: mailbox.record_key,
        next_folder: 0x403,
        next_item: 0x10001,
    };
    writer.store(mailbox.password);
    writer.name_map();
    writer.templates();
    let mut children = vec![writer.folder(&Folder::new("Удаленные"), DELETED, TOP)];
    for folder in &mailbox.folders {
        let nid = writer.folder_id();
        children.push(writer.folder(folder, nid, TOP));
    }
    let top = Folder::new("Начало файла данных Outlook");
    let top = writer.folder_with(&top, TOP, ROOT, &children);
    writer.folder_with(&Folder::new(""), ROOT, ROOT, &[top]);
}

fn collect(folder: &Folder, names: &mut Vec<Name>) {
    folder
        .items
        .iter()
        .chain(&folder.hidden)
        .for_each(|item| collect_item(item, names));
    folder.folders.iter().for_each(|folder| collect(folder, names));
}

fn collect_item(item: &Item, names: &mut Vec<Name>) {
    names.extend(item.named.iter().map(|(name, _)| name.clone()));
    for attachment in &item.attachments {
        if let Data::Message(item) = &attachment.data {
            collect_item(item, names);
        }
    }
}

impl Writer<'_> {
    fn node(&mut self, nid: u32, parent: u32, body: Body) {
        let sub = self.file.subnodes(&body.1);
        self.file.node(nid, body.0, sub, parent);
    }

    fn properties(&mut self, nid: u32, parent: u32, list: &[(u16, Value)]) {
        let body = properties(self.file, list);
        self.node(nid, parent, body);
    }

    fn table(&mut self, nid: u32, columns: &[(u16, Value)], rows: &[Row]) {
        let body = table(self.file, columns, rows);
        self.node(nid, 0, body);
    }

    fn entry_id(&self, nid: u32) -> Value {
        let mut entry = vec![0; 4];
        entry.extend(self.record_key);
        entry.extend(nid.to_le_bytes());
        Value::Binary(entry)
    }

    fn store(&mut self, password: i32) {
        self.properties(
            0x21,
            0,
            &[
                (0x0ff9, Value::Binary(self.record_key.to_vec())),
                (0x3001, Value::text("tegu")),
                (0x35df, Value::Int(0x89)),
                (0x35e0, self.entry_id(TOP)),
                (0x35e3, self.entry_id(DELETED)),
                (0x35e7, self.entry_id(ROOT)),
                (0x67ff, Value::Int(password)),
            ],
        );
    }

    fn name_map(&mut self) {
        let mut guids: Vec<[u8; 16]> = Vec::new();
        let mut entries = Vec::new();
        let mut strings = Vec::new();
        for (name, index) in &self.names {
            let (number, guid) = match name {
                Name::Public(text) | Name::Header(text) => {
                    let set = match name {
                        Name::Header(_) => guid_index(&mut guids, HEADERS),
                        _ => 2,
                    };
                    let at = strings.len() as u32;
                    let text = wide(text);
                    strings.extend((text.len() as u32).to_le_bytes());
                    strings.extend(text);
                    strings.resize(strings.len().next_multiple_of(4), 0);
                    (at, set << 1 | 1)
                }
                Name::Number(set, number) => (*number, guid_index(&mut guids, set_guid(*set)) << 1),
                Name::Meeting(number) => (*number, guid_index(&mut guids, MEETING) << 1),
            };
            entries.extend(number.to_le_bytes());
            entries.extend((guid as u16).to_le_bytes());
            entries.extend(index.to_le_bytes());
        }
        let mut list = vec![(0x0001, Value::Int(251))];
        if entries.is_empty() {
            // libpff refuses a map without entries.
            entries = [0x8554_u32.to_le_bytes(), [6, 0, 0xff, 0x0f]].concat();
            guids.push(set_guid(0x2008));
        }
        list.push((0x0002, Value::Binary(guids.concat())));
        list.push((0x0003, Value::Binary(entries)));
        list.push((0x0004, Value::Binary(strings)));
        self.properties(0x61, 0, &list);
    }

    fn templates(&mut self) {
        for (nid, columns) in [
            (0x60d, folder_columns()),
            (0x60e, item_columns()),
            (0x60f, item_columns()),
            (0x610, item_columns()),
            (0x671, attachment_columns()),
            (0x692, recipient_columns()),
        ] {
            self.table(nid, &columns, &[]);
        }
    }

    fn folder_id(&mut self) -> u32 {
        let nid = (self.next_folder << 5) | 2;
        self.next_folder += 1;
        nid
    }

    /// Writes a folder and what lies in it, and returns its row in the table of the folder above.
    fn folder(&mut self, folder: &Folder, nid: u32, parent: u32) -> Row {
        let children: Vec<Row> = folder
            .folders
            .iter()
            .map(|child| {
                let child_id = self.folder_id();
                self.folder(child, child_id, nid)
            })
            .collect();
        self.folder_with(folder, nid, parent, &children)
    }

    fn folder_with(&mut self, folder: &Folder, nid: u32, parent: u32, children: &[Row]) -> Row {
        let count = folder.items.len() as i32;
        let mut list = vec![
            (0x3001, Value::text(folder.name.as_str())),
            (0x3602, Value::Int(count)),
            (0x3603, Value::Int(0)),
            (0x360a, Value::Bool(!children.is_empty())),
        ];
        list.extend(folder.class.as_deref().map(|class| (0x3613, Value::text(class))));
        let own = [list.as_slice(), &folder.properties].concat();
        self.properties(nid, parent, &own);
        let sibling = |kind: u32| nid & !0x1f | kind;
        self.table(sibling(0x0d), &folder_columns(), children);
        let items: Vec<Row> = folder.items.iter().map(|item| self.item(item, nid, 4)).collect();
        self.table(sibling(0x0e), &item_columns(), &items);
        let hidden: Vec<Row> = folder.hidden.iter().map(|item| self.item(item, nid, 8)).collect();
        self.table(sibling(0x0f), &item_columns(), &hidden);
        (nid, list)
    }

    fn item(&mut self, item: &Item, folder: u32, kind: u32) -> Row {
        let nid = (self.next_item << 5) | kind;
        self.next_item += 1;
        let body = self.message(item);
        self.node(nid, folder, body);
        let columns = item_columns();
        let cells = item
            .properties
            .iter()
            .filter(|(id, value)| {
                columns
                    .iter()
                    .any(|(column, kind)| column == id && same_kind(kind, value))
            })
            .cloned()
            .collect();
        (nid, cells)
    }

    /// The data and the sub-nodes of a message.
    fn message(&mut self, item: &Item) -> Body {
        let mut list = item.properties.clone();
        for (name, value) in &item.named {
            list.push((0x8000 + self.names[name], value.clone()));
        }
        let (data, mut subs) = properties(self.file, &list);
        if !item.recipients.is_empty() {
            let rows: Vec<Row> = item
                .recipients
                .iter()
                .cloned()
                .zip(0_u32..)
                .map(|(cells, row)| (row, cells))
                .collect();
            let body = table(self.file, &recipient_columns(), &rows);
            self.sub(&mut subs, 0x692, body);
        }
        if !item.attachments.is_empty() {
            let mut rows = Vec::new();
            for (attachment, index) in item.attachments.iter().zip(0x401_u32..) {
                let nid = (index << 5) | 5;
                let (body, cells) = self.attachment(attachment);
                self.sub(&mut subs, nid, body);
                rows.push((nid, cells));
            }
            let body = table(self.file, &attachment_columns(), &rows);
            self.sub(&mut subs, 0x671, body);
        }
        (data, subs)
    }

    fn sub(&mut self, subs: &mut Vec<(u32, u64, u64)>, nid: u32, body: Body) {
        let below = self.file.subnodes(&body.1);
        subs.push((nid, body.0, below));
    }

    fn attachment(&mut self, attachment: &Attachment) -> (Body, Vec<(u16, Value)>) {
        let mut list = attachment.properties.clone();
        let mut extra = None;
        let (method, size) = match &attachment.data {
            Data::None => (0, 0),
            Data::Value(data) => {
                list.push((0x3701, Value::Binary(data.clone())));
                (1, data.len())
            }
            Data::Message(item) => {
                let nid = (0x402 << 5) | 4;
                let body = self.message(item);
                list.push((0x3701, Value::Object(nid, 1024)));
                extra = Some((nid, body));
                (5, 1024)
            }
            Data::Ole(data) => {
                let nid = (0x403 << 5) | 9;
                list.push((0x3701, Value::Object(nid, data.len() as u32)));
                extra = Some((nid, (self.file.data(data), Vec::new())));
                (6, data.len())
            }
        };
        if !list.iter().any(|(id, _)| *id == 0x3705) {
            list.push((0x3705, Value::Int(method)));
        }
        list.push((0x0e20, Value::Int(size as i32)));
        list.push((0x370b, Value::Int(-1)));
        let own: Vec<(u16, Value)> = list
            .iter()
            .filter(|(id, _)| *id != 0x3705 || !attachment.method_in_row)
            .cloned()
            .collect();
        let (data, mut subs) = properties(self.file, &own);
        if let Some((nid, body)) = extra {
            self.sub(&mut subs, nid, body);
        }
        let row = list
            .into_iter()
            .filter(|(id, _)| matches!(id, 0x0e20 | 0x3704 | 0x3705 | 0x370b))
            .collect();
        ((data, subs), row)
    }
}

const HEADERS: [u8; 16] = [0x86, 0x03, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
const MEETING: [u8; 16] = [
    0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0x00, 0xaa, 0x00, 0x3f, 0x13, 0x05,
];

fn set_guid(set: u32) -> [u8; 16] {
    let [low, high, ..] = set.to_le_bytes();
    [low, high, 0x06, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46]
}

fn guid_index(guids: &mut Vec<[u8; 16]>, guid: [u8; 16]) -> u32 {
    let found = guids.iter().position(|known| *known == guid).unwrap_or_else(|| {
        guids.push(guid);
        guids.len() - 1
    });
    found as u32 + 3
}

fn same_kind(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

fn folder_columns() -> Vec<(u16, Value)> {
    vec![
        (0x3001, Value::text("")),
        (0x3602, Value::Int(0)),
        (0x3603, Value::Int(0)),
        (0x360a, Value::Bool(false)),
        (0x3613, Value::text("")),
    ]
}

fn item_columns() -> Vec<(u16, Value)> {
    let mut columns: Vec<(u16, Value)> = [0x0017, 0x0036, 0x0e07, 0x0e08, 0x0e17, 0x1097]
        .into_iter()
        .map(|id| (id, Value::Int(0)))
        .collect();
    columns.extend([0x001a, 0x0037, 0x0042, 0x0070, 0x0e03, 0x0e04].map(|id| (id, Value::text(""))));
    columns.extend([0x0039, 0x0e06, 0x3008].map(|id| (id, Value::Time(0))));
    columns
}

fn attachment_columns() -> Vec<(u16, Value)> {
    let mut columns: Vec<(u16, Value)> = [0x0e20, 0x3705, 0x370b]
        .into_iter()
        .map(|id| (id, Value::Int(0)))
        .collect();
    columns.push((0x3704, Value::text("")));
    columns
}

fn recipient_columns() -> Vec<(u16, Value)> {
    let mut columns: Vec<(u16, Value)> = [0x0c15, 0x0ffe, 0x3900]
        .into_iter()
        .map(|id| (id, Value::Int(0)))
        .collect();
    columns.extend([0x0ff9, 0x0fff, 0x300b].map(|id| (id, Value::Binary(Vec::new()))));
    columns.extend([0x3001, 0x3002, 0x3003].map(|id| (id, Value::text(""))));
    columns.push((0x0e0f, Value::Bool(false)));
    columns.push((0x3a40, Value::Bool(false)));
    columns
}
