//! People whom an item names by an address of Exchange.

use super::{
    items::one_off,
    mail::{convert, parse},
};
use tegu_pst::{Options, Pst, Verdict};
use tegu_testkit::pst::{Folder, Item, Layout, Mailbox, Name, Value};

const ADDRESS: u32 = 0x2004;

/// A mail to Anna, whose row has this address of this type.
fn to_anna(kind: &str, address: &str) -> Item {
    Item::new("IPM.Note")
        .with(0x0042, Value::text("x"))
        .with(0x0065, Value::text("x@example.org"))
        .recipient(row(1, kind, address))
}

fn row(to: i32, kind: &str, address: &str) -> Vec<(u16, Value)> {
    vec![
        (0x0c15, Value::Int(to)),
        (0x3001, Value::text("Анна Иванова")),
        (0x3002, Value::text(kind)),
        (0x3003, Value::text(address)),
    ]
}

fn contact(name: &str, addresses: &[&str]) -> Item {
    let card = Item::new("IPM.Contact").with(0x3001, Value::text(name));
    addresses
        .iter()
        .zip([0x8080, 0x8090, 0x80a0])
        .fold(card, |card, (address, base)| {
            card.named(Name::Number(ADDRESS, base + 2), Value::text("SMTP"))
                .named(Name::Number(ADDRESS, base + 3), Value::text(*address))
        })
}

fn list(members: &[(&str, &str)]) -> Item {
    let entries = || {
        members
            .iter()
            .map(|(name, address)| one_off(name, address))
            .collect()
    };
    Item::new("IPM.DistList")
        .named(Name::Number(ADDRESS, 0x8053), Value::text("Отдел"))
        .named(Name::Number(ADDRESS, 0x8055), Value::Binaries(entries()))
        .named(Name::Number(ADDRESS, 0x8054), Value::Binaries(entries()))
}

/// The field To of the mail, its verdict, and what was said of addresses.
fn sent(mail: Item, others: Vec<Item>, options: Options) -> (String, Verdict, Vec<String>) {
    let folder = others
        .into_iter()
        .fold(Folder::new("Inbox").item(mail), Folder::item);
    let octets = Mailbox::new().folder(folder).write(Layout::Unicode);
    let pst = Pst::open(octets, options).unwrap();
    let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
    let octets = mail.to_vec().unwrap();
    let parsed = parse(&octets);
    let to = parsed
        .to()
        .and_then(|to| to.first())
        .and_then(|to| to.address())
        .unwrap_or_default()
        .to_owned();
    let codes = mail
        .findings()
        .iter()
        .map(|finding| finding.code.to_string())
        .filter(|code| code.starts_with("PST-ADDRESS-"))
        .collect();
    (to, mail.verdict(), codes)
}

#[track_caller]
fn becomes(mail: Item, others: Vec<Item>, options: Options, to: &str, code: Option<&str>) {
    let faithful = code.is_none_or(|code| code == "PST-ADDRESS-RESOLVED");
    let verdict = if faithful {
        Verdict::Faithful
    } else {
        Verdict::Manual
    };
    let codes: Vec<String> = code.map(str::to_owned).into_iter().collect();
    assert_eq!(sent(mail, others, options), (to.to_owned(), verdict, codes));
}

const NAME: &str = "/o=Org/ou=First/cn=Recipients/cn=anna";
const HIDDEN: &str = "IMCEAEX-_o=Org_ou=First_cn=Recipients_cn=anna@old.example.org";

fn directory() -> Options {
    Options::default().addresses([(NAME.to_uppercase(), "anna@example.org".to_owned())])
}

/// A contact of the same name is a guess, which a person accepts: it stands in the message, and is told.
#[test]
fn a_contact_of_the_same_name() {
    let told = Some("PST-ADDRESS-BY-NAME");
    let ex = || to_anna("EX", NAME);
    let anna = |addresses: &[&str]| vec![contact(" анна иванова", addresses)];
    becomes(
        ex(),
        anna(&["anna@example.org"]),
        Options::default(),
        "anna@example.org",
        told,
    );
    let member = list(&[
        ("Борис", "boris@example.org"),
        ("Анна Иванова", "anna@example.org"),
    ]);
    becomes(ex(), vec![member], Options::default(), "anna@example.org", told);
    // Several contacts of one name and one address are one person.
    let twice = [anna(&["anna@example.org"]), anna(&["Anna@Example.org"])].concat();
    becomes(ex(), twice, Options::default(), "anna@example.org", told);
    // Who has two addresses, or whose name two people have, is not known by name.
    let unknown = Some("PST-ADDRESS-UNRESOLVED");
    let two = anna(&["anna@example.org", "home@example.net"]);
    becomes(ex(), two, Options::default(), "", unknown);
    let both = vec![
        contact("Анна Иванова", &["anna@example.org"]),
        list(&[("Анна Иванова", "other@example.net")]),
    ];
    becomes(ex(), both, Options::default(), "", unknown);
    // Whoever is named by another kind of address is not meant by mail.
    becomes(
        to_anna("FAX", "+7 495 1234567"),
        anna(&["anna@example.org"]),
        Options::default(),
        "",
        unknown,
    );
    // Whoever knows the distinguished name itself goes first, and so does an address.
    let resolved = Some("PST-ADDRESS-RESOLVED");
    becomes(
        ex(),
        anna(&["other@example.net"]),
        directory(),
        "anna@example.org",
        resolved,
    );
    becomes(
        to_anna("SMTP", "own@example.org"),
        anna(&["other@example.net"]),
        directory(),
        "own@example.org",
        None,
    );
}

/// A contact that was taken from the address book keeps the SMTP address beside the distinguished name.
#[test]
fn a_contact_of_the_address_book() {
    let card = contact("Another name", &[])
        .named(Name::Number(ADDRESS, 0x8082), Value::text("EX"))
        .named(Name::Number(ADDRESS, 0x8083), Value::text(NAME))
        .named(Name::Number(ADDRESS, 0x8084), Value::text("anna@example.org"));
    becomes(
        to_anna("EX", NAME),
        vec![card],
        Options::default(),
        "anna@example.org",
        Some("PST-ADDRESS-RESOLVED"),
    );
}

/// An SMTP address that hides a distinguished name is looked up by it; if nobody knows it, it stays, and a person decides.
#[test]
fn hidden_addresses() {
    for kind in ["SMTP", "EX"] {
        becomes(
            to_anna(kind, HIDDEN),
            Vec::new(),
            directory(),
            "anna@example.org",
            Some("PST-ADDRESS-RESOLVED"),
        );
        becomes(
            to_anna(kind, HIDDEN),
            Vec::new(),
            Options::default(),
            HIDDEN,
            Some("PST-ADDRESS-HIDDEN"),
        );
    }
    let beside = || {
        let mut cells = row(1, "EX", NAME);
        cells.push((0x39fe, Value::text(HIDDEN)));
        Item::new("IPM.Note")
            .with(0x0065, Value::text("x@example.org"))
            .recipient(cells)
    };
    becomes(
        beside(),
        Vec::new(),
        directory(),
        "anna@example.org",
        Some("PST-ADDRESS-RESOLVED"),
    );
    // The file does not teach a hidden address as that of the name that it hides.
    becomes(
        to_anna("EX", NAME),
        vec![beside()],
        Options::default(),
        "",
        Some("PST-ADDRESS-UNRESOLVED"),
    );
}

/// Where the header is the one that was kept, nothing is said of those whom it names; blind recipients it does not name.
#[test]
fn addresses_beside_a_kept_header() {
    let kept = |mail: Item| {
        let header = "From: <x@example.org>\r\nTo: <anna@old.example.org>\r\n";
        mail.with(0x007d, Value::text(header))
    };
    let (_, verdict, codes) = convert(kept(to_anna("EX", NAME)));
    assert_eq!(
        (verdict, codes),
        (Verdict::Faithful, vec!["PST-HEADER-KEPT".to_owned()])
    );
    let blind = to_anna("SMTP", "a@example.org").recipient(row(3, "EX", NAME));
    let (_, verdict, codes) = convert(kept(blind));
    assert_eq!(verdict, Verdict::Manual);
    assert!(codes.contains(&"PST-ADDRESS-UNRESOLVED".to_owned()), "{codes:?}");
}
