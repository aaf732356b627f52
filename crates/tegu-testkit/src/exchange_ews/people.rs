//! ResolveNames, ExpandDL, GetRoomLists, GetRooms, GetUserPhoto, ConvertId.

use super::call::Call;
use super::soap::{Refusal, single};
use super::version::Version;
use super::xml::{MESSAGES, TYPES, element, escape};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// ResolveNames finds no more than this many.
const MOST_FOUND: usize = 100;

/// An entry of the directory: name, SMTP address, mailbox type.
type Entry<'a> = (&'a str, &'a str, &'static str);

fn mailbox_xml(tag: &str, (name, address, kind): Entry<'_>) -> String {
    format!(
        "<t:{tag}>{}{}{}{}</t:{tag}>",
        element("Name", name),
        element("EmailAddress", address),
        element("RoutingType", "SMTP"),
        element("MailboxType", kind)
    )
}

impl Call<'_> {
    fn directory(&self) -> Vec<Entry<'_>> {
        let people = self
            .store
            .mailboxes
            .iter()
            .map(|live| &live.described)
            .filter(|described| !described.address.is_empty())
            .map(|described| (described.name.as_str(), described.address.as_str(), "Mailbox"));
        let groups = self
            .options
            .groups
            .iter()
            .map(|group| (group.name.as_str(), group.address.as_str(), "PublicDL"));
        people.chain(groups).collect()
    }

    /// The entry of an address, an X500 one included.
    fn entry(&self, address: &str) -> Option<Entry<'_>> {
        if let Some(mailbox) = self.store.mailbox(address) {
            let described = &self.store.mailboxes[mailbox].described;
            return Some((&described.name, &described.address, "Mailbox"));
        }
        self.directory()
            .into_iter()
            .find(|entry| entry.1.eq_ignore_ascii_case(address))
    }

    pub(super) fn resolve_names(&self) -> Result<String, Refusal> {
        let wanted = self
            .request
            .text_at(&["UnresolvedEntry"])
            .ok_or_else(Refusal::schema)?;
        let full = self.request.attribute("ReturnFullContactData") == Some("true");
        let bare = wanted
            .split_once(':')
            .filter(|(kind, _)| kind.eq_ignore_ascii_case("smtp") || kind.eq_ignore_ascii_case("x500"))
            .map_or(wanted, |(_, address)| address);
        let mut found: Vec<Entry<'_>> = match self.entry(bare) {
            Some(entry) => vec![entry],
            None => {
                let lower = bare.to_lowercase();
                self.directory()
                    .into_iter()
                    .filter(|(name, address, _)| {
                        address.to_lowercase().starts_with(&lower)
                            || name
                                .to_lowercase()
                                .split(' ')
                                .any(|word| word.starts_with(&lower))
                            || name.to_lowercase() == lower
                    })
                    .collect()
            }
        };
        let all = found.len() <= MOST_FOUND;
        found.truncate(MOST_FOUND);
        let list: String = found
            .iter()
            .map(|entry| {
                let contact = if full {
                    let alias = if self.version >= Version::Exchange2010Sp2 {
                        element("Alias", entry.1.split('@').next().unwrap_or_default())
                    } else {
                        String::new()
                    };
                    format!(
                        "<t:Contact>{}<t:EmailAddresses><t:Entry Key=\"EmailAddress1\">SMTP:{}</t:Entry></t:EmailAddresses>\
                         {}{alias}</t:Contact>",
                        element("DisplayName", entry.0),
                        escape(entry.1),
                        element("ContactSource", "ActiveDirectory"),
                    )
                } else {
                    String::new()
                };
                format!("<t:Resolution>{}{contact}</t:Resolution>", mailbox_xml("Mailbox", *entry))
            })
            .collect();
        let set = format!(
            "<m:ResolutionSet TotalItemsInView=\"{}\" IncludesLastItemInRange=\"{all}\">{list}</m:ResolutionSet>",
            found.len()
        );
        let answer = match found.len() {
            0 => Err(Refusal::item(
                "ErrorNameResolutionNoResults",
                "No results were found.",
            )),
            1 => Ok(set),
            _ => {
                let warning = Refusal::item(
                    "ErrorNameResolutionMultipleResults",
                    "Multiple results were found.",
                );
                return Ok(format!(
                    "<m:ResolveNamesResponse xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\"><m:ResponseMessages>\
                     <m:ResolveNamesResponseMessage ResponseClass=\"Warning\">{}{set}</m:ResolveNamesResponseMessage>\
                     </m:ResponseMessages></m:ResolveNamesResponse>",
                    warning.within()
                ));
            }
        };
        self.finish("ResolveNames", vec![answer])
    }

    pub(super) fn expand_dl(&self) -> Result<String, Refusal> {
        let mailbox = self.request.child("Mailbox").ok_or_else(Refusal::schema)?;
        let address = mailbox.text_at(&["EmailAddress"]).unwrap_or_default();
        let group = self
            .options
            .groups
            .iter()
            .find(|group| group.address.eq_ignore_ascii_case(address));
        let answer = match group {
            None => Err(Refusal::item(
                "ErrorNameResolutionNoResults",
                "No results are found.",
            )),
            Some(group) => {
                let list: String = group
                    .members
                    .iter()
                    .map(|member| {
                        let entry =
                            self.entry(member)
                                .unwrap_or((member.as_str(), member.as_str(), "OneOff"));
                        mailbox_xml("Mailbox", entry)
                    })
                    .collect();
                Ok(format!(
                    "<m:DLExpansion TotalItemsInView=\"{}\" IncludesLastItemInRange=\"true\">{list}</m:DLExpansion>",
                    group.members.len()
                ))
            }
        };
        self.finish("ExpandDL", vec![answer])
    }

    pub(super) fn get_room_lists(&self) -> Result<String, Refusal> {
        let list: String = self
            .options
            .groups
            .iter()
            .filter(|group| group.rooms)
            .map(|group| mailbox_xml("Address", (&group.name, &group.address, "PublicDL")))
            .collect();
        let answer = Ok(format!("<m:RoomLists>{list}</m:RoomLists>"));
        Ok(single("GetRoomLists", &answer))
    }

    pub(super) fn get_rooms(&self) -> Result<String, Refusal> {
        let address = self
            .request
            .text_at(&["RoomList", "EmailAddress"])
            .ok_or_else(Refusal::schema)?;
        let group = self
            .options
            .groups
            .iter()
            .find(|group| group.rooms && group.address.eq_ignore_ascii_case(address));
        let answer = group
            .ok_or_else(|| Refusal::item("ErrorNameResolutionNoResults", "No results were found."))
            .map(|group| {
                let list: String = group
                    .members
                    .iter()
                    .filter_map(|member| self.entry(member))
                    .map(|entry| format!("<t:Room>{}</t:Room>", mailbox_xml("Id", entry)))
                    .collect();
                format!("<m:Rooms>{list}</m:Rooms>")
            });
        Ok(single("GetRooms", &answer))
    }

    pub(super) fn get_user_photo(&self) -> Result<String, Refusal> {
        let address = self.request.text_at(&["Email"]).ok_or_else(Refusal::schema)?;
        let photo = self
            .store
            .mailbox(address)
            .and_then(|mailbox| self.store.mailboxes[mailbox].described.photo.as_deref());
        let answer = Ok(match photo {
            Some(octets) => format!(
                "<m:HasChanged>true</m:HasChanged><m:PictureData>{}</m:PictureData>",
                STANDARD.encode(octets)
            ),
            None => "<m:HasChanged>true</m:HasChanged>".to_owned(),
        });
        Ok(single("GetUserPhoto", &answer))
    }

    /// Knows one form of identifier only: what comes as EwsId leaves as an EntryId that holds the same octets.
    pub(super) fn convert_id(&self) -> Result<String, Refusal> {
        let ids = self.request.child("SourceIds").ok_or_else(Refusal::schema)?;
        let format = self
            .request
            .attribute("DestinationFormat")
            .ok_or_else(Refusal::schema)?;
        let answers = ids
            .children
            .iter()
            .map(|id| {
                let text = id.attribute("Id").ok_or_else(Refusal::schema)?;
                let octets = STANDARD.decode(text).map_err(|_| super::call::malformed())?;
                self.store
                    .place(text)
                    .ok_or_else(|| super::call::unknown(text))?;
                let text = match format {
                    "HexEntryId" => octets.iter().map(|octet| format!("{octet:02X}")).collect(),
                    "EntryId" | "EwsId" | "StoreId" | "OwaId" | "EwsLegacyId" => text.to_owned(),
                    _ => return Err(Refusal::schema()),
                };
                let mailbox = id.attribute("Mailbox").unwrap_or_default();
                Ok(format!(
                    "<m:AlternateId xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"t:AlternateIdType\" \
                     Format=\"{format}\" Id=\"{text}\" Mailbox=\"{}\"/>",
                    escape(mailbox)
                ))
            })
            .collect();
        self.finish("ConvertId", answers)
    }
}
