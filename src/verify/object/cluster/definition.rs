//! CustomResourceDefinitions: names, versions, columns, subresources, conversion. What their
//! schemas may hold is in `structural`.
//!
//! Source: k8s.io/apiextensions-apiserver `pkg/apis/apiextensions/validation/validation.go`.

use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::cluster::{structural, webhook};
use crate::verify::object::items::{distinct, forbidden, shaped};
use crate::verify::object::metadata::NAME_MALFORMED;
use crate::verify::object::shape::{
    Findings, contradiction, name, not_empty, optional_name, required, unique, word,
};

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec", out);
    };
    let (group, plural) = (spec.text("group"), spec.text("names/plural"));
    let (own, wanted) = (object.text("metadata/name"), format!("{plural}.{group}"));
    if own != wanted {
        let message = format!("a definition is called by plural and group, `{wanted}`");
        out.push(
            object
                .error_at("metadata/name", NAME_MALFORMED, message)
                .help(format!("write `{wanted}`, or correct plural and group")),
        );
    }
    not_empty(&spec, "group", out);
    optional_name(&spec, "group", domain, out);
    word(&spec, "scope", &["Cluster", "Namespaced"], out);
    if spec.flag("preserveUnknownFields") == Some(true) {
        let message = "the first version of the kind knew `preserveUnknownFields`";
        let help = "write `x-kubernetes-preserve-unknown-fields` into the schema";
        out.push(contradiction(&spec, "preserveUnknownFields", message, help));
    }
    called(&spec, out);
    versions(&spec, out);
    if let Some(conversion) = spec.at("conversion") {
        converted(&conversion, out);
    }
}

fn domain(text: &str) -> Wrong {
    let wrong = names::subdomain(text);
    wrong.or_else(|| (!text.contains('.')).then_some("must be a domain with a dot"))
}

fn lower(text: &str) -> Wrong {
    names::label_1035(&text.to_ascii_lowercase())
}

fn called(spec: &Cursor, out: &mut Findings) {
    let Some(at) = spec.at("names") else { return };
    for field in ["plural", "kind"] {
        not_empty(&at, field, out);
    }
    for field in ["plural", "singular"] {
        optional_name(&at, field, names::label_1035, out);
    }
    for field in ["kind", "listKind"] {
        optional_name(&at, field, lower, out);
    }
    for list in ["shortNames", "categories"] {
        shaped(&at, list, names::label_1035, out);
    }
    if at.text("kind") == at.text("listKind") && !at.text("kind").is_empty() {
        let message = "`kind` and `listKind` are the same";
        out.push(contradiction(&at, "listKind", message, "remove `listKind`"));
    }
    // Absent ones are the kind's own name in lower case.
    if at.text("singular").is_empty() {
        optional_name(&at, "kind", lower, out);
    }
}

fn versions(spec: &Cursor, out: &mut Findings) {
    unique(spec, "versions", "name", out);
    let stored = spec.list("versions");
    let stored = stored
        .filter(|one| one.flag("storage") == Some(true))
        .count();
    if stored != 1 {
        let message = format!("{stored} versions are the one to store, and exactly one is");
        let help = "write `storage: true` for one version";
        out.push(contradiction(spec, "versions", message, help));
    }
    for version in spec.list("versions") {
        name(&version, "name", names::label_1035, out);
        match version.at("schema/openAPIV3Schema") {
            Some(root) => {
                let status = version.has("subresources/status");
                structural::root(&root, status, out);
            }
            None => required(&version, "schema/openAPIV3Schema", out),
        }
        if version.flag("deprecated") != Some(true) {
            let why = "the version is not deprecated";
            forbidden(&version, "deprecationWarning", why, out);
        } else {
            name(&version, "deprecationWarning", warning, out);
        }
        if let Some(scale) = version.at("subresources/scale") {
            scaled(&scale, out);
        }
        for column in version.list("additionalPrinterColumns") {
            printed(&column, out);
        }
        unique(&version, "selectableFields", "jsonPath", out);
        for field in version.list("selectableFields") {
            name(&field, "jsonPath", selectable, out);
        }
    }
}

fn warning(text: &str) -> Wrong {
    match text.len() {
        0 => Some("must not be empty"),
        1..=256 => text
            .contains(char::is_control)
            .then_some("must be one line of printable text"),
        _ => Some("must have at most 256 characters"),
    }
}

/// A path in dots: `.spec.replicas`.
fn path(text: &str) -> Wrong {
    (!text.starts_with('.')).then_some("must begin with `.`")
}

fn selectable(text: &str) -> Wrong {
    if text.starts_with(".metadata") {
        return Some("must not be in `.metadata`");
    }
    (!text.starts_with('.') || text.len() < 2).then_some("must be a path such as `.spec.size`")
}

fn scaled(scale: &Cursor, out: &mut Findings) {
    type Shape = fn(&str) -> Wrong;
    let shapes: [(&str, Shape); 3] = [
        ("specReplicasPath", |text| {
            (!text.starts_with(".spec.")).then_some("must begin with `.spec.`")
        }),
        ("statusReplicasPath", |text| {
            (!text.starts_with(".status.")).then_some("must begin with `.status.`")
        }),
        ("labelSelectorPath", |text| {
            let known = text.starts_with(".spec.") || text.starts_with(".status.");
            (!known).then_some("must begin with `.spec.` or `.status.`")
        }),
    ];
    for (field, shape) in shapes {
        optional_name(scale, field, shape, out);
        if field != "labelSelectorPath" {
            not_empty(scale, field, out);
        }
    }
}

fn printed(column: &Cursor, out: &mut Findings) {
    not_empty(column, "name", out);
    word(
        column,
        "type",
        &["boolean", "date", "integer", "number", "string"],
        out,
    );
    word(
        column,
        "format",
        &[
            "byte",
            "date",
            "date-time",
            "double",
            "float",
            "int32",
            "int64",
            "password",
            "",
        ],
        out,
    );
    name(column, "jsonPath", path, out);
}

fn converted(at: &Cursor, out: &mut Findings) {
    word(at, "strategy", &["None", "Webhook"], out);
    match at.text("strategy") {
        "Webhook" => {
            let Some(hook) = at.at("webhook") else {
                return required(at, "webhook", out);
            };
            match hook.at("clientConfig") {
                Some(client) => webhook::who(&client, out),
                None => required(&hook, "clientConfig", out),
            }
            let path = "conversionReviewVersions";
            required(&hook, path, out);
            distinct(&hook, path, out);
            shaped(&hook, path, names::label_1035, out);
        }
        _ => forbidden(at, "webhook", "the strategy is not `Webhook`", out),
    }
}
