//! What a Rollout says beside its strategy: its pods, or the workload that it takes over, and how
//! long it remembers and waits. A Rollout that fails here gets the condition `InvalidSpec` and
//! never moves.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go`, `rollout/templateref.go`.

use crate::codes;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::pods;
use crate::verify::object::argo::{blue_green, canary, warn};
use crate::verify::object::selector;
use crate::verify::object::shape::{Findings, at_least, contradiction, exactly_one, required};
use crate::verify::object::workload::{deadline, replicated};

codes! {
    /// A Rollout takes its pods from a Deployment or ReplicaSet of `apps`, or from a PodTemplate.
    /// For anything else the controller reports `InvalidSpec` and never moves.
    ///
    /// Name one of them:
    ///
    ///     workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}
    WORKLOAD_UNSUPPORTED = "workload-unsupported": "a `workloadRef` of a kind that has no pods to take";

    /// The controller does not know the word, and does as if the field were not there: the
    /// workload is never scaled down, or a percentage is read as a number of pods.
    ///
    /// Write one of the words that the help lists, letter by letter.
    WORD_IGNORED = "word-ignored": "a word that the controller ignores";

    /// The controller reads the field, and nothing comes of it: something else in the object makes
    /// it void. What it was meant for does not happen.
    ///
    /// The message says what makes it void; remove one of the two.
    FIELD_VOID = "field-void": "a field that has no effect here";

    /// A rollback within the window needs the ReplicaSet of the old version, and the controller
    /// deletes all but `revisionHistoryLimit` of them (10 by default).
    ///
    /// Keep at least as many revisions as the window has.
    WINDOW_BEYOND_HISTORY = "window-beyond-history": "a rollback window that reaches beyond what is kept";

    /// `paused: true` in a manifest stops every release of this rollout until someone edits the
    /// manifest: the controller only scales what is there.
    ///
    /// Leave the field out; pause a release by a `pause` step.
    ROLLOUT_PAUSED = "rollout-paused": "a rollout that stands still";
}

const WORKLOADS: [(&str, &str); 3] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "PodTemplate"),
];

pub fn check(object: &Cursor, target: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    match spec.at("workloadRef") {
        Some(reference) => from_workload(&spec, &reference, out),
        None => {
            required(&spec, "selector", out);
            required(&spec, "template", out);
            if spec.has("template") {
                required(&spec, "template/spec", out);
            }
            replicated(&spec, out);
            pods::check(&spec, out);
        }
    }
    deadline(&spec, out);
    history(&spec, out);
    let Some(strategy) = spec.at("strategy") else {
        return required(&spec, "strategy", out);
    };
    if !exactly_one(&strategy, &["canary", "blueGreen"], out) {
        return;
    }
    if let Some(at) = strategy.at("blueGreen") {
        blue_green::check(object, &spec, &at, out);
    }
    if let Some(at) = strategy.at("canary") {
        canary::check(object, &spec, &at, target, out);
    }
}

fn from_workload(spec: &Cursor, reference: &Cursor, out: &mut Findings) {
    for field in ["replicas", "minReadySeconds", "revisionHistoryLimit"] {
        at_least(spec, field, 0, out);
    }
    selector::check(spec, "selector", out);
    own_template(spec, out);
    let (version, kind) = (reference.text("apiVersion"), reference.text("kind"));
    if !WORKLOADS.contains(&(version, kind)) {
        let message = format!("a rollout cannot take pods from the kind `{kind}` of `{version}`");
        out.push(
            reference
                .error_at("kind", WORKLOAD_UNSUPPORTED, message)
                .help("name a Deployment or ReplicaSet of `apps/v1`, or a PodTemplate of `v1`"),
        );
    }
    required(reference, "name", out);
    ignored_word(
        reference,
        "scaleDown",
        &["never", "onsuccess", "progressively"],
        out,
    );
}

/// The controller only sees a template that has labels or annotations; any other is overwritten.
fn own_template(spec: &Cursor, out: &mut Findings) {
    let Some(template) = spec.at("template") else {
        return;
    };
    let message = "`workloadRef` and `template` exclude each other";
    let seen = template.len("metadata/labels") + template.len("metadata/annotations") > 0;
    if seen {
        out.push(contradiction(
            spec,
            "template",
            message,
            "keep one of the two",
        ));
    } else if template.value().as_map().is_some_and(|map| !map.is_empty()) {
        let message = "`template` is overwritten by the one of `workloadRef`";
        warn(spec, "template", FIELD_VOID, message, "remove it", out);
    }
}

/// A word that the controller compares with those it knows, without a complaint about others.
pub fn ignored_word(at: &Cursor, path: &str, words: &[&str], out: &mut Findings) {
    let Some(text) = at.str(path).filter(|text| !words.contains(text)) else {
        return;
    };
    let message = format!("`{path}` does not know the word `{text}`, and ignores it");
    let help = format!("write one of {}", super::listed(words));
    warn(at, path, WORD_IGNORED, message, &help, out);
}

fn history(spec: &Cursor, out: &mut Findings) {
    if spec.flag("paused") == Some(true) {
        let message = "the rollout is paused, so no release of it moves";
        warn(spec, "paused", ROLLOUT_PAUSED, message, "remove it", out);
    }
    let Some(revisions) = spec.int("rollbackWindow/revisions") else {
        return;
    };
    let path = "rollbackWindow/revisions";
    let kept = spec.int("revisionHistoryLimit").unwrap_or(10);
    if revisions <= 0 {
        let message = format!("a rollback window of {revisions} revisions is none");
        warn(
            spec,
            path,
            FIELD_VOID,
            message,
            "write 1 or more, or remove it",
            out,
        );
    } else if kept >= 0 && revisions > kept {
        let message = format!("the window has {revisions} revisions, and only {kept} are kept");
        let help = "raise `revisionHistoryLimit`, or lower the window";
        warn(spec, path, WINDOW_BEYOND_HISTORY, message, help, out);
    }
}

/// A number that is there, also where it is text; none for anything else.
pub fn replicas(spec: &Cursor) -> Option<i64> {
    match spec.find("replicas") {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}
