//! FindItem, GetItem, SyncFolderItems and GetAttachment.

use super::call::{Call, malformed, unknown};
use super::computed;
use super::fault::{Fault, too_many};
use super::folders::page;
use super::render::Rendered;
use super::restriction;
use super::shape::{Shape, Wanted};
use super::soap::Refusal;
use super::store::{LiveItem, Place};
use super::version::Version;
use super::xml::Element;

impl Call<'_> {
    pub(super) fn find_item(&self) -> Result<String, Refusal> {
        let parents = self
            .request
            .child("ParentFolderIds")
            .ok_or_else(Refusal::schema)?;
        let shape = Shape::read(self.request.child("ItemShape"), self.version)?;
        let associated = match self.request.attribute("Traversal") {
            Some("Shallow") => false,
            Some("Associated") if self.version >= Version::Exchange2010 => true,
            Some("SoftDeleted") => false,
            _ => return Err(Refusal::schema()),
        };
        let view = self.request.child("IndexedPageItemView");
        let answers: Vec<_> = parents
            .children
            .iter()
            .map(|parent| self.find_in(parent, &shape, associated, view))
            .collect();
        self.finish("FindItem", answers)
    }

    fn find_in(
        &self,
        parent: &Element,
        shape: &Shape,
        associated: bool,
        view: Option<&Element>,
    ) -> Result<String, Refusal> {
        let (mailbox, folder) = self.folder_of(parent)?;
        let found = self.store.folder(mailbox, folder).ok_or_else(malformed)?;
        let restriction = self
            .request
            .child("Restriction")
            .and_then(|found| found.children.first());
        let mut items: Vec<&LiveItem> = found
            .items
            .iter()
            .filter(|live| live.associated == associated)
            .filter(|live| {
                restriction.is_none_or(|restriction| {
                    restriction::matches(restriction, &|path: &Element| item_value(live, path))
                })
            })
            .filter(|live| self.in_view(live))
            .collect();
        self.sort(&mut items);
        let total = items.len();
        let (from, mut to) = page(view, total);
        self.refuse_page(view)?;
        let limit = self.options.find_limit;
        if view.is_none() && total > limit {
            return Err(too_many(limit));
        }
        to = to.min(from + limit);
        let mut from = from;
        let mut last = to >= total;
        if self.options.fault == Some(Fault::PageLoop) && total > 0 {
            (from, to, last) = (0, to.min(total), false);
        }
        let mut list = String::new();
        for live in &items[from.min(to)..to] {
            list.push_str(&Rendered::live(live, &found.id).listed(shape, self.version)?);
        }
        Ok(format!(
            "<m:RootFolder IndexedPagingOffset=\"{to}\" TotalItemsInView=\"{total}\" IncludesLastItemInRange=\"{last}\">\
             <t:Items>{list}</t:Items></m:RootFolder>"
        ))
    }

    /// Whether an item lies in the time of a CalendarView. Series count by their first start: nothing is expanded.
    fn in_view(&self, live: &LiveItem) -> bool {
        let Some(view) = self.request.child("CalendarView") else {
            return true;
        };
        let time = |uri| live.item.value(uri).unwrap_or_default();
        let bound = |name| view.attribute(name).unwrap_or_default().to_owned();
        time("calendar:Start") < bound("EndDate") && time("calendar:End") > bound("StartDate")
    }

    fn sort(&self, items: &mut [&LiveItem]) {
        let Some(order) = self.request.child("SortOrder") else {
            // The newest first, as a folder lies in the store.
            items.reverse();
            return;
        };
        for field in order.children.iter().rev() {
            let path = field
                .children
                .iter()
                .find(|child| child.name.ends_with("FieldURI"));
            let Some(path) = path else { continue };
            items.sort_by_cached_key(|live| {
                let text = item_value(live, path).unwrap_or_default();
                // Numbers in their own order.
                match text.parse::<u64>() {
                    Ok(number) => (Some(number), String::new()),
                    Err(_) => (None, text),
                }
            });
            if field.attribute("Order") == Some("Descending") {
                items.reverse();
            }
        }
    }

    pub(super) fn get_item(&self) -> Result<String, Refusal> {
        let ids = self.request.child("ItemIds").ok_or_else(Refusal::schema)?;
        let shape = Shape::read(self.request.child("ItemShape"), self.version);
        if let Some(most) = self.options.batch_limit
            && ids.children.len() > most
        {
            let late = Refusal::item("ErrorTimeoutExpired", "The operation has timed out.");
            return self.finish(
                "GetItem",
                ids.children.iter().map(|_| Err(late.clone())).collect(),
            );
        }
        let answers = ids
            .children
            .iter()
            .map(|id| {
                let xml = self.item_xml(id, shape.as_ref().map_err(Clone::clone)?)?;
                Ok(format!("<m:Items>{xml}</m:Items>"))
            })
            .collect();
        let answers = self.with_busy_items(answers);
        self.finish("GetItem", answers)
    }

    fn item_xml(&self, id: &Element, shape: &Shape) -> Result<String, Refusal> {
        let (place, index) = match id.name.as_str() {
            "ItemId" => (id.attribute("Id"), None),
            "OccurrenceItemId" => (id.attribute("RecurringMasterId"), id.attribute("InstanceIndex")),
            "RecurringMasterItemId" => (id.attribute("OccurrenceId"), None),
            _ => return Err(Refusal::schema()),
        };
        let text = place.ok_or_else(Refusal::schema)?;
        let gone = || unknown(text);
        match self.store.place(text) {
            Some(Place::Item(mailbox, folder, number)) => {
                self.may(mailbox)?;
                let parent = self.store.folder(mailbox, folder).ok_or_else(gone)?;
                let live = self.store.item(mailbox, folder, number).ok_or_else(gone)?;
                let rendered = match index {
                    None => Rendered::live(live, &parent.id),
                    Some(index) => {
                        let index = index.parse::<usize>().map_err(|_| Refusal::schema())?;
                        let missing = || {
                            Refusal::item(
                                "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
                                "Occurrence index is out of recurrence range.",
                            )
                        };
                        let at = index.checked_sub(1).ok_or_else(missing)?;
                        Rendered::occurrence(live, &parent.id, at).ok_or_else(missing)?
                    }
                };
                rendered.whole(shape, self.version)
            }
            Some(Place::Occurrence(mailbox, folder, number, index)) => {
                self.may(mailbox)?;
                let parent = self.store.folder(mailbox, folder).ok_or_else(gone)?;
                let live = self.store.item(mailbox, folder, number).ok_or_else(gone)?;
                let rendered = if id.name == "RecurringMasterItemId" {
                    Rendered::live(live, &parent.id)
                } else {
                    Rendered::occurrence(live, &parent.id, index).ok_or_else(gone)?
                };
                rendered.whole(shape, self.version)
            }
            Some(_) => Err(malformed()),
            None => Err(unknown(text)),
        }
    }

    pub(super) fn get_attachment(&self) -> Result<String, Refusal> {
        let ids = self.request.child("AttachmentIds").ok_or_else(Refusal::schema)?;
        let mut shape = Shape::id_only();
        if let Some(asked) = self.request.child("AttachmentShape") {
            shape.mime = asked.text_at(&["IncludeMimeContent"]) == Some("true");
        }
        let answers = ids
            .children
            .iter()
            .map(|id| {
                let text = id.attribute("Id").ok_or_else(Refusal::schema)?;
                let missing = || {
                    Refusal::item(
                        "ErrorAttachmentNotFound",
                        "The specified attachment could not be found.",
                    )
                };
                let Some(Place::Attachment(mailbox, folder, number, occurrence, index)) =
                    self.store.place(text)
                else {
                    return Err(missing());
                };
                self.may(mailbox)?;
                let live = self.store.item(mailbox, folder, number).ok_or_else(missing)?;
                let item = match occurrence {
                    None => &*live.item,
                    Some(at) => &live.item.occurrences.get(at).ok_or_else(missing)?.1,
                };
                let attachment = item.attachments.get(index).ok_or_else(missing)?;
                Ok(format!(
                    "<m:Attachments>{}</m:Attachments>",
                    attachment.element(text, Some((&shape, self.version)))
                ))
            })
            .collect();
        self.finish("GetAttachment", answers)
    }
}

/// What a property of an item says, for restrictions and orders.
fn item_value(live: &LiveItem, path: &Element) -> Option<String> {
    let item = &live.item;
    match path.attribute("FieldURI") {
        Some("item:LastModifiedTime") => Some(super::render::moment(live.changed.max(live.read))),
        Some("item:DateTimeCreated") => item
            .value("item:DateTimeCreated")
            .or_else(|| Some("2024-01-01T00:00:00Z".to_owned())),
        Some(uri) => item.value(uri),
        None => {
            let name = Wanted::read(path)?.name;
            let clock = live.changed.max(live.read);
            computed::value(item, &name, live.number, clock, 0).map(|value| value.text())
        }
    }
}
