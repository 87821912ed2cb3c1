//! One metric: how often it is measured, and how many results of which kind end it.
//!
//! Source: argo-rollouts `utils/analysis/factory.go` (`ValidateMetric`), `analysis/analysis.go`.

use crate::codes;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::placeholders::{Filled, fill};
use crate::verify::object::argo::{providers, warn};
use crate::verify::object::schedule::{DURATION_MALFORMED, go_duration};
use crate::verify::object::shape::{
    Findings, NOT_EXACTLY_ONE, NUMBER_OUT_OF_RANGE, contradiction, required,
};

codes! {
    /// A metric that is measured more than once needs an `interval`, and a `count` that leaves room
    /// for the failures that it allows: with `count: 3` and `failureLimit: 5` it could never fail.
    /// Raise `count` or lower the limits.
    COUNT_UNREACHABLE = "count-unreachable": "counts and limits of a metric that cannot be met";

    /// A metric fails when more than `failureLimit` measurements have failed, and there are only
    /// `count` of them, so this one can never fail.
    ///
    /// Lower `failureLimit`: to let the second failure end the metric, write 1.
    METRIC_NEVER_FAILS = "metric-never-fails": "a metric that allows as many failures as it has measurements";
}

/// Limits, and the least that each may be.
const LIMITS: [(&str, i64); 5] = [
    ("count", 0),
    ("failureLimit", -1),
    ("inconclusiveLimit", 0),
    ("consecutiveSuccessLimit", 0),
    ("consecutiveErrorLimit", 0),
];

/// `spec` holds the arguments that the metric may name.
pub fn check(at: &Cursor, spec: &Cursor, target: &Target, out: &mut Findings) {
    required(at, "name", out);
    provider(at, spec, target, out);
    let interval = time(at, "interval", spec, out);
    time(at, "initialDelay", spec, out);
    if interval.is_some_and(|nanos| nanos <= 0) {
        let message = "`interval` must be above 0";
        out.push(
            at.error_at("interval", NUMBER_OUT_OF_RANGE, message)
                .help("write a duration such as `60s`"),
        );
    }
    counts(at, spec, out);
}

/// Nanoseconds of a present duration.
fn time(at: &Cursor, field: &str, spec: &Cursor, out: &mut Findings) -> Option<i64> {
    let text = at.str(field).filter(|text| !text.is_empty())?;
    let Filled::Text(text) = fill(text, spec) else {
        return None;
    };
    let nanos = go_duration(&text);
    // Filled in with nothing, it counts as absent.
    if nanos.is_none() && !text.is_empty() {
        let message = format!("`{field}` is `{text}`, which is no duration");
        out.push(
            at.error_at(field, DURATION_MALFORMED, message)
                .help("write a duration such as `90s` or `1h30m`"),
        );
    }
    nanos
}

fn provider(at: &Cursor, spec: &Cursor, target: &Target, out: &mut Findings) {
    let Some(provider) = at.at("provider") else {
        return required(at, "provider", out);
    };
    let Some(map) = provider.value().as_map() else {
        return;
    };
    let given = map
        .iter()
        .filter(|(key, value)| *key != "plugin" && !matches!(value, Value::Null))
        .count()
        + provider.len("plugin");
    if given != 1 {
        let message = format!(
            "the metric `{}` has {given} providers, and needs one",
            at.text("name")
        );
        out.push(
            provider
                .error(NOT_EXACTLY_ONE, message)
                .help("keep one provider for each metric"),
        );
    }
    providers::check(at, &provider, spec, target, out);
}

/// A number, also as text; none where it comes from elsewhere.
fn number(at: &Cursor, field: &str, spec: &Cursor, out: &mut Findings) -> Option<i64> {
    let text = match at.find(field)? {
        Value::Int(number) => {
            if i32::try_from(*number).is_err() {
                let message = format!("`{field}` is {number}, beyond what the controller can read");
                out.push(
                    at.error_at(field, NUMBER_OUT_OF_RANGE, message)
                        .help("write a smaller number"),
                );
            }
            return Some(*number);
        }
        Value::Str(text) => text,
        _ => return None,
    };
    let Filled::Text(text) = fill(text, spec) else {
        return None;
    };
    text.parse().ok().or_else(|| {
        let message = format!("`{field}` is `{text}`, which the controller takes for 0");
        out.push(
            at.error_at(field, NUMBER_OUT_OF_RANGE, message)
                .help("write a whole number"),
        );
        // As the controller has it; what follows from it is not told as well.
        None
    })
}

fn counts(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    let [count, failures, inconclusive, successes, _] =
        LIMITS.map(|(field, least)| limit(at, field, least, spec, out));
    let unset = !at.has("consecutiveSuccessLimit") || successes == Some(0);
    if failures == Some(-1) && unset {
        let message =
            "without `failureLimit` and `consecutiveSuccessLimit` nothing ends the metric";
        let help = "write one of the two";
        out.push(contradiction(at, "failureLimit", message, help));
    }
    let Some(count) = count.filter(|count| *count > 0) else {
        return;
    };
    let allowed = failures.unwrap_or(0).max(0);
    let needed = allowed.saturating_add(successes.unwrap_or(0).max(0));
    if count < needed || count < inconclusive.unwrap_or(0) {
        let message = format!("`count` is {count}, fewer than the limits of the metric need");
        out.push(
            at.error_at("count", COUNT_UNREACHABLE, message)
                .help("raise `count`, or lower the limits"),
        );
    } else if allowed >= count {
        let message = format!("all {count} measurements may fail, and the metric still succeeds");
        warn(
            at,
            "failureLimit",
            METRIC_NEVER_FAILS,
            message,
            "lower `failureLimit`",
            out,
        );
    }
    if count > 1 && at.text("interval").is_empty() {
        let message = format!("a metric measured {count} times needs an `interval`");
        out.push(
            at.error_at("interval", COUNT_UNREACHABLE, message)
                .help("add `interval`, such as `60s`"),
        );
    }
}

fn limit(at: &Cursor, field: &str, least: i64, spec: &Cursor, out: &mut Findings) -> Option<i64> {
    let value = number(at, field, spec, out)?;
    if value < least {
        let message = format!("`{field}` is {value}, and must be at least {least}");
        out.push(
            at.error_at(field, NUMBER_OUT_OF_RANGE, message)
                .help("write a larger number, or remove it"),
        );
    }
    Some(value)
}
