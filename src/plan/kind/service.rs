//! Service: the name that callers use, and the twins that a router or a blue-green switch needs.
//!
//! With a router `<service>` is the `stableService` and `<service>-canary` stands beside it.
//! Without one `<service>` is plain, over all pods: the controller pins a `stableService` to the
//! stable pods even where nothing routes, and a canary by pod count would get no requests
//! (argo-rollouts `rollout/service.go`). Where something calls that canary, `<service>-canary` stands
//! beside it, pinned to the new pods. Blue-green has `<service>` active and
//! `<service>-preview` beside it. A StatefulSet has `<service>-pods` beside it, without an address of
//! its own: peers find each other by it, before they are ready too.

use super::{Kind, Planned, stateful_set};
use crate::draft::Traced;
use crate::plan::analysis::is_called_apart;
use crate::plan::unit::{Unit, Workload};
use crate::value::Str;

pub const KIND: Kind = Kind {
    name: "Service",
    template: "service",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let governing = stateful_set::governing(unit);
    let governing =
        (unit.workload() == Workload::StatefulSet).then(|| service(unit, "pods", &governing, true));
    if unit.ports.is_empty() {
        return governing.into_iter().collect();
    }
    let has_canary = unit.is_routed() || is_called_apart(unit);
    let twin = match (has_canary, unit.is_blue_green()) {
        (true, _) => Some("canary"),
        (_, true) => Some("preview"),
        _ => None,
    };
    let mut services = vec![service(unit, "", &unit.name, false)];
    services.extend(twin.map(|suffix| service(unit, suffix, &unit.suffixed(suffix), false)));
    services.extend(governing);
    services
}

fn service(unit: &Unit, suffix: &str, name: &Str, is_headless: bool) -> Planned {
    let ports = unit.ports.iter().map(|port| {
        let at = |value: Traced| value.at(port.span);
        Traced::from([
            ("name", at(Traced::from(&port.name))),
            ("port", at(Traced::from(port.service))),
            (
                "appProtocol",
                at(Traced::from(port.protocol.app_protocol())),
            ),
        ])
    });
    let context = unit
        .context(name)
        .with("isHeadless", is_headless)
        .with("ports", Traced::from(ports.collect::<Vec<_>>()));
    unit.planned("service", suffix, context)
}
