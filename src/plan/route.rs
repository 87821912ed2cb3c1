//! Which routes a service needs, and what they say.
//!
//! One route may have two parents, the Gateway and the Service, where both kinds of callers may
//! meet the same rules: with a path of its own a caller from inside would find no rule for other
//! paths, and Linkerd compares the hostnames of a route with what callers inside write.

use super::Planned;
use super::ports::Protocol;
use super::series::convention;
use super::traffic::{Exposed, Router};
use super::unit::Unit;
use crate::draft::Traced;
use crate::spec::field::At;
use crate::spec::text::{Convention, Mesh, Namespaced};
use crate::value::Str;

/// A route of the Gateway API. All its weights are the Rollout's.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    /// Empty, or `mesh` for the second one.
    pub suffix: &'static str,
    pub is_grpc: bool,
    pub gateway: Option<(&'a At<Namespaced>, &'a Exposed)>,
    /// Whether the Service is a parent.
    pub has_service: bool,
}

/// None for what is neither exposed through a Gateway nor a canary in a mesh.
pub fn routes<'a>(unit: &'a Unit) -> Vec<Route<'a>> {
    let Some(traffic) = &unit.traffic else {
        return Vec::new();
    };
    let is_grpc = traffic.port.protocol == Protocol::Grpc;
    let route = |suffix, gateway, has_service| Route {
        suffix,
        is_grpc,
        gateway,
        has_service,
    };
    let mesh = traffic.mesh.filter(|_| unit.is_routed());
    match (traffic.router, &traffic.exposed, mesh) {
        (Router::Nginx(_), ..) => Vec::new(),
        (Router::Gateway(gateway), Some(exposed), Some(mesh)) => {
            let gateway = Some((gateway, exposed));
            match mesh == Mesh::Istio && exposed.path == "/" {
                true => vec![route("", gateway, true)],
                false => vec![route("", gateway, false), route("mesh", None, true)],
            }
        }
        (Router::Gateway(gateway), Some(exposed), None) => {
            vec![route("", Some((gateway, exposed)), false)]
        }
        (Router::Mesh(_), _, Some(_)) => vec![route("", None, true)],
        _ => Vec::new(),
    }
}

impl Route<'_> {
    pub fn name(&self, unit: &Unit) -> Str {
        match self.suffix {
            "" => unit.name.clone(),
            suffix => unit.suffixed(suffix),
        }
    }

    /// The route as an object, in the template of its kind.
    pub fn planned(&self, unit: &Unit, template: &str) -> Planned {
        let host = self
            .gateway
            .map(|(_, exposed)| Traced::from(&exposed.host).at(exposed.host_span));
        let context = unit
            .context(&self.name(unit))
            .with("parents", self.parents(unit))
            .with("host", host)
            .with("match", self.rule_match())
            .with("backends", backends(unit));
        unit.planned(template, self.suffix, context)
    }

    fn parents(&self, unit: &Unit) -> Traced {
        let parent = |group, kind| {
            Traced::map()
                .with("group", Traced::from(group))
                .with("kind", Traced::from(kind))
        };
        let mut parents = Vec::new();
        if let Some((gateway, _)) = self.gateway {
            let part = |text: &str| Traced::from(text).at(gateway.span);
            parents.push(
                parent("gateway.networking.k8s.io", "Gateway")
                    .with("namespace", part(gateway.value.namespace()))
                    .with("name", part(gateway.value.name())),
            );
        }
        if let (true, Some(traffic)) = (self.has_service, &unit.traffic) {
            let port = Traced::from(traffic.port.service).at(traffic.port.span);
            parents.push(
                parent("", "Service")
                    .with("namespace", &unit.namespace)
                    .with("name", Traced::from(&unit.name).at(unit.span()))
                    .with("port", port),
            );
        }
        Traced::from(parents)
    }

    /// The path that is exposed: for HTTP a prefix, for gRPC `/<service>` or `/<service>/<method>`.
    /// Null where everything is: a gRPC match cannot say so.
    fn rule_match(&self) -> Traced {
        let exposed = self.gateway.map(|(_, exposed)| exposed);
        if !self.is_grpc {
            return match exposed {
                Some(exposed) => Traced::from(&exposed.path).at(exposed.path_span),
                None => Traced::from("/"),
            };
        }
        let Some(exposed) = exposed.filter(|exposed| exposed.path != "/") else {
            return Traced::default();
        };
        let path = exposed.path.trim_matches('/');
        let (service, method) = match path.split_once('/') {
            Some((service, method)) => (service, Some(method)),
            None => (path, None),
        };
        let part = |text: &str| Traced::from(text).at(exposed.path_span);
        Traced::map()
            .with("service", part(service))
            .with("method", method.map(part))
    }
}

/// Whether the router's metrics tell its backends apart only where each has a filter: Envoy Gateway
/// makes one cluster of a whole rule otherwise (`internal/ir/xds.go`, `NeedsClusterPerSetting`).
fn is_counted_apart(unit: &Unit) -> bool {
    convention(unit) == Some(Convention::EnvoyGateway)
}

/// `<service>` alone, or with its canary twin and the weights from which a release starts.
fn backends(unit: &Unit) -> Traced {
    let Some(traffic) = &unit.traffic else {
        return Traced::list();
    };
    let backend = |name: &Str, weight: u32| {
        Traced::map()
            .with("name", Traced::from(name).at(unit.span()))
            .with(
                "port",
                Traced::from(traffic.port.service).at(traffic.port.span),
            )
            .with("weight", weight)
            .with("isMarked", unit.is_routed() && is_counted_apart(unit))
    };
    let list = match unit.is_routed() {
        true => vec![
            backend(&unit.name, 100),
            backend(&unit.suffixed("canary"), 0),
        ],
        false => vec![backend(&unit.name, 1)],
    };
    Traced::from(list)
}
