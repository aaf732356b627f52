//! Requests and answers by Microsoft's schema, which is not part of the project.

use super::ask;
use tegu_testkit::exchange_ews::{
    Delegate, ExchangeEws, Folder, Mail, Mailbox, Settings, Version, judge, organisation, reference,
};

#[test]
fn the_judge_finds_what_is_out_of_order() {
    let Some(folder) = reference() else { return };
    let envelope = |body: &str| {
        format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body \
             xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
             xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">{body}</s:Body></s:Envelope>"
        )
    };
    let request = envelope("<m:SyncFolderHierarchy><m:SyncState/></m:SyncFolderHierarchy>");
    let response = envelope(
        "<m:GetItemResponse><m:ResponseMessages><m:GetItemResponseMessage ResponseClass=\"Success\"><m:Items><t:Message>\
         <t:Subject>x</t:Subject><t:ItemId Id=\"a\"/></t:Message></m:Items></m:GetItemResponseMessage></m:ResponseMessages>\
         </m:GetItemResponse>",
    );
    let (faults, count) = judge(&[(request, response)], &folder);
    assert_eq!((faults.len(), count), (2, 2), "{faults:?}");
    assert!(
        faults[0].starts_with("request SyncFolderHierarchy: "),
        "{faults:?}"
    );
    assert!(
        faults[1].starts_with("response GetItemResponse: ") && faults[1].contains("}ItemId'"),
        "{faults:?}"
    );
}

fn shape(base: &str, more: &str) -> String {
    format!("<m:ItemShape><t:BaseShape>{base}</t:BaseShape>{more}</m:ItemShape>")
}

/// A mailbox with delegates of every sort, one of them deleted.
fn acting() -> Mailbox {
    let delegate = |address: &str, levels, copies, private| Delegate {
        address: address.to_owned(),
        name: "Делегат & Co".to_owned(),
        levels,
        copies,
        private,
    };
    let every = ["Editor", "Author", "Reviewer", "None", "Custom", "Editor"];
    let settings = Settings::new()
        .delegate(delegate("a@corp.example", every, true, true))
        .delegate(delegate("", every, true, false))
        .delegate(delegate("b@corp.example", [""; 6], false, false))
        .deliver_meeting_requests("DelegatesAndSendInformationToMe");
    Mailbox::new("acting@corp.example", "Acting").settings(settings)
}

#[test]
fn every_answer_is_valid_at_every_version() {
    let Some(folder) = reference() else { return };
    let owner = organisation(1, 5)[0].address().to_owned();
    for version in Version::ALL {
        let server = ExchangeEws::builder()
            .mailboxes(organisation(1, 5))
            .mailbox(acting())
            .mailbox(Mailbox::new("none@corp.example", "None"))
            .public_folder(Folder::new("Общая").item(Mail::new("Всем", "2024-05-01T06:00:00Z").item()))
            .group(
                "all@corp.example",
                "Все",
                &["ivan.elkin@corp.example", "x@else.example"],
            )
            .room_list("rooms@corp.example", "Комнаты", &["ivan.elkin@corp.example"])
            .version(version)
            .record()
            .start();
        let say = |body: &str| ask(&server, &owner, version.name(), "", body).1;
        for base in ["IdOnly", "Default", "AllProperties"] {
            let folder_shape = format!(
                "<m:FolderShape><t:BaseShape>{base}</t:BaseShape><t:AdditionalProperties>\
                 <t:FieldURI FieldURI=\"folder:FolderClass\"/>{}\
                 <t:ExtendedFieldURI PropertyTag=\"0x10f4\" PropertyType=\"Boolean\"/></t:AdditionalProperties>\
                 </m:FolderShape>",
                if version > Version::Exchange2007 {
                    "<t:FieldURI FieldURI=\"folder:PermissionSet\"/>"
                } else {
                    ""
                }
            );
            for root in ["root", "msgfolderroot", "publicfoldersroot", "archiveroot"] {
                let traversal = if root == "publicfoldersroot" {
                    "Shallow"
                } else {
                    "Deep"
                };
                say(&format!(
                    "<m:FindFolder Traversal=\"{traversal}\">{folder_shape}<m:IndexedPageFolderView MaxEntriesReturned=\"100\" \
                     Offset=\"0\" BasePoint=\"Beginning\"/><m:ParentFolderIds><t:DistinguishedFolderId Id=\"{root}\"/>\
                     </m:ParentFolderIds></m:FindFolder>"
                ));
            }
            say(&format!(
                "<m:SyncFolderHierarchy>{folder_shape}</m:SyncFolderHierarchy>"
            ));
            for folder in [
                "inbox",
                "sentitems",
                "calendar",
                "contacts",
                "tasks",
                "notes",
                "journal",
                "voicemail",
            ] {
                let parent = format!("<t:DistinguishedFolderId Id=\"{folder}\"/>");
                say(&format!(
                    "<m:GetFolder>{folder_shape}<m:FolderIds>{parent}</m:FolderIds></m:GetFolder>"
                ));
                let found = say(&format!(
                    "<m:FindItem Traversal=\"Shallow\">{}<m:IndexedPageItemView MaxEntriesReturned=\"100\" Offset=\"0\" \
                     BasePoint=\"Beginning\"/><m:ParentFolderIds>{parent}</m:ParentFolderIds></m:FindItem>",
                    shape(base, "")
                ));
                say(&format!(
                    "<m:SyncFolderItems>{}<m:SyncFolderId>{parent}</m:SyncFolderId>\
                     <m:MaxChangesReturned>100</m:MaxChangesReturned></m:SyncFolderItems>",
                    shape(base, "")
                ));
                let ids: String = found
                    .split("<t:ItemId Id=\"")
                    .skip(1)
                    .map(|part| format!("<t:ItemId Id=\"{}\"/>", part.split('"').next().unwrap()))
                    .collect();
                if ids.is_empty() {
                    continue;
                }
                let mime = shape(base, "<t:IncludeMimeContent>true</t:IncludeMimeContent>");
                let text = shape(
                    base,
                    "<t:BodyType>Text</t:BodyType><t:AdditionalProperties><t:FieldURI FieldURI=\"item:Body\"/>\
                     <t:FieldURI FieldURI=\"item:Attachments\"/><t:FieldURI FieldURI=\"calendar:ModifiedOccurrences\"/>\
                     <t:IndexedFieldURI FieldURI=\"contacts:PhoneNumber\" FieldIndex=\"MobilePhone\"/>\
                     <t:IndexedFieldURI FieldURI=\"contacts:PhysicalAddress:Street\" FieldIndex=\"Business\"/>\
                     <t:ExtendedFieldURI PropertyTag=\"0x0e23\" PropertyType=\"Integer\"/>\
                     <t:ExtendedFieldURI PropertySetId=\"0006200E-0000-0000-C000-000000000046\" PropertyId=\"35584\" \
                     PropertyType=\"Integer\"/></t:AdditionalProperties>",
                );
                for shape in [mime, text] {
                    let items = say(&format!(
                        "<m:GetItem>{shape}<m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
                    ));
                    for (name, list, verb) in [
                        ("AttachmentId", "AttachmentIds", "GetAttachment"),
                        ("Occurrence><t:ItemId", "ItemIds", "GetItem"),
                    ] {
                        let inner: String = items
                            .split(&format!("<t:{name} Id=\""))
                            .skip(1)
                            .map(|part| {
                                let tag = if name == "AttachmentId" { name } else { "ItemId" };
                                format!("<t:{tag} Id=\"{}\"/>", part.split('"').next().unwrap())
                            })
                            .collect();
                        if inner.is_empty() {
                            continue;
                        }
                        let head = if verb == "GetItem" { shape.as_str() } else { "" };
                        say(&format!(
                            "<m:{verb}>{head}<m:{list}>{inner}</m:{list}></m:{verb}>"
                        ));
                    }
                }
            }
        }
        say(&format!(
            "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{owner}</t:Address></t:Mailbox>\
             </m:GetUserOofSettingsRequest>"
        ));
        say(&format!(
            "<m:GetDelegate IncludePermissions=\"true\"><m:Mailbox><t:EmailAddress>{owner}</t:EmailAddress></m:Mailbox>\
             </m:GetDelegate>"
        ));
        for (whose, permissions) in [
            ("acting@corp.example", true),
            ("acting@corp.example", false),
            ("none@corp.example", true),
        ] {
            say(&format!(
                "<m:GetDelegate IncludePermissions=\"{permissions}\"><m:Mailbox><t:EmailAddress>{whose}</t:EmailAddress></m:Mailbox>\
                 </m:GetDelegate>"
            ));
        }
        say("<m:GetInboxRules/>");
        for (name, folder) in [
            ("CategoryList", "calendar"),
            ("OWA.UserOptions", "root"),
            ("None", "inbox"),
        ] {
            say(&format!(
                "<m:GetUserConfiguration><m:UserConfigurationName Name=\"{name}\"><t:DistinguishedFolderId Id=\"{folder}\"/>\
                 </m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties>\
                 </m:GetUserConfiguration>"
            ));
        }
        say("<m:GetRoomLists/>");
        say(
            "<m:GetRooms><m:RoomList><t:EmailAddress>rooms@corp.example</t:EmailAddress></m:RoomList></m:GetRooms>",
        );
        for full in ["true", "false"] {
            say(&format!(
                "<m:GetServerTimeZones ReturnFullTimeZoneData=\"{full}\"/>"
            ));
            for name in ["анна", "smtp:ivan.elkin@corp.example", "и", "nobody"] {
                say(&format!(
                    "<m:ResolveNames ReturnFullContactData=\"{full}\"><m:UnresolvedEntry>{name}</m:UnresolvedEntry>\
                     </m:ResolveNames>"
                ));
            }
        }
        for group in ["all@corp.example", "nobody@corp.example"] {
            say(&format!(
                "<m:ExpandDL><m:Mailbox><t:EmailAddress>{group}</t:EmailAddress></m:Mailbox></m:ExpandDL>"
            ));
        }
        say(&format!(
            "<m:GetUserPhoto><m:Email>{owner}</m:Email><m:SizeRequested>HR48x48</m:SizeRequested></m:GetUserPhoto>"
        ));
        let id = server.ids(&owner, "inbox").remove(0);
        say(&format!(
            "<m:ConvertId DestinationFormat=\"HexEntryId\"><m:SourceIds><t:AlternateId Format=\"EwsId\" Id=\"{id}\" \
             Mailbox=\"{owner}\"/></m:SourceIds></m:ConvertId>"
        ));
        say(&format!(
            "<m:GetItem>{}<m:ItemIds><t:ItemId Id=\"AAAA\"/><t:ItemId Id=\"{}\"/></m:ItemIds></m:GetItem>",
            shape("IdOnly", ""),
            id.to_ascii_lowercase()
        ));
        let (faults, count) = judge(&server.exchanges(), &folder);
        assert_eq!(faults, Vec::<String>::new(), "{}", version.name());
        assert!(count > 200, "{}: {count}", version.name());
    }
}
