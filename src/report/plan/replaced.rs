//! What is said of Deployments and StatefulSets, whose pods are replaced without stages.

use super::basis::{Basis, deadline, one, paces};
use super::facts::{count, promised};
use crate::forecast::Forecast;
use crate::forecast::replace::Replace;
use crate::forecast::retreat::Restore;
use crate::forecast::rollout::Strategy;
use crate::forecast::time::{Millis, show};

pub fn is(forecast: &Forecast) -> bool {
    matches!(forecast.rollout.strategy, Strategy::Replace(_))
}

/// `Deployment, pods replaced in waves`.
pub fn kind(replace: &Replace) -> String {
    let how = match replace {
        Replace::Rolling { .. } => "pods replaced in waves",
        Replace::Recreate => "pods replaced at once",
        Replace::Ordered { .. } => "pods replaced in their order",
        Replace::ByHand => "pods replaced by hand",
    };
    format!("{}, {how}", replace.kind())
}

/// Who serves while pods are replaced without stages.
pub fn served(forecast: &Forecast) -> Vec<String> {
    let Some(served) = forecast.served() else {
        return Vec::new();
    };
    let pods = count(served.least, "pod");
    match served.down {
        0 => vec![format!("by {pods} at least, of {}", forecast.low.replicas)],
        down => vec![format!("by nobody for {}", show(down))],
    }
}

/// What stands in the way of a bad version where nothing judges it.
pub fn unjudged(forecast: &Forecast) -> Vec<String> {
    let deadline = forecast.rollout.deadline.map(show);
    let stopped = match deadline {
        Some(deadline) => format!("the release is `Degraded` after {deadline} without progress"),
        None => "the release waits for it without an end".into(),
    };
    vec![
        "nothing judges this release: errors and slow requests of the new version stop nothing"
            .into(),
        format!("a pod that does not become ready stops it: {stopped}"),
    ]
}

/// The way back by Git, which takes as long as the way there.
pub fn restored(forecast: &Forecast, restore: &Restore, total: Millis) -> String {
    format!(
        "{} by a change in Git{}: {} until Argo CD has seen it, then {} for the pods",
        show(total),
        promised(forecast.setting.promise.rollback),
        show(restore.git),
        show(restore.after)
    )
}

/// What is assumed of pods that are replaced without stages.
pub fn basis(forecast: &Forecast, replace: &Replace) -> Vec<Basis> {
    const DEPLOYMENT: &str = "controller: kubernetes pkg/controller/deployment";
    const STATEFUL_SET: &str = "controller: kubernetes pkg/controller/statefulset";
    let rollout = &forecast.rollout;
    let replicas = rollout.replicas;
    let (surge, unavailable) = replace.fences(replicas);
    let (how, source) = match replace {
        Replace::Rolling { .. } => (
            format!(
                "of {} up to {surge} more and {unavailable} fewer; those that are ending are not counted",
                count(replicas, "pod")
            ),
            DEPLOYMENT,
        ),
        Replace::Recreate => (
            "new pods come when every old one has ended".into(),
            DEPLOYMENT,
        ),
        Replace::Ordered { .. } => (
            format!(
                "{} at a time: it ends, then its successor comes, the highest number first",
                count(unavailable, "pod")
            ),
            STATEFUL_SET,
        ),
        Replace::ByHand => (
            "a pod is replaced when somebody deletes it (`OnDelete`)".into(),
            STATEFUL_SET,
        ),
    };
    let mut all = vec![one(how, source)];
    if matches!(replace, Replace::Recreate | Replace::Ordered { .. }) {
        all.push(one(
            format!(
                "{} for a pod to end, {} at the latest",
                show(rollout.pod.drain),
                show(rollout.pod.grace)
            ),
            "manifest: `preStop` sleep and `terminationGracePeriodSeconds`",
        ));
    }
    let [pass, _, git] = paces(forecast);
    all.extend([pass, git]);
    let deadline = deadline(forecast);
    if !deadline.is_empty() {
        let what = format!("at the latest: {}", deadline.trim_end_matches(", "));
        all.push(one(what, "manifest"));
    }
    all
}
