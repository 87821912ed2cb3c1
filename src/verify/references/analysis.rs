//! What Rollouts, Experiments and AnalysisTemplates say of services, templates and arguments.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation_references.go` and
//! `utils/analysis/helpers.go`.

use std::sync::Arc;

use crate::value::{Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::metric::LIMITS;
use crate::verify::references::facts::{Arg, Facts, Metric, Rules, Target, Template, Use};
use crate::verify::references::routing;

pub fn rollout(root: &Cursor, facts: &mut Facts) {
    const SERVICES: [&str; 6] = [
        "spec/strategy/canary/stableService",
        "spec/strategy/canary/canaryService",
        "spec/strategy/canary/pingPong/pingService",
        "spec/strategy/canary/pingPong/pongService",
        "spec/strategy/blueGreen/activeService",
        "spec/strategy/blueGreen/previewService",
    ];
    for path in SERVICES {
        let name = root.text(path);
        if !name.is_empty() {
            facts.need(format!("/{path}"), Target::OwnService { name: name.into() });
        }
    }
    for (path, by) in [
        ("spec/strategy/canary/analysis", Use::Background),
        ("spec/strategy/blueGreen/prePromotionAnalysis", Use::Inline),
        ("spec/strategy/blueGreen/postPromotionAnalysis", Use::Inline),
    ] {
        if let Some(at) = root.at(path) {
            used(&at, by, facts);
        }
    }
    for step in root.list("spec/strategy/canary/steps") {
        if let Some(at) = step.at("analysis") {
            used(&at, Use::Inline, facts);
        }
        if let Some(at) = step.at("experiment") {
            analyses(&at, true, facts);
        }
    }
    routing::rollout(root, facts);
}

pub fn experiment(root: &Cursor, facts: &mut Facts) {
    if let Some(spec) = root.at("spec") {
        analyses(&spec, false, facts);
    }
}

/// An analysis names templates and gives arguments to all of them.
fn used(at: &Cursor, by: Use, facts: &mut Facts) {
    let templates = templates(at, "templates");
    if templates.is_empty() {
        return;
    }
    let what = Target::Analysis {
        templates,
        given: given(at, true, false),
        rules: rules(at),
        by,
    };
    facts.need(at.pointer(), what);
}

/// The analyses of an experiment share its rules.
fn analyses(experiment: &Cursor, of_rollout: bool, facts: &mut Facts) {
    for at in experiment.list("analyses") {
        let name = at.text("templateName");
        if name.is_empty() {
            continue;
        }
        let what = Target::Analysis {
            templates: vec![(name.into(), at.flag("clusterScope") == Some(true))],
            given: given(&at, of_rollout, true),
            rules: rules(experiment),
            by: Use::Experiment,
        };
        facts.need(at.pointer(), what);
    }
}

fn templates(at: &Cursor, path: &str) -> Vec<(Str, bool)> {
    at.list(path)
        .map(|template| {
            let of_cluster = template.flag("clusterScope") == Some(true);
            (template.text("templateName").into(), of_cluster)
        })
        .collect()
}

/// Arguments; one without a value counts as empty where a Rollout gives it.
fn given(at: &Cursor, of_rollout: bool, by_experiment: bool) -> Vec<Arg> {
    at.list("args")
        .map(|arg| {
            let mut one = declared(&arg);
            if of_rollout && arg.has("valueFrom") {
                one.value = None;
            } else if of_rollout && !one.valued {
                (one.valued, one.value) = (true, Some(Str::new()));
            }
            // What an experiment knows of its pods is filled in later.
            let later = |value: &Str| by_experiment && value.contains("{{");
            if one.value.as_ref().is_some_and(later) {
                one.value = None;
            }
            one
        })
        .collect()
}

fn declared(arg: &Cursor) -> Arg {
    Arg {
        name: arg.text("name").into(),
        valued: arg.has("value") || arg.has("valueFrom"),
        doubly: arg.has("value") && arg.has("valueFrom"),
        value: arg.str("value").map(Str::from),
    }
}

fn rules(at: &Cursor) -> Rules {
    let names = |list| {
        at.list(list)
            .map(|rule| rule.text("metricName").into())
            .collect()
    };
    Rules {
        dry: names("dryRun"),
        kept: names("measurementRetention"),
    }
}

pub fn template(root: &Cursor, facts: &mut Facts) {
    for arg in root.list("spec/args") {
        if let Some(secret) = arg.at("valueFrom/secretKeyRef") {
            let (kind, name, key) = (
                "Secret".into(),
                secret.text("name").into(),
                secret.text("key").into(),
            );
            let pointer = format!("{}/key", secret.pointer());
            facts.need(pointer, Target::Key { kind, name, key });
        }
    }
    let nested = templates(root, "spec/templates");
    if !nested.is_empty() {
        let what = Target::Analysis {
            templates: nested.clone(),
            given: Vec::new(),
            rules: Rules::default(),
            by: Use::Nested,
        };
        facts.need("/spec", what);
    }
    let Some(spec) = root.at("spec").filter(|_| facts.kind != "AnalysisRun") else {
        return;
    };
    facts.template = Some(Arc::new(Template {
        args: spec.list("args").map(|arg| declared(&arg)).collect(),
        metrics: spec.list("metrics").map(|at| metric(&at)).collect(),
        rules: rules(&spec),
        nested,
    }));
}

fn metric(at: &Cursor) -> Metric {
    let written = |field: &str| match at.find(field) {
        Some(Value::Int(number)) => number.to_string().into(),
        Some(Value::Str(text)) => text.clone(),
        _ => Str::new(),
    };
    let urls = ["prometheus/address", "web/url", "graphite/address"];
    let provider = at.at("provider");
    let address = provider.and_then(|provider| {
        urls.iter()
            .find_map(|path| provider.str(path).map(Str::from))
    });
    Metric {
        name: written("name"),
        limits: LIMITS.map(|(field, _)| written(field)),
        interval: written("interval"),
        delay: written("initialDelay"),
        address: address.unwrap_or_default(),
    }
}
