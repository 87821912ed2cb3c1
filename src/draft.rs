//! What is to be rendered: a template, and values that remember where they come from.

use crate::source::Span;
use crate::value::{Str, Value};

/// Where a value comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Written in a template, or made by the code that lowers.
    #[default]
    Derived,
    /// Written by the user.
    Spec(Span),
    /// A default of the language, by name.
    Default(&'static str),
}

/// A value of which every part knows its origin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traced {
    pub node: Node,
    pub origin: Origin,
}

/// The shapes of a [`Traced`]. Maps keep their order and never hold a key twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Node {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Str),
    List(Vec<Traced>),
    Map(Vec<(Str, Traced)>),
}

impl Traced {
    pub fn new(node: Node, origin: Origin) -> Traced {
        Traced { node, origin }
    }

    /// The value without its origins.
    pub fn to_value(&self) -> Value {
        match &self.node {
            Node::Null => Value::Null,
            Node::Bool(flag) => Value::Bool(*flag),
            Node::Int(number) => Value::Int(*number),
            Node::Float(number) => Value::Float(*number),
            Node::Str(text) => Value::Str(text.clone()),
            Node::List(list) => Value::List(list.iter().map(Traced::to_value).collect()),
            Node::Map(map) => Value::Map(
                map.iter()
                    .map(|(key, part)| (key.clone(), part.to_value()))
                    .collect(),
            ),
        }
    }

    /// The same origin for a value and all its parts.
    pub fn of(value: &Value, origin: Origin) -> Traced {
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(flag) => Node::Bool(*flag),
            Value::Int(number) => Node::Int(*number),
            Value::Float(number) => Node::Float(*number),
            Value::Str(text) => Node::Str(text.clone()),
            Value::List(list) => {
                Node::List(list.iter().map(|part| Traced::of(part, origin)).collect())
            }
            Value::Map(map) => Node::Map(
                map.iter()
                    .map(|(key, part)| (key.clone(), Traced::of(part, origin)))
                    .collect(),
            ),
        };
        Traced { node, origin }
    }
}

/// One value to render: most often an object, sometimes a part of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// `rollout` is `templates/rollout.yaml.j2`.
    pub template: Str,
    /// What the template sees: a map.
    pub context: Traced,
    /// Drafts that are rendered first; the template sees each result under its name.
    pub parts: Vec<(Str, Draft)>,
    /// What the draft as a whole stands for: a service, an environment.
    pub origin: Origin,
}
