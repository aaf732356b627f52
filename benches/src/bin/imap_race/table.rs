//! Medians, ranges and ratios.

use crate::peer::{Cost, Peer};
use crate::verify::Difference;

/// What one peer's runs took and did.
pub(crate) struct Row {
    pub(crate) peer: Peer,
    costs: Vec<Cost>,
    /// Of the run that differed most.
    difference: Option<Difference>,
}

impl Row {
    pub(crate) fn new(peer: Peer) -> Self {
        Self {
            peer,
            costs: Vec::new(),
            difference: None,
        }
    }

    pub(crate) fn add(&mut self, cost: Cost) {
        eprintln!(
            "{}: {:.2} s, {} MB, status {}",
            self.peer.name(),
            cost.seconds,
            cost.peak_kib / 1024,
            cost.status
        );
        self.costs.push(cost);
    }

    pub(crate) fn compared(&mut self, difference: Difference) {
        let weight = |difference: &Difference| {
            let Difference {
                lost,
                doubled,
                changed,
                flags,
                dates,
                disordered,
                ..
            } = *difference;
            lost + doubled + changed + flags + dates + disordered
        };
        if self
            .difference
            .as_ref()
            .is_none_or(|worst| weight(worst) < weight(&difference))
        {
            self.difference = Some(difference);
        }
    }

    fn sorted(&self, figure: impl Fn(&Cost) -> f64) -> Vec<f64> {
        let mut figures: Vec<f64> = self.costs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures
    }

    fn median(&self, figure: impl Fn(&Cost) -> f64) -> f64 {
        let figures = self.sorted(figure);
        figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Prints a table in Markdown. A ratio above 1 is quicker than mbsync in the same runs.
pub(crate) fn print(title: &str, messages: usize, octets: u64, rows: &[Row]) {
    let reference = rows
        .iter()
        .find(|row| row.peer == Peer::Mbsync)
        .map(|row| row.median(|cost| cost.seconds));
    println!("\n### {title}: {messages} messages, {octets} octets\n");
    println!(
        "| who | median s (range) | × mbsync | msg/s | MB/s | CPU s | peak MB | exit | held | lost | doubled | changed | flags | dates | order |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        let seconds = row.sorted(|cost| cost.seconds);
        let (Some(low), Some(high)) = (seconds.first(), seconds.last()) else {
            continue;
        };
        let median = row.median(|cost| cost.seconds);
        let ratio = reference.map_or("".into(), |reference| format!("{:.2}", reference / median));
        let peak = row.costs.iter().map(|cost| cost.peak_kib).max().unwrap_or(0) as f64 / 1024.0;
        let mut statuses: Vec<String> = row.costs.iter().map(|cost| cost.status.to_string()).collect();
        statuses.dedup();
        let compared = row
            .difference
            .as_ref()
            .map_or("| | | | | | |".into(), |difference| {
                let Difference {
                    held,
                    lost,
                    doubled,
                    changed,
                    flags,
                    dates,
                    disordered,
                } = difference;
                format!("{held} | {lost} | {doubled} | {changed} | {flags} | {dates} | {disordered} |")
            });
        println!(
            "| {} | {median:.2} ({low:.2}–{high:.2}) | {ratio} | {:.0} | {:.0} | {:.2} | {peak:.1} | {} | {compared}",
            row.peer.name(),
            messages as f64 / median,
            octets as f64 / 1e6 / median,
            row.median(|cost| cost.cpu_seconds),
            statuses.join(", "),
        );
    }
}
