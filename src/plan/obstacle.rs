//! What can be measured of a service in its environment, and why a criterion cannot.

use super::criterion::{Check, Criterion, Test};
use super::delivery::Delivery;
use super::ports::Protocol;
use super::series::{Arms, Series, convention, series};
use super::timing::SCRAPE;
use super::unit::Unit;
use crate::draft::Origin;
use crate::spec::field::At;
use crate::spec::text::{HttpUrl, PinnedImage};
use crate::spec::unit::{Duration, Percent, TimeLimit};

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
    /// The environment names no image that calls.
    NoCaller,
    /// It promises no availability, or all of it: there is no budget.
    NoBudget,
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

/// The image that calls services.
pub fn caller<'a>(unit: &Unit<'a>) -> Option<&'a At<PinnedImage>> {
    let caller = unit.scope.environment.spec.caller.as_ref()?;
    caller.image.as_ref()
}

/// The series of the service's convention.
pub fn requests<'u>(unit: &'u Unit) -> Option<&'u Series> {
    let found = || series(unit, convention(unit)?);
    unit.requests.get_or_init(found).as_ref()
}

/// What may fail of what the service promises, and where that is written; `None` where nothing may
/// or nothing is promised.
pub fn budget<'a>(unit: &Unit<'a>) -> Option<(Percent, &'a At<Percent>)> {
    let promise = unit.spec().slo.as_ref()?.availability.as_ref()?;
    let left = 1_000_000u32.checked_sub(promise.value.0)?;
    (left > 0).then_some((Percent(left), promise))
}

/// What keeps a criterion from being measured; `None` where it can be.
pub fn obstacle(
    unit: &Unit,
    delivery: &Delivery,
    prefix: &str,
    criterion: &Criterion,
) -> Option<Reason> {
    let check = &criterion.check;
    let is_canary = matches!(delivery, Delivery::Canary { .. });
    match check {
        Check::Smoke(_) => return no_http(unit),
        Check::Health(_) => {
            let nobody = caller(unit).is_none().then_some(Reason::NoCaller);
            return no_http(unit).or(nobody);
        }
        _ => {}
    }
    if prometheus(unit).is_none() {
        return Some(Reason::NoPrometheus);
    }
    if check.needs_stable() && !is_canary {
        return Some(Reason::NothingToCompare);
    }
    if !check.needs_requests() {
        return None;
    }
    if convention(unit).is_none() {
        return Some(Reason::NoConvention);
    }
    let Some(series) = requests(unit) else {
        return Some(not_counted(unit));
    };
    let by_router = matches!(series.arms, Arms::Router { .. });
    match check {
        Check::Budget(_) => budget(unit).is_none().then_some(Reason::NoBudget),
        _ if by_router && (prefix == "before" || (is_canary && !unit.is_routed())) => {
            Some(Reason::OneArm)
        }
        Check::Latency(_, limit)
        | Check::Compare(Test {
            slower: Some(limit),
            ..
        }) if judged(series, criterion.origin, limit).is_none() => Some(Reason::OffBuckets),
        _ => None,
    }
}

fn no_http(unit: &Unit) -> Option<Reason> {
    let first = unit.ports.first();
    let is_http = first.is_some_and(|port| port.protocol == Protocol::Http);
    (!is_http).then_some(Reason::NoHttp)
}

/// A router's convention without an address in it, or nothing that speaks HTTP or gRPC.
fn not_counted(unit: &Unit) -> Reason {
    let mut ports = unit.ports.iter();
    match ports.any(|port| port.main && port.protocol != Protocol::Tcp) {
        true => Reason::OneArm,
        false => Reason::NoRequests,
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
