//! The structure of a rendered template, read once: a tree with holes for values.
//!
//! The reader takes a strict part of YAML: one document, block and flow collections, every style
//! of scalar, keys that are scalars. Anchors, aliases, tags and merge keys are errors.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as Area};

use crate::render::codes;
use crate::render::fault::{Fault, Place, Point};
use crate::render::limits;
use crate::render::marker::{self, Piece};
use crate::render::scalar;
use crate::value::{Str, Value};

/// A node of a skeleton and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Bone {
    pub shape: Shape,
    pub at: Point,
    /// Whether Argo fills in templates here.
    pub argo: bool,
}

/// What a bone is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Written in the template.
    Scalar(Value),
    /// A plain scalar that is one mark: the value itself.
    Slot(usize),
    /// A scalar with marks: a string.
    Text(Vec<Piece>),
    List(Vec<Bone>),
    Map(Vec<(Key, Bone)>),
}

/// The key of an entry and where it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub name: Name,
    pub at: Point,
    /// Whether the name, as far as it is known, is one of [`PEERS`].
    pub selects_peers: bool,
}

impl Key {
    pub fn is_marked(&self) -> bool {
        matches!(self.name, Name::Marked(_))
    }
}

/// Fields that select whom a rule is for: empty, they mean everyone.
pub const PEERS: [&str; 6] = [
    "from",
    "matchExpressions",
    "matchLabels",
    "namespaceSelector",
    "podSelector",
    "to",
];

pub fn selects_peers(name: &str) -> bool {
    PEERS.contains(&name)
}

/// A key as the template writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    Text(Str),
    Marked(Vec<Piece>),
}

/// Reads the text of a skeleton. `argo` holds the pointers below which Argo fills in templates.
pub fn read(text: &str, argo: &[String]) -> Result<Bone, Fault> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
    };
    let mut root = reader.document()?;
    for pointer in argo {
        guard(&mut root, pointer.trim_matches('/'));
    }
    Ok(root)
}

/// Marks everything below a pointer; `*` stands for any key and any item. A hole on the way, or a
/// key that is not known yet, is marked too: it may hold what the pointer names.
fn guard(bone: &mut Bone, pointer: &str) {
    let (step, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
    let is_inside = step.is_empty();
    bone.argo |= is_inside || matches!(bone.shape, Shape::Slot(_));
    match &mut bone.shape {
        Shape::Map(entries) => {
            for (key, child) in entries {
                let is_named = match &key.name {
                    Name::Text(name) => name == step,
                    Name::Marked(_) => true,
                };
                if is_inside || step == "*" || is_named {
                    guard(child, rest);
                }
            }
        }
        Shape::List(items) => {
            for (at, child) in items.iter_mut().enumerate() {
                if is_inside || step == "*" || step.parse() == Ok(at) {
                    guard(child, rest);
                }
            }
        }
        Shape::Scalar(_) | Shape::Slot(_) | Shape::Text(_) => {}
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Area), Fault> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(broken(point(error.marker()), error.info())),
            None => Ok((Event::StreamEnd, Area::default())),
        }
    }

    fn document(&mut self) -> Result<Bone, Fault> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::StreamEnd, _) => return Err(nothing()),
                (event, area) => {
                    let root = self.bone(event, area, 0)?;
                    self.end()?;
                    return Ok(root);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, area) => {
                    return Err(broken(point(&area.start), "a second document starts here"));
                }
            }
        }
    }

    fn bone(&mut self, event: Event<'a>, area: Area, depth: usize) -> Result<Bone, Fault> {
        let at = point(&area.start);
        if depth > limits::DEPTH {
            return Err(too_deep(Place::Text(at)));
        }
        let shape = match event {
            Event::Scalar(text, style, anchor, tag) => {
                refuse(at, anchor, tag.is_some())?;
                scalar_shape(&text, style, at)?
            }
            Event::SequenceStart(anchor, tag) => {
                refuse(at, anchor, tag.is_some())?;
                Shape::List(self.list(depth)?)
            }
            Event::MappingStart(anchor, tag) => {
                refuse(at, anchor, tag.is_some())?;
                Shape::Map(self.map(depth)?)
            }
            Event::Alias(_) => return Err(broken(at, "aliases cannot stand in a template")),
            _ => return Err(broken(at, "the text ends in the middle of a value")),
        };
        Ok(Bone {
            shape,
            at,
            argo: false,
        })
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Bone>, Fault> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, area) => items.push(self.bone(event, area, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Key, Bone)>, Fault> {
        let mut entries: Vec<(Key, Bone)> = Vec::new();
        let mut names = BTreeSet::new();
        loop {
            let (event, area) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(entries);
            }
            let key = key(event, &area)?;
            if let Name::Text(name) = &key.name
                && !names.insert(name.clone())
            {
                return Err(duplicate(name, key.at));
            }
            let (event, area) = self.next()?;
            if let Event::Scalar(text, ScalarStyle::Plain, _, None) = &event
                && text.is_empty()
            {
                return Err(no_value(key.at));
            }
            let value = self.bone(event, area, depth + 1)?;
            entries.push((key, value));
        }
    }
}

fn key(event: Event<'_>, area: &Area) -> Result<Key, Fault> {
    let at = point(&area.start);
    let Event::Scalar(text, style, anchor, tag) = event else {
        return Err(broken(at, "the name of a field must be a scalar"));
    };
    refuse(at, anchor, tag.is_some())?;
    if text == "<<" && style == ScalarStyle::Plain {
        return Err(broken(at, "merge keys cannot stand in a template"));
    }
    if text.is_empty() && style == ScalarStyle::Plain {
        return Err(broken(at, "a field has no name"));
    }
    let name = if marker::is_marked(&text) {
        Name::Marked(split(&text, at)?)
    } else {
        Name::Text(Str::from(&*text))
    };
    Ok(Key {
        selects_peers: selects_peers(&text),
        name,
        at,
    })
}

fn scalar_shape(text: &str, style: ScalarStyle, at: Point) -> Result<Shape, Fault> {
    let is_plain = style == ScalarStyle::Plain;
    if marker::is_marked(text) {
        let pieces = split(text, at)?;
        return Ok(match pieces.as_slice() {
            [Piece::Slot(slot)] if is_plain => Shape::Slot(*slot),
            _ => Shape::Text(pieces),
        });
    }
    if !is_plain {
        return Ok(Shape::Scalar(Value::Str(Str::from(text))));
    }
    if text.is_empty() {
        return Err(no_value(at));
    }
    match scalar::read_plain(text) {
        Some(value) => Ok(Shape::Scalar(value)),
        None => Err(broken(
            at,
            &format!("`{text}` is not a number that a manifest can hold"),
        )
        .help("quote it if it is meant as a text")),
    }
}

fn split(text: &str, at: Point) -> Result<Vec<Piece>, Fault> {
    marker::split(text).ok_or_else(|| marker::fault(Place::Text(at)))
}

fn refuse(at: Point, anchor: usize, is_tagged: bool) -> Result<(), Fault> {
    match (anchor, is_tagged) {
        (0, false) => Ok(()),
        (_, true) => Err(broken(at, "tags cannot stand in a template")),
        _ => Err(broken(at, "anchors cannot stand in a template")),
    }
}

fn point(marker: &Marker) -> Point {
    let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Point {
        line: clip(marker.line()),
        column: clip(marker.col()),
    }
}

fn broken(at: Point, what: &str) -> Fault {
    Fault::new(
        codes::TEMPLATE_STRUCTURE,
        Place::Text(at),
        format!("does not make a manifest: {what}"),
    )
}

fn no_value(at: Point) -> Fault {
    broken(at, "a field or item has no value")
        .help("put `{% if … %}` around a field whose loop may write nothing, or write `[]` or `{}`")
}

fn nothing() -> Fault {
    Fault::new(
        codes::TEMPLATE_STRUCTURE,
        Place::Whole,
        "does not make a manifest: it writes nothing",
    )
}

/// The fault of a value or template that nests too deep.
pub fn too_deep(place: Place) -> Fault {
    let message = format!("nests deeper than {} levels", limits::DEPTH);
    Fault::new(codes::TEMPLATE_LIMIT, place, message)
}

/// The fault of a map with the same key twice.
pub fn duplicate(name: &str, at: Point) -> Fault {
    Fault::new(
        codes::TEMPLATE_DUPLICATE_KEY,
        Place::Text(at),
        format!("writes `{name}` twice into one map"),
    )
}
