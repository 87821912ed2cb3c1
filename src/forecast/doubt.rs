//! What a plan can be counted from, and nobody can mean: the controller runs it as it stands.

use super::rollout::{Rollout, Step, Strategy};
use super::stage::percent;
use crate::manifest::Finding;
use crate::verify::object::WEIGHT_FALLS;

/// The findings of one Rollout, each at its step.
pub fn doubts(rollout: &Rollout) -> Vec<Finding> {
    let Strategy::Canary(plan) = &rollout.strategy else {
        return Vec::new();
    };
    let (mut before, mut found) = (0, Vec::new());
    for (at, step) in plan.steps.iter().enumerate() {
        let Step::SetWeight(weight) = *step else {
            continue;
        };
        if weight < before {
            found.push(falls(at, before, weight, plan.max_weight));
        }
        before = weight;
    }
    found
}

fn falls(at: usize, before: i64, weight: i64, most: i64) -> Finding {
    let (from, to) = (percent(before, most), percent(weight, most));
    let message = format!(
        "the share of the new version goes down from {from} to {to} in the middle of the release"
    );
    let pointer = format!("/spec/strategy/canary/steps/{at}/setWeight");
    Finding::error(WEIGHT_FALLS, pointer, message)
        .note("the figures are those of the steps as they stand: the controller runs them so")
        .help("put the steps in order, or remove one")
}
