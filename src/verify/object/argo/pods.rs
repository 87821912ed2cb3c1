//! The pods of a Rollout, where they differ from those of a Deployment.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go` (`ValidateRolloutSpec`) with the
//! rules of its Kubernetes 1.34; `utils/defaults` for the label.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::argo::warn;
use crate::verify::object::shape::{Findings, name};

codes! {
    /// `matchLabelKeys` names the label by which a Deployment tells its versions apart,
    /// `pod-template-hash`. Pods of a Rollout do not have it, so the key is ignored, and old and new
    /// pods are spread together: after a release the new ones may stand in one zone.
    ///
    /// Write `rollouts-pod-template-hash`.
    HASH_LABEL_ABSENT = "hash-label-absent": "a label key that pods of a rollout do not have";
}

const HASH: &str = "pod-template-hash";

pub fn check(spec: &Cursor, out: &mut Findings) {
    let Some(pod) = spec.at("template/spec") else {
        return;
    };
    for list in ["initContainers", "containers"] {
        for container in pod.list(list) {
            for variable in container.list("env") {
                name(&variable, "name", names::env_name_before, out);
            }
        }
    }
    for constraint in pod.list("topologySpreadConstraints") {
        keys(&constraint, out);
    }
    for kind in ["affinity/podAffinity", "affinity/podAntiAffinity"] {
        let Some(terms) = pod.at(kind) else { continue };
        for term in terms.list("requiredDuringSchedulingIgnoredDuringExecution") {
            keys(&term, out);
        }
        for weighted in terms.list("preferredDuringSchedulingIgnoredDuringExecution") {
            if let Some(term) = weighted.at("podAffinityTerm") {
                keys(&term, out);
            }
        }
    }
}

fn keys(at: &Cursor, out: &mut Findings) {
    let field = "matchLabelKeys";
    let named = |key: Cursor| key.value().as_str() == Some(HASH);
    if at.list(field).any(named) {
        let message = format!("pods of a rollout have no label `{HASH}`, so the key is ignored");
        let help = "write `rollouts-pod-template-hash`";
        warn(at, field, HASH_LABEL_ABSENT, message, help, out);
    }
}
