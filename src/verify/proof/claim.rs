//! Volumes that cannot be where all pods of a workload are.

use super::World;
use super::world::workload;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::verify::references::{Facts, Target};
use crate::verify::subject::{Access, Subject};

crate::codes! {
    /// A claim can be used on one node at a time (`ReadWriteOnce`), or by one pod (`ReadWriteOncePod`),
    /// and its workload has more pods at once, be it only while they are replaced. Pods on another
    /// node wait with `Multi-Attach error`, a second pod is never scheduled, and the release hangs.
    /// Replace pods with `strategy: {type: Recreate}`, take a StatefulSet with `volumeClaimTemplates`,
    /// or a claim with `ReadWriteMany`.
    CLAIM_NOT_SHARED = "claim-not-shared": "a claim for one node or pod, and more pods that need it";
}

pub fn shared(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(own) = workload(facts) else {
        return;
    };
    let (_, replicas) = world.range(facts, own);
    let pods = own.peak(replicas);
    if pods < 2 {
        return;
    }
    for need in &facts.needs {
        let Target::Object {
            group,
            kind,
            namespace,
            name,
        } = &need.what
        else {
            continue;
        };
        let claim = world.index.object(group, kind, namespace, name);
        let Some(Subject::Claim(access)) = claim.and_then(|claim| claim.subject.as_ref()) else {
            continue;
        };
        let (by, severity) = match access {
            Access::OnePod => ("by one pod", Severity::Error),
            Access::OneNode => ("on one node", Severity::Warning),
        };
        let when = match pods > replicas {
            true => " while they are replaced",
            false => "",
        };
        let message = format!(
            "the claim `{name}` can be used {by} at a time, and `{}` has {pods} pods{when}",
            facts.name
        );
        let mut finding = Finding::error(CLAIM_NOT_SHARED, need.pointer.as_str(), message);
        finding.severity = severity;
        out.push(finding.help(match replicas > 1 {
            true => {
                "take a claim with `ReadWriteMany`, or a StatefulSet with `volumeClaimTemplates`"
            }
            false => "replace the pod with `strategy: {type: Recreate}`",
        }));
    }
}
