//! Criteria: that they can apply, that their metrics are somewhere, and that there are enough
//! requests to judge by.

use super::{IMPOSSIBLE_CRITERION, NO_METRICS, TOO_FEW_REQUESTS};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
use crate::plan::delivery::{Check, Criterion, Delivery, Stage};
use crate::plan::ports::Protocol;
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::language::Rollout;

pub fn check(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    let criteria: Vec<&Criterion> = match delivery {
        Delivery::Canary { require, .. } => require.iter().collect(),
        Delivery::BlueGreen { before, after, .. } => before.iter().chain(after).collect(),
    };
    // What defaults ask for is skipped where it cannot apply.
    let own = |criterion: &&&Criterion| criterion.is_own;
    let request = criteria.iter().filter(own).find_map(|criterion| {
        let span = criterion.span?;
        let name = match criterion.origin {
            Origin::Spec(_) => format!("`{}`", criterion.check.name()),
            _ => "the preset".to_string(),
        };
        criterion.check.needs_requests().then_some((name, span))
    });
    applies(unit, request, diags);
    for criterion in criteria.iter().filter(own) {
        smoke(unit, criterion, diags);
    }
    health(unit, diags);
    if let Delivery::Canary {
        stages, require, ..
    } = delivery
    {
        load(unit, stages, require, diags);
    }
}

/// A criterion about requests, on what serves requests and says where its metrics are.
fn applies(unit: &Unit, criterion: Option<(String, Span)>, diags: &mut Diagnostics) {
    let Some((quoted, span)) = criterion else {
        return;
    };
    let serves = unit
        .ports
        .iter()
        .any(|port| port.main && port.protocol != Protocol::Tcp);
    if !serves {
        let what = if unit.ports.is_empty() {
            "is a worker"
        } else {
            "speaks TCP"
        };
        let message = format!("{quoted} counts requests, and `{}` {what}", unit.name);
        diags.push(
            Diagnostic::error(IMPOSSIBLE_CRITERION, message)
                .at(span, "nothing is counted")
                .help("remove it, or write `rollout rolling`"),
        );
        return;
    }
    let spec = &unit.scope.environment.spec;
    if spec.metrics.is_none() {
        let message = format!(
            "{quoted} needs metrics, and `{}` does not say where they are",
            unit.scope.environment.name.text
        );
        diags.push(
            Diagnostic::error(NO_METRICS, message)
                .at(span, "judged by metrics")
                .at(unit.scope.environment.name.span, "no `metrics` here")
                .help("write `metrics prometheus=\"http://prometheus.monitoring:9090\"` in the environment"),
        );
    }
    if !has_convention(unit) {
        let message = format!(
            "{quoted} needs metrics, and nothing says how those of `{}` are named",
            unit.name
        );
        diags.push(
            Diagnostic::error(NO_METRICS, message)
                .at(span, "judged by metrics")
                .help("write `metrics convention=\"otel\"` in the service, or `convention=` in the traffic"),
        );
    }
}

fn has_convention(unit: &Unit) -> bool {
    let own = unit.spec().metrics.as_ref();
    own.is_some_and(|metrics| metrics.convention.is_some())
        || unit
            .traffic
            .as_ref()
            .is_some_and(|traffic| traffic.convention.is_some())
}

fn smoke(unit: &Unit, criterion: &Criterion, diags: &mut Diagnostics) {
    let (Check::Smoke(_) | Check::Health(_), Some(span)) = (&criterion.check, criterion.span)
    else {
        return;
    };
    let name = criterion.check.name();
    let first = unit.ports.iter().find(|port| port.main);
    let first = first.or(unit.ports.first());
    if first.is_some_and(|port| port.protocol == Protocol::Http) {
        return;
    }
    let what = if first.is_some() {
        "does not speak HTTP"
    } else {
        "has no port"
    };
    let message = format!(
        "`{name}` asks the first port of `{}`, which {what}",
        unit.name
    );
    diags.push(
        Diagnostic::error(IMPOSSIBLE_CRITERION, message)
            .at(span, "nobody answers")
            .help("remove it, or put an `http` port first"),
    );
}

/// Without a path or a field there is nothing to read.
fn health(unit: &Unit, diags: &mut Diagnostics) {
    let criteria = match unit.spec().rollout.as_ref() {
        Some(Rollout::Canary(canary)) => vec![&canary.require],
        Some(Rollout::BlueGreen(blue_green)) => vec![&blue_green.before, &blue_green.after],
        _ => return,
    };
    let asked = criteria.into_iter().flatten();
    for health in asked.filter_map(|criteria| criteria.health.as_ref()) {
        let missing = match (&health.path, &health.field) {
            (None, _) => "path",
            (_, None) => "field",
            _ => continue,
        };
        let message = format!("`health` names no {missing}");
        diags.push(
            Diagnostic::error(IMPOSSIBLE_CRITERION, message)
                .at(health.span, "nothing to read")
                .help("write `health \"/health\" field=\"status\" is=\"ok\"`, or `smoke=\"/health\"` for any answer"),
        );
    }
}

/// How many requests a criterion itself asks for. What others need is counted with the plan.
fn needed(check: &Check) -> u64 {
    match check {
        Check::Compare(test) => u64::from(test.least),
        _ => 0,
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
