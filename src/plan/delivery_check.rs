//! What no metric can answer: criteria that the labels of a convention cannot tell apart, and
//! versions that nobody calls.
//!
//! What the service or its deployment asks for and cannot be measured is an error. What comes from
//! defaults is skipped: [`skipped`] says what and why.

use super::analysis::{Reason, before_watch, obstacle, requests};
use super::delivery::{Check, Criterion, Delivery};
use super::series::convention;
use super::unit::Unit;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::draft::Origin;
use crate::source::Span;
use crate::spec::language::Rollout;
use crate::spec::text::Convention;
use crate::spec::unit::Duration;

crate::codes! {
    /// The metrics that there are cannot answer what the criterion asks: a router knows nothing of a
    /// version that it does not route to, a latency above the last bucket looks like every other,
    /// and after a switch no stable version is left to compare with; a `budget` needs a promise that
    /// leaves one: `slo availability="99.9%"`. Remove the criterion, or name a convention with metrics of pods: `metrics convention="otel"`.
    CRITERION_UNMEASURABLE = "criterion-unmeasurable": "a criterion that the metrics cannot answer";
    /// Latencies are counted in buckets, and only at their bounds it is known how many requests were
    /// faster. Between two of them every answer would be a guess, off by up to the width of the
    /// bucket: with `2.5s` and `5s`, a limit of `3s` cannot be judged. Choose one of the bounds, or
    /// say which buckets there are: `metrics convention="otel" { buckets "1s" "3s" "5s" }`, or
    /// `buckets` in the traffic. A preset's limit is judged by the next lower bound.
    OFF_BUCKET = "off-bucket": "a latency between the bounds of two buckets";
    /// A blue-green switch moves a Service from the old version to the new one. A worker has no
    /// Service, so there is nothing to switch. Give the service a port, or use `rollout canary`.
    SWITCH_WITHOUT_PORT = "switch-without-port": "a blue-green rollout of something without a port";
    /// With the convention `otel` a service serves its metrics itself, and a PodMonitor of ours
    /// carries the version of each pod over to them. That needs a port named `metrics`; without it
    /// the versions can only be told apart if your collector adds the labels
    /// `rollouts_pod_template_hash` and `app_kubernetes_io_name`. Add `port "metrics" http=9090`.
    METRICS_WITHOUT_PORT = "metrics-without-port": "metrics of a service that has no port for them";
    /// Nothing judges a new version while it is tried: no criterion is written, or none of them can
    /// be measured here. The stages of the rollout are pauses, and a bad version passes them all. Add
    /// what can be measured, such as `smoke="/health"`, or say that nothing is judged:
    /// `rollout rolling`.
    JUDGED_BY_NOTHING = "judged-by-nothing": "a rollout that only waits";
    /// Before the switch only what is sent to the preview on purpose reaches the new version.
    /// Criteria that read requests find none and fail, unless something sends some: add
    /// `smoke="/path"`, or ask for them in `after`.
    PREVIEW_WITHOUT_REQUESTS = "preview-without-requests": "request criteria of a version that nobody calls";
}

/// All findings about what the service's criteria can measure.
pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    let Some(delivery) = Delivery::of(unit) else {
        return;
    };
    for (prefix, criterion) in criteria(&delivery) {
        let reason = obstacle(unit, &delivery, prefix, criterion);
        let is_written = matches!(criterion.origin, Origin::Spec(_));
        let reason = reason
            .filter(|reason| criterion.is_own || (is_written && *reason == Reason::OffBuckets));
        if let Some((reason, span)) = reason.zip(criterion.span) {
            diags.extend(unmeasurable(unit, criterion, reason, span));
        }
    }
    check_judged(unit, &delivery, diags);
    check_metrics(unit, &delivery, diags);
    if let Delivery::BlueGreen { before, .. } = &delivery {
        check_switch(unit, before, diags);
    }
}

/// What defaults ask for and is not measured here, and why.
pub fn skipped(unit: &Unit) -> Vec<(Criterion, Reason)> {
    let Some(delivery) = Delivery::of(unit) else {
        return Vec::new();
    };
    let one = |(prefix, criterion): (&str, &Criterion)| {
        let reason = obstacle(unit, &delivery, prefix, criterion)?;
        (!criterion.is_own).then(|| (criterion.clone(), reason))
    };
    criteria(&delivery).into_iter().filter_map(one).collect()
}

/// Every criterion with the prefix of its phase.
fn criteria(delivery: &Delivery) -> Vec<(&'static str, &Criterion)> {
    match delivery {
        Delivery::Canary {
            require, safety, ..
        } => require.iter().chain(safety).map(|one| ("", one)).collect(),
        Delivery::BlueGreen { before, after, .. } => {
            let before = before.iter().map(|one| ("before", one));
            before.chain(after.iter().map(|one| ("", one))).collect()
        }
    }
}

/// `None` for what `check::criteria` reports.
fn unmeasurable(
    unit: &Unit,
    criterion: &Criterion,
    reason: Reason,
    span: Span,
) -> Option<Diagnostic> {
    let has_metrics = unit.scope.environment.spec.metrics.is_some();
    let (why, help) = match reason {
        Reason::NoPrometheus if has_metrics => (
            "the environment's `metrics` name no `prometheus`",
            "add its address: `metrics prometheus=\"http://prometheus.monitoring:9090\"`",
        ),
        Reason::OneArm => (
            "the router's metrics do not tell its versions apart here",
            "name a convention with metrics of pods: `otel`, `istio` or `linkerd`",
        ),
        Reason::NothingToCompare => (
            "after a switch no other version takes requests",
            "remove the criterion, or use `rollout canary`",
        ),
        Reason::OffBuckets => return off_bucket(unit, criterion, span),
        Reason::NoCaller => (
            "the environment names no image that could call the service",
            "add one with `python3`: `caller image=\"docker.io/library/python:3.14-alpine@sha256:…\"`",
        ),
        Reason::NoBudget => (
            "the service promises no availability below 100 percent",
            "write what may fail: `slo availability=\"99.9%\" window=\"30d\"`",
        ),
        Reason::NoPrometheus if !criterion.check.needs_requests() => (
            "the environment names no Prometheus",
            "add its address: `metrics prometheus=\"http://prometheus.monitoring:9090\"`",
        ),
        Reason::NoPrometheus | Reason::NoConvention | Reason::NoRequests | Reason::NoHttp => {
            return None;
        }
    };
    let message = format!("`{}` cannot be measured: {why}", criterion.check.name());
    let finding = Diagnostic::error(CRITERION_UNMEASURABLE, message);
    Some(finding.at(span, "asked for here").help(help))
}

/// With the bounds around it.
fn off_bucket(unit: &Unit, criterion: &Criterion, span: Span) -> Option<Diagnostic> {
    let limit = match criterion.check {
        Check::Latency(_, limit) => limit,
        Check::Compare(test) => test.slower?,
        _ => return None,
    };
    let (name, bound) = (criterion.check.name(), limit.bound);
    let bounds = &requests(unit)?.bounds;
    let below = bounds.iter().filter(|at| **at < bound.0).max();
    let above = bounds.iter().filter(|at| **at > bound.0).min();
    let mut around = below.into_iter().chain(above);
    let mut near = vec![format!("`{}`", Duration(*around.next()?))];
    near.extend(around.map(|at| format!("`{}`", Duration(*at))));
    let near = near.join(" or ");
    let message =
        format!("`{name}` of {bound} cannot be judged: no bucket of the metrics ends there");
    Some(
        Diagnostic::error(OFF_BUCKET, message)
            .at(span, "between two buckets")
            .note(format!("the nearest bounds: {near}"))
            .help(format!(
                "write {near}, or name the `buckets` that there are"
            )),
    )
}

fn check_judged(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    // What the service asks for and cannot be measured is an error of its own.
    let mut all = criteria(delivery).into_iter();
    if all.any(|(prefix, one)| one.is_own || obstacle(unit, delivery, prefix, one).is_none()) {
        return;
    }
    let kind = match delivery {
        Delivery::Canary { .. } => "canary",
        Delivery::BlueGreen { .. } if unit.ports.is_empty() => return,
        Delivery::BlueGreen { .. } => "blue-green rollout",
    };
    let message = format!("nothing judges the {kind} of `{}`", unit.name);
    let rollout = unit.spec().rollout.as_ref();
    let span = rollout.map_or(unit.span(), Rollout::span);
    diags.push(
        Diagnostic::new(JUDGED_BY_NOTHING, Severity::Note, message)
            .at(span, "its stages are pauses")
            .help("require what can be measured, such as `smoke=\"/health\"`, or write `rollout rolling`"),
    );
}

fn check_metrics(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    let reads = reads_requests(unit, delivery, "") || reads_requests(unit, delivery, "before");
    let has_port = unit.ports.iter().any(|port| port.is_metrics());
    if reads && !has_port && convention(unit) == Some(Convention::Otel) {
        let message = format!(
            "`{}` has no port `metrics` for its criteria to read",
            unit.name
        );
        diags.push(
            Diagnostic::warning(METRICS_WITHOUT_PORT, message)
                .at(unit.span(), "measured by the convention `otel`")
                .help("add `port \"metrics\" http=…`"),
        );
    }
}

fn reads_requests(unit: &Unit, delivery: &Delivery, prefix: &str) -> bool {
    criteria(delivery).into_iter().any(|(of, one)| {
        of == prefix && one.check.needs_requests() && obstacle(unit, delivery, of, one).is_none()
    })
}

fn check_switch(unit: &Unit, before: &[Criterion], diags: &mut Diagnostics) {
    let span = unit
        .spec()
        .rollout
        .as_ref()
        .map_or(unit.span(), Rollout::span);
    if unit.ports.is_empty() {
        diags.push(
            Diagnostic::error(
                SWITCH_WITHOUT_PORT,
                format!("`{}` has no port, so nothing can be switched", unit.name),
            )
            .at(span, "switches a Service")
            .help("use `rollout canary`, or `rollout rolling`"),
        );
    }
    let calls = |one: &Criterion| matches!(one.check, Check::Smoke(_) | Check::Health(_));
    let is_called = before.iter().any(calls);
    let reads =
        |one: &&Criterion| one.check.needs_requests() && !matches!(one.check, Check::Budget(_));
    let silent = before.iter().find(reads);
    if let Some((criterion, span)) = silent
        .filter(|_| !is_called)
        .and_then(|one| Some((one, one.span?)))
    {
        let message = format!(
            "`{}` before the switch finds no requests: nobody calls the preview",
            criterion.check.name()
        );
        diags.push(
            Diagnostic::warning(PREVIEW_WITHOUT_REQUESTS, message)
                .at(span, "read before the switch")
                .note(format!(
                    "what finds nothing in {} does not hold",
                    before_watch(unit)
                ))
                .help("add `smoke=\"/…\"`, or ask for it in `after`"),
        );
    }
}
