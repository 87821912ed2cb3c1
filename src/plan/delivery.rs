//! How a new version is delivered: stages, watch times and criteria, with presets resolved.
//!
//! Where nothing is said the safest plan holds, that of `enterprise`. A canary without a preset
//! takes its steps and watch time from there too; its criteria only where it has no `require` of
//! its own. A blue-green switch works alike with `before` and `after`. Shares of a canary by pod
//! count are derived from the plan's, so that the fewest pods can give them.

use super::criterion::{is_own, measured, refine, safety_of, safety_written};
use super::replicas;
use super::unit::{Unit, Workload};
use crate::draft::{Origin, Traced};
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::{BlueGreen, Canary, Rollout};
use crate::spec::text::Preset;
use crate::spec::unit::{Comparison, Duration, Percent, ShareLimit, StableShare, TimeLimit};

pub use super::criterion::{Check, Criterion};

/// A value of the plan and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sourced<T> {
    pub value: T,
    pub origin: Origin,
}

/// One stage of a canary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Percent of the traffic, or of the pods where nothing routes; below 100.
    pub weight: Sourced<u32>,
    pub observe: Sourced<Duration>,
}

/// How a new version takes over.
#[derive(Clone, Debug)]
pub enum Delivery {
    Canary {
        stages: Vec<Stage>,
        require: Vec<Criterion>,
        /// What ends it at once, whatever the stage.
        safety: Option<Criterion>,
    },
    BlueGreen {
        before: Vec<Criterion>,
        after: Vec<Criterion>,
        observe: Sourced<Duration>,
        keep_old: Sourced<Duration>,
    },
}

/// How long the old version stays where nothing is said: until every proxy knows of the switch.
pub const KEEP_OLD: Duration = Duration::seconds(30);

impl<T> Sourced<T> {
    fn at(at: &At<T>) -> Sourced<T>
    where
        T: Clone,
    {
        Sourced {
            value: at.value.clone(),
            origin: Origin::Spec(at.span),
        }
    }
}

/// A named plan. Source: the two rollout plans of the language reference.
struct Plan {
    name: &'static str,
    weights: &'static [u32],
    observe: Duration,
    errors: ShareLimit,
    p95: TimeLimit,
    throughput: Option<StableShare>,
}

const RAPID: Plan = Plan {
    name: "preset-rapid",
    weights: &[10, 25, 50, 75],
    observe: Duration::seconds(120),
    errors: ShareLimit {
        comparison: Comparison::LessOrEqual,
        bound: Percent(50_000),
    },
    p95: TimeLimit {
        comparison: Comparison::LessOrEqual,
        bound: Duration::seconds(3),
    },
    throughput: None,
};

const ENTERPRISE: Plan = Plan {
    name: "preset-enterprise",
    weights: &[5, 25, 50, 75],
    observe: Duration::seconds(900),
    errors: ShareLimit {
        comparison: Comparison::Less,
        bound: Percent(10_000),
    },
    p95: TimeLimit {
        comparison: Comparison::Less,
        bound: Duration(500),
    },
    throughput: Some(StableShare {
        comparison: Comparison::Greater,
        bound: Percent(950_000),
    }),
};

impl Plan {
    fn of(preset: &Option<At<Preset>>) -> &'static Plan {
        match preset.as_ref().map(|at| at.value) {
            Some(Preset::Rapid) => &RAPID,
            Some(Preset::Enterprise) | None => &ENTERPRISE,
        }
    }

    fn sourced<T>(&self, value: T) -> Sourced<T> {
        Sourced {
            value,
            origin: Origin::Default(self.name),
        }
    }

    fn checks(&self) -> Vec<Check> {
        let ratios = [Check::Errors(self.errors), Check::Latency(95, self.p95)];
        ratios
            .into_iter()
            .chain(self.throughput.map(Check::Throughput))
            .collect()
    }

    /// What the plan asks for, with `span` and `layer` of who chose it.
    fn criteria(&self, preset: &Option<At<Preset>>) -> Vec<Criterion> {
        let one = |check| Criterion {
            check,
            origin: Origin::Default(self.name),
            span: preset.as_ref().map(|at| at.span),
            is_own: preset.as_ref().is_some_and(|at| is_own(at.layer)),
        };
        self.checks().into_iter().map(one).collect()
    }
}

/// The preset that a service names itself: its name, where, and what it asks for.
pub fn preset_criteria(unit: &Unit) -> Option<(&'static str, Span, Vec<Check>)> {
    let preset = match &unit.spec().rollout {
        Some(Rollout::Canary(canary)) => &canary.preset,
        Some(Rollout::BlueGreen(blue_green)) => &blue_green.preset,
        _ => return None,
    };
    let at = preset.as_ref().filter(|at| is_own(at.layer))?;
    let plan = Plan::of(preset);
    let name = plan.name.trim_start_matches("preset-");
    Some((name, at.span, plan.checks()))
}

impl Delivery {
    /// `None` where versions are replaced without a judgement.
    pub fn of(unit: &Unit) -> Option<Delivery> {
        if unit.workload() != Workload::Rollout {
            return None;
        }
        match &unit.spec().rollout {
            Some(Rollout::BlueGreen(blue_green)) => Some(Delivery::blue_green(unit, blue_green)),
            Some(Rollout::Canary(canary)) => Some(Delivery::canary(unit, canary)),
            _ => Some(Delivery::with_stages(
                stages(unit, None, &ENTERPRISE),
                ENTERPRISE.criteria(&None),
                None,
            )),
        }
    }

    fn canary(unit: &Unit, canary: &Canary) -> Delivery {
        let plan = Plan::of(&canary.preset);
        let defaults = canary.preset.is_some() || canary.require.is_none();
        let base = if defaults {
            plan.criteria(&canary.preset)
        } else {
            Vec::new()
        };
        let mut require = refine(base, canary.require.as_ref());
        require.extend(measured(unit, &canary.measure));
        let safety = canary.safety.as_ref().map(safety_written);
        Delivery::with_stages(stages(unit, Some(canary), plan), require, safety)
    }

    fn with_stages(
        stages: Vec<Stage>,
        require: Vec<Criterion>,
        safety: Option<Criterion>,
    ) -> Delivery {
        let safety = safety.or_else(|| safety_of(&require));
        Delivery::Canary {
            stages,
            require,
            safety,
        }
    }

    fn blue_green(unit: &Unit, spec: &BlueGreen) -> Delivery {
        let plan = Plan::of(&spec.preset);
        let asks = spec.before.is_some() || spec.after.is_some();
        let mut base = Vec::new();
        if spec.preset.is_some() || !asks {
            base = plan.criteria(&spec.preset);
            // After the switch the old version serves nobody that one could compare with.
            base.retain(|one| !matches!(one.check, Check::Throughput(_)));
        }
        let observe = spec
            .observe
            .as_ref()
            .map_or(plan.sourced(plan.observe), Sourced::at);
        let default = Sourced {
            value: KEEP_OLD,
            origin: Origin::Default("keep-old"),
        };
        let mut after = refine(base, spec.after.as_ref());
        after.extend(measured(unit, &spec.measure));
        Delivery::BlueGreen {
            before: refine(Vec::new(), spec.before.as_ref()),
            after,
            observe,
            keep_old: spec.keep_old.as_ref().map_or(default, Sourced::at),
        }
    }
}

fn stages(unit: &Unit, canary: Option<&Canary>, plan: &Plan) -> Vec<Stage> {
    let weights = weights(unit, canary, plan);
    let observe = canary.map_or(&[][..], |canary| &canary.observe.0);
    let observed = |at: usize| {
        let given = observe.get(at).or(observe.last());
        given.map_or(plan.sourced(plan.observe), Sourced::at)
    };
    let stage = |(at, weight)| Stage {
        weight,
        observe: observed(at),
    };
    weights.into_iter().enumerate().map(stage).collect()
}

fn weights(unit: &Unit, canary: Option<&Canary>, plan: &Plan) -> Vec<Sourced<u32>> {
    let steps = canary.map_or(&[][..], |canary| &canary.steps.0);
    let given = steps.iter().filter(|at| at.value.0 < 100);
    let given = given.map(|at| Sourced {
        value: u32::from(at.value.0),
        origin: Origin::Spec(at.span),
    });
    match (steps.is_empty(), unit.is_routed()) {
        (false, _) => given.collect(),
        (true, true) => plan
            .weights
            .iter()
            .map(|weight| plan.sourced(*weight))
            .collect(),
        (true, false) => {
            let shares = replicas::reachable(unit.replicas.0.value, plan.weights);
            shares
                .into_iter()
                .map(|share| plan.sourced(share))
                .collect()
        }
    }
}

impl<T: Into<Traced>> From<Sourced<T>> for Traced {
    fn from(sourced: Sourced<T>) -> Traced {
        sourced.value.into().from_origin(sourced.origin)
    }
}
