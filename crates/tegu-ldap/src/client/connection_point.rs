//! Where Exchange says in Active Directory that it answers Autodiscover.

use super::channel::Channel;
use super::limits::SearchLimits;
use super::search::{AttributeSet, Pages};
use crate::Result;
use crate::entry::{AttributeName, Entry, Known};
use crate::filter::Filter;

/// The keyword of an entry that holds a URL.
const URL: &str = "77378F46-2C66-4aa9-A6A6-3E7A48B19596";
/// The keyword of an entry that holds the directory of another forest.
const FOREST: &str = "67661d7F-8FC4-4fa7-BFAC-E1D7794C1F68";
const BINDING: &str = "serviceBindingInformation";
const KEYWORDS: &str = "keywords";

/// A service connection point of Autodiscover: one for each Exchange server that has client access, as it registered itself in Active
/// Directory ([MS-OXDISCO]).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct ConnectionPoint {
    /// What the entry leads to.
    pub leads_to: LeadsTo,
    /// The Active Directory sites that the server is meant for.
    pub sites: Vec<String>,
}

/// What a [`ConnectionPoint`] leads to.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum LeadsTo {
    /// The URL of Autodiscover, such as `https://ex1.corp.example/Autodiscover/Autodiscover.xml`.
    Url(String),
    /// The LDAP URL of another forest, whose directory holds the connection points.
    Forest(String),
}

impl ConnectionPoint {
    fn read(entry: &Entry) -> Vec<Self> {
        let is = |keyword: &str| {
            entry
                .texts(KEYWORDS)
                .any(|value| value.eq_ignore_ascii_case(keyword))
        };
        let (is_forest, is_url) = (is(FOREST), is(URL));
        let sites: Vec<String> = entry
            .texts(KEYWORDS)
            .filter_map(|value| {
                let (name, site) = value.split_once('=')?;
                name.eq_ignore_ascii_case("site").then(|| site.to_owned())
            })
            .collect();
        let leads = entry.texts(BINDING).filter_map(|value| {
            let value = value.trim().to_owned();
            let leads_to = match value.split_once("://")?.0.to_ascii_lowercase().as_str() {
                "https" | "http" if is_url => LeadsTo::Url(value),
                "ldap" | "ldaps" if is_forest => LeadsTo::Forest(value),
                _ => return None,
            };
            Some(Self {
                leads_to,
                sites: sites.clone(),
            })
        });
        leads.collect()
    }
}

/// Reads all that are below `base`.
pub(super) async fn all(channel: &mut Channel, base: &str) -> Result<Vec<ConnectionPoint>> {
    let keywords = AttributeName::new(KEYWORDS)?;
    let filter = Filter::And(vec![
        Filter::equal(Known::ObjectClass.into(), "serviceConnectionPoint"),
        Filter::Or(
            [URL, FOREST]
                .map(|keyword| Filter::equal(keywords.clone(), keyword))
                .into(),
        ),
    ]);
    let attributes = AttributeSet::new([keywords, AttributeName::new(BINDING)?]);
    let mut pages = Pages::new(channel, base, filter, &attributes, &SearchLimits::default());
    let mut out = Vec::new();
    while let Some(page) = pages.next().await? {
        out.extend(page.iter().flat_map(ConnectionPoint::read));
    }
    out.sort();
    out.dedup();
    Ok(out)
}
