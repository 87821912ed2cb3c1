//! Layers: what a higher one says over what a lower one says, by the shape of each field.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::nearest;
use super::shape::{Datum, Key, Kind, Shape, StructShape};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::value::Str;

crate::codes! {
    /// A `remove` block takes away something that no lower layer wrote. It would do nothing, and
    /// most often it is a typing error or outlived the thing that it removes. Correct or delete it.
    REMOVE_NOTHING = "remove-nothing": "a `remove` of something that is not there";
}

/// Which `remove` entries there are, and which of them took something away somewhere.
#[derive(Clone, Debug, Default)]
pub struct Removals {
    asked: BTreeSet<(Span, String)>,
    effective: BTreeSet<Span>,
}

impl Removals {
    pub fn append(&mut self, other: Removals) {
        self.asked.extend(other.asked);
        self.effective.extend(other.effective);
    }

    /// An error for each entry that never took anything away.
    pub fn report(&self, diags: &mut Diagnostics) {
        for (span, message) in &self.asked {
            if !self.effective.contains(span) {
                let finding = Diagnostic::error(REMOVE_NOTHING, message.clone());
                diags.push(
                    finding
                        .at(*span, "nothing to remove")
                        .help("delete it, or correct the name"),
                );
            }
        }
    }

    fn note(&mut self, span: Span, done: bool, message: String) {
        self.asked.insert((span, message));
        if done {
            self.effective.insert(span);
        }
    }
}

/// `above` over `below`, field by field.
pub fn structs(shape: &StructShape, below: Datum, above: &Datum, removals: &mut Removals) -> Datum {
    let (Kind::Struct(mut low), Kind::Struct(high)) = (below.kind, &above.kind) else {
        return above.clone();
    };
    for datum in high.iter().flatten() {
        if let Kind::Remove(entries) = &datum.kind {
            remove(shape, &mut low, entries, removals);
        }
    }
    let fields =
        shape
            .fields
            .iter()
            .zip(low.into_iter().zip(high))
            .map(|(field, pair)| match pair {
                (
                    _,
                    Some(Datum {
                        kind: Kind::Remove(_),
                        ..
                    }),
                ) => None,
                (Some(low), Some(high)) => Some(values(&field.shape, low, high, removals)),
                (low, high) => high.clone().or(low),
            });
    Datum {
        kind: Kind::Struct(fields.collect()),
        ..above.clone_place()
    }
}

impl Datum {
    fn clone_place(&self) -> Datum {
        Datum {
            kind: Kind::List(Vec::new()),
            span: self.span,
            layer: self.layer,
            below: self.below.clone(),
            stand_in: self.stand_in,
        }
    }

    fn over(&self, below: &Datum) -> Datum {
        let mut datum = self.clone();
        datum.below = below.below.clone();
        datum.below.push((below.layer, below.span));
        datum
    }
}

/// `above` over `below` in a field of this shape.
pub fn values(shape: &Shape, below: Datum, above: &Datum, removals: &mut Removals) -> Datum {
    match (shape, &above.kind) {
        (Shape::Set(_), Kind::List(_)) => unite(below, above),
        (Shape::Struct(shape), _) => structs(shape, below, above, removals),
        (Shape::Map(shape) | Shape::Group(shape), Kind::Map(entries)) => {
            by_key(below, above, entries, |low, high| {
                structs(shape, low, high, removals)
            })
        }
        (Shape::Strings(..), Kind::Map(entries)) => {
            by_key(below, above, entries, |low, high| high.over(&low))
        }
        (Shape::Calls(..), Kind::Map(entries)) => by_key(below, above, entries, |low, high| {
            let has_variable = matches!(high.kind, Kind::Scalar(_));
            if has_variable { high.over(&low) } else { low }
        }),
        (Shape::Tagged(tags), Kind::Tagged(tag, content)) => {
            tagged(tags[*tag].1, *tag, content, below, above, removals)
        }
        _ => above.over(&below),
    }
}

/// A preset begins anew, and so does another tag.
fn tagged(
    shape: &StructShape,
    tag: usize,
    content: &Datum,
    below: Datum,
    above: &Datum,
    removals: &mut Removals,
) -> Datum {
    let anew = shape
        .position("preset")
        .is_some_and(|at| content.field(at).is_some());
    match below.kind {
        Kind::Tagged(low_tag, low) if low_tag == tag && !anew => {
            let merged = structs(shape, *low, content, removals);
            Datum {
                kind: Kind::Tagged(tag, Box::new(merged)),
                ..above.clone_place()
            }
        }
        kind => above.over(&Datum { kind, ..below }),
    }
}

fn unite(below: Datum, above: &Datum) -> Datum {
    let (Kind::List(mut list), Kind::List(more)) = (below.kind, &above.kind) else {
        return above.clone();
    };
    for datum in more {
        let same = |other: &Datum| match (&other.kind, &datum.kind) {
            (Kind::Scalar(a), Kind::Scalar(b)) => a == b,
            _ => false,
        };
        if !list.iter().any(same) {
            list.push(datum.clone());
        }
    }
    Datum {
        kind: Kind::List(list),
        ..above.clone_place()
    }
}

fn by_key(
    below: Datum,
    above: &Datum,
    entries: &[(Key, Datum)],
    mut merge: impl FnMut(Datum, &Datum) -> Datum,
) -> Datum {
    let Kind::Map(mut map) = below.kind else {
        return above.clone();
    };
    let mut index = Index::new(&map);
    for (key, high) in entries {
        match index.find(&map, &key.text) {
            Some(at) => {
                let (old, low) = &mut map[at];
                let low = std::mem::replace(low, Datum::new(Kind::List(Vec::new()), high.span));
                *old = key.clone();
                map[at].1 = merge(low, high);
            }
            None => {
                index.add(&key.text, map.len());
                map.push((key.clone(), high.clone()));
            }
        }
    }
    Datum {
        kind: Kind::Map(map),
        ..above.clone_place()
    }
}

/// Where the keys of a map stand; of a small one nothing is worth remembering.
struct Index(Option<BTreeMap<Str, usize>>);

impl Index {
    /// From so many keys on.
    const LARGE: usize = 32;

    fn new(map: &[(Key, Datum)]) -> Index {
        let places = map.iter().enumerate();
        let places = places.map(|(at, (key, _))| (key.text.clone(), at));
        Index((map.len() >= Index::LARGE).then(|| places.collect()))
    }

    fn add(&mut self, key: &Str, at: usize) {
        if let Some(places) = &mut self.0 {
            places.insert(key.clone(), at);
        }
    }

    fn find(&self, map: &[(Key, Datum)], key: &Str) -> Option<usize> {
        match &self.0 {
            Some(places) => places.get(key).copied(),
            None => map.iter().position(|(other, _)| other.text == *key),
        }
    }
}

fn remove(
    shape: &StructShape,
    low: &mut [Option<Datum>],
    entries: &[(usize, Vec<Key>, Span)],
    removals: &mut Removals,
) {
    for (at, keys, span) in entries {
        let name = shape.fields[*at].name;
        if keys.is_empty() {
            let done = low[*at].take().is_some();
            removals.note(*span, done, format!("there is no `{name}` to remove"));
        }
        for key in keys {
            let (done, names) = remove_key(low[*at].as_mut(), &key.text);
            let near = nearest(&key.text, names.iter().map(String::as_str));
            let hint = near.map_or(String::new(), |near| format!("; there is `{near}`"));
            let message = format!("there is no `{name} {}` to remove{hint}", key.text);
            removals.note(key.span, done, message);
        }
    }
}

/// Whether it was there, and what else is.
fn remove_key(datum: Option<&mut Datum>, key: &str) -> (bool, Vec<String>) {
    let text = |datum: &Datum| match &datum.kind {
        Kind::Scalar(text) => text.to_string(),
        _ => String::new(),
    };
    match datum.map(|datum| &mut datum.kind) {
        Some(Kind::Map(entries)) => {
            let before = entries.len();
            entries.retain(|(other, _)| other.text != key);
            let names = entries
                .iter()
                .map(|(other, _)| other.text.to_string())
                .collect();
            (entries.len() < before, names)
        }
        Some(Kind::List(list)) => {
            let before = list.len();
            list.retain(|datum| text(datum) != key);
            (list.len() < before, list.iter().map(text).collect())
        }
        _ => (false, Vec::new()),
    }
}
