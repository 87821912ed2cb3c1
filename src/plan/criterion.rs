//! Criteria: what is looked at, and what it must come to.

use std::borrow::Cow;

use super::query::Query;
use super::unit::Unit;
use crate::draft::Origin;
use crate::source::Span;
use crate::spec::bound::{Bound, ShareFloor};
use crate::spec::field::{At, Named};
use crate::spec::language::{self, Compare, Criteria, Measure};
use crate::spec::shape::Layer;
use crate::spec::unit::{Comparison, Duration, Percent, ShareLimit, StableShare, TimeLimit};
use crate::value::Str;

/// What is looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    Errors(ShareLimit),
    /// The quantile in percent: 50, 90, 95 or 99.
    Latency(u8, TimeLimit),
    Throughput(StableShare),
    /// The error budget that is left.
    Budget(ShareFloor),
    /// Errors against those of the stable version, tested.
    Compare(Test),
    /// Errors beyond doubt, in the background.
    Safety(ShareLimit),
    Smoke(Str),
    /// What the service says of itself.
    Health(Health),
    /// A value of one's own.
    Own(Own),
}

/// A one-sided test of two shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The chance, over all stages, that a version no worse is refused.
    pub alpha: Percent,
    /// Requests that each version must have seen in a stage.
    pub least: u32,
    /// What is compared: requests that take longer, or those that fail.
    pub slower: Option<TimeLimit>,
    /// How much longer a stage may last to see as many.
    pub extend: Option<Duration>,
    /// Tests that share the chance in each stage.
    pub tests: usize,
}

/// A path that answers with JSON, and what a field of it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    pub path: Str,
    /// Names joined by dots.
    pub field: Str,
    pub is: Str,
}

/// A query of one's own and its bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    pub name: Str,
    pub query: Query,
    pub bound: Bound,
}

/// Something that must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    pub check: Check,
    pub origin: Origin,
    /// Where it is asked for, itself or by its preset.
    pub span: Option<Span>,
    /// Asked for by the service or its deployment: what cannot apply is then an error. What
    /// defaults ask for is skipped.
    pub is_own: bool,
}

impl Check {
    /// The name of the metric.
    pub fn name(&self) -> &str {
        match self {
            Check::Errors(_) => "errors",
            Check::Latency(50, _) => "p50",
            Check::Latency(90, _) => "p90",
            Check::Latency(95, _) => "p95",
            Check::Latency(..) => "p99",
            Check::Throughput(_) => "throughput",
            Check::Budget(_) => "budget",
            Check::Compare(Test {
                slower: Some(_), ..
            }) => "compare-slow",
            Check::Compare(_) => "compare",
            Check::Safety(_) => "safety",
            Check::Smoke(_) => "smoke",
            Check::Health(_) => "health",
            Check::Own(own) => &own.name,
        }
    }

    /// The second half of `<service>-<check>`. One's own never meets one of ours.
    pub fn stem(&self) -> Cow<'_, str> {
        match self {
            Check::Own(own) => format!("measure-{}", own.name).into(),
            other => other.name().into(),
        }
    }

    /// Whether it is read from the request metrics of the convention.
    pub fn needs_requests(&self) -> bool {
        !matches!(self, Check::Smoke(_) | Check::Health(_) | Check::Own(_))
    }

    /// Whether it is read from Prometheus at all.
    pub fn needs_prometheus(&self) -> bool {
        !matches!(self, Check::Smoke(_) | Check::Health(_))
    }

    /// Whether a stable version must serve beside the new one.
    pub fn needs_stable(&self) -> bool {
        match self {
            Check::Throughput(_) | Check::Compare(_) => true,
            Check::Own(own) => own.bound.of_stable,
            _ => false,
        }
    }
}

pub fn is_own(layer: Layer) -> bool {
    layer >= Layer::Own
}

/// `base`, with each criterion that `own` writes in the place of the base's.
pub fn refine(mut base: Vec<Criterion>, own: Option<&Criteria>) -> Vec<Criterion> {
    for criterion in own.map(written).unwrap_or_default() {
        let same = base
            .iter_mut()
            .find(|old| old.check.name() == criterion.check.name());
        match same {
            Some(old) => *old = criterion,
            None => base.push(criterion),
        }
    }
    base
}

fn criterion(check: Check, span: Span, layer: Layer) -> Criterion {
    Criterion {
        check,
        origin: Origin::Spec(span),
        span: Some(span),
        is_own: is_own(layer),
    }
}

fn written(criteria: &Criteria) -> Vec<Criterion> {
    fn one<T: Clone>(at: &Option<At<T>>, check: impl Fn(T) -> Check) -> Option<Criterion> {
        let at = at.as_ref()?;
        Some(criterion(check(at.value.clone()), at.span, at.layer))
    }
    let latency = |percent| move |limit| Check::Latency(percent, limit);
    let all = [
        one(&criteria.smoke, |path| Check::Smoke(path.0)),
        one(&criteria.errors, Check::Errors),
        one(&criteria.p50, latency(50)),
        one(&criteria.p90, latency(90)),
        one(&criteria.p95, latency(95)),
        one(&criteria.p99, latency(99)),
        one(&criteria.throughput, Check::Throughput),
        one(&criteria.budget, Check::Budget),
        criteria.health.as_ref().and_then(health),
    ];
    let mut all: Vec<_> = all.into_iter().flatten().collect();
    all.extend(criteria.compare.iter().flat_map(compare));
    all
}

/// The chance of a false refusal where none is given.
pub const ALPHA: Percent = Percent(50_000);
/// Fewer requests say nothing about a share.
pub const LEAST: u32 = 100;

/// The test of failed requests, and that of slow ones.
fn compare(compare: &Compare) -> Vec<Criterion> {
    let errors = Test {
        alpha: compare.alpha.as_ref().map_or(ALPHA, |at| at.value),
        least: compare.least.as_ref().map_or(LEAST, |at| at.value.0),
        slower: None,
        extend: compare.extend.as_ref().map(|at| at.value),
        tests: 1 + usize::from(compare.slower.is_some()),
    };
    let slow = compare.slower.as_ref().map(|at| Test {
        slower: Some(TimeLimit {
            comparison: Comparison::LessOrEqual,
            bound: at.value,
        }),
        ..errors
    });
    let tests = [Some(errors), slow].into_iter().flatten();
    tests
        .map(|test| criterion(Check::Compare(test), compare.span, compare.layer))
        .collect()
}

/// What is incomplete is left to the checks.
fn health(health: &language::Health) -> Option<Criterion> {
    let check = Check::Health(Health {
        path: health.path.as_ref()?.value.0.clone(),
        field: health.field.as_ref()?.value.0.clone(),
        is: health
            .is
            .as_ref()
            .map_or("true".into(), |at| at.value.0.clone()),
    });
    Some(criterion(check, health.span, health.layer))
}

/// Values of one's own; what cannot be read is left to the checks.
pub fn measured(unit: &Unit, measures: &Named<Measure>) -> Vec<Criterion> {
    let one = |(name, measure): &(At<Str>, Measure)| {
        let (query, require) = (measure.query.as_ref()?, measure.require.as_ref()?);
        let own = Own {
            name: name.value.clone(),
            query: Query::read(query.value.as_str(), &unit.namespace, &unit.name).ok()?,
            bound: require.value,
        };
        Some(criterion(Check::Own(own), require.span, require.layer))
    };
    measures.0.iter().filter_map(one).collect()
}

pub fn safety_written(at: &At<ShareLimit>) -> Criterion {
    criterion(Check::Safety(at.value), at.span, at.layer)
}

/// Five times the errors that are allowed, from 5% to 50%: beyond doubt, and never routine.
pub fn safety_of(require: &[Criterion]) -> Option<Criterion> {
    let limit = require.iter().find_map(|one| match one.check {
        Check::Errors(limit) => Some(limit),
        _ => None,
    })?;
    let bound = limit.bound.0.saturating_mul(5).clamp(50_000, 500_000);
    Some(Criterion {
        check: Check::Safety(ShareLimit {
            comparison: Comparison::Less,
            bound: Percent(bound),
        }),
        origin: Origin::Default("safety"),
        span: None,
        is_own: false,
    })
}
