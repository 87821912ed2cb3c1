//! How fast a bad version is noticed, and what it has cost by then.
//!
//! A measurement fails with the probability that a binomial count of `requests in its window`
//! gives; without a known load it fails where the share itself does not meet the criterion. How
//! often it must fail, and how far measurements depend on each other, is counted by [`Row`].

use super::analysis::Metric;
use super::chance;
use super::pace::Pace;
use super::question::Scope;
use super::retreat;
use super::rollout::{Rollout, Strategy};
use super::row::{Row, Trial};
use super::sense::{self, Comparison, Fault, Sense, Test};
use super::setting::Setting;
use super::time::{self, Millis};
use super::timeline::{Moment, Timeline, What};

/// A verdict against a bad version.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Index into `moments`.
    pub moment: usize,
    pub metric: String,
    /// From the first request of the new version, or its first pod where it gets none.
    pub after: Millis,
    /// From the start of the release.
    pub at: Millis,
    /// Until the old version serves everything.
    pub withdrawn: Option<Millis>,
    /// The probability that the stage notices it; `None` where the load is not known.
    pub chance: Option<f64>,
    /// Milliseconds in which every request would have failed, in its place.
    pub spent: Millis,
}

/// What is asked: shares of the requests in parts per million.
pub const ERRORS: [i64; 4] = [10_000, 100_000, 500_000, 1_000_000];
pub const SLOW: [i64; 3] = [100_000, 500_000, 1_000_000];

/// One metric in one moment.
struct Look<'a> {
    metric: &'a Metric,
    sense: Sense,
    scope: Scope,
    /// How far back its query looks.
    window: Option<Millis>,
    moment: usize,
    /// When its run begins, or the share of the traffic that it then sees.
    start: Millis,
    /// From `start` to its first measurement.
    delay: Millis,
    /// When it ends at the latest.
    end: Millis,
    /// Its run goes on beside the steps.
    is_beside: bool,
}

/// Everything that looks at one release.
pub struct Watch<'a> {
    rollout: &'a Rollout,
    timeline: &'a Timeline,
    setting: &'a Setting,
    pace: &'a Pace,
    looks: Vec<Look<'a>>,
}

impl<'a> Watch<'a> {
    pub fn new(
        rollout: &'a Rollout,
        timeline: &'a Timeline,
        setting: &'a Setting,
        pace: &'a Pace,
    ) -> Watch<'a> {
        Watch {
            rollout,
            timeline,
            setting,
            pace,
            looks: looks(rollout, timeline),
        }
    }

    /// When a version that is bad from its first request on is noticed; `None`: never.
    pub fn notice(&self, fault: Fault) -> Option<Notice> {
        let found = self.looks.iter();
        let found = found.filter_map(|look| self.verdict(look, fault, false));
        found.min_by_key(|notice| notice.at)
    }

    /// What a version costs that fails completely from the beginning of one moment on.
    pub fn turning_bad(&self, moment: usize) -> Option<Notice> {
        let here = self.looks.iter().filter(|look| look.moment == moment);
        let found = here.filter_map(|look| self.verdict(look, Fault::Errors(1_000_000), true));
        let notice = found.min_by_key(|notice| notice.at)?;
        let start = self.timeline.moments.get(moment)?.start.expected;
        let everything = Fault::Errors(1_000_000);
        Some(Notice {
            after: notice.at.saturating_sub(start),
            spent: self.spent(start, notice.at, notice.withdrawn?, everything),
            ..notice
        })
    }

    fn verdict(&self, look: &Look, fault: Fault, turns_bad: bool) -> Option<Notice> {
        let metric = look.metric;
        if metric.is_dry {
            return None;
        }
        let trial = self.trial(look, fault, turns_bad)?;
        let at = time::add(look.start, time::add(trial.after, self.pace.pass)?)?;
        let moment = match look.is_beside {
            true => self.moment_at(at).max(look.moment),
            false => look.moment,
        };
        let withdrawn = retreat::abort(
            self.rollout,
            self.timeline,
            &self.timeline.moments[moment],
            self.pace,
        );
        let is_call = matches!(look.sense, Sense::Call | Sense::Job);
        let known = self.setting.usual.is_some() || is_call;
        Some(Notice {
            moment,
            metric: metric.name.clone(),
            after: at.saturating_sub(self.first_seen(at)),
            at,
            withdrawn,
            chance: known.then_some(trial.chance),
            spent: self.spent(0, at, withdrawn.unwrap_or(0), fault),
        })
    }

    /// What a row of measurements makes of a fault.
    fn trial(&self, look: &Look, fault: Fault, turns_bad: bool) -> Option<Trial> {
        let metric = look.metric;
        let rows = Row {
            delay: time::add(look.delay, metric.takes)?,
            interval: time::add(metric.interval, metric.takes)?,
            count: look.count(),
            overlap: look.overlap(),
        };
        let probability = self.probability(look, fault)?;
        match look.sense {
            Sense::Call => rows.errors_in_a_row(metric.errors, probability),
            Sense::Job => rows.failures(metric.failures?, probability),
            sense => {
                let limit = sense.limit(fault);
                let bound = limit.map_or(0, |limit| limit.ppm.max(0).unsigned_abs());
                let filled = match turns_bad {
                    true => part(look.window.unwrap_or(0), bound, 1_000_000),
                    false => 0,
                };
                rows.behind(filled)?.failures(metric.failures?, probability)
            }
        }
    }

    /// That one measurement fails.
    fn probability(&self, look: &Look, fault: Fault) -> Option<f64> {
        let share = fault.ppm() as f64 / 1e6;
        match (look.sense, fault) {
            (Sense::Call | Sense::Job, Fault::Errors(ppm)) => return (ppm > 0).then_some(share),
            (Sense::Compare(test), _) => return self.tested(look, fault, test),
            _ => {}
        }
        let limit = look.sense.limit(fault)?;
        let ppm = self.seen(look, fault.ppm())?;
        let share = ppm as f64 / 1e6;
        let Some(requests) = self.requests(look) else {
            return (!limit.holds(ppm)).then_some(1.0);
        };
        // The fewest bad requests with which the criterion no longer holds.
        let product = u128::from(requests) * u128::try_from(limit.ppm.max(0)).ok()?;
        let (whole, rest) = (product / 1_000_000, product % 1_000_000);
        let least = match (limit.comparison, rest) {
            (Comparison::Less, 0) => whole,
            _ => whole + 1,
        };
        let least = u64::try_from(least).ok()?.max(1);
        let tail = chance::at_least(requests, share, least);
        (tail > 1e-6).then_some(tail)
    }

    /// The share of bad requests that a query sees: one over both versions sees the new one's part.
    fn seen(&self, look: &Look, ppm: i64) -> Option<i64> {
        match look.scope {
            Scope::New => Some(ppm),
            Scope::All => {
                let share = i64::try_from(self.share(look.moment)).ok()?;
                Some(ppm.saturating_mul(share) / 1_000_000)
            }
            Scope::Old | Scope::Unknown => None,
        }
    }

    /// That the test of a stage finds the fault; too few requests refuse every version, and say
    /// nothing of this one.
    fn tested(&self, look: &Look, fault: Fault, test: Test) -> Option<f64> {
        if test.of_slow != matches!(fault, Fault::Slow(_)) {
            return None;
        }
        let worse = fault.ppm();
        let base = sense::usual(fault, self.setting.slo.availability);
        if worse <= base {
            return None;
        }
        let Some(new) = self.of_stage(look) else {
            return Some(1.0);
        };
        let share = self.share(look.moment).clamp(1, 1_000_000);
        let old = u128::from(new) * u128::from(1_000_000 - share) / u128::from(share);
        let old = u64::try_from(old).unwrap_or(u64::MAX);
        if new.min(old) < test.least.max(1) {
            return None;
        }
        let (worse, base) = ((worse as f64 / 1e6, new), (base as f64 / 1e6, old));
        let found = chance::of_test(worse, base, test.z as f64 / 1e3);
        (found > 1e-6).then_some(found)
    }

    /// Requests of the new version from the beginning of its stage to the first measurement.
    fn of_stage(&self, look: &Look) -> Option<u64> {
        let first = look.delay.max(look.metric.interval);
        let window = look.window?.min(time::add(first, self.lead(look))?);
        self.within(look, window)
    }

    /// Requests of the new version in the window of one measurement, at the usual load: as full as
    /// it is for the last one.
    fn requests(&self, look: &Look) -> Option<u64> {
        let last = time::times(look.metric.interval, look.count().saturating_sub(1))?;
        let filled = time::add(time::add(look.delay, last)?, self.lead(look))?;
        self.within(look, look.window?.min(filled))
    }

    fn lead(&self, look: &Look) -> Millis {
        lead(self.rollout, self.timeline, look.moment)
    }

    /// Before a switch nobody calls the new version but what judges it.
    fn within(&self, look: &Look, window: Millis) -> Option<u64> {
        let share = u128::from(self.share(look.moment));
        if share == 0 {
            let moment = self.timeline.moments.get(look.moment)?;
            return calls(moment, window);
        }
        let usual = self.setting.usual?;
        let share = match look.scope {
            Scope::All => 1_000_000,
            _ => share,
        };
        let product = u128::from(usual) * u128::from(window) * share;
        // Thousandths a second, milliseconds, parts per million.
        u64::try_from(product / 1_000_000_000_000).ok()
    }

    /// Metrics that judge and see none of the faults that are asked for, each once, and why.
    pub fn blind(&self) -> Vec<(String, &'static str)> {
        let mut found: Vec<(String, &'static str)> = Vec::new();
        for look in &self.looks {
            let name = &look.metric.name;
            if let Some(why) = self.blindness(look)
                && !found.iter().any(|(other, _)| other == name)
            {
                found.push((name.clone(), why));
            }
        }
        found
    }

    /// Whether something judges of which nobody knows what it says of requests.
    pub fn is_opaque(&self) -> bool {
        let is_opaque = |look: &Look| match look.sense {
            Sense::Unknown => true,
            Sense::Errors(_) | Sense::Success(_) | Sense::Within(_) | Sense::Quantile(_) => {
                look.scope == Scope::Unknown
            }
            _ => false,
        };
        let mut judges = self.looks.iter().filter(|look| !look.metric.is_dry);
        judges.any(is_opaque)
    }

    fn blindness(&self, look: &Look) -> Option<&'static str> {
        if look.metric.is_dry {
            return Some("a dry run");
        }
        let sees = look.sense.limit(Fault::Errors(0)).is_some()
            || look.sense.limit(Fault::Slow(0)).is_some();
        match look.sense {
            _ if sees && look.scope == Scope::Old => Some("asks about the old version"),
            _ if sees && look.scope == Scope::Unknown => {
                Some("of which version it counts requests is not known")
            }
            Sense::Throughput(_) => Some("counts requests, whatever becomes of them"),
            Sense::Budget if self.share(look.moment) == 0 => {
                Some("asked before the first request of the new version")
            }
            Sense::Budget => Some("counts all versions, over a long time"),
            Sense::Unknown => Some("what its value says of single requests is not known"),
            _ => None,
        }
    }

    /// The share of the traffic that a moment gives the new version, in parts per million.
    pub fn share(&self, moment: usize) -> u64 {
        self.timeline
            .moments
            .get(moment)
            .map_or(0, |one| share_of(self.rollout, self.timeline, one))
    }

    /// The first request of the new version, or its first pod where `at` comes before it.
    fn first_seen(&self, at: Millis) -> Millis {
        let moments = &self.timeline.moments;
        let begin = |moment: &Moment| match moment.what {
            What::SetWeight | What::Switch | What::Preview => moment.end.expected,
            _ => moment.start.expected,
        };
        let served = moments.iter().find(|one| one.weight > 0).map(begin);
        let stands = moments.iter().find(|one| one.pods.canary > 0).map(begin);
        let first = served.filter(|served| *served <= at).or(stands);
        first.unwrap_or(0).min(at)
    }

    fn moment_at(&self, at: Millis) -> usize {
        let moments = &self.timeline.moments;
        let found = moments.iter().position(|one| at <= one.end.expected);
        found.unwrap_or(moments.len().saturating_sub(1))
    }

    /// Requests that failed since `since` until `at` and `withdrawn` later, as time in which all
    /// would have.
    fn spent(&self, since: Millis, at: Millis, withdrawn: Millis, fault: Fault) -> Millis {
        let Fault::Errors(bad) = fault else {
            return 0;
        };
        let bad = u64::try_from(bad).unwrap_or(0);
        let mut sum: Millis = 0;
        let mut last = 0;
        for (index, moment) in self.timeline.moments.iter().enumerate() {
            // While pods come the weight is still that of the moment before.
            let is_late = matches!(moment.what, What::SetWeight | What::Promote);
            let share = match is_late {
                true => last,
                false => self.share(index),
            };
            last = self.share(index);
            let (from, to) = (moment.start.expected.max(since), moment.end.expected);
            if to <= from || at <= from {
                continue;
            }
            let lasted = to.min(at) - from;
            let lasted = match at <= to {
                true => lasted.saturating_add(withdrawn),
                false => lasted,
            };
            sum = sum.saturating_add(part(lasted, share, bad));
        }
        sum
    }
}

/// How often a moment's own calls meet the new version within `window`; `None`: there are no calls.
pub fn calls(moment: &Moment, window: Millis) -> Option<u64> {
    let metrics = moment.runs.iter().flat_map(|run| &run.metrics);
    let calls = metrics.filter(|one| matches!(Sense::of(one), Sense::Call | Sense::Job));
    let counted = calls.map(|one| {
        let most = window / one.interval.max(1);
        most.min(one.count.unwrap_or(u64::MAX)).max(1)
    });
    counted.reduce(u64::saturating_add)
}

fn looks<'a>(rollout: &'a Rollout, timeline: &'a Timeline) -> Vec<Look<'a>> {
    let moments = timeline.moments.iter().enumerate();
    let stages = moments.flat_map(|(at, moment)| {
        let metrics = moment.runs.iter().flat_map(|run| &run.metrics);
        metrics.map(move |metric| Look::new(metric, at, moment.start.expected, moment.end.expected))
    });
    stages.chain(background(rollout, timeline)).collect()
}

/// A run beside the steps looks at all of them: at each share of the traffic from its next
/// measurement on.
fn background<'a>(rollout: &'a Rollout, timeline: &'a Timeline) -> impl Iterator<Item = Look<'a>> {
    let run = match &rollout.strategy {
        Strategy::Canary(plan) => plan.background.as_ref(),
        _ => None,
    };
    let moments = &timeline.moments;
    let begun = run.and_then(|(run, from)| {
        let at = moments
            .iter()
            .position(|one| one.step.is_some_and(|step| step >= *from))?;
        Some((run, at))
    });
    begun.into_iter().flat_map(move |(run, first)| {
        let end = timeline.promoted.expected;
        let seen = (first..moments.len()).filter(move |at| {
            let moment = &moments[*at];
            let changes = lead(rollout, timeline, *at) == 0;
            let is_new = *at == first || changes || !moment.runs.is_empty();
            is_new && (*at == first || moment.start.expected < end)
        });
        seen.flat_map(move |at| {
            let start = begin(&moments[at]);
            run.metrics.iter().map(move |metric| Look {
                is_beside: true,
                delay: match at == first {
                    true => metric.delay,
                    false => metric.interval,
                },
                ..Look::new(metric, at, start, end)
            })
        })
    })
}

/// When the share of a moment is in force: once its pods are there.
fn begin(moment: &Moment) -> Millis {
    match moment.what {
        What::SetWeight | What::Promote | What::Start => moment.end.expected,
        _ => moment.start.expected,
    }
}

/// For how long the new version has had its share when a moment begins.
pub fn lead(rollout: &Rollout, timeline: &Timeline, at: usize) -> Millis {
    let moments = &timeline.moments;
    let Some(moment) = moments.get(at) else {
        return 0;
    };
    let share = share_of(rollout, timeline, moment);
    let before = moments[..at].iter().rev();
    let same = before.take_while(|one| share_of(rollout, timeline, one) == share);
    let since = same.last().map_or(begin(moment), begin);
    moment.start.expected.saturating_sub(since)
}

impl<'a> Look<'a> {
    /// Measurements until its run ends.
    fn count(&self) -> u64 {
        self.metric.count.unwrap_or_else(|| {
            let watched = self.end.saturating_sub(self.start);
            watched.saturating_sub(self.delay) / self.metric.interval.max(1) + 1
        })
    }

    /// How many measurements in a row see some of the same requests.
    fn overlap(&self) -> u64 {
        let window = self.window.unwrap_or(0);
        window.div_ceil(self.metric.interval.max(1)).max(1)
    }

    fn new(metric: &'a Metric, moment: usize, start: Millis, end: Millis) -> Look<'a> {
        Look {
            metric,
            sense: Sense::of(metric),
            scope: metric.asked.scope,
            window: metric.asked.window,
            moment,
            start,
            delay: metric.delay,
            end,
            is_beside: false,
        }
    }
}

/// The share of the traffic that the new version gets, in parts per million.
pub fn share_of(rollout: &Rollout, timeline: &Timeline, moment: &Moment) -> u64 {
    let by_pods = match &rollout.strategy {
        Strategy::Canary(plan) => plan.router.is_none(),
        Strategy::Replace(_) => true,
        Strategy::BlueGreen(_) => false,
    };
    let (part, whole) = match by_pods {
        true => (moment.pods.canary, moment.pods.total()),
        false => (moment.weight, timeline.max_weight),
    };
    let (part, whole) = (part.max(0).unsigned_abs(), whole.max(1).unsigned_abs());
    u64::try_from(u128::from(part) * 1_000_000 / u128::from(whole)).unwrap_or(1_000_000)
}

/// `length · share · bad`, both in parts per million.
fn part(length: Millis, share: u64, bad: u64) -> Millis {
    let product = u128::from(length) * u128::from(share) * u128::from(bad);
    Millis::try_from(product.div_ceil(1_000_000_000_000)).unwrap_or(Millis::MAX)
}
