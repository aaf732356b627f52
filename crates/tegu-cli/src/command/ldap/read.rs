//! The directory to plan: from files or from a server.

use super::arguments::{Arguments, Server};
use std::{fs::File, io::BufReader, path::Path};
use tegu_ldap::{
    Directory,
    client::{AttributeSet, Client, ClientOptions, Credentials, Endpoint, SearchLimits},
    encoding::TextEncoding,
    export::{self, Export},
    ldif,
};
use tegu_migrate::{Error, Result};
use tegu_net::Tls;
use tegu_outcome::file::open_regular;

/// The variable that the password comes from.
pub(super) const PASSWORD: &str = "TEGU_LDAP_PASSWORD";

/// The directory, and what could not be read of it.
pub(super) async fn directory(arguments: &Arguments) -> Result<(Directory, Vec<Error>)> {
    let encoding = match &arguments.encoding {
        Some(name) => TextEncoding::named(name)?,
        None => TextEncoding::unicode(),
    };
    if let Some(path) = &arguments.ldif {
        let mut reader = ldif::Reader::with_encoding(open(path)?, encoding, ldif::Limits::default());
        let mut directory = Directory::default();
        // A record that makes no sense costs itself only.
        let unreadable = directory
            .read_ldif(&mut reader)
            .map_err(|error| error.context(path.display()))?;
        return Ok((directory, unreadable));
    }
    if !arguments.export.is_empty() {
        return Ok((tables(arguments, encoding)?, Vec::new()));
    }
    let mut client = sign_in(&arguments.server).await?;
    let base = arguments.base.as_deref().unwrap_or_default();
    let mut pages = client.pages(base, &AttributeSet::exchange(), &SearchLimits::default());
    let mut directory = Directory::default();
    while let Some(page) = pages.next().await? {
        directory.extend(page);
    }
    Ok((directory, Vec::new()))
}

fn tables(arguments: &Arguments, encoding: TextEncoding) -> Result<Directory> {
    let (mut export, limits) = (Export::default(), export::Limits::default());
    for path in &arguments.export {
        let input = open(path)?;
        let is_json = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
        let read = if is_json {
            export.read_json(input, encoding, &limits)
        } else {
            export.read_csv(input, encoding, &limits)
        };
        read.map_err(|error| error.context(path.display()))?;
    }
    Ok(export.into_directory())
}

pub(super) async fn sign_in(server: &Server) -> Result<Client> {
    let url = server.url.as_deref().unwrap_or_default();
    let mut endpoint = if server.plain {
        Endpoint::dangerously_without_tls(url)?
    } else {
        Endpoint::new(url)?
    };
    if let Some(path) = &server.ca {
        endpoint = endpoint.tls(Tls::default().trust_pem(&crate::read(path)?)?);
    }
    if let Some(host) = &server.ticket {
        let mut options = ClientOptions::default();
        options.kerberos_host = Some(host.clone());
        return Client::connect_with(&endpoint, &Credentials::kerberos(), &options).await;
    }
    let name = server.bind_dn.as_deref().unwrap_or_default();
    let password = crate::place::password(name, PASSWORD).map_err(Error::config)?;
    Client::connect(&endpoint, &Credentials::password(name, password)).await
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = open_regular(path).map_err(|error| Error::io("read", path.display(), error))?;
    Ok(BufReader::with_capacity(256 << 10, file))
}
