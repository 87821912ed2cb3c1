//! What one pod asks for, how long it takes to start and to end, and where it may stand.

use super::{PerZone, Unasked, Written, amounts, of};
use crate::value::{Str, pointer_step};
use crate::verify::cursor::Cursor;
use crate::verify::object::selector;
use crate::verify::quantity::Quantity;

const ZONE: &str = "topology.kubernetes.io/zone";

/// Source: Kubernetes, "Pod Topology Spread Constraints": with fewer domains than `minDomains` the
/// global minimum counts as 0.
pub(super) fn per_zone(template: &Cursor) -> Vec<(String, PerZone)> {
    let labels = template.map("metadata/labels");
    let is_own = |at: &Cursor| {
        let selector = at.find("labelSelector");
        selector.is_some_and(|selector| selector::matches(selector, labels))
    };
    let terms = "spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let apart = template
        .list(terms)
        .filter(|term| term.text("topologyKey") == ZONE && is_own(term))
        .map(|term| (term.pointer(), PerZone::One));
    let spread = template
        .list("spec/topologySpreadConstraints")
        .filter(|rule| rule.text("topologyKey") == ZONE && is_own(rule))
        .filter(|rule| rule.text("whenUnsatisfiable") == "DoNotSchedule")
        .filter_map(|rule| {
            let domains = rule.int("minDomains")?;
            let skew = rule.int("maxSkew").unwrap_or(1);
            Some((rule.pointer(), PerZone::Below { domains, skew }))
        });
    apart.chain(spread).collect()
}

/// Containers, and init containers that stay (`restartPolicy: Always`), add up; other init
/// containers run before them, one at a time. Source: k8s.io/component-helpers `resource`.
pub(super) fn requests(pod: &Cursor) -> Vec<(Str, Quantity)> {
    let mut sum: Vec<(Str, Quantity)> = Vec::new();
    let mut before: Vec<(Str, Quantity)> = Vec::new();
    for container in pod.list("initContainers") {
        let own = asked(&container);
        if container.text("restartPolicy") == "Always" {
            own.into_iter().for_each(|one| add(&mut sum, one));
        } else {
            for (name, amount) in own {
                let with = (name.clone(), amount.plus(of(&sum, &name)));
                raise(&mut before, with);
            }
        }
    }
    for container in pod.list("containers") {
        asked(&container)
            .into_iter()
            .for_each(|one| add(&mut sum, one));
    }
    before.into_iter().for_each(|one| raise(&mut sum, one));
    sum
}

/// What a container asks for: a limit without a request is one.
fn asked(container: &Cursor) -> Vec<(Str, Quantity)> {
    let mut own = amounts(container.map("resources/requests"));
    for (name, amount) in amounts(container.map("resources/limits")) {
        if !own.iter().any(|(known, _)| *known == name) {
            own.push((name, amount));
        }
    }
    own
}

fn add(list: &mut Vec<(Str, Quantity)>, (name, amount): (Str, Quantity)) {
    match list.iter_mut().find(|(known, _)| *known == name) {
        Some((_, sum)) => *sum = sum.plus(amount),
        None => list.push((name, amount)),
    }
}

fn raise(list: &mut Vec<(Str, Quantity)>, (name, amount): (Str, Quantity)) {
    match list.iter_mut().find(|(known, _)| *known == name) {
        Some((_, most)) => *most = (*most).max(amount),
        None => list.push((name, amount)),
    }
}

pub(super) fn unasked(pod: &Cursor) -> Vec<Unasked> {
    let mut missing = Vec::new();
    for (part, is_init) in [("initContainers", true), ("containers", false)] {
        for container in pod.list(part) {
            let own = asked(&container);
            for resource in ["cpu", "memory"] {
                if !own.iter().any(|(name, _)| name == resource) {
                    missing.push(Unasked {
                        container: container.text("name").into(),
                        is_init,
                        resource,
                    });
                }
            }
        }
    }
    missing
}

pub(super) fn written(pod: &Cursor) -> Vec<Written> {
    let mut written = Vec::new();
    for part in ["initContainers", "containers"] {
        for container in pod.list(part) {
            for which in ["resources/requests", "resources/limits"] {
                let base = format!("{}/{which}", container.pointer());
                let one = |(resource, amount): (Str, Quantity)| Written {
                    pointer: format!("{base}/{}", pointer_step(&resource)),
                    container: container.text("name").into(),
                    resource,
                    amount,
                };
                written.extend(amounts(container.map(which)).into_iter().map(one));
            }
        }
    }
    written
}

pub(super) fn pre_stop(pod: &Cursor) -> Option<(Str, i64)> {
    let containers = pod.list("containers").filter_map(|container| {
        let seconds = container.int("lifecycle/preStop/sleep/seconds")?;
        Some((Str::from(container.text("name")), seconds))
    });
    containers.max_by_key(|(_, seconds)| *seconds)
}

/// Until the startup probe has failed for good, or without one the readiness probe is asked again.
pub(super) fn startup(pod: &Cursor) -> Vec<(String, Str, i64)> {
    let containers = pod.list("containers").filter_map(|container| {
        let started = container.at("startupProbe");
        let probe = started.or_else(|| container.at("readinessProbe"))?;
        let number = |field, default: i64| probe.int(field).unwrap_or(default).max(0);
        // A readiness probe may well find the container ready at its second try.
        let tries = if started.is_some() {
            number("failureThreshold", 3)
        } else {
            1
        };
        let tries = tries.saturating_mul(number("periodSeconds", 10));
        let seconds = tries.saturating_add(number("initialDelaySeconds", 0));
        let pointer = probe.pointer();
        Some((pointer, Str::from(container.text("name")), seconds))
    });
    containers.collect()
}
