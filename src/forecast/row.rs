//! Measurements in a row: how long until enough of them fail, and how sure that is.
//!
//! Measurements whose windows overlap see some of the same requests. They are counted twice: as if
//! each were on its own, and as if all within one window were one; what notices later and less surely
//! is what is said. The truth lies between the two.

use super::analysis::RETRY;
use super::chance;
use super::time::{self, Millis};

/// When the measurements of one metric come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub delay: Millis,
    pub interval: Millis,
    pub count: u64,
    /// So many in a row have windows that overlap; at least one.
    pub overlap: u64,
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// From the start of the run to the verdict.
    pub after: Millis,
    /// That there is one before the run ends.
    pub chance: f64,
}

impl Trial {
    fn later(self, other: Trial) -> Trial {
        Trial {
            after: self.after.max(other.after),
            chance: self.chance.min(other.chance),
        }
    }
}

/// Longer sums add nothing to a probability.
const MOST: u64 = 100_000;

impl Row {
    /// Without the measurements before `length` has passed; `None` where none is left.
    pub fn behind(self, length: Millis) -> Option<Row> {
        let early = length.saturating_sub(self.delay);
        let gone = early.div_ceil(self.interval.max(1));
        let delay = time::add(self.delay, time::times(self.interval, gone)?)?;
        let count = self.count.checked_sub(gone).filter(|left| *left > 0)?;
        Some(Row {
            delay,
            count,
            ..self
        })
    }

    /// Until one more fails than is forgiven, each with the same probability; `None` where that is
    /// less likely than not.
    pub fn failures(self, forgiven: u64, probability: f64) -> Option<Trial> {
        let needed = forgiven.checked_add(1)?;
        let alone = self.grouped(1, needed, probability)?;
        let together = self.grouped(self.overlap.max(1), needed, probability)?;
        Some(alone.later(together))
    }

    /// The same in groups that fail as a whole or not at all.
    fn grouped(self, size: u64, needed: u64, probability: f64) -> Option<Trial> {
        if needed > self.count {
            return None;
        }
        let (groups, bad) = (self.count.div_ceil(size), needed.div_ceil(size));
        let chance = chance::at_least(groups.min(MOST), probability, bad);
        let tried = (bad as f64 / probability).round();
        if chance < 0.5 || !tried.is_finite() {
            return None;
        }
        let tried = tried.min(groups as f64);
        // The last group fails from its first measurement on.
        let before = (tried as u64 - 1).checked_mul(size)?;
        let last = before.checked_add((needed - 1) % size)?;
        if last >= self.count {
            return None;
        }
        Some(Trial {
            after: time::add(self.delay, time::times(self.interval, last)?)?,
            chance,
        })
    }

    /// Until so many errors in a row and one more. They are asked again soon, and do not count: a
    /// chance for a row of them comes before each answer that can be read.
    pub fn errors_in_a_row(self, forgiven: u64, probability: f64) -> Option<Trial> {
        let length = i32::try_from(forgiven.checked_add(1)?).ok()?;
        let row = probability.powi(length);
        let chance = chance::at_least(self.count.min(MOST), row, 1);
        let rows = (1.0 / row).round();
        if chance < 0.5 || !rows.is_finite() {
            return None;
        }
        let rows = rows.min(self.count as f64);
        let (good, retries) = (rows as u64 - 1, time::times(RETRY, forgiven)?);
        let waited = time::times(self.interval, good)?;
        Some(Trial {
            after: time::add(self.delay, time::add(waited, retries)?)?,
            chance,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(delay: u64, interval: u64, count: u64, overlap: u64) -> Row {
        Row {
            delay: delay * 1_000,
            interval: interval * 1_000,
            count,
            overlap,
        }
    }

    fn seconds(trial: Option<Trial>) -> Option<(u64, u64)> {
        trial.map(|one| (one.after / 1_000, (one.chance * 100.0).round() as u64))
    }

    #[test]
    fn a_verdict_comes_with_the_first_failure_that_is_not_forgiven() {
        // delay, interval, count, overlap, forgiven, probability → seconds, chances in a hundred
        for (one, forgiven, probability, expected) in [
            (row(60, 30, 29, 6), 1, 1.0, Some((90, 100))),
            (row(60, 30, 29, 1), 1, 0.5, Some((150, 100))),
            // Five groups of six: one of them fails, and has two.
            (row(60, 30, 29, 6), 1, 0.5, Some((270, 97))),
            (row(0, 60, 3, 1), 3, 1.0, None),
            (row(0, 60, 3, 1), 0, 0.2, None),
            (row(900, 900, 1, 1), 0, 0.8, Some((900, 80))),
            (row(0, 0, 1, 120_000), 0, 0.9999, Some((0, 100))),
            (row(900, 900, 1, 1), 0, 0.4, None),
            (row(900, 900, 1, 1), 0, 1.0, Some((900, 100))),
        ] {
            assert_eq!(
                seconds(one.failures(forgiven, probability)),
                expected,
                "{one:?}"
            );
        }
    }

    #[test]
    fn errors_are_asked_again_until_there_are_too_many_in_a_row() {
        for (one, forgiven, probability, expected) in [
            (row(30, 30, 30, 1), 2, 1.0, Some((50, 100))),
            (row(30, 30, 30, 1), 2, 0.5, Some((260, 98))),
            (row(30, 30, 30, 1), 2, 0.1, None),
        ] {
            let found = one.errors_in_a_row(forgiven, probability);
            assert_eq!(seconds(found), expected, "{probability}");
        }
    }

    #[test]
    fn what_turns_bad_is_seen_once_it_fills_enough_of_the_window() {
        let one = row(60, 30, 29, 6);
        assert_eq!(one.behind(0), Some(one));
        assert_eq!(one.behind(90_000), Some(row(90, 30, 28, 6)));
        assert_eq!(one.behind(100_000), Some(row(120, 30, 27, 6)));
        assert_eq!(one.behind(10_000_000), None);
    }
}
