//! AnalysisTemplate: one check of a new version, as Argo Rollouts measures it.
//!
//! Conditions hold or fail, and never neither: an empty answer, NaN and infinity fail, an answer
//! that cannot be read is an Error, and five of those in a row end the run.

use super::{Kind, Planned};
use crate::draft::{Origin, Traced};
use crate::plan::analysis::{Phase, arguments_of, judged, phases, prometheus, requests};
use crate::plan::delivery::{Check, Criterion, Delivery};
use crate::plan::promql::{Matcher, all};
use crate::plan::series::{Arms, Series};
use crate::plan::unit::Unit;
use crate::spec::unit::{Duration, Percent, ratio_text};

pub const KIND: Kind = Kind {
    name: "AnalysisTemplate",
    template: "analysis-template",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let Some(delivery) = Delivery::of(unit) else {
        return Vec::new();
    };
    let mut planned = Vec::new();
    for phase in phases(unit, &delivery) {
        planned.extend(
            phase
                .criteria
                .iter()
                .filter_map(|one| template(unit, &delivery, &phase, one)),
        );
    }
    planned
}

fn template(
    unit: &Unit,
    delivery: &Delivery,
    phase: &Phase,
    criterion: &Criterion,
) -> Option<Planned> {
    let check = &criterion.check;
    let context = frame(unit, phase, criterion);
    let context = match check {
        Check::Smoke(path) => {
            context.with("url", url(unit, delivery, phase, path, criterion.origin)?)
        }
        check => asked(unit, delivery, context, check, criterion.origin)?,
    };
    Some(unit.planned(KIND.template, &phase.stem(check), context))
}

/// Names, arguments and timing.
fn frame(unit: &Unit, phase: &Phase, criterion: &Criterion) -> Traced {
    let check = &criterion.check;
    let timing = phase.timing(unit, check);
    let timed = |seconds: u64| {
        let text = Duration::seconds(seconds).to_string();
        Traced::from(text).from_origin(phase.origin)
    };
    let arguments = arguments_of(unit, check);
    let arguments = arguments
        .iter()
        .map(|argument| Traced::from(argument.name()));
    unit.context(&phase.template(unit, check))
        .with("check", check.name())
        .with("errors", errors(check))
        .with("arguments", arguments.collect::<Vec<_>>())
        .with("delay", timed(timing.delay))
        .with("interval", timed(timing.interval))
        .with(
            "count",
            Traced::from(timing.count).from_origin(phase.origin),
        )
        .with(
            "failures",
            Traced::from(timing.failures).from_origin(phase.origin),
        )
        .with("window", timed(timing.window))
}

/// Unreadable answers in a row that are forgiven; they are asked for again after 10 s. A restart
/// of Prometheus takes less than the five tries that it gets; a call that is refused needs no more
/// than three.
fn errors(check: &Check) -> u32 {
    if check.needs_requests() { 4 } else { 2 }
}

/// The new version alone where there is a Service for it.
fn url(
    unit: &Unit,
    delivery: &Delivery,
    phase: &Phase,
    path: &str,
    origin: Origin,
) -> Option<Traced> {
    let host = match delivery {
        Delivery::Canary { .. } if unit.is_routed() => unit.suffixed("canary"),
        Delivery::BlueGreen { .. } if phase.prefix == "before" => unit.suffixed("preview"),
        _ => unit.name.clone(),
    };
    let port = unit.ports.first()?.service;
    let url = format!("http://{host}.{}.svc:{port}{path}", unit.namespace);
    Some(Traced::from(url).from_origin(origin))
}

/// What a query asks, and the condition on its answer.
fn asked(
    unit: &Unit,
    delivery: &Delivery,
    context: Traced,
    check: &Check,
    origin: Origin,
) -> Option<Traced> {
    let series = requests(unit)?;
    let address = prometheus(unit)?;
    let (canary, stable) = arms(&series, delivery);
    let question = question(check, unit.is_routed());
    let holds = format!(
        "len(result) == 1 && !isNaN(result[0]) && !isInf(result[0]) && result[0] {}",
        bound(check)?
    );
    let context = context
        .with("question", question)
        .with(
            "prometheus",
            Traced::from(address.value.as_str()).at(address.span),
        )
        .with("total", series.total)
        .with("failed", series.failed.to_string())
        .with("bucket", format!("{}_bucket", series.histogram))
        .with("all", format!("{}_count", series.histogram))
        .with("canary", canary)
        .with("stable", stable)
        .with("byHash", matches!(series.arms, Arms::PodHash(_)))
        .with(
            "fails",
            Traced::from(format!("!({holds})")).from_origin(origin),
        )
        .with("holds", Traced::from(holds).from_origin(origin));
    let within = match check {
        Check::Latency(_, limit) => {
            let bound = time(&series, judged(&series, origin, limit)?);
            Traced::from(Matcher::bucket(&bound).to_string()).from_origin(origin)
        }
        _ => Traced::default(),
    };
    Some(context.with("within", within))
}

/// Matchers of both versions, without the hash.
fn arms(series: &Series, delivery: &Delivery) -> (String, String) {
    match (&series.arms, delivery) {
        (Arms::PodHash(own), _) => (all(own), all(own)),
        (Arms::Router { stable, canary, .. }, Delivery::Canary { .. }) => {
            (all(canary), all(stable))
        }
        (Arms::Router { whole, .. }, Delivery::BlueGreen { .. }) => (all(whole), all(whole)),
    }
}

/// Which of the template's queries.
fn question(check: &Check, is_routed: bool) -> &'static str {
    match check {
        Check::Errors(_) => "errors",
        Check::Latency(..) => "share",
        Check::Throughput(_) if is_routed => "weighted",
        Check::Throughput(_) => "per-pod",
        Check::Smoke(_) => "smoke",
    }
}

fn time(series: &Series, time: Duration) -> String {
    match series.is_millis {
        true => time.0.to_string(),
        false => ratio_text(time.0, 1000),
    }
}

fn share(percent: Percent) -> String {
    ratio_text(u64::from(percent.0), 1_000_000)
}

/// `< 0.01`.
fn bound(check: &Check) -> Option<String> {
    Some(match check {
        Check::Errors(limit) => format!("{} {}", limit.comparison.as_str(), share(limit.bound)),
        Check::Latency(percent, _) => format!(">= {}", ratio_text(u64::from(*percent), 100)),
        Check::Throughput(limit) => format!("{} {}", limit.comparison.as_str(), share(limit.bound)),
        Check::Smoke(_) => return None,
    })
}
