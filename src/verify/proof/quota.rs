//! Pods that a namespace's quota refuses.

use super::World;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Str;
use crate::verify::quantity::Quantity;
use crate::verify::references::Facts;
use crate::verify::subject::{self, Subject};

crate::codes! {
    /// A namespace has a quota for a resource, a container asks for nothing of it, and no LimitRange
    /// gives it a default. The API server refuses every such pod: the workload stays without pods
    /// and the release never gets healthy. Give the container a request.
    QUOTA_REFUSES_POD = "quota-refuses-pod": "pods that a quota refuses";

    /// A container writes a request or limit above the `max` of a LimitRange in its namespace. The API
    /// server refuses every such pod: the workload stays without pods and the release never gets
    /// healthy. Ask for less, or raise the limit of the namespace.
    LIMIT_EXCEEDED = "limit-exceeded": "a container above the limit of its namespace";

    /// The pods of a namespace do not fit into its quota. As an error: not even with the fewest
    /// replicas, while one workload is released, so that the release hangs until its deadline. As a
    /// warning: not when autoscalers ask for the most and all jobs run, so that scaling stops where it is
    /// needed, or a job waits.
    /// Raise the quota, or ask for less.
    QUOTA_TOO_SMALL = "quota-too-small": "a quota that the pods do not fit into";
}

/// Of a quota's name, the resource that a pod asks for: `requests.cpu` and `cpu` mean the same.
fn resource(name: &str) -> Option<&str> {
    let name = name.strip_prefix("requests.").unwrap_or(name);
    ["cpu", "memory"].contains(&name).then_some(name)
}

pub fn refuses(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Quota(hard)) = &facts.subject else {
        return;
    };
    let Some(space) = world.space(facts) else {
        return;
    };
    for (name, _) in hard {
        let Some(resource) = resource(name) else {
            continue;
        };
        let mut defaults = space.limits.iter().flat_map(|limits| &limits.defaults);
        if defaults.any(|given| given == resource) {
            continue;
        }
        let workloads = space
            .workloads
            .iter()
            .map(|(target, one)| (*target, &one.unasked));
        let tasks = space
            .tasks
            .iter()
            .map(|(target, one)| (*target, &one.unasked));
        for (target, unasked) in workloads.chain(tasks) {
            let missing = unasked.iter().find(|one| one.resource == resource);
            let Some(missing) = missing else {
                continue;
            };
            let message = format!(
                "the quota `{}` counts {resource}, and the container `{}` of `{}` requests none",
                facts.name, missing.container, target.name
            );
            out.push(
                Finding::error(
                    QUOTA_REFUSES_POD,
                    format!("/spec/hard/{}", crate::value::pointer_step(name)),
                    message,
                )
                .help(format!(
                    "give the container a request of {resource}, or the namespace a LimitRange with a default"
                )),
            );
        }
    }
}

/// Source: kubernetes `plugin/pkg/admission/limitranger/admission.go` (`PodValidateLimitFunc`).
pub fn exceeds(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let (Some(Subject::Workload(workload)), Some(space)) = (&facts.subject, world.space(facts))
    else {
        return;
    };
    for one in &workload.written {
        let limits = space.limits.iter().flat_map(|limits| &limits.max);
        let same = limits.filter(|(name, _)| *name == one.resource);
        let Some(most) = same.map(|(_, most)| *most).min() else {
            continue;
        };
        if one.amount > most {
            let message = format!(
                "the container `{}` of `{}` has {} of {}, and one may have {most} there",
                one.container, facts.name, one.amount, one.resource
            );
            out.push(
                Finding::error(LIMIT_EXCEEDED, one.pointer.as_str(), message)
                    .note(format!("a LimitRange in `{}` says so", facts.namespace))
                    .help("ask for less, or raise the limit of the namespace"),
            );
        }
    }
}

pub fn too_small(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Quota(hard)) = &facts.subject else {
        return;
    };
    for (name, limit) in hard {
        let is_pods = name == "pods" || name == "count/pods";
        if is_pods || resource(name).is_some() {
            out.extend(compare(world, facts, name, *limit));
        }
    }
}

fn compare(world: &World, facts: &Facts, name: &Str, limit: Quantity) -> Option<Finding> {
    let space = world.space(facts)?;
    let (mut least, mut most) = (Quantity::whole(0), Quantity::whole(0));
    let mut surge: Option<(Quantity, &Facts)> = None;
    let mut largest: Option<(Quantity, Quantity, &Facts)> = None;
    for (target, workload) in &space.workloads {
        let each = each(&workload.requests, name);
        let (fewest, highest) = world.range(target, workload);
        let own = each.times(fewest);
        if largest.is_none_or(|(most, ..)| most < own) {
            largest = Some((own, each, target));
        }
        least = least.plus(own);
        most = most.plus(each.times(highest));
        let extra = each.times(workload.peak(fewest).saturating_sub(fewest.max(0)));
        if surge.is_none_or(|(largest, _)| largest < extra) {
            surge = Some((extra, target));
        }
    }
    let jobs = space
        .tasks
        .iter()
        .fold(Quantity::whole(0), |sum, (_, tasks)| {
            sum.plus(each(&tasks.requests, name).times(tasks.pods.max(0)))
        });
    most = most.plus(jobs);
    let Some((extra, target)) = surge else {
        return beyond(facts, name, most, limit, jobs);
    };
    let pointer = format!("/spec/hard/{}", crate::value::pointer_step(name));
    let label = resource(name).map_or("pods".into(), |name| format!("of {name}"));
    let peak = least.plus(extra);
    if peak > limit {
        let show = |amount: Quantity| amount.beside(limit);
        let message = format!(
            "releasing `{}` in `{}` needs {} {label}, and the quota `{}` has {}",
            target.name,
            facts.namespace,
            show(peak),
            facts.name,
            show(limit)
        );
        let finding = Finding::error(QUOTA_TOO_SMALL, pointer, message).note(format!(
            "{} for the fewest replicas of all {}, and {} for new pods beside the old",
            show(least),
            space.workloads.len(),
            show(extra)
        ));
        let by = largest.filter(|(own, ..)| space.workloads.len() > 1 && own.times(2) > least);
        return Some(asked_by(finding, by, limit));
    }
    beyond(facts, name, most, limit, jobs)
}

/// Names the workload that asks for more than all others: for all its pods, and for each.
fn asked_by(
    finding: Finding,
    by: Option<(Quantity, Quantity, &Facts)>,
    limit: Quantity,
) -> Finding {
    let Some((own, each, by)) = by else {
        return finding.help("raise the quota, or ask for less");
    };
    let name = &by.name;
    let (own, each) = (own.beside(limit), each.beside(limit));
    finding
        .note(format!(
            "most of it is asked by `{name}`: {own}, {each} for each pod"
        ))
        .help(format!(
            "look at what `{name}` asks for, or raise the quota"
        ))
}

/// What no release hangs on, and what some day does not start.
fn beyond(
    facts: &Facts,
    name: &str,
    most: Quantity,
    limit: Quantity,
    jobs: Quantity,
) -> Option<Finding> {
    let label = resource(name).map_or("pods".into(), |name| format!("of {name}"));
    (most > limit).then(|| {
        let with_jobs = match jobs > Quantity::whole(0) {
            true => " and every job at once",
            false => "",
        };
        let message = format!(
            "with the most replicas{with_jobs} the pods in `{}` need {} {label}, and the quota `{}` has {}",
            facts.namespace,
            most.beside(limit),
            facts.name,
            limit.beside(limit)
        );
        let pointer = format!("/spec/hard/{}", crate::value::pointer_step(name));
        let mut finding = Finding::error(QUOTA_TOO_SMALL, pointer, message);
        finding.severity = Severity::Warning;
        finding.help("raise the quota, or lower the most replicas")
    })
}

fn each(requests: &[(Str, Quantity)], name: &str) -> Quantity {
    match resource(name) {
        Some(resource) => subject::of(requests, resource),
        None => Quantity::whole(1),
    }
}
