//! Where pods may run: node selectors, tolerations, affinities, spread.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidateTolerations`,
//! `validateAffinity`, `validateTopologySpreadConstraints`.

use crate::value::{Map, Value};
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names;
use crate::verify::object::items::{forbidden, shaped};
use crate::verify::object::metadata::labels;
use crate::verify::object::selector;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, between, contradiction, duplicate, name, not_empty, optional_name,
    required, word,
};

/// `own` are the labels of the pod itself.
pub fn check(spec: &Cursor, own: Option<&Map>, out: &mut Findings) {
    labels(spec, "nodeSelector", out);
    for toleration in spec.list("tolerations") {
        tolerate(&toleration, out);
    }
    spread(spec, own, out);
    if let Some(node) = spec.at("affinity/nodeAffinity") {
        node_affinity(&node, out);
    }
    for kind in ["affinity/podAffinity", "affinity/podAntiAffinity"] {
        if let Some(affinity) = spec.at(kind) {
            pod_affinity(&affinity, own, out);
        }
    }
}

pub fn tolerate(at: &Cursor, out: &mut Findings) {
    optional_name(at, "key", names::qualified, out);
    word(at, "operator", &["Equal", "Exists", "Lt", "Gt", ""], out);
    word(
        at,
        "effect",
        &["NoSchedule", "PreferNoSchedule", "NoExecute", ""],
        out,
    );
    let exists = at.text("operator") == "Exists";
    if at.text("key").is_empty() && !exists {
        let message = "a toleration without `key` takes every taint, which only `Exists` can";
        out.push(contradiction(
            at,
            "operator",
            message,
            "name the key, or write `operator: Exists`",
        ));
    }
    if exists && !at.text("value").is_empty() {
        let message = "`Exists` looks at no value";
        out.push(contradiction(
            at,
            "value",
            message,
            "remove `value`, or write `operator: Equal`",
        ));
    } else {
        optional_name(at, "value", names::label_value, out);
    }
    if at.has("tolerationSeconds") && at.text("effect") != "NoExecute" {
        let message = "`tolerationSeconds` only works with the effect `NoExecute`";
        out.push(contradiction(
            at,
            "effect",
            message,
            "write `effect: NoExecute`, or remove `tolerationSeconds`",
        ));
    }
}

fn spread(spec: &Cursor, own: Option<&Map>, out: &mut Findings) {
    let Some(list) = spec
        .find("topologySpreadConstraints")
        .and_then(Value::as_list)
    else {
        return;
    };
    for (index, at) in spec.list("topologySpreadConstraints").enumerate() {
        between(&at, "maxSkew", 1, i64::from(i32::MAX), out);
        not_empty(&at, "topologyKey", out);
        word(
            &at,
            "whenUnsatisfiable",
            &["DoNotSchedule", "ScheduleAnyway"],
            out,
        );
        word(&at, "nodeAffinityPolicy", &["Honor", "Ignore"], out);
        word(&at, "nodeTaintsPolicy", &["Honor", "Ignore"], out);
        between(&at, "minDomains", 1, i64::from(i32::MAX), out);
        if at.has("minDomains") && at.text("whenUnsatisfiable") != "DoNotSchedule" {
            let message = "`minDomains` only works with `whenUnsatisfiable: DoNotSchedule`";
            out.push(contradiction(
                &at,
                "minDomains",
                message,
                "remove `minDomains`",
            ));
        }
        if repeated(list, index, |value| {
            Some((
                value.get("topologyKey").and_then(Value::as_str)?,
                value.get("whenUnsatisfiable").and_then(Value::as_str)?,
            ))
        }) {
            out.push(duplicate(&at, "topologyKey", at.text("topologyKey")));
        }
        selector::check(&at, "labelSelector", out);
        own_labels(&at, own, out);
    }
}

fn node_affinity(at: &Cursor, out: &mut Findings) {
    if let Some(terms) = at.at("requiredDuringSchedulingIgnoredDuringExecution") {
        node_selector(&terms, out);
    }
    for preferred in at.list("preferredDuringSchedulingIgnoredDuringExecution") {
        between(&preferred, "weight", 1, 100, out);
        if let Some(term) = preferred.at("preference") {
            node_term(&term, out);
        }
    }
}

/// The terms that a node has to meet, also for a PersistentVolume.
pub fn node_selector(at: &Cursor, out: &mut Findings) {
    required(at, "nodeSelectorTerms", out);
    for term in at.list("nodeSelectorTerms") {
        node_term(&term, out);
        for one in term.list("matchExpressions") {
            shaped(&one, "values", names::label_value, out);
        }
    }
}

fn node_term(term: &Cursor, out: &mut Findings) {
    for list in ["matchExpressions", "matchFields"] {
        for requirement in term.list(list) {
            word(
                &requirement,
                "operator",
                &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
                out,
            );
            if list == "matchExpressions" {
                name(&requirement, "key", names::qualified, out);
            }
            if list == "matchFields" {
                field(&requirement, out);
                continue;
            }
            let values = requirement.len("values");
            let wrong = match requirement.text("operator") {
                "In" | "NotIn" => (values == 0).then_some("needs values"),
                "Exists" | "DoesNotExist" => (values > 0).then_some("takes no values"),
                "Gt" | "Lt" => (values != 1).then_some("takes exactly one value"),
                _ => None,
            };
            if let Some(wrong) = wrong {
                let message = format!(
                    "`{}` on `{}` {wrong}",
                    requirement.text("operator"),
                    requirement.text("key")
                );
                out.push(contradiction(
                    &requirement,
                    "values",
                    message,
                    "correct `values`, or take another operator",
                ));
            }
        }
    }
}

/// Of a node's fields only its name can be asked for.
fn field(at: &Cursor, out: &mut Findings) {
    word(at, "key", &["metadata.name"], out);
    word(at, "operator", &["In", "NotIn"], out);
    if at.len("values") != 1 {
        let message = "a field of a node has exactly one value here";
        out.push(contradiction(
            at,
            "values",
            message,
            "write one name of a node",
        ));
    }
    shaped(at, "values", names::subdomain, out);
}

/// Keys whose values are taken from the pod itself.
fn own_labels(at: &Cursor, labels: Option<&Map>, out: &mut Findings) {
    for list in ["matchLabelKeys", "mismatchLabelKeys"] {
        shaped(at, list, names::qualified, out);
        if at.len(list) > 0 && !at.has("labelSelector") {
            forbidden(at, list, "there is no `labelSelector`", out);
        }
    }
    let named = |list, key| {
        let items = at.list(list);
        items
            .filter(|one| one.value().as_str() == Some(key))
            .count()
    };
    for item in at.list("matchLabelKeys") {
        let Some(key) = item.value().as_str() else {
            continue;
        };
        // Each key becomes a requirement where the pod has the label.
        let is_own = labels.is_some_and(|labels| labels.get(key).is_some());
        let made = if is_own {
            named("matchLabelKeys", key)
        } else {
            0
        };
        let exact = usize::from(
            at.map("labelSelector/matchLabels")
                .is_some_and(|map| map.get(key).is_some()),
        );
        let written = at.list("labelSelector/matchExpressions");
        let written = written.filter(|one| one.text("key") == key).count();
        let twice = made + written > 0 && made + written + exact > 1;
        if twice || named("mismatchLabelKeys", key) > 0 {
            let message = format!("the label `{key}` is chosen in two ways");
            out.push(
                item.error(ENTRY_DUPLICATE, message)
                    .help("remove it from one of them"),
            );
        }
    }
}

fn pod_affinity(at: &Cursor, own: Option<&Map>, out: &mut Findings) {
    for term in at.list("requiredDuringSchedulingIgnoredDuringExecution") {
        pod_term(&term, own, out);
    }
    for preferred in at.list("preferredDuringSchedulingIgnoredDuringExecution") {
        between(&preferred, "weight", 1, 100, out);
        if let Some(term) = preferred.at("podAffinityTerm") {
            pod_term(&term, own, out);
        }
    }
}

fn pod_term(term: &Cursor, own: Option<&Map>, out: &mut Findings) {
    not_empty(term, "topologyKey", out);
    optional_name(term, "topologyKey", names::qualified, out);
    selector::check(term, "labelSelector", out);
    selector::check(term, "namespaceSelector", out);
    shaped(term, "namespaces", names::label, out);
    own_labels(term, own, out);
}
