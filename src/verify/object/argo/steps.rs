//! The steps of a canary, each by itself: what it does, and what it needs of the rollout.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go`; `RolloutPause` in
//! `pkg/apis/rollouts/v1alpha1/types.go` for pauses.

use crate::codes;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::rollout::FIELD_VOID;
use crate::verify::object::argo::routers::{self, incomplete};
use crate::verify::object::argo::strategy::awaited;
use crate::verify::object::argo::{arguments, step_experiment, warn};
use crate::verify::object::schedule::go_duration;
use crate::verify::object::shape::{Findings, at_least, between};
use crate::verify::target::RolloutsVersion;

codes! {
    /// A step of a canary does exactly one thing: `setWeight`, `pause`, `analysis`, `experiment`,
    /// `setCanaryScale`, `setHeaderRoute`, `setMirrorRoute` or `plugin`. An empty step, and one with
    /// two of the first four, is refused: `InvalidSpec`. Of any other two the controller waits for
    /// one only, so the step may be left before both are done.
    ///
    /// Make two steps of it. A `pause:` without a value counts as nothing; write `pause: {}`.
    STEP_MALFORMED = "step-malformed": "a step that does none or several things";

    /// A `pause` is a number of seconds, or a Go duration such as `90s`, `15m` or `1h30m`. There
    /// are no days, and no more than 68 years.
    PAUSE_MALFORMED = "pause-malformed": "a pause whose duration cannot be read";

    /// The controller counts pauses in whole seconds and drops the rest, so a pause below one
    /// second is none.
    ///
    /// Write whole seconds, or remove the step.
    PAUSE_ROUNDED = "pause-rounded": "a pause of less than a second";

    /// `setCanaryScale` without a number leaves the canary as the weight has it, so the step does
    /// nothing; with several, only one counts: `matchTrafficWeight` before `replicas`, and that
    /// before `weight`.
    ///
    /// Keep one of the three.
    SCALE_UNCLEAR = "scale-unclear": "a `setCanaryScale` without one clear number";

    /// A matcher names exactly one of `exact`, `prefix` and `regex`; ALB only knows `exact`. An
    /// empty text counts as none. With anything else the rollout is `InvalidSpec`.
    MATCH_UNCLEAR = "match-unclear": "a matcher of a header, path or method that is none";
}

/// In the order in which the controller looks at them.
const STEPS: [&str; 8] = [
    "pause",
    "setCanaryScale",
    "setWeight",
    "experiment",
    "analysis",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
];

pub fn check(object: &Cursor, canary: &Cursor, target: &Target, out: &mut Findings) {
    let most = routers::most(canary);
    for step in canary.list("steps") {
        kinds(&step, out);
        between(&step, "setWeight", 0, most, out);
        if let Some(pause) = step.at("pause") {
            check_pause(&pause, out);
        }
        scale(&step, canary, most, out);
        header_route(&step, canary, out);
        mirror_route(&step, canary, target, out);
        managed(&step, canary, out);
        if let Some(analysis) = step.at("analysis") {
            awaited(&analysis, out);
            arguments::used(&analysis, object, out);
        }
        if let Some(experiment) = step.at("experiment") {
            step_experiment::check(object, canary, &experiment, out);
        }
    }
}

fn kinds(step: &Cursor, out: &mut Findings) {
    let given: Vec<&str> = STEPS
        .iter()
        .copied()
        .filter(|field| step.has(field))
        .collect();
    if given.len() == 1 {
        return;
    }
    let waited = ["setWeight", "pause", "experiment", "analysis"];
    let several = given.iter().filter(|kind| waited.contains(kind)).count();
    let help = "let each step do exactly one thing";
    let what = match given.len() {
        0 => "nothing",
        _ => "several things",
    };
    let mut finding = step
        .error(STEP_MALFORMED, format!("the step does {what}"))
        .help(help);
    if let (true, Some(first)) = (several < 2, given.first()) {
        finding.severity = crate::diagnostic::Severity::Warning;
        finding = finding.note(format!("the controller only waits for `{first}`"));
    }
    out.push(finding);
}

/// Whole seconds of a pause, as the controller counts them; none where it cannot.
fn seconds(text: &str) -> Option<i64> {
    let plain = text.strip_prefix('+').unwrap_or(text);
    if let Some(number) = plain
        .parse::<i32>()
        .ok()
        .filter(|_| !plain.starts_with('+'))
    {
        return Some(i64::from(number));
    }
    let whole = go_duration(text)? / 1_000_000_000;
    (whole.abs() <= i64::from(i32::MAX)).then_some(whole)
}

fn check_pause(pause: &Cursor, out: &mut Findings) {
    at_least(pause, "duration", 0, out);
    if let Some(number) = pause
        .int("duration")
        .filter(|number| *number > i64::from(i32::MAX))
    {
        out.push(unreadable(pause, &number.to_string()));
    }
    let Some(text) = pause.str("duration") else {
        return;
    };
    match seconds(text) {
        None => out.push(unreadable(pause, text)),
        Some(whole) if whole < 0 => out.push(unreadable(pause, text)),
        Some(0) if go_duration(text).is_some_and(|nanos| nanos != 0) => {
            let message = format!("the pause of `{text}` counts as none");
            let help = "write whole seconds, or remove the step";
            warn(pause, "duration", PAUSE_ROUNDED, message, help, out);
        }
        Some(_) => {}
    }
}

fn unreadable(pause: &Cursor, text: &str) -> crate::manifest::Finding {
    let message = format!("the pause of `{text}` cannot be read");
    pause
        .error_at("duration", PAUSE_MALFORMED, message)
        .help("write seconds, or a duration such as `90s` or `15m`")
}

fn scale(step: &Cursor, canary: &Cursor, most: i64, out: &mut Findings) {
    let Some(scale) = step.at("setCanaryScale") else {
        return;
    };
    if !canary.has("trafficRouting") {
        let message = "`setCanaryScale` needs `trafficRouting`";
        incomplete(step, "setCanaryScale", message, "remove the step", out);
    }
    at_least(&scale, "replicas", 0, out);
    at_least(&scale, "weight", 0, out);
    let matched = scale.flag("matchTrafficWeight") == Some(true);
    let numbers = usize::from(scale.has("weight")) + usize::from(scale.has("replicas"));
    if numbers + usize::from(matched) != 1 {
        let message = "`setCanaryScale` takes one of `weight`, `replicas` and `matchTrafficWeight`";
        warn(
            step,
            "setCanaryScale",
            SCALE_UNCLEAR,
            message,
            "keep one of them",
            out,
        );
    }
    let weight = scale.int("weight").filter(|weight| *weight > most);
    if let (Some(weight), false) = (weight, matched) {
        let message = format!("a scale of {weight} makes the canary larger than the service");
        let help = "lower it to 100 or less";
        warn(&scale, "weight", SCALE_UNCLEAR, message, help, out);
    }
}

fn header_route(step: &Cursor, canary: &Cursor, out: &mut Findings) {
    let Some(route) = step.at("setHeaderRoute") else {
        return;
    };
    if !routers::has_one(canary, &["istio", "alb", "apisix", "plugins"]) {
        let message = "`setHeaderRoute` needs Istio, ALB, APISIX or a plugin";
        return incomplete(step, "setHeaderRoute", message, "remove the step", out);
    }
    let exact = canary.has("trafficRouting/alb");
    for header in route.list("match") {
        matcher(&header, "headerValue", exact, out);
    }
}

fn mirror_route(step: &Cursor, canary: &Cursor, target: &Target, out: &mut Findings) {
    let Some(route) = step.at("setMirrorRoute") else {
        return;
    };
    let plugin = target.rollouts >= RolloutsVersion::V1_10;
    let able: &[&str] = if plugin {
        &["istio", "plugins"]
    } else {
        &["istio"]
    };
    if !routers::has_one(canary, able) {
        let message = "`setMirrorRoute` needs Istio, or a plugin from Argo Rollouts 1.10 on";
        incomplete(step, "setMirrorRoute", message, "remove the step", out);
    }
    for rule in route.list("match") {
        for field in ["method", "path"] {
            if rule.has(field) {
                matcher(&rule, field, false, out);
            }
        }
        for (name, value) in rule.entries("headers") {
            if filled(&value) != 1 {
                let message =
                    format!("the header `{name}` needs one of `exact`, `prefix`, `regex`");
                let mut finding = value.error(MATCH_UNCLEAR, message);
                finding.severity = crate::diagnostic::Severity::Warning;
                out.push(finding.help("keep one of them"));
            }
        }
    }
    if let Some(share) = route
        .int("percentage")
        .filter(|share| !(0..=100).contains(share))
    {
        let message = format!("`percentage` is {share}, and Istio takes 0 to 100");
        let help = "write a number between 0 and 100";
        warn(&route, "percentage", FIELD_VOID, message, help, out);
    }
}

/// How many kinds of match have a text.
fn filled(value: &Cursor) -> usize {
    ["exact", "prefix", "regex"]
        .iter()
        .filter(|kind| !value.text(kind).is_empty())
        .count()
}

fn matcher(at: &Cursor, field: &str, exact: bool, out: &mut Findings) {
    let value = at.at(field);
    let count = value.as_ref().map_or(0, filled);
    let fits = !exact || value.is_some_and(|value| !value.text("exact").is_empty());
    if count == 1 && fits {
        return;
    }
    let message = match exact {
        true => format!("ALB matches `{field}` by `exact` alone"),
        false => format!("`{field}` needs exactly one of `exact`, `prefix` and `regex`"),
    };
    out.push(
        at.error_at(field, MATCH_UNCLEAR, message)
            .help("keep one of them, with a text"),
    );
}

/// Routes that a step makes are taken away at the end by their names.
fn managed(step: &Cursor, canary: &Cursor, out: &mut Findings) {
    if !canary.has("trafficRouting") {
        return;
    }
    for field in ["setHeaderRoute", "setMirrorRoute"] {
        let Some(route) = step.at(field) else {
            continue;
        };
        let name = route.text("name");
        let known = canary
            .list("trafficRouting/managedRoutes")
            .any(|route| route.text("name") == name);
        if !known {
            let message = format!("`{name}` is no managed route");
            let help = "add it to `trafficRouting.managedRoutes`";
            incomplete(&route, "name", message, help, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_counted_in_whole_seconds() {
        for (text, expected) in [
            ("90", Some(90)),
            ("-1", Some(-1)),
            ("15m", Some(900)),
            ("1.9s", Some(1)),
            ("999ms", Some(0)),
            ("2147483647", Some(2_147_483_647)),
            ("2147483648", None),
            ("600000h", None),
            ("1d", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
