//! An object against its schema: as strict as `kubectl apply --validate=strict`.
//!
//! The walk allocates nothing while all is well, and collects everything that is wrong.

use super::arena::*;
use super::codes::*;
use super::constraint;
use super::path::{Path, nearest, shown};
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::{Map, Value};

/// Deeper places are reported, not entered.
const DEEPEST: usize = 400;

/// Names that a message lists at most.
const LISTED: usize = 12;

/// What is needed at every place of one object.
pub struct Walk<'a> {
    pub arena: &'a Arena,
    /// Where the schema of `metadata` stands.
    pub meta: &'a Arena,
    pub kind: &'a str,
    pub findings: &'a mut Vec<Finding>,
    pub depth: usize,
    /// The API server drops nulls of custom kinds before it looks at them.
    pub drops_nulls: bool,
}

impl Walk<'_> {
    /// The whole object. `apiVersion` and `kind` are those that led to `entry`.
    pub fn object(&mut self, entry: &Entry, object: &Value) {
        let root = self.arena.node(entry.root);
        let Some(map) = object.as_map() else {
            let message = format!("the object is {}, a map is expected", shown(object));
            self.findings.push(Finding::error(OBJECT_TYPE, "", message));
            return;
        };
        for (key, value) in map.iter() {
            let path = Path::ROOT.key(key);
            match key.as_str() {
                "apiVersion" | "kind" => self.typed_text(value, &path),
                "metadata" => self.root_metadata(entry, root.field(key), value, &path),
                "status" if root.field(key).is_some() => self.status(&path),
                _ => self.member(root, key, value, &path),
            }
        }
        self.identity(map);
        for name in root.required.iter() {
            let implied = matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status");
            if !implied && self.lacks(map, name) {
                self.missing(name, &Path::ROOT);
            }
        }
        self.constraints(root, object, &Path::ROOT);
    }

    /// One value at one place.
    pub fn value(&mut self, id: NodeId, value: &Value, path: &Path) {
        let arena = self.arena;
        let node = arena.node(id);
        match (node.shape, value) {
            (_, Value::Null) => {
                if !node.nullable && node.shape != Shape::Any {
                    self.null(node, path);
                }
                return;
            }
            (Shape::Object | Shape::Any, Value::Map(map)) => self.map(node, map, path),
            (Shape::List | Shape::Any, Value::List(list)) => self.list(node, list, path),
            (Shape::Integer | Shape::IntOrString, Value::Int(number)) => {
                self.integer(node, *number, path);
            }
            (Shape::String | Shape::IntOrString | Shape::Any, Value::Str(text)) => {
                self.text(node, text, path);
            }
            (Shape::Quantity, Value::Str(text)) => self.quantity(text, path),
            (Shape::Number | Shape::Quantity, Value::Int(_) | Value::Float(_))
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Any, _) => {}
            _ => {
                self.wrong_type(node.shape, value, path);
                return;
            }
        }
        self.constraints(node, value, path);
    }

    fn constraints(&mut self, node: &Node, value: &Value, path: &Path) {
        if let Some(constraints) = &node.constraints {
            constraint::check(self, node, constraints, value, path);
        }
    }

    fn map(&mut self, node: &Node, map: &Map, path: &Path) {
        if self.depth >= DEEPEST {
            let message = format!("{path} is nested more than {DEEPEST} levels deep");
            self.findings
                .push(Finding::error(OBJECT_RANGE, path.pointer(), message));
            return;
        }
        self.depth += 1;
        for (key, value) in map.iter() {
            self.member(node, key, value, &path.key(key));
        }
        for name in node.required.iter() {
            if self.lacks(map, name) {
                self.missing(name, path);
            }
        }
        if node.embedded {
            for name in ["apiVersion", "kind"] {
                if map.get(name).is_none() {
                    self.missing(name, path);
                }
            }
        }
        self.depth -= 1;
    }

    fn member(&mut self, node: &Node, key: &str, value: &Value, path: &Path) {
        match (node.field(key), node.element) {
            (Some(field), _) if self.drops_nulls && matches!(value, Value::Null) => {
                self.dropped(field, path);
            }
            (Some(field), _) => self.value(field, value, path),
            (None, Some(element)) if node.shape != Shape::List => self.value(element, value, path),
            _ if node.embedded && matches!(key, "apiVersion" | "kind") => {
                self.typed_text(value, path);
            }
            _ if node.embedded && key == "metadata" => self.metadata(value, path),
            _ if node.preserves_unknown => {}
            _ => self.unknown(node, key, path),
        }
    }

    fn list(&mut self, node: &Node, list: &[Value], path: &Path) {
        let Some(element) = node.element.filter(|_| self.depth < DEEPEST) else {
            return;
        };
        self.depth += 1;
        for (index, value) in list.iter().enumerate() {
            self.value(element, value, &path.index(index));
        }
        self.depth -= 1;
    }

    fn root_metadata(&mut self, entry: &Entry, own: Option<NodeId>, value: &Value, path: &Path) {
        match own {
            Some(id) if entry.minor.is_some() => self.value(id, value, path),
            own => {
                self.metadata(value, path);
                if let Some(id) = own {
                    self.own_metadata(id, value, path);
                }
            }
        }
    }

    /// What a definition demands of `metadata` beyond the schema that all objects share.
    fn own_metadata(&mut self, id: NodeId, value: &Value, path: &Path) {
        let node = self.arena.node(id);
        for (key, value) in value.as_map().into_iter().flat_map(Map::iter) {
            if let Some(field) = node.field(key) {
                self.value(field, value, &path.key(key));
            }
        }
        self.constraints(node, value, path);
    }

    fn metadata(&mut self, value: &Value, path: &Path) {
        let Some(id) = self.meta.meta else {
            return;
        };
        let mut walk = Walk {
            arena: self.meta,
            meta: self.meta,
            kind: self.kind,
            findings: self.findings,
            depth: self.depth,
            drops_nulls: self.drops_nulls,
        };
        walk.value(id, value, path);
    }

    /// The object has a name, or lets the API server make one.
    fn identity(&mut self, map: &Map) {
        let metadata = map.get("metadata");
        let Some(Value::Map(metadata)) = metadata else {
            if metadata.is_none() {
                self.missing("metadata", &Path::ROOT);
            }
            return;
        };
        if metadata.get("name").is_none() && metadata.get("generateName").is_none() {
            self.missing("name", &Path::ROOT.key("metadata"));
        }
    }

    fn typed_text(&mut self, value: &Value, path: &Path) {
        match value {
            Value::Str(text) if text.is_empty() => {
                let message = format!("{path} is empty");
                let finding = Finding::error(OBJECT_VALUE, path.pointer(), message);
                self.findings
                    .push(finding.help("write it out, such as `apps/v1` and `Deployment`"));
            }
            Value::Str(_) => {}
            _ => self.wrong_type(Shape::String, value, path),
        }
    }

    fn integer(&mut self, node: &Node, number: i64, path: &Path) {
        if node.format == Format::Int32 && i32::try_from(number).is_err() {
            let message = format!("{path} is `{number}`, which does not fit 32 bits");
            let finding = Finding::error(OBJECT_RANGE, path.pointer(), message);
            self.findings
                .push(finding.help("write a number between -2147483648 and 2147483647"));
        }
    }

    fn text(&mut self, node: &Node, text: &str, path: &Path) {
        if node.format != Format::None && !node.format.takes(text) {
            let value = shown(&text.into());
            let message = format!("{path} is {value}, {} is expected", node.format.expected());
            self.findings
                .push(Finding::error(OBJECT_VALUE, path.pointer(), message));
        }
    }

    fn quantity(&mut self, text: &str, path: &Path) {
        // Spaces around it, no other white space, are cut off before it is read.
        if !super::format::quantity(text.trim_matches(' ')) {
            let value = shown(&text.into());
            let message =
                format!("{path} is {value}, an amount such as `500m` or `1Gi` is expected");
            let finding = Finding::error(OBJECT_VALUE, path.pointer(), message);
            let help = "write a number with one of the suffixes `m`, `k`, `M`, `G`, `Ki`, `Mi`, `Gi` or none";
            self.findings.push(finding.help(help));
        }
    }

    fn status(&mut self, path: &Path) {
        let message = format!("`status` of {} is the controller's to write", self.kind);
        let finding = Finding::error(OBJECT_STATUS, path.pointer(), message);
        self.findings
            .push(finding.help("remove `status` from the manifest"));
    }

    fn lacks(&self, map: &Map, name: &str) -> bool {
        map.get(name)
            .is_none_or(|value| self.drops_nulls && matches!(value, Value::Null))
    }

    /// A null where nothing is lost but what the writer may have meant by it.
    fn dropped(&mut self, id: NodeId, path: &Path) {
        let first = self.findings.len();
        self.value(id, &Value::Null, path);
        for finding in self.findings.iter_mut().skip(first) {
            finding.severity = Severity::Warning;
        }
    }

    fn null(&mut self, node: &Node, path: &Path) {
        let message = format!("{path} is null, {} is expected", expected(node.shape));
        let finding = Finding::error(OBJECT_NULL, path.pointer(), message);
        self.findings
            .push(finding.help("remove the key, or give it a value"));
    }

    fn missing(&mut self, name: &str, path: &Path) {
        let kind = self.kind;
        let message = format!("{} is missing; {kind} requires it", path.key(name));
        let finding = Finding::error(MISSING_OBJECT_FIELD, path.pointer(), message);
        self.findings.push(finding.help(format!("add `{name}`")));
    }

    fn wrong_type(&mut self, shape: Shape, value: &Value, path: &Path) {
        let message = format!(
            "{path} is {}, {} is expected",
            described(value),
            expected(shape)
        );
        let mut finding = Finding::error(OBJECT_TYPE, path.pointer(), message);
        finding.help = duration(shape, value, &finding.pointer).or_else(|| remedy(shape, value));
        self.findings.push(finding);
    }

    fn unknown(&mut self, node: &Node, key: &str, path: &Path) {
        let message = format!("{path} is not a field of {}", self.kind);
        let mut finding = Finding::error(UNKNOWN_OBJECT_FIELD, path.pointer(), message);
        let names = node.fields.iter().map(|field| field.name.as_str());
        finding.help = Some(match nearest(key, names) {
            Some(name) => format!("write `{name}`, or remove the field"),
            None => alternatives(node),
        });
        self.findings.push(finding);
    }
}

fn alternatives(node: &Node) -> String {
    let mut names: Vec<_> = node
        .fields
        .iter()
        .map(|field| format!("`{}`", field.name))
        .collect();
    names.sort();
    match names.len() {
        0 => "remove it: no fields stand here".to_owned(),
        1..=LISTED => format!("remove it, or use one of {}", names.join(", ")),
        _ => "remove it, or move it to where it belongs".to_owned(),
    }
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        Shape::Any => "a value",
        Shape::Object => "a map",
        Shape::List => "a list",
        Shape::String => "a string",
        Shape::Integer => "an integer",
        Shape::Number => "a number",
        Shape::Boolean => "a boolean",
        Shape::IntOrString => "an integer or a string",
        Shape::Quantity => "an amount such as `500m` or `1Gi`",
    }
}

fn described(value: &Value) -> String {
    match value {
        Value::Null | Value::List(_) | Value::Map(_) => shown(value),
        Value::Bool(_) => format!("the boolean {}", shown(value)),
        Value::Int(_) => format!("the integer {}", shown(value)),
        Value::Float(_) => format!("the float {}", shown(value)),
        Value::Str(_) => format!("the string {}", shown(value)),
    }
}

/// A bare number is no duration, with quotes or without.
fn duration(shape: Shape, value: &Value, pointer: &str) -> Option<String> {
    const NAMES: [&str; 5] = ["interval", "duration", "delay", "timeout", "step"];
    let name = pointer.rsplit('/').next()?.to_ascii_lowercase();
    let number = value.as_int().filter(|_| shape == Shape::String)?;
    let is_time = NAMES.iter().any(|end| name.ends_with(end));
    is_time.then(|| format!("write a duration such as `{number}s`"))
}

fn remedy(shape: Shape, value: &Value) -> Option<String> {
    match (shape, value) {
        (Shape::Integer, Value::Str(text)) if text.parse::<i64>().is_ok() => {
            Some(format!("write {text} without quotes"))
        }
        (Shape::Boolean, Value::Str(text)) if matches!(text.as_str(), "true" | "false") => {
            Some(format!("write {text} without quotes"))
        }
        (Shape::Integer | Shape::IntOrString, Value::Float(number)) if number.fract() == 0.0 => {
            Some(format!("write {number:.0} without a fraction"))
        }
        (Shape::String, Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
            Some("put it in quotes".to_owned())
        }
        (Shape::List, _) => Some("write a list, even of one entry".to_owned()),
        _ => None,
    }
}
