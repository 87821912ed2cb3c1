//! Watches that fit the traffic: of the timings that a criterion may have the quickest with which
//! all criteria of a release together hold a good version back rarely ([`held::MOST`]).
//!
//! Longer windows, a later begin and fewer measurements make noise rarer, and notice later; what is
//! beyond doubt ends a release by `safety` all the same. Where even one measurement of a whole watch
//! is not enough that is what is taken, and a finding tells.

use super::held::{self, Asked, Flow, Row, Version};
use super::timing::{Needs, Timing};

/// A criterion that counts requests.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub asked: Asked,
    pub needs: Needs,
    /// What it has where there is traffic enough.
    pub base: Timing,
}

/// The timings of `wanted` for a watch and the scrape interval in seconds, at stages with these
/// flows, in their order. `most` is the chance that they may take together.
pub fn fitted(
    wanted: &[Wanted],
    watch: u64,
    scrape: u64,
    flows: &[Flow],
    most: f64,
) -> Vec<Timing> {
    let bases: Vec<f64> = wanted
        .iter()
        .map(|one| cost(one, one.base, flows))
        .collect();
    if bases.iter().sum::<f64>() <= most {
        return wanted.iter().map(|one| one.base).collect();
    }
    let whole = |one: &Wanted| candidates(one, watch, scrape).last().copied();
    let whole: Vec<Timing> = wanted
        .iter()
        .map(|one| whole(one).unwrap_or(one.base))
        .collect();
    let pairs = || wanted.iter().zip(&whole);
    let least: Vec<f64> = pairs().map(|(one, last)| cost(one, *last, flows)).collect();
    let spare = (most - least.iter().sum::<f64>()).max(0.0) / wanted.len().max(1) as f64;
    let fit = |((one, last), least): ((&Wanted, &Timing), &f64)| {
        let mut quicker = candidates(one, watch, scrape).into_iter();
        let found = quicker.find(|timing| cost(one, *timing, flows) <= least + spare);
        found.unwrap_or(*last)
    };
    pairs().zip(&least).map(fit).collect()
}

/// From the quickest to one measurement of the whole watch.
fn candidates(wanted: &Wanted, watch: u64, scrape: u64) -> Vec<Timing> {
    let base = wanted.base;
    // Amounts are compared once the requests from before the stage have left the window.
    let late = match wanted.needs {
        Needs::Window => 2 * scrape,
        _ => 0,
    };
    let of = |part: u64| {
        let window = (watch / 5 * part).max(base.window);
        let first = window + late;
        let more = watch.checked_sub(first)? / base.interval.max(1);
        Some(Timing {
            delay: watch - more * base.interval,
            count: more + 1,
            failures: u64::from(more >= 4),
            window,
            ..base
        })
    };
    let whole = watch.saturating_sub(late).max(base.window);
    let once = Timing {
        delay: watch,
        interval: watch.max(1),
        count: 1,
        failures: 0,
        window: whole,
    };
    let parts = (1..=4).filter_map(of);
    std::iter::once(base).chain(parts).chain([once]).collect()
}

fn cost(wanted: &Wanted, timing: Timing, flows: &[Flow]) -> f64 {
    let row = Row {
        delay: timing.delay as f64,
        interval: timing.interval as f64,
        window: timing.window as f64,
        count: timing.count,
        failures: timing.failures,
    };
    let one = |flow: &Flow| held::estimate(&held::looks(wanted.asked, Version::Good, *flow, row));
    flows.iter().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: [(f64, f64); 4] = [(0.05, 0.0), (0.25, 0.05), (0.5, 0.25), (0.75, 0.5)];

    fn wanted() -> Vec<Wanted> {
        let base = Timing {
            delay: 60,
            interval: 30,
            count: 29,
            failures: 1,
            window: 180,
        };
        let share = |allowed, is_strict| Wanted {
            asked: Asked::Share { allowed, is_strict },
            needs: Needs::Samples,
            base,
        };
        let throughput = Wanted {
            asked: Asked::Ratio { bound: 950_000 },
            needs: Needs::Window,
            base: Timing {
                delay: 210,
                count: 24,
                ..base
            },
        };
        vec![share(10_000, true), share(50_000, false), throughput]
    }

    #[test]
    fn a_good_version_is_held_back_once_in_twenty_releases_at_most() {
        for (rate, is_enough) in [
            (2_000.0, true),
            (400.0, true),
            (100.0, true),
            (40.0, true),
            (5.0, false),
        ] {
            let flows = SHARES.map(|(share, before)| Flow {
                rate,
                share,
                before,
            });
            let wanted = wanted();
            let fitted = fitted(&wanted, 900, 15, &flows, held::MOST);
            let mut passes = 1.0;
            for (one, timing) in wanted.iter().zip(&fitted) {
                assert_eq!(timing.delay + (timing.count - 1) * timing.interval, 900);
                assert!(timing.window <= 900 && timing.count > timing.failures);
                for flow in flows {
                    let row = Row {
                        delay: timing.delay as f64,
                        interval: timing.interval as f64,
                        window: timing.window as f64,
                        count: timing.count,
                        failures: timing.failures,
                    };
                    let looks = held::looks(one.asked, Version::Good, flow, row);
                    passes *= 1.0 - held::chance(&looks, timing.failures);
                }
            }
            assert_eq!(
                1.0 - passes <= held::MOST,
                is_enough,
                "{rate}: {passes} {fitted:?}"
            );
            if rate > 1_000.0 {
                let kept = wanted
                    .iter()
                    .zip(&fitted)
                    .all(|(one, timing)| one.base == *timing);
                assert!(kept, "{fitted:?}");
            }
        }
    }
}
