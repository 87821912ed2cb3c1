//! What both conditions of a metric make of an answer.

use super::{Answer, Condition, Outcome};

/// The phase of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Successful,
    Failed,
    Inconclusive,
    Error,
    /// It cannot be foretold.
    Unknown,
}

/// Source: argo-rollouts `utils/evaluate/evaluate.go` (`EvaluateResult`). Both conditions are
/// always evaluated; with one of them the other is its opposite; without any all is well.
pub fn measure(success: Option<&Condition>, failure: Option<&Condition>, answer: &Answer) -> Phase {
    let ask = |condition: Option<&Condition>| condition.map(|condition| condition.holds(answer));
    let (success, failure) = (ask(success), ask(failure));
    let both = [&success, &failure];
    let is = |wanted: fn(&Outcome) -> bool| both.iter().any(|one| one.as_ref().is_some_and(wanted));
    if is(|outcome| matches!(outcome, Outcome::Error(_))) {
        return Phase::Error;
    }
    if is(|outcome| *outcome == Outcome::Unknown) {
        return Phase::Unknown;
    }
    let holds = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::Holds(holds)) => Some(holds),
        _ => None,
    };
    match (holds(success), holds(failure)) {
        (_, Some(true)) | (Some(false), None) => Phase::Failed,
        (None | Some(true), _) => Phase::Successful,
        (Some(false), Some(false)) => Phase::Inconclusive,
    }
}
