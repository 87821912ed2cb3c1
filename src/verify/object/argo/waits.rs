//! What waits for a person, and what nobody looks at: pauses without an end, verdicts that are
//! none, weights that no analysis follows.
//!
//! Source: argo-rollouts `rollout/pause.go`, `rollout/analysis.go`, `analysis/analysis.go`
//! (`assessMetricStatus`): an analysis that ends `Inconclusive` pauses the rollout until somebody
//! resumes it, which only asks again.

use crate::codes;
use crate::diagnostic::Severity;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::{routers, warn};
use crate::verify::object::shape::Findings;

codes! {
    /// A `pause` without `duration`, or a blue-green rollout with `autoPromotionEnabled: false`,
    /// waits until somebody promotes it. Where nobody is there, a release stands half-way for ever,
    /// with two versions under traffic, and blocks what comes after it: the next sync wave, the next
    /// release.
    ///
    /// Keep it where a person decides. Otherwise give it an end, and let an analysis decide:
    ///
    ///     pause: {duration: 10m}
    PAUSE_WITHOUT_END = "pause-without-end": "a rollout that waits for a person";

    /// There are answers for which the metric neither succeeds nor fails: both conditions are false,
    /// a score lies between two thresholds, or its measurements run out before enough of them
    /// succeed. The analysis ends as `Inconclusive`, and the rollout is paused until somebody
    /// decides; whoever resumes it only lets it ask again.
    ///
    /// Let every answer be a success or a failure: write one condition alone, or make the one the
    /// opposite of the other. Keep it where a person looks at such answers.
    INCONCLUSIVE_WAITS = "inconclusive-waits": "a verdict that is none and that nobody decides about";

    /// Analyses judge the first stages, and a later one sends more traffic to the new version that
    /// none looks at: what only breaks under this load goes on to everybody.
    ///
    /// Put an analysis after the last weight, or let one run in the background of all steps.
    LAST_WEIGHT_UNJUDGED = "last-weight-unjudged": "more traffic after the last analysis";
}

pub fn rollout(object: &Cursor, _: &Target, out: &mut Findings) {
    if let Some(green) = object.at("spec/strategy/blueGreen")
        && green.flag("autoPromotionEnabled") == Some(false)
    {
        note(
            &green,
            "autoPromotionEnabled",
            "the new version waits until somebody promotes it",
            out,
        );
    }
    let Some(canary) = object.at("spec/strategy/canary") else {
        return;
    };
    for step in canary.list("steps") {
        if step.at("pause").is_some_and(|pause| !pause.has("duration")) {
            note(
                &step,
                "pause",
                "the release waits here until somebody promotes it",
                out,
            );
        }
    }
    unjudged(&canary, out);
}

/// It may well be meant, so it is no warning.
fn note(at: &Cursor, path: &str, message: &str, out: &mut Findings) {
    let mut finding = at.error_at(path, PAUSE_WITHOUT_END, message);
    finding.severity = Severity::Note;
    out.push(finding.help("write a `duration`, or keep it where a person decides"));
}

fn unjudged(canary: &Cursor, out: &mut Findings) {
    let judges = |step: &Cursor| {
        step.len("analysis/templates") > 0
            || step.len("experiment/analyses") > 0
            || step.has("plugin")
    };
    let last = canary
        .list("steps")
        .enumerate()
        .filter(|(_, step)| judges(step))
        .last();
    let Some((last, _)) = last.filter(|_| canary.len("analysis/templates") == 0) else {
        return;
    };
    let most = routers::most(canary);
    let weight = |step: &Cursor| step.int("setWeight").filter(|weight| *weight < most);
    let judged = canary
        .list("steps")
        .take(last)
        .filter_map(|step| weight(&step))
        .max();
    for step in canary.list("steps").skip(last) {
        if let Some(more) = weight(&step).filter(|more| *more > judged.unwrap_or(0)) {
            let message = format!(
                "the new version gets {more} of {most} parts of the traffic, and no analysis follows"
            );
            let help = "put an analysis after it, or into the background";
            return warn(&step, "setWeight", LAST_WEIGHT_UNJUDGED, message, help, out);
        }
    }
}

/// Metrics that end without a verdict by their numbers; conditions are looked at with the others.
pub fn analysis(object: &Cursor, _: &Target, out: &mut Findings) {
    for metric in object.list("spec/metrics") {
        let limit = |field| metric.int(field).unwrap_or(0);
        let (count, successes) = (limit("count"), limit("consecutiveSuccessLimit"));
        if count > 0 && successes > 0 && limit("failureLimit") > 0 {
            let message = format!(
                "with some failures, {count} measurements may end without {successes} successes in a row"
            );
            let help = "remove `count`, or one of the limits";
            warn(
                &metric,
                "consecutiveSuccessLimit",
                INCONCLUSIVE_WAITS,
                message,
                help,
                out,
            );
        }
        let Some(threshold) = metric.at("provider/kayenta/threshold") else {
            continue;
        };
        if let (Some(pass), Some(marginal)) = (threshold.int("pass"), threshold.int("marginal"))
            && marginal < pass
        {
            let message =
                format!("a score from {marginal} to {pass} is neither a success nor a failure");
            let help = "write one number for both";
            warn(
                &threshold,
                "marginal",
                INCONCLUSIVE_WAITS,
                message,
                help,
                out,
            );
        }
    }
}
