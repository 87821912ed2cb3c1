//! What a Rollout says of the routes that it changes, and what those routes are.
//!
//! Source: argo-rollouts `rollout/controller.go` (`getReferenced…`),
//! `rollout/trafficrouting/istio/istio.go`, `utils/ingress/ingress.go`.

use std::sync::Arc;

use crate::value::{Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::references::facts::{Facts, Patched, Route, Routes, Target};

const ISTIO: &str = "networking.istio.io";

/// The routes that the controller rewrites.
pub fn rollout(root: &Cursor, facts: &mut Facts) {
    let Some(routing) = root.at("spec/strategy/canary/trafficRouting") else {
        return;
    };
    ingresses(root, &routing, facts);
    istio(root, &routing, facts);
    let group = "getambassador.io";
    for (index, name) in names(&routing, "ambassador/mappings").iter().enumerate() {
        let pointer = format!("{}/ambassador/mappings/{index}", routing.pointer());
        facts.need_beside(pointer, group, "Mapping", name);
    }
    for (path, group, kind) in [
        (
            "traefik/weightedTraefikServiceName",
            "traefik.io",
            "TraefikService",
        ),
        ("apisix/route/name", "apisix.apache.org", "ApisixRoute"),
        (
            "appMesh/virtualService/name",
            "appmesh.k8s.aws",
            "VirtualService",
        ),
    ] {
        let pointer = format!("{}/{path}", routing.pointer());
        facts.need_beside(pointer, group, kind, routing.text(path));
    }
    gateway_api(&routing, facts);
}

/// Routes that the plugin for the Gateway API changes.
fn gateway_api(routing: &Cursor, facts: &mut Facts) {
    let Some(plugin) = routing.at("plugins") else {
        return;
    };
    let Some(map) = plugin.value().as_map() else {
        return;
    };
    let Some((key, settings)) = map
        .iter()
        .find(|(key, _)| *key == "argoproj-labs/gatewayAPI")
    else {
        return;
    };
    let settings = Cursor::root(settings);
    let group = "gateway.networking.k8s.io";
    let base = format!("{}/{}", plugin.pointer(), crate::value::pointer_step(key));
    let namespace = settings
        .str("namespace")
        .map_or_else(|| facts.namespace.clone(), Str::from);
    for (field, kind) in [("httpRoute", "HTTPRoute"), ("grpcRoute", "GRPCRoute")] {
        let single = settings
            .str(field)
            .map(|name| (format!("{base}/{field}"), Str::from(name)));
        let list = format!("{field}s");
        let several = settings.list(&list).map(|route| {
            (
                format!("{base}{}/name", route.pointer()),
                Str::from(route.text("name")),
            )
        });
        let found: Vec<(String, Str)> = single.into_iter().chain(several).collect();
        for (pointer, name) in found {
            let namespace = namespace.clone();
            facts.need(
                pointer,
                Target::Object {
                    group: group.into(),
                    kind: kind.into(),
                    namespace,
                    name,
                },
            );
        }
    }
}

/// The texts of a list.
fn names(at: &Cursor, path: &str) -> Vec<Str> {
    let list = at.find(path).and_then(Value::as_list);
    let texts = list.map_or(&[][..], |list| list).iter();
    texts.filter_map(Value::as_str).map(Str::from).collect()
}

fn ingresses(root: &Cursor, routing: &Cursor, facts: &mut Facts) {
    let stable = root.text("spec/strategy/canary/stableService");
    let of_alb = match routing.text("alb/rootService") {
        "" => stable,
        service => service,
    };
    for (one, list, service) in [
        ("nginx/stableIngress", "nginx/stableIngresses", stable),
        ("alb/ingress", "alb/ingresses", of_alb),
    ] {
        let single = (
            format!("{}/{one}", routing.pointer()),
            Str::from(routing.text(one)),
        );
        let several = names(routing, list).into_iter().enumerate();
        let several =
            several.map(|(index, name)| (format!("{}/{list}/{index}", routing.pointer()), name));
        let all: Vec<(String, Str)> = std::iter::once(single).chain(several).collect();
        for (pointer, ingress) in all.into_iter().filter(|(_, name)| !name.is_empty()) {
            facts.need_beside(&pointer, "networking.k8s.io", "Ingress", &ingress);
            if !service.is_empty() {
                let service = service.into();
                facts.need(pointer, Target::Backend { ingress, service });
            }
        }
    }
}

fn istio(root: &Cursor, routing: &Cursor, facts: &mut Facts) {
    let Some(istio) = routing.at("istio") else {
        return;
    };
    let rule = istio.text("destinationRule/name");
    let pointer = format!("{}/destinationRule/name", istio.pointer());
    facts.need_beside(pointer, ISTIO, "DestinationRule", rule);
    let one = istio.at("virtualService");
    for at in one.into_iter().chain(istio.list("virtualServices")) {
        let mut patched = patched(root, routing, &istio);
        let text = at.text("name");
        let text = text.strip_suffix(".cluster.local").unwrap_or(text);
        let (name, namespace) = match text.rsplit_once('.') {
            Some((name, namespace)) => (name.into(), namespace.into()),
            None => (Str::from(text), facts.namespace.clone()),
        };
        if name.is_empty() {
            continue;
        }
        let pointer = format!("{}/name", at.pointer());
        let what = Target::Object {
            group: ISTIO.into(),
            kind: "VirtualService".into(),
            namespace: namespace.clone(),
            name: name.clone(),
        };
        facts.need(&pointer, what);
        patched.http = names(&at, "routes");
        patched.picks_tls = at.len("tlsRoutes") > 0;
        patched.picks_tcp = at.len("tcpRoutes") > 0;
        (patched.namespace, patched.name) = (namespace, name);
        facts.need(pointer, Target::Patched(Arc::new(patched)));
    }
}

/// What all VirtualServices of a rollout share.
fn patched(root: &Cursor, routing: &Cursor, istio: &Cursor) -> Patched {
    let canary = |field: &str| root.text(&format!("spec/strategy/canary/{field}"));
    let (stable, new) = (canary("stableService"), canary("canaryService"));
    let paired = stable.is_empty() && new.is_empty();
    let by_subset = istio.has("destinationRule");
    let ends = match (by_subset, paired) {
        (true, _) => (
            istio.text("destinationRule/stableSubsetName"),
            istio.text("destinationRule/canarySubsetName"),
        ),
        (false, true) => (
            canary("pingPong/pongService"),
            canary("pingPong/pingService"),
        ),
        (false, false) => (stable, new),
    };
    Patched {
        managed: routing
            .list("managedRoutes")
            .map(|route| route.text("name").into())
            .collect(),
        ends: (ends.0.into(), ends.1.into()),
        by_subset,
        ..Patched::default()
    }
}

pub fn virtual_service(root: &Cursor, facts: &mut Facts) {
    let list = |name: &str| -> Option<Vec<Route>> {
        root.find(&format!("spec/{name}"))?.as_list()?;
        Some(
            root.list(&format!("spec/{name}"))
                .map(|at| route(&at))
                .collect(),
        )
    };
    facts.routes = Some(Arc::new(Routes {
        http: list("http"),
        tls: list("tls"),
        tcp: list("tcp"),
    }));
}

/// Of a host, the part before the first dot counts.
fn route(at: &Cursor) -> Route {
    let to = at.list("route").map(|end| {
        let host = end.text("destination/host");
        let short = host.split_once('.').map_or(host, |(short, _)| short);
        (short.into(), end.text("destination/subset").into())
    });
    Route {
        name: at.text("name").into(),
        to: to.collect(),
    }
}
