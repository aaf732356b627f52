//! From what a configuration says to a migration.

use super::{
    Config, DirectoryConfig, ItemEnd, JournalConfig, MailEnd,
    ends::{Ends, existing},
    server::{Protocol, ServerKeys},
};
use crate::{
    Error, Migration, MigrationBuilder, Result,
    route::{ImapRoute, Slim},
    sources::{LdapDirectory, LdifDirectory},
};
use std::path::Path;
use tegu_dav::client::Kind;

pub(super) fn migration(config: Config) -> Result<Migration> {
    let out = config.base.join(&config.out);
    #[cfg(feature = "ews")]
    let as_mail = |source: &MailEnd| matches!(source, MailEnd::Ews(server) if server.notes_as_mail);
    let ends = Ends {
        base: &config.base,
        out: &out,
        #[cfg(feature = "ews")]
        notes_as_mail: config.mail.as_ref().is_some_and(|route| as_mail(&route.source)),
    };
    let mut builder = directory(&config, &out)?
        .policy(config.policy.clone())
        .limits(config.limits.clone());
    builder = builder.deletions(config.deletions).waves(config.waves.clone());
    if let Some(servers) = &config.coexistence {
        builder = builder.coexistence(servers.clone());
    }
    if let Some(letters) = &config.letters {
        builder = builder.letters(letters.clone());
    }
    if let Some(name) = &config.verify {
        let wrong = |error| Error::config(format!("verify: {error}"));
        builder = builder.verify(name.parse().map_err(wrong)?);
    }
    if let Some(journal) = &config.journal {
        builder = shared_journal(builder, &config, journal)?;
    }
    if let Some(route) = &config.mail {
        builder = match (&route.source, &route.target) {
            (MailEnd::Imap(from), MailEnd::Imap(to)) => builder.route(ImapRoute::new(
                ends.imap(from, "mail.source")?,
                ends.imap(to, "mail.target")?,
            )),
            (source, target) => builder.mail(ends.mail_source(source)?, ends.mail_target(target)?),
        };
    }
    if let Some(slim) = &config.slim {
        check_slim(slim, &config)?;
    }
    for (route, kind, section) in [
        (&config.calendars, Kind::Calendars, "calendars"),
        (&config.contacts, Kind::Contacts, "contacts"),
    ] {
        if let Some(route) = route {
            let slim = config.slim.clone().unwrap_or_default();
            builder = ends.items(builder, (&route.source, &route.target), (kind, slim), section)?;
        }
    }
    if let Some(rules) = &config.rules {
        builder = builder.rules(super::rules::route(rules, &ends, &config.directory.domains)?);
    }
    if let Some(rights) = &config.rights {
        builder = builder.rights(super::rights::route(rights, &ends)?);
    }
    Ok(builder.build())
}

#[cfg(feature = "postgres")]
fn shared_journal(
    builder: MigrationBuilder,
    config: &Config,
    journal: &JournalConfig,
) -> Result<MigrationBuilder> {
    let migration = journal.migration.as_ref().unwrap_or(&config.name);
    let mut options = crate::journal::PostgresOptions::new(journal.postgres.clone(), migration);
    if options.has_password_in_url() {
        return Err(Error::config(
            "journal.postgres: leave the password out of the URL, and say where it is with `journal.password`",
        ));
    }
    if let Some(password) = &journal.password {
        // There is no account to fill in.
        let secret = crate::login::secret(password, "password", &crate::Account::new(""), &config.base)?;
        options = options.password(secret);
    }
    if let Some(schema) = &journal.schema {
        options = options.schema(schema);
    }
    let keys = super::server::TlsKeys {
        ca: journal.ca.as_deref(),
        pin: journal.pin.as_deref(),
        certificate: journal.certificate.as_deref(),
        key: journal.key.as_deref(),
    };
    if let Some(tls) = keys.tls("journal", &config.base)? {
        options = options.tls(tls);
    }
    let builder = builder.journal_in_postgres(options);
    Ok(match &journal.worker {
        Some(name) => builder.worker(name),
        None => builder,
    })
}

#[cfg(not(feature = "postgres"))]
fn shared_journal(_: MigrationBuilder, _: &Config, _: &JournalConfig) -> Result<MigrationBuilder> {
    Err(Error::config(
        "journal.postgres: this program was built without the feature `postgres`",
    ))
}

fn directory(config: &Config, out: &Path) -> Result<MigrationBuilder> {
    let DirectoryConfig {
        ldif,
        bundle,
        ldap,
        permissions,
        domains,
        profile,
    } = &config.directory;
    let permissions = permissions
        .iter()
        .map(|path| existing(&config.base, "directory.permissions", path))
        .collect::<Result<Vec<_>>>()?;
    let file = match (ldif, bundle, ldap) {
        (Some(path), None, None) => {
            let path = existing(&config.base, "directory.ldif", path)?;
            LdifDirectory::new(path, domains, profile)?
        }
        (None, Some(path), None) => {
            let path = existing(&config.base, "directory.bundle", path)?;
            LdifDirectory::of_bundle(path, domains, profile)?
        }
        (None, None, Some(ldap)) => {
            let keys = ServerKeys::new(ldap, Protocol::Ldap, &config.base, "directory.ldap")?;
            let (endpoint, base) = (keys.ldap()?, keys.search_base()?);
            let directory = LdapDirectory::new(endpoint, base, keys.login()?, domains, profile)?;
            let directory = directory.permissions(permissions);
            return Ok(Migration::builder(&config.name, out, directory));
        }
        _ => {
            return Err(Error::config(
                "directory: exactly one of `ldif`, `bundle` and `ldap` says where it is",
            ));
        }
    };
    Ok(Migration::builder(
        &config.name,
        out,
        file.permissions(permissions),
    ))
}

fn check_slim(slim: &Slim, config: &Config) -> Result<()> {
    let target = config.calendars.as_ref().map(|route| &route.target);
    if !matches!(target, Some(ItemEnd::CalDav(_))) {
        return Err(Error::config(
            "slim: only calendars that go to a CalDAV server are slimmed",
        ));
    }
    match &slim.attachments {
        Some(url) if !url.starts_with("https://") && !url.starts_with("http://") => Err(Error::config(
            "slim.attachments: must begin with https:// or http://",
        )),
        _ => Ok(()),
    }
}
