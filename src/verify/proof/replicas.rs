//! Numbers of pods that nobody has written down.

use super::World;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::Subject;

crate::codes! {
    /// A Rollout has no `replicas`, and no autoscaler writes it, so the controller makes it 1: a
    /// service of one pod or, when the line has been taken out of a manifest, an outage. Write
    /// `replicas`.
    REPLICAS_OMITTED = "replicas-omitted": "a rollout of one pod that nobody asked for";
}

pub fn omitted(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Workload(workload)) = &facts.subject else {
        return;
    };
    let scaled = !world.autoscalers(facts).is_empty();
    if facts.kind != "Rollout" || workload.replicas.is_some() || scaled {
        return;
    }
    let message = format!(
        "`{}` has no `replicas`, and no autoscaler: it gets 1 pod",
        facts.name
    );
    let mut finding = Finding::error(REPLICAS_OMITTED, "/spec/replicas", message);
    finding.severity = Severity::Warning;
    out.push(finding.help("write `replicas`"));
}
