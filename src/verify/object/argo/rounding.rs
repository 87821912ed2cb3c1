//! Canaries by the number of pods: what few pods make of a weight.
//!
//! Source: argo-rollouts `utils/replicaset/canary.go` (`approximateWeightedCanaryStableReplicaCounts`),
//! as [`crate::pods`] counts.

use crate::codes;
use crate::pods::{Basic, MOST, Pods};
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::rollout::replicas;
use crate::verify::object::argo::warn;
use crate::verify::object::shape::Findings;

codes! {
    /// Without a router the share of the traffic is the share of the pods, and there are too few of
    /// them for this weight: the step leaves the pods as the step before did, has none of the new
    /// version, or none of the old one left. The message says how many there are.
    ///
    /// Raise `replicas`, remove the step, ask for a share that the pods can give, or add
    /// `trafficRouting`, which does not depend on the number of pods.
    WEIGHT_ROUNDED = "weight-rounded": "a weight that few pods cannot show";
}

pub fn check(object: &Cursor, _: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let Some(canary) = spec.at("strategy/canary") else {
        return;
    };
    let counted = replicas(&spec).filter(|all| (1..=MOST).contains(all));
    let (Some(replicas), false) = (counted, canary.has("trafficRouting")) else {
        return;
    };
    let Some(surge) = surges(&canary) else { return };
    let basic = Basic {
        replicas,
        surge: i64::from(surge),
        unavailable: 0,
        max_weight: 100,
    };
    let mut before = (0, basic.split(0));
    for step in canary.list("steps") {
        let Some(weight) = step
            .int("setWeight")
            .filter(|weight| (1..100).contains(weight))
        else {
            continue;
        };
        let now = basic.split(weight);
        if let Some(wrong) = wrong(now, before.1, weight > before.0) {
            let message = format!(
                "at {weight} % of {replicas} pods {wrong}: {} new, {} old",
                now.canary, now.stable
            );
            let help = "raise `replicas`, take another weight, or add `trafficRouting`";
            warn(&step, "setWeight", WEIGHT_ROUNDED, message, help, out);
        }
        before = (weight, now);
    }
}

fn wrong(now: Pods, before: Pods, grows: bool) -> Option<&'static str> {
    match (now.canary, now.stable) {
        (0, _) => Some("none is of the new version"),
        (_, 0) => Some("none is left of the old version"),
        _ if grows && now == before => Some("nothing changes"),
        _ => None,
    }
}

/// Is there room for a pod more? The default is a quarter, rounded up. None where that is unclear.
fn surges(canary: &Cursor) -> Option<bool> {
    match canary.find("maxSurge") {
        None => Some(true),
        Some(Value::Int(number)) => Some(*number > 0),
        Some(Value::Str(text)) => {
            let share: i64 = text.trim_end_matches('%').parse().ok()?;
            Some(share > 0)
        }
        Some(_) => None,
    }
}
