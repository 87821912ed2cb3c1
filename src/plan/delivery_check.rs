//! What is wrong with a delivery: criteria that cannot be measured, stages that cannot be reached.
//!
//! What the service or its deployment asks for and cannot be measured is an error. What comes from
//! defaults is skipped: [`skipped`] says what and why.

use super::analysis::{Reason, before_watch, obstacle, scrape};
use super::delivery::{Criterion, Delivery, Stage};
use super::ports::Protocol;
use super::replicas;
use super::series::convention;
use super::timing;
use super::unit::Unit;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
use crate::source::Span;
use crate::spec::language::{Canary, Rollout};
use crate::spec::text::Convention;

crate::codes! {
    /// A criterion reads request metrics, and nothing says where they are or how they are named.
    /// Without them a new version could not be judged, and a criterion that is silently left out
    /// would be a promise that nobody keeps. Name the address of Prometheus in the environment
    /// (`metrics prometheus="http://prometheus.monitoring:9090"`) and the convention in its traffic
    /// or in the service (`metrics convention="otel"`).
    CRITERION_WITHOUT_METRICS = "criterion-without-metrics": "a criterion without a source of metrics";
    /// The metrics that there are cannot answer what the criterion asks: a worker takes no requests,
    /// a router knows nothing of a version that it does not route to, a latency above the last
    /// bucket looks like every other. Take the criterion out, or one that fits: `smoke` needs a
    /// first port that speaks HTTP, `throughput` a canary.
    CRITERION_UNMEASURABLE = "criterion-unmeasurable": "a criterion that the metrics cannot answer";
    /// A rate needs samples. A watch shorter than four scrapes sees too few of them, so its criteria
    /// would fail or hold by chance. Observe longer, or scrape more often.
    WATCH_TOO_SHORT = "watch-too-short": "a watch that ends before metrics say anything";
    /// Stages go up: `steps 5 25 50 75 100`. A stage that is not above the one before it would take
    /// traffic back from a version that just passed. Sort the steps and write each once.
    STEPS_NOT_ASCENDING = "steps-not-ascending": "stages of a canary that do not go up";
    /// `observe` has one duration for all stages, or one for each stage before 100. With another
    /// number of them it would be a guess which stage is watched how long. Add or remove durations.
    OBSERVE_MISMATCH = "observe-mismatch": "another number of watch times than of stages";
    /// Where no router shifts weight a canary gets its share by its number of pods, and few pods
    /// make coarse shares: of 2 pods and one more, a third is the smallest. Write shares that the
    /// fewest pods can give, leave `steps` out (they are then worked out), or run more pods.
    SHARE_UNREACHABLE = "share-unreachable": "a share that the pods of a service cannot give";
    /// Without a router a canary's share is that of its pods. Connections that stay open (gRPC, TCP)
    /// keep going to the pods that they were opened to, so the new version may see none or far more
    /// of the requests than its share. Put the service into a mesh, or use `rollout blue-green`.
    POD_SHARE = "pod-share": "a canary whose share of pods is not its share of requests";
    /// A blue-green switch moves a Service from the old version to the new one. A worker has no
    /// Service, so there is nothing to switch. Give the service a port, or use `rollout canary`.
    SWITCH_WITHOUT_PORT = "switch-without-port": "a blue-green rollout of something without a port";
    /// With the convention `otel` a service serves its metrics itself, and a PodMonitor of ours
    /// carries the version of each pod over to them. That needs a port named `metrics`; without it
    /// the versions can only be told apart if your collector adds the labels
    /// `rollouts_pod_template_hash` and `app_kubernetes_io_name`. Add `port "metrics" http=9090`.
    METRICS_WITHOUT_PORT = "metrics-without-port": "metrics of a service that has no port for them";
    /// Before the switch only what is sent to the preview on purpose reaches the new version.
    /// Criteria that read requests find none and fail, unless something sends some: add
    /// `smoke="/path"`, or ask for them in `after`.
    PREVIEW_WITHOUT_REQUESTS = "preview-without-requests": "request criteria of a version that nobody calls";
}

/// All findings about how the service is delivered.
pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    let Some(delivery) = Delivery::of(unit) else {
        return;
    };
    for (prefix, criterion) in criteria(&delivery) {
        let reason = obstacle(unit, &delivery, prefix, criterion);
        let reason = reason.filter(|_| criterion.is_own);
        if let Some((reason, span)) = reason.zip(criterion.span) {
            diags.push(unmeasurable(criterion, reason, span));
        }
    }
    check_metrics(unit, &delivery, diags);
    match &delivery {
        Delivery::Canary { stages, .. } => {
            if let Some(Rollout::Canary(canary)) = &unit.spec().rollout {
                check_steps(canary, stages, diags);
            }
            check_watches(unit, &delivery, stages, diags);
            if !unit.is_routed() {
                check_pods(unit, stages, diags);
            }
        }
        Delivery::BlueGreen { .. } => check_switch(unit, &delivery, diags),
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
        Delivery::Canary { require, .. } => require.iter().map(|one| ("", one)).collect(),
        Delivery::BlueGreen { before, after, .. } => {
            let before = before.iter().map(|one| ("before", one));
            before.chain(after.iter().map(|one| ("", one))).collect()
        }
    }
}

fn unmeasurable(criterion: &Criterion, reason: Reason, span: Span) -> Diagnostic {
    let name = criterion.check.name();
    let (code, why, help) = match reason {
        Reason::NoPrometheus => (
            CRITERION_WITHOUT_METRICS,
            "the environment names no Prometheus",
            "add `metrics prometheus=\"…\"` to the environment",
        ),
        Reason::NoConvention => (
            CRITERION_WITHOUT_METRICS,
            "nothing says how its request metrics are named",
            "add `metrics convention=\"…\"` to the service",
        ),
        Reason::NoRequests => (
            CRITERION_UNMEASURABLE,
            "the service takes no requests that the metrics count",
            "remove the criterion",
        ),
        Reason::OneArm => (
            CRITERION_UNMEASURABLE,
            "the router's metrics do not tell its versions apart here",
            "name a convention with metrics of pods: `otel`, `istio` or `linkerd`",
        ),
        Reason::NothingToCompare => (
            CRITERION_UNMEASURABLE,
            "after a switch no other version takes requests",
            "remove the criterion, or use `rollout canary`",
        ),
        Reason::AboveBuckets => (
            CRITERION_UNMEASURABLE,
            "the bound is above the last bucket of the histogram",
            "write a lower bound",
        ),
        Reason::NoHttp => (
            CRITERION_UNMEASURABLE,
            "the first port does not speak HTTP",
            "remove the criterion",
        ),
    };
    let message = format!("`{name}` cannot be measured: {why}");
    Diagnostic::error(code, message)
        .at(span, "asked for here")
        .help(help)
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

fn check_steps(canary: &Canary, stages: &[Stage], diags: &mut Diagnostics) {
    for pair in canary.steps.0.windows(2) {
        if pair[0].value.0 >= pair[1].value.0 {
            let (low, high) = (pair[0].value.0, pair[1].value.0);
            diags.push(
                Diagnostic::error(
                    STEPS_NOT_ASCENDING,
                    format!("`{high}` does not go above `{low}`"),
                )
                .at(pair[1].span, "not above the stage before it")
                .at(pair[0].span, "the stage before it")
                .help("write the steps in ascending order, each once"),
            );
        }
    }
    let given = &canary.observe.0;
    let fits = given.len() <= 1 || given.len() == stages.len();
    if !fits && let Some(last) = given.last() {
        let message = format!("{} watch times for {} stages", given.len(), stages.len());
        diags.push(
            Diagnostic::error(OBSERVE_MISMATCH, message)
                .at(last.span, "the last one")
                .help("write one duration, or one for each stage before 100"),
        );
    }
}

/// Watches that read metrics are long enough for some samples.
fn check_watches(unit: &Unit, delivery: &Delivery, stages: &[Stage], diags: &mut Diagnostics) {
    if !reads_requests(unit, delivery, "") {
        return;
    }
    let mut told = Vec::new();
    for stage in stages {
        if !told.contains(&stage.observe) {
            told.push(stage.observe);
            short(
                unit,
                stage.observe.value.as_seconds(),
                stage.observe.origin,
                diags,
            );
        }
    }
}

fn reads_requests(unit: &Unit, delivery: &Delivery, prefix: &str) -> bool {
    criteria(delivery).into_iter().any(|(of, one)| {
        of == prefix && one.check.needs_requests() && obstacle(unit, delivery, of, one).is_none()
    })
}

fn short(unit: &Unit, seconds: u64, origin: Origin, diags: &mut Diagnostics) {
    let scrape = scrape(unit);
    let least = timing::least(scrape);
    if seconds >= least {
        return;
    }
    let span = match origin {
        Origin::Spec(span) => span,
        _ => unit
            .spec()
            .rollout
            .as_ref()
            .map_or(unit.span(), Rollout::span),
    };
    let message =
        format!("{seconds} s of watching at one scrape in {scrape}: {least} s are needed");
    diags.push(
        Diagnostic::error(WATCH_TOO_SHORT, message)
            .at(span, "watched too shortly")
            .note("a rate needs four scrapes")
            .help(format!("observe at least `{least}s`, or scrape more often")),
    );
}

fn check_pods(unit: &Unit, stages: &[Stage], diags: &mut Diagnostics) {
    let pods = unit.replicas.0.value;
    let surge = replicas::surge(pods);
    for stage in stages {
        let Origin::Spec(span) = stage.weight.origin else {
            continue;
        };
        let (wanted, got) = (
            stage.weight.value,
            replicas::split(pods, stage.weight.value, surge),
        );
        if got.share().abs_diff(wanted) <= replicas::TOLERANCE {
            continue;
        }
        let steps: Vec<_> = stages.iter().map(|stage| stage.weight.value).collect();
        let steps = replicas::reachable(pods, &steps);
        let steps: Vec<_> = steps.iter().map(u32::to_string).collect();
        let message = format!("{wanted} % of {pods} pods would be {} %", got.share());
        diags.push(
            Diagnostic::error(SHARE_UNREACHABLE, message)
                .at(span, "cannot be reached")
                .note("no router shifts weight here, so shares are those of pods")
                .help(format!(
                    "write `steps {} 100`, or leave `steps` out",
                    steps.join(" ")
                )),
        );
    }
    let long = unit
        .ports
        .iter()
        .find(|port| port.main && port.protocol != Protocol::Http);
    if let Some(port) = long {
        let message = format!(
            "the canary of `{}` gets a share of pods, which for {} is not one of requests",
            unit.name,
            port.protocol.as_str()
        );
        diags.push(
            Diagnostic::warning(POD_SHARE, message)
                .at(port.span, "its connections stay open")
                .help("use a mesh, or `rollout blue-green`"),
        );
    }
}

fn check_switch(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
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
    let Delivery::BlueGreen {
        before, observe, ..
    } = delivery
    else {
        return;
    };
    if reads_requests(unit, delivery, "") {
        short(unit, observe.value.as_seconds(), observe.origin, diags);
    }
    let is_called = before.iter().any(|one| !one.check.needs_requests());
    let silent = before.iter().find(|one| one.check.needs_requests());
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
