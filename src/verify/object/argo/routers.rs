//! What splits the traffic of a canary: what each router needs, and what goes with what.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/*.go`, `rollout/controller.go` and
//! `rollout/trafficrouting/*`.

use crate::codes;
use crate::diagnostic::Severity;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::argo::rollout::{FIELD_VOID, replicas};
use crate::verify::object::argo::{plugins, warn};
use crate::verify::object::metadata::ANNOTATION_MALFORMED;
use crate::verify::object::shape::{
    FIELD_EMPTY, Findings, NOT_EXACTLY_ONE, at_least, between, contradiction, not_empty, required,
    unique,
};
use crate::verify::target::RolloutsVersion;

codes! {
    /// Some ways of routing need a field that is missing, or a field needs a router that is
    /// missing: `scaleDownDelaySeconds` or `setCanaryScale` without `trafficRouting`, NGINX without
    /// `stableService` and `canaryService`, a `setHeaderRoute` without its managed route.
    /// Add the field that is named, or take the other one away.
    ROUTING_INCOMPLETE = "routing-incomplete": "a rollout whose traffic routing does not fit together";

    /// `trafficRouting` names no router. The canary is scaled as if one were there, so all pods of
    /// the old version stay, but no weight is ever set: the steps change nothing, and then all
    /// traffic moves at once.
    ///
    /// Name a router, such as `nginx`, or remove `trafficRouting`.
    ROUTER_MISSING = "router-missing": "traffic routing without a router";

    /// Weights go up to `maxTrafficWeight`, but this router takes them for percentages, so the
    /// shares that it sets are wrong or negative.
    ///
    /// Remove `maxTrafficWeight`, or the router that does not know it.
    WEIGHTS_NOT_OF_100 = "weights-not-of-100": "a router that only knows weights of 100";

    /// The controller puts its prefix before each of `additionalIngressAnnotations`, so a key that
    /// has another prefix gets two. The API server refuses such a key: the Ingress of the canary is
    /// never made, and the rollout stays in its first step.
    ///
    /// Write the key without its prefix, or put it below `canaryIngressAnnotations`, which is taken
    /// as it is.
    ANNOTATION_PREFIXED_TWICE = "annotation-prefixed-twice": "an annotation that gets two prefixes";

    /// Both versions have the same subset, so the DestinationRule cannot tell their pods apart and
    /// the weights mean nothing.
    ///
    /// Name two subsets of the DestinationRule.
    SUBSETS_SAME = "subsets-same": "one Istio subset for both versions";
}

const BY_SERVICE: [&str; 6] = ["smi", "apisix", "ambassador", "nginx", "appMesh", "traefik"];
const OF_100: [&str; 7] = [
    "istio",
    "alb",
    "smi",
    "ambassador",
    "appMesh",
    "traefik",
    "apisix",
];

/// Is the router there? An empty map of plugins is none.
pub fn has(routing: &Cursor, router: &str) -> bool {
    match router {
        "plugins" => routing.len(router) > 0,
        _ => routing.has(router),
    }
}

/// Is one of the routers there?
pub fn has_one(canary: &Cursor, routers: &[&str]) -> bool {
    let routing = canary.at("trafficRouting");
    routing.is_some_and(|routing| routers.iter().any(|router| has(&routing, router)))
}

/// The weight that stands for all traffic.
pub fn most(canary: &Cursor) -> i64 {
    canary.int("trafficRouting/maxTrafficWeight").unwrap_or(100)
}

/// A field that is missing, or has nothing that it could work with.
pub fn incomplete(
    at: &Cursor,
    path: &str,
    message: impl Into<String>,
    help: &str,
    out: &mut Findings,
) {
    out.push(at.error_at(path, ROUTING_INCOMPLETE, message).help(help));
}

pub fn check(spec: &Cursor, at: &Cursor, target: &Target, out: &mut Findings) {
    let Some(routing) = at.at("trafficRouting") else {
        return;
    };
    if !BY_SERVICE
        .iter()
        .chain(&OF_100)
        .chain(&["plugins"])
        .any(|router| has(&routing, router))
    {
        let message = "`trafficRouting` names no router, so no weight is ever set";
        warn(
            at,
            "trafficRouting",
            ROUTER_MISSING,
            message,
            "name a router",
            out,
        );
    }
    weights(spec, &routing, out);
    services(at, &routing, target, out);
    softly(&routing, "managedRoutes", out);
    ingresses(&routing, out);
    istio(&routing, out);
    named(&routing, out);
    plugins::check(&routing, out);
}

fn weights(spec: &Cursor, routing: &Cursor, out: &mut Findings) {
    let field = "maxTrafficWeight";
    let Some(most) = routing.int(field) else {
        return;
    };
    at_least(routing, field, 1, out);
    if !has(routing, "nginx") && !has(routing, "plugins") {
        let message = "`maxTrafficWeight` needs NGINX or a plugin";
        return incomplete(routing, field, message, "remove it", out);
    }
    for router in OF_100
        .iter()
        .filter(|router| most != 100 && routing.has(router))
    {
        let message = format!("`{router}` takes weights for percentages, not for parts of {most}");
        out.push(
            routing
                .error_at(field, WEIGHTS_NOT_OF_100, message)
                .help("remove `maxTrafficWeight`, or the router"),
        );
    }
    let product = replicas(spec).map(|all| all.saturating_mul(most));
    if product.is_some_and(|product| product > i64::from(i32::MAX)) {
        let message = "`replicas` times `maxTrafficWeight` is beyond what the controller can count";
        out.push(contradiction(routing, field, message, "lower it"));
    }
}

/// A name twice is a slip, and nothing comes of it.
fn softly(at: &Cursor, list: &str, out: &mut Findings) {
    let first = out.len();
    unique(at, list, "name", out);
    for finding in out.iter_mut().skip(first) {
        finding.severity = Severity::Warning;
    }
}

/// The Services that routers need, and what a pair of ping and pong goes with.
fn services(at: &Cursor, routing: &Cursor, target: &Target, out: &mut Findings) {
    let paired = at.has("pingPong");
    let needs = BY_SERVICE.iter().any(|router| routing.has(router))
        || (!paired && routing.has("alb"))
        || (!paired && routing.has("istio") && !routing.has("istio/destinationRule"));
    for field in ["stableService", "canaryService"] {
        if needs && at.text(field).is_empty() {
            let message = format!("this router needs `{field}`");
            incomplete(at, field, message, "name the Service", out);
        }
    }
    if !paired {
        return;
    }
    let plugin = has(routing, "plugins") && target.rollouts >= RolloutsVersion::V1_10;
    if !routing.has("alb") && !routing.has("istio") && !plugin {
        let message = "`pingPong` needs ALB or Istio, or a plugin from Argo Rollouts 1.10 on";
        incomplete(at, "pingPong", message, "remove it", out);
    }
    if routing.has("alb") && routing.text("alb/rootService").is_empty() {
        let message = "`pingPong` with ALB needs `rootService`";
        incomplete(
            routing,
            "alb/rootService",
            message,
            "name the Service of the Ingress",
            out,
        );
    }
}

/// One name, or a list of names: a list counts even when it is empty.
fn one_or_list(at: &Cursor, one: &str, list: &str, out: &mut Findings) {
    let single = match at.find(one) {
        Some(value) => value.as_str() != Some(""),
        None => false,
    };
    if single != at.has(list) {
        if !single && at.len(list) == 0 {
            let message = format!("`{list}` is empty, so nothing is changed");
            warn(at, list, FIELD_VOID, message, "name one", out);
        }
        return nameless(at, list, out);
    }
    let (what, help) = match single {
        true => ("only one of", "remove one of them"),
        false => ("one of", "add one of them"),
    };
    let message = format!("{what} `{one}` and `{list}` is needed");
    out.push(at.error(NOT_EXACTLY_ONE, message).help(help));
}

/// An entry without a name is looked for, and not found.
fn nameless(at: &Cursor, list: &str, out: &mut Findings) {
    for (index, entry) in at.list(list).enumerate() {
        if entry.value().as_str() == Some("") || entry.str("name") == Some("") {
            let message = format!("entry {index} of `{list}` has no name");
            out.push(
                entry
                    .error(FIELD_EMPTY, message)
                    .help("name it, or remove it"),
            );
        }
    }
}

fn ingresses(routing: &Cursor, out: &mut Findings) {
    if let Some(nginx) = routing.at("nginx") {
        one_or_list(&nginx, "stableIngress", "stableIngresses", out);
        prefixes(&nginx, out);
    }
    let Some(alb) = routing.at("alb") else { return };
    one_or_list(&alb, "ingress", "ingresses", out);
    if let Some(sticky) = alb
        .at("stickinessConfig")
        .filter(|sticky| sticky.flag("enabled") == Some(true))
    {
        between(&sticky, "durationSeconds", 1, 604_800, out);
    }
}

/// The annotations of the Ingress for the canary: with a key that the API server refuses it is never
/// made, and the rollout stays in its first step. Source: argo-rollouts `trafficrouting/nginx/nginx.go`.
fn prefixes(nginx: &Cursor, out: &mut Findings) {
    let prefix = match nginx.text("annotationPrefix") {
        "" => "nginx.ingress.kubernetes.io",
        prefix => prefix,
    };
    if let Some(wrong) = names::qualified(&format!("{prefix}/canary").to_lowercase()) {
        let message = format!("the controller would write `{prefix}/canary`, and a key {wrong}");
        out.push(
            nginx
                .error_at("annotationPrefix", ANNOTATION_MALFORMED, message)
                .help("write a prefix such as `nginx.ingress.kubernetes.io`"),
        );
        return;
    }
    for (key, entry) in nginx.entries("additionalIngressAnnotations") {
        let written = match key.starts_with(prefix) {
            true => key.to_owned(),
            false => format!("{prefix}/{key}"),
        };
        let Some(wrong) = names::qualified(&written.to_lowercase()) else {
            continue;
        };
        let (code, help) = match key.contains('/') {
            true => (ANNOTATION_PREFIXED_TWICE, "write it without its prefix"),
            false => (ANNOTATION_MALFORMED, "rename the annotation"),
        };
        let message = format!("the controller would write `{written}`, and a key {wrong}");
        out.push(entry.error(code, message).help(help));
    }
    for (key, entry) in nginx.entries("canaryIngressAnnotations") {
        if let Some(wrong) = names::qualified(&key.to_lowercase()) {
            let message = format!("the key of the annotation `{key}` {wrong}");
            let found = entry.error(ANNOTATION_MALFORMED, message);
            out.push(found.help("rename the annotation"));
        }
    }
}

fn istio(routing: &Cursor, out: &mut Findings) {
    let Some(istio) = routing.at("istio") else {
        return;
    };
    one_or_list(&istio, "virtualService", "virtualServices", out);
    if let Some(one) = istio.at("virtualService") {
        not_empty(&one, "name", out);
        named_before_dot(&one, out);
    }
    istio
        .list("virtualServices")
        .for_each(|one| named_before_dot(&one, out));
    softly(&istio, "virtualServices", out);
    let Some(rule) = istio.at("destinationRule") else {
        return;
    };
    for field in ["name", "canarySubsetName", "stableSubsetName"] {
        required(&rule, field, out);
    }
    let subset = rule.text("canarySubsetName");
    if !subset.is_empty() && subset == rule.text("stableSubsetName") {
        let message = format!("both versions are the subset `{subset}`");
        let help = "name two subsets";
        warn(&rule, "canarySubsetName", SUBSETS_SAME, message, help, out);
    }
}

/// `name.namespace`: the last part is the namespace, and the name before it must be one
/// (`utils/istio/istio.go`, `GetVirtualServiceNamespaceName`).
fn named_before_dot(service: &Cursor, out: &mut Findings) {
    let name = service.text("name");
    let name = name.strip_suffix(".cluster.local").unwrap_or(name);
    if name
        .rsplit_once('.')
        .is_some_and(|(name, _)| name.is_empty())
    {
        let message = format!(
            "`{}` names a namespace and no VirtualService",
            service.text("name")
        );
        let found = service.at("name").map(|at| at.error(FIELD_EMPTY, message));
        out.extend(found.map(|found| found.help("write `name.namespace`, or the name alone")));
    }
}

const MESH_NAMES: [&str; 3] = [
    "virtualService/name",
    "virtualNodeGroup/stableVirtualNodeRef/name",
    "virtualNodeGroup/canaryVirtualNodeRef/name",
];

/// Routers that patch something by its name.
fn named(routing: &Cursor, out: &mut Findings) {
    if let Some(ambassador) = routing.at("ambassador") {
        required(&ambassador, "mappings", out);
        nameless(&ambassador, "mappings", out);
    }
    if let Some(mesh) = routing.at("appMesh") {
        for path in ["virtualService", "virtualNodeGroup"] {
            required(&mesh, path, out);
        }
        for path in MESH_NAMES {
            not_empty(&mesh, path, out);
        }
    }
    if let Some(traefik) = routing.at("traefik") {
        required(&traefik, "weightedTraefikServiceName", out);
    }
    if let Some(apisix) = routing.at("apisix") {
        required(&apisix, "route", out);
        if let Some(route) = apisix.at("route") {
            required(&route, "name", out);
            if route.has("rules") && route.len("rules") == 0 {
                let message = "`rules` is empty, so nothing is changed";
                warn(
                    &route,
                    "rules",
                    FIELD_VOID,
                    message,
                    "name one, or remove it",
                    out,
                );
            }
        }
    }
    if has(routing, "nginx") && routing.has("managedRoutes") && routing.len("managedRoutes") > 0 {
        unmanaged(routing, out);
    }
}

fn unmanaged(routing: &Cursor, out: &mut Findings) {
    let able = ["istio", "alb", "apisix", "plugins"];
    if !able.iter().any(|router| has(routing, router)) {
        let message = "NGINX has no managed routes";
        warn(
            routing,
            "managedRoutes",
            FIELD_VOID,
            message,
            "remove them",
            out,
        );
    }
}
