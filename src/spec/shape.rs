//! The shapes that fields have, and decoded data of those shapes.
//!
//! The tables of [`StructShape`]s that `language` declares are the one source of the decoder, the
//! merge rules, the JSON Schema and the reference page.

use super::scalar::ScalarShape;
use crate::source::Span;
use crate::value::Str;

/// What a field holds, and by that how it is written and merged (`docs/reference/language.md`).
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// One value. Merging replaces it.
    Scalar(&'static ScalarShape),
    /// `#true`, or the node alone.
    Flag,
    /// Values in order. Merging replaces all of them.
    Sequence(&'static ScalarShape),
    /// Values without order. Merging unites.
    Set(&'static ScalarShape),
    /// Fields. Merging goes field by field.
    Struct(&'static StructShape),
    /// Structs by name. Merging goes by name.
    Map(&'static StructShape),
    /// The same, and one node may give the same struct to several names.
    Group(&'static StructShape),
    /// Structs in order. Merging replaces all of them.
    List(&'static StructShape),
    /// Texts by key: the shapes of key and value. Merging goes by key.
    Strings(&'static ScalarShape, &'static ScalarShape),
    /// Names, some of them with the variable that takes the callee's address. Merging unites.
    Calls(&'static ScalarShape, &'static ScalarShape),
    /// One of several structs. Merging with the same tag goes field by field, else replaces.
    Tagged(&'static [(&'static str, &'static StructShape)]),
    /// What lower layers wrote and this one takes away.
    Remove,
}

impl Shape {
    /// The scalar that is written, where there is one; of texts by key the text. For constants.
    pub const fn value(&self) -> &'static ScalarShape {
        match self {
            Shape::Scalar(value) | Shape::Sequence(value) | Shape::Set(value) => value,
            Shape::Strings(_, value) => value,
            _ => panic!("a field without a scalar has no example"),
        }
    }

    /// The key, where there is one, else the value. For constants.
    pub const fn key(&self) -> &'static ScalarShape {
        match self {
            Shape::Strings(key, _) => key,
            _ => self.value(),
        }
    }

    /// The same with other scalars; `key` counts for texts by key only.
    pub const fn with(self, key: &'static ScalarShape, value: &'static ScalarShape) -> Shape {
        match self {
            Shape::Scalar(_) => Shape::Scalar(value),
            Shape::Sequence(_) => Shape::Sequence(value),
            Shape::Set(_) => Shape::Set(value),
            Shape::Strings(..) => Shape::Strings(key, value),
            other => other,
        }
    }
}

/// The fields of a struct.
#[derive(Debug)]
pub struct StructShape {
    pub name: &'static str,
    pub doc: &'static str,
    pub fields: &'static [FieldShape],
}

/// One field.
#[derive(Debug)]
pub struct FieldShape {
    pub name: &'static str,
    pub doc: &'static str,
    /// Positional: filled from the arguments of the node, in the order of the table.
    pub argument: bool,
    pub shape: Shape,
}

impl StructShape {
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// Decoded data, whatever its spelling.
#[derive(Clone, Debug)]
pub struct Datum {
    pub kind: Kind,
    /// The value; for a struct the words that begin it.
    pub span: Span,
    pub layer: Layer,
    /// Where lower layers set what this replaces, the lowest first.
    pub below: Vec<(Layer, Span)>,
    /// Whether it stands for something that could not be read.
    pub stand_in: StandIn,
}

/// What could not be read where a [`Datum`] stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandIn {
    #[default]
    Nothing,
    /// The value, or the word in front of it.
    Value,
    /// A name: the key of an entry, or a reference. It may be any.
    Name,
}

/// Who says something about a service, from the lowest to the highest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    FleetDefaults,
    EnvironmentDefaults,
    /// The file of the thing itself.
    #[default]
    Own,
    Everywhere,
    Deploy,
}

impl Layer {
    /// For messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Layer::FleetDefaults => "the fleet's defaults",
            Layer::EnvironmentDefaults => "the environment's defaults",
            Layer::Own => "its own file",
            Layer::Everywhere => "the environment's `everywhere`",
            Layer::Deploy => "the environment's `deploy`",
        }
    }

    pub fn is_default(self) -> bool {
        matches!(self, Layer::FleetDefaults | Layer::EnvironmentDefaults)
    }
}

/// The kinds of [`Datum`], one or two for each [`Shape`].
#[derive(Clone, Debug)]
pub enum Kind {
    Scalar(Str),
    /// Sequences, sets, lists.
    List(Vec<Datum>),
    /// Fields by their position in the shape; absent ones are `None`.
    Struct(Vec<Option<Datum>>),
    /// Maps, groups, strings, calls.
    Map(Vec<(Key, Datum)>),
    /// The position of the tag, and the struct.
    Tagged(usize, Box<Datum>),
    /// Fields and what of them goes away; no keys means all.
    Remove(Vec<(usize, Vec<Key>, Span)>),
}

/// A key and where it stands. In `calls` it is the callee, and the datum the variable or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub text: Str,
    pub span: Span,
}

impl Datum {
    pub fn new(kind: Kind, span: Span) -> Datum {
        Datum {
            kind,
            span,
            layer: Layer::default(),
            below: Vec::new(),
            stand_in: StandIn::Nothing,
        }
    }

    /// Marks this and all its parts.
    pub fn set_layer(&mut self, layer: Layer) {
        self.layer = layer;
        match &mut self.kind {
            Kind::Scalar(_) | Kind::Remove(_) => {}
            Kind::List(list) => list.iter_mut().for_each(|part| part.set_layer(layer)),
            Kind::Struct(fields) => {
                fields
                    .iter_mut()
                    .flatten()
                    .for_each(|part| part.set_layer(layer));
            }
            Kind::Map(map) => map.iter_mut().for_each(|(_, part)| part.set_layer(layer)),
            Kind::Tagged(_, content) => content.set_layer(layer),
        }
    }

    /// Whether it is a struct without a field.
    pub fn is_empty(&self) -> bool {
        matches!(&self.kind, Kind::Struct(fields) if fields.iter().all(Option::is_none))
    }

    /// Calls `see` with every text in this.
    pub fn texts(&self, see: &mut impl FnMut(&Str)) {
        match &self.kind {
            Kind::Scalar(text) => see(text),
            Kind::Remove(_) => {}
            Kind::List(list) => list.iter().for_each(|part| part.texts(see)),
            Kind::Struct(fields) => fields.iter().flatten().for_each(|part| part.texts(see)),
            Kind::Map(map) => map.iter().for_each(|(_, part)| part.texts(see)),
            Kind::Tagged(_, content) => content.texts(see),
        }
    }

    pub fn field(&self, at: usize) -> Option<&Datum> {
        match &self.kind {
            Kind::Struct(fields) => fields.get(at)?.as_ref(),
            _ => None,
        }
    }
}
