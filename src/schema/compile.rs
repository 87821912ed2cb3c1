//! JSON schemas, as Kubernetes and CustomResourceDefinitions write them, to nodes of an arena.

use rustc_hash::FxHashMap;

use super::arena::*;
use super::encode::node_key;
use crate::value::{Map, Str, Value};

/// Collects nodes; equal ones are one.
#[derive(Default)]
pub struct Compiler {
    nodes: Vec<Node>,
    index: FxHashMap<Vec<u8>, NodeId>,
    /// Stand-ins for definitions that refer to themselves, and what they stand for.
    links: Vec<(NodeId, NodeId)>,
}

/// OpenAPI definitions of one version of Kubernetes.
pub struct Definitions<'a> {
    pub version: &'a str,
    pub schemas: &'a Map,
    done: FxHashMap<Str, NodeId>,
    /// Definitions that are being compiled, with their stand-ins once these were needed.
    open: Vec<(Str, Option<NodeId>)>,
}

impl<'a> Definitions<'a> {
    pub fn new(version: &'a str, schemas: &'a Map) -> Definitions<'a> {
        Definitions {
            version,
            schemas,
            done: FxHashMap::default(),
            open: Vec::new(),
        }
    }
}

/// What stands around a schema.
enum Dialect<'d, 'a> {
    /// OpenAPI definitions of Kubernetes.
    Core(&'d mut Definitions<'a>),
    /// A structural schema.
    Structural,
    /// Below `allOf`, `anyOf`, `oneOf` or `not`: says nothing about unknown fields.
    Constraint,
}

impl Compiler {
    /// The structural schema of a custom resource.
    pub fn structural(&mut self, schema: &Value) -> NodeId {
        self.schema(schema, &mut Dialect::Structural)
    }

    /// The definition of that name; one that is not there takes anything.
    pub fn definition(&mut self, definitions: &mut Definitions, name: &str) -> NodeId {
        if let Some(id) = definitions.done.get(name) {
            return *id;
        }
        if let Some(at) = definitions.open.iter().position(|(open, _)| open == name) {
            let stand_in = definitions.open[at].1;
            return stand_in.unwrap_or_else(|| {
                let id = self.stand_in(definitions.version, name);
                definitions.open[at].1 = Some(id);
                id
            });
        }
        definitions.open.push((name.into(), None));
        let schema = definitions.schemas.get(name).cloned().unwrap_or_default();
        let id = match builtin(name) {
            Some(node) => self.intern(node),
            None => self.schema(&schema, &mut Dialect::Core(definitions)),
        };
        if let Some((_, Some(stand_in))) = definitions.open.pop() {
            self.links.push((stand_in, id));
        }
        definitions.done.insert(name.into(), id);
        id
    }

    /// The nodes; stand-ins are replaced by what they stand for.
    pub fn finish(self) -> (Vec<Node>, impl Fn(NodeId) -> NodeId) {
        let links = self.links;
        let resolve = move |id: NodeId| {
            let link = links.iter().find(|(stand_in, _)| *stand_in == id);
            link.map_or(id, |(_, target)| *target)
        };
        let mut nodes = self.nodes;
        for node in &mut nodes {
            node.fields
                .iter_mut()
                .for_each(|field| field.node = resolve(field.node));
            node.element = node.element.map(&resolve);
        }
        (nodes, resolve)
    }

    fn stand_in(&mut self, version: &str, name: &str) -> NodeId {
        let marker = Constraints {
            default: Some(format!("{version} {name}").into()),
            ..Constraints::default()
        };
        self.intern(Node {
            constraints: Some(Box::new(marker)),
            ..Node::default()
        })
    }

    fn intern(&mut self, node: Node) -> NodeId {
        let next = NodeId(self.nodes.len() as u32);
        let id = *self.index.entry(node_key(&node)).or_insert(next);
        if id == next {
            self.nodes.push(node);
        }
        id
    }

    fn schema(&mut self, schema: &Value, dialect: &mut Dialect) -> NodeId {
        let Some(map) = schema.as_map() else {
            return self.intern(anything());
        };
        if let (Dialect::Core(definitions), Some(name)) = (&mut *dialect, reference(map)) {
            return self.definition(definitions, name);
        }
        let mut node = Node {
            shape: shape(map),
            format: format(text(map, "format")),
            nullable: flag(map, "nullable"),
            embedded: flag(map, "x-kubernetes-embedded-resource"),
            preserves_unknown: preserves_unknown(map, dialect),
            ..Node::default()
        };
        self.fields(map, dialect, &mut node);
        node.element = self.element(map, dialect);
        node.required = self.required(map, &node, dialect);
        node.constraints = self.constraints(map, dialect).map(Box::new);
        self.mark(&mut node);
        self.intern(node)
    }

    fn fields(&mut self, map: &Map, dialect: &mut Dialect, node: &mut Node) {
        let properties = map.get("properties").and_then(Value::as_map);
        let mut fields: Vec<_> = properties
            .into_iter()
            .flat_map(Map::iter)
            .map(|(name, schema)| Field {
                name: name.clone(),
                node: self.schema(schema, dialect),
            })
            .collect();
        fields.sort_by(|a, b| field_order(&a.name, &b.name));
        node.fields = fields.into();
    }

    fn element(&mut self, map: &Map, dialect: &mut Dialect) -> Option<NodeId> {
        let further = map
            .get("additionalProperties")
            .filter(|schema| schema.as_map().is_some());
        let schema = map.get("items").or(further)?;
        Some(self.schema(schema, dialect))
    }

    /// The API server fills in a custom resource before it looks for what is missing. The
    /// defaults of built-in kinds are those of Go's types, and no help.
    fn required(&self, map: &Map, node: &Node, dialect: &Dialect) -> Box<[Str]> {
        let is_core = matches!(dialect, Dialect::Core(_));
        let defaulted = |name: &str| {
            let field = node.field(name).map(|id| &self.nodes[id.0 as usize]);
            field.is_some_and(|field| {
                let constraints = field.constraints.as_ref();
                constraints.is_some_and(|more| more.default.is_some())
            })
        };
        let mut names = strings(map, "required");
        names.retain(|name| is_core || !defaulted(name));
        names.sort();
        names.into()
    }

    fn constraints(&mut self, map: &Map, dialect: &mut Dialect) -> Option<Constraints> {
        let mut all = |key: &str| -> Box<[NodeId]> {
            let schemas = map.get(key).and_then(Value::as_list).unwrap_or(&[]);
            schemas
                .iter()
                .filter(|schema| !only_int_or_string(schema))
                .map(|schema| self.schema(schema, &mut Dialect::Constraint))
                .collect()
        };
        let is_core = matches!(dialect, Dialect::Core(_));
        let combined = !is_core && shape(map) != Shape::IntOrString;
        let (any_of, one_of) = match combined {
            true => (all("anyOf"), all("oneOf")),
            false => Default::default(),
        };
        let all_of = if is_core {
            Box::default()
        } else {
            all("allOf")
        };
        let not = map
            .get("not")
            .map(|schema| self.schema(schema, &mut Dialect::Constraint));
        let constraints = Constraints {
            default: map
                .get("default")
                .filter(|value| !is_core || !empty(value))
                .cloned(),
            allowed: map
                .get("enum")
                .and_then(Value::as_list)
                .unwrap_or(&[])
                .into(),
            pattern: map.get("pattern").and_then(Value::as_str).map(Pattern::new),
            minimum: bound(map, "minimum", "exclusiveMinimum"),
            maximum: bound(map, "maximum", "exclusiveMaximum"),
            multiple_of: map.get("multipleOf").and_then(float),
            length: count(map, "minLength", "maxLength"),
            items: count(map, "minItems", "maxItems"),
            properties: count(map, "minProperties", "maxProperties"),
            list: list_type(map),
            all_of,
            any_of,
            one_of,
            not,
            rules: rules(map),
        };
        (constraints != Constraints::default()).then_some(constraints)
    }

    fn mark(&self, node: &mut Node) {
        let guarded = |constraints: &Constraints| !constraints.rules.is_empty();
        node.guarded = node.constraints.as_deref().is_some_and(guarded);
        let structure: Vec<_> = node.fields.iter().map(|field| field.node).collect();
        for id in structure.into_iter().chain(node.element) {
            let child = &self.nodes[id.0 as usize];
            let default = child
                .constraints
                .as_ref()
                .is_some_and(|more| more.default.is_some());
            node.guarded |= child.guarded;
            node.defaulted |= child.defaulted || default;
        }
    }
}

fn anything() -> Node {
    Node {
        preserves_unknown: true,
        ..Node::default()
    }
}

/// Definitions whose schema says less than the code that reads them.
fn builtin(name: &str) -> Option<Node> {
    let (shape, format) = match name.rsplit_once('.')? {
        ("io.k8s.apimachinery.pkg.api.resource", "Quantity") => (Shape::Quantity, Format::None),
        ("io.k8s.apimachinery.pkg.util.intstr", "IntOrString") => {
            (Shape::IntOrString, Format::Int32)
        }
        ("io.k8s.apimachinery.pkg.apis.meta.v1", "MicroTime") => (Shape::String, Format::MicroTime),
        _ => return None,
    };
    Some(Node {
        shape,
        format,
        ..Node::default()
    })
}

/// The definition that a schema is nothing but a reference to.
fn reference(map: &Map) -> Option<&str> {
    let wrapped = map
        .get("allOf")
        .and_then(Value::as_list)
        .and_then(<[Value]>::first);
    let target = map.get("$ref").or_else(|| wrapped?.get("$ref"))?;
    target.as_str()?.rsplit('/').next()
}

fn shape(map: &Map) -> Shape {
    if flag(map, "x-kubernetes-int-or-string") {
        return Shape::IntOrString;
    }
    match text(map, "type") {
        "object" => Shape::Object,
        "array" => Shape::List,
        "string" => Shape::String,
        "integer" => Shape::Integer,
        "number" => Shape::Number,
        "boolean" => Shape::Boolean,
        _ => Shape::Any,
    }
}

/// Names as `format` spells them, with or without dashes.
fn format(name: &str) -> Format {
    match name.replace('-', "").as_str() {
        "int32" => Format::Int32,
        "int64" => Format::Int64,
        "float" => Format::Float,
        "double" => Format::Double,
        "byte" => Format::Byte,
        "datetime" => Format::DateTime,
        "date" => Format::Date,
        "duration" => Format::Duration,
        "uri" => Format::Uri,
        "email" => Format::Email,
        "hostname" => Format::Hostname,
        "ipv4" => Format::Ipv4,
        "ipv6" => Format::Ipv6,
        "cidr" => Format::Cidr,
        "mac" => Format::Mac,
        "uuid" => Format::Uuid,
        _ => Format::None,
    }
}

fn preserves_unknown(map: &Map, dialect: &Dialect) -> bool {
    let open = map.get("additionalProperties").and_then(Value::as_bool) == Some(true);
    let bare = map.get("properties").is_none() && map.get("additionalProperties").is_none();
    match dialect {
        Dialect::Constraint => true,
        Dialect::Core(_) => open || bare,
        Dialect::Structural => open || flag(map, "x-kubernetes-preserve-unknown-fields"),
    }
}

/// What `x-kubernetes-int-or-string` says already: `anyOf` an integer or a string.
fn only_int_or_string(schema: &Value) -> bool {
    let branches = schema.get("anyOf").and_then(Value::as_list).unwrap_or(&[]);
    let types: Vec<_> = branches
        .iter()
        .filter_map(|branch| branch.get("type")?.as_str())
        .collect();
    types == ["integer", "string"]
}

fn list_type(map: &Map) -> ListType {
    let unique = flag(map, "uniqueItems");
    match text(map, "x-kubernetes-list-type") {
        "set" => ListType::Set,
        "map" => ListType::Map(strings(map, "x-kubernetes-list-map-keys").into()),
        _ if unique => ListType::Set,
        _ => ListType::Atomic,
    }
}

fn rules(map: &Map) -> Box<[Rule]> {
    let rules = map
        .get("x-kubernetes-validations")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    let member = |rule: &Value, key: &str| -> Str {
        rule.get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
            .trim()
            .into()
    };
    rules
        .iter()
        .map(|rule| Rule {
            rule: member(rule, "rule"),
            message: member(rule, "message"),
            message_expression: member(rule, "messageExpression"),
            field_path: member(rule, "fieldPath"),
            ..Rule::default()
        })
        .collect()
}

/// OpenAPI of Kubernetes gives the empty value of Go's type where there is no default.
fn empty(value: &Value) -> bool {
    value.as_map().is_some_and(Map::is_empty)
}

fn bound(map: &Map, key: &str, exclusive: &str) -> Option<Bound> {
    Some(Bound {
        value: map.get(key).and_then(float)?,
        exclusive: flag(map, exclusive),
    })
}

fn count(map: &Map, min: &str, max: &str) -> Count {
    let number = |key: &str| u64::try_from(map.get(key)?.as_int()?).ok();
    Count {
        min: number(min),
        max: number(max),
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn flag(map: &Map, key: &str) -> bool {
    map.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn text<'m>(map: &'m Map, key: &str) -> &'m str {
    map.get(key).and_then(Value::as_str).unwrap_or("")
}

fn strings(map: &Map, key: &str) -> Vec<Str> {
    let list = map.get(key).and_then(Value::as_list).unwrap_or(&[]);
    list.iter()
        .filter_map(Value::as_str)
        .map(Str::from)
        .collect()
}
