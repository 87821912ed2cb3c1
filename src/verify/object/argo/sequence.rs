//! The steps of a canary one after the other: the weight and the size of the canary at each, and
//! what comes at a time when it can do nothing.
//!
//! Source: argo-rollouts `utils/replicaset/canary.go` (`GetCurrentSetWeight`,
//! `GetCanaryReplicasOrWeight`), `rollout/trafficrouting.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::rollout::{FIELD_VOID, replicas};
use crate::verify::object::argo::{routers, warn};
use crate::verify::object::shape::{Findings, contradiction};

codes! {
    /// At this step the canary has no pods and no traffic, so the analysis looks at nothing and its
    /// verdict says nothing about the new version.
    ///
    /// Put a `setWeight`, or a `setCanaryScale`, before it. An analysis without arguments asks for
    /// nothing of a version, and may well come first: whether there is an error budget, say.
    CANARY_ABSENT = "canary-absent": "a step that needs a canary before there is one";

    /// A step lowers the weight that an earlier one has set: part of the traffic goes back to the
    /// old version in the middle of a release. Often two steps have changed places.
    ///
    /// Put the steps in order, or remove one.
    WEIGHT_FALLS = "weight-falls": "steps whose weights go down";

    /// `setCanaryScale` keeps the canary at a size of its own, and it is too small for the share of
    /// traffic that it gets at this step. It would be overloaded, and look worse than it is.
    ///
    /// Raise the scale, or let it follow the weight with `matchTrafficWeight: true`.
    CANARY_TOO_SMALL = "canary-too-small": "more traffic than the canary has pods for";

    /// `matchTrafficWeight` sizes the canary by the weight, and no step has set one yet, so the
    /// canary is scaled down to nothing.
    ///
    /// Put `setWeight` before it.
    SCALE_WITHOUT_WEIGHT = "scale-without-weight": "a canary scaled by a weight that is not set";
}

/// What holds at a step.
struct State {
    weight: i64,
    weighted: bool,
    scale: Option<Scale>,
}

/// The last `setCanaryScale` that is in force.
enum Scale {
    Pods(i64),
    Weight(i64),
}

impl State {
    fn is_absent(&self) -> bool {
        match self.scale {
            Some(Scale::Pods(number) | Scale::Weight(number)) => number <= 0,
            None => self.weight <= 0,
        }
    }

    /// Is the canary smaller than its share of traffic asks for?
    fn is_too_small(&self, all: Option<i64>, most: i64) -> bool {
        match (&self.scale, all) {
            (Some(Scale::Weight(scale)), _) => {
                scale.saturating_mul(most) < self.weight.saturating_mul(100)
            }
            (Some(Scale::Pods(pods)), Some(all)) => {
                pods.saturating_mul(most) < all.saturating_mul(self.weight)
            }
            _ => false,
        }
    }
}

pub fn check(spec: &Cursor, canary: &Cursor, out: &mut Findings) {
    let (all, most) = (replicas(spec), routers::most(canary));
    let mut state = State {
        weight: 0,
        weighted: false,
        scale: None,
    };
    for step in canary.list("steps") {
        advance(&step, &mut state, most, out);
        sized(&step, &state, all, most, out);
        absent(&step, &state, out);
        shared(&step, &state, most, out);
    }
}

fn advance(step: &Cursor, state: &mut State, most: i64, out: &mut Findings) {
    let weight = step.int("setWeight");
    if let Some(weight) = weight.filter(|weight| (0..=most).contains(weight)) {
        if weight < state.weight {
            let message = format!("the weight goes down from {} to {weight}", state.weight);
            let help = "put the steps in order, or remove one";
            warn(step, "setWeight", WEIGHT_FALLS, message, help, out);
        } else if weight == state.weight && state.weighted {
            let message = format!("the weight is {weight} already, so the step changes nothing");
            let help = "write another weight, or remove the step";
            warn(step, "setWeight", FIELD_VOID, message, help, out);
        }
        (state.weight, state.weighted) = (weight, true);
    }
    let Some(scale) = step.at("setCanaryScale") else {
        return;
    };
    let matched = scale.flag("matchTrafficWeight") == Some(true);
    state.scale = match (matched, scale.int("replicas"), scale.int("weight")) {
        (true, ..) => None,
        (_, Some(pods), _) => Some(Scale::Pods(pods)),
        (_, None, weight) => weight.map(Scale::Weight),
    };
    if matched && !state.weighted {
        let message = "no step has set a weight yet, so the canary is scaled to nothing";
        let help = "put `setWeight` before it";
        let field = "matchTrafficWeight";
        warn(&scale, field, SCALE_WITHOUT_WEIGHT, message, help, out);
    }
}

/// Said once, at the step that makes it so.
fn sized(step: &Cursor, state: &State, all: Option<i64>, most: i64, out: &mut Findings) {
    let changed = ["setWeight", "setCanaryScale"]
        .into_iter()
        .find(|field| step.has(field));
    if let Some(field) = changed.filter(|_| state.is_too_small(all, most)) {
        let message = format!(
            "the canary gets {} of {most} parts of the traffic, and has too few pods for it",
            state.weight
        );
        let help = "raise the scale, or write `matchTrafficWeight: true`";
        warn(step, field, CANARY_TOO_SMALL, message, help, out);
    }
}

fn absent(step: &Cursor, state: &State, out: &mut Findings) {
    let needs = ["analysis", "setHeaderRoute", "setMirrorRoute"]
        .into_iter()
        .find(|field| step.has(field));
    let removes = step.has("setHeaderRoute") && step.len("setHeaderRoute/match") == 0;
    // Without an argument it asks for nothing of a version: a gate before the first request.
    let is_first = !state.weighted && state.scale.is_none();
    let is_gate = is_first && step.has("analysis") && step.len("analysis/args") == 0;
    if let Some(field) = needs.filter(|_| state.is_absent() && !removes && !is_gate) {
        let message = format!("`{field}` comes when the canary has no pods");
        let help = "put `setWeight` or `setCanaryScale` before it";
        warn(step, field, CANARY_ABSENT, message, help, out);
    }
}

/// The weights of an experiment come on top of the canary's.
fn shared(step: &Cursor, state: &State, most: i64, out: &mut Findings) {
    let Some(experiment) = step.at("experiment") else {
        return;
    };
    let weights = experiment
        .list("templates")
        .filter_map(|template| template.int("weight"));
    let sum = weights.fold(state.weight, i64::saturating_add);
    if sum > most {
        let message =
            format!("the canary and this experiment get {sum} of {most} parts of the traffic");
        let help = "lower the weights";
        out.push(contradiction(&experiment, "templates", message, help));
    }
}
