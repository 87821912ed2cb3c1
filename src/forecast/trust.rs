//! How far the criteria of a release can be trusted with the traffic that it gets: how often they
//! hold a good version back, and let a bad one pass ([`crate::plan::held`]).

use super::analysis::Metric;
use super::notice::{lead, share_of};
use super::question::Scope;
use super::rollout::{Rollout, Strategy};
use super::sense::{Comparison, Sense};
use super::setting::Setting;
use super::timeline::Timeline;
use crate::plan::held::{self, Asked, Flow, Look, Row, Version};

/// One metric in one stage. Its chances are worked out when they are asked for: that takes a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    pub moment: usize,
    pub metric: String,
    asked: Asked,
    flow: Flow,
    row: Row,
}

impl Trust {
    /// At least the chance that it holds a good version back, quickly.
    pub fn held_back_at_most(&self) -> f64 {
        held::estimate(&self.looks(Version::Good))
    }

    fn chance(&self) -> Chance {
        let of = |version| held::chance(&self.looks(version), self.row.failures);
        Chance {
            held_back: of(Version::Good),
            passes: 1.0 - of(Version::Bad),
        }
    }

    fn looks(&self, version: Version) -> Vec<Look> {
        held::looks(self.asked, version, self.flow, self.row)
    }
}

/// What chance makes of the measurements of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chance {
    /// That a good version is held back.
    pub held_back: f64,
    /// That a bad one passes.
    pub passes: f64,
}

/// One for each, in their order. That takes a while: what is asked alike is worked out once.
pub fn chances(trusts: &[Trust]) -> Vec<Chance> {
    let mut found: Vec<Chance> = Vec::with_capacity(trusts.len());
    for (at, one) in trusts.iter().enumerate() {
        let is_alike =
            |other: &Trust| (other.asked, other.flow, other.row) == (one.asked, one.flow, one.row);
        let known = trusts[..at].iter().position(is_alike);
        found.push(known.map_or_else(|| one.chance(), |known| found[known]));
    }
    found
}

/// More than these nobody reads.
const MOST: usize = 64;

/// One for each metric that counts requests, in each stage; none where the load is not known.
pub fn trusts(rollout: &Rollout, timeline: &Timeline, setting: &Setting) -> Vec<Trust> {
    let Some(usual) = setting.usual else {
        return Vec::new();
    };
    let (mut share, mut before, mut found) = (0, 0, Vec::new());
    for (at, moment) in timeline.moments.iter().enumerate() {
        let now = share_of(rollout, timeline, moment);
        if now != share {
            (share, before) = (now, share);
        }
        let flow = Flow {
            rate: usual as f64 / 1e3,
            share: share as f64 / 1e6,
            before: before.min(share) as f64 / 1e6,
        };
        for metric in moment.runs.iter().flat_map(|run| &run.metrics) {
            if found.len() < MOST && share > 0 {
                found.extend(trust(rollout, timeline, at, metric, flow));
            }
        }
    }
    found
}

fn trust(
    rollout: &Rollout,
    timeline: &Timeline,
    moment: usize,
    metric: &Metric,
    flow: Flow,
) -> Option<Trust> {
    let asked = asked(Sense::of(metric))?;
    let is_ratio = matches!(asked, Asked::Ratio { .. });
    let is_apart = is_ratio || metric.asked.scope == Scope::New;
    let is_compared = matches!(rollout.strategy, Strategy::Canary(_)) && flow.share < 1.0;
    if metric.is_dry || !is_apart || (is_ratio && !is_compared) {
        return None;
    }
    let seconds = |millis: u64| millis as f64 / 1e3;
    let failures = metric.failures?;
    let row = Row {
        // Counted from when the share changed.
        delay: seconds(metric.delay.saturating_add(lead(rollout, timeline, moment))),
        interval: seconds(metric.interval),
        window: seconds(metric.asked.window?),
        count: metric.count?,
        failures,
    };
    Some(Trust {
        moment,
        metric: metric.name.clone(),
        asked,
        flow,
        row,
    })
}

fn asked(sense: Sense) -> Option<Asked> {
    let ppm = |ppm: i64| u32::try_from(ppm.clamp(0, 1_000_000)).ok();
    Some(match sense {
        Sense::Errors(bound) => Asked::Share {
            allowed: ppm(bound.ppm)?,
            is_strict: bound.comparison == Comparison::Less,
        },
        Sense::Success(bound) | Sense::Within(bound) => Asked::Share {
            allowed: ppm(1_000_000 - bound.ppm)?,
            is_strict: bound.comparison == Comparison::Greater,
        },
        Sense::Quantile(percent) => Asked::Share {
            allowed: ppm(1_000_000 - percent * 10_000)?,
            is_strict: true,
        },
        Sense::Throughput(bound) => Asked::Ratio {
            bound: ppm(bound.ppm)?,
        },
        _ => return None,
    })
}

/// The chance that any of them holds a good version back.
pub fn held_back(chances: &[Chance]) -> f64 {
    any(chances.iter().map(|one| one.held_back))
}

/// At least that chance, quickly.
pub fn held_back_at_most(trusts: &[Trust]) -> f64 {
    any(trusts.iter().map(Trust::held_back_at_most))
}

fn any(chances: impl Iterator<Item = f64>) -> f64 {
    1.0 - chances.map(|chance| 1.0 - chance).product::<f64>()
}

/// The criterion that a bad version passes most easily in all stages, and how often.
pub fn passes<'t>(trusts: &'t [Trust], chances: &[Chance]) -> Option<(&'t str, f64)> {
    let mut all: Vec<(&str, f64)> = Vec::new();
    for (one, chance) in trusts.iter().zip(chances) {
        match all.iter_mut().find(|(name, _)| *name == one.metric) {
            Some((_, passes)) => *passes *= chance.passes,
            None => all.push((&one.metric, chance.passes)),
        }
    }
    all.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}
