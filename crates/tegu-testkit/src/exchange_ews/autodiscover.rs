//! Autodiscover: POX and SOAP.

use super::builder::Options;
use super::http::{Request, Response};
use super::store::Store;
use super::version::Version;
use super::xml::{Element, escape};

/// The mailbox that holds the tree of public folders, as its address has it.
const TREE_GUID: &str = "8f1b2c3d-0000-4000-8000-00000000cafe";
/// The mailbox that holds the contents of public folders.
pub(super) const PUBLIC_GUID: &str = "8f1b2c3d-0000-4000-8000-00000000beef";
/// The server of every mailbox, as clients in the inner network call it.
const SERVER_GUID: &str = "8f1b2c3d-0000-4000-8000-00000000f00d";

/// Where Autodiscover leads to instead of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "tests make each of them")]
pub enum Lead {
    /// An answer names another URL.
    Url(String),
    /// An answer names another address.
    Address(String),
    /// Status 302 for everybody, signed in or not.
    Status(String),
    /// There is no plain form, as behind a proxy that publishes only SOAP.
    SoapOnly,
}

/// What everybody gets, signed in or not.
pub(super) fn lead(options: &Options, path: &str) -> Option<Response> {
    match &options.lead {
        Some(Lead::Status(to)) if path.starts_with("/autodiscover/") => {
            Some(Response::page(302, "Moved").header("Location", to))
        }
        Some(Lead::SoapOnly) if path == "/autodiscover/autodiscover.xml" => {
            Some(Response::page(404, "Not found"))
        }
        _ => None,
    }
}

pub(super) fn answer(store: &Store, options: &Options, url: &str, path: &str, request: &Request) -> Response {
    if path.ends_with(".json") {
        return Response::new(
            200,
            "application/json",
            format!("{{\"Protocol\":\"Ews\",\"Url\":\"{url}\"}}"),
        );
    }
    let Ok(tree) = Element::read(&request.body) else {
        return Response::page(200, "Autodiscover");
    };
    if path.ends_with(".svc") {
        soap(store, options, url, &tree)
    } else {
        pox(store, options, url, &tree)
    }
}

fn known(store: &Store, address: &str) -> Option<(String, String, bool)> {
    if address.starts_with(PUBLIC_GUID) {
        return store
            .public
            .map(|_| (address.to_owned(), "Public Folders".to_owned(), false));
    }
    let live = &store.mailboxes[store.mailbox(address)?];
    let archive = live
        .folders
        .iter()
        .any(|folder| folder.described.distinguished.as_deref() == Some("archiveroot"));
    Some((
        live.described.address.clone(),
        live.described.name.clone(),
        archive,
    ))
}

/// The values of `X-AnchorMailbox` and `X-PublicFolderMailbox` with which the tree of public folders is asked for.
pub(super) fn tree_route(domain: &str) -> [String; 2] {
    [TREE_GUID, SERVER_GUID].map(|guid| format!("{guid}@{domain}"))
}

fn domain(address: &str) -> &str {
    address.split('@').nth(1).unwrap_or("corp.example")
}

/// What clients in the inner network call the server.
fn inner_server(options: &Options, address: &str) -> String {
    if options.version < Version::Exchange2013 {
        return "ex01.corp.example".to_owned();
    }
    let [_, server] = tree_route(domain(address));
    server
}

/// The mailbox of the tree, where the version has one.
fn public_address(store: &Store, options: &Options, address: &str) -> Option<String> {
    let [tree, _] = tree_route(domain(address));
    (store.public.is_some() && options.version >= Version::Exchange2013).then_some(tree)
}

fn pox(store: &Store, options: &Options, url: &str, tree: &Element) -> Response {
    const OUTER: &str = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
    const INNER: &str = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
    let address = tree.text_at(&["Request", "EMailAddress"]).unwrap_or_default();
    let led = |action: &str, element: &str, to: &str| {
        format!(
            "<Response xmlns=\"{INNER}\"><Account><AccountType>email</AccountType><Action>{action}</Action>\
             <{element}>{}</{element}></Account></Response>",
            escape(to)
        )
    };
    let body = match (known(store, address), &options.lead) {
        (_, Some(Lead::Url(to))) => led("redirectUrl", "RedirectUrl", to),
        (None, Some(Lead::Address(to))) => led("redirectAddr", "RedirectAddr", to),
        (None, _) => format!(
            "<Response xmlns=\"{OUTER}\"><Error Time=\"12:00:00.0000000\" Id=\"1\"><ErrorCode>500</ErrorCode>\
             <Message>The email address can't be found.</Message><DebugData/></Error></Response>"
        ),
        (Some((address, name, archive)), _) => {
            let own = escape(&address);
            let archive = if archive {
                format!(
                    "<AlternativeMailbox><Type>Archive</Type><DisplayName>In-Place Archive</DisplayName>\
                     <LegacyDN>/o=Corp/ou=Exchange/cn=Recipients/cn=archive-{own}</LegacyDN><Server>ex01.corp.example</Server>\
                     </AlternativeMailbox>"
                )
            } else {
                String::new()
            };
            let public = public_address(store, options, &address).map_or_else(String::new, |public| {
                format!(
                    "<PublicFolderInformation><SmtpAddress>{}</SmtpAddress></PublicFolderInformation>",
                    escape(&public)
                )
            });
            let server = escape(&inner_server(options, &address));
            format!(
                "<Response xmlns=\"{INNER}\"><User><DisplayName>{}</DisplayName><LegacyDN>/o=Corp/cn={own}</LegacyDN>\
                 <AutoDiscoverSMTPAddress>{own}</AutoDiscoverSMTPAddress></User><Account><AccountType>email</AccountType>\
                 <Action>settings</Action><Protocol><Type>EXCH</Type><Server>{server}</Server>\
                 <ServerVersion>73C18A07</ServerVersion><ASUrl>{url}</ASUrl><EwsUrl>{url}</EwsUrl></Protocol>\
                 <Protocol><Type>EXPR</Type><Server>localhost</Server><ASUrl>{url}</ASUrl><EwsUrl>{url}</EwsUrl>\
                 </Protocol>{archive}{public}</Account></Response>",
                escape(&name)
            )
        }
    };
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Autodiscover xmlns=\"{OUTER}\">{body}</Autodiscover>"
    );
    Response::xml(200, xml)
}

fn soap(store: &Store, options: &Options, url: &str, tree: &Element) -> Response {
    const A: &str = "http://schemas.microsoft.com/exchange/2010/Autodiscover";
    let request = tree.at(&["Body", "GetUserSettingsRequestMessage", "Request"]);
    let Some(request) = request else {
        return Response::xml(
            500,
            "<s:Fault xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"/>",
        );
    };
    let address = request.text_at(&["Users", "User", "Mailbox"]).unwrap_or_default();
    let asked: Vec<&str> = request
        .child("RequestedSettings")
        .map(|settings| {
            settings
                .children
                .iter()
                .map(|setting| setting.text.trim())
                .collect()
        })
        .unwrap_or_default();
    let [major, minor, build, patch] = options.version.build();
    let led = |code: &str, to: &str| {
        format!(
            "<ErrorCode>{code}</ErrorCode><ErrorMessage>Redirection.</ErrorMessage><RedirectTarget>{}</RedirectTarget>\
             <UserSettingErrors/><UserSettings/>",
            escape(to)
        )
    };
    let user = match (known(store, address), &options.lead) {
        (_, Some(Lead::Url(to))) => led("RedirectUrl", to),
        (None, Some(Lead::Address(to))) => led("RedirectAddress", to),
        (None, _) => "<ErrorCode>InvalidUser</ErrorCode><ErrorMessage>Invalid user.</ErrorMessage>\
                 <RedirectTarget i:nil=\"true\"/><UserSettingErrors/><UserSettings/>"
            .to_owned(),
        (Some((address, name, archive)), _) => {
            let values = [
                ("UserDisplayName", name),
                ("AutoDiscoverSMTPAddress", address.clone()),
                ("InternalEwsUrl", url.to_owned()),
                ("ExternalEwsUrl", url.to_owned()),
                ("CasVersion", format!("{major}.{minor:02}.{build:04}.{patch:03}")),
                (
                    "EwsSupportedSchemas",
                    "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, \
                     Exchange2013_SP1"
                        .to_owned(),
                ),
                ("InternalRpcClientServer", inner_server(options, &address)),
                (
                    "PublicFolderInformation",
                    public_address(store, options, &address).unwrap_or_default(),
                ),
            ];
            let mut settings: String = values
                .iter()
                .filter(|(name, value)| asked.contains(name) && !value.is_empty())
                .map(|(name, value)| {
                    format!(
                        "<UserSetting i:type=\"StringSetting\"><Name>{name}</Name><Value>{}</Value></UserSetting>",
                        escape(value)
                    )
                })
                .collect();
            if archive && asked.contains(&"AlternateMailboxes") {
                settings.push_str(
                    "<UserSetting i:type=\"AlternateMailboxCollectionSetting\"><Name>AlternateMailboxes</Name>\
                     <AlternateMailboxes><AlternateMailbox><Type>Archive</Type><DisplayName>In-Place Archive</DisplayName>\
                     <LegacyDN>/o=Corp/cn=archive</LegacyDN><Server>ex01.corp.example</Server></AlternateMailbox>\
                     </AlternateMailboxes></UserSetting>",
                );
            }
            format!(
                "<ErrorCode>NoError</ErrorCode><ErrorMessage>No error.</ErrorMessage><RedirectTarget i:nil=\"true\"/>\
                 <UserSettingErrors/><UserSettings>{settings}</UserSettings>"
            )
        }
    };
    Response::xml(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action s:mustUnderstand=\"1\">{A}/Autodiscover/\
             GetUserSettingsResponse</a:Action><h:ServerVersionInfo xmlns:h=\"{A}\" \
             xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><h:MajorVersion>{major}</h:MajorVersion>\
             <h:MinorVersion>{minor}</h:MinorVersion><h:MajorBuildNumber>{build}</h:MajorBuildNumber>\
             <h:MinorBuildNumber>{patch}</h:MinorBuildNumber><h:Version>Exchange2013_SP1</h:Version></h:ServerVersionInfo>\
             </s:Header><s:Body><GetUserSettingsResponseMessage xmlns=\"{A}\">\
             <Response xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><ErrorCode>NoError</ErrorCode><ErrorMessage/>\
             <UserResponses><UserResponse>{user}</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage>\
             </s:Body></s:Envelope>"
        ),
    )
}
