//! What scales, limits, allows, deploys and routes.

use super::{
    Access, Application, Autoscaler, Destination, Limits, Policy, Project, Route, amounts,
};
use crate::value::{Map, Str, Value};
use crate::verify::cursor::Cursor;

pub(super) fn autoscaler(root: &Cursor) -> Autoscaler {
    let target = "spec/scaleTargetRef";
    let api = root.at(target).map_or("", |at| at.text("apiVersion"));
    let shares = root
        .list("spec/metrics")
        .enumerate()
        .filter_map(|(index, metric)| {
            let (part, container) = match metric.text("type") {
                "Resource" => ("resource", None),
                "ContainerResource" => (
                    "containerResource",
                    Some(Str::from(metric.text("containerResource/container"))),
                ),
                _ => return None,
            };
            let source = metric.at(part)?;
            source.has("target/averageUtilization").then_some(())?;
            Some((index, Str::from(source.text("name")), container))
        });
    Autoscaler {
        group: api.rsplit_once('/').map_or("", |(group, _)| group).into(),
        kind: root.text("spec/scaleTargetRef/kind").into(),
        name: root.text("spec/scaleTargetRef/name").into(),
        min: root.int("spec/minReplicas").unwrap_or(1),
        max: root.int("spec/maxReplicas").unwrap_or(i64::MAX),
        shares: shares.collect(),
    }
}

pub(super) fn limits(root: &Cursor) -> Limits {
    let mut limits = Limits::default();
    for rule in root.list("spec/limits") {
        if rule.text("type") != "Container" {
            continue;
        }
        for field in ["defaultRequest", "default", "max"] {
            let names = rule.map(field).map_or(&[][..], Map::entries);
            limits
                .defaults
                .extend(names.iter().map(|(name, _)| name.clone()));
        }
        limits.max.extend(amounts(rule.map("max")));
    }
    limits
}

/// `None` where several nodes may use it.
pub(super) fn claim(root: &Cursor) -> Option<Access> {
    let mut found = None;
    for mode in root.list("spec/accessModes") {
        match mode.value().as_str() {
            Some("ReadWriteOncePod") => found = found.or(Some(Access::OnePod)),
            Some("ReadWriteOnce") => found = Some(Access::OneNode),
            _ => return None,
        }
    }
    found
}

pub(super) fn policy(root: &Cursor) -> Policy {
    let types: Vec<&str> = root
        .list("spec/policyTypes")
        .filter_map(|one| one.value().as_str())
        .collect();
    let rules = |field: &str| match root.find(field) {
        Some(Value::List(rules)) => rules.clone(),
        _ => Vec::new(),
    };
    // Without types a policy speaks of ingress, and of egress where it has rules for it.
    let ingress = types.is_empty() || types.contains(&"Ingress");
    let egress = match types.is_empty() {
        true => root.len("spec/egress") > 0,
        false => types.contains(&"Egress"),
    };
    Policy {
        selector: root
            .find("spec/podSelector")
            .cloned()
            .unwrap_or(Value::Null),
        ingress: ingress.then(|| rules("spec/ingress")),
        egress: egress.then(|| rules("spec/egress")),
    }
}

pub(super) fn application(root: &Cursor) -> Application {
    let respects = root
        .list("spec/syncPolicy/syncOptions")
        .any(|option| option.value().as_str() == Some("RespectIgnoreDifferences=true"));
    let left = root.list("spec/ignoreDifferences").filter(|rule| {
        let pointer = rule
            .list("jsonPointers")
            .any(|pointer| pointer.value().as_str() == Some("/spec/replicas"));
        let path = rule
            .list("jqPathExpressions")
            .any(|path| path.value().as_str() == Some(".spec.replicas"));
        respects && (pointer || path)
    });
    Application {
        project: root.text("spec/project").into(),
        server: root.text("spec/destination/server").into(),
        cluster: root.text("spec/destination/name").into(),
        namespace: root.text("spec/destination/namespace").into(),
        sources: sources(root),
        leaves_replicas: left.map(|rule| rule.text("kind").into()).collect(),
    }
}

/// Several sources count where there are any; else the one, or the one that is hydrated. Source:
/// argo-cd `util/argo/argo.go` `ValidatePermissions`.
fn sources(root: &Cursor) -> Vec<(String, Str)> {
    let repository = |at: Cursor| {
        let address = at.str("repoURL")?;
        Some((format!("{}/repoURL", at.pointer()), Str::from(address)))
    };
    let several: Vec<_> = root.list("spec/sources").filter_map(repository).collect();
    if !several.is_empty() {
        return several;
    }
    let single = ["spec/sourceHydrator/drySource", "spec/source"];
    let single = single.iter().find_map(|path| root.at(path));
    single.and_then(repository).into_iter().collect()
}

pub(super) fn project(root: &Cursor) -> Project {
    let sources = root.list("spec/sourceRepos");
    let sources = sources.filter_map(|at| Some(Str::from(at.value().as_str()?)));
    let destination = |at: Cursor| Destination {
        server: at.text("server").into(),
        cluster: at.text("name").into(),
        namespace: at.text("namespace").into(),
    };
    Project {
        sources: sources.collect(),
        destinations: root.list("spec/destinations").map(destination).collect(),
    }
}

pub(super) fn route(root: &Cursor) -> Route {
    let timeouts = root.list("spec/rules").filter_map(|rule| {
        let seconds = gateway_seconds(rule.str("timeouts/request")?)?;
        let backends = rule
            .list("backendRefs")
            .map(|backend| backend.text("name").into());
        let pointer = format!("{}/timeouts/request", rule.pointer());
        Some((pointer, seconds, backends.collect()))
    });
    Route {
        timeouts: timeouts.collect(),
    }
}

/// A duration of the Gateway API (GEP-2257): `1h30m`, `500ms`; whole seconds, rounded up. Zero means
/// no limit.
fn gateway_seconds(text: &str) -> Option<i64> {
    let nanos = crate::verify::object::schedule::go_duration(text)?;
    let seconds = nanos.checked_add(999_999_999)? / 1_000_000_000;
    (seconds > 0).then_some(seconds)
}
