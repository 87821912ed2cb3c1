//! How far the criteria of a release can be trusted with the traffic that it gets: how often they
//! hold a good version back, and let a bad one pass ([`crate::plan::held`]).

use std::collections::BTreeMap;
use std::sync::RwLock;

use super::analysis::Metric;
use super::notice::share_of;
use super::question::{self, Scope};
use super::rollout::{Rollout, Strategy};
use super::sense::{Comparison, Sense, window};
use super::setting::Setting;
use super::timeline::Timeline;
use crate::plan::held::{self, Asked, Flow, Row, Version};

/// One metric in one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    pub moment: usize,
    pub metric: String,
    /// The chance that it holds a good version back.
    pub held_back: f64,
    /// That it lets a bad one pass.
    pub passes: f64,
}

/// More than these nobody reads.
const MOST: usize = 200;

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
                found.extend(trust(rollout, at, metric, flow));
            }
        }
    }
    found
}

fn trust(rollout: &Rollout, moment: usize, metric: &Metric, flow: Flow) -> Option<Trust> {
    let query = metric.query.as_deref()?;
    let asked = asked(Sense::of(metric))?;
    let is_ratio = matches!(asked, Asked::Ratio { .. });
    let is_apart = is_ratio || question::scope(query) == Scope::New;
    let is_compared = matches!(rollout.strategy, Strategy::Canary(_)) && flow.share < 1.0;
    if metric.is_dry || !is_apart || (is_ratio && !is_compared) {
        return None;
    }
    let seconds = |millis: u64| millis as f64 / 1e3;
    let failures = metric.failures?;
    let row = Row {
        delay: seconds(metric.delay),
        interval: seconds(metric.interval),
        window: seconds(window(query)?),
        count: metric.count?,
        failures,
    };
    let chance = |version| chance(asked, version, flow, row);
    Some(Trust {
        moment,
        metric: metric.name.clone(),
        held_back: chance(Version::Good),
        passes: 1.0 - chance(Version::Bad),
    })
}

/// Chances that were worked out: services of one plan and load ask for the same ones.
static KNOWN: RwLock<BTreeMap<String, f64>> = RwLock::new(BTreeMap::new());
const MOST_KNOWN: usize = 10_000;

fn chance(asked: Asked, version: Version, flow: Flow, row: Row) -> f64 {
    let key = format!("{asked:?} {version:?} {flow:?} {row:?}");
    let known = KNOWN.read().ok().and_then(|all| all.get(&key).copied());
    if let Some(known) = known {
        return known;
    }
    let chance = held::chance(&held::looks(asked, version, flow, row), row.failures);
    if let Ok(mut all) = KNOWN.write()
        && all.len() < MOST_KNOWN
    {
        all.insert(key, chance);
    }
    chance
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
pub fn held_back(trusts: &[Trust]) -> f64 {
    1.0 - trusts
        .iter()
        .map(|one| 1.0 - one.held_back)
        .product::<f64>()
}

/// The criterion that a bad version passes most easily in all stages, and how often.
pub fn passes(trusts: &[Trust]) -> Option<(&str, f64)> {
    let mut all: Vec<(&str, f64)> = Vec::new();
    for one in trusts {
        match all.iter_mut().find(|(name, _)| *name == one.metric) {
            Some((_, passes)) => *passes *= one.passes,
            None => all.push((&one.metric, one.passes)),
        }
    }
    all.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}
