//! Experiments: pods of several templates side by side, and the analyses that compare them.
//!
//! Source: argo-rollouts `utils/conditions/experiments.go` (`VerifyExperimentSpec`),
//! `experiments/*.go`.

use crate::codes;
use crate::diagnostic::Code;
use crate::manifest::Finding;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::{arguments, warn};
use crate::verify::object::pod;
use crate::verify::object::schedule::duration;
use crate::verify::object::selector::{self, SELECTOR_EMPTY, SELECTOR_MISMATCH};
use crate::verify::object::shape::{FIELD_EMPTY, Findings, at_least, duplicate, required, unique};
use crate::verify::object::workload::DEADLINE_TOO_SHORT;

codes! {
    /// An experiment ends when its `duration` is over, or when every analysis with
    /// `requiredForCompletion` has succeeded. This one has neither, so it only ends when an
    /// analysis fails or a person ends it; a rollout that waits for it waits as long.
    ///
    /// Add `duration`, or `requiredForCompletion: true` to an analysis.
    EXPERIMENT_ENDLESS = "experiment-endless": "an experiment that nothing ends";
}

type Warn = fn(&Cursor, &str, &'static Code, String, &str, &mut Findings);

pub fn check(object: &Cursor, _: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    out.extend(duration(&spec, "duration"));
    at_least(&spec, "progressDeadlineSeconds", 0, out);
    if spec.int("progressDeadlineSeconds") == Some(0) {
        let message = "a deadline of 0 is over before a pod is there";
        let help = "write seconds above 0, or remove it";
        let field = "progressDeadlineSeconds";
        out.push(spec.error_at(field, DEADLINE_TOO_SHORT, message).help(help));
    }
    unique(&spec, "templates", "name", out);
    if spec
        .find("templates")
        .and_then(Value::as_list)
        .is_some_and(|list| list.is_empty())
    {
        let message = "an experiment without templates starts no pods";
        warn(
            &spec,
            "templates",
            FIELD_EMPTY,
            message,
            "add a template",
            out,
        );
    }
    let deadline = spec.int("progressDeadlineSeconds").unwrap_or(600);
    for template in spec.list("templates") {
        pods(&template, deadline, out);
    }
    services(&spec, out);
    endless(&spec, warn, out);
    unique(&spec, "analyses", "name", out);
    for analysis in spec.list("analyses") {
        required(&analysis, "templateName", out);
        arguments::args(&analysis, None, out);
        arguments::of_experiment(&analysis, &spec, out);
    }
    arguments::rules_of_experiment(&spec, out);
}

fn pods(template: &Cursor, deadline: i64, out: &mut Findings) {
    required(template, "name", out);
    at_least(template, "replicas", 0, out);
    at_least(template, "minReadySeconds", 0, out);
    let ready = template.int("minReadySeconds").unwrap_or(0);
    if ready > deadline {
        let message = format!("pods must be ready for {ready} s, and the deadline is {deadline} s");
        out.push(
            template
                .error_at("minReadySeconds", DEADLINE_TOO_SHORT, message)
                .help("lower it, or raise `progressDeadlineSeconds`"),
        );
    }
    own_pods(template, out);
    if template.has("template") {
        required(template, "template/spec", out);
    }
    pod::template(template, &["Always"], out);
}

fn own_pods(template: &Cursor, out: &mut Findings) {
    selector::check(template, "selector", out);
    let Some(selector) = template.find("selector") else {
        return required(template, "selector", out);
    };
    if selector::is_empty(selector) {
        out.push(empty(template, selector));
    } else if template.has("template")
        && !selector::matches(&hashed(selector), template.map("template/metadata/labels"))
    {
        let message = "the labels of the pod template do not match the selector";
        out.push(
            template
                .error_at("template/metadata/labels", SELECTOR_MISMATCH, message)
                .help("give the template the labels of the selector"),
        );
    }
}

/// The controller writes the hash of the pods itself, in the selector and in the pods.
fn hashed(selector: &Value) -> Value {
    let mut selector = selector.clone();
    let exact = selector
        .as_map_mut()
        .and_then(|map| map.get_mut("matchLabels"));
    if let Some(exact) = exact.and_then(Value::as_map_mut) {
        exact.remove("rollouts-pod-template-hash");
    }
    selector
}

/// The controller compares with a selector of no fields at all; `matchLabels: {}` is none, and
/// selects every pod.
fn empty(template: &Cursor, selector: &Value) -> Finding {
    let help = "add `matchLabels` that its pods have";
    let is_bare = selector.as_map().is_none_or(|map| map.is_empty());
    let found = match is_bare {
        true => template.error_at(
            "selector",
            SELECTOR_EMPTY,
            "the selector of a template must not be empty",
        ),
        false => template.warning_at(
            "selector",
            SELECTOR_EMPTY,
            "the selector of a template selects every pod",
        ),
    };
    found.help(help)
}

/// Two templates with one Service would take it from each other.
pub fn services(at: &Cursor, out: &mut Findings) {
    let names: Vec<&str> = at
        .list("templates")
        .map(|template| template.text("service/name"))
        .collect();
    for (index, template) in at.list("templates").enumerate() {
        let name = template.text("service/name");
        if !name.is_empty() && names.iter().take(index).any(|earlier| *earlier == name) {
            out.push(duplicate(&template, "service/name", name));
        }
    }
}

/// What ends the experiment?
pub fn endless(at: &Cursor, warn: Warn, out: &mut Findings) {
    let required = at
        .list("analyses")
        .any(|analysis| analysis.flag("requiredForCompletion") == Some(true));
    if at.text("duration").is_empty() && !required {
        let message = "nothing ends this experiment".to_owned();
        let help = "add `duration`, or `requiredForCompletion: true` to an analysis";
        warn(at, "duration", EXPERIMENT_ENDLESS, message, help, out);
    }
}
