//! Sync waves that wait for each other.

use super::World;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Str;
use crate::verify::references::{Facts, Target};

crate::codes! {
    /// An object gets healthy only with another one, which comes in a later sync wave. Argo CD
    /// applies a wave when everything before it is healthy: the first waits for the second, and the
    /// second is never applied. Give what is needed the same wave or an earlier one.
    WAVE_DEADLOCK = "wave-deadlock": "a wave that waits for a later one";

    /// A claim comes in an earlier sync wave than its pods. Most storage classes bind a claim only
    /// when its first pod is scheduled (`volumeBindingMode: WaitForFirstConsumer`), and Argo CD waits
    /// for a claim that is not bound: the pod is never applied. Give both the same wave.
    CLAIM_BEFORE_POD = "claim-before-pod": "a claim in an earlier wave than its pods";
}

/// Kinds whose health depends on what they name. Source: argo-cd `gitops-engine/pkg/health`.
const WAITING: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "Job",
    "Rollout",
    "HorizontalPodAutoscaler",
    "ExternalSecret",
];

pub fn order(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let (Some(wave), true) = (facts.wave, WAITING.contains(&facts.kind.as_str())) else {
        return;
    };
    for need in &facts.needs {
        for other in needed(world, facts, &need.what) {
            let Some(later) = other.wave.filter(|later| *later > wave) else {
                continue;
            };
            let message = format!(
                "`{}` is in wave {wave} and needs {} `{}`, which comes in wave {later}",
                facts.name, other.kind, other.name
            );
            out.push(
                Finding::error(WAVE_DEADLOCK, need.pointer.as_str(), message)
                    .note(format!(
                        "wave {later} is applied when all before it is healthy"
                    ))
                    .help(format!(
                        "give `{}` wave {wave} or an earlier one",
                        other.name
                    )),
            );
        }
    }
}

/// Source: gitops-engine `pkg/health/health_pvc.go`: `Pending` is `Progressing`.
pub fn claims(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let (Some(wave), Some(_)) = (facts.wave, &facts.pods) else {
        return;
    };
    for need in &facts.needs {
        let claims = needed(world, facts, &need.what).into_iter();
        for claim in claims.filter(|one| one.kind == "PersistentVolumeClaim") {
            let Some(earlier) = claim.wave.filter(|earlier| *earlier < wave) else {
                continue;
            };
            let message = format!(
                "the claim `{}` comes in wave {earlier}, and its pods of `{}` in wave {wave}",
                claim.name, facts.name
            );
            let mut finding = Finding::error(CLAIM_BEFORE_POD, need.pointer.as_str(), message);
            finding.severity = Severity::Warning;
            out.push(
                finding
                    .note("most storage classes bind a claim when its first pod is scheduled, and a wave waits until it is bound")
                    .help(format!("give `{}` the wave {wave} too", claim.name)),
            );
        }
    }
}

fn needed<'f>(world: &World<'f>, facts: &Facts, what: &Target) -> Vec<&'f Facts> {
    let here = facts.namespace.as_str();
    let index = world.index;
    let one = match what {
        Target::Object {
            group,
            kind,
            namespace,
            name,
        } => index.object(group, kind, namespace, name),
        Target::Key { kind, name, .. } if kind == "Secret" => index.secret(here, name),
        Target::Key { kind, name, .. } => index.object("", kind, here, name),
        Target::OwnService { name } => index.object("", "Service", here, name),
        Target::Analysis { templates, .. } => {
            let template = |(name, is_cluster): &(Str, bool)| match is_cluster {
                true => index.object("argoproj.io", "ClusterAnalysisTemplate", "", name),
                false => index.object("argoproj.io", "AnalysisTemplate", here, name),
            };
            return templates.iter().filter_map(template).collect();
        }
        _ => None,
    };
    one.into_iter().collect()
}
