//! Data to their YAML spelling, by the same shapes that read it. Fields stand in the order of the
//! table, everything else in its own.

use super::document::Document;
use super::scalar::{Accepts, ScalarShape};
use super::shape::{Datum, Key, Kind, Shape, StructShape};
use crate::value::{Map, Str, Value};

/// The text of a document: `service:` and below it the thing by its name.
pub fn document(document: &Document) -> String {
    let content = fields(document.role.shape(), &document.datum);
    let named: Map = [(document.name.text.clone(), Value::Map(content))]
        .into_iter()
        .collect();
    let root = (Str::from(document.role.word()), Value::Map(named));
    let mut out = String::new();
    write(&Value::Map([root].into_iter().collect()), 0, &mut out);
    out
}

/// The lines of a collection that is not empty, indented by `depth` levels.
fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Map(map) => {
            for (key, part) in map.iter() {
                out.push_str(&format!("{indent}{}:", word(key)));
                behind(part, depth, out);
            }
        }
        Value::List(list) => {
            for part in list {
                out.push_str(&format!("{indent}-"));
                behind(part, depth, out);
            }
        }
        _ => {}
    }
}

/// A value behind its key or dash: on the same line where it is short.
fn behind(value: &Value, depth: usize, out: &mut String) {
    let flat = flat(value);
    let is_short = flat.len() + 2 * depth <= 72 && n_parts(value) <= 8;
    let is_leaf = |value: &Value| n_parts(value) == 0;
    let is_plain = match value {
        Value::Map(map) => depth > 1 && map.iter().all(|(_, part)| is_leaf(part)),
        Value::List(list) => list.iter().all(is_leaf),
        _ => true,
    };
    if n_parts(value) == 0 || is_plain && is_short {
        out.push_str(&format!(" {flat}\n"));
        return;
    }
    out.push('\n');
    write(value, depth + 1, out);
}

fn n_parts(value: &Value) -> usize {
    match value {
        Value::Map(map) => map.len(),
        Value::List(list) => list.len(),
        _ => 0,
    }
}

fn flat(value: &Value) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Str(text) => word(text),
        Value::List(list) => {
            let parts: Vec<_> = list.iter().map(flat).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::Map(map) => {
            let pair = |(key, part): (&Str, &Value)| format!("{}: {}", word(key), flat(part));
            let parts: Vec<_> = map.iter().map(pair).collect();
            format!("{{{}}}", parts.join(", "))
        }
    }
}

/// A text, in quotes where it is not a plain word to everyone.
pub(super) fn word(text: &str) -> String {
    const SPECIAL: &[&str] = &[
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ];
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let inner = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match first && inner && !SPECIAL.contains(&text.to_ascii_lowercase().as_str()) {
        true => text.to_string(),
        false => quote(text),
    }
}

pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_break(c) => {
                out.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Line breaks of YAML 1.1, a byte order mark, and what no file should show.
fn is_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') || crate::syntax::kdl::is_marker(c)
}

fn fields(shape: &StructShape, datum: &Datum) -> Map {
    let present = |at: usize| {
        let field = &shape.fields[at];
        Some((
            Str::from(field.name),
            value(&field.shape, shape, datum.field(at)?),
        ))
    };
    (0..shape.fields.len()).filter_map(present).collect()
}

/// A struct; one that has only its first positional field is that field's value.
fn content(shape: &StructShape, datum: &Datum) -> Value {
    let map = fields(shape, datum);
    let first = shape.fields.iter().find(|field| field.argument);
    match (map.entries(), first) {
        ([(key, value)], Some(first)) if key == first.name => value.clone(),
        _ => Value::Map(map),
    }
}

fn scalar(shape: &ScalarShape, datum: &Datum) -> Value {
    let Kind::Scalar(text) = &datum.kind else {
        return Value::Null;
    };
    match shape.accepts {
        Accepts::Text => Value::Str(text.clone()),
        Accepts::Integer => text
            .parse::<i64>()
            .map_or(Value::Str(text.clone()), Value::Int),
        Accepts::Bool => Value::Bool(text == "true"),
    }
}

fn value(shape: &Shape, owner: &StructShape, datum: &Datum) -> Value {
    match (shape, &datum.kind) {
        (Shape::Scalar(shape), _) => scalar(shape, datum),
        (Shape::Flag, Kind::Scalar(text)) => Value::Bool(text == "true"),
        (Shape::Sequence(shape) | Shape::Set(shape), Kind::List(list)) => {
            Value::List(list.iter().map(|part| scalar(shape, part)).collect())
        }
        (Shape::Struct(shape), _) => content(shape, datum),
        (Shape::Map(shape), Kind::Map(entries)) => Value::Map(named(shape, entries)),
        (Shape::Group(shape), Kind::Map(entries)) => group(shape, entries),
        (Shape::List(shape), Kind::List(list)) => {
            Value::List(list.iter().map(|part| content(shape, part)).collect())
        }
        (Shape::Strings(_, shape), Kind::Map(entries)) => {
            let pair = |(key, value): &(Key, Datum)| (key.text.clone(), scalar(shape, value));
            Value::Map(entries.iter().map(pair).collect())
        }
        (Shape::Calls(..), Kind::Map(entries)) => calls(entries),
        (Shape::Tagged(tags), Kind::Tagged(tag, datum)) => {
            let (word, shape) = tags[*tag];
            match content(shape, datum) {
                Value::Map(map) if map.is_empty() => Value::from(word),
                value => Value::Map([(Str::from(word), value)].into_iter().collect()),
            }
        }
        (Shape::Remove, Kind::Remove(entries)) => remove(owner, entries),
        _ => Value::Null,
    }
}

fn named(shape: &StructShape, entries: &[(Key, Datum)]) -> Map {
    let entry = |(key, datum): &(Key, Datum)| (key.text.clone(), content(shape, datum));
    entries.iter().map(entry).collect()
}

/// Names alone where no entry says anything.
fn group(shape: &StructShape, entries: &[(Key, Datum)]) -> Value {
    let map = named(shape, entries);
    let says_nothing = |value: &Value| value.as_map().is_some_and(Map::is_empty);
    match !map.is_empty() && map.iter().all(|(_, value)| says_nothing(value)) {
        true => Value::List(map.iter().map(|(key, _)| Value::from(key)).collect()),
        false => Value::Map(map),
    }
}

/// A name for each callee without a variable, a map of one pair for each other.
fn calls(entries: &[(Key, Datum)]) -> Value {
    let item = |(key, datum): &(Key, Datum)| match &datum.kind {
        Kind::Scalar(variable) => {
            let pair = (variable.clone(), Value::from(&key.text));
            Value::Map([pair].into_iter().collect())
        }
        _ => Value::from(&key.text),
    };
    Value::List(entries.iter().map(item).collect())
}

fn remove(owner: &StructShape, entries: &[(usize, Vec<Key>, crate::source::Span)]) -> Value {
    let mut map = Map::new();
    for (at, keys, _) in entries {
        let name = owner.fields[*at].name;
        let keys: Vec<_> = keys.iter().map(|key| Value::from(&key.text)).collect();
        let all = match (map.remove(name), keys.is_empty()) {
            (_, true) | (Some(Value::Bool(true)), _) => Value::Bool(true),
            (Some(Value::List(old)), _) => Value::List(old.into_iter().chain(keys).collect()),
            _ => Value::List(keys),
        };
        map.insert(name, all);
    }
    Value::Map(map)
}
