//! PersistentVolumeClaims, alone or as templates.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `ValidatePersistentVolumeClaimSpec`.

use std::cmp::Ordering;

use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::selector;
use crate::verify::object::shape::{Findings, optional_name, required};
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
}
