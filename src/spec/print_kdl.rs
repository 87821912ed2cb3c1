//! Data to KDL, by the same shapes that read it. The formatter gives the text its layout.

use super::document::{Document, Role};
use super::scalar::{Accepts, ScalarShape};
use super::shape::{Datum, FieldShape, Key, Kind, Shape, StructShape};
use crate::syntax::kdl::edit::{is_bare, name, quote};

/// The text of a document, not yet formatted. The error names a field whose value KDL cannot say:
/// an empty list.
pub fn document(document: &Document) -> Result<String, String> {
    let shape = document.role.shape();
    let mut node = Line::new(document.role.word());
    node.words.push(quote(&document.name.text));
    let is_head =
        |at: usize| is_simple(&shape.fields[at]) && (0..at).all(|at| is_simple(&shape.fields[at]));
    node.content(shape, &document.datum, &is_head)?;
    Ok(node.root())
}

fn is_simple(field: &FieldShape) -> bool {
    matches!(field.shape, Shape::Scalar(_))
}

/// One node: its words, and the nodes in its block.
struct Line {
    words: Vec<String>,
    block: Vec<Line>,
}

impl Line {
    fn new(word: &str) -> Line {
        Line {
            words: vec![name(word)],
            block: Vec::new(),
        }
    }

    fn root(&self) -> String {
        let head = self.words.join(" ");
        match self.block.is_empty() {
            true => format!("{head}\n"),
            false => {
                let lines: Vec<_> = self.block.iter().map(Line::text).collect();
                format!("{head} {{\n{}\n}}\n", lines.join("\n"))
            }
        }
    }

    fn text(&self) -> String {
        let head = self.words.join(" ");
        match self.block.is_empty() {
            true => head,
            false => {
                let lines: Vec<_> = self.block.iter().map(Line::text).collect();
                format!("{head} {{ {} }}", lines.join("; "))
            }
        }
    }

    /// The fields of a struct; single values for which `is_word` holds stand before the block.
    fn content(
        &mut self,
        shape: &StructShape,
        datum: &Datum,
        is_word: &dyn Fn(usize) -> bool,
    ) -> Result<(), String> {
        let mut positional = true;
        let present = |at: usize| datum.field(at).map(|datum| (&shape.fields[at], datum));
        let arguments = (0..shape.fields.len()).filter(|at| shape.fields[*at].argument);
        let mut done = Vec::new();
        for at in arguments {
            match (present(at), &shape.fields[at].shape) {
                (Some((_, datum)), Shape::Scalar(scalar)) if positional => {
                    self.words.push(argument(scalar, datum));
                    done.push(at);
                }
                _ => positional = false,
            }
        }
        for at in (0..shape.fields.len()).filter(|at| !done.contains(at)) {
            let Some((field, datum)) = present(at) else {
                continue;
            };
            match &field.shape {
                Shape::Scalar(scalar) if is_word(at) => {
                    let value = property(scalar, datum);
                    self.words.push(format!("{}={value}", name(field.name)));
                }
                _ => self.block.extend(nodes(field, shape, datum)?),
            }
        }
        Ok(())
    }
}

fn text(datum: &Datum) -> &str {
    match &datum.kind {
        Kind::Scalar(text) => text,
        _ => "",
    }
}

/// A value as a property, in quotes if it is a string.
fn property(shape: &ScalarShape, datum: &Datum) -> String {
    match shape.accepts {
        Accepts::Text => quote(text(datum)),
        Accepts::Integer => text(datum).to_string(),
        Accepts::Bool => format!("#{}", text(datum)),
    }
}

/// A value as an argument; words of enumerations stay bare.
fn argument(shape: &ScalarShape, datum: &Datum) -> String {
    match shape.words.contains(&text(datum)) && is_bare(text(datum)) {
        true => text(datum).to_string(),
        false => property(shape, datum),
    }
}

/// The nodes of one field.
fn nodes(field: &FieldShape, owner: &StructShape, datum: &Datum) -> Result<Vec<Line>, String> {
    match (&field.shape, &datum.kind) {
        (Shape::Sequence(_) | Shape::List(_), Kind::List(list)) if list.is_empty() => Err(format!(
            "`{}` is an empty list, which KDL cannot say",
            field.name
        )),
        (Shape::Set(_), Kind::List(list)) if list.is_empty() => Ok(Vec::new()),
        (Shape::List(shape), Kind::List(list)) => list
            .iter()
            .map(|part| block(field, &[], shape, part))
            .collect(),
        (Shape::Struct(shape), _) => Ok(vec![block(field, &[], shape, datum)?]),
        (Shape::Tagged(tags), Kind::Tagged(tag, content)) => {
            let (word, shape) = tags[*tag];
            Ok(vec![block(field, &[word], shape, content)?])
        }
        (Shape::Map(shape), Kind::Map(entries)) => named(field, shape, entries, false),
        (Shape::Group(shape), Kind::Map(entries)) => named(field, shape, entries, true),
        (Shape::Calls(..), Kind::Map(entries)) => Ok(calls(field, entries)),
        _ => Ok(vec![single(field, owner, datum)]),
    }
}

/// A node with the fields of a struct.
fn block(
    field: &FieldShape,
    words: &[&str],
    shape: &StructShape,
    datum: &Datum,
) -> Result<Line, String> {
    let mut node = Line::new(field.name);
    node.words.extend(words.iter().map(|word| word.to_string()));
    node.content(shape, datum, &|_| true)?;
    Ok(node)
}

/// What is one node, whatever it says.
fn single(field: &FieldShape, owner: &StructShape, datum: &Datum) -> Line {
    let mut node = Line::new(field.name);
    match (&field.shape, &datum.kind) {
        (Shape::Scalar(scalar), _) => node.words.push(argument(scalar, datum)),
        (Shape::Flag, _) if text(datum) != "true" => node.words.push("#false".into()),
        (Shape::Sequence(scalar) | Shape::Set(scalar), Kind::List(list)) => {
            node.words
                .extend(list.iter().map(|part| argument(scalar, part)));
        }
        (Shape::Strings(_, scalar), Kind::Map(entries)) => {
            let pair = |(key, value): &(Key, Datum)| {
                format!("{}={}", name(&key.text), property(scalar, value))
            };
            node.words.extend(entries.iter().map(pair));
        }
        (Shape::Remove, Kind::Remove(entries)) => {
            for (at, keys, _) in entries {
                let mut taken = Line::new(owner.fields[*at].name);
                taken.words.extend(keys.iter().map(|key| quote(&key.text)));
                node.block.push(taken);
            }
        }
        _ => {}
    }
    node
}

/// One node for each entry; in a group, neighbours that say nothing share one.
fn named(
    field: &FieldShape,
    shape: &StructShape,
    entries: &[(Key, Datum)],
    is_group: bool,
) -> Result<Vec<Line>, String> {
    let mut lines: Vec<Line> = Vec::new();
    let mut shared = false;
    for (key, datum) in entries {
        let says_nothing = (0..shape.fields.len()).all(|at| datum.field(at).is_none());
        let joins = is_group && shared && says_nothing;
        match lines.last_mut().filter(|_| joins) {
            Some(line) => line.words.push(quote(&key.text)),
            None => {
                let mut line = Line::new(field.name);
                line.words.push(quote(&key.text));
                // What takes several names has no other arguments: all fields are named.
                let as_property = |at: usize| !(is_group && shape.fields[at].argument);
                line.content(shape, datum, &as_property)?;
                lines.push(line);
            }
        }
        shared = says_nothing;
    }
    Ok(lines)
}

/// Runs of bare names, and runs of variables in blocks.
fn calls(field: &FieldShape, entries: &[(Key, Datum)]) -> Vec<Line> {
    let mut lines: Vec<Line> = vec![Line::new(field.name)];
    for (key, datum) in entries {
        let callee = quote(&key.text);
        let last = lines.last().map_or(0, |line| line.block.len());
        match &datum.kind {
            Kind::Scalar(variable) => {
                let mut set = Line::new(variable);
                set.words.push(callee);
                if let Some(line) = lines.last_mut() {
                    line.block.push(set);
                }
            }
            _ if last > 0 => {
                let mut line = Line::new(field.name);
                line.words.push(callee);
                lines.push(line);
            }
            _ => {
                if let Some(line) = lines.last_mut() {
                    line.words.push(callee);
                }
            }
        }
    }
    lines
}

impl Document {
    /// Whether the role has a KDL spelling.
    pub fn has_kdl(&self) -> bool {
        !matches!(self.role, Role::Releases(_))
    }
}
