//! Analyses: which criteria can be measured here, in which phases, and what they ask.
//!
//! A phase is a watch of one length over one set of criteria; each of its checks is one
//! AnalysisTemplate with everything written out but the pod hashes and the weight, which only the
//! run knows. Names never change with what a check asks: a new name inside `steps` would restart
//! a running canary.

use super::delivery::{Check, Criterion, Delivery, Stage};
use super::ports::Protocol;
use super::series::{Arms, Series, convention, series};
use super::timing::{Needs, SCRAPE, Timing, timing};
use super::unit::Unit;
use crate::draft::Origin;
use crate::spec::field::At;
use crate::spec::text::HttpUrl;
use crate::spec::unit::{Duration, TimeLimit};
use crate::value::Str;

/// One watch.
#[derive(Clone, Debug)]
pub struct Phase {
    /// What stands before the check in names of templates: empty, or `before`.
    pub prefix: &'static str,
    /// What stands behind it: empty, or the length of the watch where stages differ.
    pub suffix: Str,
    pub observe: Duration,
    pub origin: Origin,
    /// What is measured. Never holds what cannot be.
    pub criteria: Vec<Criterion>,
}

/// Why a criterion cannot be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The environment names no Prometheus.
    NoPrometheus,
    /// Nothing says how the metrics are named.
    NoConvention,
    /// It takes no requests that the convention counts.
    NoRequests,
    /// The metrics do not tell its versions apart.
    OneArm,
    /// There is no stable version beside it that serves.
    NothingToCompare,
    /// The bound is not that of a bucket, and latencies within one bucket look alike.
    OffBuckets,
    /// Its first port does not speak HTTP.
    NoHttp,
}

/// How long a blue-green switch is preceded by the criteria of `before`.
pub fn before_watch(unit: &Unit) -> Duration {
    Duration::seconds((8 * scrape(unit).as_seconds()).max(120))
}

/// The scrape interval of the environment.
pub fn scrape(unit: &Unit) -> Duration {
    let metrics = unit.scope.environment.spec.metrics.as_ref();
    metrics
        .and_then(|metrics| metrics.scrape.as_ref())
        .map_or(SCRAPE, |at| at.value)
}

/// Where Prometheus answers.
pub fn prometheus<'a>(unit: &Unit<'a>) -> Option<&'a At<HttpUrl>> {
    unit.scope
        .environment
        .spec
        .metrics
        .as_ref()?
        .prometheus
        .as_ref()
}

/// All phases with something to measure.
pub fn phases(unit: &Unit, delivery: &Delivery) -> Vec<Phase> {
    let mut phases = match delivery {
        Delivery::Canary { stages, require } => canary_phases(stages, require),
        Delivery::BlueGreen {
            before,
            after,
            observe,
            ..
        } => {
            let phase = |prefix, observe, origin, criteria: &Vec<Criterion>| Phase {
                prefix,
                suffix: Str::new(),
                observe,
                origin,
                criteria: criteria.clone(),
            };
            let watch = Origin::Default("before-watch");
            vec![
                phase("before", before_watch(unit), watch, before),
                phase("", observe.value, observe.origin, after),
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

/// One phase for each length of a stage.
fn canary_phases(stages: &[Stage], require: &[Criterion]) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for stage in stages {
        let observe = stage.observe.value;
        if phases.iter().any(|phase| phase.observe == observe) {
            continue;
        }
        let is_first = phases.is_empty();
        phases.push(Phase {
            prefix: "",
            suffix: if is_first {
                Str::new()
            } else {
                observe.to_string().into()
            },
            observe,
            origin: stage.observe.origin,
            criteria: require.to_vec(),
        });
    }
    phases
}

/// What keeps a criterion from being measured; `None` where it can be.
pub fn obstacle(
    unit: &Unit,
    delivery: &Delivery,
    prefix: &str,
    criterion: &Criterion,
) -> Option<Reason> {
    if let Check::Smoke(_) = criterion.check {
        let is_http = unit
            .ports
            .first()
            .is_some_and(|port| port.protocol == Protocol::Http);
        return (!is_http).then_some(Reason::NoHttp);
    }
    if prometheus(unit).is_none() {
        return Some(Reason::NoPrometheus);
    }
    let Some(convention) = convention(unit) else {
        return Some(Reason::NoConvention);
    };
    let Some(series) = series(unit, convention) else {
        // A router's convention without an address in it, or nothing that speaks HTTP or gRPC.
        let is_served = unit
            .ports
            .iter()
            .any(|port| port.main && port.protocol != Protocol::Tcp);
        return Some(if is_served {
            Reason::OneArm
        } else {
            Reason::NoRequests
        });
    };
    let is_canary = matches!(delivery, Delivery::Canary { .. });
    let by_router = matches!(series.arms, Arms::Router { .. });
    match &criterion.check {
        _ if by_router && (prefix == "before" || (is_canary && !unit.is_routed())) => {
            Some(Reason::OneArm)
        }
        Check::Throughput(_) if !is_canary => Some(Reason::NothingToCompare),
        Check::Latency(_, limit) if judged(&series, criterion.origin, limit).is_none() => {
            Some(Reason::OffBuckets)
        }
        _ => None,
    }
}

/// The bucket that a latency is judged by. What is written must be the bound of one; a preset, which
/// knows nothing of buckets, is judged by the next lower one: never more loosely than it says.
pub fn judged(series: &Series, origin: Origin, limit: &TimeLimit) -> Option<Duration> {
    let within = series.bounds.iter().filter(|at| **at <= limit.bound.0);
    let nearest = within.copied().max()?;
    let is_written = matches!(origin, Origin::Spec(_));
    (!is_written || nearest == limit.bound.0).then_some(Duration(nearest))
}

impl Phase {
    /// `<service>-[before-]<check>[-<length>]`.
    pub fn template(&self, unit: &Unit, check: &Check) -> Str {
        unit.suffixed(&self.stem(check))
    }

    /// The same without the service.
    pub fn stem(&self, check: &Check) -> String {
        let parts = [self.prefix, check.name(), self.suffix.as_str()];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("-")
    }

    pub fn timing(&self, unit: &Unit, check: &Check) -> Timing {
        let needs = match check {
            Check::Errors(_) | Check::Latency(..) => Needs::Samples,
            Check::Throughput(_) => Needs::Window,
            Check::Smoke(_) if self.prefix == "before" => Needs::Traces,
            Check::Smoke(_) => Needs::Endpoints,
        };
        timing(self.observe, scrape(unit), needs)
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
    let mut arguments = Vec::new();
    if check.needs_requests() && by_hash {
        arguments.push(Argument::CanaryHash);
    }
    if let Check::Throughput(_) = check {
        arguments.extend(by_hash.then_some(Argument::StableHash));
        arguments.extend(unit.is_routed().then_some(Argument::Weight));
    }
    arguments
}

/// The series of the service's convention.
pub fn requests(unit: &Unit) -> Option<Series> {
    series(unit, convention(unit)?)
}
