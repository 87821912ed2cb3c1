//! ResourceQuotas and LimitRanges.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidateResourceQuota`
//! and `ValidateLimitRange`; the names of resources in `pkg/apis/core/helper/helpers.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::resources::{RESOURCE_UNKNOWN, amounts, known, overcommits, read};
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, WORD_UNKNOWN, contradiction, required,
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
        limits(&limit, kind, out);
    }
}

fn limits(limit: &Cursor, kind: &str, out: &mut Findings) {
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
