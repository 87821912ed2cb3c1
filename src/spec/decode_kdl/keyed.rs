//! Nodes whose entries have names: maps and groups, texts by key, calls.

use super::super::problem::{WRONG_ARGUMENTS, repeated, take};
use super::super::scalar::{Scalar as _, ScalarShape};
use super::super::shape::{Datum, Key, Kind, StandIn, StructShape};
use super::super::text::Name;
use super::super::{stand_in, suggest};
use super::{head, read_struct, scalar_datum};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::kdl::edit;
use crate::syntax::{Node, Scalar, ScalarKind};

fn name_of(arg: &Scalar, what: &str, diags: &mut Diagnostics) -> Result<Key, Key> {
    let shape = &Name::SHAPE;
    match take(arg, shape, what) {
        Ok(text) => Ok(Key {
            text,
            span: arg.span,
        }),
        Err(finding) => {
            let number = what == "port" && arg.kind == ScalarKind::Integer;
            diags.push(match number {
                true => finding.help(suggest::port(&arg.text)),
                false => *finding,
            });
            Err(stand_in::key(&arg.text, arg.span))
        }
    }
}

/// One entry for each of the first `most` arguments.
pub fn keyed(
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
    let nameless = |diags: &Diagnostics| match value.is_empty() {
        true => stand_in::fields(shape, node.name.span, diags),
        false => value.clone(),
    };
    if names == 0 {
        let key = stand_in::key("", node.name.span);
        add_stand_in(entries, key, nameless(diags));
    }
    for arg in &node.args[..names] {
        match name_of(arg, what, diags) {
            Ok(key) => add_entry(entries, key, value.clone(), what, diags),
            Err(key) => add_stand_in(entries, key, nameless(diags)),
        }
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

/// An entry whose key could not be read.
fn add_stand_in(entries: &mut Vec<(Key, Datum)>, key: Key, value: Datum) {
    if entries.iter().all(|(other, _)| other.text != key.text) {
        entries.push((key, stand_in::named(value)));
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
                .help(format!(
                    "write `{} \"value\"`",
                    edit::name(&child.name.text)
                )),
            ),
        }
    }
    pairs
}

/// How texts by key are written, with the key that a bare value may have been meant as.
fn keys_help(what: &str, bare: &str, key: &ScalarShape, value: &ScalarShape) -> String {
    let (meant, text) = bare.split_once('=').unwrap_or((bare, ""));
    let meant = (key.check)(meant).is_ok().then_some(meant);
    let text = (!text.is_empty() && (value.check)(text).is_ok()).then_some(text);
    let text = text.unwrap_or(value.example);
    let key = edit::name(meant.unwrap_or(key.example));
    format!("{what} {key}={}", edit::quote(text))
}

pub fn strings(
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
                "write `{}`",
                keys_help(what, &arg.text, key_shape, shape)
            )),
        );
    }
    let pairs = pairs(node, diags);
    let entries = map_entries(slot, node.name.span);
    for (key, value) in pairs {
        let Some(Datum {
            kind: Kind::Scalar(text),
            span,
            stand_in,
            ..
        }) = scalar_datum(key, key_shape, what, diags)
        else {
            continue;
        };
        let Some(value) = scalar_datum(value, shape, &text, diags) else {
            continue;
        };
        let key = Key { text, span };
        match stand_in {
            StandIn::Nothing => add_entry(entries, key, value, what, diags),
            _ => add_stand_in(entries, key, value),
        }
    }
}

pub fn calls(
    slot: &mut Option<Datum>,
    node: &Node,
    callee: &ScalarShape,
    variable: &ScalarShape,
    diags: &mut Diagnostics,
) {
    let what = &node.name.text;
    let pairs = pairs(node, diags);
    let entries = map_entries(slot, node.name.span);
    let mut add = |arg: &Scalar, content: Datum, diags: &mut Diagnostics| {
        let Some(datum) = scalar_datum(arg, callee, what, diags) else {
            return;
        };
        if let Kind::Scalar(text) = datum.kind {
            let span = arg.span;
            let key = Key { text, span };
            match datum.stand_in {
                StandIn::Nothing => add_entry(entries, key, content, what, diags),
                _ => add_stand_in(entries, key, content),
            }
        }
    };
    for arg in &node.args {
        let nothing = Datum::new(Kind::List(Vec::new()), arg.span);
        add(arg, nothing, diags);
    }
    for (name, arg) in pairs {
        if let Some(variable) = scalar_datum(name, variable, what, diags) {
            add(arg, variable, diags);
        }
    }
}
