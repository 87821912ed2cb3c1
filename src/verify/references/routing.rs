//! What a Rollout says of the routes that it changes, and what those routes are.
//!
//! Source: argo-rollouts `rollout/controller.go` (`getReferenced…`),
//! `rollout/trafficrouting/istio/istio.go`, `utils/ingress/ingress.go`.

use std::sync::Arc;

use crate::value::{Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::references::facts::{Facts, Patched, Route, Routes, Target};
use crate::verify::references::router::{Wanted, Wish};

const ISTIO: &str = "networking.istio.io";

/// The routes that the controller rewrites.
pub fn rollout(root: &Cursor, facts: &mut Facts) {
    let Some(routing) = root.at("spec/strategy/canary/trafficRouting") else {
        return;
    };
    ingresses(root, &routing, facts);
    istio(root, &routing, facts);
    others(root, &routing, facts);
    gateway_api(root, &routing, facts);
}

/// Objects of routers beside Istio, NGINX and ALB.
fn others(root: &Cursor, routing: &Cursor, facts: &mut Facts) {
    let of = |field: &str| Str::from(root.text(&format!("spec/strategy/canary/{field}")));
    let services = (of("stableService"), of("canaryService"));
    for (index, name) in names(routing, "ambassador/mappings")
        .into_iter()
        .enumerate()
    {
        let path = format!("ambassador/mappings/{index}");
        let mapping = Wish::new(Wanted::Mapping, name, &services);
        wish(routing, &path, mapping, facts);
    }
    let path = "traefik/weightedTraefikServiceName";
    let traefik = Wish::new(Wanted::Traefik, routing.text(path).into(), &services);
    wish(routing, path, traefik, facts);
    apisix(routing, &services, facts);
    app_mesh(routing, facts);
    if let Some(smi) = routing.at("smi") {
        let name = match smi.text("trafficSplitName") {
            "" => root.text("metadata/name"),
            name => name,
        };
        let split = Wish::new(Wanted::Split, name.into(), &services);
        wish(routing, "smi", split, facts);
    }
}

/// Without rules the one of the same name is shifted; of an empty list, none.
fn apisix(routing: &Cursor, services: &(Str, Str), facts: &mut Facts) {
    let (path, rules) = ("apisix/route/name", "apisix/route/rules");
    let mut route = Wish::new(Wanted::Apisix, routing.text(path).into(), services);
    route.rules = names(routing, rules);
    if routing.has(rules) && route.rules.is_empty() {
        let pointer = format!("{}/{path}", routing.pointer());
        facts.need_beside(pointer, "apisix.apache.org", "ApisixRoute", &route.name);
    } else {
        wish(routing, path, route, facts);
    }
}

fn app_mesh(routing: &Cursor, facts: &mut Facts) {
    let Some(mesh) = routing.at("appMesh") else {
        return;
    };
    let node =
        |which: &str| Str::from(mesh.text(&format!("virtualNodeGroup/{which}VirtualNodeRef/name")));
    let (nodes, path) = (
        (node("stable"), node("canary")),
        "appMesh/virtualService/name",
    );
    let mut service = Wish::new(Wanted::AppMesh, routing.text(path).into(), &nodes);
    service.rules = names(&mesh, "virtualService/routes");
    wish(routing, path, service, facts);
}

fn wish(routing: &Cursor, path: &str, wish: Wish, facts: &mut Facts) {
    if !wish.name.is_empty() {
        let pointer = format!("{}/{path}", routing.pointer());
        facts.need(pointer, Target::Shifted(Arc::new(wish)));
    }
}

/// Routes that the plugin for the Gateway API changes.
fn gateway_api(root: &Cursor, routing: &Cursor, facts: &mut Facts) {
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
    let service = |which: &str| Str::from(root.text(&format!("spec/strategy/canary/{which}")));
    let services = ["stableService", "canaryService"].map(service);
    let group = "gateway.networking.k8s.io";
    let base = format!("{}/{}", plugin.pointer(), crate::value::pointer_step(key));
    let namespace = settings
        .str("namespace")
        .filter(|name| !name.is_empty())
        .map_or_else(|| facts.namespace.clone(), Str::from);
    for (field, kind) in [
        ("httpRoute", "HTTPRoute"),
        ("grpcRoute", "GRPCRoute"),
        ("tcpRoute", "TCPRoute"),
        ("tlsRoute", "TLSRoute"),
    ] {
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
            let backends = Target::RouteBackends {
                kind,
                namespace: namespace.clone(),
                name: name.clone(),
                services: services.clone(),
            };
            facts.need(&pointer, backends);
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
    for (one, list, service, of_alb) in [
        (
            "nginx/stableIngress",
            "nginx/stableIngresses",
            stable,
            false,
        ),
        ("alb/ingress", "alb/ingresses", of_alb, true),
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
                let what = Target::Backend {
                    ingress,
                    service,
                    of_alb,
                };
                facts.need(pointer, what);
            }
        }
    }
}

fn istio(root: &Cursor, routing: &Cursor, facts: &mut Facts) {
    let Some(istio) = routing.at("istio") else {
        return;
    };
    let (rule, path) = (
        istio.text("destinationRule/name"),
        "istio/destinationRule/name",
    );
    let subset = |of: &str| Str::from(istio.text(&format!("destinationRule/{of}SubsetName")));
    let subsets = (subset("stable"), subset("canary"));
    let rule = Wish::new(Wanted::Subsets, rule.into(), &subsets);
    wish(routing, path, rule, facts);
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
        let pick = |one: Cursor| (one.int("port").unwrap_or(0), names(&one, "sniHosts"));
        patched.tls = at.list("tlsRoutes").map(pick).collect();
        patched.tcp = at
            .list("tcpRoutes")
            .map(|one| (one.int("port").unwrap_or(0), Vec::new()))
            .collect();
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
                .map(|at| route(&at, name == "tls"))
                .collect(),
        )
    };
    let readable = |name: &&&str| root.list(&format!("spec/{name}")).all(|at| is_route(&at));
    facts.routes = Some(Arc::new(Routes {
        http: list("http"),
        tls: list("tls"),
        tcp: list("tcp"),
        unreadable: ["http", "tls", "tcp"]
            .iter()
            .find(|name| !readable(name))
            .copied(),
    }));
}

/// Can the controller read it? A null counts as absent.
fn is_route(at: &Cursor) -> bool {
    let texts = |at: &Cursor, fields: &[&str]| {
        fields
            .iter()
            .all(|field| at.find(field).is_none_or(|value| value.as_str().is_some()))
    };
    let whole = |at: &Cursor, field| at.find(field).is_none_or(|value| value.as_int().is_some());
    let maps = |at: &Cursor, field| {
        let list = at.find(field).map(Value::as_list);
        list.is_none_or(|list| list.is_some_and(|list| list.iter().all(is_map)))
    };
    let end = |end: Cursor| {
        whole(&end, "weight")
            && end.find("destination").is_none_or(is_map)
            && texts(&end, &["destination/host", "destination/subset"])
    };
    is_map(at.value())
        && texts(at, &["name"])
        && maps(at, "match")
        && maps(at, "route")
        && at.list("match").all(|one| whole(&one, "port"))
        && at.list("route").all(end)
}

fn is_map(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::Null)
}

/// Of a host, the part before the first dot counts.
fn route(at: &Cursor, by_server: bool) -> Route {
    let to = at.list("route").map(|end| {
        let host = end.text("destination/host");
        let short = host.split_once('.').map_or(host, |(short, _)| short);
        (short.into(), end.text("destination/subset").into())
    });
    let mut ports = at.list("match").map(|one| one.int("port").unwrap_or(0));
    let port = ports.next().unwrap_or(0);
    let mut servers: Vec<Str> = Vec::new();
    for one in at.list("match").filter(|_| by_server) {
        servers.extend(names(&one, "sniHosts"));
    }
    servers.sort();
    servers.dedup();
    Route {
        name: at.text("name").into(),
        to: to.collect(),
        port: ports.all(|other| other == port).then_some(port),
        servers,
    }
}
