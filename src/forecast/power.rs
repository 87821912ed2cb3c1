//! Whether the traffic is enough to notice anything: requests that a verdict needs in a stage
//! against those that come.
//!
//! Assumed is a version that is twice as bad as usual: its share of failed or slow requests is at
//! the bound, that of the old version half of it. Held back by mistake is one good version in
//! twenty, missed is one bad version in five ([`super::chance`]).

use super::analysis::{Metric, Run};
use super::chance;
use super::notice::{lead, share_of};
use super::rollout::{Rollout, Strategy};
use super::sense::{self, Bound, Fault, Sense};
use super::setting::Setting;
use super::time::Millis;
use super::timeline::{Moment, Timeline};

/// One metric in one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Power {
    pub moment: usize,
    pub metric: String,
    /// The share of the traffic in parts per million.
    pub share: u64,
    /// How long it is watched, with what its windows see of the time before.
    pub length: Millis,
    /// Requests of the new version that it takes.
    pub needed: u64,
    /// The whole service's rate that gives as many, in thousandths a second.
    pub rate: u64,
    /// Requests that come at the usual load.
    pub expected: Option<u64>,
}

impl Power {
    pub fn is_short(&self) -> bool {
        self.expected.is_some_and(|expected| expected < self.needed)
    }

    /// How long the stage would have to be watched at the usual load.
    pub fn enough_time(&self, setting: &Setting) -> Option<Millis> {
        let usual = u128::from(setting.usual.filter(|usual| *usual > 0)?);
        let share = u128::from(self.share.max(1));
        let product = u128::from(self.needed).checked_mul(1_000_000_000_000)?;
        Millis::try_from(product.div_ceil(usual.checked_mul(share)?)).ok()
    }
}

/// The hungriest metric of each stage that is watched.
pub fn powers(rollout: &Rollout, timeline: &Timeline, setting: &Setting) -> Vec<Power> {
    let moments = timeline.moments.iter().enumerate();
    let found = moments.filter_map(|(at, moment)| {
        let metrics = moment.runs.iter().flat_map(|run| &run.metrics);
        let needs = metrics.filter_map(|metric| {
            // Before a switch there is no traffic: what comes is what judges.
            let share = Some(share_of(rollout, timeline, moment)).filter(|share| *share > 0)?;
            let needed = needed(Sense::of(metric), ratio(rollout, share), setting)?;
            Some((metric, share, needed))
        });
        let (metric, share, needed) = needs.max_by_key(|(_, _, needed)| *needed)?;
        let early = early(metric, lead(rollout, timeline, at));
        Some(power((at, moment), metric, early, (share, needed), setting))
    });
    found.collect()
}

/// What the first window sees of the time before its run, in which the share was the same.
fn early(metric: &Metric, lead: Millis) -> Millis {
    let window = metric.asked.window;
    lead.min(window.unwrap_or(0).saturating_sub(metric.delay))
}

fn power(
    (at, moment): (usize, &Moment),
    metric: &Metric,
    early: Millis,
    (share, needed): (u64, u64),
    setting: &Setting,
) -> Power {
    // Without the controller's own passes: nobody waits for them to begin counting.
    let runs = moment.runs.iter().filter_map(Run::length);
    let length = runs.max().unwrap_or_else(|| moment.length());
    let length = length.saturating_add(early);
    let per = u128::from(length.max(1)) * u128::from(share.max(1));
    let rate = (u128::from(needed) * 1_000_000_000_000).div_ceil(per);
    let expected = setting.usual.map(|usual| {
        let product = u128::from(usual) * per / 1_000_000_000_000;
        u64::try_from(product).unwrap_or(u64::MAX)
    });
    Power {
        moment: at,
        metric: metric.name.clone(),
        share,
        length,
        needed,
        rate: u64::try_from(rate).unwrap_or(u64::MAX),
        expected,
    }
}

/// How many times as many requests the old version gets; infinite where it serves nobody.
fn ratio(rollout: &Rollout, share: u64) -> f64 {
    match &rollout.strategy {
        Strategy::BlueGreen(_) | Strategy::Replace(_) => f64::INFINITY,
        Strategy::Canary(_) if share == 0 || share >= 1_000_000 => f64::INFINITY,
        Strategy::Canary(_) => (1_000_000 - share) as f64 / share as f64,
    }
}

/// Requests of the new version that a verdict of this kind needs.
fn needed(sense: Sense, ratio: f64, setting: &Setting) -> Option<u64> {
    let doubled = |bad: i64| {
        let worse = bad as f64 / 1e6;
        chance::requests_for_shares(worse / 2.0, worse, ratio)
    };
    match sense {
        Sense::Errors(bound) => doubled(bound.ppm),
        Sense::Success(Bound { ppm, .. }) | Sense::Within(Bound { ppm, .. }) => {
            doubled(1_000_000 - ppm)
        }
        Sense::Quantile(percent) => doubled(1_000_000 - percent * 10_000),
        Sense::Throughput(bound) => {
            chance::requests_for_ratio((1_000_000 - bound.ppm) as f64 / 1e6, ratio)
        }
        Sense::Compare(test) => {
            let fault = match test.of_slow {
                true => Fault::Slow(0),
                false => Fault::Errors(0),
            };
            let base = sense::usual(fault, setting.slo.availability) as f64 / 1e6;
            let z = test.z as f64 / 1e3;
            let told = chance::requests_for_test(base, 2.0 * base, ratio, z);
            // Of both versions.
            let least = (test.least as f64 * (1.0 / ratio).max(1.0)).ceil() as u64;
            Some(told.unwrap_or(0).max(least))
        }
        Sense::Call | Sense::Job | Sense::Budget | Sense::Unknown => None,
    }
}
