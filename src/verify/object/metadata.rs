//! `metadata` of every object: its names, labels, annotations and finalizers.
//!
//! Source: k8s.io/apimachinery `pkg/api/validation/objectmeta.go`, and for the names the
//! `Validate…Name` functions of k8s.io/kubernetes `pkg/apis/*/validation`.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::shape::Findings;

codes! {
    /// The name of an object is part of its address. Most kinds take lower-case letters, digits,
    /// `-` and `.`, at most 253 of them; a Namespace has no dots and at most 63 characters, a
    /// Service starts with a letter as well, because its name becomes a DNS label.
    NAME_MALFORMED = "name-malformed": "the name of an object has a wrong shape";

    /// An object without a name cannot be applied: neither the API server nor Argo CD would know
    /// which one is meant. `generateName` makes a new object at each sync and is refused as well.
    NAME_MISSING = "name-missing": "an object without a name";

    /// A label, or its key, does not have the shape that Kubernetes demands: at most 63 letters,
    /// digits, `-`, `_` and `.`, starting and ending with a letter or digit; the key may have a
    /// DNS name and `/` before it. The value is always text: write `"1"`, not `1`.
    LABEL_MALFORMED = "label-malformed": "a label has a wrong shape";

    /// The key of an annotation has the shape of a label's key: `example.com/owner`, `note`. What
    /// the annotation says is free text.
    ANNOTATION_MALFORMED = "annotation-malformed": "the key of an annotation has a wrong shape";

    /// All annotations of an object together, keys and values, may have 256 KiB. Argo CD and
    /// kubectl keep the whole object in one more annotation when they apply it client-side, so
    /// large objects also reach this limit by themselves: use server-side apply for them.
    ANNOTATIONS_TOO_LARGE = "annotations-too-large": "more than 256 KiB of annotations";

    /// A finalizer keeps an object from being deleted until somebody removes it, and is written
    /// as `domain/name`. Without a domain it is refused for the kinds of Kubernetes itself.
    FINALIZER_MALFORMED = "finalizer-malformed": "a finalizer that is no `domain/name`";
}

const MOST_ANNOTATIONS: usize = 256 * 1024;

/// Kinds whose names have another shape than a subdomain.
fn name_shape(kind: &str, group: &str) -> fn(&str) -> Wrong {
    match (group, kind) {
        ("", "Namespace") => names::label,
        ("", "Service") => names::label_1035,
        ("rbac.authorization.k8s.io", _) | ("policy", "PodDisruptionBudget") => names::path_segment,
        _ => names::subdomain,
    }
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let (group, kind) = super::group_and_kind(object.value());
    let Some(meta) = object.at("metadata") else {
        return out.push(missing(object));
    };
    let name = meta.text("name");
    if name.is_empty() {
        out.push(missing(object));
    } else if matches!((group, kind), ("", "Event") | ("certificates.k8s.io", _))
        && names::path_segment(name).is_none()
    {
        // They are called as their writers like.
    } else if let Some(wrong) = name_shape(kind, group)(name) {
        let message = format!("the name of a {kind} {wrong}, and `{name}` does not fit");
        out.push(
            meta.error_at("name", NAME_MALFORMED, message)
                .help("choose another name"),
        );
    }
    let namespace = meta.text("namespace");
    if let Some(wrong) = (!namespace.is_empty())
        .then(|| names::label(namespace))
        .flatten()
    {
        let message = format!("the namespace `{namespace}` {wrong}");
        out.push(
            meta.error_at("namespace", NAME_MALFORMED, message)
                .help("choose another namespace"),
        );
    }
    if let Some(wrong) = meta
        .str("generateName")
        .filter(|text| !text.is_empty())
        .and_then(|text| {
            // What is generated ends with letters and digits.
            name_shape(kind, group)(&format!(
                "{}a",
                text.get(..text.len().min(58)).unwrap_or("a")
            ))
        })
    {
        out.push(
            meta.error_at(
                "generateName",
                NAME_MALFORMED,
                format!("`generateName` {wrong}"),
            )
            .help("remove it, or choose another one"),
        );
    }
    labels(&meta, "labels", out);
    annotations(&meta, out);
    finalizers(&meta, is_built_in(group), out);
}

/// Whether the API server itself knows the group; others come by definitions.
fn is_built_in(group: &str) -> bool {
    match group.strip_suffix(".k8s.io") {
        None if group == "policy" => false,
        Some("rbac.authorization" | "flowcontrol.apiserver") => true,
        Some(rest) => !rest.contains('.'),
        None => !group.contains('.'),
    }
}

fn missing(object: &Cursor) -> crate::manifest::Finding {
    object
        .error_at(
            "metadata",
            NAME_MISSING,
            "the object has no `metadata.name`",
        )
        .help("add `metadata.name`")
}

/// The map of labels at `path`, in metadata or where objects are selected by exact labels.
pub fn labels(at: &Cursor, path: &str, out: &mut Findings) {
    for (key, entry) in at.entries(path) {
        if let Some(wrong) = names::qualified(key) {
            let message = format!("the key of the label `{key}` {wrong}");
            out.push(
                entry
                    .error(LABEL_MALFORMED, message)
                    .help("rename the label"),
            );
        }
        if let Value::Str(text) = entry.value()
            && let Some(wrong) = names::label_value(text)
        {
            let message = format!("the label `{key}` is `{text}`, and {wrong}");
            out.push(
                entry
                    .error(LABEL_MALFORMED, message)
                    .help("put free text into an annotation"),
            );
        }
    }
}

/// The keys are compared in lower case by the API server, so upper-case prefixes pass.
pub fn annotations(meta: &Cursor, out: &mut Findings) {
    let mut size = 0;
    for (key, entry) in meta.entries("annotations") {
        size += key.len() + entry.value().as_str().map_or(0, str::len);
        let wrong = match key.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => names::qualified(&key.to_ascii_lowercase()),
            false => names::qualified(key),
        };
        if let Some(wrong) = wrong {
            let message = format!("the key of the annotation `{key}` {wrong}");
            out.push(
                entry
                    .error(ANNOTATION_MALFORMED, message)
                    .help("rename the annotation"),
            );
        }
    }
    if size > MOST_ANNOTATIONS {
        let message =
            format!("the annotations have {size} bytes, and {MOST_ANNOTATIONS} are allowed");
        out.push(
            meta.error_at("annotations", ANNOTATIONS_TOO_LARGE, message)
                .help("move large texts into a ConfigMap"),
        );
    }
}

fn finalizers(meta: &Cursor, needs_domain: bool, out: &mut Findings) {
    const PLAIN: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];
    for item in meta.list("finalizers") {
        let Some(text) = item.value().as_str() else {
            continue;
        };
        let wrong = names::qualified(text).or_else(|| {
            (needs_domain && !text.contains('/') && !PLAIN.contains(&text))
                .then_some("must have a domain and `/` before the name")
        });
        if let Some(wrong) = wrong {
            let message = format!("the finalizer `{text}` {wrong}");
            out.push(
                item.error(FINALIZER_MALFORMED, message)
                    .help("write it as `domain/name`"),
            );
        }
    }
}
