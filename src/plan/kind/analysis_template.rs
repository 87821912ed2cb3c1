//! AnalysisTemplate: one check of a new version, as Argo Rollouts measures it.
//!
//! An answer that cannot be read is an Error, and five of those in a row end the run.

use super::{Kind, Planned};
use crate::draft::{Origin, Traced};
use crate::plan::analysis::{Phase, When, arguments_of, phases};
use crate::plan::ask::{Asked, ask};
use crate::plan::call::call;
use crate::plan::delivery::{Check, Criterion, Delivery};
use crate::plan::login::{KEY, secret};
use crate::plan::unit::Unit;
use crate::spec::unit::Duration;

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
        Check::Health(health) => {
            let url = url(unit, delivery, phase, &health.path, criterion.origin)?;
            call(unit, health, criterion.origin, context.with("url", url))?
        }
        check => {
            let asked = Asked {
                unit,
                delivery,
                phase,
                check,
                origin: criterion.origin,
                timing: phase.timing(unit, check),
            };
            ask(asked, context)?
        }
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
    let some = |number: u64| match number {
        0 => Traced::default(),
        number => Traced::from(number).from_origin(phase.origin),
    };
    let delay = match phase.when {
        When::Start => Traced::default(),
        _ => timed(timing.delay),
    };
    let login = match check.needs_prometheus() {
        true => secret(unit),
        false => Traced::default(),
    };
    let arguments = arguments_of(unit, check);
    let arguments = arguments
        .iter()
        .map(|argument| Traced::from(argument.name()));
    unit.context(&phase.template(unit, check))
        .with("check", check.name())
        .with("errors", errors(check))
        .with("arguments", arguments.collect::<Vec<_>>())
        .with("login", login)
        .with("loginKey", KEY)
        .with("delay", delay)
        .with("interval", timed(timing.interval))
        .with("count", some(timing.count))
        .with("inconclusive", open_answers(check, timing.count))
        .with("successes", successes(check))
        .with(
            "failures",
            Traced::from(timing.failures).from_origin(phase.origin),
        )
}

/// Answers that neither hold nor fail: none, save where a stage goes on until there is one.
fn open_answers(check: &Check, count: u64) -> Traced {
    match check {
        Check::Compare(test) if test.extend.is_some() => Traced::from(count.saturating_sub(1)),
        _ => Traced::from(0u64),
    }
}

/// What ends a run before its count.
fn successes(check: &Check) -> Traced {
    match check {
        Check::Compare(test) if test.extend.is_some() => Traced::from(1u64),
        _ => Traced::default(),
    }
}

/// Unreadable answers in a row that are forgiven; they are asked for again after 10 s. A restart
/// of Prometheus takes less than the five tries that it gets; a call that is refused needs no more
/// than three.
fn errors(check: &Check) -> u32 {
    if check.needs_prometheus() { 4 } else { 2 }
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
        Delivery::Canary { .. } => unit.suffixed("canary"),
        Delivery::BlueGreen { .. } if phase.prefix == "before" => unit.suffixed("preview"),
        _ => unit.name.clone(),
    };
    let port = unit.ports.first()?.service;
    let url = format!("http://{host}.{}.svc:{port}{path}", unit.namespace);
    Some(Traced::from(url).from_origin(origin))
}
