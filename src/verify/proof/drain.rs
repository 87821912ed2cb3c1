//! Requests that take longer than a pod has to end.

use super::World;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::Subject;

crate::codes! {
    /// A route lets a request take longer than its pods have between the signal to stop and the
    /// kill. A request that begins just before is cut, at every release and every scale-down. Raise
    /// `terminationGracePeriodSeconds` to the drain and the timeout together, or shorten the
    /// timeout.
    REQUEST_OUTLIVES_POD = "request-outlives-pod": "requests that may outlive their pod";
}

/// The kubelet's time runs from the beginning of `preStop`; the last request may come until it
/// ends. Source: Kubernetes, "Pod Lifecycle", termination of pods.
pub fn outlived(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Route(route)) = &facts.subject else {
        return;
    };
    for (pointer, timeout, backends) in &route.timeouts {
        let workloads = backends.iter().filter_map(|name| {
            let service = world.index.object("", "Service", &facts.namespace, name)?;
            world.selected(facts, service.selector.as_ref()?).next()
        });
        let left = |grace: i64, drain: i64| grace.saturating_sub(drain);
        let Some((target, workload, drain)) = workloads
            .map(|(target, workload)| {
                let drain = workload
                    .pre_stop
                    .as_ref()
                    .map_or(0, |(_, seconds)| *seconds);
                (target, workload, drain)
            })
            .min_by_key(|(_, workload, drain)| left(workload.grace, *drain))
        else {
            continue;
        };
        let rest = left(workload.grace, drain);
        if *timeout <= rest {
            continue;
        }
        let message = format!(
            "a request may take {timeout} s, and `{}` is killed {rest} s after its last one",
            target.name
        );
        let mut finding = Finding::error(REQUEST_OUTLIVES_POD, pointer.as_str(), message);
        finding.severity = Severity::Warning;
        out.push(
            finding
                .note(format!(
                    "{} s of grace, less {drain} s in which it still gets requests",
                    workload.grace
                ))
                .help(format!(
                    "raise `terminationGracePeriodSeconds` to {}, or shorten the timeout",
                    timeout.saturating_add(drain)
                )),
        );
    }
}
