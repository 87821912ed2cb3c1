//! What schemas look at, so that nothing else is made JSON for them.
//!
//! A mask may keep more than is looked at, never less: a word that is not known here keeps all.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::schema::number;
use crate::value::Value;

/// What must be kept of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Mask {
    All,
    Part(Part),
}

/// A scalar as it is, a list with as many items, a map with some of its entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    entries: BTreeMap<String, Mask>,
    items: Option<Box<Mask>>,
}

/// Definitions do not refer to themselves; should one do, all is kept.
const DEPTH: usize = 32;
/// Words that are no demand.
const PROSE: [&str; 6] = [
    "$comment",
    "$defs",
    "default",
    "description",
    "examples",
    "title",
];
/// Words that look at a scalar, the kind of value, or the number of items.
const SHALLOW: [&str; 11] = [
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "pattern",
    "type",
];

impl Default for Mask {
    /// Nothing but what kind of value it is.
    fn default() -> Mask {
        Mask::Part(Part::default())
    }
}

impl Mask {
    /// What a schema looks at; `root` holds its definitions.
    pub fn of(schema: &Json, root: &Json) -> Mask {
        let mut mask = Mask::default();
        mask.add(schema, root, 0);
        mask
    }

    /// Keeps what either keeps.
    pub fn join(&mut self, other: &Mask) {
        let (Mask::Part(part), Mask::Part(other)) = (&mut *self, other) else {
            *self = Mask::All;
            return;
        };
        for (key, mask) in &other.entries {
            part.entries.entry(key.clone()).or_default().join(mask);
        }
        if let Some(mask) = &other.items {
            part.items.get_or_insert_default().join(mask);
        }
    }

    fn add(&mut self, schema: &Json, root: &Json, depth: usize) {
        let Some(map) = schema.as_object() else {
            return;
        };
        for (word, value) in map {
            let is_known = depth < DEPTH && self.word(word, value, root, depth + 1);
            if !is_known {
                *self = Mask::All;
            }
        }
    }

    /// Whether the word is one whose demands are known.
    fn word(&mut self, word: &str, value: &Json, root: &Json, depth: usize) -> bool {
        let Mask::Part(part) = self else {
            return true;
        };
        match (word, value) {
            ("properties", Json::Object(fields)) => {
                for (key, schema) in fields {
                    let entry = part.entries.entry(key.clone()).or_default();
                    entry.add(schema, root, depth);
                }
            }
            ("required", Json::Array(keys)) => {
                for key in keys.iter().filter_map(Json::as_str) {
                    part.entries.entry(key.into()).or_default();
                }
            }
            ("items", schema) => part.items.get_or_insert_default().add(schema, root, depth),
            ("allOf" | "anyOf" | "oneOf", Json::Array(schemas)) => {
                let mut schemas = schemas.iter();
                schemas.all(|schema| {
                    self.add(schema, root, depth);
                    true
                });
            }
            ("if" | "then" | "else" | "not", schema) => self.add(schema, root, depth),
            ("$ref", Json::String(target)) => {
                let name = target.strip_prefix("#/$defs/");
                let schema = name.and_then(|name| root.get("$defs")?.get(name));
                return schema.map(|schema| self.add(schema, root, depth)).is_some();
            }
            ("const", value) => return !is_nested(value),
            ("enum", Json::Array(values)) => return !values.iter().any(is_nested),
            (word, _) => return SHALLOW.contains(&word) || PROSE.contains(&word),
        }
        true
    }

    /// The member of a map, if it is kept.
    pub fn member(&self, key: &str) -> Option<&Mask> {
        match self {
            Mask::All => Some(&Mask::All),
            Mask::Part(part) => part.entries.get(key),
        }
    }

    /// What is kept of each item of a list.
    pub fn items(&self) -> &Mask {
        const NOTHING: &Mask = &Mask::Part(Part {
            entries: BTreeMap::new(),
            items: None,
        });
        match self {
            Mask::All => self,
            Mask::Part(part) => part.items.as_deref().unwrap_or(NOTHING),
        }
    }

    /// What is kept of `value`.
    pub fn json(&self, value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Int(one) => Json::Number((*one).into()),
            Value::Float(one) => number(*one),
            Value::Str(text) => Json::String(text.to_string()),
            Value::List(list) => {
                let items = self.items();
                Json::Array(list.iter().map(|item| items.json(item)).collect())
            }
            Value::Map(map) => {
                let entries = map.iter().filter_map(|(key, value)| {
                    let mask = self.member(key)?;
                    Some((key.to_string(), mask.json(value)))
                });
                Json::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

/// To be equal to a list or map, all of it has to be there.
fn is_nested(value: &Json) -> bool {
    value.is_array() || value.is_object()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::schema::{self, Subject};
    use super::*;

    fn value(json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(one) => Value::Int(one.as_i64().unwrap()),
            Json::String(text) => Value::Str(text.into()),
            Json::Array(list) => Value::List(list.iter().map(value).collect()),
            Json::Object(map) => {
                let entries = map.iter();
                let entries = entries.map(|(key, one)| (key.as_str().into(), value(one)));
                Value::Map(entries.collect())
            }
        }
    }

    #[test]
    fn only_what_a_schema_looks_at_is_kept() {
        let object = json!({"a": {"b": 1, "c": {"d": 2}}, "l": [{"x": 1, "y": [2]}, 3], "z": "z"});
        for (schema, kept) in [
            (json!({}), json!({})),
            (json!({"required": ["a", "z"]}), json!({"a": {}, "z": "z"})),
            (
                json!({"properties": {"l": {"minItems": 1}}}),
                json!({"l": [{}, 3]}),
            ),
            (
                json!({"properties": {"l": {"items": {"properties": {"y": {"type": "array"}}}}}}),
                json!({"l": [{"y": [2]}, 3]}),
            ),
            (
                json!({"$defs": {"d": {"required": ["b"]}}, "properties": {"a": {"$ref": "#/$defs/d"}}}),
                json!({"a": {"b": 1}}),
            ),
            (
                json!({"if": {"required": ["z"]}, "then": {"not": {"properties": {"a": {"maxProperties": 1}}}}}),
                json!({"a": {"b": 1, "c": {"d": 2}}, "z": "z"}),
            ),
            (
                json!({"properties": {"a": {"enum": [1, "b"]}}}),
                json!({"a": {}}),
            ),
            (
                json!({"properties": {"a": {"const": {"b": 1}}}}),
                json!({"a": object["a"]}),
            ),
            (json!({"additionalProperties": false}), object.clone()),
        ] {
            let mask = Mask::of(&schema, &schema);
            assert_eq!(mask.json(&value(&object)), kept, "{schema}");
        }
    }

    fn key() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "b", "c"])
    }

    fn any_value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            (0..3i64).prop_map(Json::from),
            key().prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::btree_map(key(), inner, 0..4).prop_map(|map| json!(map)),
            ]
        })
    }

    fn any_schema() -> impl Strategy<Value = Json> {
        let kinds = vec!["array", "object", "string", "integer", "null"];
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            Just(json!({"$ref": "#/$defs/d"})),
            any_value().prop_map(|one| json!({"const": one})),
            any_value().prop_map(|one| json!({"enum": [one, 1]})),
            prop::sample::select(kinds).prop_map(|kind| json!({"type": kind})),
            key().prop_map(|key| json!({"required": [key]})),
            (0..3u32).prop_map(|n| json!({"minItems": n, "maximum": n})),
            (0..3u32).prop_map(|n| json!({"minProperties": n, "uniqueItems": true})),
        ];
        leaf.prop_recursive(4, 24, 3, |inner| {
            let map = prop::collection::btree_map(key(), inner.clone(), 0..3);
            let list = prop::collection::vec(inner.clone(), 1..3);
            let three = (inner.clone(), inner.clone(), inner.clone());
            prop_oneof![
                map.prop_map(|map| json!({"properties": map})),
                list.clone().prop_map(|list| json!({"allOf": list})),
                list.prop_map(|list| json!({"oneOf": list})),
                inner.clone().prop_map(|one| json!({"items": one})),
                inner.clone().prop_map(|one| json!({"contains": one})),
                inner.clone().prop_map(|one| json!({"not": one})),
                inner
                    .clone()
                    .prop_map(|one| json!({"additionalProperties": one})),
                inner.prop_map(|one| json!({"propertyNames": {"const": "a"}, "not": one})),
                three.prop_map(|(a, b, c)| json!({"if": a, "then": b, "else": c})),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// What a rule says of a thing does not depend on what its mask leaves out.
        #[test]
        fn no_verdict_depends_on_what_is_left_out(
            schemas in prop::collection::vec(any_schema(), 1..3),
            definition in any_schema().prop_filter("its own", |one| !one.to_string().contains("$ref")),
            object in any_value(),
        ) {
            let object = value(&object);
            let whole = schemas.iter().map(|one| {
                schema::compile(&value(&json!({"$defs": {"d": definition}, "allOf": [one]})))
            });
            let Ok(whole) = whole.collect::<Result<Vec<_>, _>>() else {
                return Ok(());
            };
            // All rules of a pack share what is made.
            let mut mask = Mask::default();
            whole.iter().for_each(|one| mask.join(&one.mask));
            let (all, part) = (Subject::new(&object, &Mask::All), Subject::new(&object, &mask));
            for one in &whole {
                prop_assert_eq!(schema::broken(one, &all), schema::broken(one, &part));
            }
        }
    }
}
