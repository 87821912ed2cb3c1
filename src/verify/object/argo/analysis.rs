//! What an analysis consists of, as a template or as a run: metrics, arguments, rules about them.
//!
//! Source: argo-rollouts `analysis/analysis.go`, `utils/analysis/helpers.go`. The controller finds
//! these only when a run begins: it ends as `Error` and aborts the rollout.

use crate::codes;
use crate::diagnostic::Severity;
use crate::re2::Re2;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::{arguments, metric, placeholders, warn};
use crate::verify::object::shape::{Findings, NOT_EXACTLY_ONE, duplicate, required, unique};

codes! {
    /// A rule of `dryRun` or `measurementRetention` matches no metric, so the run ends with an error
    /// before anything is measured, and the rollout is aborted.
    ///
    /// Name a metric: the rule is a regular expression that is looked for in the names.
    METRIC_RULE_VOID = "metric-rule-void": "a rule about metrics that matches none";

    /// A run measures at once, so each of its arguments needs a value of its own, or a Secret to
    /// read it from. The run ends as `Error`.
    ///
    /// Give it a `value`.
    RUN_ARGUMENT_OPEN = "run-argument-open": "an argument of a run without a value";
}

pub fn check(object: &Cursor, target: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let nests = spec.len("templates") > 0;
    if !nests {
        required(&spec, "metrics", out);
    }
    unique(&spec, "metrics", "name", out);
    args(object, &spec, out);
    placeholders::writable(&spec, out);
    for at in spec.list("metrics") {
        metric::check(&at, &spec, target, out);
        placeholders::check(&at, &spec, out);
    }
    arguments::rules(&spec, out);
    if !nests {
        matched(&spec, out);
    }
}

fn args(object: &Cursor, spec: &Cursor, out: &mut Findings) {
    let runs = object.text("kind") == "AnalysisRun";
    told_twice(spec, out);
    for arg in spec.list("args") {
        if !runs && arg.has("value") && arg.has("valueFrom") {
            // Whoever waits for it is told where the rollout says so.
            let message = "`value` and `valueFrom` exclude each other";
            let help = "keep one of them";
            warn(&arg, "valueFrom", NOT_EXACTLY_ONE, message, help, out);
        }
        if runs && !arg.has("value") && !arg.has("valueFrom") {
            let message = format!("the argument `{}` has no value", arg.text("name"));
            out.push(
                arg.error_at("value", RUN_ARGUMENT_OPEN, message)
                    .help("give it a `value`"),
            );
        }
    }
}

/// The same argument twice is one, unless it has two values.
fn told_twice(spec: &Cursor, out: &mut Findings) {
    let args: Vec<_> = spec
        .list("args")
        .map(|arg| (arg.text("name"), arg.str("value")))
        .collect();
    for (index, arg) in spec.list("args").enumerate() {
        let Some((name, value)) = args.get(index) else {
            continue;
        };
        let Some((_, earlier)) = args.iter().take(index).find(|one| one.0 == *name) else {
            continue;
        };
        let mut finding = duplicate(&arg, "name", name);
        if earlier == value || earlier.is_none() || value.is_none() {
            finding.severity = Severity::Warning;
        }
        out.push(finding);
    }
}

/// Does every rule match one of the metrics? What cannot be read has been reported.
fn matched(spec: &Cursor, out: &mut Findings) {
    for list in ["dryRun", "measurementRetention"] {
        for rule in spec.list(list) {
            let name = rule.text("metricName");
            let Some(regex) = Re2::new(name) else {
                continue;
            };
            let hit = spec
                .list("metrics")
                .any(|metric| regex.matches(metric.text("name")));
            if !hit {
                let message = format!("no metric here has a name that matches `{name}`");
                out.push(
                    rule.error_at("metricName", METRIC_RULE_VOID, message)
                        .help("name a metric, or remove the rule"),
                );
            }
        }
    }
}
