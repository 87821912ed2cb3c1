//! Containers that may take longer to start than their rollout waits.

use super::World;
use super::world::workload;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::verify::references::Facts;

crate::codes! {
    /// A startup probe allows a container more time than `progressDeadlineSeconds` allows the
    /// release, or a readiness probe and `minReadySeconds` take as much. A slow but healthy start counts as failed: with `progressDeadlineAbort` the release
    /// goes back, without it the workload is reported as degraded. Raise the deadline above the
    /// probe's time and `minReadySeconds` together, or let the probe give up earlier.
    STARTUP_PAST_DEADLINE = "startup-past-deadline": "a start that may outlast the deadline";
}

pub fn deadline(_: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(own) = workload(facts).filter(|_| facts.kind != "StatefulSet") else {
        return;
    };
    for (pointer, container, seconds) in &own.startup {
        let needed = seconds.saturating_add(own.min_ready.max(0));
        if needed < own.deadline {
            continue;
        }
        let (verb, field) = match pointer.ends_with("/readinessProbe") {
            true => ("be ready for long enough", "initialDelaySeconds"),
            false => ("start", "failureThreshold"),
        };
        let message = format!(
            "`{container}` may take {needed} s to {verb}, and `{}` waits {} s",
            facts.name, own.deadline
        );
        let mut finding = Finding::error(STARTUP_PAST_DEADLINE, pointer.as_str(), message);
        if !own.aborts {
            finding.severity = Severity::Warning;
        }
        out.push(finding.help(format!(
            "raise `progressDeadlineSeconds` above {needed}, or lower `{field}`"
        )));
    }
}
