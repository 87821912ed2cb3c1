//! What a container learns of its own pod: fields and resources, as variables or as files.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `validateObjectFieldSelector`, `validateContainerResourceFieldSelector` and
//! `validateContainerResourceDivisor`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::resources::{QUANTITY_OUT_OF_RANGE, quantity};
use crate::verify::object::shape::{Findings, required, word};
use crate::verify::quantity::Quantity;

codes! {
    /// The downward API gives a container only some fields of its own pod: `metadata.name`,
    /// `metadata.namespace`, `metadata.uid`, `metadata.labels['key']`,
    /// `metadata.annotations['key']`, `spec.nodeName`, `spec.serviceAccountName`,
    /// `status.hostIP`, `status.podIP` and their plurals. As files there are also all labels or
    /// annotations at once, and no `spec` nor `status`.
    /// Use one of these, or pass the value in another way.
    FIELD_REF_UNKNOWN = "field-ref-unknown": "a field of the pod that a container cannot see";
}

/// Where it is written to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Into {
    Variable,
    File,
}

/// `fieldRef` and `resourceFieldRef` below `source`.
pub fn check(source: &Cursor, into: Into, out: &mut Findings) {
    field(source, into, out);
    if let Some(at) = source.at("resourceFieldRef") {
        if into == Into::File {
            required(&at, "containerName", out);
        }
        resource(&at, out);
    }
}

fn field(source: &Cursor, into: Into, out: &mut Findings) {
    let fields: &[&str] = match into {
        Into::Variable => &[
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.hostIPs",
            "status.podIP",
            "status.podIPs",
        ],
        Into::File => &[
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "metadata.labels",
            "metadata.annotations",
        ],
    };
    let Some(path) = source.str("fieldRef/fieldPath") else {
        return;
    };
    if !fields.contains(&path) && !is_subscript(path) {
        let message = format!("a container cannot see the field `{path}` of its pod");
        let help = match into {
            Into::Variable => "use a field such as `metadata.name` or `status.podIP`",
            Into::File => "use a field such as `metadata.name` or `metadata.labels`",
        };
        out.push(
            source
                .error_at("fieldRef/fieldPath", FIELD_REF_UNKNOWN, message)
                .help(help),
        );
    }
    word(source, "fieldRef/apiVersion", &["v1", ""], out);
}

/// `metadata.labels['key']`; the keys of annotations are compared in lower case.
fn is_subscript(path: &str) -> bool {
    let inner = |start| path.strip_prefix(start)?.strip_suffix("']");
    if let Some(key) = inner("metadata.labels['") {
        return names::qualified(key).is_none();
    }
    inner("metadata.annotations['")
        .is_some_and(|key| names::qualified(&key.to_ascii_lowercase()).is_none())
}

fn resource(at: &Cursor, out: &mut Findings) {
    let name = at.text("resource");
    let Some((_, what)) = name.split_once('.') else {
        return unknown(at, name, out);
    };
    let side = name.starts_with("limits.") || name.starts_with("requests.");
    let huge = what.starts_with("hugepages-");
    if !side || !(huge || ["cpu", "memory", "ephemeral-storage"].contains(&what)) {
        return unknown(at, name, out);
    }
    let Some(divisor) = quantity(at, "divisor", out) else {
        return;
    };
    let allowed: &[&str] = match what {
        "cpu" => &["0", "1m", "1"],
        _ if huge => HUGE,
        _ => BYTES,
    };
    if !allowed
        .iter()
        .any(|text| Quantity::parse(text) == Some(divisor))
    {
        let message = format!("`divisor` does not fit to `{name}`");
        out.push(
            at.error_at("divisor", QUANTITY_OUT_OF_RANGE, message)
                .help(match what {
                    "cpu" => "write `1m` or `1`",
                    _ => "write one unit, such as `1Mi`",
                }),
        );
    }
}

const BYTES: &[&str] = &[
    "0", "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei",
];
const HUGE: &[&str] = BYTES;

fn unknown(at: &Cursor, name: &str, out: &mut Findings) {
    let message = format!("a container cannot see the resource `{name}`");
    out.push(
        at.error_at("resource", FIELD_REF_UNKNOWN, message)
            .help("write `limits.` or `requests.`, and `cpu`, `memory` or `ephemeral-storage`"),
    );
}
