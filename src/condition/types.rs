//! Types, as the checker of the expression language tells them apart.
//!
//! Source: expr-lang `checker/nature/nature.go`.

use super::value::{Answer, Elements};

#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Not known before it runs.
    Unknown,
    /// Declared to be anything, as the entries of JSON are.
    Any,
    Nil,
    Bool,
    Int,
    /// What `asInt` gives.
    Int64,
    Float,
    Text,
    Bytes,
    List(Elements, Box<Type>),
    /// By text.
    Map,
    /// By anything: what `groupBy` and `fromPairs` make, with the type of its entries.
    AnyMap(Box<Type>),
    Function,
    Time,
    Duration,
    Zone,
}

impl Type {
    /// The type that the controller compiles a condition against.
    pub fn of(answer: &Answer) -> Type {
        match answer {
            Answer::Nil => Type::Nil,
            Answer::Bool(_) => Type::Bool,
            Answer::Int(_) => Type::Int,
            Answer::Float(_) => Type::Float,
            Answer::Text(_) => Type::Text,
            Answer::List(elements, _) => Type::list(*elements),
            Answer::Map(_) => Type::Map,
            Answer::Function(_) => Type::Function,
            Answer::Opaque => Type::Unknown,
        }
    }

    pub fn list(elements: Elements) -> Type {
        let of = match elements {
            Elements::Any => Type::Any,
            Elements::Floats => Type::Float,
            Elements::Ints => Type::Int,
            Elements::Texts => Type::Text,
        };
        Type::List(elements, Box::new(of))
    }

    pub(super) fn list_of(of: Type) -> Type {
        Type::List(Elements::Any, Box::new(of))
    }

    /// Can it be a boolean?
    pub fn is_boolean(&self) -> bool {
        *self == Type::Bool || self.is_unknown()
    }

    pub(super) fn is_unknown(&self) -> bool {
        matches!(self, Type::Unknown | Type::Any)
    }

    pub(super) fn is_integer(&self) -> bool {
        matches!(self, Type::Int | Type::Int64)
    }

    pub(super) fn is_number(&self) -> bool {
        self.is_integer() || *self == Type::Float
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self, Type::List(..) | Type::Bytes)
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self, Type::Map | Type::AnyMap(_))
    }

    /// The elements of a list or map; unknown for others.
    pub(super) fn element(&self) -> Type {
        match self {
            Type::List(_, of) | Type::AnyMap(of) => (**of).clone(),
            Type::Bytes => Type::Int,
            Type::Map => Type::Any,
            _ => Type::Unknown,
        }
    }

    pub(super) fn is_assignable_to(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Unknown, _) | (_, Type::Unknown) => false,
            (_, Type::Any) => true,
            (Type::Any, _) => false,
            (Type::Nil, other) => other.is_list() || other.is_map() || *other == Type::Function,
            (Type::List(one, _), Type::List(two, _)) => one == two,
            (Type::AnyMap(_), Type::AnyMap(_)) => true,
            (one, two) => one == two,
        }
    }

    pub(super) fn is_comparable_to(&self, other: &Type) -> bool {
        let both = |is: fn(&Type) -> bool| is(self) && is(other);
        self.is_unknown()
            || other.is_unknown()
            || *self == Type::Nil
            || *other == Type::Nil
            || both(Type::is_number)
            || both(Type::is_list)
            || self.is_assignable_to(other)
    }

    /// In the user's words.
    pub(super) fn shown(&self) -> String {
        let text = match self {
            Type::Unknown | Type::Any => "anything",
            Type::Nil => "nil",
            Type::Bool => "a boolean",
            Type::Int | Type::Int64 => "a whole number",
            Type::Float => "a number",
            Type::Text => "a text",
            Type::Bytes => "bytes",
            Type::List(..) => match self.element() {
                Type::Int | Type::Int64 | Type::Float => "a list of numbers",
                Type::Text => "a list of texts",
                _ => "a list",
            },
            Type::Map | Type::AnyMap(_) => "a map",
            Type::Function => "a function",
            Type::Time => "a time",
            Type::Duration => "a duration",
            Type::Zone => "a time zone",
        };
        text.to_owned()
    }
}
