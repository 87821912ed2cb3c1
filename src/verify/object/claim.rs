//! PersistentVolumeClaims, alone or as templates.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `ValidatePersistentVolumeClaimSpec`.

use std::cmp::Ordering;

use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::selector;
use crate::verify::object::shape::{Findings, contradiction, not_empty, optional_name, required};
use crate::verify::object::volume::access_modes;

/// Checks `spec` of a claim, or of a template for one.
pub fn spec(object: &Cursor, out: &mut Findings) {
    let Some(at) = object.at("spec") else {
        return required(object, "spec", out);
    };
    access_modes(&at, out);
    let path = "resources/requests/storage";
    if !at.has(path) {
        required(&at, path, out);
    } else if quantity(&at, path, out).is_some_and(|size| size.sign() != Ordering::Greater) {
        let message = "a claim asks for more than nothing";
        out.push(
            at.error_at(path, QUANTITY_OUT_OF_RANGE, message)
                .help("write a size such as `10Gi`"),
        );
    }
    for field in ["storageClassName", "volumeAttributesClassName"] {
        optional_name(&at, field, names::subdomain, out);
    }
    selector::check(&at, "selector", out);
    let sources = ["dataSource", "dataSourceRef"];
    // What comes from another namespace is behind a gate of the API server.
    let elsewhere = !at.text("dataSourceRef/namespace").is_empty();
    for path in sources.iter().take(if elsewhere { 1 } else { 2 }) {
        if let Some(source) = at.at(path) {
            data_source(&source, out);
        }
    }
    let differs = ["apiGroup", "kind", "name"].iter().any(|field| {
        let text = |source| at.text(&format!("{source}/{field}"));
        text(sources[0]) != text(sources[1])
    });
    if at.has(sources[0]) && at.has(sources[1]) && differs && !elsewhere {
        let message = "`dataSource` and `dataSourceRef` name different things";
        out.push(contradiction(
            &at,
            sources[0],
            message,
            "remove `dataSource`",
        ));
    }
}

fn data_source(at: &Cursor, out: &mut Findings) {
    not_empty(at, "name", out);
    not_empty(at, "kind", out);
    optional_name(at, "apiGroup", names::subdomain, out);
    if at.text("apiGroup").is_empty() && at.text("kind") != "PersistentVolumeClaim" {
        let message = "without `apiGroup`, only a `PersistentVolumeClaim` can be the source";
        out.push(contradiction(at, "kind", message, "add its `apiGroup`"));
    }
}
