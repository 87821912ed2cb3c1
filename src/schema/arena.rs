//! Schemas in the form that the checker walks: nodes in one flat table, each with its fields in a
//! sorted slice. Equal subtrees are one node, across kinds and Kubernetes versions.

use std::cmp::Ordering;
use std::sync::OnceLock;

use crate::value::{Str, Value};

/// Where a node stands in [`Arena::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// Which values a node takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Any,
    Object,
    List,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    /// An amount such as `500m` or `1Gi`; plain numbers too.
    Quantity,
}

/// The formats that the API server asserts; it ignores any other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    None,
    Int32,
    Int64,
    Float,
    Double,
    Byte,
    DateTime,
    /// RFC 3339 with exactly six digits of a second.
    MicroTime,
    Date,
    Duration,
    Uri,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Cidr,
    Mac,
    Uuid,
}

/// One named member of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: Str,
    pub node: NodeId,
}

/// What one place of an object may hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    pub shape: Shape,
    pub format: Format,
    pub nullable: bool,
    /// Members that no field names are kept and not looked at.
    pub preserves_unknown: bool,
    /// A whole object stands here: `apiVersion`, `kind` and `metadata` go without saying.
    pub embedded: bool,
    /// Rules stand at this node or below it.
    pub guarded: bool,
    /// Defaults stand below this node.
    pub defaulted: bool,
    /// Sorted by length, then by bytes.
    pub fields: Box<[Field]>,
    /// Of a list's items, or of an object's further members.
    pub element: Option<NodeId>,
    /// Sorted; of custom resources without those that have a default.
    pub required: Box<[Str]>,
    pub constraints: Option<Box<Constraints>>,
}

/// What only some nodes have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    pub default: Option<Value>,
    pub allowed: Box<[Value]>,
    pub pattern: Option<Pattern>,
    pub minimum: Option<Bound>,
    pub maximum: Option<Bound>,
    pub multiple_of: Option<f64>,
    pub length: Count,
    pub items: Count,
    pub properties: Count,
    pub list: ListType,
    pub all_of: Box<[NodeId]>,
    pub any_of: Box<[NodeId]>,
    pub one_of: Box<[NodeId]>,
    pub not: Option<NodeId>,
    pub rules: Box<[Rule]>,
}

impl Constraints {
    /// Are there forms of which the value has to match some?
    pub fn is_combined(&self) -> bool {
        !self.any_of.is_empty() || !self.one_of.is_empty() || self.not.is_some()
    }
}

/// A limit of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    pub value: f64,
    pub exclusive: bool,
}

/// Least and greatest number of characters, items or members.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    pub min: Option<u64>,
    pub max: Option<u64>,
}

/// Which items of a list are the same one.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ListType {
    #[default]
    Atomic,
    /// Equal items.
    Set,
    /// Items with equal values under these keys.
    Map(Box<[Str]>),
}

/// A regular expression in Go's syntax, compiled when first needed.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    pub text: Str,
    pub(super) compiled: OnceLock<Option<crate::re2::Re2>>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

/// A rule in CEL (`x-kubernetes-validations`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rule {
    pub rule: Str,
    /// Empty where the definition gives none.
    pub message: Str,
    /// CEL for a message; empty where there is none.
    pub message_expression: Str,
    /// Such as `.spec.host`, below the guarded place; empty for the place itself.
    pub field_path: Str,
    /// Why the rule cannot be evaluated without a cluster; empty where it can.
    pub unchecked: Str,
    pub(super) program: super::cel::Compiled,
}

/// One served version of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub api_version: Str,
    pub kind: Str,
    /// The minor version of Kubernetes that has this form of the kind; `None` for custom resources.
    pub minor: Option<u32>,
    pub namespaced: bool,
    pub root: NodeId,
    /// Who defines it: `kubernetes 1.36.3`, `argo-rollouts 1.10.1`.
    pub source: Str,
}

/// Everything about a set of kinds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arena {
    pub nodes: Vec<Node>,
    /// Sorted by API version, kind and minor.
    pub entries: Vec<Entry>,
    /// The schema of `metadata`.
    pub meta: Option<NodeId>,
    /// Names with versions of what went in, sorted.
    pub sources: Vec<Str>,
}

impl Arena {
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The default of the value at `id`.
    pub fn default_of(&self, id: NodeId) -> Option<&Value> {
        self.node(id).constraints.as_ref()?.default.as_ref()
    }
}

impl Node {
    pub fn field(&self, name: &str) -> Option<NodeId> {
        let at = self
            .fields
            .binary_search_by(|field| field_order(&field.name, name))
            .ok()?;
        Some(self.fields[at].node)
    }
}

/// The order of [`Node::fields`]: most names differ in length, which is quick to see.
pub fn field_order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}
