//! One Kubernetes object, its identity, and what checks say about it.

use crate::diagnostic::{Code, Severity};
use crate::value::{Str, Value};

/// What the API server tells objects apart by. The group stands without its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Empty for the core group.
    pub group: Str,
    pub kind: Str,
    /// Empty for what has none.
    pub namespace: Str,
    pub name: Str,
}

impl ObjectId {
    /// Reads `apiVersion`, `kind` and `metadata`; what is missing is empty.
    pub fn of(object: &Value) -> ObjectId {
        let text = |path: &[&str]| object.at(path).and_then(Value::as_str).unwrap_or("");
        let group = text(&["apiVersion"])
            .rsplit_once('/')
            .map_or("", |(group, _)| group);
        ObjectId {
            group: group.into(),
            kind: text(&["kind"]).into(),
            namespace: text(&["metadata", "namespace"]).into(),
            name: text(&["metadata", "name"]).into(),
        }
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{}/{}", self.kind, self.name),
            namespace => write!(f, "{}/{} in {namespace}", self.kind, self.name),
        }
    }
}

/// What a check says about one object. `compile` finds the line of the spec behind the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub code: &'static Code,
    pub severity: Severity,
    /// JSON pointer (RFC 6901) into the object; the nearest existing value is meant.
    pub pointer: String,
    /// One line, understandable alone.
    pub message: String,
    pub notes: Vec<String>,
    pub help: Option<String>,
}

impl Finding {
    pub fn error(
        code: &'static Code,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Finding {
        let (pointer, message) = (pointer.into(), message.into());
        Finding {
            code,
            severity: Severity::Error,
            pointer,
            message,
            notes: Vec::new(),
            help: None,
        }
    }

    pub fn note(mut self, text: impl Into<String>) -> Finding {
        self.notes.push(text.into());
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Finding {
        self.help = Some(text.into());
        self
    }
}
