//! Analyses: which criteria are measured in which phases, and with which arguments.
//!
//! A phase is a watch of one length over one set of criteria; each of its checks is one
//! AnalysisTemplate with everything written out but the pod hashes and the weight, which only the
//! run knows. Names never change with what a check asks: a new name inside `steps` would restart
//! a running canary.

use std::cell::OnceCell;

use super::criterion::{Check, Criterion};
use super::delivery::{Delivery, Sourced, Stage};
use super::fit::{self, Wanted};
use super::held::{self, Asked, Flow};
use super::query::Piece;
use super::series::Arms;
use super::timing::{Needs, Pace, Timing, timing};
use super::unit::Unit;
use crate::draft::Origin;
use crate::spec::unit::{Comparison, Duration};
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
    /// Percent of the traffic at each of its stages, and at the stage before.
    pub shares: Vec<(u32, u32)>,
    /// Which part of all stages these are.
    pub part: f64,
    /// The timings that the traffic asks for, by criterion.
    fits: OnceCell<Vec<(String, Timing)>>,
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

/// Whether a canary that nothing routes has a Service of its new pods: something calls it, and would
/// mostly meet the old ones behind the Service of both. The controller selects by hash for a
/// `canaryService` alone, too (`rollout/service.go`).
pub fn is_called_apart(unit: &Unit) -> bool {
    if unit.is_routed() || unit.ports.is_empty() {
        return false;
    }
    let Some(delivery @ Delivery::Canary { .. }) = Delivery::of(unit) else {
        return false;
    };
    let phases = phases(unit, &delivery);
    let mut criteria = phases.iter().flat_map(|phase| &phase.criteria);
    criteria.any(|one| matches!(one.check, Check::Smoke(_) | Check::Health(_)))
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
        shares: match when {
            When::After => vec![(100, 0)],
            _ => Vec::new(),
        },
        part: 1.0,
        fits: OnceCell::new(),
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
    let mut before = 0;
    for stage in stages {
        let Sourced { value, origin } = stage.observe;
        let same = |phase: &&mut Phase| phase.when == When::Stage && phase.observe == value;
        let share = (stage.weight.value, before);
        before = stage.weight.value;
        if let Some(known) = phases.iter_mut().find(same) {
            known.shares.push(share);
            continue;
        }
        let is_first = phases.len() == 1;
        let mut next = phase(When::Stage, value, origin, require.to_vec());
        next.shares.push(share);
        if !is_first {
            next.suffix = value.to_string().into();
        }
        phases.push(next);
    }
    for phase in &mut phases {
        phase.part = phase.shares.len() as f64 / stages.len().max(1) as f64;
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

    /// When a check is measured: as often as there is something new to see, or as seldom as the
    /// expected traffic asks for.
    pub fn timing(&self, unit: &Unit, check: &Check) -> Timing {
        let fits = self.fits.get_or_init(|| self.fitted(unit));
        let stem = check.stem();
        let fit = fits.iter().find(|(name, _)| *name == stem);
        fit.map_or_else(|| self.plain(unit, check).1, |(_, timing)| *timing)
    }

    fn fitted(&self, unit: &Unit) -> Vec<(String, Timing)> {
        let load = unit.spec().load.as_ref();
        let Some(usual) = load.and_then(|load| load.usual.as_ref()) else {
            return Vec::new();
        };
        let flow = |(share, before): &(u32, u32)| Flow {
            rate: usual.value.0 as f64 / 1e3,
            share: f64::from(*share) / 100.0,
            before: f64::from((*before).min(*share)) / 100.0,
        };
        let flows: Vec<_> = self.shares.iter().map(flow).collect();
        let checks = self.criteria.iter().map(|one| &one.check);
        let (stems, wanted): (Vec<String>, Vec<Wanted>) = checks
            .filter_map(|check| {
                let asked = asked(check)?;
                let (needs, base) = self.plain(unit, check);
                Some((check.stem().to_string(), Wanted { asked, needs, base }))
            })
            .unzip();
        let (watch, scrape) = (self.observe.as_seconds(), pace(unit).scrape.as_seconds());
        let most = held::MOST * self.part;
        stems
            .into_iter()
            .zip(fit::fitted(&wanted, watch, scrape, &flows, most))
            .collect()
    }

    /// Where there is traffic enough.
    fn plain(&self, unit: &Unit, check: &Check) -> (Needs, Timing) {
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
        let timing = match check {
            Check::Compare(test) => timing.extended(test.extend, pace(unit).scrape),
            _ => timing,
        };
        (needs, timing)
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

/// What chance can do to a check: those that count requests of the new version.
fn asked(check: &Check) -> Option<Asked> {
    match check {
        Check::Errors(limit) => Some(Asked::Share {
            allowed: limit.bound.0,
            is_strict: limit.comparison == Comparison::Less,
        }),
        Check::Latency(percent, _) => Some(Asked::Share {
            allowed: 1_000_000u32.saturating_sub(u32::from(*percent).saturating_mul(10_000)),
            is_strict: false,
        }),
        Check::Throughput(limit) => Some(Asked::Ratio {
            bound: limit.bound.0,
        }),
        _ => None,
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
