//! Objects against the schemas of their kinds.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests read the repository's own files"
)]

mod bundle;
mod defaults;
mod objects;
mod own_kinds;
mod properties;
mod rules;

use tiphys::manifest::Finding;
use tiphys::schema::Schemas;
use tiphys::value::{Map, Value};

/// All documents of a YAML or JSON text; members are sorted by name.
pub fn documents(text: &str) -> Vec<Value> {
    use serde::Deserialize;
    let documents = serde_yaml::Deserializer::from_str(text);
    let read = |document| from_yaml(&serde_yaml::Value::deserialize(document).unwrap());
    documents
        .map(read)
        .filter(|value| *value != Value::Null)
        .collect()
}

fn from_yaml(yaml: &serde_yaml::Value) -> Value {
    match yaml {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(flag) => Value::Bool(*flag),
        serde_yaml::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap()),
        },
        serde_yaml::Value::String(text) => Value::Str(text.as_str().into()),
        serde_yaml::Value::Sequence(list) => Value::List(list.iter().map(from_yaml).collect()),
        serde_yaml::Value::Mapping(map) => {
            let member = |(key, value): (&serde_yaml::Value, _)| {
                (key.as_str().unwrap().into(), from_yaml(value))
            };
            let mut members: Vec<_> = map.iter().map(member).collect();
            members.sort_by(|(a, _), (b, _)| tiphys::value::Str::cmp(a, b));
            Map::from_iter(members).into()
        }
        serde_yaml::Value::Tagged(tagged) => from_yaml(&tagged.value),
    }
}

/// What the schema of its kind in Kubernetes 1.36 says about an object.
fn findings(schemas: &Schemas, object: &Value) -> Vec<Finding> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap();
    let Some(kind) = schemas.lookup("1.36", text("apiVersion"), text("kind")) else {
        return vec![schemas.unknown_kind("1.36", text("apiVersion"), text("kind"))];
    };
    let mut findings = Vec::new();
    kind.check(object, &mut findings);
    findings
}

/// Each finding as `code pointer: message (help)`.
fn said(text: &str) -> Vec<String> {
    let object = documents(text).remove(0);
    let line = |finding: Finding| {
        let help = finding
            .help
            .map(|help| format!(" ({help})"))
            .unwrap_or_default();
        format!(
            "{} {}: {}{help}",
            finding.code.name, finding.pointer, finding.message
        )
    };
    findings(&Schemas::bundled(), &object)
        .into_iter()
        .map(line)
        .collect()
}
