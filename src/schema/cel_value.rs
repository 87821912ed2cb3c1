//! Values as rules see them: by their schema, with names that CEL can spell.
#![allow(
    clippy::disallowed_types,
    reason = "the CEL crate takes its maps in this form; nothing here iterates over them"
)]

use std::collections::HashMap;
use std::sync::Arc;

use cel::Value as Cel;
use cel::objects::{Key, Map, Opaque};

use super::arena::*;
use crate::value::Value;

/// Rules over all pairs of a list take the square of this many steps.
const LARGEST: usize = 5_000;

/// A date or time, of which the crate knows none as it is built here. It is there, and equal to
/// itself; whatever else a rule does with it fails, so that no verdict is wrong.
#[derive(Debug, PartialEq, Eq)]
struct Time(String);

impl Opaque for Time {
    fn runtime_type_name(&self) -> &str {
        "time"
    }
}

/// `None` if the value has too many parts.
pub fn convert(arena: &Arena, id: NodeId, value: &Value) -> Option<Cel> {
    let mut left = LARGEST;
    any(arena, Some(id), value, &mut left)
}

/// A value without a schema. `None` if it has too many parts.
pub fn plain(value: &Value) -> Option<Cel> {
    any(&Arena::default(), None, value, &mut { LARGEST })
}

fn any(arena: &Arena, id: Option<NodeId>, value: &Value, left: &mut usize) -> Option<Cel> {
    *left = left.checked_sub(1)?;
    let node = id.map(|id| arena.node(id));
    let shape = node.map_or(Shape::Any, |node| node.shape);
    Some(match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Int(number) if shape == Shape::Number => Cel::Float(*number as f64),
        Value::Int(number) => Cel::Int(*number),
        Value::Float(number) => Cel::Float(*number),
        Value::Str(text) => self::text(node.map_or(Format::None, |node| node.format), text),
        Value::List(list) => {
            let element = node.and_then(|node| node.element);
            let items = list.iter().map(|value| any(arena, element, value, left));
            Cel::List(Arc::new(items.collect::<Option<_>>()?))
        }
        Value::Map(map) => {
            let mut members = HashMap::with_capacity(map.len());
            for (key, value) in map.iter() {
                let field = node.and_then(|node| node.field(key));
                let name = if field.is_some() {
                    spelled(key)
                } else {
                    key.to_string()
                };
                let element = node.and_then(|node| node.element);
                let value = any(arena, field.or(element), value, left)?;
                members.insert(Key::String(Arc::new(name)), value);
            }
            Cel::Map(Map {
                map: Arc::new(members),
            })
        }
    })
}

/// A text as the type that its format stands for; durations as nanoseconds.
fn text(format: Format, text: &str) -> Cel {
    let typed = match format {
        Format::Byte => super::format::decode_base64(text).map(|bytes| Cel::Bytes(Arc::new(bytes))),
        Format::Duration => super::format::nanoseconds(text).map(Cel::Int),
        Format::Date | Format::DateTime => None,
        _ => Some(Cel::String(Arc::new(text.to_owned()))),
    };
    typed.unwrap_or_else(|| Cel::Opaque(Arc::new(Time(text.to_owned()))))
}

/// A field's name as Kubernetes has rules spell it: `__namespace__`, `a__dash__b`.
fn spelled(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    if !name.contains(['-', '.', '/']) && !name.contains("__") {
        return name.to_owned();
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}

/// Words that no rule can write as a name.
pub const RESERVED: &[&str] = &[
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Line breaks and runs of blanks become one blank.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
