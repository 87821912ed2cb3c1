//! Manifests to values without positions: what a check of thousands of objects reads first.
//!
//! It says the same as [`super::read_foreign`] and [`super::to_value`] together, or nothing at
//! all: where anything is odd it gives up, and the slower reader tells what and where.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::events::is_block;
use super::foreign::{DEEPEST, EXPANDED, MOST, Reading, Size, reading};
use super::lenient;
use super::manifests::{self, Plain};
use super::scan;
use crate::value::{Map, Str, Value};
use rustc_hash::FxHashMap;

/// Maps up to this size look for a repeated key one by one.
const SMALL: usize = 12;

/// The documents of a text save empty ones; `None` where anything has to be reported.
pub(super) fn documents(text: &str) -> Option<Vec<Value>> {
    if !scan::is_clean(text) || lenient::is_doubtful(text) && lenient::refusal(text).is_some() {
        return None;
    }
    let mut builder = Builder {
        is_cut: !text.ends_with('\n'),
        ..Builder::default()
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        builder.event(next.ok()?.0)?;
    }
    Some(builder.documents)
}

/// A collection whose end is still to come.
struct Open {
    kind: Kind,
    anchor: usize,
}

enum Kind {
    List(Vec<Value>),
    Map {
        map: Map,
        key: Option<Str>,
        /// The next value is to be merged.
        merges: bool,
        merged: Vec<Value>,
    },
}

#[derive(Default)]
struct Builder {
    /// The last line has no end: a block of text there needs another look.
    is_cut: bool,
    stack: Vec<Open>,
    documents: Vec<Value>,
    anchors: FxHashMap<usize, (Value, Size)>,
    expanded: usize,
    /// Values of this document so far.
    n_values: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(&text, style, anchor, tag.as_deref())
            }
            Event::MappingStart(anchor, tag) => self.open(
                Kind::Map {
                    map: Map::with_capacity(4),
                    key: None,
                    merges: false,
                    merged: Vec::new(),
                },
                anchor,
                tag.as_deref(),
            ),
            Event::SequenceStart(anchor, tag) => {
                self.open(Kind::List(Vec::new()), anchor, tag.as_deref())
            }
            Event::MappingEnd | Event::SequenceEnd => self.close(),
            Event::Alias(anchor) => {
                let (value, size) = self.anchors.get(&anchor)?;
                self.expanded += size.values;
                let fits = self.expanded <= EXPANDED && self.stack.len() + size.depth <= DEEPEST;
                let value = fits.then(|| value.clone())?;
                self.value(value)
            }
            Event::DocumentStart(_) => {
                self.anchors.clear();
                self.expanded = 0;
                self.n_values = 0;
                Some(())
            }
            _ => Some(()),
        }
    }

    fn open(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>) -> Option<()> {
        let fits = self.stack.len() < DEEPEST && reading(tag) == Some(Reading::Plain);
        if !fits || self.awaits_key() {
            return None;
        }
        self.stack.push(Open { kind, anchor });
        Some(())
    }

    fn awaits_key(&self) -> bool {
        let open = self.stack.last().map(|open| &open.kind);
        matches!(
            open,
            Some(Kind::Map {
                key: None,
                merges: false,
                ..
            })
        )
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Option<()> {
        if self.is_cut && is_block(style) {
            return None;
        }
        let reading = reading(tag)?;
        let is_plain = style == ScalarStyle::Plain && reading == Reading::Plain;
        if self.awaits_key() {
            return self.key(text, is_plain);
        }
        let value = match is_plain {
            true => plain(text)?,
            false => Value::Str(text.into()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), size(&value)));
        }
        self.value(value)
    }

    fn key(&mut self, text: &str, is_plain: bool) -> Option<()> {
        let Some(Open {
            kind: Kind::Map { key, merges, .. },
            ..
        }) = self.stack.last_mut()
        else {
            return None;
        };
        if is_plain && text == "<<" {
            *merges = true;
            return Some(());
        }
        if is_plain && !manifests::is_key(text) {
            return None;
        }
        *key = Some(text.into());
        Some(())
    }

    fn close(&mut self) -> Option<()> {
        let open = self.stack.pop()?;
        let value = match open.kind {
            Kind::List(list) => Value::List(list),
            Kind::Map {
                mut map, merged, ..
            } => {
                if has_duplicates(&map) {
                    return None;
                }
                merged
                    .into_iter()
                    .try_for_each(|one| merge(&mut map, one))?;
                Value::Map(map)
            }
        };
        if open.anchor > 0 {
            let size = size(&value);
            self.anchors.insert(open.anchor, (value.clone(), size));
        }
        self.value(value)
    }

    /// Puts a complete value where it belongs.
    fn value(&mut self, value: Value) -> Option<()> {
        self.n_values += 1;
        if self.n_values > MOST {
            return None;
        }
        match self.stack.last_mut().map(|open| &mut open.kind) {
            None if value == Value::Null => {}
            None => self.documents.push(value),
            Some(Kind::List(list)) => list.push(value),
            Some(Kind::Map {
                map,
                key,
                merges,
                merged,
            }) => {
                if std::mem::take(merges) {
                    merged.push(value);
                } else {
                    map.push(key.take()?, value);
                }
            }
        }
        Some(())
    }
}

fn plain(text: &str) -> Option<Value> {
    Some(match manifests::plain(text) {
        Plain::Null => Value::Null,
        Plain::Bool(flag) => Value::Bool(flag),
        Plain::Int(number) => Value::Int(number),
        Plain::Float(number) => Value::Float(number),
        Plain::Text => Value::Str(text.into()),
        Plain::Lost => return None,
    })
}

fn has_duplicates(map: &Map) -> bool {
    let entries = map.entries();
    if entries.is_sorted_by(|a, b| a.0 < b.0) {
        return false;
    }
    if entries.len() <= SMALL {
        let mut keys = entries.iter().map(|(key, _)| key).enumerate();
        return keys.any(|(at, key)| entries[..at].iter().any(|(other, _)| other == key));
    }
    let mut keys: Vec<&Str> = entries.iter().map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// What `<<` brings: the members of a map, or of each map of a list, that are not there yet.
fn merge(map: &mut Map, from: Value) -> Option<()> {
    match from {
        Value::Map(other) => {
            for (key, value) in other {
                if map.get(&key).is_none() {
                    map.push(key, value);
                }
            }
            Some(())
        }
        Value::List(list) => list.into_iter().try_for_each(|one| match one {
            Value::Map(_) => merge(map, one),
            _ => None,
        }),
        _ => None,
    }
}

fn size(value: &Value) -> Size {
    match value {
        Value::List(list) => Size::around(list.iter().map(size)),
        Value::Map(map) => Size::around(map.iter().map(|(_, part)| size(part))),
        _ => Size::around(std::iter::empty()),
    }
}
