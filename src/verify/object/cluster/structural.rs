//! The schema of a custom resource: what the API server needs of it to prune, to fill in defaults
//! and to evaluate rules.
//!
//! Source: k8s.io/apiextensions-apiserver `pkg/apis/apiextensions/validation/validation.go`,
//! `ValidateCustomResourceDefinitionOpenAPISchema`, and `pkg/apiserver/schema/validation.go`.

use crate::codes;
use crate::re2::Re2;
use crate::schema::expression::Kind;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::object::cluster::policy::expression;
use crate::verify::object::items::{distinct, forbidden};
use crate::verify::object::shape::{Findings, contradiction, not_empty, required, word};

codes! {
    /// The schema of a CustomResourceDefinition has to be structural: each field has a `type`,
    /// lists have `items`, what stands under `allOf`, `anyOf`, `oneOf` and `not` only narrows what
    /// is described outside of them, and lists that are maps have keys that every item has. The API
    /// server refuses other ones.
    ///
    /// ```yaml
    /// properties:
    ///   ports:
    ///     type: array
    ///     items: {type: object, required: [name], properties: {name: {type: string}}}
    ///     x-kubernetes-list-type: map
    ///     x-kubernetes-list-map-keys: [name]
    /// ```
    SCHEMA_NOT_STRUCTURAL = "schema-not-structural": "a schema that the API server cannot use";
}

/// Deeper schemas are not looked at.
const DEEPEST: usize = 64;

/// Where a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Field,
    /// Below `allOf` and its like.
    Narrowed,
}

pub fn root(at: &Cursor, with_status: bool, out: &mut Findings) {
    let why = "it stands at the root";
    if at.flag("nullable") == Some(true) {
        forbidden(at, "nullable", why, out);
    }
    forbidden(at, "additionalProperties", why, out);
    let kind = at.text("type");
    if !kind.is_empty() && kind != "object" {
        wrong(at, "type", "the root is of the type `object`", out);
    }
    if with_status {
        for field in [
            "default",
            "enum",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "x-kubernetes-embedded-resource",
            "x-kubernetes-int-or-string",
            "x-kubernetes-list-type",
            "x-kubernetes-map-type",
        ] {
            forbidden(at, field, "the root has a status beside it", out);
        }
    }
    metadata(at, out);
    schema(at, Place::Root, 0, out);
}

fn wrong(at: &Cursor, field: &str, message: &str, out: &mut Findings) {
    out.push(
        at.error_at(field, SCHEMA_NOT_STRUCTURAL, message)
            .help("correct the schema"),
    );
}

/// At the root only the names can be narrowed.
fn metadata(at: &Cursor, out: &mut Findings) {
    let Some(meta) = at.at("properties/metadata") else {
        return;
    };
    if meta.text("type") != "object" {
        wrong(&meta, "type", "`metadata` is of the type `object`", out);
    }
    let others = meta.entries("properties");
    let mut others = others.filter(|(name, _)| !matches!(*name, "name" | "generateName"));
    if others.next().is_some() {
        let message = "of `metadata` only the names can be described";
        wrong(&meta, "properties", message, out);
    }
    for (name, field) in at.entries("properties") {
        if matches!(name, "kind" | "apiVersion") && field.text("type") != "string" {
            wrong(&field, "type", "this field is of the type `string`", out);
        }
    }
}

const TYPES: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
const UNSUPPORTED: &[&str] = &[
    "id",
    "additionalItems",
    "patternProperties",
    "definitions",
    "dependencies",
    "$ref",
];

fn schema(at: &Cursor, place: Place, depth: usize, out: &mut Findings) {
    if depth > DEEPEST {
        return;
    }
    if !at.text("type").is_empty() {
        word(at, "type", TYPES, out);
    }
    for field in UNSUPPORTED {
        let empty = at.len(field) == 0 && at.str(field) == Some("");
        if !empty {
            forbidden(at, field, "definitions do not support it", out);
        }
    }
    if at.flag("uniqueItems") == Some(true) {
        forbidden(at, "uniqueItems", "it would take too long", out);
    }
    if let Some(Value::List(_)) = at.find("items") {
        wrong(at, "items", "`items` is one schema", out);
    }
    if !at.text("pattern").is_empty() && Re2::new(at.text("pattern")).is_none() {
        wrong(at, "pattern", "`pattern` is no regular expression", out);
    }
    match place {
        Place::Narrowed => narrowed(at, out),
        _ => described(at, out),
    }
    lists(at, out);
    rules(at, out);
    below(at, place, depth, out);
}

fn below(at: &Cursor, place: Place, depth: usize, out: &mut Findings) {
    let inner = match place {
        Place::Narrowed => Place::Narrowed,
        _ => Place::Field,
    };
    for (_, field) in at.entries("properties") {
        schema(&field, inner, depth + 1, out);
    }
    for single in ["items", "additionalProperties"] {
        if let Some(one) = at.at(single).filter(|one| one.value().as_map().is_some()) {
            schema(&one, inner, depth + 1, out);
        }
    }
    for list in ["allOf", "anyOf", "oneOf"] {
        for one in at.list(list) {
            if at.flag("x-kubernetes-int-or-string") != Some(true) {
                schema(&one, Place::Narrowed, depth + 1, out);
            }
        }
    }
    if let Some(one) = at.at("not") {
        schema(&one, Place::Narrowed, depth + 1, out);
    }
}

/// What a field needs to be pruned and filled in.
fn described(at: &Cursor, out: &mut Findings) {
    let kind = at.text("type");
    let flag = |name| at.flag(name) == Some(true);
    let open = flag("x-kubernetes-preserve-unknown-fields");
    let either = flag("x-kubernetes-int-or-string");
    if kind.is_empty() && !open && !either {
        required(at, "type", out);
    }
    if kind == "array" && !at.has("items") {
        required(at, "items", out);
    }
    let unknown = "x-kubernetes-preserve-unknown-fields";
    if at.flag(unknown) == Some(false) {
        wrong(at, unknown, "it is true, or not there", out);
    }
    if either && open {
        forbidden(at, unknown, "the field is a number or a text", out);
    }
    if flag("x-kubernetes-embedded-resource") {
        if kind != "object" {
            wrong(at, "type", "an embedded resource is an `object`", out);
        }
        if !open && at.len("properties") == 0 {
            required(at, "properties", out);
        }
    }
    let map = "x-kubernetes-map-type";
    word(at, map, &["atomic", "granular"], out);
    if at.has(map) && kind != "object" {
        wrong(
            at,
            "type",
            "with `x-kubernetes-map-type` it is an `object`",
            out,
        );
    }
    let both = at.len("properties") > 0 && at.has("additionalProperties");
    if both && at.flag("additionalProperties") != Some(true) {
        let message = "`properties` and `additionalProperties` exclude each other";
        wrong(at, "additionalProperties", message, out);
    }
    default(at, out);
}

fn narrowed(at: &Cursor, out: &mut Findings) {
    let why = "what narrows does not describe";
    for field in ["type", "title", "description"] {
        if !at.text(field).is_empty() {
            forbidden(at, field, why, out);
        }
    }
    for field in [
        "default",
        "additionalProperties",
        "x-kubernetes-list-type",
        "x-kubernetes-map-type",
    ] {
        forbidden(at, field, why, out);
    }
    for field in [
        "nullable",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
    ] {
        if at.flag(field) == Some(true) {
            forbidden(at, field, why, out);
        }
    }
    for field in ["x-kubernetes-list-map-keys", "x-kubernetes-validations"] {
        if at.len(field) > 0 {
            forbidden(at, field, why, out);
        }
    }
    if at.has("properties/metadata") {
        wrong(
            at,
            "properties/metadata",
            "`metadata` cannot be narrowed",
            out,
        );
    }
}

/// Lists that are sets or maps.
fn lists(at: &Cursor, out: &mut Findings) {
    let (kind, keys) = ("x-kubernetes-list-type", "x-kubernetes-list-map-keys");
    word(at, kind, &["atomic", "set", "map"], out);
    if at.has(kind) && at.text("type") != "array" {
        wrong(
            at,
            "type",
            "with `x-kubernetes-list-type` it is an `array`",
            out,
        );
    }
    if at.len(keys) > 0 && at.text(kind) != "map" {
        wrong(at, kind, "only a list of the type `map` has keys", out);
    }
    let items = at.at("items");
    let shared = matches!(at.text(kind), "set" | "map");
    if let Some(items) = items.filter(|items| shared && items.flag("nullable") == Some(true)) {
        forbidden(&items, "nullable", "its list is a set or a map", out);
    }
    let items = at.at("items");
    match (at.text(kind), items) {
        ("set", Some(items)) => {
            let loose = match items.text("type") {
                "array" => !matches!(items.text(kind), "" | "atomic"),
                "object" => items.text("x-kubernetes-map-type") != "atomic",
                _ => false,
            };
            if loose {
                wrong(&items, "type", "the items of a set are atomic", out);
            }
        }
        ("map", Some(items)) => {
            required(at, keys, out);
            distinct(at, keys, out);
            if items.text("type") != "object" {
                wrong(&items, "type", "the items of a map are an `object`", out);
            }
            keyed(at, &items, out);
        }
        ("map", None) => required(at, "items", out),
        _ => {}
    }
}

fn keyed(at: &Cursor, items: &Cursor, out: &mut Findings) {
    for key in at.list("x-kubernetes-list-map-keys") {
        let Some(name) = key.value().as_str() else {
            continue;
        };
        let field = items.map("properties").and_then(|map| map.get(name));
        let text = |field: &Value, what: &str| {
            field
                .get(what)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let mut needed = items.list("required");
        let always = needed.any(|one| one.value().as_str() == Some(name));
        let message = match field {
            None => "is no field of the items",
            Some(field) if matches!(text(field, "type").as_str(), "array" | "object") => {
                "is no plain value"
            }
            Some(field) if !always && field.get("default").is_none() => {
                "is neither required, nor has it a default"
            }
            Some(field) if field.get("nullable").and_then(Value::as_bool) == Some(true) => {
                "can be null"
            }
            Some(_) => continue,
        };
        out.push(
            key.error(SCHEMA_NOT_STRUCTURAL, format!("the key `{name}` {message}"))
                .help("correct the key, or the field"),
        );
    }
}

fn rules(at: &Cursor, out: &mut Findings) {
    const REASONS: &[&str] = &[
        "FieldValueDuplicate",
        "FieldValueForbidden",
        "FieldValueInvalid",
        "FieldValueRequired",
    ];
    for rule in at.list("x-kubernetes-validations") {
        not_empty(&rule, "rule", out);
        expression(&rule, "rule", &["self", "oldSelf"], Kind::Bool, out);
        let message = "messageExpression";
        expression(&rule, message, &["self", "oldSelf"], Kind::Text, out);
        word(&rule, "reason", REASONS, out);
        let breaks = |field| rule.text(field).trim().contains(['\n', '\r']);
        if breaks("message") {
            wrong(&rule, "message", "`message` is one line", out);
        }
        if breaks("rule") && rule.text("message").trim().is_empty() {
            required(&rule, "message", out);
        }
    }
}

/// A default has to be what the schema asks for; here of plain values.
fn default(at: &Cursor, out: &mut Findings) {
    let Some(value) = at.find("default") else {
        return;
    };
    let kind = at.text("type");
    let number = |field| at.find(field).and_then(as_number);
    let size = |field| at.int(field).and_then(|size| usize::try_from(size).ok());
    let fits = match (kind, value) {
        ("object", Value::Map(_)) | ("array", Value::List(_)) | ("boolean", Value::Bool(_)) => true,
        ("integer", Value::Int(_)) | ("number", Value::Int(_) | Value::Float(_)) => {
            let own = as_number(value);
            number("minimum").is_none_or(|least| own >= Some(least))
                && number("maximum").is_none_or(|most| own <= Some(most))
        }
        ("string", Value::Str(text)) => {
            let count = text.chars().count();
            let pattern = Re2::new(at.text("pattern"));
            size("minLength").is_none_or(|least| count >= least)
                && size("maxLength").is_none_or(|most| count <= most)
                && (!at.has("pattern") || pattern.is_none_or(|one| one.matches(text)))
        }
        ("", _) => true,
        _ => false,
    };
    let listed = at.find("enum").and_then(Value::as_list);
    if !fits || listed.is_some_and(|list| !list.contains(value)) {
        let message = "`default` is not what the schema asks for";
        out.push(contradiction(
            at,
            "default",
            message,
            "correct one of the two",
        ));
    }
}

fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}
