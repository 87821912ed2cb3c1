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

macro_rules! from {
    ($($type:ty => |$value:ident| $make:expr;)*) => {
        $(impl From<$type> for Traced {
            /// Derived: made by the code that lowers.
            fn from($value: $type) -> Traced {
                Traced { node: $make, origin: Origin::Derived }
            }
        })*
    };
}

from! {
    bool => |value| Node::Bool(value);
    i64 => |value| Node::Int(value);
    u64 => |value| Node::Int(i64::try_from(value).unwrap_or(i64::MAX));
    u32 => |value| Node::Int(i64::from(value));
    u16 => |value| Node::Int(i64::from(value));
    Str => |value| Node::Str(value);
    &Str => |value| Node::Str(value.clone());
    &str => |value| Node::Str(value.into());
    String => |value| Node::Str(value.into());
    Vec<Traced> => |value| Node::List(value);
    Vec<(Str, Traced)> => |value| Node::Map(value);
}

impl<T: Into<Traced>> From<Option<T>> for Traced {
    /// Nothing is null: a template says `| optional` where that is allowed.
    fn from(value: Option<T>) -> Traced {
        value.map_or_else(Traced::default, Into::into)
    }
}

impl<const N: usize> From<[(&str, Traced); N]> for Traced {
    fn from(entries: [(&str, Traced); N]) -> Traced {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (Str::from(key), value));
        Traced::new(Node::Map(entries.collect()), Origin::Derived)
    }
}

impl Traced {
    /// The same value, and where it comes from.
    pub fn from_origin(self, origin: Origin) -> Traced {
        Traced { origin, ..self }
    }

    /// Written by the user at `span`.
    pub fn at(self, span: Span) -> Traced {
        self.from_origin(Origin::Spec(span))
    }

    /// Supplied by the default of that name.
    pub fn by_default(self, name: &'static str) -> Traced {
        self.from_origin(Origin::Default(name))
    }

    /// Adds an entry to a map; the key is new.
    pub fn with(mut self, key: &str, value: impl Into<Traced>) -> Traced {
        if let Node::Map(entries) = &mut self.node {
            entries.push((key.into(), value.into()));
        }
        self
    }

    pub fn map() -> Traced {
        Traced::from(Vec::<(Str, Traced)>::new())
    }

    /// An empty list.
    pub fn list() -> Traced {
        Traced::from(Vec::<Traced>::new())
    }

    pub fn is_null(&self) -> bool {
        self.node == Node::Null
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
