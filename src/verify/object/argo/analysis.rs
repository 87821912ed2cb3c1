//! Analysis templates: metrics, counts, intervals.
//!
//! Source: argo-rollouts `utils/analysis/factory.go` (`ValidateMetrics`) and
//! `pkg/apis/rollouts/validation/validation_references.go`. The controller finds these only when
//! a run begins: it ends as `Error` and aborts the rollout.

use crate::codes;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::schedule::{duration, go_duration};
use crate::verify::object::shape::{
    Findings, NOT_EXACTLY_ONE, NUMBER_OUT_OF_RANGE, exactly_one, required, unique,
};
use crate::verify::object::workload::job_spec;

codes! {
    /// A metric that is measured more than once needs an `interval`, and a `count` that leaves room
    /// for the failures that it allows: with `count: 3` and `failureLimit: 5` it could never fail.
    /// Raise `count` or lower the limits.
    COUNT_UNREACHABLE = "count-unreachable": "counts and limits of a metric that cannot be met";

}

pub fn check(object: &Cursor, _: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    if spec.len("templates") == 0 {
        required(&spec, "metrics", out);
    }
    unique(&spec, "metrics", "name", out);
    unique(&spec, "args", "name", out);
    for arg in spec.list("args") {
        if arg.has("value") && arg.has("valueFrom") {
            exactly_one(&arg, &["value", "valueFrom"], out);
        }
    }
    for metric in spec.list("metrics") {
        check_metric(&metric, out);
    }
}

fn check_metric(at: &Cursor, out: &mut Findings) {
    required(at, "name", out);
    provider(at, out);
    for field in ["interval", "initialDelay"] {
        // A template may put an argument there.
        if !at.text(field).contains("{{") {
            out.extend(duration(at, field));
        }
    }
    if at
        .str("interval")
        .and_then(go_duration)
        .is_some_and(|nanos| nanos <= 0)
    {
        let message = "`interval` must be above 0";
        out.push(
            at.error_at("interval", NUMBER_OUT_OF_RANGE, message)
                .help("write a duration such as `60s`"),
        );
    }
    counts(at, out);
}

fn provider(at: &Cursor, out: &mut Findings) {
    let Some(provider) = at.at("provider") else {
        return required(at, "provider", out);
    };
    let Some(map) = provider.value().as_map() else {
        return;
    };
    let given = map
        .iter()
        .filter(|(_, value)| !matches!(value, Value::Null))
        .count();
    let plugins = provider.len("plugin").saturating_sub(1);
    if given + plugins != 1 {
        let message = format!(
            "the metric `{}` has {} providers, and needs one",
            at.text("name"),
            given + plugins
        );
        out.push(
            provider
                .error(NOT_EXACTLY_ONE, message)
                .help("keep one provider for each metric"),
        );
    }
    if let Some(web) = provider.at("web") {
        required(&web, "url", out);
    }
    if let Some(prometheus) = provider.at("prometheus") {
        required(&prometheus, "query", out);
    }
    if let Some(job) = provider.at("job/spec") {
        job_spec(&job, out);
    }
}

/// A number, also as text; none where a template puts an argument there.
fn number(at: &Cursor, field: &str, out: &mut Findings) -> Option<i64> {
    match at.find(field)? {
        Value::Int(number) => Some(*number),
        Value::Str(text) if text.contains("{{") => None,
        Value::Str(text) => text.parse().ok().or_else(|| {
            let message = format!("`{field}` is `{text}`, which the controller takes for 0");
            out.push(
                at.error_at(field, NUMBER_OUT_OF_RANGE, message)
                    .help("write a whole number"),
            );
            None
        }),
        _ => None,
    }
}

fn counts(at: &Cursor, out: &mut Findings) {
    let mut read = |field| number(at, field, out);
    let (count, failures) = (read("count"), read("failureLimit"));
    let (inconclusive, successes, errors) = (
        read("inconclusiveLimit"),
        read("consecutiveSuccessLimit"),
        read("consecutiveErrorLimit"),
    );
    for (field, value, least) in [
        ("failureLimit", failures, -1),
        ("inconclusiveLimit", inconclusive, 0),
        ("consecutiveSuccessLimit", successes, 0),
        ("consecutiveErrorLimit", errors, 0),
        ("count", count, 0),
    ] {
        if let Some(value) = value.filter(|value| *value < least) {
            let message = format!("`{field}` is {value}, and must be at least {least}");
            out.push(
                at.error_at(field, NUMBER_OUT_OF_RANGE, message)
                    .help("write a larger number, or remove it"),
            );
        }
    }
    let Some(count) = count.filter(|count| *count > 0) else {
        return;
    };
    let needed = failures
        .unwrap_or(0)
        .max(0)
        .saturating_add(successes.unwrap_or(0).max(0));
    if count < needed || count < inconclusive.unwrap_or(0) {
        let message = format!("`count` is {count}, fewer than the limits of the metric need");
        out.push(
            at.error_at("count", COUNT_UNREACHABLE, message)
                .help("raise `count`, or lower the limits"),
        );
    }
    if count > 1 && !at.has("interval") {
        let message = format!("a metric measured {count} times needs an `interval`");
        out.push(
            at.error_at("interval", COUNT_UNREACHABLE, message)
                .help("add `interval`, such as `60s`"),
        );
    }
}
