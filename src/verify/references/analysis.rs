//! What Rollouts and AnalysisTemplates say of services, templates and arguments.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation_references.go` and
//! `utils/analysis/helpers.go`.

use crate::value::Str;
use crate::verify::cursor::Cursor;
use crate::verify::references::facts::{Arg, Facts, Target};

pub fn rollout(root: &Cursor, facts: &mut Facts) {
    const SERVICES: [&str; 4] = [
        "spec/strategy/canary/stableService",
        "spec/strategy/canary/canaryService",
        "spec/strategy/blueGreen/activeService",
        "spec/strategy/blueGreen/previewService",
    ];
    for path in SERVICES {
        let name = root.text(path);
        if !name.is_empty() {
            facts.need(format!("/{path}"), Target::OwnService { name: name.into() });
        }
    }
    for path in [
        "spec/strategy/canary/analysis",
        "spec/strategy/blueGreen/prePromotionAnalysis",
        "spec/strategy/blueGreen/postPromotionAnalysis",
    ] {
        if let Some(at) = root.at(path) {
            used(&at, facts);
        }
    }
    for step in root.list("spec/strategy/canary/steps") {
        if let Some(at) = step.at("analysis") {
            used(&at, facts);
        }
        for at in step.list("experiment/analyses") {
            let name = at.text("templateName");
            if !name.is_empty() {
                let templates = vec![(name.into(), at.flag("clusterScope") == Some(true))];
                facts.need(
                    at.pointer(),
                    Target::Analysis {
                        templates,
                        given: given(&at),
                    },
                );
            }
        }
    }
    routes(root, facts);
}

/// An analysis names templates and gives arguments to all of them.
fn used(at: &Cursor, facts: &mut Facts) {
    let templates = templates(at, "templates");
    if !templates.is_empty() {
        facts.need(
            at.pointer(),
            Target::Analysis {
                templates,
                given: given(at),
            },
        );
    }
}

fn templates(at: &Cursor, path: &str) -> Vec<(Str, bool)> {
    at.list(path)
        .map(|template| {
            (
                template.text("templateName").into(),
                template.flag("clusterScope") == Some(true),
            )
        })
        .collect()
}

fn given(at: &Cursor) -> Vec<Str> {
    at.list("args").map(|arg| arg.text("name").into()).collect()
}

/// The routes that the controller rewrites.
fn routes(root: &Cursor, facts: &mut Facts) {
    let Some(routing) = root.at("spec/strategy/canary/trafficRouting") else {
        return;
    };
    let plain = [
        ("nginx/stableIngress", "Ingress"),
        ("alb/ingress", "Ingress"),
    ];
    for (path, kind) in plain {
        let pointer = format!("{}/{path}", routing.pointer());
        facts.need_beside(pointer, "networking.k8s.io", kind, routing.text(path));
    }
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

pub fn template(root: &Cursor, facts: &mut Facts) {
    for arg in root.list("spec/args") {
        let valued = arg.has("value") || arg.has("valueFrom");
        facts.args.push(Arg {
            name: arg.text("name").into(),
            valued,
        });
        if let Some(secret) = arg.at("valueFrom/secretKeyRef") {
            let (kind, name, key) = (
                "Secret".into(),
                secret.text("name").into(),
                secret.text("key").into(),
            );
            facts.need(
                format!("{}/key", secret.pointer()),
                Target::Key { kind, name, key },
            );
        }
    }
    let templates = templates(root, "spec/templates");
    if !templates.is_empty() {
        let given = facts.args.iter().map(|arg| arg.name.clone()).collect();
        facts.need("/spec", Target::Analysis { templates, given });
    }
}
