//! Calendar arithmetic on plain numbers: civil time, clocks that change, rules that repeat.
//!
//! Seconds since 1970 count everything. A *local* number is what the clock on the wall shows, counted
//! as if it were UTC; a [`Clock`](clock::Clock) turns it into an instant.

pub(crate) mod civil;
pub(crate) mod clock;
pub(crate) mod rule;
pub(crate) mod steps;
