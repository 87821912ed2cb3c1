//! ResourceQuotas and LimitRanges.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidateResourceQuota`
//! and `ValidateLimitRange`; the names of resources in `pkg/apis/core/helper/helpers.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::resources::{RESOURCE_UNKNOWN, amounts, known, overcommits, read};
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, FIELDS_CONTRADICT, Findings, WORD_UNKNOWN, contradiction, required, word,
};
use crate::verify::quantity::Quantity;

codes! {
    /// In a LimitRange, for each resource: `min` ≤ `defaultRequest` ≤ `default` ≤ `max`. Where two
    /// of them are the other way round, the API server refuses the object.
    LIMITS_REVERSED = "limits-reversed": "limits of a LimitRange that contradict each other";
}

pub fn resource_quota(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    amounts(&spec, "hard", out);
    for (name, amount) in spec.entries("hard") {
        if !is_quota(name) {
            let message = format!("a quota cannot limit `{name}`");
            out.push(amount.error(RESOURCE_UNKNOWN, message).help("write a name such as `requests.cpu`, `limits.memory`, `pods` or `count/jobs.batch`"));
        } else if is_count(name) && read(amount.value()).is_some_and(|amount| !amount.is_whole()) {
            let message = format!("`{name}` counts objects, so it is a whole number");
            out.push(
                amount
                    .error(super::resources::QUANTITY_OUT_OF_RANGE, message)
                    .help("write a whole number"),
            );
        }
    }
    const SCOPES: [&str; 7] = [
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    if let Some(selector) = spec.at("scopeSelector") {
        chosen(&selector, &SCOPES, out);
    }
    fitting(&spec, out);
    for scope in spec.list("scopes") {
        let text = scope.value().as_str().unwrap_or("");
        if !SCOPES.contains(&text) {
            let message = format!("no scope is called `{text}`");
            out.push(
                scope
                    .error(WORD_UNKNOWN, message)
                    .help("write one of the scopes of Kubernetes"),
            );
        }
    }
}

/// Requirements on scopes; only two of the scopes have values.
fn chosen(selector: &Cursor, known: &[&str], out: &mut Findings) {
    for one in selector.list("matchExpressions") {
        let operators = &["In", "NotIn", "Exists", "DoesNotExist"];
        word(&one, "scopeName", known, out);
        word(&one, "operator", operators, out);
        let operator = one.text("operator");
        let valued = matches!(
            one.text("scopeName"),
            "PriorityClass" | "VolumeAttributesClass"
        );
        let wrong = match (operator, one.len("values")) {
            ("In" | "NotIn", 0) => "needs values",
            ("Exists" | "DoesNotExist", 1..) => "takes no values",
            ("In" | "NotIn" | "DoesNotExist", _)
                if !valued && known.contains(&one.text("scopeName")) =>
            {
                "does not go with this scope, only `Exists` does"
            }
            _ => continue,
        };
        let message = format!("`{operator}` {wrong}");
        out.push(contradiction(
            &one,
            "operator",
            message,
            "correct the requirement",
        ));
    }
}

/// Scopes that exclude each other, and amounts that a scope cannot limit.
fn fitting(spec: &Cursor, out: &mut Findings) {
    let listed = spec.list("scopes").filter_map(|item| item.value().as_str());
    let listed: Vec<&str> = listed.collect();
    let chosen = spec.list("scopeSelector/matchExpressions");
    let chosen = chosen.filter_map(|one| one.find("scopeName")?.as_str());
    let chosen: Vec<&str> = chosen.collect();
    for (scopes, path) in [(&listed, "scopes"), (&chosen, "scopeSelector")] {
        let both = |a, b| scopes.contains(&a) && scopes.contains(&b);
        if both("BestEffort", "NotBestEffort") || both("Terminating", "NotTerminating") {
            let message = "two of the scopes exclude each other";
            out.push(contradiction(spec, path, message, "keep one of the two"));
        }
        for (name, amount) in spec.entries("hard") {
            let unfit = scopes.iter().find(|scope| !limits(scope, name));
            if let Some(scope) = unfit.filter(|_| is_standard(name)) {
                let message = format!("the scope `{scope}` cannot limit `{name}`");
                out.push(
                    amount
                        .error(FIELDS_CONTRADICT, message)
                        .help("make it a quota of its own"),
                );
            }
        }
    }
}

/// Source: `IsResourceQuotaScopeValidForResource`.
fn limits(scope: &str, name: &str) -> bool {
    let computed = name
        .strip_prefix("requests.")
        .or_else(|| name.strip_prefix("limits."))
        .unwrap_or(name);
    match scope {
        "BestEffort" => name == "pods",
        "Terminating"
        | "NotTerminating"
        | "NotBestEffort"
        | "PriorityClass"
        | "CrossNamespacePodAffinity" => name == "pods" || matches!(computed, "cpu" | "memory"),
        "VolumeAttributesClass" => {
            matches!(name, "persistentvolumeclaims" | "requests.storage")
        }
        _ => true,
    }
}

/// What the API server itself counts; source: `IsStandardQuotaResourceName`.
fn is_standard(name: &str) -> bool {
    !name.contains('/') && !name.contains("hugepages-") && is_quota(name)
}

fn is_count(name: &str) -> bool {
    const COUNTS: [&str; 10] = [
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
        "count/",
    ];
    COUNTS.contains(&name)
}

fn is_quota(name: &str) -> bool {
    if name.contains('/') {
        return names::qualified(name).is_none();
    }
    let bare = name
        .strip_prefix("requests.")
        .or_else(|| name.strip_prefix("limits."));
    match bare {
        Some("storage") => name == "requests.storage",
        Some(resource) => {
            matches!(resource, "cpu" | "memory" | "ephemeral-storage") || is_huge(resource)
        }
        None => {
            is_count(name)
                || matches!(name, "cpu" | "memory" | "ephemeral-storage")
                || is_huge(name)
        }
    }
}

fn is_huge(name: &str) -> bool {
    name.strip_prefix("hugepages-")
        .is_some_and(|size| Quantity::parse(size).is_some())
}

const SIDES: [&str; 5] = [
    "min",
    "max",
    "default",
    "defaultRequest",
    "maxLimitRequestRatio",
];

pub fn limit_range(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let mut seen: [&str; 3] = [""; 3];
    for limit in spec.list("limits") {
        let kind = limit.text("type");
        match ["Container", "Pod", "PersistentVolumeClaim"]
            .iter()
            .position(|name| *name == kind)
        {
            None if kind.contains('/') && names::qualified(kind).is_none() => {}
            None => {
                let message = format!("a LimitRange cannot limit a `{kind}`");
                out.push(
                    limit
                        .error_at("type", WORD_UNKNOWN, message)
                        .help("write `Container`, `Pod` or `PersistentVolumeClaim`"),
                );
            }
            Some(index) if seen[index] == kind => {
                let message = format!("the type `{kind}` is there twice");
                out.push(
                    limit
                        .error_at("type", ENTRY_DUPLICATE, message)
                        .help("join the two entries"),
                );
            }
            Some(index) => seen[index] = kind,
        }
        limit_of(&limit, kind, out);
    }
}

fn limit_of(limit: &Cursor, kind: &str, out: &mut Findings) {
    for side in SIDES {
        amounts(limit, side, out);
        for (name, amount) in limit.entries(side) {
            if matches!(kind, "Container" | "Pod") {
                known(name, &amount, out);
            }
        }
    }
    if kind == "Pod" {
        for side in ["default", "defaultRequest"] {
            if limit.len(side) > 0 {
                let message = format!("a limit of type `Pod` has no `{side}`");
                out.push(contradiction(
                    limit,
                    side,
                    message,
                    "write it for type `Container`",
                ));
            }
        }
    }
    if kind == "PersistentVolumeClaim" && !limit.has("min/storage") && !limit.has("max/storage") {
        required(limit, "max/storage", out);
    }
    for (low, high) in [
        ("min", "max"),
        ("min", "defaultRequest"),
        ("defaultRequest", "max"),
        ("defaultRequest", "default"),
        ("min", "default"),
        ("default", "max"),
    ] {
        ordered(limit, low, high, out);
    }
    spread(limit, out);
    for (name, ratio) in limit.entries("maxLimitRequestRatio") {
        if read(ratio.value()).is_some_and(|ratio| ratio < Quantity::whole(1)) {
            let message = format!("the ratio of `{name}` is below 1");
            out.push(
                ratio
                    .error(LIMITS_REVERSED, message)
                    .help("write a ratio of at least 1"),
            );
        }
    }
}

/// What a limit may be of its request is at most what `max` is of `min`.
fn spread(limit: &Cursor, out: &mut Findings) {
    for (name, ratio) in limit.entries("maxLimitRequestRatio") {
        let side = |side| limit.map(side).and_then(|map| map.get(name)).and_then(read);
        let (Some(ratio), Some(least), Some(most)) =
            (read(ratio.value()), side("min"), side("max"))
        else {
            continue;
        };
        let (part, whole) = (least.scaled(1000), most.scaled(1000));
        if part > 0 && ratio.scaled(1000).saturating_mul(part) > whole.saturating_mul(1000) {
            let message = format!("the ratio of `{name}` is above `max` by `min`");
            out.push(
                limit
                    .error_at("maxLimitRequestRatio", LIMITS_REVERSED, message)
                    .help("lower the ratio"),
            );
        }
    }
}

fn ordered(limit: &Cursor, low: &str, high: &str, out: &mut Findings) {
    for (name, amount) in limit.entries(low) {
        let other = limit.map(high).and_then(|map| map.get(name)).and_then(read);
        let (Some(less), Some(more)) = (read(amount.value()), other) else {
            continue;
        };
        let exact = (low, high) == ("defaultRequest", "default") && !overcommits(name);
        if less > more || (exact && less != more) {
            let message = format!("`{low}` of `{name}` is above its `{high}`");
            out.push(
                amount
                    .error(LIMITS_REVERSED, message)
                    .help(format!("lower `{low}`, or raise `{high}`")),
            );
        }
    }
}
