//! How far a run has come: one bar on a terminal, elsewhere a line a minute.

use crate::{say, words};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::VecDeque,
    io::IsTerminal,
    time::{Duration, Instant},
};
use tegu_migrate::{Event, Events, report::Progress};
use tegu_outcome::printable;

/// How often the bar moves.
const REDRAW: Duration = Duration::from_millis(250);
/// How often a line is written where there is no terminal.
const LINE: Duration = Duration::from_secs(60);
/// Over how long the speed is taken.
const WINDOW: Duration = Duration::from_secs(30);

/// Shows what happens until the migration is dropped.
pub(crate) async fn show(mut events: Events) {
    let mut screen = Screen::new();
    let mut tick = tokio::time::interval(REDRAW);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => screen.tell(&event),
                None => break,
            },
            _ = tick.tick() => screen.draw(&events.progress()),
        }
    }
    screen.bar.finish_and_clear();
}

struct Screen {
    /// Hidden where there is no terminal.
    bar: ProgressBar,
    on_terminal: bool,
    speed: Speed,
    /// When the next line is due.
    line: Instant,
    at_work: bool,
}

impl Screen {
    fn new() -> Self {
        let on_terminal = std::io::stderr().is_terminal() && !say::is_quiet();
        let bar = if on_terminal {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {wide_msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            on_terminal,
            speed: Speed::default(),
            line: Instant::now() + LINE,
            at_work: false,
        }
    }

    /// What a person should not miss.
    fn tell(&mut self, event: &Event) {
        let line = match event {
            Event::Started { .. } => {
                self.at_work = true;
                return;
            }
            Event::Finished { .. } => {
                self.at_work = false;
                self.bar.set_message("");
                return;
            }
            Event::Retrying {
                account, wait, error, ..
            } => format!("{account}: {error}; again in {}", words::about(*wait)),
            Event::JournalAway { error } => format!("waiting for the journal: {error}"),
            Event::PassFailed { error } => {
                format!("a pass failed, the next one is made when it is due: {error}")
            }
            _ => return,
        };
        if say::is_quiet() {
            return;
        }
        self.bar.suspend(|| say::note(line));
    }

    fn draw(&mut self, progress: &Progress) {
        if !self.at_work {
            return;
        }
        let now = Instant::now();
        self.speed.note(now, progress.ended());
        let text = line(progress, Some(self.speed.items_per_second()));
        if self.on_terminal {
            self.bar.set_length(progress.listed().max(1));
            self.bar.set_position(progress.ended());
            self.bar.set_message(printable(&text));
        } else if now >= self.line && !say::is_quiet() {
            self.line = now + LINE;
            say::note(text);
        }
    }
}

/// Known and unknown, speed, time left, and what is waited for.
pub(crate) fn line(progress: &Progress, speed: Option<f64>) -> String {
    let (ended, listed) = (progress.ended(), progress.listed());
    let mut text = format!("{ended} of {listed} items");
    let unopened = progress.unopened();
    match unopened {
        Some(0) => {}
        Some(accounts) => text += &format!(" and what {accounts} accounts hold"),
        None => text += " known so far",
    }
    if let Some(accounts) = progress.accounts {
        text += &format!(", {} of {accounts} accounts", progress.accounts_done);
    }
    if let Some(speed) = speed {
        text += &format!(", {speed:.0} a second");
    }
    if let Some(speed) = speed.filter(|speed| *speed > 0.0)
        && listed > ended
    {
        let left = words::about(Duration::from_secs_f64(
            ((listed - ended) as f64 / speed).min(1e9),
        ));
        text += &format!(", {left} left");
        if unopened != Some(0) {
            text += " for what is known";
        }
    }
    if let Some(waiting) = &progress.waiting {
        text += &format!("; waiting: {waiting}");
    }
    text
}

/// Items a second, over the last half minute.
#[derive(Debug, Default)]
pub(crate) struct Speed(VecDeque<(Instant, u64)>);

impl Speed {
    pub(crate) fn note(&mut self, now: Instant, items: u64) {
        self.0.push_back((now, items));
        while self.0.len() > 2
            && let Some((first, _)) = self.0.front()
            && now.duration_since(*first) > WINDOW
        {
            self.0.pop_front();
        }
    }

    pub(crate) fn items_per_second(&self) -> f64 {
        match (self.0.front(), self.0.back()) {
            (Some((first, before)), Some((last, after))) if last > first => {
                after.saturating_sub(*before) as f64 / last.duration_since(*first).as_secs_f64()
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn progress(accounts: u64, done: u64, moved: u64, source: u64) -> Progress {
        serde_json::from_value(json!({
            "accounts": accounts, "accounts_done": done, "bytes": 0, "codes": {}, "at_work": [], "waiting": "the journal: down",
            "error": null, "entities": {"mail": {"source": source, "moved": moved, "present": 0, "manual": 0, "failed": 0, "excluded": 0}},
        }))
        .unwrap()
    }

    #[test]
    fn the_line_says_what_is_known_and_what_is_not() {
        assert_eq!(
            line(&progress(5, 2, 100, 700), Some(10.0)),
            "100 of 700 items and what 3 accounts hold, 2 of 5 accounts, 10 a second, about 1 minute left for what is known; \
             waiting: the journal: down"
        );
        assert_eq!(
            line(&progress(2, 2, 7, 7), Some(0.0)),
            "7 of 7 items, 2 of 2 accounts, 0 a second; waiting: the journal: down"
        );
    }

    #[test]
    fn speed_is_that_of_the_last_half_minute() {
        let mut speed = Speed::default();
        let start = Instant::now();
        for second in 0..100 {
            speed.note(
                start + Duration::from_secs(second),
                if second < 60 { 0 } else { (second - 60) * 10 },
            );
        }
        assert!(
            (9.0..=10.5).contains(&speed.items_per_second()),
            "{}",
            speed.items_per_second()
        );
    }
}
