//! GetFolder, FindFolder and SyncFolderHierarchy.

use super::call::Call;
use super::item::ExtendedName;
use super::shape::Shape;
use super::soap::{Refusal, messages};
use super::store::LiveFolder;
use super::xml::Element;

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
                let view = self.request.child("IndexedPageFolderView");
                self.refuse_page(view)?;
                let (from, to) = page(view, found.len());
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
