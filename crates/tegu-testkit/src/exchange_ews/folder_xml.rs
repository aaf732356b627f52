//! Folders as XML.

use super::call::{Call, Route};
use super::item::{Extended, ExtendedName};
use super::settings::{Permission, Who};
use super::shape::{Base, Shape};
use super::store::{LiveFolder, change_key};
use super::version::Version;
use super::xml::{element, escape};

impl Call<'_> {
    pub(super) fn folder_xml(&self, mailbox: usize, number: usize, shape: &Shape) -> String {
        let folders = &self.store.mailboxes[mailbox].folders;
        let folder = &folders[number];
        let described = &folder.described;
        let name = element_of(folder);
        let all = shape.base == Base::All;
        let default = shape.base == Base::Default;
        let mut out = format!(
            "<t:{name}><t:FolderId Id=\"{}\" ChangeKey=\"{}\"/>",
            folder.id,
            change_key(folder.changed)
        );
        let asks = |uri: &str, by_default: bool| all || default && by_default || shape.asks(uri);
        if let (true, Some(parent)) = (asks("folder:ParentFolderId", false), folder.parent) {
            out.push_str(&format!(
                "<t:ParentFolderId Id=\"{}\" ChangeKey=\"AQAAAA==\"/>",
                folders[parent].id
            ));
        }
        if let (true, Some(class)) = (asks("folder:FolderClass", false), &described.class) {
            out.push_str(&element("FolderClass", class));
        }
        if asks("folder:DisplayName", true) {
            out.push_str(&element("DisplayName", &described.name));
        }
        let children = folders
            .iter()
            .filter(|child| child.parent == Some(number) && child.gone.is_none())
            .count();
        // The mailbox with the tree of public folders does not know what those with the contents hold.
        let is_blind = self.store.public == Some(mailbox)
            && self.route == Route::Tree
            && self.options.version >= Version::Exchange2013;
        let normal = folder.items.iter().filter(|item| !item.associated && !is_blind);
        if asks("folder:TotalCount", true) {
            out.push_str(&element("TotalCount", &normal.clone().count().to_string()));
        }
        if asks("folder:ChildFolderCount", true) {
            out.push_str(&element("ChildFolderCount", &children.to_string()));
        }
        for wanted in &shape.extended {
            let value = match &wanted.name {
                ExtendedName::Tag(0x10f4) => Some(Extended::Boolean(described.hidden)),
                ExtendedName::Tag(0x3001) => Some(Extended::Text(described.name.clone())),
                ExtendedName::Tag(0x3613) => described.class.clone().map(Extended::Text),
                ExtendedName::Tag(0x3601) => Some(Extended::Integer(if described.search { 2 } else { 1 })),
                ExtendedName::Tag(0x0e08) => Some(Extended::Integer(folder.items.len() as i32 * 4096)),
                ExtendedName::Tag(0x670a | 0x3008) => {
                    Some(Extended::Time(super::render::moment(folder.changed)))
                }
                ExtendedName::Tag(0x6698) if self.store.public == Some(mailbox) => Some(Extended::Binary(
                    format!("{}\0", super::autodiscover::PUBLIC_GUID).into_bytes(),
                )),
                _ => None,
            };
            if let Some(value) = value {
                out.push_str(&wanted.answer(&value));
            }
        }
        if self.version >= Version::Exchange2007Sp1 && asks("folder:EffectiveRights", false) {
            out.push_str(
                "<t:EffectiveRights><t:CreateAssociated>true</t:CreateAssociated><t:CreateContents>true</t:CreateContents>\
                 <t:CreateHierarchy>true</t:CreateHierarchy><t:Delete>true</t:Delete><t:Modify>true</t:Modify>\
                 <t:Read>true</t:Read></t:EffectiveRights>",
            );
        }
        let known = described.distinguished.as_deref();
        if let (true, Some(known)) = (asks("folder:DistinguishedFolderId", false), known)
            && self.version >= Version::Exchange2013
        {
            out.push_str(&element("DistinguishedFolderId", known));
        }
        let rights = shape.asks("folder:PermissionSet") || all && self.version < Version::Exchange2013;
        if rights && self.version >= Version::Exchange2007Sp1 && !described.search {
            out.push_str(&permission_set(folder, name == "CalendarFolder"));
        }
        if !matches!(name, "CalendarFolder" | "ContactsFolder") && asks("folder:UnreadCount", true) {
            let unread = normal.filter(|item| item.item.value("message:IsRead").as_deref() == Some("false"));
            out.push_str(&element("UnreadCount", &unread.count().to_string()));
        }
        out.push_str(&format!("</t:{name}>"));
        out
    }
}

fn element_of(folder: &LiveFolder) -> &'static str {
    if folder.described.search {
        return "SearchFolder";
    }
    let class = folder.described.class.as_deref().unwrap_or_default();
    let is = |name: &str| class == name || class.starts_with(&format!("{name}."));
    if is("IPF.Appointment") {
        "CalendarFolder"
    } else if is("IPF.Contact") {
        "ContactsFolder"
    } else if is("IPF.Task") {
        "TasksFolder"
    } else {
        "Folder"
    }
}

fn permission_set(folder: &LiveFolder, calendar: bool) -> String {
    let prefix = if calendar { "Calendar" } else { "" };
    let list: String = folder
        .described
        .permissions
        .iter()
        .map(|permission| permission.xml(prefix))
        .collect();
    let unknown: String = folder
        .described
        .unknown
        .iter()
        .map(|sid| element("UnknownEntry", sid))
        .collect();
    let unknown = if unknown.is_empty() {
        unknown
    } else {
        format!("<t:UnknownEntries>{unknown}</t:UnknownEntries>")
    };
    format!(
        "<t:PermissionSet><t:{prefix}Permissions>{list}</t:{prefix}Permissions>{unknown}</t:PermissionSet>"
    )
}

impl Permission {
    fn xml(&self, prefix: &str) -> String {
        let who = match &self.who {
            Who::Default => element("DistinguishedUser", "Default"),
            Who::Anonymous => element("DistinguishedUser", "Anonymous"),
            Who::User(address, name) => user(address, name),
        };
        let rights = &self.rights;
        let flag = |name, yes: bool| element(name, if yes { "true" } else { "false" });
        let word = |name, text: &str| element(name, if text.is_empty() { "None" } else { text });
        format!(
            "<t:{prefix}Permission><t:UserId>{who}</t:UserId>{}{}{}{}{}{}{}{}<t:{prefix}PermissionLevel>{}\
             </t:{prefix}PermissionLevel></t:{prefix}Permission>",
            flag("CanCreateItems", rights.create),
            flag("CanCreateSubFolders", rights.folders),
            flag("IsFolderOwner", rights.owner),
            flag("IsFolderVisible", rights.visible),
            flag("IsFolderContact", rights.contact),
            word("EditItems", rights.edit),
            word("DeleteItems", rights.delete),
            word("ReadItems", rights.read),
            escape(&self.level),
        )
    }
}

/// An account as permissions and delegates name it, with a security identifier of its own.
pub(super) fn user(address: &str, name: &str) -> String {
    let folded = address.to_lowercase();
    let number = folded
        .bytes()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    format!(
        "{}{}{}",
        element("SID", &format!("S-1-5-21-1-2-3-{number}")),
        element("PrimarySmtpAddress", address),
        element("DisplayName", name)
    )
}
