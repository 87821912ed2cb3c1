//! Events, old and new.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/events.go`.

use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::items::forbidden;
use crate::verify::object::shape::{
    Findings, at_least, contradiction, name, optional_name, required, word,
};

/// `v1`
pub fn old(object: &Cursor, out: &mut Findings) {
    if object.has("eventTime") {
        let own = object.text("metadata/namespace");
        let inner = object.text("involvedObject/namespace");
        if inner.is_empty() && !matches!(own, "default" | "kube-system") {
            elsewhere(object, "involvedObject/namespace", out);
        }
        told(object, "reportingComponent", out);
    } else {
        let own = object.text("metadata/namespace");
        let inner = object.text("involvedObject/namespace");
        let fits = match inner {
            "" => matches!(own, "" | "default"),
            _ => own.is_empty() || own == inner,
        };
        if !fits {
            elsewhere(object, "involvedObject/namespace", out);
        }
    }
}

fn elsewhere(object: &Cursor, path: &str, out: &mut Findings) {
    let message = "an event stands in the namespace of what it is about";
    out.push(contradiction(
        object,
        path,
        message,
        "correct the namespace",
    ));
}

/// What an event with a time has to say.
fn told(object: &Cursor, controller: &str, out: &mut Findings) {
    required(object, controller, out);
    optional_name(object, controller, names::qualified, out);
    for field in ["reportingInstance", "action", "reason"] {
        required(object, field, out);
        name(
            object,
            field,
            |text| (text.len() > 128).then_some("must have at most 128 characters"),
            out,
        );
    }
}

/// `events.k8s.io/v1`
pub fn new(object: &Cursor, out: &mut Findings) {
    required(object, "eventTime", out);
    let own = object.text("metadata/namespace");
    if object.text("regarding/namespace").is_empty()
        && !matches!(own, "" | "default" | "kube-system")
    {
        elsewhere(object, "regarding/namespace", out);
    }
    told(object, "reportingController", out);
    required(object, "type", out);
    word(object, "type", &["Normal", "Warning"], out);
    let note = |text: &str| (text.len() > 1024).then_some("must have at most 1024 characters");
    name(object, "note", note, out);
    let why = "new events have none";
    forbidden(object, "deprecatedFirstTimestamp", why, out);
    forbidden(object, "deprecatedLastTimestamp", why, out);
    if object
        .int("deprecatedCount")
        .is_some_and(|count| count != 0)
    {
        forbidden(object, "deprecatedCount", why, out);
    }
    let source = |field| !object.text(field).is_empty();
    if source("deprecatedSource/component") || source("deprecatedSource/host") {
        forbidden(object, "deprecatedSource", why, out);
    }
    if let Some(series) = object.at("series") {
        at_least(&series, "count", 2, out);
    }
}
