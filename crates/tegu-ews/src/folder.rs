//! Folders as the server describes them.

use crate::{item::extended, xml::Element};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A folder of a mailbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Folder {
    /// The identifier, which the folder keeps wherever it is moved.
    pub id: String,
    /// The identifier of the folder above it.
    pub parent: Option<String>,
    /// The name that people see. It may hold any character, also `/`.
    pub name: String,
    /// The class: `IPF.Note`. Empty for many folders of mail.
    pub class: String,
    /// The name that every mailbox knows it by, such as `inbox`, where the server says so (from Exchange 2013 on).
    pub distinguished: Option<String>,
    /// The element of the schema: `Folder`, `CalendarFolder`, `ContactsFolder`, `TasksFolder`, `SearchFolder`.
    pub element: String,
    /// Items in it.
    pub total: u32,
    /// Folders directly below it.
    pub children: u32,
    /// Whether clients do not show it.
    pub hidden: bool,
    /// Octets of its items.
    pub size: Option<u64>,
    /// The mailbox that holds the contents of a public folder, where that was asked for: a GUID.
    pub replica: Option<String>,
    /// Characters of its description that XML forbids and that were replaced.
    pub replaced: u32,
}

impl Folder {
    /// Reads a folder's element.
    pub(crate) fn read(element: Element<'_>) -> Option<Self> {
        let id = element.child("FolderId")?.attribute("Id")?.to_owned();
        let parent = element
            .child("ParentFolderId")
            .and_then(|parent| parent.attribute("Id"));
        Some(Self {
            id,
            parent: parent.map(str::to_owned),
            // Not trimmed: a name may begin or end with a space.
            name: element
                .child("DisplayName")
                .map(Element::text)
                .unwrap_or_default()
                .to_owned(),
            class: element.value("FolderClass").unwrap_or_default().to_owned(),
            distinguished: element.value("DistinguishedFolderId").map(str::to_owned),
            element: element.name().to_owned(),
            total: element.number("TotalCount").unwrap_or_default(),
            children: element.number("ChildFolderCount").unwrap_or_default(),
            hidden: extended::tag(element, 0x10f4)
                .is_some_and(|value| matches!(value.as_str(), "true" | "1")),
            size: extended::tag(element, 0x0e08).and_then(|size| size.parse().ok()),
            replica: extended::tag(element, 0x6698).and_then(|list| replica(&list)),
            replaced: element.replaced(),
        })
    }
}

/// The first mailbox of a list of replicas: a GUID in ASCII, in base64.
fn replica(list: &str) -> Option<String> {
    /// Octets of a GUID with its hyphens.
    const GUID: usize = 36;
    let octets = STANDARD.decode(list.trim()).ok()?;
    let guid = std::str::from_utf8(octets.get(..GUID)?).ok()?;
    let is_guid = |c: char| c.is_ascii_hexdigit() || c == '-';
    guid.chars().all(is_guid).then(|| guid.to_owned())
}
