//! Analyses: which criteria are measured in which phases, and with which arguments.
//!
//! A phase is a watch of one length over one set of criteria; each of its checks is one
//! AnalysisTemplate with everything written out but the pod hashes and the weight, which only the
//! run knows. Names never change with what a check asks: a new name inside `steps` would restart
//! a running canary.

use super::criterion::{Check, Criterion};
use super::delivery::{Delivery, Sourced, Stage};
use super::query::Piece;
use super::series::Arms;
use super::timing::{Needs, Pace, Timing, timing};
use super::unit::Unit;
use crate::draft::Origin;
use crate::spec::unit::Duration;
use crate::value::Str;

pub use super::obstacle::{Reason, budget, caller, judged, obstacle, prometheus, requests, scrape};

/// When a phase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before the first request of a canary: asked once.
    Start,
    /// At each stage of a canary that is watched as long.
    Stage,
    /// All through a canary, from its first request to its last step.
    Background,
    /// Before a switch.
    Before,
    /// After it.
    After,
}

/// One watch.
#[derive(Clone, Debug)]
pub struct Phase {
    pub when: When,
    /// What stands before the check in names of templates: empty, `start` or `before`.
    pub prefix: &'static str,
    /// What stands behind it: empty, or the length of the watch where stages differ.
    pub suffix: Str,
    pub observe: Duration,
    pub origin: Origin,
    /// What is measured. Never holds what cannot be.
    pub criteria: Vec<Criterion>,
}

/// How long a blue-green switch is preceded by the criteria of `before`.
pub fn before_watch(unit: &Unit) -> Duration {
    Duration::seconds((8 * scrape(unit).as_seconds()).max(120))
}

/// All phases with something to measure: those of a canary in the order start, stages, background.
pub fn phases(unit: &Unit, delivery: &Delivery) -> Vec<Phase> {
    let mut phases = match delivery {
        Delivery::Canary {
            stages,
            require,
            safety,
        } => canary_phases(stages, require, safety.as_ref()),
        Delivery::BlueGreen {
            before,
            after,
            observe,
            ..
        } => {
            let origin = Origin::Default("before-watch");
            let mut before = before.clone();
            if !before.iter().any(is_budget) {
                before.extend(after.iter().filter(|one| is_budget(one)).cloned());
            }
            vec![
                phase(When::Before, before_watch(unit), origin, before),
                phase(When::After, observe.value, observe.origin, after.clone()),
            ]
        }
    };
    for phase in &mut phases {
        let prefix = phase.prefix;
        phase
            .criteria
            .retain(|one| obstacle(unit, delivery, prefix, one).is_none());
    }
    phases.retain(|phase| !phase.criteria.is_empty());
    phases
}

fn is_budget(criterion: &Criterion) -> bool {
    matches!(criterion.check, Check::Budget(_))
}

fn phase(when: When, observe: Duration, origin: Origin, criteria: Vec<Criterion>) -> Phase {
    let prefix = match when {
        When::Start => "start",
        When::Before => "before",
        When::Stage | When::Background | When::After => "",
    };
    Phase {
        when,
        prefix,
        suffix: Str::new(),
        observe,
        origin,
        criteria,
    }
}

/// The start, one phase for each length of a stage, and the background.
fn canary_phases(
    stages: &[Stage],
    require: &[Criterion],
    safety: Option<&Criterion>,
) -> Vec<Phase> {
    let budget: Vec<_> = require
        .iter()
        .filter(|one| is_budget(one))
        .cloned()
        .collect();
    let origin = budget
        .first()
        .map_or(Origin::Default("safety"), |one| one.origin);
    let mut phases = vec![phase(When::Start, Duration(0), origin, budget)];
    for stage in stages {
        let Sourced { value, origin } = stage.observe;
        let same = |phase: &Phase| phase.when == When::Stage && phase.observe == value;
        if phases.iter().any(same) {
            continue;
        }
        let is_first = phases.len() == 1;
        let mut next = phase(When::Stage, value, origin, require.to_vec());
        if !is_first {
            next.suffix = value.to_string().into();
        }
        phases.push(next);
    }
    if let Some(safety) = safety.filter(|_| !stages.is_empty()) {
        let whole = stages
            .iter()
            .fold(0u64, |sum, stage| sum.saturating_add(stage.observe.value.0));
        let criteria = vec![safety.clone()];
        phases.push(phase(
            When::Background,
            Duration(whole),
            safety.origin,
            criteria,
        ));
    }
    phases
}

impl Phase {
    /// `<service>-[<prefix>-]<check>[-<length>]`.
    pub fn template(&self, unit: &Unit, check: &Check) -> Str {
        unit.suffixed(&self.stem(check))
    }

    /// The same without the service.
    pub fn stem(&self, check: &Check) -> String {
        let check = check.stem();
        let parts = [self.prefix, &check, self.suffix.as_str()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("-")
    }

    pub fn timing(&self, unit: &Unit, check: &Check) -> Timing {
        let needs = match check {
            _ if self.when == When::Start => Needs::Nothing,
            Check::Errors(_) | Check::Latency(..) => Needs::Samples,
            Check::Own(own) if !own.bound.of_stable => Needs::Samples,
            Check::Throughput(_) | Check::Own(_) => Needs::Window,
            Check::Compare(_) => Needs::Stage,
            Check::Safety(_) => Needs::NoEnd,
            Check::Budget(_) => Needs::Endpoints,
            Check::Health(_) => Needs::Pods,
            Check::Smoke(_) if self.when == When::Before => Needs::Traces,
            Check::Smoke(_) => Needs::Endpoints,
        };
        let timing = timing(self.observe, pace(unit), needs);
        match check {
            Check::Compare(test) => timing.extended(test.extend, pace(unit).scrape),
            _ => timing,
        }
    }

    /// The arguments that a run of all its templates needs.
    pub fn arguments(&self, unit: &Unit) -> Vec<Argument> {
        let mut arguments: Vec<Argument> = Vec::new();
        for criterion in &self.criteria {
            for argument in arguments_of(unit, &criterion.check) {
                if !arguments.contains(&argument) {
                    arguments.push(argument);
                }
            }
        }
        arguments
    }
}

/// How often there is something new to see, and how soon it must be seen.
fn pace(unit: &Unit) -> Pace {
    let objective = unit.scope.environment.spec.objective.as_ref();
    let abort = objective.and_then(|objective| objective.abort.as_ref());
    Pace {
        scrape: scrape(unit),
        abort: abort.map(|at| at.value),
    }
}

/// What only a run knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    CanaryHash,
    StableHash,
    /// Percent of the traffic.
    Weight,
}

impl Argument {
    pub fn name(self) -> &'static str {
        match self {
            Argument::CanaryHash => "canary-hash",
            Argument::StableHash => "stable-hash",
            Argument::Weight => "weight",
        }
    }

    /// Which ReplicaSet's hash.
    pub fn hash(self) -> Option<&'static str> {
        match self {
            Argument::CanaryHash => Some("Latest"),
            Argument::StableHash => Some("Stable"),
            Argument::Weight => None,
        }
    }
}

/// The arguments of one template.
pub fn arguments_of(unit: &Unit, check: &Check) -> Vec<Argument> {
    let by_hash = requests(unit).is_some_and(|series| matches!(series.arms, Arms::PodHash(_)));
    let (canary, stable) = match check {
        Check::Smoke(_) | Check::Health(_) | Check::Budget(_) => (false, false),
        Check::Own(own) => {
            let judged = own.query.has(&Piece::Version);
            let stable = judged && own.bound.of_stable || own.query.has(&Piece::Stable);
            (judged, stable)
        }
        check => (by_hash, by_hash && check.needs_stable()),
    };
    let weighted = matches!(check, Check::Throughput(_)) && unit.is_routed();
    let all = [
        (canary, Argument::CanaryHash),
        (stable, Argument::StableHash),
        (weighted, Argument::Weight),
    ];
    all.into_iter()
        .filter_map(|(is, one)| is.then_some(one))
        .collect()
}
