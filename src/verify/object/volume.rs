//! The volumes of a pod: one source each, names, and what the common sources need.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `ValidateVolumes` and
//! `validateVolumeSource`.

use std::cmp::Ordering;

use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::container::inside;
use crate::verify::object::items::forbidden;
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, NOT_EXACTLY_ONE, at_most_one, between, contradiction, exactly_one,
    name, not_empty, optional_name, required, unique, word,
};
use crate::verify::object::{downward, metadata};

pub fn check(spec: &Cursor, out: &mut Findings) {
    unique(spec, "volumes", "name", out);
    for volume in spec.list("volumes") {
        name(&volume, "name", names::label, out);
        one_source(&volume, out);
        source(&volume, out);
        super::source::check(&volume, out);
    }
}

/// Every field but the name is a source. A volume without one gets an emptyDir by the API
/// server's default, so only several are wrong.
fn one_source(volume: &Cursor, out: &mut Findings) {
    let Some(map) = volume.value().as_map() else {
        return;
    };
    let given = map
        .iter()
        .filter(|(key, value)| *key != "name" && !matches!(value, Value::Null));
    if given.count() > 1 {
        let message = format!("the volume `{}` has several sources", volume.text("name"));
        out.push(
            volume
                .error(NOT_EXACTLY_ONE, message)
                .help("keep one source; make the others volumes of their own"),
        );
    }
}

fn source(volume: &Cursor, out: &mut Findings) {
    if let Some(map) = volume.at("configMap") {
        required(&map, "name", out);
        files(&map, out);
    }
    if let Some(secret) = volume.at("secret") {
        required(&secret, "secretName", out);
        files(&secret, out);
    }
    if let Some(claim) = volume.at("persistentVolumeClaim") {
        not_empty(&claim, "claimName", out);
    }
    if let Some(projected) = volume.at("projected") {
        mode(&projected, "defaultMode", out);
        one_path(&projected, out);
        for source in projected.list("sources") {
            projection(&source, out);
        }
    }
    if let Some(downward) = volume.at("downwardAPI") {
        mode(&downward, "defaultMode", out);
        downward_items(&downward, out);
    }
    others(volume, out);
}

fn others(volume: &Cursor, out: &mut Findings) {
    if quantity(volume, "emptyDir/sizeLimit", out).is_some_and(|size| size.sign() == Ordering::Less)
    {
        let message = "`sizeLimit` must not be negative";
        out.push(
            volume
                .error_at("emptyDir/sizeLimit", QUANTITY_OUT_OF_RANGE, message)
                .help("write an amount of zero or more"),
        );
    }
    if let Some(image) = volume.at("image") {
        word(
            &image,
            "pullPolicy",
            &["Always", "IfNotPresent", "Never"],
            out,
        );
    }
    if let Some(csi) = volume.at("csi")
        && csi.has("nodePublishSecretRef")
    {
        required(&csi, "nodePublishSecretRef/name", out);
        optional_name(&csi, "nodePublishSecretRef/name", names::subdomain, out);
    }
    if let Some(ephemeral) = volume.at("ephemeral") {
        match ephemeral.at("volumeClaimTemplate") {
            Some(template) => {
                if let Some(meta) = template.at("metadata") {
                    metadata::labels(&meta, "labels", out);
                    metadata::annotations(&meta, out);
                    for field in ["finalizers", "generateName", "ownerReferences"] {
                        if meta.has(field) {
                            forbidden(&meta, field, "the pod gives the claim its own", out);
                        }
                    }
                }
                super::claim::spec(&template, out);
            }
            None => required(&ephemeral, "volumeClaimTemplate", out),
        }
    }
}

/// Those that every API server knows; others are behind gates, and dropped where they are off.
const KINDS: [&str; 4] = ["secret", "configMap", "downwardAPI", "serviceAccountToken"];

/// Two sources of one volume must not write the same file.
fn one_path(projected: &Cursor, out: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for source in projected.list("sources") {
        let lists = ["secret/items", "configMap/items", "downwardAPI/items"];
        let items = lists.iter().flat_map(|list| {
            let list = source.find(list).and_then(Value::as_list).unwrap_or(&[]);
            list.iter().filter_map(|item| item.get("path")?.as_str())
        });
        for path in items.filter(|path| !path.is_empty()) {
            if seen.contains(&path) {
                let message = format!("two sources write the file `{path}`");
                out.push(
                    source
                        .error(ENTRY_DUPLICATE, message)
                        .help("give one of them another path"),
                );
            }
            seen.push(path);
        }
    }
}

fn projection(source: &Cursor, out: &mut Findings) {
    at_most_one(source, &KINDS, out);
    for kind in ["secret", "configMap"] {
        if let Some(part) = source.at(kind) {
            required(&part, "name", out);
            files(&part, out);
        }
    }
    if let Some(part) = source.at("downwardAPI") {
        downward_items(&part, out);
    }
    if let Some(token) = source.at("serviceAccountToken") {
        not_empty(&token, "path", out);
        between(&token, "expirationSeconds", 600, 1 << 32, out);
        name(&token, "path", inside, out);
    }
}

/// `defaultMode` and `items` of a ConfigMap or Secret.
fn files(at: &Cursor, out: &mut Findings) {
    mode(at, "defaultMode", out);
    for item in at.list("items") {
        not_empty(&item, "key", out);
        not_empty(&item, "path", out);
        name(&item, "path", inside, out);
        mode(&item, "mode", out);
    }
}

fn downward_items(at: &Cursor, out: &mut Findings) {
    for item in at.list("items") {
        not_empty(&item, "path", out);
        name(&item, "path", inside, out);
        mode(&item, "mode", out);
        exactly_one(&item, &["fieldRef", "resourceFieldRef"], out);
        downward::check(&item, downward::Into::File, out);
    }
}

/// A file mode is decimal in YAML 1.2 and octal in YAML 1.1: `0644` is 420.
fn mode(at: &Cursor, path: &str, out: &mut Findings) {
    between(at, path, 0, 0o777, out);
}

/// Used by claims as well.
pub fn access_modes(at: &Cursor, out: &mut Findings) {
    required(at, "accessModes", out);
    let (mut once, mut more) = (false, false);
    for mode in at.list("accessModes") {
        let text = mode.value().as_str().unwrap_or("");
        once |= text == "ReadWriteOncePod";
        more |= text != "ReadWriteOncePod";
        if ![
            "ReadWriteOnce",
            "ReadOnlyMany",
            "ReadWriteMany",
            "ReadWriteOncePod",
        ]
        .contains(&text)
        {
            let message = format!("no access mode is called `{text}`");
            out.push(mode.error(super::shape::WORD_UNKNOWN, message).help(
                "write `ReadWriteOnce`, `ReadOnlyMany`, `ReadWriteMany` or `ReadWriteOncePod`",
            ));
        }
    }
    if once && more {
        let message = "`ReadWriteOncePod` excludes every other access mode";
        out.push(contradiction(
            at,
            "accessModes",
            message,
            "keep `ReadWriteOncePod` alone, or remove it",
        ));
    }
    word(at, "volumeMode", &["Filesystem", "Block"], out);
}
