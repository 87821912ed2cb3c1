//! KDL nodes to data: the field's shape decides, never the look of the node.

use super::problem::{self, NOT_A_PROPERTY, WRONG_ARGUMENTS, WRONG_TYPE, repeated, take};
use super::scalar::{ScalarShape, one_of};
use super::shape::{Datum, FieldShape, Key, Kind, Shape, StructShape};
use super::suggest;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::{Node, Scalar, ScalarKind};

/// The words of a node in front of its block.
pub fn head(node: &Node) -> Span {
    let args = node.args.last().map(|arg| arg.span);
    let props = node.props.last().map(|(_, value)| value.span);
    [args, props]
        .into_iter()
        .flatten()
        .fold(node.name.span, Span::to)
}

/// Reads `node` as a struct; its first `skip` arguments are names that were used already.
pub fn read_struct(
    node: &Node,
    skip: usize,
    shape: &StructShape,
    diags: &mut Diagnostics,
) -> Datum {
    let mut reader = StructReader::new(shape, node.name.text.to_string());
    reader.arguments(node, skip, diags);
    for (name, value) in &node.props {
        reader.property(name, value, diags);
    }
    let children = node.children.as_deref().unwrap_or(&[]);
    reader.children(children, diags);
    Datum::new(Kind::Struct(reader.fields), head(node))
}

struct StructReader<'a> {
    shape: &'a StructShape,
    owner: String,
    fields: Vec<Option<Datum>>,
}

impl StructReader<'_> {
    fn new(shape: &StructShape, owner: String) -> StructReader<'_> {
        let fields = shape.fields.iter().map(|_| None).collect();
        StructReader {
            shape,
            owner: format!("`{owner}`"),
            fields,
        }
    }

    fn arguments(&mut self, node: &Node, skip: usize, diags: &mut Diagnostics) {
        let mut args = node.args.iter().skip(skip);
        for (at, field) in self
            .shape
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.argument)
        {
            let Shape::Scalar(scalar) = field.shape else {
                continue;
            };
            let Some(arg) = args.next() else { break };
            self.fields[at] = scalar_datum(arg, scalar, field.name, diags);
        }
        if let Some(extra) = args.next() {
            let names: Vec<_> = self
                .shape
                .fields
                .iter()
                .filter(|f| f.argument)
                .map(|f| f.name)
                .collect();
            let takes = match names.len() {
                0 => format!("{} takes no arguments here", self.owner),
                _ => format!("{} takes only {} as arguments", self.owner, one_of(&names)),
            };
            diags.push(
                Diagnostic::error(WRONG_ARGUMENTS, takes)
                    .at(extra.span, "one too many")
                    .help("write it as a property (`name=value`) or as a node in the block"),
            );
        }
    }

    fn property(&mut self, name: &Scalar, value: &Scalar, diags: &mut Diagnostics) {
        let Some(at) = self.shape.position(&name.text) else {
            problem::unknown_field(name, self.shape, &self.owner, diags);
            return;
        };
        let field = &self.shape.fields[at];
        if let Some(first) = &self.fields[at] {
            diags.push(repeated(
                &format!("`{}`", field.name),
                first.span,
                name.span,
            ));
            return;
        }
        self.fields[at] = match field.shape {
            Shape::Scalar(scalar) => scalar_datum(value, scalar, field.name, diags),
            Shape::Flag => flag_datum(value, field.name, diags),
            _ => {
                let message = format!("`{}` cannot be a property", field.name);
                let listed = match field.shape {
                    Shape::Sequence(scalar) | Shape::Set(scalar) => {
                        suggest::list(&value.text, field.name, scalar)
                    }
                    _ => None,
                };
                let example = listed.unwrap_or_else(|| problem::example(field.name, &field.shape));
                diags.push(
                    Diagnostic::error(NOT_A_PROPERTY, message)
                        .at(name.span, "is not a single value")
                        .help(format!("write a node in the block: `{example}`")),
                );
                None
            }
        };
    }

    fn children(&mut self, nodes: &[Node], diags: &mut Diagnostics) {
        for node in nodes {
            match self.shape.position(&node.name.text) {
                Some(at) => self.child(at, node, diags),
                None => problem::unknown_field(&node.name, self.shape, &self.owner, diags),
            }
        }
    }

    fn child(&mut self, at: usize, node: &Node, diags: &mut Diagnostics) {
        let field = &self.shape.fields[at];
        let slot = &mut self.fields[at];
        match field.shape {
            Shape::Set(scalar) => {
                let Some(values) = list_node(node, scalar, field, diags) else {
                    return;
                };
                append(slot, values, head(node));
            }
            Shape::List(shape) => {
                let value = read_struct(node, 0, shape, diags);
                append(slot, vec![value], head(node));
            }
            Shape::Map(shape) => keyed(slot, node, 1, shape, diags),
            Shape::Group(shape) => keyed(slot, node, usize::MAX, shape, diags),
            Shape::Strings(key, text) => strings(slot, node, key, text, diags),
            Shape::Calls(callee, variable) => calls(slot, node, callee, variable, diags),
            _ => match slot {
                Some(first) => {
                    let what = format!("`{}`", field.name);
                    diags.push(repeated(&what, first.span, node.name.span));
                }
                None => *slot = single(node, field, self.shape, diags),
            },
        }
    }
}

/// A node whose field takes one node only.
fn single(
    node: &Node,
    field: &FieldShape,
    owner: &StructShape,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    match field.shape {
        Shape::Scalar(scalar) => {
            let arg = one_argument(node, field, diags)?;
            scalar_datum(arg, scalar, field.name, diags)
        }
        Shape::Flag if node.args.is_empty() => {
            only_arguments(node, field, diags);
            Some(Datum::new(Kind::Scalar("true".into()), node.name.span))
        }
        Shape::Flag => flag_datum(one_argument(node, field, diags)?, field.name, diags),
        Shape::Sequence(scalar) => {
            let values = list_node(node, scalar, field, diags)?;
            Some(Datum::new(Kind::List(values), head(node)))
        }
        Shape::Struct(shape) => Some(read_struct(node, 0, shape, diags)),
        Shape::Tagged(tags) => tagged(node, tags, diags),
        Shape::Remove => Some(remove(node, owner, diags)),
        _ => None,
    }
}

fn append(slot: &mut Option<Datum>, values: Vec<Datum>, span: Span) {
    match slot {
        Some(Datum {
            kind: Kind::List(list),
            ..
        }) => list.extend(values),
        _ => *slot = Some(Datum::new(Kind::List(values), span)),
    }
}

fn scalar_datum(
    scalar: &Scalar,
    shape: &ScalarShape,
    field: &str,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    match take(scalar, shape, field) {
        Ok(text) => Some(Datum::new(Kind::Scalar(text), scalar.span)),
        Err(finding) => {
            diags.push(*finding);
            None
        }
    }
}

fn flag_datum(scalar: &Scalar, field: &str, diags: &mut Diagnostics) -> Option<Datum> {
    scalar_datum(
        scalar,
        &<bool as super::scalar::Scalar>::SHAPE,
        field,
        diags,
    )
}

fn wrong_arguments(node: &Node, field: &FieldShape, message: String) -> Diagnostic {
    let example = problem::example(field.name, &field.shape);
    Diagnostic::error(WRONG_ARGUMENTS, message)
        .at(head(node), "in this node")
        .help(format!("write it like `{example}`"))
}

/// Refuses properties and a block.
fn only_arguments(node: &Node, field: &FieldShape, diags: &mut Diagnostics) {
    if let Some((name, _)) = node.props.first() {
        let message = format!("`{}` has no field `{}`", field.name, name.text);
        diags.push(wrong_arguments(node, field, message));
    }
    if node.children.is_some() {
        let message = format!("`{}` takes no block", field.name);
        diags.push(wrong_arguments(node, field, message));
    }
}

fn one_argument<'a>(
    node: &'a Node,
    field: &FieldShape,
    diags: &mut Diagnostics,
) -> Option<&'a Scalar> {
    only_arguments(node, field, diags);
    if node.args.len() != 1 {
        let message = format!(
            "`{}` takes exactly one value, not {}",
            field.name,
            node.args.len()
        );
        diags.push(wrong_arguments(node, field, message));
    }
    node.args.first()
}

fn list_node(
    node: &Node,
    scalar: &ScalarShape,
    field: &FieldShape,
    diags: &mut Diagnostics,
) -> Option<Vec<Datum>> {
    only_arguments(node, field, diags);
    if node.args.is_empty() {
        diags.push(wrong_arguments(
            node,
            field,
            format!("`{}` names nothing", field.name),
        ));
        return None;
    }
    Some(
        node.args
            .iter()
            .filter_map(|arg| scalar_datum(arg, scalar, field.name, diags))
            .collect(),
    )
}

fn name_of(arg: &Scalar, what: &str, diags: &mut Diagnostics) -> Option<Key> {
    let shape = &<super::text::Name as super::scalar::Scalar>::SHAPE;
    match take(arg, shape, what) {
        Ok(text) => Some(Key {
            text,
            span: arg.span,
        }),
        Err(finding) => {
            diags.push(*finding);
            None
        }
    }
}

/// One entry for each of the first `most` arguments.
fn keyed(
    slot: &mut Option<Datum>,
    node: &Node,
    most: usize,
    shape: &StructShape,
    diags: &mut Diagnostics,
) {
    let what = &node.name.text;
    let names = node.args.len().min(most);
    if names == 0 {
        diags.push(
            Diagnostic::error(WRONG_ARGUMENTS, format!("this `{what}` has no name"))
                .at(node.name.span, "needs a name")
                .help(format!("write `{what} \"name\" …`")),
        );
    }
    let value = read_struct(node, names, shape, diags);
    let entries = map_entries(slot, node.name.span);
    for arg in &node.args[..names] {
        let Some(key) = name_of(arg, what, diags) else {
            continue;
        };
        add_entry(entries, key, value.clone(), what, diags);
    }
}

fn map_entries(slot: &mut Option<Datum>, span: Span) -> &mut Vec<(Key, Datum)> {
    if !matches!(
        slot,
        Some(Datum {
            kind: Kind::Map(_),
            ..
        })
    ) {
        *slot = Some(Datum::new(Kind::Map(Vec::new()), span));
    }
    match slot {
        Some(Datum {
            kind: Kind::Map(entries),
            ..
        }) => entries,
        _ => unreachable!("the slot was filled with a map"),
    }
}

fn add_entry(
    entries: &mut Vec<(Key, Datum)>,
    key: Key,
    value: Datum,
    what: &str,
    diags: &mut Diagnostics,
) {
    match entries.iter().find(|(other, _)| other.text == key.text) {
        Some((first, _)) => {
            diags.push(repeated(
                &format!("`{what} {}`", key.text),
                first.span,
                key.span,
            ));
        }
        None => entries.push((key, value)),
    }
}

/// Properties and children, each a key with one value.
fn pairs<'a>(node: &'a Node, diags: &mut Diagnostics) -> Vec<(&'a Scalar, &'a Scalar)> {
    let mut pairs: Vec<_> = node.props.iter().map(|(key, value)| (key, value)).collect();
    for child in node.children.as_deref().unwrap_or(&[]) {
        match (
            &child.args[..],
            child.props.is_empty() && child.children.is_none(),
        ) {
            ([value], true) => pairs.push((&child.name, value)),
            _ => diags.push(
                Diagnostic::error(
                    WRONG_ARGUMENTS,
                    format!("`{}` takes exactly one value", child.name.text),
                )
                .at(head(child), "in this node")
                .help(format!("write `{} \"value\"`", child.name.text)),
            ),
        }
    }
    pairs
}

fn strings(
    slot: &mut Option<Datum>,
    node: &Node,
    key_shape: &ScalarShape,
    shape: &ScalarShape,
    diags: &mut Diagnostics,
) {
    let what = &node.name.text;
    if let Some(arg) = node.args.first() {
        diags.push(
            Diagnostic::error(
                WRONG_ARGUMENTS,
                format!("`{what}` takes keys with values, not a bare value"),
            )
            .at(arg.span, "has no key")
            .help(format!(
                "write `{what} {}=\"{}\"`",
                key_shape.example, shape.example
            )),
        );
    }
    let pairs = pairs(node, diags);
    let entries = map_entries(slot, node.name.span);
    for (key, value) in pairs {
        let Some(Datum {
            kind: Kind::Scalar(text),
            span,
            ..
        }) = scalar_datum(key, key_shape, what, diags)
        else {
            continue;
        };
        let Some(value) = scalar_datum(value, shape, &text, diags) else {
            continue;
        };
        add_entry(entries, Key { text, span }, value, what, diags);
    }
}

fn calls(
    slot: &mut Option<Datum>,
    node: &Node,
    callee: &ScalarShape,
    variable: &ScalarShape,
    diags: &mut Diagnostics,
) {
    let what = &node.name.text;
    let pairs = pairs(node, diags);
    let entries = map_entries(slot, node.name.span);
    let named = |arg: &Scalar, diags: &mut Diagnostics| {
        let datum = scalar_datum(arg, callee, what, diags)?;
        let Kind::Scalar(text) = datum.kind else {
            return None;
        };
        Some(Key {
            text,
            span: arg.span,
        })
    };
    for arg in &node.args {
        let Some(key) = named(arg, diags) else {
            continue;
        };
        add_entry(
            entries,
            key,
            Datum::new(Kind::List(Vec::new()), arg.span),
            what,
            diags,
        );
    }
    for (name, arg) in pairs {
        let Some(variable) = scalar_datum(name, variable, what, diags) else {
            continue;
        };
        let Some(key) = named(arg, diags) else {
            continue;
        };
        add_entry(entries, key, variable, what, diags);
    }
}

fn tagged(
    node: &Node,
    tags: &[(&'static str, &'static StructShape)],
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let words: Vec<_> = tags.iter().map(|(name, _)| *name).collect();
    let what = &node.name.text;
    let Some(arg) = node.args.first() else {
        diags.push(
            Diagnostic::error(
                WRONG_ARGUMENTS,
                format!("`{what}` needs a kind: {}", one_of(&words)),
            )
            .at(node.name.span, "of which kind?")
            .help(format!("write `{what} {}`", words[0])),
        );
        return None;
    };
    let found = tags
        .iter()
        .position(|(name, _)| arg.kind == ScalarKind::String && *name == arg.text);
    let Some(at) = found else {
        diags.push(unknown_tag(what, &arg.text, arg.span, &words));
        return None;
    };
    let content = read_struct(node, 1, tags[at].1, diags);
    let span = content.span;
    Some(Datum::new(Kind::Tagged(at, Box::new(content)), span))
}

pub fn unknown_tag(what: &str, tag: &str, span: Span, words: &[&str]) -> Diagnostic {
    let help = match problem::nearest(tag, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use {}", one_of(words)),
    };
    Diagnostic::error(WRONG_TYPE, format!("there is no {what} `{tag}`"))
        .at(span, "unknown kind")
        .help(help)
}

/// `remove { external "x"; config "DEBUG"; expose }`.
fn remove(node: &Node, owner: &StructShape, diags: &mut Diagnostics) -> Datum {
    let mut taken = Vec::new();
    if let Some(arg) = node.args.first() {
        diags.push(
            Diagnostic::error(WRONG_ARGUMENTS, "`remove` takes a block")
                .at(arg.span, "belongs into a block")
                .help("write `remove { external \"api.example.com:443\" }`"),
        );
    }
    for child in node.children.as_deref().unwrap_or(&[]) {
        let name = &child.name.text;
        match owner.position(name).filter(|_| name != "remove") {
            None => problem::unknown_field(&child.name, owner, "what lies below", diags),
            Some(at) => {
                let keys = child.args.iter().map(|arg| Key {
                    text: arg.text.clone(),
                    span: arg.span,
                });
                taken.push((at, keys.collect(), head(child)));
            }
        }
    }
    Datum::new(Kind::Remove(taken), head(node))
}
