//! The fields of a canary beside its steps and routers: surge, Services, thresholds, delays, and
//! the analysis in the background.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go`, `utils/replicaset/canary.go`.

use crate::codes;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::rollout::{FIELD_VOID, ignored_word, replicas};
use crate::verify::object::argo::strategy::{ANALYSIS_EMPTY, anti_affinity, delays, same};
use crate::verify::object::argo::{arguments, routers, sequence, steps, warn};
use crate::verify::object::shape::{
    Findings, NUMBER_OUT_OF_RANGE, between, contradiction, int_or_percent, required,
};
use crate::verify::object::workload::UPDATE_STUCK;
use crate::verify::target::RolloutsVersion;

codes! {
    /// A step is left when enough pods of the new version are available, and the threshold asks for
    /// more than there will ever be: above 100 %, or more pods than `replicas`. The rollout would
    /// stay in its first step until the deadline.
    ///
    /// Lower `value`:
    ///
    ///     replicaProgressThreshold: {type: Percent, value: 90}
    THRESHOLD_UNREACHABLE = "threshold-unreachable": "a threshold that no step can reach";

    /// With a threshold of 0 a step is left before a single pod of the new version is available.
    ///
    /// Write at least 1.
    THRESHOLD_ZERO = "threshold-zero": "a threshold that is always met";

    /// The analysis in the background begins at a step that the rollout does not have, so it never
    /// begins. Steps are counted from 0.
    ///
    /// Lower `startingStep`, or remove it to begin with the first step.
    STARTING_STEP_BEYOND = "starting-step-beyond": "a background analysis that never begins";

    /// Controllers before 1.10 scale a canary up and down without end when `minPodsPerReplicaSet`
    /// is above `replicas`; later ones cap it.
    ///
    /// Lower it to `replicas` or less.
    MIN_PODS_BEYOND = "min-pods-beyond": "more pods at least than there are at most";
}

pub fn check(object: &Cursor, spec: &Cursor, at: &Cursor, target: &Target, out: &mut Findings) {
    room(at, out);
    for field in ["maxSurge", "maxUnavailable"] {
        between(at, field, i64::MIN, i64::from(i32::MAX), out);
    }
    anti_affinity(at, out);
    same(at, "stableService", "canaryService", out);
    if let Some(pair) = at.at("pingPong") {
        required(&pair, "pingService", out);
        required(&pair, "pongService", out);
        same(&pair, "pingService", "pongService", out);
    }
    scaling(spec, at, target, out);
    threshold(spec, at, out);
    if let Some(analysis) = at.at("analysis") {
        background(at, &analysis, out);
        arguments::used(&analysis, object, out);
    }
    routers::check(spec, at, target, out);
    steps::check(object, at, target, out);
    sequence::check(spec, at, out);
}

/// Surge and unavailable pods. A text is a share here, with or without its `%`, so `"2"` is 2 %;
/// only for `"0"` it makes no difference.
fn room(at: &Cursor, out: &mut Findings) {
    let [down, up] = ["maxUnavailable", "maxSurge"].map(|field| amount(at, field, out));
    if down == Some(0) && up == Some(0) {
        let message = "`maxSurge` and `maxUnavailable` are both 0, so nothing could move";
        out.push(
            at.error_at("maxUnavailable", UPDATE_STUCK, message)
                .help("set `maxSurge` to 1"),
        );
    }
    let field = "maxUnavailable";
    let is_share = at.text(field).ends_with('%');
    if is_share && down.is_some_and(|share| share > 100) {
        let message = "`maxUnavailable` is above `100%`, and counts as that: every pod may be away";
        let help = "write a share such as `25%`";
        warn(at, field, NUMBER_OUT_OF_RANGE, message, help, out);
    }
}

fn amount(at: &Cursor, field: &str, out: &mut Findings) -> Option<i64> {
    let Some(share) = share(at, field) else {
        return int_or_percent(at, field, false, out);
    };
    if share != "0" {
        let message = format!("`{field}` is a text, so it is {share} %, not {share} pods");
        let help = format!("write `{share}%`, or the number without quotes");
        warn(at, field, NUMBER_OUT_OF_RANGE, message, &help, out);
    }
    share.parse().ok()
}

/// A text of digits alone.
fn share<'v>(at: &Cursor<'v, '_>, field: &str) -> Option<&'v str> {
    let text = at
        .str(field)
        .filter(|text| !text.is_empty() && text.len() < 10);
    text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What only makes sense with, or without, a router.
fn scaling(spec: &Cursor, at: &Cursor, target: &Target, out: &mut Findings) {
    if !at.has("trafficRouting") {
        for field in ["scaleDownDelaySeconds", "dynamicStableScale"] {
            if at.has(field) && at.flag(field) != Some(false) {
                let message = format!("`{field}` needs `trafficRouting`");
                routers::incomplete(at, field, message, "remove it", out);
            }
        }
        return without_router(at, out);
    }
    if at.has("scaleDownDelaySeconds") && at.flag("dynamicStableScale") == Some(true) {
        let message = "`scaleDownDelaySeconds` and `dynamicStableScale` exclude each other";
        out.push(contradiction(
            at,
            "scaleDownDelaySeconds",
            message,
            "remove one of the two",
        ));
    }
    delays(
        at,
        &["scaleDownDelaySeconds", "abortScaleDownDelaySeconds"],
        out,
    );
    let least = at.int("minPodsPerReplicaSet");
    let loops = target.rollouts < RolloutsVersion::V1_10;
    if let (Some(least), Some(all)) = (least, replicas(spec).filter(|_| loops))
        && least > all
    {
        let message = format!("`minPodsPerReplicaSet` is {least}, above `replicas`, {all}");
        let field = "minPodsPerReplicaSet";
        warn(at, field, MIN_PODS_BEYOND, message, "lower it", out);
    }
}

fn without_router(at: &Cursor, out: &mut Findings) {
    for field in ["abortScaleDownDelaySeconds", "minPodsPerReplicaSet"] {
        if at.has(field) {
            let message = format!("`{field}` does nothing without `trafficRouting`");
            warn(at, field, FIELD_VOID, message, "remove it", out);
        }
    }
}

fn threshold(spec: &Cursor, at: &Cursor, out: &mut Findings) {
    let Some(threshold) = at.at("replicaProgressThreshold") else {
        return;
    };
    ignored_word(&threshold, "type", &["Percent", "Pods"], out);
    let Some(value) = threshold.int("value") else {
        return;
    };
    let percent = threshold.text("type") == "Percent";
    let most = if percent { Some(100) } else { replicas(spec) };
    if most.is_some_and(|most| value > most) {
        let unit = if percent { " %" } else { " pods" };
        let message = format!("no step ever has {value}{unit} available");
        out.push(
            threshold
                .error_at("value", THRESHOLD_UNREACHABLE, message)
                .help("lower it"),
        );
    } else if value <= 0 {
        let message = format!("a threshold of {value} is met before any pod is available");
        warn(
            &threshold,
            "value",
            THRESHOLD_ZERO,
            message,
            "write at least 1",
            out,
        );
    }
}

fn background(at: &Cursor, analysis: &Cursor, out: &mut Findings) {
    if analysis.len("templates") == 0 {
        let message = "the analysis names no template, so nothing is watched";
        warn(
            analysis,
            "templates",
            ANALYSIS_EMPTY,
            message,
            "name a template",
            out,
        );
    }
    let steps = i64::try_from(at.len("steps")).unwrap_or(i64::MAX);
    let field = "startingStep";
    if let Some(first) = analysis.int(field).filter(|first| *first >= steps.max(1)) {
        let message = format!("the analysis begins at step {first}, and there are {steps} steps");
        warn(
            analysis,
            field,
            STARTING_STEP_BEYOND,
            message,
            "lower it",
            out,
        );
    }
}
