//! One page that opens from disk, without a network and without a script.

use super::{AccountReport, ContainerReport, Report, WorkItem};
use crate::{Counts, State};
use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}\
h1{margin-bottom:.2rem}h2{margin-top:2.5rem}\
table{border-collapse:collapse;width:100%}\
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #8884}\
th:first-child,td:first-child,.text td,.text th{text-align:left;vertical-align:top;overflow-wrap:anywhere}\
.text td,.text th{min-width:6rem}\
summary{cursor:pointer;padding:.3rem 0}\
.bar{display:flex;height:.6rem;border-radius:.3rem;overflow:hidden;background:#8882}\
.moved{background:#2e9e5b}.present{background:#7fc79b}.manual{background:#e0a030}.failed{background:#d04040}.excluded{background:#999}\
.wide{overflow-x:auto}code{font-size:.9em}\
@media print{details{break-inside:avoid}}";

pub(super) fn page(report: &Report) -> String {
    let mut page = String::new();
    let title = escape(&report.job);
    // Writing to a String does not fail.
    let _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{} – {}{}</p>",
        escape(&report.started),
        escape(&report.finished),
        if report.complete {
            ""
        } else {
            " · <strong>not complete</strong>"
        },
    );
    sums(&mut page, report);
    let _ = write!(page, "<h2>Accounts</h2>");
    for account in &report.accounts {
        account_row(&mut page, account);
    }
    worklist(&mut page, report);
    if !report.policy.accept.is_empty() {
        let codes = report
            .policy
            .accept
            .iter()
            .map(|code| format!("<code>{}</code>", escape(code)));
        let _ = write!(
            page,
            "<h2>Accepted losses</h2><p>{}</p>",
            codes.collect::<Vec<_>>().join(", ")
        );
    }
    page.push_str("</html>\n");
    page
}

fn sums(page: &mut String, report: &Report) {
    page.push_str("<div class=\"wide\"><table>");
    header(page, "");
    for row in &report.entities {
        count_row(page, &escape(row.entity.name()), &row.counts);
    }
    page.push_str("</table></div>");
}

fn header(page: &mut String, first: &str) {
    let _ = write!(page, "<tr><th>{first}</th><th>source</th>");
    for state in State::ALL {
        let _ = write!(page, "<th>{state}</th>");
    }
    page.push_str("<th></th></tr>");
}

fn count_row(page: &mut String, name: &str, counts: &Counts) {
    let _ = write!(page, "<tr><td>{name}</td><td>{}</td>", counts.source);
    for state in State::ALL {
        let _ = write!(page, "<td>{}</td>", counts.get(state));
    }
    page.push_str("<td style=\"width:20%\"><div class=\"bar\">");
    for state in State::ALL.into_iter().filter(|state| counts.get(*state) > 0) {
        let _ = write!(
            page,
            "<div class=\"{state}\" style=\"flex:{}\"></div>",
            counts.get(state)
        );
    }
    page.push_str("</div></td></tr>");
}

fn account_row(page: &mut String, account: &AccountReport) {
    let mut sum = Counts::default();
    account
        .containers
        .iter()
        .for_each(|container| sum.merge(&container.counts));
    let _ = write!(
        page,
        "<details{}><summary>{} · {} · {} of {} items arrived</summary>",
        if account.problems.is_empty() { "" } else { " open" },
        escape(&account.display_name),
        escape(&account.account),
        sum.moved + sum.present,
        sum.source,
    );
    for problem in &account.problems {
        let _ = write!(
            page,
            "<p><strong>{}: {}</strong></p>",
            problem.entity,
            escape(&problem.error)
        );
    }
    page.push_str("<div class=\"wide\"><table>");
    header(page, "");
    for ContainerReport {
        entity, name, counts, ..
    } in &account.containers
    {
        count_row(page, &format!("{entity}: {}", escape(name)), counts);
    }
    page.push_str("</table></div></details>");
}

fn worklist(page: &mut String, report: &Report) {
    let _ = write!(page, "<h2>For a person: {} items</h2>", report.worklist.len());
    if report.worklist.is_empty() {
        return;
    }
    page.push_str("<div class=\"wide\"><table class=\"text\"><tr><th>What</th><th>Whose</th><th>Where</th><th>Which</th><th>Why</th><th>Original</th></tr>");
    for WorkItem {
        entity,
        account,
        container,
        item,
        label,
        state,
        findings,
        original,
        ..
    } in &report.worklist
    {
        let which = if label.is_empty() { item } else { label };
        let why = findings
            .iter()
            .map(|finding| {
                format!(
                    "<code>{}</code> {}",
                    escape(&finding.code),
                    escape(&finding.message)
                )
            })
            .collect::<Vec<_>>()
            .join("<br>");
        let original = original.as_deref().map_or_else(String::new, |path| {
            format!(
                "<a href=\"{}\">{}</a>",
                escape(&path.replace('%', "%25").replace('#', "%23")),
                escape(path)
            )
        });
        let _ = write!(
            page,
            "<tr><td>{entity}, {state}</td><td>{}</td><td>{}</td><td>{}</td><td>{why}</td><td>{original}</td></tr>",
            escape(account),
            escape(container),
            escape(which),
        );
    }
    page.push_str("</table></div>");
}

/// Takes the meaning of markup out of a text that comes from outside.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_outside_stays_text() {
        assert_eq!(
            escape("<img src=x onerror='a&b'>\u{1b}"),
            "&lt;img src=x onerror=&#39;a&amp;b&#39;&gt;"
        );
    }
}
