//! The `strategy` of a Rollout: the delivery in the controller's words.
//!
//! Every value that the controller would fill in is written out. A stage is a weight and its
//! watch: an analysis that ends with it, or a pause where nothing can be measured. Behind the last
//! stage the controller promotes.

use super::analysis::{Phase, When, is_called_apart, phases};
use super::delivery::{Delivery, KEEP_OLD, Sourced, Stage};
use super::route::routes;
use super::traffic::Router;
use super::unit::Unit;
use crate::draft::{Draft, Origin, Traced};
use crate::spec::unit::Duration;

/// The part `strategy` of a Rollout.
pub fn draft(unit: &Unit, delivery: &Delivery) -> Draft {
    let phases = phases(unit, delivery);
    let (template, context) = match delivery {
        Delivery::Canary { stages, .. } => ("strategy-canary", canary(unit, stages, &phases)),
        Delivery::BlueGreen {
            observe, keep_old, ..
        } => (
            "strategy-blue-green",
            blue_green(unit, *observe, *keep_old, &phases),
        ),
    };
    let rollout = unit.spec().rollout.as_ref();
    let origin = rollout.map_or(unit.span(), |rollout| rollout.span());
    Draft {
        template: template.into(),
        context,
        parts: Vec::new(),
        origin: Origin::Spec(origin),
    }
}

fn canary(unit: &Unit, stages: &[Stage], phases: &[Phase]) -> Traced {
    let stages = stages.iter().map(|stage| {
        let phase = phases
            .iter()
            .find(|phase| phase.when == When::Stage && phase.observe == stage.observe.value);
        let observe = Traced::from(stage.observe.value.to_string());
        Traced::from([
            ("weight", stage.weight.into()),
            ("observe", observe.from_origin(stage.observe.origin)),
            ("analysis", analysis(unit, phase, Some(stage.weight))),
        ])
    });
    let routes = routes(unit);
    let names = routes.iter().map(|route| Traced::from(route.name(unit)));
    unit.context(&unit.name)
        .with("router", router(unit))
        .with("routes", names.collect::<Vec<_>>())
        .with("canary", unit.suffixed("canary"))
        .with("isCalledApart", is_called_apart(unit))
        .with("stages", stages.collect::<Vec<_>>())
        .with("start", run(unit, phases, When::Start))
        .with("background", background(unit, phases))
}

/// `nginx`, `httpRoutes` or `grpcRoutes`; null where nothing routes.
fn router(unit: &Unit) -> Traced {
    let Some(traffic) = unit.traffic.as_ref().filter(|_| unit.is_routed()) else {
        return Traced::default();
    };
    let is_grpc = routes(unit).iter().any(|route| route.is_grpc);
    let routes = if is_grpc { "grpcRoutes" } else { "httpRoutes" };
    match traffic.router {
        Router::Nginx(at) => Traced::from("nginx").at(at.span),
        Router::Gateway(at) => Traced::from(routes).at(at.span),
        Router::Mesh(at) => Traced::from(routes).at(at.span),
    }
}

/// The run of the only phase at that time; null without one.
fn run(unit: &Unit, phases: &[Phase], when: When) -> Traced {
    analysis(unit, phases.iter().find(|phase| phase.when == when), None)
}

/// From the first request on: the step behind the first weight.
fn background(unit: &Unit, phases: &[Phase]) -> Traced {
    let has_start = phases.iter().any(|phase| phase.when == When::Start);
    if !phases.iter().any(|phase| phase.when == When::Background) {
        return Traced::default();
    }
    run(unit, phases, When::Background).with("startingStep", 1 + u32::from(has_start))
}

/// All checks of a phase in one run, with what only the run knows; null without a phase.
fn analysis(unit: &Unit, phase: Option<&Phase>, weight: Option<Sourced<u32>>) -> Traced {
    let Some(phase) = phase else {
        return Traced::default();
    };
    let templates = phase.criteria.iter().map(|criterion| {
        let name = Traced::from(phase.template(unit, &criterion.check));
        Traced::from([("templateName", name.from_origin(criterion.origin))])
    });
    let mut args = Vec::new();
    for argument in phase.arguments(unit) {
        let name = ("name", Traced::from(argument.name()));
        args.push(match (argument.hash(), weight) {
            (Some(hash), _) => {
                let source = Traced::from([("podTemplateHashValue", Traced::from(hash))]);
                Traced::from([name, ("valueFrom", source)])
            }
            (None, Some(weight)) => {
                let text = Traced::from(weight.value.to_string());
                Traced::from([name, ("value", text.from_origin(weight.origin))])
            }
            (None, None) => continue,
        });
    }
    let analysis = Traced::map().with("templates", templates.collect::<Vec<_>>());
    match args.is_empty() {
        true => analysis,
        false => analysis.with("args", args),
    }
}

fn blue_green(
    unit: &Unit,
    observe: Sourced<Duration>,
    keep_old: Sourced<Duration>,
    phases: &[Phase],
) -> Traced {
    unit.context(&unit.name)
        .with("preview", unit.suffixed("preview"))
        .with("keepOld", keep(observe, keep_old, phases))
        .with("before", run(unit, phases, When::Before))
        .with("after", run(unit, phases, When::After))
}

/// Seconds from the promotion, which follows the last judgement: `keep-old`. Where nothing judges
/// behind the switch the promotion is the switch, and the old version outlasts the watch.
fn keep(observe: Sourced<Duration>, keep_old: Sourced<Duration>, phases: &[Phase]) -> Traced {
    let is_judged = phases.iter().any(|phase| phase.when == When::After);
    let watched = match is_judged {
        true => 0,
        false => observe.value.as_seconds(),
    };
    let least = watched.saturating_add(KEEP_OLD.as_seconds());
    let origin = match is_judged {
        true => Origin::Default("keep-old"),
        false => observe.origin,
    };
    match keep_old.value.as_seconds() {
        seconds if seconds >= least => Traced::from(seconds).from_origin(keep_old.origin),
        _ => Traced::from(least).from_origin(origin),
    }
}
