//! Whether two data mean the same, wherever and in whichever spelling they are written.

use std::collections::BTreeMap;

use super::shape::{Datum, Key, Kind};
use crate::source::Span;

/// Places do not count, and neither does an empty map, set or group: it says nothing.
pub fn same(a: &Datum, b: &Datum) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(a), Kind::Scalar(b)) => a == b,
        (Kind::List(a), Kind::List(b)) => all(a, b, same),
        (Kind::Struct(a), Kind::Struct(b)) => all(a, b, |a, b| match (a, b) {
            (Some(a), Some(b)) => same(a, b),
            (Some(one), None) | (None, Some(one)) => says_nothing(one),
            (None, None) => true,
        }),
        (Kind::Map(a), Kind::Map(b)) => all(a, b, |(a, x), (b, y)| a.text == b.text && same(x, y)),
        (Kind::Tagged(a, x), Kind::Tagged(b, y)) => a == b && same(x, y),
        (Kind::Remove(a), Kind::Remove(b)) => taken(a) == taken(b),
        _ => false,
    }
}

fn says_nothing(datum: &Datum) -> bool {
    match &datum.kind {
        Kind::Map(entries) => entries.is_empty(),
        Kind::List(list) => list.is_empty(),
        Kind::Remove(entries) => entries.is_empty(),
        _ => false,
    }
}

fn all<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

/// What goes away of each field; nothing named means all of it.
fn taken(entries: &[(usize, Vec<Key>, Span)]) -> BTreeMap<usize, Option<Vec<&str>>> {
    let mut fields: BTreeMap<usize, Option<Vec<&str>>> = BTreeMap::new();
    for (at, keys, _) in entries {
        let keys = keys.iter().map(|key| key.text.as_str());
        let field = fields.entry(*at).or_insert_with(|| Some(Vec::new()));
        match (field.as_mut(), keys.len()) {
            (_, 0) => *field = None,
            (Some(list), _) => list.extend(keys),
            (None, _) => {}
        }
    }
    fields
}
