//! Values that a condition works with.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::{Str, Value};

/// What a provider answers, and everything that is made of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Str),
    List(Elements, Arc<Vec<Answer>>),
    Map(Arc<BTreeMap<Str, Answer>>),
    /// A function by name: not callable as a value here.
    Function(Str),
    /// Something that is not worked out: a time, a duration, bytes.
    Opaque,
}

/// The Go type of a list's elements: lists of different ones are never equal, and some functions
/// take only one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elements {
    Any,
    Floats,
    Ints,
    Texts,
}

impl Answer {
    /// What Prometheus' vectors become.
    pub fn floats(values: impl IntoIterator<Item = f64>) -> Answer {
        let values = values.into_iter().map(Answer::Float).collect();
        Answer::List(Elements::Floats, Arc::new(values))
    }

    pub fn list(values: Vec<Answer>) -> Answer {
        Answer::List(Elements::Any, Arc::new(values))
    }

    /// A JSON value as Go decodes it: every number is a float.
    pub fn json(value: &Value) -> Answer {
        match value {
            Value::Null => Answer::Nil,
            Value::Bool(value) => Answer::Bool(*value),
            Value::Int(value) => Answer::Float(*value as f64),
            Value::Float(value) => Answer::Float(*value),
            Value::Str(value) => Answer::Text(value.clone()),
            Value::List(items) => Answer::list(items.iter().map(Answer::json).collect()),
            Value::Map(map) => {
                let entries = map
                    .iter()
                    .map(|(key, value)| (key.into(), Answer::json(value)));
                Answer::Map(Arc::new(entries.collect()))
            }
        }
    }

    pub(super) fn is_nil(&self) -> bool {
        matches!(self, Answer::Nil)
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Answer::Int(value) => Some(*value as f64),
            Answer::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// As `type` in a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Answer::Nil => "nil",
            Answer::Bool(_) => "a boolean",
            Answer::Int(_) | Answer::Float(_) => "a number",
            Answer::Text(_) => "a text",
            Answer::List(..) => "a list",
            Answer::Map(_) => "a map",
            Answer::Function(_) => "a function",
            Answer::Opaque => "something else",
        }
    }
}

/// Go's conversion of a float to an integer on amd64: what does not fit is the least one.
pub(super) fn truncate(value: f64) -> i64 {
    match value.abs() < 9.3e18 && value.is_finite() {
        true if value >= 9_223_372_036_854_775_808.0 => i64::MIN,
        true => value as i64,
        false => i64::MIN,
    }
}
