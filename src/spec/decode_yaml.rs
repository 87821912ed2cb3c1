//! YAML values to data: the same fields by name.

use super::decode_kdl::unknown_tag;
use super::problem::{self, WRONG_TYPE, repeated, take};
use super::scalar::{Accepts, Scalar as _, ScalarShape};
use super::shape::{Datum, Key, Kind, Shape, StandIn, StructShape};
use super::stand_in;
use super::suggest;
use super::text::Name;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::{Scalar, ScalarKind, Yaml, YamlKind};

type Entries = [(Scalar, Yaml)];

fn expected(what: &str, value: &Yaml, help: String) -> Diagnostic {
    let found = match &value.kind {
        YamlKind::Scalar(scalar) if scalar.kind == ScalarKind::Null => "nothing",
        YamlKind::Scalar(_) => "a single value",
        YamlKind::List(_) => "a list",
        YamlKind::Map(_) => "a map",
    };
    Diagnostic::error(WRONG_TYPE, format!("{what}, not {found}"))
        .at(value.span, found)
        .help(help)
}

/// The entries of a map; nothing counts as an empty one.
pub fn entries<'a>(what: &str, value: &'a Yaml, diags: &mut Diagnostics) -> Option<&'a Entries> {
    match &value.kind {
        YamlKind::Map(entries) => Some(entries),
        YamlKind::Scalar(scalar) if scalar.kind == ScalarKind::Null => Some(&[]),
        _ => {
            let help = format!("write `{what}: {{…}}`");
            diags.push(expected(&format!("`{what}` takes a map"), value, help));
            None
        }
    }
}

/// Reads a map as a struct. A single value fills the first positional field.
pub fn read_struct(
    name: &str,
    value: &Yaml,
    shape: &StructShape,
    diags: &mut Diagnostics,
) -> Datum {
    let mut fields: Vec<Option<Datum>> = shape.fields.iter().map(|_| None).collect();
    let positional = shape.fields.iter().position(|field| field.argument);
    if let (YamlKind::Scalar(scalar), Some(at)) = (&value.kind, positional)
        && scalar.kind != ScalarKind::Null
    {
        fields[at] = read_field(
            shape.fields[at].name,
            value,
            &shape.fields[at].shape,
            shape,
            diags,
        );
        return Datum::new(Kind::Struct(fields), value.span);
    }
    let Some(entries) = entries(name, value, diags) else {
        return stand_in::fields(shape, value.span, diags);
    };
    let mut unknown = Vec::new();
    for (key, value) in entries {
        match shape.position(&key.text) {
            Some(at) => {
                fields[at] = read_field(&key.text, value, &shape.fields[at].shape, shape, diags);
            }
            None => {
                let owner = format!("`{name}`");
                problem::unknown_field(key, shape, &owner, diags);
                if diags.n_errors() <= problem::HELPED {
                    unknown.push((key, value));
                }
            }
        }
    }
    for (key, value) in unknown {
        meant(key, value, shape, &mut fields);
    }
    Datum::new(Kind::Struct(fields), value.span)
}

/// Reads a misspelt field as the one that was meant.
fn meant(key: &Scalar, value: &Yaml, shape: &StructShape, fields: &mut [Option<Datum>]) {
    let place = suggest::place(&key.text, shape).unwrap_or_default();
    let Some((inner, at)) = stand_in::within(shape, &place) else {
        return;
    };
    let (field, mut diags) = (&inner.fields[at], Diagnostics::new());
    let read = read_field(field.name, value, &field.shape, inner, &mut diags);
    let datum = stand_in::meant(read, &field.shape, key.span, &diags);
    if let Some(datum) = datum {
        stand_in::put(fields, &place, shape, datum);
    }
}

fn read_field(
    name: &str,
    value: &Yaml,
    shape: &Shape,
    owner: &StructShape,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let read = match shape {
        Shape::Scalar(scalar) => scalar_datum(name, value, scalar, diags),
        Shape::Flag => scalar_datum(name, value, &bool::SHAPE, diags),
        Shape::Sequence(scalar) | Shape::Set(scalar) => list(name, value, scalar, diags),
        Shape::Struct(shape) => Some(read_struct(name, value, shape, diags)),
        Shape::Map(shape) => map(name, value, shape, diags),
        Shape::Group(shape) => group(name, value, shape, diags),
        Shape::List(shape) => structs(name, value, shape, diags),
        Shape::Strings(key, text) => strings(name, value, key, text, diags),
        Shape::Calls(callee, variable) => calls(name, value, callee, variable, diags),
        Shape::Tagged(tags) => tagged(name, value, tags, diags),
        Shape::Remove => remove(value, owner, diags),
    };
    read.or_else(|| stand_in::field(shape, value.span, diags))
}

fn scalar_datum(
    name: &str,
    value: &Yaml,
    shape: &ScalarShape,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let YamlKind::Scalar(scalar) = &value.kind else {
        let help = format!("write `{name}: {}`", example(shape));
        diags.push(expected(
            &format!("`{name}` takes {}", shape.name),
            value,
            help,
        ));
        return stand_in::scalar("", shape, value.span);
    };
    match take(scalar, shape, name) {
        Ok(text) => Some(Datum::new(Kind::Scalar(text), value.span)),
        Err(finding) => {
            diags.push(*finding);
            stand_in::scalar(&scalar.text, shape, value.span)
        }
    }
}

fn example(shape: &ScalarShape) -> String {
    match shape.accepts {
        Accepts::Text if shape.words.is_empty() => format!("\"{}\"", shape.example),
        _ => shape.example.to_string(),
    }
}

/// A list; one scalar counts as a list of one.
fn list(name: &str, value: &Yaml, shape: &ScalarShape, diags: &mut Diagnostics) -> Option<Datum> {
    let values = match &value.kind {
        YamlKind::List(list) => list
            .iter()
            .filter_map(|item| scalar_datum(name, item, shape, diags))
            .collect(),
        YamlKind::Scalar(_) => vec![scalar_datum(name, value, shape, diags)?],
        YamlKind::Map(_) => {
            let help = format!("write `{name}: [{}]`", example(shape));
            diags.push(expected(&format!("`{name}` takes a list"), value, help));
            return None;
        }
    };
    Some(stand_in::list(values, value.span))
}

/// The key, and whether it only stands for one that could not be read.
fn key_of(
    key: &Scalar,
    shape: &ScalarShape,
    what: &str,
    diags: &mut Diagnostics,
) -> Option<(Key, bool)> {
    let text = Scalar {
        kind: ScalarKind::String,
        ..key.clone()
    };
    match take(&text, shape, what) {
        Ok(text) => {
            let span = key.span;
            Some((Key { text, span }, false))
        }
        Err(finding) => {
            diags.push(*finding);
            let Kind::Scalar(text) = stand_in::scalar(&key.text, shape, key.span)?.kind else {
                return None;
            };
            let span = key.span;
            Some((Key { text, span }, true))
        }
    }
}

fn entry((key, is_stand_in): (Key, bool), content: Datum) -> (Key, Datum) {
    match is_stand_in {
        true => (key, stand_in::named(content)),
        false => (key, content),
    }
}

fn map(name: &str, value: &Yaml, shape: &StructShape, diags: &mut Diagnostics) -> Option<Datum> {
    let mut result = Vec::new();
    for (key, content) in entries(name, value, diags)? {
        let content = read_struct(name, content, shape, diags);
        let key = key_of(key, &Name::SHAPE, name, diags);
        result.extend(key.map(|key| entry(key, content)));
    }
    Some(Datum::new(Kind::Map(result), value.span))
}

/// A map, or a list of names that have nothing of their own.
fn group(name: &str, value: &Yaml, shape: &StructShape, diags: &mut Diagnostics) -> Option<Datum> {
    let YamlKind::List(names) = &value.kind else {
        return map(name, value, shape, diags);
    };
    let mut result: Vec<(Key, Datum)> = Vec::new();
    for item in names {
        let Some(Datum {
            kind: Kind::Scalar(text),
            span,
            stand_in,
            ..
        }) = scalar_datum(name, item, &Name::SHAPE, diags)
        else {
            continue;
        };
        if let Some((first, _)) = result.iter().find(|(key, _)| key.text == text) {
            diags.push(repeated(&format!("`{name} {text}`"), first.span, span));
            continue;
        }
        let empty = shape.fields.iter().map(|_| None).collect();
        let content = Datum::new(Kind::Struct(empty), span);
        let is_lost = stand_in != StandIn::Nothing;
        result.push(entry((Key { text, span }, is_lost), content));
    }
    Some(Datum::new(Kind::Map(result), value.span))
}

/// A list of structs; one struct counts as a list of one.
fn structs(
    name: &str,
    value: &Yaml,
    shape: &StructShape,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let items = match &value.kind {
        YamlKind::List(list) => list
            .iter()
            .map(|item| read_struct(name, item, shape, diags))
            .collect(),
        _ => vec![read_struct(name, value, shape, diags)],
    };
    Some(Datum::new(Kind::List(items), value.span))
}

fn strings(
    name: &str,
    value: &Yaml,
    key_shape: &ScalarShape,
    shape: &ScalarShape,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let mut result = Vec::new();
    for (key, content) in entries(name, value, diags)? {
        let content = scalar_datum(&key.text, content, shape, diags);
        let key = key_of(key, key_shape, name, diags);
        result.extend(key.zip(content).map(|(key, content)| entry(key, content)));
    }
    Some(Datum::new(Kind::Map(result), value.span))
}

/// Names, maps from variable to name, or a list of both.
fn calls(
    name: &str,
    value: &Yaml,
    callee: &ScalarShape,
    variable: &ScalarShape,
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let items = match &value.kind {
        YamlKind::List(items) => &items[..],
        _ => std::slice::from_ref(value),
    };
    let mut result: Vec<(Key, Datum)> = Vec::new();
    let mut add = |key: Key, content: Datum, diags: &mut Diagnostics| match result
        .iter()
        .find(|(other, _)| other.text == key.text)
    {
        Some((first, _)) => {
            diags.push(repeated(
                &format!("`{name} {}`", key.text),
                first.span,
                key.span,
            ));
        }
        None => result.push((key, content)),
    };
    for item in items {
        if let YamlKind::Map(entries) = &item.kind {
            for (key, content) in entries {
                let content = scalar_datum(name, content, callee, diags);
                let Some(Datum {
                    kind: Kind::Scalar(text),
                    span,
                    stand_in,
                    ..
                }) = content
                else {
                    continue;
                };
                let Some((set, is_guessed)) = key_of(key, variable, name, diags) else {
                    continue;
                };
                let mut datum = Datum::new(Kind::Scalar(set.text), set.span);
                datum.stand_in = match is_guessed {
                    true => StandIn::Name,
                    false => stand_in,
                };
                add(Key { text, span }, datum, diags);
            }
        } else if let Some(datum) = scalar_datum(name, item, callee, diags)
            && let Kind::Scalar(text) = datum.kind
        {
            let span = item.span;
            let mut nothing = Datum::new(Kind::List(Vec::new()), span);
            nothing.stand_in = datum.stand_in;
            add(Key { text, span }, nothing, diags);
        }
    }
    Some(Datum::new(Kind::Map(result), value.span))
}

/// `rollout: {canary: {…}}`, or the bare word for a tag without content.
fn tagged(
    name: &str,
    value: &Yaml,
    tags: &[(&'static str, &'static StructShape)],
    diags: &mut Diagnostics,
) -> Option<Datum> {
    let words: Vec<_> = tags.iter().map(|(word, _)| *word).collect();
    let (tag, content) = match &value.kind {
        YamlKind::Scalar(scalar) if scalar.kind == ScalarKind::String => (scalar, None),
        YamlKind::Map(entries) if entries.len() == 1 => (&entries[0].0, Some(&entries[0].1)),
        _ => {
            let help = format!(
                "write `{name}: {}` or `{name}: {{{}: {{…}}}}`",
                words[0], words[0]
            );
            diags.push(expected(&format!("`{name}` takes one kind"), value, help));
            return None;
        }
    };
    let Some(at) = words.iter().position(|word| *word == tag.text) else {
        diags.push(unknown_tag(name, &tag.text, tag.span, &words));
        let near = problem::nearest(&tag.text, words.iter().copied());
        let at = words.iter().position(|word| Some(*word) == near)?;
        let datum = match content {
            Some(content) => read_struct(&tag.text, content, tags[at].1, &mut Diagnostics::new()),
            None => stand_in::fields(tags[at].1, tag.span, diags),
        };
        let meant = Datum::new(Kind::Tagged(at, Box::new(datum)), tag.span);
        return Some(stand_in::marked(meant));
    };
    let datum = match content {
        Some(content) => read_struct(&tag.text, content, tags[at].1, diags),
        None => Datum::new(
            Kind::Struct(tags[at].1.fields.iter().map(|_| None).collect()),
            tag.span,
        ),
    };
    Some(Datum::new(Kind::Tagged(at, Box::new(datum)), tag.span))
}

/// A map from fields to what of them goes away: a name, a list of names, or `true` for all.
fn remove(value: &Yaml, owner: &StructShape, diags: &mut Diagnostics) -> Option<Datum> {
    let mut taken = Vec::new();
    for (field, content) in entries("remove", value, diags)? {
        let Some(at) = owner
            .position(&field.text)
            .filter(|_| field.text != "remove")
        else {
            problem::unknown_field(field, owner, "what lies below", diags);
            continue;
        };
        let items = match &content.kind {
            YamlKind::List(items) => &items[..],
            _ => std::slice::from_ref(content),
        };
        let mut keys = Vec::new();
        for item in items {
            match &item.kind {
                YamlKind::Scalar(scalar) if matches!(scalar.kind, ScalarKind::Bool(true)) => {}
                YamlKind::Scalar(scalar) => keys.push(Key {
                    text: scalar.text.clone(),
                    span: item.span,
                }),
                _ => {
                    let help = "write a name, a list of names, or `true` for all".to_string();
                    diags.push(expected("`remove` takes names", item, help));
                }
            }
        }
        taken.push((at, keys, field.span));
    }
    Some(Datum::new(Kind::Remove(taken), value.span))
}
