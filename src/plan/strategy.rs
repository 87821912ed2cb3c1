//! The `strategy` of a Rollout: the delivery in the controller's words.
//!
//! Every value that the controller would fill in is written out. Weights only move where a router
//! or the pods can follow; the last stage is followed by the promotion.

use super::delivery::{Delivery, KEEP_OLD, Sourced, Stage};
use super::ports::Protocol;
use super::traffic::Router;
use super::unit::Unit;
use crate::draft::{Draft, Origin, Traced};
use crate::spec::unit::Duration;

/// The part `strategy` of a Rollout.
pub fn draft(unit: &Unit, delivery: &Delivery) -> Draft {
    let (template, context) = match delivery {
        Delivery::Canary { stages, .. } => ("strategy-canary", canary(unit, stages)),
        Delivery::BlueGreen {
            observe, keep_old, ..
        } => ("strategy-blue-green", blue_green(unit, *observe, *keep_old)),
    };
    let origin = unit
        .spec()
        .rollout
        .as_ref()
        .map_or(unit.span(), |rollout| rollout.span());
    Draft {
        template: template.into(),
        context,
        parts: Vec::new(),
        origin: Origin::Spec(origin),
    }
}

fn canary(unit: &Unit, stages: &[Stage]) -> Traced {
    let stages = stages.iter().map(|stage| {
        let observe = Sourced {
            value: stage.observe.value.to_string(),
            origin: stage.observe.origin,
        };
        Traced::from([("weight", stage.weight.into()), ("observe", observe.into())])
    });
    unit.context(&unit.name)
        .with("router", router(unit))
        .with("canary", unit.suffixed("canary"))
        .with("stages", stages.collect::<Vec<_>>())
}

/// `nginx`, `httpRoutes` or `grpcRoutes`; null where nothing routes.
fn router(unit: &Unit) -> Traced {
    let Some(traffic) = unit.traffic.as_ref().filter(|_| unit.is_routed()) else {
        return Traced::default();
    };
    let (name, span) = match (traffic.router, traffic.port.protocol) {
        (Router::Nginx(at), _) => ("nginx", at.span),
        (Router::Gateway(at), Protocol::Grpc) => ("grpcRoutes", at.span),
        (Router::Gateway(at), _) => ("httpRoutes", at.span),
        (Router::Mesh(at), Protocol::Grpc) => ("grpcRoutes", at.span),
        (Router::Mesh(at), _) => ("httpRoutes", at.span),
    };
    Traced::from(name).at(span)
}

fn blue_green(unit: &Unit, observe: Sourced<Duration>, keep_old: Sourced<Duration>) -> Traced {
    unit.context(&unit.name)
        .with("preview", unit.suffixed("preview"))
        .with("keepOld", keep(observe, keep_old))
}

/// Seconds from the switch: `keep-old`, but never so short that the old version would be gone
/// while the new one is still judged.
fn keep(observe: Sourced<Duration>, keep_old: Sourced<Duration>) -> Traced {
    let least = observe.value.as_seconds() + KEEP_OLD.as_seconds();
    match keep_old.value.as_seconds() {
        seconds if seconds >= least => Traced::from(seconds).from_origin(keep_old.origin),
        _ => Traced::from(least).from_origin(observe.origin),
    }
}
