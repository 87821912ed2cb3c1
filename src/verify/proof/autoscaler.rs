//! Autoscalers that cannot measure, or that share their field with somebody else.

use super::World;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::Subject;

crate::codes! {
    /// An autoscaler reads usage as a share of what the pods request, and a container requests
    /// nothing of it. There is no share then: the autoscaler reports `FailedGetResourceMetric` and
    /// never scales. Give every container a request, or a LimitRange with a default.
    AUTOSCALER_BLIND = "autoscaler-blind": "an autoscaler without requests to compare with";

    /// Two controllers write `replicas` of one workload: two autoscalers, or an autoscaler and the
    /// manifest, which each sync applies again. The number of pods jumps between both. Keep one
    /// autoscaler; leave `replicas` out of a new manifest, or have the Application ignore
    /// `/spec/replicas` with `RespectIgnoreDifferences=true`.
    TWO_WRITERS = "two-writers": "two controllers that write one field";
}

pub fn blind(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Autoscaler(scaler)) = &facts.subject else {
        return;
    };
    let Some((target, workload)) = world.target(facts, scaler) else {
        return;
    };
    let limits = world.space(facts).map_or(&[][..], |space| &space.limits);
    for (index, resource, container) in &scaler.shares {
        let is_given = limits
            .iter()
            .any(|limits| limits.defaults.iter().any(|name| name == resource));
        let missing = workload.unasked.iter().find(|one| {
            let meant = container.as_ref().is_none_or(|name| *name == one.container);
            !one.is_init && meant && one.resource == resource.as_str()
        });
        let Some(missing) = missing.filter(|_| !is_given) else {
            continue;
        };
        let message = format!(
            "`{}` scales `{}` by its share of requested {resource}, and the container `{}` requests none",
            facts.name, target.name, missing.container
        );
        out.push(
            Finding::error(AUTOSCALER_BLIND, format!("/spec/metrics/{index}"), message)
                .help(format!("give the container a request of {resource}")),
        );
    }
}

/// Said of all but the first.
pub fn twice(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Autoscaler(scaler)) = &facts.subject else {
        return;
    };
    let Some((target, _)) = world.target(facts, scaler) else {
        return;
    };
    let Some((first, _)) = world.autoscalers(target).first() else {
        return;
    };
    if std::ptr::eq(*first, facts) || first.name == facts.name {
        return;
    }
    let message = format!(
        "`{}` is scaled by `{}` and by `{}`",
        target.name, first.name, facts.name
    );
    out.push(
        Finding::error(TWO_WRITERS, "/spec/scaleTargetRef/name", message)
            .help("remove one of the two, or put the metrics of both into one"),
    );
}

pub fn replicas(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(workload) = super::world::workload(facts) else {
        return;
    };
    let (Some(replicas), Some((scaler, range))) =
        (workload.replicas, world.autoscalers(facts).first())
    else {
        return;
    };
    if world.leaves_replicas(facts) {
        return;
    }
    let message = format!(
        "`{}` says {replicas} replicas, and `{}` scales it between {} and {}",
        facts.name, scaler.name, range.min, range.max
    );
    let mut finding = Finding::error(TWO_WRITERS, "/spec/replicas", message);
    finding.severity = Severity::Warning;
    out.push(finding.note("every sync sets it back, unless its Application ignores the field").help(
        "have the Application ignore `/spec/replicas` with `RespectIgnoreDifferences=true`; removing a field that was applied before leaves one pod",
    ));
}
