//! Service: the name that callers use, and the twins that a router or a blue-green switch needs.
//!
//! With a router `<service>` is the `stableService` and `<service>-canary` stands beside it.
//! Without one `<service>` is plain, over all pods: the controller pins a `stableService` to the
//! stable pods even where nothing routes, and a canary by pod count would get no requests
//! (argo-rollouts `rollout/service.go`). Blue-green has `<service>` active and
//! `<service>-preview` beside it.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "Service",
    template: "service",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    if unit.ports.is_empty() {
        return Vec::new();
    }
    let twin = match (unit.is_routed(), unit.is_blue_green()) {
        (true, _) => Some("canary"),
        (_, true) => Some("preview"),
        _ => None,
    };
    let mut services = vec![service(unit, "")];
    services.extend(twin.map(|suffix| service(unit, suffix)));
    services
}

fn service(unit: &Unit, suffix: &str) -> Planned {
    let name = if suffix.is_empty() {
        unit.name.clone()
    } else {
        unit.suffixed(suffix)
    };
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
        .context(&name)
        .with("ports", Traced::from(ports.collect::<Vec<_>>()));
    unit.planned("service", suffix, context)
}
