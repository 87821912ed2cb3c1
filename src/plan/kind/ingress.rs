//! Ingress: the way from ingress-nginx to a service. Of a canary it is the `stableIngress`; the
//! Rollouts controller makes a second one beside it for the canary's share.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::ports::Protocol;
use crate::plan::traffic::Router;
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "Ingress",
    template: "ingress",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let Some(traffic) = &unit.traffic else {
        return Vec::new();
    };
    let (Router::Nginx(nginx), Some(exposed)) = (traffic.router, &traffic.exposed) else {
        return Vec::new();
    };
    // Without a word the controller speaks HTTP/1.1 to what it routes to.
    let is_grpc = traffic.port.protocol == Protocol::Grpc;
    let protocol = is_grpc.then(|| Traced::from("GRPC").at(traffic.port.span));
    let expose = unit.spec().expose.as_ref();
    let tls = expose.and_then(|expose| expose.tls.as_ref());
    let tls = tls.map(|at| Traced::from(&at.value.0).at(at.span));
    let context = unit
        .context(&unit.name)
        .with("class", Traced::from(nginx.value.name()).at(nginx.span))
        .with("protocol", protocol)
        .with("tls", tls)
        .with("host", Traced::from(&exposed.host).at(exposed.host_span))
        .with("path", Traced::from(&exposed.path).at(exposed.path_span))
        .with(
            "port",
            Traced::from(traffic.port.service).at(traffic.port.span),
        );
    vec![unit.planned(KIND.template, "", context)]
}
