//! What a release does, worked out before it happens: from a Rollout and what stands beside it to
//! times, shares, pods, and what a bad version costs.
//!
//! The model is that of the controller: [`rollout`] reads what it would read, [`timeline`] walks
//! the steps as it does, [`crate::pods`] rounds as it rounds. Everything else is counted from there.
//! Nothing here looks at the spec, so that manifests of others get the same answer.

pub mod time;
pub mod read;
pub mod pace;
pub mod question;
pub mod analysis;
pub mod workload;
pub mod replace;
pub mod rollout;
pub mod timeline;
mod canary;
mod blue_green;
pub mod setting;
pub mod sense;
pub mod retreat;
pub mod row;
pub mod notice;
pub mod capacity;
pub mod power;
pub mod trust;
pub mod stage;
pub mod doubt;
pub mod contradiction;

pub use crate::plan::chance;

use crate::manifest::Finding;
use crate::value::Value;

use capacity::{Amount, Need, Quota};
use notice::{Notice, Watch};
use power::Power;
use retreat::Restore;
use sense::Fault;
use setting::Setting;
use stage::Stage;
use trust::Trust;

pub use pace::Pace;
pub use rollout::Rollout;
pub use timeline::{Moment, Timeline, What};

crate::codes! {
    /// A Rollout says something that no plan can be counted from: a duration that is none, a
    /// weight beyond the largest, more steps than anybody walks, an analysis that never ends. The
    /// controller would refuse it, or wait for ever. The message names the field. Correct it: write
    /// durations as Go does (`90s`, `15m`), weights between 0 and `maxTrafficWeight`.
    UNFORESEEABLE = "unforeseeable": "a rollout from which no plan can be counted";
    /// A bad version is noticed later than `objective detect` promises, or not at all. The notes
    /// tell for four shares of errors when the criteria of the rollout fail, and when the classic
    /// alert by burn rate would page somebody, which takes longer the fewer requests fail. Measure
    /// more often (`metrics scrape="15s"`), ask for fewer errors, or promise it for a larger share.
    SLOW_NOTICE = "slow-notice": "a bad version that is noticed later than promised";
    /// Until a version that fails completely is noticed and withdrawn in this stage, more requests
    /// fail than the service promises for the whole window: `slo availability="99.99%"` of 30 days
    /// leaves 4 minutes. Begin with a smaller share, measure more often, or promise less.
    BUDGET_SPENT = "budget-spent": "one bad release that spends the whole error budget";
}

/// What belongs to one release: the Rollout's own objects and its namespace's.
#[derive(Clone, Debug, Default)]
pub struct Objects<'a> {
    list: Vec<&'a Value>,
}

impl<'a> Objects<'a> {
    pub fn new(list: impl IntoIterator<Item = &'a Value>) -> Objects<'a> {
        Objects {
            list: list.into_iter().collect(),
        }
    }

    /// What an object of `namespace` means by a name: what has no namespace is in every one.
    pub fn within(&self, namespace: &str) -> Objects<'a> {
        let is_here = |one: &&&Value| {
            let place = one.at(&["metadata", "namespace"]).and_then(Value::as_str);
            let place = place.unwrap_or_default();
            namespace.is_empty() || place.is_empty() || place == namespace
        };
        Objects {
            list: self.list.iter().filter(is_here).copied().collect(),
        }
    }

    /// All of a kind, in their order.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Value> {
        let is_it = move |one: &&Value| one.get("kind").and_then(Value::as_str) == Some(kind);
        self.list.iter().copied().filter(is_it)
    }

    pub fn find(&self, kind: &str, name: &str) -> Option<&'a Value> {
        self.of_kind(kind)
            .find(|one| one.at(&["metadata", "name"]).and_then(Value::as_str) == Some(name))
    }
}

/// What keeps a plan from being counted: the place in the Rollout, and why.
pub type Refused = Finding;

fn refused(pointer: impl Into<String>, message: impl Into<String>) -> Refused {
    Finding::error(UNFORESEEABLE, pointer, message)
}

/// Everything that a plan says of one release.
#[derive(Clone, Debug)]
pub struct Forecast {
    pub setting: Setting,
    pub pace: Pace,
    pub rollout: Rollout,
    /// With the fewest pods, and with the most that an autoscaler goes to.
    pub low: Timeline,
    pub high: Timeline,
    pub stages: Vec<Stage>,
    pub need: Need,
    pub restore: Option<Restore>,
    /// A version that is bad from its first request on.
    pub notices: Vec<(Fault, Option<Notice>)>,
    /// Metrics that judge and notice none of these, and why.
    pub blind: Vec<(String, &'static str)>,
    /// Something judges of which nobody knows what it says of requests.
    pub is_opaque: bool,
    /// A version that fails completely from the beginning of this moment on.
    pub turning_bad: Vec<(usize, Notice)>,
    /// One for each stage that is watched.
    pub powers: Vec<Power>,
    /// One for each metric that counts requests, in each stage; none where the load is not known.
    pub trusts: Vec<Trust>,
    /// What the controller runs, and nobody can mean.
    pub doubts: Vec<Finding>,
}

/// Counts the plan of one Rollout.
pub fn forecast(
    value: &Value,
    objects: &Objects,
    setting: &Setting,
    pace: &Pace,
) -> Result<Forecast, Refused> {
    let namespace = value.at(&["metadata", "namespace"]).and_then(Value::as_str);
    let rollout = rollout::read(value, &objects.within(namespace.unwrap_or_default()))?;
    counted(rollout, setting, pace)
}

/// Counts the plan of a Deployment or a StatefulSet; `None` for what is neither.
pub fn replaced(
    value: &Value,
    objects: &Objects,
    setting: &Setting,
    pace: &Pace,
) -> Result<Option<Forecast>, Refused> {
    let namespace = value.at(&["metadata", "namespace"]).and_then(Value::as_str);
    let found = replace::read(value, &objects.within(namespace.unwrap_or_default()))?;
    found
        .map(|rollout| counted(rollout, setting, pace))
        .transpose()
}

fn counted(rollout: Rollout, setting: &Setting, pace: &Pace) -> Result<Forecast, Refused> {
    let low = Timeline::of(&rollout, rollout.replicas, pace)?;
    let high = Timeline::of(&rollout, rollout.most, pace)?;
    let watch = Watch::new(&rollout, &low, setting, pace);
    let errors = notice::ERRORS.into_iter().map(Fault::Errors);
    let faults = errors.chain(notice::SLOW.into_iter().map(Fault::Slow));
    let notices = faults.map(|fault| (fault, watch.notice(fault))).collect();
    let judged = (0..low.moments.len()).filter(|at| !low.moments[*at].runs.is_empty());
    let turning_bad = judged.filter_map(|at| Some((at, watch.turning_bad(at)?)));
    Ok(Forecast {
        stages: stage::stages(&rollout, &low),
        need: capacity::need(&rollout, &low, &high),
        restore: retreat::restore(&rollout, &low, pace, setting.has_webhook),
        turning_bad: turning_bad.collect(),
        powers: power::powers(&rollout, &low, setting),
        trusts: trust::trusts(&rollout, &low, setting),
        doubts: doubt::doubts(&rollout),
        notices,
        blind: watch.blind(),
        is_opaque: watch.is_opaque(),
        setting: setting.clone(),
        pace: *pace,
        low,
        high,
        rollout,
    })
}

impl Forecast {
    /// The longest time that an abort takes, over all moments before promotion; `None` for what
    /// nothing aborts.
    pub fn abort(&self) -> Option<time::Millis> {
        let is_aborted = !matches!(self.rollout.strategy, rollout::Strategy::Replace(_));
        self.restore
            .filter(|_| is_aborted)
            .map(|restore| restore.during)
    }

    /// Who serves while pods are replaced without stages.
    pub fn served(&self) -> Option<replace::Served> {
        replace::served(&self.rollout, &self.low)
    }

    /// The share of the traffic that the new version gets first, in parts per million.
    pub fn first_share(&self) -> u64 {
        let mut shares = self.low.moments.iter();
        let share = |moment| notice::share_of(&self.rollout, &self.low, moment);
        let found = shares.find_map(|one| Some(share(one)).filter(|share| *share > 0));
        found.unwrap_or(1_000_000)
    }

    /// The analysis templates that judge it, some more than once.
    pub fn templates(&self) -> impl Iterator<Item = &String> {
        let steps = self.low.moments.iter().flat_map(|one| &one.runs);
        let beside = match &self.rollout.strategy {
            rollout::Strategy::Canary(plan) => plan.background.as_ref(),
            rollout::Strategy::BlueGreen(_) | rollout::Strategy::Replace(_) => None,
        };
        let runs = steps.chain(beside.map(|(run, _)| run));
        runs.flat_map(|run| &run.templates)
    }

    /// Whether a moment comes behind a step of which nobody knows how long it takes.
    pub fn is_least(&self, moment: usize) -> bool {
        let moment = self.low.moments.get(moment);
        moment.is_some_and(|one| one.start.is_least)
    }

    pub fn notice(&self, fault: Fault) -> Option<&Notice> {
        let found = self.notices.iter().find(|(one, _)| *one == fault)?;
        found.1.as_ref()
    }
}

/// The releases of one environment, and the room that they have.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Empty where manifests are planned alone.
    pub environment: String,
    pub forecasts: Vec<Forecast>,
    pub quotas: Vec<(String, Quota)>,
    /// Which of the forecasts were asked for: all are needed to know the room.
    pub shown: Vec<bool>,
    pub is_part: bool,
}

impl Plan {
    /// The forecasts that were asked for.
    pub fn asked(&self) -> impl Iterator<Item = &Forecast> {
        let pairs = self.forecasts.iter().zip(&self.shown);
        pairs.filter(|(_, shown)| **shown).map(|(one, _)| one)
    }

    /// What a namespace needs at rest, with the fewest or the most pods.
    pub fn rest(&self, namespace: &str, at_most: bool) -> Amount {
        let own = self
            .forecasts
            .iter()
            .filter(|one| one.rollout.namespace == namespace);
        let own = own.map(|one| match at_most {
            true => one.need.rest_most,
            false => one.need.rest,
        });
        own.fold(Amount::default(), Amount::plus)
    }

    /// The release that needs most beyond its rest, and what the namespace needs while it goes on.
    pub fn peak(&self, namespace: &str, at_most: bool) -> Option<(&Forecast, Amount)> {
        let own = self
            .forecasts
            .iter()
            .filter(|one| one.rollout.namespace == namespace);
        let rest = self.rest(namespace, at_most);
        let with = |one: &Forecast| {
            let (before, during) = match at_most {
                true => (one.need.rest_most, one.need.release_most),
                false => (one.need.rest, one.need.release),
            };
            Amount {
                pods: rest.pods - before.pods + during.pods,
                cpu: rest.cpu - before.cpu + during.cpu,
                memory: rest.memory - before.memory + during.memory,
            }
        };
        own.map(|one| (one, with(one)))
            .max_by_key(|(_, amount)| amount.cpu)
    }
}
