//! What storage is asked from: classes, drivers, attachments, capacities.
//!
//! Source: k8s.io/kubernetes `pkg/apis/storage/validation/validation.go`.

use std::cmp::Ordering;

use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::cluster::volume;
use crate::verify::object::items::{distinct, shaped, words};
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::selector;
use crate::verify::object::shape::{
    Findings, between, contradiction, duplicate, exactly_one, name, not_empty, optional_name,
    required, unique, word,
};

pub fn class(object: &Cursor, out: &mut Findings) {
    driver(object, "provisioner", out);
    keys(object, out);
    word(object, "reclaimPolicy", &["Delete", "Retain", ""], out);
    word(
        object,
        "volumeBindingMode",
        &["Immediate", "WaitForFirstConsumer"],
        out,
    );
    let terms = object.find("allowedTopologies").and_then(Value::as_list);
    for (index, term) in object.list("allowedTopologies").enumerate() {
        unique(&term, "matchLabelExpressions", "key", out);
        for one in term.list("matchLabelExpressions") {
            name(&one, "key", names::qualified, out);
            required(&one, "values", out);
            distinct(&one, "values", out);
        }
        required(&term, "matchLabelExpressions", out);
        let earlier = terms.unwrap_or(&[]).iter().take(index);
        if earlier.clone().any(|other| other == term.value()) {
            out.push(duplicate(&term, "matchLabelExpressions", "the same term"));
        }
    }
}

pub fn attributes_class(object: &Cursor, out: &mut Findings) {
    driver(object, "driverName", out);
    required(object, "parameters", out);
    keys(object, out);
}

/// Upper-case letters count as lower-case ones.
fn driver(object: &Cursor, field: &str, out: &mut Findings) {
    not_empty(object, field, out);
    optional_name(
        object,
        field,
        |text| names::qualified(&text.to_ascii_lowercase()),
        out,
    );
}

fn keys(object: &Cursor, out: &mut Findings) {
    if object.entries("parameters").any(|(key, _)| key.is_empty()) {
        let message = "a parameter has an empty name";
        out.push(contradiction(object, "parameters", message, "name it"));
    }
}

/// The name of a CSI driver: a subdomain, in any case, with at most 63 characters.
pub fn driver_name(text: &str) -> Wrong {
    match text.len() {
        0 => Some("must not be empty"),
        1..=63 => names::subdomain(&text.to_ascii_lowercase()),
        _ => Some("must have at most 63 characters"),
    }
}

pub fn csi_driver(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    word(
        &spec,
        "fsGroupPolicy",
        &["ReadWriteOnceWithFSType", "File", "None"],
        out,
    );
    words(
        &spec,
        "volumeLifecycleModes",
        &["Persistent", "Ephemeral"],
        out,
    );
    between(
        &spec,
        "nodeAllocatableUpdatePeriodSeconds",
        10,
        i64::MAX,
        out,
    );
    let requests = spec.find("tokenRequests").and_then(Value::as_list);
    for (index, request) in spec.list("tokenRequests").enumerate() {
        between(&request, "expirationSeconds", 600, 1 << 32, out);
        let audience = |value: &Value| value.get("audience").and_then(Value::as_str).map(str::len);
        let same = |other: &Value| {
            audience(other).unwrap_or(0) == audience(request.value()).unwrap_or(0)
                && other.get("audience").and_then(Value::as_str).unwrap_or("")
                    == request.text("audience")
        };
        if requests.unwrap_or(&[]).iter().take(index).any(same) {
            out.push(duplicate(&request, "audience", request.text("audience")));
        }
    }
    if spec.has("serviceAccountTokenInSecrets") && spec.len("tokenRequests") == 0 {
        let field = "serviceAccountTokenInSecrets";
        let message = "`serviceAccountTokenInSecrets` needs `tokenRequests`";
        out.push(contradiction(&spec, field, message, "remove it"));
    }
}

pub fn csi_node(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    unique(&spec, "drivers", "name", out);
    for driver in spec.list("drivers") {
        name(&driver, "name", driver_name, out);
        required(&driver, "nodeID", out);
        name(
            &driver,
            "nodeID",
            |text| (text.len() > 256).then_some("must have at most 256 characters"),
            out,
        );
        between(&driver, "allocatable/count", 0, i64::MAX, out);
        distinct(&driver, "topologyKeys", out);
        shaped(&driver, "topologyKeys", names::qualified, out);
    }
}

pub fn capacity(object: &Cursor, out: &mut Findings) {
    selector::check(object, "nodeTopology", out);
    name(object, "storageClassName", names::subdomain, out);
    if quantity(object, "capacity", out).is_some_and(|size| size.sign() == Ordering::Less) {
        let message = "`capacity` must not be negative";
        out.push(
            object
                .error_at("capacity", QUANTITY_OUT_OF_RANGE, message)
                .help("write an amount of zero or more"),
        );
    }
}

pub fn attachment(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    name(&spec, "attacher", driver_name, out);
    name(&spec, "nodeName", names::subdomain, out);
    let Some(source) = spec.at("source") else {
        return;
    };
    exactly_one(&source, &["persistentVolumeName", "inlineVolumeSpec"], out);
    name(&source, "persistentVolumeName", names::subdomain, out);
    if let Some(inline) = source.at("inlineVolumeSpec") {
        volume::inline(&inline, out);
    }
}
