//! The body of each request, in the order that the schema wants.

use super::{Request, shape};
use crate::{FolderRef, Version, xml::write::Writer};

pub(super) fn write(request: &Request, version: Version, xml: &mut Writer) {
    match request {
        Request::FindFolder {
            parent,
            deep,
            offset,
            most,
            shape,
        } => {
            let traversal = if *deep { "Deep" } else { "Shallow" };
            xml.open("m:FindFolder", &[("Traversal", traversal)]);
            shape::folder(*shape, version, xml);
            page("m:IndexedPageFolderView", *offset, *most, xml);
            xml.open("m:ParentFolderIds", &[]);
            folder(parent, xml);
            xml.close().close();
        }
        Request::GetFolder { folders, shape } => {
            xml.open("m:GetFolder", &[]);
            shape::folder(*shape, version, xml);
            xml.open("m:FolderIds", &[]);
            folders.iter().for_each(|id| folder(id, xml));
            xml.close().close();
        }
        Request::FindItem {
            folder: id,
            offset,
            most,
            details,
        } => {
            xml.open("m:FindItem", &[("Traversal", "Shallow")]);
            listed(*details, xml);
            page("m:IndexedPageItemView", *offset, *most, xml);
            // What arrives meanwhile is listed last, so that no page moves.
            xml.open("m:SortOrder", &[])
                .open("t:FieldOrder", &[("Order", "Ascending")]);
            xml.empty("t:FieldURI", &[("FieldURI", "item:DateTimeCreated")])
                .close()
                .close();
            xml.open("m:ParentFolderIds", &[]);
            folder(id, xml);
            xml.close().close();
        }
        Request::SyncFolderItems {
            folder: id,
            state,
            most,
            details,
        } => {
            xml.open("m:SyncFolderItems", &[]);
            listed(*details, xml);
            xml.open("m:SyncFolderId", &[]);
            folder(id, xml);
            xml.close();
            if let Some(state) = state {
                xml.text("m:SyncState", state);
            }
            xml.text("m:MaxChangesReturned", &(*most).clamp(1, 512).to_string());
            if version >= Version::Exchange2010 {
                xml.text("m:SyncScope", "NormalItems");
            }
            xml.close();
        }
        Request::GetItem { items, shape } => {
            xml.open("m:GetItem", &[]);
            shape::item("m:ItemShape", shape, version, xml);
            xml.open("m:ItemIds", &[]);
            for id in items {
                match &id.change_key {
                    Some(key) => xml.empty("t:ItemId", &[("Id", &id.id), ("ChangeKey", key)]),
                    None => xml.empty("t:ItemId", &[("Id", &id.id)]),
                };
            }
            xml.close().close();
        }
        Request::GetAttachment { attachments } => {
            xml.open("m:GetAttachment", &[]);
            xml.open("m:AttachmentShape", &[])
                .text("t:IncludeMimeContent", "true")
                .close();
            xml.open("m:AttachmentIds", &[]);
            for id in attachments {
                xml.empty("t:AttachmentId", &[("Id", id)]);
            }
            xml.close().close();
        }
        other => settings(other, xml),
    }
}

fn settings(request: &Request, xml: &mut Writer) {
    match request {
        Request::GetInboxRules { mailbox } => {
            xml.open("m:GetInboxRules", &[])
                .text("m:MailboxSmtpAddress", mailbox)
                .close();
        }
        Request::GetUserOofSettings { mailbox } => {
            xml.open("m:GetUserOofSettingsRequest", &[])
                .open("t:Mailbox", &[]);
            xml.text("t:Address", mailbox).close().close();
        }
        Request::GetDelegate { mailbox } => {
            xml.open("m:GetDelegate", &[("IncludePermissions", "true")])
                .open("m:Mailbox", &[]);
            xml.text("t:EmailAddress", mailbox).close().close();
        }
        Request::GetUserConfiguration { folder: id, name } => {
            xml.open("m:GetUserConfiguration", &[])
                .open("m:UserConfigurationName", &[("Name", name)]);
            folder(id, xml);
            xml.close()
                .text("m:UserConfigurationProperties", "XmlData")
                .close();
        }
        Request::GetRoomLists => {
            xml.empty("m:GetRoomLists", &[]);
        }
        Request::GetRooms { list } => {
            xml.open("m:GetRooms", &[]).open("m:RoomList", &[]);
            xml.text("t:EmailAddress", list).close().close();
        }
        Request::ResolveNames { name } => {
            let attributes = [
                ("ReturnFullContactData", "false"),
                ("SearchScope", "ActiveDirectory"),
            ];
            xml.open("m:ResolveNames", &attributes)
                .text("m:UnresolvedEntry", name)
                .close();
        }
        Request::ExpandDl { address } => {
            xml.open("m:ExpandDL", &[]).open("m:Mailbox", &[]);
            xml.text("t:EmailAddress", address).close().close();
        }
        Request::GetServerTimeZones { ids } => {
            xml.open("m:GetServerTimeZones", &[("ReturnFullTimeZoneData", "true")])
                .open("m:Ids", &[]);
            ids.iter().for_each(|id| {
                xml.text("t:Id", id);
            });
            xml.close().close();
        }
        // Written by the caller.
        Request::FindFolder { .. }
        | Request::GetFolder { .. }
        | Request::FindItem { .. }
        | Request::SyncFolderItems { .. }
        | Request::GetItem { .. }
        | Request::GetAttachment { .. } => {}
    }
}

/// What a list says of each item.
fn listed(details: bool, xml: &mut Writer) {
    xml.open("m:ItemShape", &[]).text("t:BaseShape", "IdOnly");
    if details {
        xml.open("t:AdditionalProperties", &[]);
        xml.empty("t:FieldURI", &[("FieldURI", "item:Size")]);
        xml.empty("t:FieldURI", &[("FieldURI", "message:IsRead")]).close();
    }
    xml.close();
}

fn page(name: &'static str, offset: u32, most: u32, xml: &mut Writer) {
    let (offset, most) = (offset.to_string(), most.max(1).to_string());
    let attributes = [
        ("MaxEntriesReturned", most.as_str()),
        ("Offset", &offset),
        ("BasePoint", "Beginning"),
    ];
    xml.empty(name, &attributes);
}

fn folder(id: &FolderRef, xml: &mut Writer) {
    match id {
        FolderRef::Id(id) => {
            xml.empty("t:FolderId", &[("Id", id)]);
        }
        FolderRef::Distinguished { name, mailbox: None } => {
            xml.empty("t:DistinguishedFolderId", &[("Id", name)]);
        }
        FolderRef::Distinguished {
            name,
            mailbox: Some(mailbox),
        } => {
            xml.open("t:DistinguishedFolderId", &[("Id", name)])
                .open("t:Mailbox", &[]);
            xml.text("t:EmailAddress", mailbox).close().close();
        }
    }
}
