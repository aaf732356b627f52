//! Values that a server returns in ranges (`member;range=0-1499`, [MS-ADTS] 3.1.1.3.1.3.3).

use tokio::time::Instant;

use super::channel::Channel;
use super::connection::Answer;
use super::limits::{Budget, SearchLimits};
use super::outcome;
use super::request::Search;
use crate::entry::{AttributeName, Entry, Known};
use crate::error::over_limit;
use crate::filter::Filter;
use crate::{Error, ErrorKind, Result};

/// Returns whether values of the entry are still with the server.
pub(super) fn is_partial(entry: &Entry) -> bool {
    entry.attributes().any(|a| a.name().range().is_some())
}

/// Fetches what is missing of an entry, and puts the values under the plain name.
pub(super) async fn complete(
    channel: &mut Channel,
    entry: &mut Entry,
    limits: &SearchLimits,
    deadline: Instant,
    budget: &mut Budget,
) -> Result<()> {
    let partial: Vec<AttributeName> = entry
        .attributes()
        .map(|a| a.name().clone())
        .filter(|name| name.range().is_some())
        .collect();
    for ranged in partial {
        let plain = AttributeName::new(ranged.base())?;
        let mut values: Vec<Vec<u8>> = entry.get(ranged.as_str()).map(<[u8]>::to_vec).collect();
        let mut last = ranged.range().and_then(|(_, last)| last);
        let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
        if ranged.range().is_some_and(|(first, _)| first != 0)
            || last.is_some_and(|l| l.checked_add(1) != Some(count))
        {
            let what = format!("`{ranged}` of `{}` came with {count} values", entry.dn());
            return Err(Error::new(ErrorKind::Protocol, what));
        }
        entry.remove(&ranged);
        entry.remove(&plain);
        while let Some(before) = last {
            if values.len() > limits.values {
                return Err(over_limit(format!(
                    "reading `{plain}` of `{}`: more than {} values",
                    entry.dn(),
                    limits.values
                )));
            }
            let from = before.saturating_add(1);
            let (more, end) = part(channel, entry, &plain, from, limits, deadline).await?;
            budget.take(more.iter().map(Vec::len).sum())?;
            values.extend(more);
            last = end;
        }
        for value in values {
            entry.push(plain.clone(), value);
        }
    }
    Ok(())
}

/// Returns the values from a number on, and the number of the last one unless all have come.
async fn part(
    channel: &mut Channel,
    entry: &Entry,
    plain: &AttributeName,
    from: u64,
    limits: &SearchLimits,
    deadline: Instant,
) -> Result<(Vec<Vec<u8>>, Option<u64>)> {
    let subject = format!("`{plain}` of `{}` from value {from} on", entry.dn());
    let wrap = |e: Error| e.doing("read", &subject);
    let wanted = format!("{plain};range={from}-*");
    let all = Filter::Present(Known::ObjectClass.into());
    let base = entry.dn().as_str();
    let names = [wanted.as_str()];
    let search = Search::of_entry(base, &all, &names);
    let mut asked = channel.search(&search).await.map_err(wrap)?;
    let mut found = None;
    loop {
        let until = deadline.min(Instant::now() + limits.answer);
        match channel.answer(&mut asked, until).await.map_err(wrap)? {
            Answer::Reference => {}
            Answer::Entry(answer) if found.is_none() && answer.dn() == entry.dn() => found = Some(answer),
            Answer::Entry(_) => {
                let what = "the server sent an entry that was not asked for";
                return Err(wrap(Error::new(ErrorKind::Protocol, what)));
            }
            Answer::Done { outcome, .. } => {
                outcome::check(&outcome).map_err(wrap)?;
                break;
            }
        }
    }
    let attribute = found.as_ref().and_then(|answer| {
        answer
            .attributes()
            .find(|a| a.name().base().eq_ignore_ascii_case(plain.as_str()) && a.name().range().is_some())
    });
    let (values, range) = match attribute {
        Some(a) => (
            a.values().map(<[u8]>::to_vec).collect::<Vec<_>>(),
            a.name().range(),
        ),
        None => (Vec::new(), None),
    };
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    match range {
        Some((first, None)) if first == from => Ok((values, None)),
        // As many values as the numbers say, or the next request would leave some out.
        Some((first, Some(last)))
            if first == from && count > 0 && last.checked_sub(first) == Some(count - 1) =>
        {
            Ok((values, Some(last)))
        }
        _ => Err(wrap(Error::new(
            ErrorKind::Protocol,
            "the server did not send that part",
        ))),
    }
}
