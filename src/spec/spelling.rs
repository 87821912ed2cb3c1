//! What a help tells to write, in the spelling of the file that it is about.

use super::document::Role;
use super::reference::nouns;
use super::scalar::Accepts;
use super::shape::{Shape, StructShape};
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::kdl;
use crate::syntax::{Node, Scalar, ScalarKind};

/// Longer snippets than any help has are left alone.
const LONGEST: usize = 200;

/// Whether helps about the file at `path` speak YAML.
pub fn is_yaml(path: &str) -> bool {
    let is_spec = !matches!(Role::of(path), None | Some(Role::Releases(_)));
    is_spec && !path.ends_with(".kdl")
}

/// A help with its snippets of KDL in YAML. What is no field of the language, or cannot be said in
/// one line, stays as it is.
pub fn in_yaml(help: &str) -> String {
    let parts = help.split('`').enumerate().map(|(at, part)| match at % 2 {
        1 => snippet(part).unwrap_or_else(|| part.to_string()),
        _ => part.to_string(),
    });
    parts.collect::<Vec<_>>().join("`")
}

fn snippet(text: &str) -> Option<String> {
    if text.len() > LONGEST || text.contains('…') || !text.contains([' ', '=']) {
        return None;
    }
    if let Some([node]) = nodes(text).as_deref() {
        return field(node, None);
    }
    // A property alone, or several of them.
    match nodes(&format!("x {text}")).as_deref() {
        Some([node]) if node.args.is_empty() && !node.props.is_empty() => {
            Some(entries(node, None)?.join(", "))
        }
        _ => None,
    }
}

fn nodes(text: &str) -> Option<Vec<Node>> {
    let mut diags = Diagnostics::new();
    kdl::read(FileId(0), text, &mut diags).filter(|_| diags.is_empty())
}

/// A node as an entry of a map; `within` is the struct that it is a field of, where that is known.
fn field(node: &Node, within: Option<&StructShape>) -> Option<String> {
    let name = node.name.text.as_str();
    let own = within.and_then(|shape| Some(shape.fields[shape.position(name)?].shape));
    let shape = own.or_else(|| {
        let fields = nouns().into_iter().flat_map(|(_, noun)| noun.fields);
        let same = fields.filter(|field| field.name == name);
        same.map(|field| field.shape)
            .find(|shape| fits(shape, node))
    })?;
    Some(format!("{name}: {}", value(node, &shape)?))
}

/// Of several fields of one name the one that is written like this.
fn fits(shape: &Shape, node: &Node) -> bool {
    let has_more = !node.props.is_empty() || node.children.is_some();
    match shape {
        Shape::Scalar(_) | Shape::Sequence(_) | Shape::Set(_) | Shape::Flag => !has_more,
        Shape::Map(_) | Shape::Group(_) => !node.args.is_empty(),
        _ => true,
    }
}

fn value(node: &Node, shape: &Shape) -> Option<String> {
    let map = |entries: Vec<String>| format!("{{{}}}", entries.join(", "));
    match shape {
        Shape::Calls(..) if node.args.is_empty() || node.children.is_some() => None,
        Shape::Scalar(_) | Shape::Sequence(_) | Shape::Set(_) | Shape::Calls(..) => {
            match &node.args[..] {
                [one] => Some(scalar(one)),
                [] => None,
                many => Some(format!(
                    "[{}]",
                    many.iter().map(scalar).collect::<Vec<_>>().join(", ")
                )),
            }
        }
        Shape::Struct(shape) => positional(node, 0, shape).map(|entries| match &entries[..] {
            [_] if node.args.len() == 1 => scalar(&node.args[0]),
            _ => map(entries),
        }),
        Shape::Map(shape) | Shape::Group(shape) => {
            let name = node.args.first()?;
            let inner = positional(node, 1, shape)?;
            Some(format!("{{{}: {}}}", name.text, map(inner)))
        }
        Shape::Tagged(tags) => {
            let word = node.args.first()?;
            let (_, shape) = tags.iter().find(|(tag, _)| *tag == word.text)?;
            let inner = positional(node, 1, shape)?;
            Some(match inner.is_empty() {
                true => word.text.to_string(),
                false => format!("{{{}: {}}}", word.text, map(inner)),
            })
        }
        Shape::Strings(..) if node.args.is_empty() => entries(node, None).map(map),
        _ => None,
    }
}

/// All fields of a node whose first `skip` arguments are names.
fn positional(node: &Node, skip: usize, shape: &StructShape) -> Option<Vec<String>> {
    let names = shape.fields.iter().filter(|field| field.argument);
    let args: Vec<_> = node.args.iter().skip(skip).collect();
    let mut out: Vec<_> = names
        .zip(&args)
        .map(|(field, arg)| format!("{}: {}", field.name, scalar(arg)))
        .collect();
    if out.len() < args.len() {
        return None;
    }
    out.extend(entries(node, Some(shape))?);
    Some(out)
}

/// The properties and children of a node.
fn entries(node: &Node, shape: Option<&StructShape>) -> Option<Vec<String>> {
    let props = node.props.iter().map(|(name, value)| {
        let quoted = super::print_yaml::word(&name.text);
        Some(format!("{quoted}: {}", scalar(value)))
    });
    let children = node.children.as_deref().unwrap_or(&[]);
    props
        .chain(children.iter().map(|child| field(child, shape)))
        .collect()
}

fn scalar(value: &Scalar) -> String {
    match value.kind {
        ScalarKind::String if is_word(&value.text) => value.text.to_string(),
        ScalarKind::String => super::print_yaml::quote(&value.text),
        ScalarKind::Bool(flag) => flag.to_string(),
        _ => value.text.to_string(),
    }
}

/// Words of enumerations stand without quotes in YAML, too.
fn is_word(text: &str) -> bool {
    let of = |shape: &Shape| match shape {
        Shape::Scalar(scalar) => scalar.accepts == Accepts::Text && scalar.words.contains(&text),
        _ => false,
    };
    let mut fields = nouns().into_iter().flat_map(|(_, noun)| noun.fields);
    text != "off" && fields.any(|field| of(&field.shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_of_helps_are_said_in_yaml() {
        for (kdl, yaml) in [
            ("write `http 8080`", "write `http: 8080`"),
            (
                "write `require errors=\"<1%\"`, and where",
                "write `require: {errors: \"<1%\"}`, and where",
            ),
            (
                "write `slo availability=\"99.9%\" window=\"30d\"`",
                "write `slo: {availability: \"99.9%\", window: \"30d\"}`",
            ),
            ("or `rollout rolling`", "or `rollout: rolling`"),
            (
                "write `live { command \"/bin/check\" }`",
                "write `live: {command: \"/bin/check\"}`",
            ),
            (
                "write `errors=\"<0.6%\"` at most",
                "write `errors: \"<0.6%\"` at most",
            ),
            (
                "`traffic \"inside\" mesh=\"istio\"`",
                "`traffic: {inside: {mesh: istio}}`",
            ),
            ("`steps 5 25 100`", "`steps: [5, 25, 100]`"),
            ("`live \"/health\"`", "`live: \"/health\"`"),
            (
                "`nodes \"example.com/disk\"=\"ssd\"`",
                "`nodes: {\"example.com/disk\": \"ssd\"}`",
            ),
            // No snippets of the language stay as they are.
            ("run `tiphys init`", "run `tiphys init`"),
            ("raise `replicas min` to 4", "raise `replicas min` to 4"),
            ("did you mean `calls`?", "did you mean `calls`?"),
        ] {
            assert_eq!(in_yaml(kdl), yaml);
        }
    }
}
