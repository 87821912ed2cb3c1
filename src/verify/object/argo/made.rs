//! What the controller makes of a manifest, and the API server then refuses: ReplicaSets with
//! labels of ephemeral metadata, pods, runs and Services of experiments, jobs of metrics.
//!
//! Source: argo-rollouts `rollout/sync.go` (`createNewReplicaSet`), `rollout/analysis.go`,
//! `rollout/experiment.go` (`GetExperimentFromTemplate`), `experiments/`. None of it is validated
//! before a release: the rollout is stuck, or aborted.

use crate::codes;
use crate::value::{Map, Value};
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::argo::exposed;
use crate::verify::object::metadata::{self, NAME_MALFORMED};
use crate::verify::object::selector::{self, SELECTOR_EMPTY, SELECTOR_MISMATCH};
use crate::verify::object::shape::{Findings, PART_NAME_MALFORMED, name};

codes! {
    /// The controller writes the labels of an experiment's `metadata` into the `matchLabels` of its
    /// `selector`, and stops with a panic where the selector has none. The rollout stays in this
    /// step.
    ///
    /// Give the selector `matchLabels`, or leave it out: then the one of the rollout is taken.
    SELECTOR_WITHOUT_LABELS = "selector-without-labels": "an experiment whose selector cannot take labels";
}

const EPHEMERAL: [(&str, &[&str]); 2] = [
    ("canary", &["canaryMetadata", "stableMetadata"]),
    ("blueGreen", &["activeMetadata", "previewMetadata"]),
];
/// Longest name of an object, without the `-` and the hash of a ReplicaSet.
const LONGEST: usize = 253 - 11;

pub fn rollout(object: &Cursor, _: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let length = object.text("metadata/name").len();
    if (LONGEST + 1..=253).contains(&length) {
        let message = format!(
            "the name has {length} characters, and its ReplicaSets, which add a hash, would have more than 253"
        );
        out.push(
            object
                .error_at("metadata/name", NAME_MALFORMED, message)
                .help("choose a shorter name"),
        );
    }
    for (strategy, fields) in EPHEMERAL {
        for field in fields {
            if let Some(added) = spec.at(&format!("strategy/{strategy}/{field}")) {
                pods(&added, &spec, out);
            }
        }
    }
    for analysis in [
        "strategy/canary/analysis",
        "strategy/blueGreen/prePromotionAnalysis",
        "strategy/blueGreen/postPromotionAnalysis",
    ] {
        if let Some(at) = spec.at(analysis) {
            run(&at, out);
        }
    }
    for step in spec.list("strategy/canary/steps") {
        if let Some(analysis) = step.at("analysis") {
            run(&analysis, out);
        }
        if let Some(experiment) = step.at("experiment") {
            step_experiment(&experiment, &spec, out);
            exposed::of_step(&experiment, object, out);
        }
    }
}

pub fn experiment(object: &Cursor, _: &Target, out: &mut Findings) {
    if let Some(spec) = object.at("spec") {
        parts(&spec, out);
        exposed::of_experiment(object, out);
        whole_names(object, &spec, out);
    }
}

/// The names of ReplicaSets and runs, of which the experiment's own is a part.
fn whole_names(object: &Cursor, spec: &Cursor, out: &mut Findings) {
    let own = object.text("metadata/name").len();
    for list in ["templates", "analyses"] {
        for part in spec.list(list) {
            let length = own + 1 + part.text("name").len();
            if own <= 253 && length > 253 {
                let message = format!(
                    "together with the experiment's the name has {length} characters, more than 253"
                );
                out.push(
                    part.error_at("name", PART_NAME_MALFORMED, message)
                        .help("choose a shorter name"),
                );
            }
        }
    }
}

/// Jobs get the metadata that stands beside their spec, save where arguments are filled in first.
pub fn analysis(object: &Cursor, _: &Target, out: &mut Findings) {
    for metric in object.list("spec/metrics") {
        if let Some(added) = metric.at("provider/job/metadata") {
            let mut found = Findings::new();
            written(&added, &mut found);
            out.extend(found.into_iter().filter(|one| !one.message.contains("{{")));
        }
    }
}

fn written(added: &Cursor, out: &mut Findings) {
    metadata::labels(added, "labels", out);
    metadata::annotations(added, out);
}

fn run(analysis: &Cursor, out: &mut Findings) {
    if let Some(added) = analysis.at("analysisRunMetadata") {
        written(&added, out);
    }
}

/// Metadata of the pods of one version: the selector must still select them.
fn pods(added: &Cursor, spec: &Cursor, out: &mut Findings) {
    written(added, out);
    let (Some(selector), Some(labels), Some(more)) = (
        spec.find("selector"),
        spec.map("template/metadata/labels"),
        added.map("labels"),
    ) else {
        return;
    };
    let before = selector::matches(selector, Some(labels));
    if before && !selector::matches(selector, Some(&with(labels, more))) {
        out.push(unselected(added, "labels", "its pods"));
    }
}

fn with(labels: &Map, more: &Map) -> Map {
    let mut all = labels.clone();
    for (key, value) in more.iter() {
        all.insert(key.clone(), value.clone());
    }
    all
}

fn unselected(at: &Cursor, path: &str, what: &str) -> crate::manifest::Finding {
    let message = format!("with these labels the selector does not select {what}");
    at.error_at(path, SELECTOR_MISMATCH, message)
        .help("leave the labels of the selector as they are")
}

/// Names that become parts of the names of ReplicaSets and runs, and metadata of the latter.
fn parts(at: &Cursor, out: &mut Findings) {
    for list in ["templates", "analyses"] {
        for part in at.list(list) {
            if !part.text("name").is_empty() {
                name(&part, "name", ends_a_name, out);
            }
        }
    }
    for template in at.list("templates") {
        let service = template.text("service/name");
        if let Some(wrong) = (!service.is_empty())
            .then(|| names::label(service))
            .flatten()
        {
            let message = format!("the name of a Service {wrong}, and `{service}` does not fit");
            out.push(
                template
                    .error_at("service/name", PART_NAME_MALFORMED, message)
                    .help("choose another name"),
            );
        }
    }
    run(at, out);
}

/// It stands behind another name and a `-`.
fn ends_a_name(text: &str) -> names::Wrong {
    names::subdomain(&format!("a-{text}"))
}

fn step_experiment(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    parts(at, out);
    for template in at.list("templates") {
        let added = template.at("metadata");
        if let Some(added) = &added {
            written(added, out);
        }
        let Some(selector) = template.find("selector") else {
            continue;
        };
        selector::check(&template, "selector", out);
        let more = added.as_ref().and_then(|added| added.map("labels"));
        selects(&template, selector, more, spec, out);
    }
}

/// The pods are those of the rollout with more labels, which the selector gets as well.
fn selects(
    template: &Cursor,
    selector: &Value,
    more: Option<&Map>,
    spec: &Cursor,
    out: &mut Findings,
) {
    if selector.as_map().is_none_or(|map| map.is_empty()) {
        let message = "the selector of a template must not be empty";
        let help = "add `matchLabels` that its pods have, or leave it out";
        out.push(
            template
                .error_at("selector", SELECTOR_EMPTY, message)
                .help(help),
        );
        return;
    }
    let exact = selector.get("matchLabels").and_then(Value::as_map);
    if more.is_some_and(|more| !more.is_empty()) && exact.is_none() {
        let message = "the labels of `metadata` go into `matchLabels`, which the selector lacks";
        out.push(
            template
                .error_at("selector", SELECTOR_WITHOUT_LABELS, message)
                .help("add `matchLabels`, or leave out the selector"),
        );
        return;
    }
    let Some(labels) = spec.map("template/metadata/labels") else {
        return;
    };
    let nothing = Map::new();
    let more = more.unwrap_or(&nothing);
    let mut selector = selector.clone();
    if let Some(map) = selector.as_map_mut()
        && !more.is_empty()
    {
        let exact = with(exact.unwrap_or(&nothing), more);
        map.insert("matchLabels", exact);
    }
    let mut all = with(labels, more);
    all.insert("rollouts-pod-template-hash", "hash");
    if !selector::matches(&selector, Some(&all)) {
        out.push(unselected(
            template,
            "selector",
            "the pods of this template",
        ));
    }
}
