//! Selectors that reach into each other.

use super::World;
use super::world::workload;
use crate::manifest::Finding;
use crate::verify::references::{Facts, Target};

crate::codes! {
    /// The selector of a workload matches the pods of another one. Each controller counts the
    /// other's pods as its own: they adopt, scale and delete each other's. Give the selector a
    /// label of its own.
    SELECTOR_OVERLAP = "selector-overlap": "a workload that selects another one's pods";

    /// A Service through which a rollout shifts traffic also selects pods of another workload. They
    /// get a part of the stable and of the canary's requests, and what is measured is not the new
    /// version. Select by the rollout's own labels.
    SERVICE_OVERLAP = "service-overlap": "a rollout's Service that selects another one's pods";
}

pub fn workloads(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(own) = workload(facts) else {
        return;
    };
    let others = world.selected(facts, &own.selector);
    for (other, _) in others.filter(|(other, _)| !is_same(other, facts)) {
        let message = format!(
            "the selector of `{}` also matches the pods of {} `{}`",
            facts.name, other.kind, other.name
        );
        out.push(
            Finding::error(SELECTOR_OVERLAP, "/spec/selector", message)
                .help("select by a label that only its own pods have"),
        );
    }
}

pub fn services(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    for need in &facts.needs {
        let Target::OwnService { name } = &need.what else {
            continue;
        };
        let service = world.index.object("", "Service", &facts.namespace, name);
        let Some(selector) = service.and_then(|service| service.selector.as_ref()) else {
            continue;
        };
        let others = world.selected(facts, selector);
        let others = others.filter(|(other, _)| !is_same(other, facts) && !takes(facts, other));
        for (other, _) in others {
            let message = format!(
                "Service `{name}` of `{}` also selects the pods of {} `{}`",
                facts.name, other.kind, other.name
            );
            out.push(
                Finding::error(SERVICE_OVERLAP, need.pointer.as_str(), message)
                    .help("select by a label that only its own pods have"),
            );
        }
    }
}

/// Whether the pods of `other` are those that a rollout has taken over (`workloadRef`).
fn takes(rollout: &Facts, other: &Facts) -> bool {
    rollout.needs.iter().any(|need| match &need.what {
        Target::TakenPods {
            group, kind, name, ..
        } => (group, kind, name) == (&other.group, &other.kind, &other.name),
        _ => false,
    })
}

/// One object that is described twice is another finding.
fn is_same(a: &Facts, b: &Facts) -> bool {
    a.name == b.name && a.kind == b.kind && a.group == b.group
}
