//! PersistentVolumes: capacity, modes, one source, where it can be reached.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `ValidatePersistentVolumeSpec`.

use std::cmp::Ordering;

use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::items::forbidden;
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::scheduling::node_selector;
use crate::verify::object::shape::{
    Findings, NOT_EXACTLY_ONE, contradiction, name, not_empty, optional_name, required, word,
};
use crate::verify::object::{source, volume::access_modes};

/// Fields of the spec that are no source.
const OTHERS: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub fn persistent(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec", out);
    };
    access_modes(&spec, out);
    capacity(&spec, out);
    let reclaim = "persistentVolumeReclaimPolicy";
    word(&spec, reclaim, &["Retain", "Delete", "Recycle", ""], out);
    if spec.text(reclaim) == "Recycle" && is_root(spec.text("hostPath/path")) {
        let message = "the host's `/` must not be recycled";
        out.push(contradiction(&spec, reclaim, message, "write `Retain`"));
    }
    optional_name(&spec, "storageClassName", names::subdomain, out);
    if spec.has("volumeAttributesClassName") {
        not_empty(&spec, "volumeAttributesClassName", out);
        optional_name(&spec, "volumeAttributesClassName", names::subdomain, out);
        if !spec.has("csi") {
            required(&spec, "csi", out);
        }
    }
    match spec.at("nodeAffinity") {
        Some(affinity) => match affinity.at("required") {
            Some(terms) => node_selector(&terms, out),
            None => required(&affinity, "required", out),
        },
        None if spec.has("local") => required(&spec, "nodeAffinity", out),
        None => {}
    }
    one_source(&spec, out);
    sources(&spec, object.text("metadata/name"), out);
}

fn is_root(path: &str) -> bool {
    !path.is_empty()
        && path.starts_with('/')
        && path.split('/').all(|step| matches!(step, "" | "."))
}

fn capacity(spec: &Cursor, out: &mut Findings) {
    let others = spec.entries("capacity").any(|(name, _)| name != "storage");
    if others || !spec.has("capacity/storage") {
        let message = "`capacity` has `storage`, and nothing else";
        let help = "write `capacity: {storage: 10Gi}`";
        out.push(contradiction(spec, "capacity", message, help));
    }
    let size = quantity(spec, "capacity/storage", out);
    if size.is_some_and(|size| size.sign() != Ordering::Greater) {
        let message = "a volume has more than nothing";
        out.push(
            spec.error_at("capacity/storage", QUANTITY_OUT_OF_RANGE, message)
                .help("write a size such as `10Gi`"),
        );
    }
}

fn one_source(spec: &Cursor, out: &mut Findings) {
    let entries = spec.value().as_map().map(|map| map.iter());
    let given = entries
        .into_iter()
        .flatten()
        .filter(|(key, value)| !OTHERS.contains(&key.as_str()) && !matches!(value, Value::Null));
    let count = given.count();
    if count != 1 {
        let message = match count {
            0 => "the volume has no source",
            _ => "the volume has several sources",
        };
        out.push(
            spec.error(NOT_EXACTLY_ONE, message)
                .help("keep exactly one source, such as `csi`"),
        );
    }
}

fn sources(spec: &Cursor, own: &str, out: &mut Findings) {
    source::check(spec, out);
    if let Some(csi) = spec.at("csi") {
        required(&csi, "volumeHandle", out);
        for field in [
            "controllerPublishSecretRef",
            "controllerExpandSecretRef",
            "nodePublishSecretRef",
            "nodeExpandSecretRef",
        ] {
            let Some(secret) = csi.at(field) else {
                continue;
            };
            for part in ["name", "namespace"] {
                required(&secret, part, out);
            }
            optional_name(&secret, "name", names::subdomain, out);
            optional_name(&secret, "namespace", names::label, out);
        }
    }
    let Some(iscsi) = spec.at("iscsi") else {
        return;
    };
    if iscsi.has("secretRef") {
        required(&iscsi, "secretRef/name", out);
    }
    if iscsi.has("initiatorName") && own.len() + 1 + iscsi.text("targetPortal").len() > 64 {
        let message = "the names of the volume and of the portal have more than 63 characters";
        out.push(contradiction(
            &iscsi,
            "targetPortal",
            message,
            "shorten one of them",
        ));
    }
}

/// The volume inside of a VolumeAttachment.
pub fn inline(spec: &Cursor, out: &mut Findings) {
    let why = "this volume is written inside of an attachment";
    for field in ["claimRef", "capacity", "nodeAffinity"] {
        forbidden(spec, field, why, out);
    }
    if !spec.text("storageClassName").is_empty() {
        forbidden(spec, "storageClassName", why, out);
    }
    if !spec.has("csi") {
        required(spec, "csi", out);
    }
    access_modes(spec, out);
    one_source(spec, out);
    sources(spec, "", out);
    word(spec, "persistentVolumeReclaimPolicy", &["Retain", ""], out);
    name(
        spec,
        "volumeMode",
        |text| (text == "Block").then_some("must be `Filesystem`"),
        out,
    );
}
