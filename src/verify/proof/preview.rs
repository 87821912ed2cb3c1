//! Previews that nobody can look at.

use super::World;
use super::world::workload;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::Style;

crate::codes! {
    /// A blue-green rollout has a preview Service, and the network policies that select the preview's
    /// pods allow no ingress at all. Nobody can look at the new version before the switch: checks
    /// time out, and a promotion by hand is blind. Allow whoever checks it.
    PREVIEW_UNREACHABLE = "preview-unreachable": "a preview that nothing can reach";
}

pub fn unreachable(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Style::BlueGreen { preview, .. }) = workload(facts).map(|own| &own.style) else {
        return;
    };
    let labels = facts.pods.as_ref().and_then(|pods| pods.labels.last());
    let (Some(labels), Some(space)) = (labels, world.space(facts)) else {
        return;
    };
    let mut names = Vec::new();
    for (policy, rules) in space.policies_for(labels) {
        match &rules.ingress {
            Some(ingress) if ingress.is_empty() => names.push(format!("`{}`", policy.name)),
            Some(_) => return,
            None => {}
        }
    }
    if names.is_empty() || preview.is_empty() {
        return;
    }
    let message = format!(
        "nothing can reach the preview of `{}`: {} allows no ingress",
        facts.name,
        names.join(", ")
    );
    out.push(
        Finding::error(
            PREVIEW_UNREACHABLE,
            "/spec/strategy/blueGreen/previewService",
            message,
        )
        .help("add a policy that allows what checks the preview"),
    );
}
