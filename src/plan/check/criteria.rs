//! Criteria of a canary: that each stage gets enough requests to judge by.

use super::TOO_FEW_REQUESTS;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
use crate::plan::delivery::{Check, Criterion, Delivery, Stage};
use crate::plan::unit::Unit;
use crate::spec::unit::Percent;

/// Fewer requests say nothing about a share or a percentile.
const LEAST: u64 = 100;

pub fn check(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    if let Delivery::Canary { stages, require } = delivery {
        load(unit, stages, require, diags);
    }
}

/// How many requests a criterion needs to mean something: a bound of one percent is crossed by
/// one failure in fewer than a hundred requests.
fn needed(check: &Check) -> u64 {
    match check {
        Check::Errors(limit) => {
            let Percent(ppm) = limit.bound;
            LEAST.max(1_000_000 / u64::from(ppm.max(1)))
        }
        Check::Latency(99, _) => 5 * LEAST,
        Check::Latency(..) | Check::Throughput(_) => LEAST,
        Check::Smoke(_) => 0,
    }
}

/// The first stage that the usual load cannot feed.
fn load(unit: &Unit, stages: &[Stage], require: &[Criterion], diags: &mut Diagnostics) {
    let load = unit.spec().load.as_ref();
    let usual = load.and_then(|load| load.usual.as_ref());
    let hungriest = require.iter().max_by_key(|one| needed(&one.check));
    let (Some(usual), Some(criterion)) = (usual, hungriest) else {
        return;
    };
    let needed = needed(&criterion.check);
    // Thousandths a second times percent times milliseconds.
    let requests = |stage: &Stage| {
        let rate = u128::from(usual.value.0) * u128::from(stage.weight.value);
        rate * u128::from(stage.observe.value.0) / 100_000_000
    };
    let Some(stage) = stages
        .iter()
        .find(|stage| requests(stage) < u128::from(needed))
    else {
        return;
    };
    let (name, weight, got) = (criterion.check.name(), stage.weight.value, requests(stage));
    let message = format!(
        "`{}` gets about {got} requests in the stage of {weight} percent, and `{name}` needs {needed}",
        unit.name
    );
    let span = match stage.observe.origin {
        Origin::Spec(span) => span,
        _ => unit
            .spec()
            .rollout
            .as_ref()
            .map_or(unit.span(), |rollout| rollout.span()),
    };
    diags.push(
        Diagnostic::warning(TOO_FEW_REQUESTS, message)
            .at(span, format!("{} at {weight} percent", stage.observe.value))
            .at(usual.span, "the usual load")
            .help("watch longer, begin with a larger step, or relax the criterion"),
    );
}
