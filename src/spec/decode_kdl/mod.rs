//! KDL nodes to data: the field's shape decides, never the look of the node.

mod keyed;

use keyed::{calls, keyed, strings};

use super::problem::{self, NOT_A_PROPERTY, WRONG_ARGUMENTS, WRONG_TYPE, repeated, take};
use super::scalar::{ScalarShape, one_of};
use super::shape::{Datum, FieldShape, Key, Kind, Shape, StructShape};
use super::{stand_in, suggest};
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
    reader.meant();
    Datum::new(Kind::Struct(reader.fields), head(node))
}

struct StructReader<'a, 'n> {
    shape: &'a StructShape,
    owner: String,
    fields: Vec<Option<Datum>>,
    /// What is no field of the struct.
    unknown: Vec<Unknown<'n>>,
}

enum Unknown<'n> {
    Property(&'n Scalar, &'n Scalar),
    Node(&'n Node),
}

impl<'n> Unknown<'n> {
    fn name(&self) -> &'n Scalar {
        match self {
            Unknown::Property(name, _) => name,
            Unknown::Node(node) => &node.name,
        }
    }
}

impl<'a, 'n> StructReader<'a, 'n> {
    fn new(shape: &'a StructShape, owner: String) -> StructReader<'a, 'n> {
        let fields = shape.fields.iter().map(|_| None).collect();
        StructReader {
            shape,
            owner: format!("`{owner}`"),
            fields,
            unknown: Vec::new(),
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

    fn property(&mut self, name: &'n Scalar, value: &'n Scalar, diags: &mut Diagnostics) {
        let Some(at) = self.shape.position(&name.text) else {
            problem::unknown_field(name, self.shape, &self.owner, diags);
            self.remember(Unknown::Property(name, value), diags);
            return;
        };
        self.property_at(at, name, value, diags);
    }

    fn property_at(&mut self, at: usize, name: &Scalar, value: &Scalar, diags: &mut Diagnostics) {
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
                stand_in::field(&field.shape, name.span, diags)
            }
        };
    }

    fn children(&mut self, nodes: &'n [Node], diags: &mut Diagnostics) {
        for node in nodes {
            match self.shape.position(&node.name.text) {
                Some(at) => self.child(at, node, diags),
                None => {
                    problem::unknown_field(&node.name, self.shape, &self.owner, diags);
                    self.remember(Unknown::Node(node), diags);
                }
            }
        }
    }

    fn remember(&mut self, unknown: Unknown<'n>, diags: &Diagnostics) {
        if diags.n_errors() <= problem::HELPED {
            self.unknown.push(unknown);
        }
    }

    /// Reads misspelt fields as those that were meant.
    fn meant(&mut self) {
        for unknown in std::mem::take(&mut self.unknown) {
            let name = unknown.name();
            let place = suggest::place(&name.text, self.shape).unwrap_or_default();
            let Some((inner, at)) = stand_in::within(self.shape, &place) else {
                continue;
            };
            let (mut reader, mut diags) =
                (StructReader::new(inner, String::new()), Diagnostics::new());
            match unknown {
                Unknown::Property(name, value) => reader.property_at(at, name, value, &mut diags),
                Unknown::Node(node) => reader.child(at, node, &mut diags),
            }
            let read = reader.fields[at].take();
            let shape = &inner.fields[at].shape;
            let datum = stand_in::meant(read, shape, name.span, &diags);
            if let Some(datum) = datum {
                stand_in::put(&mut self.fields, &place, self.shape, datum);
            }
        }
    }

    fn child(&mut self, at: usize, node: &Node, diags: &mut Diagnostics) {
        let field = &self.shape.fields[at];
        let slot = &mut self.fields[at];
        match field.shape {
            Shape::Set(scalar) => match list_node(node, scalar, field, diags) {
                Some(values) => append(slot, values, head(node)),
                None if slot.is_none() => *slot = stand_in::field(&field.shape, head(node), diags),
                None => {}
            },
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
            let Some(arg) = one_argument(node, field, diags) else {
                return stand_in::field(&field.shape, head(node), diags);
            };
            scalar_datum(arg, scalar, field.name, diags)
        }
        Shape::Flag if node.args.is_empty() => {
            only_arguments(node, field, diags);
            Some(Datum::new(Kind::Scalar("true".into()), node.name.span))
        }
        Shape::Flag => flag_datum(one_argument(node, field, diags)?, field.name, diags),
        Shape::Sequence(scalar) => match list_node(node, scalar, field, diags) {
            Some(values) => Some(Datum::new(Kind::List(values), head(node))),
            None => stand_in::field(&field.shape, head(node), diags),
        },
        Shape::Struct(shape) => Some(read_struct(node, 0, shape, diags)),
        Shape::Tagged(tags) => {
            tagged(node, tags, diags).or_else(|| stand_in::field(&field.shape, head(node), diags))
        }
        Shape::Remove => Some(remove(node, owner, diags)),
        _ => None,
    }
}

fn append(slot: &mut Option<Datum>, values: Vec<Datum>, span: Span) {
    match slot {
        Some(Datum {
            kind: Kind::List(list),
            stand_in,
            ..
        }) => {
            *stand_in = stand_in::of_any(&values).max(*stand_in);
            list.extend(values);
        }
        _ => *slot = Some(stand_in::list(values, span)),
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
            stand_in::scalar(&scalar.text, shape, scalar.span)
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
        let near = problem::nearest(&arg.text, words.iter().copied());
        let at = words.iter().position(|word| Some(*word) == near)?;
        let content = read_struct(node, 1, tags[at].1, &mut Diagnostics::new());
        let span = content.span;
        let meant = Datum::new(Kind::Tagged(at, Box::new(content)), span);
        return Some(stand_in::marked(meant));
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
