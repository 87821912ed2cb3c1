//! HorizontalPodAutoscalers and PodDisruptionBudgets.
//!
//! Source: k8s.io/kubernetes `pkg/apis/autoscaling/validation/validation.go` and
//! `pkg/apis/policy/validation/validation.go`.

use std::cmp::Ordering;

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::shape::{
    Findings, NOT_EXACTLY_ONE, at_least, at_most_one, between, contradiction, int_or_percent, name,
    not_empty, optional_name, required, word,
};
use crate::verify::object::{resources, selector};

codes! {
    /// An autoscaler's `minReplicas` (1 by default) must not be above `maxReplicas`: there would be
    /// no number of pods to choose from.
    /// Raise the one or lower the other.
    REPLICAS_REVERSED = "replicas-reversed": "a minimum that is above the maximum";
}

pub fn horizontal(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    at_least(&spec, "minReplicas", 1, out);
    at_least(&spec, "maxReplicas", 1, out);
    let least = spec.int("minReplicas").unwrap_or(1);
    if let Some(most) = spec
        .int("maxReplicas")
        .filter(|most| *most >= 1 && *most < least)
    {
        let message = format!("`minReplicas` is {least} and `maxReplicas` is {most}");
        out.push(
            spec.error_at("maxReplicas", REPLICAS_REVERSED, message)
                .help("raise `maxReplicas`, or lower `minReplicas`"),
        );
    }
    if let Some(target) = spec.at("scaleTargetRef") {
        reference(&target, out);
        if target.text("apiVersion").split('/').count() != 2 {
            let message = "the target of an autoscaler needs its `apiVersion` with a group";
            out.push(contradiction(
                &target,
                "apiVersion",
                message,
                "write `apps/v1`, or `argoproj.io/v1alpha1` for a Rollout",
            ));
        }
    }
    // The first version of the kind has one metric.
    at_least(&spec, "targetCPUUtilizationPercentage", 1, out);
    for item in spec.list("metrics") {
        metric(&item, out);
    }
    for side in ["behavior/scaleUp", "behavior/scaleDown"] {
        if let Some(rules) = spec.at(side) {
            behavior(&rules, out);
        }
    }
}

fn reference(at: &Cursor, out: &mut Findings) {
    for field in ["kind", "name"] {
        not_empty(at, field, out);
        name(at, field, names::path_segment, out);
    }
}

const SOURCES: [(&str, &str); 5] = [
    ("Resource", "resource"),
    ("Pods", "pods"),
    ("Object", "object"),
    ("External", "external"),
    ("ContainerResource", "containerResource"),
];

fn metric(at: &Cursor, out: &mut Findings) {
    let kind = at.text("type");
    let Some((_, field)) = SOURCES.iter().find(|(name, _)| *name == kind) else {
        return word(at, "type", &SOURCES.map(|(name, _)| name), out);
    };
    required(at, field, out);
    for (_, other) in SOURCES {
        if other != *field && at.has(other) {
            let message = format!("a metric of type `{kind}` has no `{other}`");
            out.push(
                at.error_at(other, NOT_EXACTLY_ONE, message)
                    .help(format!("remove `{other}`, or make it a metric of its own")),
            );
        }
    }
    let Some(source) = at.at(field) else { return };
    match kind {
        "Resource" => not_empty(&source, "name", out),
        "ContainerResource" => {
            not_empty(&source, "name", out);
            not_empty(&source, "container", out);
            optional_name(&source, "container", names::label, out);
            if !source.text("name").is_empty()
                && let Some(at) = source.at("name")
            {
                resources::known(source.text("name"), &at, out);
            }
        }
        _ => {
            not_empty(&source, "metric/name", out);
            name(&source, "metric/name", names::path_segment, out);
            if let Some(id) = source.at("metric") {
                selector::check(&id, "selector", out);
            }
        }
    }
    if let Some(object) = source.at("describedObject") {
        reference(&object, out);
    }
    if let Some(goal) = source.at("target") {
        target(&goal, kind, out);
    }
}

fn target(at: &Cursor, kind: &str, out: &mut Findings) {
    word(at, "type", &["Utilization", "Value", "AverageValue"], out);
    at_least(at, "averageUtilization", 1, out);
    for field in ["value", "averageValue"] {
        if quantity(at, field, out).is_some_and(|amount| amount.sign() != Ordering::Greater) {
            let message = format!("`{field}` must be above 0");
            out.push(
                at.error_at(field, QUANTITY_OUT_OF_RANGE, message)
                    .help("write an amount above 0"),
            );
        }
    }
    let choices: &[&str] = match kind {
        "Resource" | "ContainerResource" => &["averageUtilization", "averageValue"],
        "Pods" => &["averageValue"],
        _ => &["value", "averageValue"],
    };
    if !choices.iter().any(|field| at.has(field)) {
        let message = format!("the target has no {}", super::shape::listed(choices));
        out.push(
            at.error(NOT_EXACTLY_ONE, message)
                .help(format!("add {}", super::shape::listed(choices))),
        );
    } else if kind != "Object" {
        at_most_one(at, choices, out);
    }
}

fn behavior(rules: &Cursor, out: &mut Findings) {
    between(rules, "stabilizationWindowSeconds", 0, 3600, out);
    word(rules, "selectPolicy", &["Max", "Min", "Disabled"], out);
    not_empty(rules, "policies", out);
    if quantity(rules, "tolerance", out).is_some_and(|one| one.sign() == Ordering::Less) {
        let message = "`tolerance` must not be negative";
        out.push(
            rules
                .error_at("tolerance", QUANTITY_OUT_OF_RANGE, message)
                .help("write an amount of zero or more, such as `100m`"),
        );
    }
    for policy in rules.list("policies") {
        word(&policy, "type", &["Pods", "Percent"], out);
        at_least(&policy, "value", 1, out);
        between(&policy, "periodSeconds", 1, 1800, out);
    }
}

pub fn disruption(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    at_most_one(&spec, &["minAvailable", "maxUnavailable"], out);
    for field in ["minAvailable", "maxUnavailable"] {
        int_or_percent(&spec, field, true, out);
    }
    word(
        &spec,
        "unhealthyPodEvictionPolicy",
        &["IfHealthyBudget", "AlwaysAllow"],
        out,
    );
    selector::check(&spec, "selector", out);
}
