//! The language as JSON Schema (2020-12), for editors: it describes the YAML spelling.
//!
//! Editors get names, words, patterns, examples and explanations; what needs a parser or another
//! file is left to `check`. A schema may allow more than the decoder, and never less.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::document::Role;
use super::scalar::{Accepts, ScalarShape};
use super::shape::{FieldShape, Shape, StructShape};
use super::text::Name;

/// The roots: `fleet`, `environment`, `service`, `component`, `releases`.
pub const ROOTS: &[&str] = &["component", "environment", "fleet", "releases", "service"];

type Definitions = BTreeMap<&'static str, Json>;

/// The schema of the files with a root; `None` where there is no such root.
pub fn schema(root: &str) -> Option<Json> {
    let role = Role::of_word(root)?;
    let mut definitions = Definitions::new();
    let thing = reference(role.shape(), &mut definitions);
    let named = json!({
        "type": "object",
        "propertyNames": name_schema(),
        "additionalProperties": thing,
    });
    let mut schema = match role {
        Role::Releases(_) => named,
        _ => {
            let mut one = named;
            one["minProperties"] = json!(1);
            one["maxProperties"] = json!(1);
            json!({
                "type": "object",
                "properties": { root: one },
                "required": [root],
                "additionalProperties": false,
            })
        }
    };
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(format!("Tiphys: {root}"));
    schema["description"] = json!(sentence(role.shape().doc));
    schema["$defs"] = json!(definitions);
    Some(schema)
}

/// The text of a schema file.
pub fn text(schema: &Json) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default() + "\n"
}

fn name_schema() -> Json {
    use super::scalar::Scalar as _;
    json!({"pattern": Name::SHAPE.pattern, "maxLength": 63})
}

/// A doc comment on one line.
pub fn sentence(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A reference to the definition of a struct, which is added when it is new.
fn reference(shape: &'static StructShape, definitions: &mut Definitions) -> Json {
    if !definitions.contains_key(shape.name) {
        definitions.insert(shape.name, Json::Null);
        let definition = definition(shape, definitions);
        definitions.insert(shape.name, definition);
    }
    json!({"$ref": format!("#/$defs/{}", shape.name)})
}

/// A struct: a map of its fields, its first positional field alone, or nothing.
fn definition(shape: &'static StructShape, definitions: &mut Definitions) -> Json {
    let properties: serde_json::Map<_, _> = shape
        .fields
        .iter()
        .map(|field| (field.name.to_string(), property(field, shape, definitions)))
        .collect();
    let object = json!({
        "type": ["object", "null"],
        "description": sentence(shape.doc),
        "properties": properties,
        "additionalProperties": false,
    });
    match shape.fields.iter().find(|field| field.argument) {
        Some(field) => {
            let short = property(field, shape, definitions);
            json!({"description": sentence(shape.doc), "anyOf": [short, object]})
        }
        None => object,
    }
}

fn property(field: &FieldShape, owner: &StructShape, definitions: &mut Definitions) -> Json {
    let mut schema = of_shape(&field.shape, owner, definitions);
    schema["description"] = json!(sentence(field.doc));
    schema
}

fn of_shape(shape: &Shape, owner: &StructShape, definitions: &mut Definitions) -> Json {
    match shape {
        Shape::Scalar(shape) => scalar(shape),
        Shape::Flag => json!({"type": "boolean"}),
        Shape::Sequence(shape) | Shape::Set(shape) => {
            let one = scalar(shape);
            json!({"anyOf": [one.clone(), {"type": "array", "items": one}]})
        }
        Shape::Struct(shape) => reference(shape, definitions),
        Shape::Map(shape) => map(shape, definitions),
        Shape::Group(shape) => {
            let names = json!({"type": "array", "items": text_schema(&name_schema())});
            json!({"anyOf": [names, map(shape, definitions)]})
        }
        Shape::List(shape) => {
            let one = reference(shape, definitions);
            json!({"anyOf": [{"type": "array", "items": one.clone()}, one]})
        }
        Shape::Strings(key, value) => json!({
            "type": ["object", "null"],
            "propertyNames": pattern(key),
            "additionalProperties": scalar(value),
        }),
        Shape::Calls(callee, variable) => calls(callee, variable),
        Shape::Tagged(tags) => tagged(tags, definitions),
        Shape::Remove => remove(owner),
    }
}

fn map(shape: &'static StructShape, definitions: &mut Definitions) -> Json {
    json!({
        "type": ["object", "null"],
        "propertyNames": name_schema(),
        "additionalProperties": reference(shape, definitions),
    })
}

fn text_schema(form: &Json) -> Json {
    let mut schema = form.clone();
    schema["type"] = json!("string");
    schema
}

fn pattern(shape: &ScalarShape) -> Json {
    match shape.pattern {
        "" => json!({}),
        pattern => json!({ "pattern": pattern }),
    }
}

/// A text may be written as a plain integer where its form allows one.
fn scalar(shape: &ScalarShape) -> Json {
    let mut schema = match shape.accepts {
        Accepts::Bool => json!({"type": "boolean"}),
        Accepts::Integer => json!({"type": "integer", "minimum": 0}),
        Accepts::Text if !shape.words.is_empty() => json!({"enum": shape.words}),
        Accepts::Text => {
            let mut schema = pattern(shape);
            let takes_integer = (shape.check)("1").is_ok() || (shape.check)("1000").is_ok();
            schema["type"] = match takes_integer {
                true => json!(["string", "integer"]),
                false => json!("string"),
            };
            schema
        }
    };
    schema["title"] = json!(shape.name);
    schema["examples"] = match shape.accepts {
        Accepts::Integer => json!([shape.example.parse::<i64>().unwrap_or_default()]),
        Accepts::Bool => json!([true]),
        Accepts::Text => json!([shape.example]),
    };
    schema
}

fn calls(callee: &ScalarShape, variable: &ScalarShape) -> Json {
    let name = scalar(callee);
    let pairs = json!({
        "type": "object",
        "propertyNames": pattern(variable),
        "additionalProperties": name.clone(),
    });
    let one = json!({"anyOf": [name, pairs]});
    json!({"anyOf": [one.clone(), {"type": "array", "items": one}]})
}

fn tagged(
    tags: &'static [(&'static str, &'static StructShape)],
    definitions: &mut Definitions,
) -> Json {
    let words: Vec<_> = tags.iter().map(|(word, _)| *word).collect();
    let properties: serde_json::Map<_, _> = tags
        .iter()
        .map(|(word, shape)| (word.to_string(), reference(shape, definitions)))
        .collect();
    json!({"anyOf": [
        {"enum": words},
        {
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        },
    ]})
}

/// A name, names, or `true` for all, of each field.
fn remove(owner: &StructShape) -> Json {
    let key = json!({"type": ["string", "integer"]});
    let one = json!({"anyOf": [{"const": true}, key.clone(), {"type": "array", "items": key}]});
    let fields = owner.fields.iter().filter(|field| field.name != "remove");
    let properties: serde_json::Map<_, _> = fields
        .map(|field| (field.name.to_string(), one.clone()))
        .collect();
    json!({
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": false,
    })
}
