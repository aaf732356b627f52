//! `tegu ldap scp`: where Exchange answers Autodiscover.

use super::{arguments::Server, read};
use crate::{place, say};
use serde_json::json;
use std::process::ExitCode;
use tegu_ldap::client::LeadsTo;
use tegu_migrate::Result;

pub(super) const HELP: &str = "Prints a URL on each line, which `connection_points` of a configuration and --connection-point of tegu ews take, and the sites of
Active Directory that it is meant for. The password comes from the environment variable TEGU_LDAP_PASSWORD, or from the
file that TEGU_LDAP_PASSWORD_FILE names.

Exit status: 0 there are some, 3 there are none, 2 wrong arguments, 1 any other error.

Example:
  tegu ldap scp --url ldaps://dc1.corp.example --bind-dn reader@corp.example";

#[derive(clap::Args)]
#[command(mut_arg("url", |url| url.required(true)))]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Server,
}

pub(super) async fn main(arguments: &Arguments, json: bool) -> Result<ExitCode> {
    let url = arguments.server.url.as_deref().unwrap_or_default();
    if let Err(message) = place::no_password(url, read::PASSWORD) {
        return Ok(say::wrong(message));
    }
    let points = read::sign_in(&arguments.server)
        .await?
        .connection_points()
        .await?;
    if json {
        let (mut urls, mut forests) = (Vec::new(), Vec::new());
        for point in &points {
            match &point.leads_to {
                LeadsTo::Url(url) => urls.push(json!({ "url": url, "sites": point.sites })),
                LeadsTo::Forest(url) => forests.push(url),
                _ => {}
            }
        }
        say::json_line(&json!({ "connection_points": urls, "forests": forests }))?;
    } else {
        for point in &points {
            match &point.leads_to {
                LeadsTo::Url(url) if point.sites.is_empty() => say::line(url),
                LeadsTo::Url(url) => say::line(format_args!("{url}  ({})", point.sites.join(", "))),
                LeadsTo::Forest(url) => note!("another forest has its own: {url}"),
                _ => {}
            }
        }
        if points.is_empty() {
            note!("Active Directory holds no service connection point of Autodiscover");
        }
    }
    Ok(ExitCode::from(if points.is_empty() { 3 } else { 0 }))
}
