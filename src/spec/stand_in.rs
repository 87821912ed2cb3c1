//! Stand-ins for what could not be read: it is there, and nobody knows what it is.
//!
//! A refused value leaves an example of its field behind, a misspelt field the one that was meant.
//! What is found with the stand-ins and without them does not follow from the mistake.

use super::problem::HELPED;
use super::scalar::{Scalar as _, ScalarShape};
use super::shape::{Datum, Key, Kind, Shape, StandIn, StructShape};
use super::suggest;
use super::text::Name;
use crate::diagnostic::Diagnostics;
use crate::source::Span;

/// Structs in structs that a stand-in fills.
const DEPTH: usize = 4;

/// For a refused text.
pub fn scalar(text: &str, shape: &ScalarShape, span: Span) -> Option<Datum> {
    let meant = suggest::meant(text, shape).into_iter().next();
    let text = meant.or_else(|| example(shape))?;
    let datum = Datum::new(Kind::Scalar(text.as_str().into()), span);
    Some(match shape.name == Name::SHAPE.name {
        true => named(datum),
        false => marked(datum),
    })
}

/// For a refused name.
pub fn key(text: &str, span: Span) -> Key {
    let meant = suggest::meant(text, &Name::SHAPE).into_iter().next();
    let text = meant.map_or(Name::SHAPE.example.into(), |text| text.as_str().into());
    Key { text, span }
}

/// For a list: without one of its items nobody knows the list.
pub fn list(items: Vec<Datum>, span: Span) -> Datum {
    let stand_in = of_any(&items);
    let mut list = Datum::new(Kind::List(items), span);
    list.stand_in = stand_in;
    list
}

pub fn of_any(items: &[Datum]) -> StandIn {
    let all = items.iter().map(|item| item.stand_in);
    all.max().unwrap_or_default()
}

/// A text that the shape accepts; what examples leave out of a digest is filled in.
fn example(shape: &ScalarShape) -> Option<String> {
    let filled = [0, 60, 64].map(|length| shape.example.replace('…', &"0".repeat(length)));
    filled.into_iter().find(|text| (shape.check)(text).is_ok())
}

/// For a field whose content could not be read. Of many mistakes the first ones get a stand-in.
pub fn field(shape: &Shape, span: Span, diags: &Diagnostics) -> Option<Datum> {
    let is_early = diags.n_errors() <= HELPED;
    is_early.then(|| value(shape, span, DEPTH).map(marked))?
}

/// For a struct.
pub fn fields(shape: &StructShape, span: Span, diags: &Diagnostics) -> Datum {
    let depth = if diags.n_errors() <= HELPED { DEPTH } else { 0 };
    marked(filled(shape, span, depth))
}

fn value(shape: &Shape, span: Span, depth: usize) -> Option<Datum> {
    let depth = depth.checked_sub(1)?;
    let text = |shape| {
        Some(Datum::new(
            Kind::Scalar(example(shape)?.as_str().into()),
            span,
        ))
    };
    let entry = |key: &str, datum| {
        let text = key.into();
        Kind::Map(vec![(Key { text, span }, named(datum))])
    };
    let kind = match shape {
        Shape::Scalar(shape) if shape.name == Name::SHAPE.name => return text(shape).map(named),
        Shape::Scalar(shape) => return text(shape),
        Shape::Flag => Kind::Scalar("true".into()),
        Shape::Sequence(shape) | Shape::Set(shape) => Kind::List(vec![text(shape)?]),
        Shape::Struct(shape) => return Some(filled(shape, span, depth)),
        Shape::Map(shape) | Shape::Group(shape) => {
            entry(Name::SHAPE.example, filled(shape, span, depth))
        }
        Shape::List(shape) => Kind::List(vec![filled(shape, span, depth)]),
        Shape::Strings(key, shape) => entry(&example(key)?, text(shape)?),
        Shape::Calls(callee, _) => entry(&example(callee)?, Datum::new(Kind::List(vec![]), span)),
        // The first one is what holds where none is written.
        Shape::Tagged(tags) => {
            let (_, shape) = tags.last()?;
            Kind::Tagged(tags.len() - 1, Box::new(filled(shape, span, depth)))
        }
        Shape::Remove => return None,
    };
    Some(Datum::new(kind, span))
}

fn filled(shape: &StructShape, span: Span, depth: usize) -> Datum {
    let fields = shape.fields.iter();
    let fields = fields.map(|field| value(&field.shape, span, depth));
    Datum::new(Kind::Struct(fields.collect()), span)
}

/// The struct that holds the field at `place`, and its position there.
pub fn within<'s>(shape: &'s StructShape, place: &[usize]) -> Option<(&'s StructShape, usize)> {
    let (at, outer) = place.split_last()?;
    let inner = outer
        .iter()
        .try_fold(shape, |shape, at| match shape.fields.get(*at)?.shape {
            Shape::Struct(inner) => Some(inner),
            _ => None,
        })?;
    Some((inner, *at))
}

/// What a misspelt field holds, as far as it could be read; `diags` are of reading it.
pub fn meant(read: Option<Datum>, shape: &Shape, span: Span, diags: &Diagnostics) -> Option<Datum> {
    match (shape, read) {
        (Shape::Struct(_), Some(_)) if diags.has_errors() => field(shape, span, diags),
        (_, None) => field(shape, span, diags),
        (_, read) => read,
    }
}

/// `datum` in the place of a value.
pub fn marked(mut datum: Datum) -> Datum {
    datum.stand_in = datum.stand_in.max(StandIn::Value);
    datum
}

/// `datum` under a name, or as one, that could not be read.
pub fn named(mut datum: Datum) -> Datum {
    datum.stand_in = StandIn::Name;
    datum
}

/// Puts what was meant where it was meant, beside what is there.
pub fn put(fields: &mut [Option<Datum>], place: &[usize], shape: &StructShape, datum: Datum) {
    let Some((at, inner)) = place.split_first() else {
        return;
    };
    let (Some(slot), Some(field)) = (fields.get_mut(*at), shape.fields.get(*at)) else {
        return;
    };
    match (slot.as_mut().map(|old| &mut old.kind), field.shape) {
        (Some(Kind::Struct(fields)), Shape::Struct(shape)) => put(fields, inner, shape, datum),
        (Some(Kind::Map(old)), _) => beside(old, datum),
        (Some(Kind::List(old)), _) => {
            if let Kind::List(new) = datum.kind {
                old.extend(new.into_iter().map(marked));
            }
        }
        (Some(_), _) => {}
        (None, Shape::Struct(shape)) if !inner.is_empty() => {
            let mut fields: Vec<_> = shape.fields.iter().map(|_| None).collect();
            let span = datum.span;
            put(&mut fields, inner, shape, datum);
            *slot = Some(marked(Datum::new(Kind::Struct(fields), span)));
        }
        (None, _) => *slot = Some(marked(datum)),
    }
}

fn beside(old: &mut Vec<(Key, Datum)>, datum: Datum) {
    let Kind::Map(new) = datum.kind else {
        return;
    };
    for (key, value) in new {
        if old.iter().all(|(other, _)| other.text != key.text) {
            old.push((key, marked(value)));
        }
    }
}

impl Datum {
    /// The same without stand-ins; nothing where it is one.
    pub fn without_stand_ins(&self) -> Option<Datum> {
        if self.stand_in != StandIn::Nothing {
            return None;
        }
        let kind = match &self.kind {
            Kind::Scalar(_) | Kind::Remove(_) => self.kind.clone(),
            Kind::List(list) => {
                Kind::List(list.iter().filter_map(Datum::without_stand_ins).collect())
            }
            Kind::Struct(fields) => {
                let fields = fields.iter();
                Kind::Struct(
                    fields
                        .map(|field| field.as_ref()?.without_stand_ins())
                        .collect(),
                )
            }
            Kind::Map(map) => {
                let entries = map.iter();
                let entry =
                    |(key, part): &(Key, Datum)| Some((key.clone(), part.without_stand_ins()?));
                Kind::Map(entries.filter_map(entry).collect())
            }
            Kind::Tagged(at, content) => Kind::Tagged(*at, Box::new(content.without_stand_ins()?)),
        };
        let below = self.below.clone();
        Some(Datum {
            kind,
            below,
            ..*self
        })
    }

    /// Gives this name to everything whose name could not be read; whether there is any.
    pub fn set_lost_names(&mut self, name: &str) -> bool {
        let is_lost = self.stand_in == StandIn::Name;
        let within = match &mut self.kind {
            Kind::Scalar(text) if is_lost => {
                *text = name.into();
                true
            }
            Kind::Scalar(_) | Kind::Remove(_) => false,
            Kind::List(list) => any(list.iter_mut(), name),
            Kind::Struct(fields) => any(fields.iter_mut().flatten(), name),
            Kind::Map(map) => {
                let keys = map.iter_mut();
                let lost = keys.filter(|(_, value)| value.stand_in == StandIn::Name);
                let n_lost = lost.map(|(key, _)| key.text = name.into()).count();
                any(map.iter_mut().map(|(_, value)| value), name) || n_lost > 0
            }
            Kind::Tagged(_, content) => content.set_lost_names(name),
        };
        is_lost || within
    }
}

/// Sets all of them, whatever one says.
fn any<'d>(parts: impl Iterator<Item = &'d mut Datum>, name: &str) -> bool {
    let lost = parts.filter_map(|part| part.set_lost_names(name).then_some(()));
    lost.count() > 0
}
