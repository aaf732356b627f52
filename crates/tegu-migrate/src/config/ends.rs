//! From what a configuration says to the sources and targets of routes.

use super::{
    ItemEnd, MailEnd, ServerConfig, existing_file,
    server::{Protocol, ServerKeys},
};
use crate::{
    Error, ImapServer, MigrationBuilder, Result,
    route::{DavRoute, Slim},
    server::DavServer,
    sources::{DavSource, ImapSource, ItemFiles, ItemSource, MailFiles, MailSource},
    targets::{Bundle, ImapTarget, MailTarget},
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tegu_dav::client::Kind;

/// Makes the ends of routes.
pub(super) struct Ends<'a> {
    pub(super) base: &'a Path,
    pub(super) out: &'a Path,
    /// Notes of Exchange move with mail, and not with calendars.
    #[cfg(feature = "ews")]
    pub(super) notes_as_mail: bool,
}

impl Ends<'_> {
    pub(super) fn mail_source(&self, end: &MailEnd) -> Result<Box<dyn MailSource>> {
        Ok(match end {
            MailEnd::Imap(server) => Box::new(ImapSource::new(self.imap(server, "mail.source")?)),
            MailEnd::Files {
                path,
                variant,
                converted,
            } => {
                self.template("mail.source.path", path)?;
                let mut files = MailFiles::new(path, self.base);
                if let Some(name) = variant {
                    let known = tegu_mbox::Variant::from_name(name);
                    files = files.variant(known.ok_or_else(|| {
                        Error::config(format!(
                            "mail.source.variant: {name:?} is none of mboxrd, mboxo, mboxcl and mboxcl2"
                        ))
                    })?);
                }
                if *converted {
                    files = files.converted();
                }
                Box::new(files)
            }
            MailEnd::Bundle { path } => {
                let bundle = self.earlier_bundle("mail.source.path", path.as_deref())?;
                Box::new(MailFiles::new("mail/{mail}", bundle))
            }
            #[cfg(feature = "ews")]
            MailEnd::Ews(server) => {
                let server = self.keys(server, "mail.source")?.ews()?;
                Box::new(crate::sources::EwsMail::new(server).notes(self.notes_as_mail))
            }
            #[cfg(not(feature = "ews"))]
            MailEnd::Ews(_) => return Err(built_without("ews")),
            #[cfg(feature = "pst")]
            MailEnd::Pst {
                path,
                code_page,
                recoverable,
            } => {
                self.template("mail.source.path", path)?;
                let source = crate::sources::PstMail::new(path, self.base).recoverable(*recoverable);
                Box::new(source.code_page(*code_page)?)
            }
            #[cfg(not(feature = "pst"))]
            MailEnd::Pst { .. } => return Err(built_without("pst")),
        })
    }

    pub(super) fn mail_target(&self, end: &MailEnd) -> Result<Box<dyn MailTarget>> {
        Ok(match end {
            MailEnd::Imap(server) => Box::new(ImapTarget::new(self.imap(server, "mail.target")?)),
            MailEnd::Bundle { path: None } => Box::new(Bundle::new(self.out)),
            MailEnd::Bundle { path: Some(_) } => return Err(own_bundle("mail.target")),
            MailEnd::Files { .. } => return Err(only_a_source("mail.target", "files")),
            MailEnd::Ews(_) => return Err(only_a_source("mail.target", "ews")),
            MailEnd::Pst { .. } => return Err(only_a_source("mail.target", "pst")),
        })
    }

    fn item_source(&self, end: &ItemEnd, kind: Kind, section: &str) -> Result<Box<dyn ItemSource>> {
        let key = format!("{section}.source");
        let files = |template: &str, base: &Path| match kind {
            Kind::Contacts => ItemFiles::contacts(template, base),
            _ => ItemFiles::calendars(template, base),
        };
        Ok(match end {
            ItemEnd::CalDav(server) | ItemEnd::CardDav(server) => {
                check_kind(end, kind, &key)?;
                Box::new(DavSource::new(self.dav(server, &key)?, kind))
            }
            ItemEnd::Files { path } => {
                self.template(&format!("{key}.path"), path)?;
                Box::new(files(path, self.base))
            }
            ItemEnd::Bundle { path } => {
                let bundle = self.earlier_bundle(&format!("{key}.path"), path.as_deref())?;
                Box::new(files(&format!("{section}/{{mail}}"), &bundle))
            }
            #[cfg(feature = "ews")]
            ItemEnd::Ews(server) => {
                let server = self.keys(server, &key)?.ews()?;
                let items = match kind {
                    Kind::Contacts => crate::sources::EwsItems::contacts(server),
                    _ => crate::sources::EwsItems::calendars(server),
                };
                Box::new(if self.notes_as_mail {
                    items.without_notes()
                } else {
                    items
                })
            }
            #[cfg(not(feature = "ews"))]
            ItemEnd::Ews(_) => return Err(built_without("ews")),
            #[cfg(feature = "pst")]
            ItemEnd::Pst {
                path,
                code_page,
                recoverable,
            } => {
                self.template(&format!("{key}.path"), path)?;
                let source = match kind {
                    Kind::Contacts => crate::sources::PstItems::contacts(path, self.base),
                    _ => crate::sources::PstItems::calendars(path, self.base),
                };
                Box::new(source.recoverable(*recoverable).code_page(*code_page)?)
            }
            #[cfg(not(feature = "pst"))]
            ItemEnd::Pst { .. } => return Err(built_without("pst")),
        })
    }

    /// Adds the route for calendars or contacts.
    pub(super) fn items(
        &self,
        builder: MigrationBuilder,
        (source, target): (&ItemEnd, &ItemEnd),
        (kind, slim): (Kind, Slim),
        section: &str,
    ) -> Result<MigrationBuilder> {
        let source = self.item_source(source, kind, section)?;
        let key = format!("{section}.target");
        Ok(match (target, kind) {
            (ItemEnd::CalDav(server) | ItemEnd::CardDav(server), _) => {
                check_kind(target, kind, &key)?;
                let server = self.dav(server, &key)?;
                builder.route(match kind {
                    Kind::Contacts => DavRoute::contacts(source, server),
                    _ => DavRoute::calendars(source, server).slim(slim),
                })
            }
            (ItemEnd::Bundle { path: None }, Kind::Contacts) => {
                builder.contacts(source, Bundle::contacts(self.out))
            }
            (ItemEnd::Bundle { path: None }, _) => builder.calendars(source, Bundle::calendars(self.out)),
            (ItemEnd::Bundle { path: Some(_) }, _) => return Err(own_bundle(&key)),
            (ItemEnd::Files { .. }, _) => return Err(only_a_source(&key, "files")),
            (ItemEnd::Ews(_), _) => return Err(only_a_source(&key, "ews")),
            (ItemEnd::Pst { .. }, _) => return Err(only_a_source(&key, "pst")),
        })
    }

    #[cfg(feature = "ews")]
    pub(super) fn keys<'a>(&'a self, server: &'a ServerConfig, section: &'a str) -> Result<ServerKeys<'a>> {
        ServerKeys::new(server, Protocol::Ews, self.base, section)
    }

    pub(super) fn imap(&self, server: &ServerConfig, section: &str) -> Result<ImapServer> {
        ServerKeys::new(server, Protocol::Imap, self.base, section)?.imap()
    }

    pub(super) fn dav(&self, server: &ServerConfig, section: &str) -> Result<DavServer> {
        ServerKeys::new(server, Protocol::Dav, self.base, section)?.dav()
    }

    /// The part of a template before the first name that is filled in must be there.
    fn template(&self, key: &str, template: &str) -> Result<()> {
        let fixed = template.split('{').next().unwrap_or_default();
        let fixed = fixed.rsplit_once('/').map_or("", |(directory, _)| directory);
        existing(
            self.base,
            key,
            Path::new(if template.contains('{') { fixed } else { template }),
        )
        .map(drop)
    }

    fn earlier_bundle(&self, key: &str, path: Option<&Path>) -> Result<PathBuf> {
        let path = path.ok_or_else(|| Error::config(format!("{key}: name the bundle that is read")))?;
        existing(self.base, key, path)
    }
}

#[cfg(not(all(feature = "ews", feature = "pst")))]
pub(super) fn built_without(feature: &str) -> Error {
    Error::config(format!(
        "kind `{feature}`: this program was built without the feature `{feature}`"
    ))
}

pub(super) fn only_a_source(key: &str, kind: &str) -> Error {
    Error::config(format!("{key}.kind: `{kind}` can only be a source"))
}

fn own_bundle(key: &str) -> Error {
    Error::config(format!(
        "{key}.path: a bundle is always written to this job's own directory; set `out`"
    ))
}

pub(super) fn check_kind(end: &ItemEnd, kind: Kind, key: &str) -> Result<()> {
    match (end, kind) {
        (ItemEnd::CalDav(_), Kind::Contacts) => {
            Err(Error::config(format!("{key}.kind: contacts move by `carddav`")))
        }
        (ItemEnd::CardDav(_), Kind::Calendars) => {
            Err(Error::config(format!("{key}.kind: calendars move by `caldav`")))
        }
        _ => Ok(()),
    }
}

pub(super) fn existing(base: &Path, key: &str, path: &Path) -> Result<PathBuf> {
    let path = base.join(path);
    existing_file(key, path.clone(), |path| fs::metadata(path))?;
    Ok(path)
}
