//! GetFolder, FindFolder and SyncFolderHierarchy.

use super::call::Call;
use super::model::{Extended, ExtendedName};
use super::settings::{Permission, Who};
use super::shape::{Base, Shape};
use super::soap::{Refusal, messages};
use super::store::{LiveFolder, change_key};
use super::version::Version;
use super::xml::{Element, element, escape};

impl Call<'_> {
    pub(super) fn get_folder(&self) -> Result<String, Refusal> {
        let ids = self.request.child("FolderIds").ok_or_else(Refusal::schema)?;
        let shape = Shape::read(self.request.child("FolderShape"), self.version);
        let answers: Vec<_> = ids
            .children
            .iter()
            .map(|id| {
                let (mailbox, folder) = self.folder_of(id)?;
                let xml = self.folder_xml(mailbox, folder, shape.as_ref().map_err(Clone::clone)?);
                Ok(format!("<m:Folders>{xml}</m:Folders>"))
            })
            .collect();
        self.finish("GetFolder", answers)
    }

    pub(super) fn find_folder(&self) -> Result<String, Refusal> {
        let parents = self
            .request
            .child("ParentFolderIds")
            .ok_or_else(Refusal::schema)?;
        let shape = Shape::read(self.request.child("FolderShape"), self.version)?;
        let deep = match self.request.attribute("Traversal") {
            Some("Deep") => true,
            Some("Shallow") => false,
            Some("SoftDeleted") => return self.finish("FindFolder", vec![Ok(root("", 0, 0, true))]),
            _ => return Err(Refusal::schema()),
        };
        let answers: Vec<_> = parents
            .children
            .iter()
            .map(|parent| {
                let (mailbox, folder) = self.folder_of(parent)?;
                if deep && self.store.public == Some(mailbox) {
                    return Err(Refusal::item(
                        "ErrorInvalidOperation",
                        "Deep traversal is not supported for public folders.",
                    ));
                }
                let found: Vec<usize> = self
                    .store
                    .below(mailbox, folder)
                    .into_iter()
                    .skip(1)
                    .filter(|&child| {
                        deep || self
                            .store
                            .folder(mailbox, child)
                            .is_some_and(|found| found.parent == Some(folder))
                    })
                    .filter(|&child| self.folder_matches(mailbox, child))
                    .collect();
                let (from, to) = page(self.request.child("IndexedPageFolderView"), found.len());
                let list: String = found[from..to]
                    .iter()
                    .map(|&child| self.folder_xml(mailbox, child, &shape))
                    .collect();
                Ok(root(&list, to, found.len(), to == found.len()))
            })
            .collect();
        self.finish("FindFolder", answers)
    }

    pub(super) fn sync_folder_hierarchy(&self) -> Result<String, Refusal> {
        let shape = Shape::read(self.request.child("FolderShape"), self.version)?;
        let answer = (|| {
            let parent = match self
                .request
                .at(&["SyncFolderId"])
                .and_then(|id| id.children.first())
            {
                Some(id) => self.folder_of(id)?,
                None => {
                    let mailbox = self.mailbox()?;
                    let top = self.store.distinguished(mailbox, "msgfolderroot");
                    (mailbox, top.ok_or_else(not_found)?)
                }
            };
            let (mailbox, top) = parent;
            let since = match self.request.text_at(&["SyncState"]) {
                None | Some("") => 0,
                Some(state) => {
                    self.read_state(state, "h", &self.store.mailboxes[mailbox].folders[top].id)?
                        .base
                }
            };
            let folders = &self.store.mailboxes[mailbox].folders;
            let mut changes = String::new();
            for child in self.store.below(mailbox, top).into_iter().skip(1) {
                let folder = &folders[child];
                if folder.changed > since {
                    let verb = if folder.created > since {
                        "Create"
                    } else {
                        "Update"
                    };
                    let xml = self.folder_xml(mailbox, child, &shape);
                    changes.push_str(&format!("<t:{verb}>{xml}</t:{verb}>"));
                }
            }
            for folder in folders {
                if folder.created <= since && folder.gone.is_some_and(|when| when > since) {
                    changes.push_str(&format!(
                        "<t:Delete><t:FolderId Id=\"{}\" ChangeKey=\"AQAAAA==\"/></t:Delete>",
                        folder.id
                    ));
                }
            }
            let state = self.state("h", &folders[top].id, self.store.now(), self.store.now(), "");
            Ok(format!(
                "<m:SyncState>{state}</m:SyncState><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>\
                 <m:Changes>{changes}</m:Changes>"
            ))
        })();
        self.finish("SyncFolderHierarchy", vec![answer])
    }

    fn folder_matches(&self, mailbox: usize, folder: usize) -> bool {
        let Some(restriction) = self
            .request
            .child("Restriction")
            .and_then(|found| found.children.first())
        else {
            return true;
        };
        let Some(live) = self.store.folder(mailbox, folder) else {
            return false;
        };
        super::restriction::matches(restriction, &|path: &Element| folder_value(live, path))
    }

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
        let normal = folder.items.iter().filter(|item| !item.associated);
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

    pub(super) fn finish(
        &self,
        name: &str,
        answers: Vec<Result<String, Refusal>>,
    ) -> Result<String, Refusal> {
        let fault = answers.iter().find_map(|answer| match answer {
            Err(refusal) if refusal.fault => Some(refusal.clone()),
            _ => None,
        });
        fault.map_or_else(|| Ok(messages(name, &answers)), Err)
    }
}

pub(super) fn not_found() -> Refusal {
    Refusal::item(
        "ErrorFolderNotFound",
        "The specified folder could not be found in the store.",
    )
}

fn root(list: &str, to: usize, total: usize, last: bool) -> String {
    format!(
        "<m:RootFolder IndexedPagingOffset=\"{to}\" TotalItemsInView=\"{total}\" IncludesLastItemInRange=\"{last}\">\
         <t:Folders>{list}</t:Folders></m:RootFolder>"
    )
}

/// The range of a page.
pub(super) fn page(view: Option<&Element>, total: usize) -> (usize, usize) {
    let number = |name| view.and_then(|view| view.attribute(name)?.parse::<usize>().ok());
    let most = number("MaxEntriesReturned").unwrap_or(usize::MAX);
    let offset = number("Offset").unwrap_or(0).min(total);
    if view.is_some_and(|view| view.attribute("BasePoint") == Some("End")) {
        let to = total - offset;
        return (to.saturating_sub(most), to);
    }
    (offset, offset.saturating_add(most).min(total))
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

fn folder_value(folder: &LiveFolder, path: &Element) -> Option<String> {
    let described = &folder.described;
    match path.attribute("FieldURI") {
        Some("folder:FolderClass") => described.class.clone(),
        Some("folder:DisplayName") => Some(described.name.clone()),
        Some("folder:TotalCount") => Some(folder.items.len().to_string()),
        Some(_) => None,
        None => match super::shape::Wanted::read(path)?.name {
            ExtendedName::Tag(0x10f4) => Some(described.hidden.to_string()),
            ExtendedName::Tag(0x3613) => described.class.clone(),
            ExtendedName::Tag(0x3001) => Some(described.name.clone()),
            ExtendedName::Tag(0x3601) => Some(if described.search { "2" } else { "1" }.to_owned()),
            _ => None,
        },
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
            Who::User(address, name) => format!(
                "<t:SID>S-1-5-21-1-2-3-{}</t:SID>{}{}",
                1000 + address.len(),
                element("PrimarySmtpAddress", address),
                element("DisplayName", name)
            ),
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
