//! One metric: how often it is measured, and how many results of which kind end it.
//!
//! Source: argo-rollouts `utils/analysis/factory.go` (`ValidateMetric`), `analysis/analysis.go`.

use crate::codes;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::placeholders::{Filled, fill};
use crate::verify::object::argo::{providers, warn};
use crate::verify::object::schedule::{DURATION_MALFORMED, go_duration};
use crate::verify::object::shape::{
    FIELD_EMPTY, Findings, NOT_EXACTLY_ONE, NUMBER_OUT_OF_RANGE, required,
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
pub const LIMITS: [(&str, i64); 5] = [
    ("count", 0),
    ("failureLimit", -1),
    ("inconclusiveLimit", 0),
    ("consecutiveSuccessLimit", 0),
    ("consecutiveErrorLimit", 0),
];

/// `spec` holds the arguments that the metric may name.
pub fn check(at: &Cursor, spec: &Cursor, target: &Target, out: &mut Findings) {
    if at.str("name") == Some("") {
        let message = "a metric without a name cannot be told from others";
        warn(at, "name", FIELD_EMPTY, message, "name it", out);
    }
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
    let (text, nanos) = match fill(text, spec) {
        Filled::Open(text) if may_be_duration(&text) => return None,
        Filled::Open(text) => (text, None),
        Filled::Text(text) => {
            let nanos = go_duration(&text);
            (text, nanos)
        }
    };
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

/// Could it be a duration, were the arguments the right ones?
pub fn may_be_duration(text: &str) -> bool {
    let part = |letter: char| letter.is_ascii_digit() || "nuµμmsh.+-".contains(letter);
    text.chars().all(part)
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
    whole(&text).or_else(|| {
        let finding = no_number(at, field, &text);
        let is_told = finding.severity == Severity::Error;
        out.push(finding);
        // What follows from an error is not told as well.
        (!is_told).then_some(0)
    })
}

/// As Go reads it (`IntOrString.IntValue`, `strconv.Atoi`): what is too large is the largest number.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| match text.starts_with('-') {
        true => text.parse().unwrap_or(i64::MIN),
        false => text.parse().unwrap_or(i64::MAX),
    })
}

/// Worse where 0 is not what it would be without the field; without an `interval` a metric is
/// measured once, whether its `count` is 0 or 1.
fn no_number(at: &Cursor, field: &str, text: &str) -> Finding {
    let is_harmless = match field {
        "failureLimit" | "inconclusiveLimit" | "consecutiveSuccessLimit" => true,
        "count" => at.text("interval").is_empty(),
        _ => false,
    };
    let message = format!("`{field}` is `{text}`, which the controller takes for 0");
    let finding = match is_harmless {
        true => at.warning_at(field, NUMBER_OUT_OF_RANGE, message),
        false => at.error_at(field, NUMBER_OUT_OF_RANGE, message),
    };
    finding.help("write a whole number")
}

fn counts(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    let limits = LIMITS.map(|(field, least)| limit(at, field, least, spec, out));
    let open = |field| at.has(field) && limits[place(field)].is_none();
    if open("failureLimit") || open("consecutiveSuccessLimit") {
        return;
    }
    if let Some((field, message)) = unfit(&limits, !at.text("interval").is_empty()) {
        let help = "change `count`, `interval` or the limits";
        out.push(at.error_at(field, COUNT_UNREACHABLE, message).help(help));
    } else if let (Some(count), Some(failures)) = (limits[0], limits[1])
        && count > 0
        && failures >= count
    {
        let message = format!("all {count} measurements may fail, and the metric still succeeds");
        let (field, help) = ("failureLimit", "lower `failureLimit`");
        warn(at, field, METRIC_NEVER_FAILS, message, help, out);
    }
}

fn place(field: &str) -> usize {
    LIMITS
        .iter()
        .position(|(name, _)| *name == field)
        .unwrap_or(0)
}

/// What contradicts itself in limits, in the order of [`LIMITS`], and the field that says so.
pub fn unfit(limits: &[Option<i64>; 5], has_interval: bool) -> Option<(&'static str, String)> {
    let [count, failures, inconclusive, successes, _] = limits.map(|limit| limit.unwrap_or(0));
    for ((field, least), value) in LIMITS.iter().zip(limits) {
        // A negative count is read as done, and has been told.
        if *field != "count" && value.is_some_and(|value| value < *least) {
            let message = format!("`{field}` must be at least {least}");
            return Some((field, message));
        }
    }
    if failures == -1 && successes == 0 {
        let message = "without `failureLimit` and `consecutiveSuccessLimit` nothing ends it";
        return Some(("failureLimit", message.to_owned()));
    }
    let needed = failures.max(0).saturating_add(successes.max(0));
    if count > 0 && (count < needed || count < inconclusive) {
        let message = format!("`count` is {count}, fewer than the limits of the metric need");
        return Some(("count", message));
    }
    if count > 1 && !has_interval {
        let message = format!("a metric measured {count} times needs an `interval`");
        return Some(("interval", message));
    }
    None
}

fn limit(at: &Cursor, field: &str, least: i64, spec: &Cursor, out: &mut Findings) -> Option<i64> {
    let value = number(at, field, spec, out)?;
    if value < least && field == "count" {
        let message = format!("`{field}` is {value}, and must be at least {least}");
        out.push(
            at.error_at(field, NUMBER_OUT_OF_RANGE, message)
                .help("write a larger number, or remove it"),
        );
    }
    Some(value)
}
