//! What an analysis is given by whoever uses it: arguments, and rules about its metrics.
//!
//! Source: argo-rollouts `utils/analysis/factory.go` (`BuildArgumentsForRolloutAnalysisRun`),
//! `utils/analysis/helpers.go`; k8s.io/kubernetes `pkg/fieldpath`.

use crate::codes;
use crate::re2::Re2;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::argo::placeholders::PLACEHOLDER_UNKNOWN;
use crate::verify::object::argo::rollout::FIELD_VOID;
use crate::verify::object::argo::warn;
use crate::verify::object::shape::{Findings, unique};

codes! {
    /// An argument reads a field of the Rollout that it does not have or that nobody may read. The
    /// controller refuses it, or cannot begin the analysis and tries again for ever.
    ///
    /// Of `metadata` these may be read: `name`, `namespace`, `uid`, `labels`, `annotations`, and one
    /// label or annotation, such as `metadata.labels['app']`. Otherwise name a field of `spec` or
    /// `status` that holds a text or a number.
    ARGUMENT_PATH = "argument-path": "an argument that reads a field that is not there";

    /// `podTemplateHashValue` is `Latest` for the new version or `Stable` for the old one. Any other
    /// word gives an empty text: the query matches no pods, and many conditions pass on nothing.
    HASH_WORD_UNKNOWN = "hash-word-unknown": "a pod template hash of neither version";

    /// A rule of `dryRun` or `measurementRetention` names metrics by a regular expression, and a
    /// rule that matches no metric ends the run with an error: the rollout is aborted. `*` is no
    /// regular expression.
    ///
    /// Write `.*` for all of them, or `^name$` for one.
    METRIC_RULE_UNREADABLE = "metric-rule-unreadable": "a rule about metrics that is no regular expression";
}

/// An analysis of a rollout: its arguments and rules.
pub fn used(analysis: &Cursor, object: &Cursor, out: &mut Findings) {
    args(analysis, Some(object), out);
    rules(analysis, out);
}

/// Arguments by value, by hash, or read from the Rollout where there is one.
pub fn args(at: &Cursor, object: Option<&Cursor>, out: &mut Findings) {
    for arg in at.list("args") {
        let Some(from) = arg.at("valueFrom") else {
            continue;
        };
        if let (Some(_), true) = (object, arg.has("value")) {
            let message = "`value` does nothing next to `valueFrom`";
            warn(
                &arg,
                "value",
                FIELD_VOID,
                message,
                "remove one of the two",
                out,
            );
        }
        if let Some(word) = from
            .str("podTemplateHashValue")
            .filter(|word| !["Latest", "Stable"].contains(word))
        {
            let message = format!("`podTemplateHashValue` is `{word}`, so the value is empty");
            out.push(
                from.error_at("podTemplateHashValue", HASH_WORD_UNKNOWN, message)
                    .help("write `Latest` or `Stable`"),
            );
        }
        if let (Some(object), false) = (object, from.has("podTemplateHashValue")) {
            field_path(&from, object, out);
        }
    }
}

/// Placeholders in the arguments of an experiment: its templates and times. Source: argo-rollouts
/// `utils/template/template.go` (`ResolveExperimentArgsValue`).
pub fn of_experiment(analysis: &Cursor, experiment: &Cursor, out: &mut Findings) {
    for arg in analysis.list("args") {
        let mut rest = arg.text("value");
        while let Some((_, inner)) = rest.split_once("{{") {
            let Some((tag, after)) = inner.split_once("}}") else {
                out.push(unresolved(&arg, "`{{` without `}}`".to_owned()));
                break;
            };
            if !is_of_experiment(tag.trim(), experiment) {
                let message = format!("`{{{{{tag}}}}}` is nothing that this experiment has");
                out.push(unresolved(&arg, message));
            }
            rest = after;
        }
    }
}

fn is_of_experiment(name: &str, experiment: &Cursor) -> bool {
    let template = name.strip_prefix("templates.").and_then(|rest| {
        let ends = [".podTemplateHash", ".replicaset.name"];
        ends.iter().find_map(|end| rest.strip_suffix(end))
    });
    match (name, template) {
        ("experiment.availableAt", _) => true,
        ("experiment.finishedAt", _) => !experiment.text("duration").is_empty(),
        (_, Some(known)) => experiment
            .list("templates")
            .any(|template| template.text("name") == known),
        _ => false,
    }
}

fn unresolved(arg: &Cursor, message: String) -> crate::manifest::Finding {
    arg.error_at("value", PLACEHOLDER_UNKNOWN, message)
        .help("name a template of the experiment: `{{templates.canary.podTemplateHash}}`")
}

fn field_path(from: &Cursor, object: &Cursor, out: &mut Findings) {
    let Some(path) = from.str("fieldRef/fieldPath") else {
        return;
    };
    let wrong = match path.starts_with("metadata") {
        true => metadata_path(path),
        false => (!resolves(object.value(), path)).then_some("is no value of the Rollout"),
    };
    let Some(wrong) = wrong else { return };
    let message = format!("`{path}` {wrong}");
    let help = "name a field such as `metadata.name` or `spec.template.metadata.labels.app`";
    let pointer = "fieldRef/fieldPath";
    match may_come(object, path) {
        false => out.push(from.error_at(pointer, ARGUMENT_PATH, message).help(help)),
        true => warn(from, pointer, ARGUMENT_PATH, message, help, out),
    }
}

/// Fields that an autoscaler, a person or the controller may have written by then; the pods of
/// another workload stand in the Rollout only while the controller works on it.
fn may_come(object: &Cursor, path: &str) -> bool {
    let mut steps = path.split(['.', '[']);
    let borrowed = object.has("spec/workloadRef");
    match (steps.next(), steps.next()) {
        (Some("spec"), Some("replicas" | "paused" | "restartAt")) => true,
        (Some("spec"), Some("template" | "selector")) => borrowed,
        _ => false,
    }
}

/// What is wrong with a path into the metadata, as the downward API reads it.
fn metadata_path(path: &str) -> Option<&'static str> {
    const PLAIN: [&str; 5] = [
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "metadata.labels",
        "metadata.annotations",
    ];
    let subscripted = path
        .strip_suffix("']")
        .and_then(|path| path.split_once("['"));
    match subscripted {
        Some(("metadata.labels", key)) => names::qualified(key),
        Some(("metadata.annotations", key)) => names::qualified(&key.to_lowercase()),
        Some(_) => Some("has no entries"),
        None => (!PLAIN.contains(&path)).then_some("is no field that may be read"),
    }
}

/// Does the path end at a text, number or flag? What the controller fills in counts as there.
fn resolves(object: &Value, path: &str) -> bool {
    let steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    let mut value = object;
    for (depth, step) in steps.enumerate() {
        if depth == 0 && ["status", "apiVersion", "kind"].contains(&step) {
            return true;
        }
        let next = match value {
            Value::List(list) => step.parse().ok().and_then(|index: usize| list.get(index)),
            Value::Map(map) => map.get(step),
            _ => None,
        };
        match next {
            Some(next) => value = next,
            None => return false,
        }
    }
    !matches!(value, Value::List(_) | Value::Map(_) | Value::Null)
}

/// Rules of an experiment, which are about nothing where no analysis runs.
pub fn rules_of_experiment(at: &Cursor, out: &mut Findings) {
    if at.len("analyses") > 0 {
        return rules(at, out);
    }
    for list in ["dryRun", "measurementRetention"] {
        if at.len(list) > 0 {
            let message =
                format!("`{list}` is about the metrics of `analyses`, and there are none");
            warn(at, list, FIELD_VOID, message, "remove it", out);
        }
    }
}

/// Rules about metrics by their names: no rule twice, each a regular expression.
pub fn rules(at: &Cursor, out: &mut Findings) {
    for list in ["dryRun", "measurementRetention"] {
        unique(at, list, "metricName", out);
        for rule in at.list(list) {
            let name = rule.text("metricName");
            if Re2::new(name).is_none() {
                let message = format!("`{name}` is no regular expression, so it matches no metric");
                out.push(
                    rule.error_at("metricName", METRIC_RULE_UNREADABLE, message)
                        .help("write `.*` for all metrics, or `^name$` for one"),
                );
            }
        }
    }
}
