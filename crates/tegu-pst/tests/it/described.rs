//! What was described is what is read, whatever it was.

use proptest::prelude::*;
use tegu_pst::{Attachment, Folder, Message, Options, Properties, Pst, ScanOptions, Value as Read};
use tegu_testkit::pst::{self, Data, Item, Layout, Mailbox, Value};

#[derive(Clone, Debug)]
struct Thing {
    properties: Vec<(u16, Value)>,
    recipients: Vec<String>,
    attachments: Vec<File>,
}

#[derive(Clone, Debug)]
enum File {
    Octets(Vec<u8>),
    Ole(Vec<u8>),
    Thing(Thing),
}

#[derive(Clone, Debug)]
struct Tree {
    name: String,
    things: Vec<Thing>,
    below: Vec<Self>,
}

/// Text that windows-1251 has, so that ANSI files can hold it.
fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zа-яА-Я0-9 .,;№ёЁ-]{0,40}"
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => proptest::collection::vec(any::<u8>(), 0..200),
        1 => (0_usize..40_000, any::<u8>()).prop_map(|(length, first)| {
            (0..length).map(|octet| (octet as u8).wrapping_mul(31).wrapping_add(first)).collect()
        }),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i16>().prop_map(Value::Short),
        any::<i32>().prop_map(Value::Int),
        any::<i64>().prop_map(Value::Long),
        any::<bool>().prop_map(Value::Bool),
        (0_i64..4_000_000_000).prop_map(Value::Time),
        any::<[u8; 16]>().prop_map(Value::Guid),
        text().prop_map(Value::Text),
        octets().prop_map(Value::Binary),
        proptest::collection::vec(text(), 0..5).prop_map(Value::Texts),
        proptest::collection::vec(octets(), 0..4).prop_map(Value::Binaries),
        proptest::collection::vec(any::<i32>(), 0..9).prop_map(Value::Ints),
    ]
}

fn thing() -> impl Strategy<Value = Thing> {
    let properties = proptest::collection::btree_map(0x6800_u16..0x6c00, value(), 0..30);
    let leaf =
        (properties, proptest::collection::vec(text(), 0..4)).prop_map(|(properties, recipients)| Thing {
            properties: properties.into_iter().collect(),
            recipients,
            attachments: Vec::new(),
        });
    leaf.prop_recursive(3, 12, 3, |inner| {
        let file = prop_oneof![
            octets().prop_map(File::Octets),
            octets().prop_map(File::Ole),
            inner.clone().prop_map(File::Thing),
        ];
        (inner, proptest::collection::vec(file, 0..3)).prop_map(|(mut thing, attachments)| {
            thing.attachments = attachments;
            thing
        })
    })
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = ("[a-zа-я]{1,12}", proptest::collection::vec(thing(), 0..4)).prop_map(|(name, things)| Tree {
        name,
        things,
        below: Vec::new(),
    });
    leaf.prop_recursive(3, 10, 3, |inner| {
        (inner.clone(), proptest::collection::vec(inner, 0..3)).prop_map(|(mut tree, below)| {
            tree.below = below;
            tree
        })
    })
}

fn item(thing: &Thing) -> Item {
    let mut item = Item::new("IPM.Note");
    for (id, value) in &thing.properties {
        item = item.with(*id, value.clone());
    }
    for name in &thing.recipients {
        item = item.to(1, name, "a@example.org");
    }
    for file in &thing.attachments {
        item = item.attach(match file {
            File::Octets(data) => pst::Attachment::file("f", "a/b", data.clone()),
            File::Ole(data) => pst::Attachment::new(Data::Ole(data.clone())),
            File::Thing(thing) => pst::Attachment::message(self::item(thing)),
        });
    }
    item
}

fn folder(tree: &Tree) -> pst::Folder {
    let mut folder = pst::Folder::new(&tree.name);
    for thing in &tree.things {
        folder = folder.item(item(thing));
    }
    for below in &tree.below {
        folder = folder.folder(self::folder(below));
    }
    folder
}

fn string(value: &str, layout: Layout) -> Read {
    if layout == Layout::Ansi {
        Read::String8(encoding_rs::WINDOWS_1251.encode(value).0.into_owned())
    } else {
        Read::Utf16(value.encode_utf16().flat_map(u16::to_le_bytes).collect())
    }
}

fn expected(value: &Value, layout: Layout) -> Read {
    match value {
        Value::Short(value) => Read::Integer16(*value),
        Value::Int(value) => Read::Integer32(*value),
        Value::Long(value) => Read::Integer64(*value),
        Value::Bool(value) => Read::Boolean(*value),
        Value::Time(seconds) => Read::Time((seconds + 11_644_473_600) * 10_000_000),
        Value::Guid(guid) => Read::Guid(*guid),
        Value::Text(text) => string(text, layout),
        Value::Binary(data) => Read::Binary(data.clone()),
        Value::Texts(texts) => Read::Multiple(texts.iter().map(|text| string(text, layout)).collect()),
        Value::Binaries(values) => Read::Multiple(values.iter().cloned().map(Read::Binary).collect()),
        Value::Ints(values) => Read::Multiple(values.iter().copied().map(Read::Integer32).collect()),
        other => panic!("{other:?} is not described"),
    }
}

fn same_properties(properties: &Properties<'_>, described: &[(u16, Value)], layout: Layout) {
    assert!(properties.damage().is_empty());
    for (id, value) in described {
        assert_eq!(
            properties.get(*id).unwrap(),
            Some(expected(value, layout)),
            "{id:#x}"
        );
    }
}

fn data(attachment: &Attachment<'_>) -> Vec<u8> {
    let mut data = Vec::new();
    if let Some(mut reader) = attachment.data().unwrap() {
        std::io::Read::read_to_end(&mut reader, &mut data).unwrap();
    }
    data
}

fn same(message: &Message<'_>, thing: &Thing, layout: Layout) {
    same_properties(message.properties(), &thing.properties, layout);
    assert_eq!(message.properties().records().len(), thing.properties.len() + 1);
    let names: Vec<String> = message
        .recipients()
        .unwrap()
        .into_iter()
        .map(|recipient| recipient.name.text)
        .collect();
    assert_eq!(names, thing.recipients);
    let attachments = message.attachments().unwrap();
    assert_eq!(attachments.len(), thing.attachments.len());
    for (attachment, file) in attachments.iter().zip(&thing.attachments) {
        match file {
            File::Octets(octets) | File::Ole(octets) => assert!(data(attachment) == *octets),
            File::Thing(thing) => same(&attachment.message().unwrap(), thing, layout),
        }
    }
}

fn same_folder(pst: &Pst, folders: &[Folder], path: &[String], tree: &Tree, layout: Layout) {
    let mut path = path.to_vec();
    path.push(tree.name.clone());
    let found = folders.iter().find(|folder| folder.path == path).unwrap();
    let contents = pst.contents(found);
    assert!(contents.findings.is_empty());
    assert_eq!(contents.items.len(), tree.things.len());
    for (id, thing) in contents.items.iter().zip(&tree.things) {
        same(&pst.message(*id).unwrap(), thing, layout);
    }
    for below in &tree.below {
        same_folder(pst, folders, &path, below, layout);
    }
}

/// Names that are there twice below one folder get a number when they are read.
fn distinct(mut trees: Vec<Tree>) -> Vec<Tree> {
    let mut seen = std::collections::HashSet::new();
    trees.retain(|tree| seen.insert(tree.name.clone()));
    for tree in &mut trees {
        tree.below = distinct(std::mem::take(&mut tree.below));
    }
    trees
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_was_described_is_what_is_read(
        trees in proptest::collection::vec(tree(), 0..4),
        layout in prop_oneof![Just(Layout::Ansi), Just(Layout::Unicode), Just(Layout::Unicode4k)],
        crypt in 0_u8..3,
    ) {
        let trees = distinct(trees);
        let mut mailbox = Mailbox::new().crypt(crypt);
        for tree in &trees {
            mailbox = mailbox.folder(folder(tree));
        }
        let options = Options::default()
            .code_page(encoding_rs::WINDOWS_1251)
            .accept_unproved_layout(true);
        let pst = Pst::open(mailbox.write(layout), options).unwrap();
        prop_assert_eq!(pst.findings().len(), usize::from(layout == Layout::Unicode4k));
        let folders = pst.folders().unwrap();
        prop_assert!(folders.findings.is_empty());
        for tree in &trees {
            same_folder(&pst, &folders.folders, &[], tree, layout);
        }
        let scan = pst.scan(ScanOptions::default()).unwrap();
        prop_assert!(scan.balances() && !scan.is_lossy());
    }
}
