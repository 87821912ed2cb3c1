//! How often the measurements of a watch hold a good version back, and let a bad one pass.
//!
//! Good is a version with half of the bad requests that are allowed, bad one with twice as many; of
//! requests against the stable version one that gets its share, and one that misses it twice as far
//! as is allowed. A measurement fails with the probability that a count of the requests in its window
//! gives. Measurements one after the other share requests: they are taken for a normal process in
//! which each depends on the one before by the requests that both see.

use super::chance::{at_least, normal};
use super::statistics::normal_quantile;

/// A release holds a good version back at most so often.
pub const MOST: f64 = 0.05;

/// What is measured; in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// So many of the requests may be bad; `is_strict`: fewer than these.
    Share { allowed: u32, is_strict: bool },
    /// More than this of the requests that its share of the traffic would bring.
    Ratio { bound: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Good,
    Bad,
}

/// The requests of one stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flow {
    /// A second, of the whole service.
    pub rate: f64,
    /// What the new version gets of them, and what it got before the stage.
    pub share: f64,
    pub before: f64,
}

/// When it is measured; in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    pub delay: f64,
    pub interval: f64,
    pub window: f64,
    pub count: u64,
    /// Measurements that may fail.
    pub failures: u64,
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The probability that it fails.
    pub fails: f64,
    /// How far it depends on the one before: 0 to 1.
    pub alike: f64,
}

/// Measurements beyond these say nothing new.
const MOST_LOOKS: u64 = 300;

pub fn looks(asked: Asked, version: Version, flow: Flow, row: Row) -> Vec<Look> {
    let (mut last, mut found) = (0.0f64, Vec::new());
    for at in 0..row.count.min(MOST_LOOKS) {
        let passed = row.delay + row.interval * at as f64;
        let seen = row.window.min(passed);
        let share = flow.share * seen + flow.before * (row.window - seen);
        let requests = flow.rate * share;
        let fresh = flow.rate * flow.share * row.interval.min(row.window);
        let common = (requests - fresh).max(0.0).min(last);
        let alike = match last > 0.0 && requests > 0.0 {
            true => (common / (last * requests).sqrt()).clamp(0.0, 0.999),
            false => 0.0,
        };
        let fails = match found.last() {
            Some(Look { fails, .. }) if requests == last => *fails,
            _ => fails(asked, version, flow, requests),
        };
        found.push(Look { fails, alike });
        last = requests;
    }
    found
}

fn fails(asked: Asked, version: Version, flow: Flow, requests: f64) -> f64 {
    // No request at all fails too.
    let nothing = (-requests).exp();
    let seen = match asked {
        Asked::Share { allowed, is_strict } => {
            let n = requests.round().clamp(1.0, 1e9) as u64;
            let allowed = u64::from(allowed.min(1_000_000));
            let product = u128::from(n) * u128::from(allowed);
            let whole = u64::try_from(product / 1_000_000).unwrap_or(u64::MAX);
            let least = match is_strict && product.is_multiple_of(1_000_000) {
                true => whole,
                false => whole + 1,
            };
            let bad = allowed as f64 / 1e6;
            let bad = match version {
                Version::Good => bad / 2.0,
                Version::Bad => (bad * 2.0).min(1.0),
            };
            at_least(n, bad, least.max(1))
        }
        Asked::Ratio { bound } => {
            let bound = f64::from(bound) / 1e6;
            let truth = match version {
                Version::Good => 1.0,
                Version::Bad => 1.0 - 2.0 * (1.0 - bound),
            };
            let stable = requests * (1.0 - flow.share) / flow.share.max(1e-6);
            let spread = (1.0 / requests.max(1e-9) + 1.0 / stable.max(1e-9)).sqrt();
            normal((bound - truth) / (spread * truth.max(1e-6)))
        }
    };
    (nothing + (1.0 - nothing) * seen).clamp(0.0, 1.0)
}

/// At least the chance that any fails, quickly: each counts as far as it does not follow the one
/// before (D. Siegmund, "Sequential Analysis", 1985: the maximum of a normal process in steps).
pub fn estimate(looks: &[Look]) -> f64 {
    let mut sum = 0.0;
    for look in looks.iter().filter(|look| look.fails > 1e-12) {
        let limit = normal_quantile(1.0 - look.fails.clamp(1e-9, 1.0 - 1e-9));
        let apart = 1.0 - look.alike;
        let step = limit.max(0.5) * (2.0 * apart).sqrt();
        // The tail is steeper than density over limit by as much.
        let new = limit.max(0.5).powi(2) * apart * (-0.583 * step).exp() * 1.2;
        sum += look.fails * if look.alike > 0.0 { new.min(1.0) } else { 1.0 };
    }
    sum.min(1.0)
}

/// Cells of the normal process, and how wide they are.
const CELLS: usize = 72;
const WIDTH: f64 = 0.16;

/// The chance that more fail than are forgiven.
pub fn chance(looks: &[Look], forgiven: u64) -> f64 {
    if looks.iter().map(|look| look.fails).sum::<f64>() < 1e-7 {
        return 0.0;
    }
    let Ok(forgiven) = usize::try_from(forgiven.min(looks.len() as u64)) else {
        return 0.0;
    };
    // Of very many that are forgiven only the mean is told (Markov).
    if forgiven > 30 {
        let mean = looks.iter().map(|look| look.fails).sum::<f64>();
        return (mean / (forgiven as f64 + 1.0)).min(1.0);
    }
    let mut walk = Walk::new(looks, forgiven);
    for look in looks {
        walk.step(look);
        if walk.over > 1.0 - 1e-6 {
            break;
        }
    }
    walk.over.clamp(0.0, 1.0)
}

/// How likely each state is, by the measurements that have failed.
struct Walk {
    edges: Vec<f64>,
    mass: Vec<Vec<f64>>,
    kernel: Option<(f64, Vec<Vec<f64>>)>,
    is_begun: bool,
    over: f64,
}

impl Walk {
    fn new(looks: &[Look], forgiven: usize) -> Walk {
        // An edge lies where the last measurement begins to fail.
        let last = looks.last().map_or(0.5, |look| look.fails);
        let limit = limit(last).clamp(-5.0, 5.0);
        let half = CELLS as f64 * WIDTH / 2.0;
        let offset = limit - (limit / WIDTH).round() * WIDTH;
        let edge = |at: usize| at as f64 * WIDTH - half + offset;
        Walk {
            edges: (0..=CELLS).map(edge).collect(),
            mass: vec![vec![0.0; CELLS]; forgiven + 1],
            kernel: None,
            is_begun: false,
            over: 0.0,
        }
    }

    fn step(&mut self, look: &Look) {
        match self.is_begun {
            false => self.begin(),
            true => self.spread(look.alike),
        }
        let limit = limit(look.fails);
        let n = self.mass.len();
        for cell in 0..CELLS {
            let (low, high) = (self.edges[cell], self.edges[cell + 1]);
            let part = ((high - limit) / (high - low)).clamp(0.0, 1.0);
            let part = if look.fails >= 1.0 { 1.0 } else { part };
            for failed in (0..n).rev() {
                let moved = self.mass[failed][cell] * part;
                self.mass[failed][cell] -= moved;
                match self.mass.get_mut(failed + 1) {
                    Some(next) => next[cell] += moved,
                    None => self.over += moved,
                }
            }
        }
    }

    fn begin(&mut self) {
        self.is_begun = true;
        self.mass[0] = between(&self.edges, 0.0, 1.0);
    }

    /// What each cell becomes with the next measurement.
    fn spread(&mut self, alike: f64) {
        let is_same = |known: &(f64, Vec<Vec<f64>>)| (known.0 - alike).abs() < 1e-6;
        if !self.kernel.as_ref().is_some_and(is_same) {
            let free = (1.0 - alike * alike).sqrt().max(0.02);
            let middles = self.edges.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
            let rows = middles.map(|middle| between(&self.edges, alike * middle, free));
            self.kernel = Some((alike, rows.collect()));
        }
        let Some((_, kernel)) = &self.kernel else {
            return;
        };
        for mass in &mut self.mass {
            let mut next = vec![0.0; CELLS];
            for (share, row) in mass.iter().zip(kernel).filter(|(share, _)| **share > 1e-15) {
                for (cell, part) in next.iter_mut().zip(row) {
                    *cell += share * part;
                }
            }
            *mass = next;
        }
    }
}

/// So many deviations from the mean there is nothing: a chance of 10⁻¹².
const BEYOND: f64 = 7.0;

/// A normal distribution over the cells; what lies beyond goes to the outermost.
fn between(edges: &[f64], mean: f64, deviation: f64) -> Vec<f64> {
    let below: Vec<f64> = edges
        .iter()
        .map(|edge| match (edge - mean) / deviation {
            far if far.abs() > BEYOND => f64::from(far > 0.0),
            near => normal(near),
        })
        .collect();
    let mut cells: Vec<f64> = below.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if let (Some(first), Some(low)) = (cells.first_mut(), below.first()) {
        *first += low;
    }
    if let (Some(last), Some(high)) = (cells.last_mut(), below.last()) {
        *last += 1.0 - high;
    }
    cells
}

/// The value of the normal process above which a measurement fails.
fn limit(fails: f64) -> f64 {
    match fails {
        fails if fails <= 1e-12 => f64::MAX,
        fails if fails >= 1.0 => f64::MIN,
        fails if fails > 0.5 => normal_quantile(1.0 - fails),
        fails => -normal_quantile(fails),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRORS: Asked = Asked::Share {
        allowed: 10_000,
        is_strict: true,
    };
    const THROUGHPUT: Asked = Asked::Ratio { bound: 950_000 };
    /// Every 30 s over three minutes, from the first minute on.
    const OFTEN: Row = Row {
        delay: 60.0,
        interval: 30.0,
        window: 180.0,
        count: 29,
        failures: 1,
    };
    const AMOUNTS: Row = Row {
        delay: 210.0,
        count: 24,
        ..OFTEN
    };
    const WHOLE: Row = Row {
        delay: 900.0,
        interval: 900.0,
        window: 900.0,
        count: 1,
        failures: 0,
    };

    fn flow(rate: f64, share: f64, before: f64) -> Flow {
        Flow {
            rate,
            share,
            before,
        }
    }

    /// A generator of numbers between 0 and 1 with a fixed beginning (Marsaglia's xorshift).
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self) -> f64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }

        /// A count with this mean (Knuth), in parts where there is much of it.
        fn count(&mut self, mean: f64) -> f64 {
            let (mut left, mut sum) = (mean, 0.0);
            while left > 0.0 {
                let (goal, mut product) = ((-left.min(30.0)).exp(), self.roll());
                while product > goal {
                    sum += 1.0;
                    product *= self.roll();
                }
                left -= 30.0;
            }
            sum
        }
    }

    /// Watches of requests that come by chance, in bins of 15 s, judged as a controller would.
    fn played(asked: Asked, version: Version, flow: Flow, row: Row) -> f64 {
        const BIN: f64 = 15.0;
        const GAMES: u32 = 3_000;
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let lead = (row.window / BIN) as usize;
        let end = row.delay + row.interval * (row.count - 1) as f64;
        let bins = lead + (end / BIN) as usize;
        let mut lost = 0;
        for _ in 0..GAMES {
            let (mut new, mut old, mut bad) = (vec![0.0], vec![0.0], vec![0.0]);
            for at in 0..bins {
                let share = if at < lead { flow.before } else { flow.share };
                let (mut mine, others) = (flow.rate * share * BIN, flow.rate * (1.0 - share) * BIN);
                let mut wrong = 0.0;
                match (asked, version) {
                    (Asked::Share { allowed, .. }, version) => {
                        let factor = if version == Version::Good { 0.5 } else { 2.0 };
                        let part = mine * f64::from(allowed) / 1e6 * factor;
                        wrong = dice.count(part);
                        mine -= part;
                    }
                    (Asked::Ratio { bound }, Version::Bad) => {
                        mine *= 1.0 - 2.0 * (1.0 - f64::from(bound) / 1e6);
                    }
                    _ => {}
                }
                new.push(new[at] + dice.count(mine) + wrong);
                old.push(old[at] + dice.count(others));
                bad.push(bad[at] + wrong);
            }
            let mut failed = 0;
            for look in 0..row.count {
                let to = lead + ((row.delay + row.interval * look as f64) / BIN) as usize;
                let from = to - lead;
                let sum = |list: &[f64]| list[to] - list[from];
                let holds = match asked {
                    Asked::Share { allowed, .. } => {
                        sum(&bad) / sum(&new) < f64::from(allowed) / 1e6
                    }
                    Asked::Ratio { bound } => {
                        (sum(&new) / flow.share) / (sum(&old) / (1.0 - flow.share))
                            > f64::from(bound) / 1e6
                    }
                };
                failed += u64::from(!holds);
            }
            lost += u32::from(failed > row.failures);
        }
        f64::from(lost) / f64::from(GAMES)
    }

    #[test]
    fn the_arithmetic_agrees_with_watches_that_are_played() {
        use Version::{Bad, Good};
        for (asked, version, flow, row) in [
            (ERRORS, Good, flow(40.0, 0.05, 0.0), OFTEN),
            (ERRORS, Good, flow(100.0, 0.05, 0.0), OFTEN),
            (ERRORS, Good, flow(40.0, 0.25, 0.05), OFTEN),
            (ERRORS, Good, flow(40.0, 0.05, 0.0), WHOLE),
            (ERRORS, Bad, flow(40.0, 0.05, 0.0), WHOLE),
            (ERRORS, Bad, flow(40.0, 0.05, 0.0), OFTEN),
            (THROUGHPUT, Good, flow(40.0, 0.05, 0.05), AMOUNTS),
            (THROUGHPUT, Good, flow(100.0, 0.05, 0.05), AMOUNTS),
            (THROUGHPUT, Good, flow(40.0, 0.25, 0.25), AMOUNTS),
            (THROUGHPUT, Good, flow(40.0, 0.05, 0.05), WHOLE),
            (THROUGHPUT, Bad, flow(40.0, 0.05, 0.05), WHOLE),
        ] {
            let looks = looks(asked, version, flow, row);
            let (counted, seen) = (
                chance(&looks, row.failures),
                played(asked, version, flow, row),
            );
            let near = (0.2 * seen).max(0.025);
            assert!(
                (counted - seen).abs() < near,
                "{asked:?} {version:?} {flow:?} {row:?}: {counted:.3} counted, {seen:.3} played"
            );
            let quick = estimate(&looks);
            let is_rare = version == Good && seen < 0.2;
            assert!(
                !is_rare || quick > seen * 0.8 - 0.005,
                "{asked:?} {flow:?}: {quick} {seen}"
            );
        }
    }

    #[test]
    fn nothing_is_certain_and_nothing_impossible_beyond_all_bounds() {
        for (rate, share, count) in [
            (0.0, 0.05, 29),
            (1e9, 1.0, 1),
            (1e-9, 0.0, 3),
            (1.0, 0.5, u64::MAX),
        ] {
            for asked in [ERRORS, THROUGHPUT] {
                let row = Row { count, ..OFTEN };
                let looks = looks(asked, Version::Good, flow(rate, share, 0.0), row);
                let found = chance(&looks, 1);
                assert!(
                    (0.0..=1.0).contains(&found),
                    "{rate} {share} {count}: {found}"
                );
            }
        }
        assert_eq!(chance(&[], 0), 0.0);
    }
}
