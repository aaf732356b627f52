use super::*;

fn folder(id: &str, parent: &str, name: &str, class: &str) -> Folder {
    Folder {
        id: id.into(),
        parent: Some(parent.into()),
        name: name.into(),
        class: class.into(),
        distinguished: None,
        element: "Folder".into(),
        total: 1,
        children: 0,
        hidden: false,
        size: None,
        replica: None,
        replaced: 0,
    }
}

#[test]
fn folders_are_known_by_class_in_any_language() {
    let mut search = folder("s", "root", "Непрочитанные", "IPF.Note");
    search.element = "SearchFolder".into();
    let mut hidden = folder("h", "root", "PersonMetadata", "IPF.Contact");
    hidden.hidden = true;
    let mut recoverable = folder("r", "root", "Deletions", "");
    recoverable.distinguished = Some("recoverableitemsdeletions".into());
    let folders = vec![
        folder("sub", "in", "Счета/2026", "IPF.Note"),
        folder("in", "root", "Входящие", "IPF.Note"),
        folder("cal", "root", "Календарь", "IPF.Appointment"),
        folder("con", "root", "Контакты", "IPF.Contact"),
        folder("gal", "con", "GAL Contacts", "IPF.Contact.GalContacts"),
        folder("rc", "con", "Recipient Cache", "IPF.Contact.RecipientCache"),
        folder(
            "sky",
            "con",
            "Skype for Business Contacts",
            "IPF.Contact.MOC.ImContactList",
        ),
        folder("task", "root", "Задачи", "IPF.Task"),
        folder("note", "root", "Заметки", "IPF.StickyNote"),
        folder("old", "root", "Журнал", "IPF.Journal"),
        folder(
            "conv",
            "root",
            "Conversation Action Settings",
            "IPF.Configuration",
        ),
        folder("quick", "root", "Quick Step Settings", "IPF.Configuration"),
        folder("mine", "root", "Companies", "IPF.Note"),
        folder("inner", "h", "Inner", "IPF.Note"),
        search,
        hidden,
        recoverable,
    ];
    let inventory = Inventory::of("root", folders);
    let read: Vec<(String, Kind)> = inventory
        .folders
        .iter()
        .map(|place| (place.path.join(" > "), place.kind))
        .collect();
    let expected = [
        ("Companies", Kind::Mail),
        ("Входящие", Kind::Mail),
        ("Входящие > Счета/2026", Kind::Mail),
        ("Журнал", Kind::Journal),
        ("Задачи", Kind::Task),
        ("Заметки", Kind::Note),
        ("Календарь", Kind::Event),
        ("Контакты", Kind::Contact),
    ];
    assert_eq!(read, expected.map(|(path, kind)| (path.to_owned(), kind)));
    let mut left: Vec<(&str, &str)> = inventory
        .left_out
        .iter()
        .map(|(place, why)| (place.folder.id.as_str(), why.name()))
        .collect();
    left.sort_unstable();
    let expected = [
        ("conv", "system"),
        ("gal", "system"),
        ("h", "hidden"),
        ("inner", "hidden"),
        ("quick", "system"),
        ("r", "recoverable"),
        ("rc", "system"),
        ("s", "search"),
        ("sky", "system"),
    ];
    assert_eq!(left, expected);
    assert_eq!(inventory.findings, []);
}

#[test]
fn a_tree_that_bites_its_tail_ends() {
    let folders = vec![
        folder("a", "b", "A", ""),
        folder("b", "a", "B", ""),
        folder("c", "gone", "C", ""),
        folder("a", "b", "A", ""),
    ];
    let inventory = Inventory::of("root", folders);
    let paths: Vec<&[String]> = inventory
        .folders
        .iter()
        .map(|place| place.path.as_slice())
        .collect();
    assert_eq!(paths, [["A"], ["B"], ["C"]]);
    assert_eq!(inventory.findings.len(), 3);
}

/// A chain of folders, each below the one before: what it costs must not grow with its square.
#[test]
fn paths_are_bounded_in_levels_and_octets() {
    let chain = (0..2_000).map(|level: u32| {
        let parent = level
            .checked_sub(1)
            .map_or("root".to_owned(), |above| above.to_string());
        folder(&level.to_string(), &parent, "x", "IPF.Note")
    });
    let inventory = Inventory::of("root", chain.collect());
    assert_eq!(inventory.folders.len(), 2_000);
    let deepest = inventory.folders.iter().map(|place| place.path.len()).max();
    assert_eq!(deepest, Some(500));
    assert_eq!(inventory.findings.len(), 2_000 - 500);
    assert!(
        inventory
            .findings
            .iter()
            .all(|finding| finding.code == "EWS-FOLDER-ADRIFT")
    );
    // All below one folder with a long name.
    let long = "n".repeat(1 << 20);
    let mut wide = vec![folder("top", "root", &long, "IPF.Note")];
    wide.extend((0..200).map(|number: u32| folder(&number.to_string(), "top", "x", "IPF.Note")));
    let inventory = Inventory::of("root", wide);
    assert_eq!(inventory.folders.len(), 201);
    let octets: usize = inventory
        .folders
        .iter()
        .flat_map(|place| &place.path)
        .map(String::len)
        .sum();
    assert!(octets <= 64 << 20, "{octets}");
    assert!(
        inventory
            .findings
            .iter()
            .any(|finding| finding.code == "EWS-FOLDER-ADRIFT")
    );
}

#[test]
fn an_archive_stands_below_a_name_of_its_own() {
    let of = |names: &[&str]| {
        let folders = names.iter().map(|name| folder(name, "root", name, "IPF.Note"));
        Inventory::of("root", folders.collect())
    };
    let mut hidden = folder("h", "root", "PersonMetadata", "IPF.Contact");
    hidden.hidden = true;
    let mut inventory = of(&["Входящие", "Архив", "Архив (2)"]);
    inventory.add_archive("Архив", of(&["Входящие"]));
    inventory.add_archive("Другой", Inventory::of("root", vec![hidden]));
    let paths: Vec<String> = inventory
        .folders
        .iter()
        .map(|place| place.path.join("/"))
        .collect();
    assert_eq!(paths, ["Архив", "Архив (2)", "Входящие", "Архив (3)/Входящие"]);
    assert_eq!(inventory.left_out[0].0.path, ["Другой", "PersonMetadata"]);
}

#[test]
fn a_folder_that_is_listed_twice_has_the_path_of_its_first_name() {
    let folders = vec![
        folder("in", "root", "Inbox", "IPF.Note"),
        folder("in", "other", "Renamed", "IPF.Note"),
        folder("sub", "in", "Bills", "IPF.Note"),
    ];
    let inventory = Inventory::of("root", folders);
    let [inbox, bills] = &inventory.folders[..] else {
        panic!("{inventory:?}")
    };
    assert_eq!(inbox.path, ["Inbox"]);
    assert_eq!(inbox.folder.name, "Inbox");
    assert_eq!(bills.path, ["Inbox", "Bills"]);
    assert!(inventory.findings.is_empty(), "{:?}", inventory.findings);
}
