//! GetUserOofSettings, GetDelegate, GetInboxRules, GetUserConfiguration.

use super::call::Call;
use super::folder_xml::user;
use super::folders::not_found;
use super::settings::{Configuration, Delegate, Operand, Rule};
use super::soap::{Refusal, message, single};
use super::store::change_key;
use super::xml::{MESSAGES, TYPES, element, escape};
use base64::{Engine as _, engine::general_purpose::STANDARD};

impl Call<'_> {
    pub(super) fn get_user_oof_settings(&self) -> Result<String, Refusal> {
        let address = self
            .request
            .text_at(&["Mailbox", "Address"])
            .ok_or_else(Refusal::schema)?;
        let (head, tail) = match self.mailbox_of(address) {
            Err(refusal) => (Err(refusal), String::new()),
            Ok(mailbox) => {
                let oof = &self.store.mailboxes[mailbox].described.settings.out_of_office;
                let duration = oof.duration.as_ref().map_or_else(
                    || {
                        (
                            "2024-01-01T00:00:00Z".to_owned(),
                            "2024-01-02T00:00:00Z".to_owned(),
                        )
                    },
                    Clone::clone,
                );
                let reply = |name: &str, text: &str| {
                    if text.is_empty() {
                        format!("<t:{name}/>")
                    } else {
                        format!(
                            "<t:{name} xml:lang=\"ru-RU\">{}</t:{name}>",
                            element("Message", text)
                        )
                    }
                };
                let settings = format!(
                    "<t:OofSettings>{}{}<t:Duration>{}{}</t:Duration>{}{}</t:OofSettings>\
                     <m:AllowExternalOof>All</m:AllowExternalOof>",
                    element("OofState", &oof.state),
                    element("ExternalAudience", &oof.audience),
                    element("StartTime", &duration.0),
                    element("EndTime", &duration.1),
                    reply("InternalReply", &oof.internal),
                    reply("ExternalReply", &oof.external),
                );
                (Ok(String::new()), settings)
            }
        };
        Ok(format!(
            "<m:GetUserOofSettingsResponse xmlns:m=\"{MESSAGES}\" xmlns:t=\"{TYPES}\">{}{tail}\
             </m:GetUserOofSettingsResponse>",
            message("m:ResponseMessage", &head)
        ))
    }

    pub(super) fn get_delegate(&self) -> Result<String, Refusal> {
        let address = self
            .request
            .text_at(&["Mailbox", "EmailAddress"])
            .ok_or_else(Refusal::schema)?;
        let with_levels = self.request.attribute("IncludePermissions") == Some("true");
        let answer = self.mailbox_of(address).and_then(|mailbox| {
            let settings = &self.store.mailboxes[mailbox].described.settings;
            if settings.delegates.is_empty() && settings.deliver.is_none() {
                let why = "Delegate is not configured properly.";
                return Err(Refusal::item("ErrorDelegateMissingConfiguration", why));
            }
            let is_group = |one: &Delegate| {
                let mut groups = self.options.groups.iter();
                groups.any(|group| group.address.eq_ignore_ascii_case(&one.address))
            };
            if settings.delegates.iter().any(is_group) {
                let why = "The delegate does not map to a user in the Active Directory.";
                return Err(Refusal::item("ErrorDelegateNoUser", why));
            }
            let list: String = settings
                .delegates
                .iter()
                .map(|delegate| {
                    let user = format!("<m:DelegateUser>{}</m:DelegateUser>", delegate.xml(with_levels));
                    let known = (!delegate.address.is_empty()).then_some(user);
                    let answer = known.ok_or_else(|| {
                        let why = "The delegate does not map to a user in the Active Directory.";
                        Refusal::item("ErrorDelegateNoUser", why)
                    });
                    message("m:DelegateUserResponseMessageType", &answer)
                })
                .collect();
            let list = if list.is_empty() {
                list
            } else {
                format!("<m:ResponseMessages>{list}</m:ResponseMessages>")
            };
            let deliver = settings.deliver.as_deref().unwrap_or("DelegatesAndMe");
            Ok(format!(
                "{list}<m:DeliverMeetingRequests>{deliver}</m:DeliverMeetingRequests>"
            ))
        });
        Ok(single("GetDelegate", &answer))
    }

    pub(super) fn get_inbox_rules(&self) -> Result<String, Refusal> {
        let mailbox = match self.request.text_at(&["MailboxSmtpAddress"]) {
            Some(address) if !address.is_empty() => self.mailbox_of(address),
            _ => self.mailbox(),
        };
        let answer = mailbox.map(|mailbox| {
            let settings = &self.store.mailboxes[mailbox].described.settings;
            let rules: String = settings
                .rules
                .iter()
                .enumerate()
                .map(|(number, rule)| self.rule_xml(mailbox, number, rule))
                .collect();
            let rules = if rules.is_empty() {
                rules
            } else {
                format!("<m:InboxRules>{rules}</m:InboxRules>")
            };
            format!(
                "<m:OutlookRuleBlobExists>{}</m:OutlookRuleBlobExists>{rules}",
                settings.rule_blob
            )
        });
        Ok(single("GetInboxRules", &answer))
    }

    fn rule_xml(&self, mailbox: usize, number: usize, rule: &Rule) -> String {
        let part = |name: &str, list: &[(String, Operand)]| {
            if list.is_empty() {
                return String::new();
            }
            let mut sorted: Vec<_> = list.iter().collect();
            // The schema's order is that of the alphabet.
            sorted.sort_by(|one, other| one.0.cmp(&other.0));
            let inner: String = sorted
                .iter()
                .map(|(element, operand)| self.operand_xml(mailbox, element, operand))
                .collect();
            format!("<t:{name}>{inner}</t:{name}>")
        };
        let flag = |name: &str, yes: bool| {
            if yes {
                format!("<t:{name}>true</t:{name}>")
            } else {
                String::new()
            }
        };
        let id =
            STANDARD.encode([&[0x5c, 0, 0, 0, 0, 0x7b][..], &(number as u32 + 1).to_be_bytes()].concat());
        format!(
            "<t:Rule>{}{}{}{}{}{}{}{}{}</t:Rule>",
            element("RuleId", &id),
            element("DisplayName", &rule.name),
            element("Priority", &(number + 1).to_string()),
            element("IsEnabled", if rule.disabled { "false" } else { "true" }),
            flag("IsNotSupported", rule.unsupported),
            flag("IsInError", rule.in_error),
            part("Conditions", &rule.conditions),
            part("Exceptions", &rule.exceptions),
            part("Actions", &rule.actions),
        )
    }

    fn operand_xml(&self, mailbox: usize, name: &str, operand: &Operand) -> String {
        let inner = match operand {
            Operand::Flag(yes) => yes.to_string(),
            Operand::Word(word) => escape(word),
            Operand::Texts(texts) => texts.iter().map(|text| element("String", text)).collect(),
            Operand::People(people) => people
                .iter()
                .map(|(name, address)| {
                    let kind = if address.starts_with("/o=") { "EX" } else { "SMTP" };
                    format!(
                        "<t:Address>{}{}{}</t:Address>",
                        element("Name", name),
                        element("EmailAddress", address),
                        element("RoutingType", kind)
                    )
                })
                .collect(),
            Operand::Folder(folder) => match self.store.named(mailbox, folder) {
                Some(number) => format!(
                    "<t:FolderId Id=\"{}\" ChangeKey=\"{}\"/>",
                    self.store.mailboxes[mailbox].folders[number].id,
                    change_key(0)
                ),
                None => format!("<t:FolderId Id=\"{}\"/>", STANDARD.encode(folder)),
            },
            // The element is the identifier itself.
            Operand::Template(subject) => {
                let items = self.store.mailboxes[mailbox]
                    .folders
                    .iter()
                    .flat_map(|folder| &folder.items);
                let mut found = items
                    .filter(|live| live.item.fields.get("item:Subject") == Some(&element("Subject", subject)))
                    .map(|live| {
                        format!(
                            "<t:{name} Id=\"{}\" ChangeKey=\"{}\"/>",
                            live.id,
                            live.change_key()
                        )
                    });
                return found
                    .next()
                    .unwrap_or_else(|| format!("<t:{name} Id=\"{}\"/>", STANDARD.encode(subject)));
            }
            Operand::Sizes(from, to) => {
                let part = |name: &str, size: Option<i32>| {
                    size.map_or_else(String::new, |size| element(name, &size.to_string()))
                };
                part("MinimumSize", *from) + &part("MaximumSize", *to)
            }
            Operand::Dates(from, to) => {
                let part = |name: &str, time: Option<&String>| {
                    time.map_or_else(String::new, |time| element(name, time))
                };
                part("StartDateTime", from.as_ref()) + &part("EndDateTime", to.as_ref())
            }
        };
        format!("<t:{name}>{inner}</t:{name}>")
    }

    pub(super) fn get_user_configuration(&self) -> Result<String, Refusal> {
        let name = self
            .request
            .child("UserConfigurationName")
            .ok_or_else(Refusal::schema)?;
        let wanted = name.attribute("Name").ok_or_else(Refusal::schema)?;
        let id = name.children.first().ok_or_else(Refusal::schema)?;
        let properties = self
            .request
            .text_at(&["UserConfigurationProperties"])
            .unwrap_or("All");
        let asks = |part: &str| properties.split(' ').any(|word| word == part || word == "All");
        let answer = self.folder_of(id).and_then(|(mailbox, folder)| {
            let settings = &self.store.mailboxes[mailbox].described.settings;
            let found = settings.configurations.iter().find(|(at, name, _)| {
                name == wanted && self.store.distinguished(mailbox, at) == Some(folder)
            });
            let (_, _, configuration) = found.ok_or_else(|| {
                Refusal::item(
                    "ErrorItemNotFound",
                    "The specified object was not found in the store.",
                )
            })?;
            let live = self.store.folder(mailbox, folder).ok_or_else(not_found)?;
            let data = match configuration {
                Configuration::Xml(octets) if asks("XmlData") => {
                    format!("<t:XmlData>{}</t:XmlData>", STANDARD.encode(octets))
                }
                Configuration::Dictionary(entries) if asks("Dictionary") => {
                    let list: String = entries
                        .iter()
                        .map(|(key, value)| {
                            let typed = |text: &str| {
                                format!("{}{}", element("Type", "String"), element("Value", text))
                            };
                            format!(
                                "<t:DictionaryEntry><t:DictionaryKey>{}</t:DictionaryKey><t:DictionaryValue>{}\
                                 </t:DictionaryValue></t:DictionaryEntry>",
                                typed(key),
                                typed(value)
                            )
                        })
                        .collect();
                    format!("<t:Dictionary>{list}</t:Dictionary>")
                }
                _ => String::new(),
            };
            Ok(format!(
                "<m:UserConfiguration><t:UserConfigurationName Name=\"{}\"><t:FolderId Id=\"{}\"/>\
                 </t:UserConfigurationName>{data}</m:UserConfiguration>",
                escape(wanted),
                live.id
            ))
        });
        self.finish("GetUserConfiguration", vec![answer])
    }
}

impl Delegate {
    fn xml(&self, with_levels: bool) -> String {
        let levels = if with_levels {
            let names = ["Calendar", "Tasks", "Inbox", "Contacts", "Notes", "Journal"];
            let list: String = names
                .iter()
                .zip(self.levels)
                .filter(|(_, level)| !level.is_empty())
                .map(|(name, level)| element(&format!("{name}FolderPermissionLevel"), level))
                .collect();
            format!("<t:DelegatePermissions>{list}</t:DelegatePermissions>")
        } else {
            String::new()
        };
        format!(
            "<t:UserId>{}</t:UserId>{levels}{}{}",
            user(&self.address, &self.name),
            element(
                "ReceiveCopiesOfMeetingMessages",
                if self.copies { "true" } else { "false" }
            ),
            element("ViewPrivateItems", if self.private { "true" } else { "false" }),
        )
    }
}
