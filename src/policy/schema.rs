//! JSON Schemas of rules: the only file that names the crate for them.
//!
//! A schema refers to its own `$defs` alone, without recursion, and is bounded in size once its
//! references are followed. Patterns are matched in linear time; those that cannot be are refused.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use jsonschema::{PatternOptions, Validator};
use serde_json::{Number, Value as Json};

use super::mask::Mask;
use super::pod::View;
use crate::value::Value;

/// Bytes of a compiled pattern.
const PATTERN: usize = 1 << 20;
/// Nodes of a schema with its references followed.
const NODES: u64 = 20_000;
/// Words that lead elsewhere, or give names that others lead to.
const FOREIGN: &[&str] = &[
    "$dynamicRef",
    "$recursiveRef",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$schema",
];

/// A compiled schema, and what it looks at.
#[derive(Debug)]
pub struct Compiled {
    validator: Validator,
    pub mask: Mask,
}

/// A compiled schema, or why it cannot be used.
pub fn compile(schema: &Value) -> Result<Compiled, String> {
    let schema = Mask::All.json(schema);
    if !schema.is_object() {
        return Err("expected a map".to_string());
    }
    let mut sizes = BTreeMap::new();
    let size = weigh(&schema, &schema, &mut sizes)?;
    if size > NODES {
        return Err("it is too large once its references are followed".to_string());
    }
    let patterns = PatternOptions::regex()
        .size_limit(PATTERN)
        .dfa_size_limit(PATTERN);
    let options = jsonschema::options();
    let options = options.offline().with_draft(jsonschema::Draft::Draft202012);
    let built = options.with_pattern_options(patterns).build(&schema);
    let validator = built.map_err(|error| error.to_string().chars().take(200).collect::<String>());
    let mask = Mask::of(&schema, &schema);
    Ok(Compiled {
        validator: validator?,
        mask,
    })
}

/// What rules look at, and the same as the crate takes it, made when first needed.
#[derive(Debug)]
pub struct Subject<'a> {
    what: What<'a>,
    /// What the rules look at that will be asked.
    mask: &'a Mask,
    value: OnceCell<Value>,
    json: OnceCell<Json>,
}

#[derive(Debug)]
enum What<'a> {
    Value(&'a Value),
    Pod(&'a View<'a>),
}

impl<'a> Subject<'a> {
    fn of(what: What<'a>, mask: &'a Mask) -> Subject<'a> {
        Subject {
            what,
            mask,
            value: OnceCell::new(),
            json: OnceCell::new(),
        }
    }

    pub fn new(value: &'a Value, mask: &'a Mask) -> Subject<'a> {
        Subject::of(What::Value(value), mask)
    }

    pub fn pod(view: &'a View<'a>, mask: &'a Mask) -> Subject<'a> {
        Subject::of(What::Pod(view), mask)
    }

    pub fn value(&self) -> &Value {
        match self.what {
            What::Value(value) => value,
            What::Pod(view) => self.value.get_or_init(|| view.value()),
        }
    }

    fn json(&self) -> &Json {
        self.json.get_or_init(|| match self.what {
            What::Value(value) => self.mask.json(value),
            What::Pod(view) => view.json(self.mask),
        })
    }

    /// That of an object, or of what is judged.
    pub fn name(&self) -> Option<&str> {
        match self.what {
            What::Value(value) => value
                .at(&["metadata", "name"])
                .or_else(|| value.get("name"))
                .and_then(Value::as_str),
            What::Pod(view) => view.name(),
        }
    }

    /// Of a pod, as they are written.
    pub fn containers(&self) -> Option<Vec<&Value>> {
        match self.what {
            What::Value(value) => {
                let list = value.get("containers").and_then(Value::as_list)?;
                Some(list.iter().collect())
            }
            What::Pod(view) => Some(view.containers.iter().map(|one| one.value).collect()),
        }
    }
}

/// JSON pointers of what breaks the schema, each once.
pub fn broken(compiled: &Compiled, subject: &Subject) -> Vec<String> {
    let (validator, json) = (&compiled.validator, subject.json());
    if validator.is_valid(json) {
        return Vec::new();
    }
    let mut pointers: Vec<_> = validator
        .iter_errors(json)
        .map(|error| error.instance_path().to_string())
        .collect();
    pointers.sort_unstable();
    pointers.dedup();
    pointers
}

/// Nodes with references followed; `None` in `sizes` marks a definition that is being weighed.
fn weigh(
    root: &Json,
    node: &Json,
    sizes: &mut BTreeMap<String, Option<u64>>,
) -> Result<u64, String> {
    let mut size = 1u64;
    match node {
        Json::Array(list) => {
            for part in list {
                size = size.saturating_add(weigh(root, part, sizes)?);
            }
        }
        Json::Object(map) => {
            for (key, part) in map {
                if FOREIGN.contains(&key.as_str()) && part.is_string() {
                    return Err(format!("`{key}` is not allowed"));
                }
                let more = match (key.as_str(), part) {
                    ("$ref", Json::String(target)) => follow(root, target, sizes)?,
                    ("$defs", _) if std::ptr::eq(node, root) => 1,
                    _ => weigh(root, part, sizes)?,
                };
                size = size.saturating_add(more);
            }
        }
        _ => {}
    }
    Ok(size)
}

fn follow(
    root: &Json,
    target: &str,
    sizes: &mut BTreeMap<String, Option<u64>>,
) -> Result<u64, String> {
    match sizes.get(target) {
        Some(Some(size)) => return Ok(*size),
        Some(None) => return Err(format!("`{target}` refers to itself")),
        None => {}
    }
    let name = target
        .strip_prefix("#/$defs/")
        .filter(|name| !name.contains(['/', '~', '%']));
    let definition = name.and_then(|name| root.get("$defs")?.get(name));
    let Some(definition) = definition else {
        return Err(format!("`{target}` is not one of its `$defs`"));
    };
    sizes.insert(target.to_string(), None);
    let size = weigh(root, definition, sizes)?;
    sizes.insert(target.to_string(), Some(size));
    Ok(size)
}

/// A number; what JSON cannot say is null.
pub fn number(one: f64) -> Json {
    Number::from_f64(one).map_or(Json::Null, Json::Number)
}
