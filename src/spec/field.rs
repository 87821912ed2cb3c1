//! From merged data to typed structs. The type of a field is its shape.

use super::scalar::Scalar;
use super::shape::{Datum, Key, Kind, Layer, Shape, StructShape};
use crate::source::Span;
use crate::value::Str;

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub value: T,
    pub span: Span,
    pub layer: Layer,
}

/// What a field of a struct may be. Data that the decoder refused reads as absent.
pub trait Field: Sized {
    const SHAPE: Shape;

    fn read(datum: Option<&Datum>) -> Self;
}

/// A struct of the language, as [`structs!`] declares it.
pub trait Struct: Sized {
    const STRUCT: &'static StructShape;

    fn read_struct(datum: &Datum) -> Self;
}

/// A flag: where it was set, and to what.
pub type Flag = Option<At<bool>>;

/// Values in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequence<T>(pub Vec<At<T>>);

/// Values without order, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set<T>(pub Vec<At<T>>);

/// Structs by name, in the order in which they are written.
#[derive(Clone, Debug)]
pub struct Named<S>(pub Vec<(At<Str>, S)>);

/// Structs by name, several of which may share one node.
#[derive(Clone, Debug)]
pub struct Grouped<S>(pub Vec<(At<Str>, S)>);

/// Structs in order.
#[derive(Clone, Debug)]
pub struct ListOf<S>(pub Vec<S>);

/// Texts by key.
#[derive(Clone, Debug)]
pub struct Strings<K, V>(pub Vec<(At<K>, At<V>)>);

/// Callees, some with the variable that takes their address.
#[derive(Clone, Debug)]
pub struct Calls<N, V>(pub Vec<(At<N>, Option<At<V>>)>);

/// The place of a `remove` block; what it does is done when layers merge.
#[derive(Clone, Debug, Default)]
pub struct Remove;

macro_rules! empty_default {
    ($($type:ident<$($param:ident),+>)*) => {
        $(impl<$($param),+> Default for $type<$($param),+> {
            fn default() -> Self {
                $type(Vec::new())
            }
        })*
    };
}

empty_default! { Named<S> Grouped<S> ListOf<S> Strings<K, V> Calls<N, V> }

fn scalar<T: Scalar>(datum: &Datum) -> Option<At<T>> {
    match &datum.kind {
        Kind::Scalar(text) => T::parse(text).ok().map(|value| At {
            value,
            span: datum.span,
            layer: datum.layer,
        }),
        _ => None,
    }
}

fn key_at<T>(value: T, key: &Key, datum: &Datum) -> At<T> {
    At {
        value,
        span: key.span,
        layer: datum.layer,
    }
}

fn scalars<T: Scalar>(datum: Option<&Datum>) -> Vec<At<T>> {
    match datum.map(|datum| &datum.kind) {
        Some(Kind::List(list)) => list.iter().filter_map(scalar).collect(),
        _ => Vec::new(),
    }
}

fn by_name<S: Struct>(datum: Option<&Datum>) -> Vec<(At<Str>, S)> {
    match datum.map(|datum| &datum.kind) {
        Some(Kind::Map(entries)) => entries
            .iter()
            .map(|(key, value)| (key_at(key.text.clone(), key, value), S::read_struct(value)))
            .collect(),
        _ => Vec::new(),
    }
}

impl<T: Scalar> Field for Option<At<T>> {
    const SHAPE: Shape = match T::SHAPE.accepts {
        super::scalar::Accepts::Bool => Shape::Flag,
        _ => Shape::Scalar(&T::SHAPE),
    };

    fn read(datum: Option<&Datum>) -> Self {
        datum.and_then(scalar)
    }
}

impl<T: Scalar> Field for Sequence<T> {
    const SHAPE: Shape = Shape::Sequence(&T::SHAPE);

    fn read(datum: Option<&Datum>) -> Self {
        Sequence(scalars(datum))
    }
}

impl<T: Scalar> Field for Set<T> {
    const SHAPE: Shape = Shape::Set(&T::SHAPE);

    fn read(datum: Option<&Datum>) -> Self {
        Set(scalars(datum))
    }
}

impl<S: Struct> Field for Option<S> {
    const SHAPE: Shape = Shape::Struct(S::STRUCT);

    fn read(datum: Option<&Datum>) -> Self {
        datum.map(S::read_struct)
    }
}

impl<S: Struct> Field for Named<S> {
    const SHAPE: Shape = Shape::Map(S::STRUCT);

    fn read(datum: Option<&Datum>) -> Self {
        Named(by_name(datum))
    }
}

impl<S: Struct> Field for Grouped<S> {
    const SHAPE: Shape = Shape::Group(S::STRUCT);

    fn read(datum: Option<&Datum>) -> Self {
        Grouped(by_name(datum))
    }
}

impl<S: Struct> Field for ListOf<S> {
    const SHAPE: Shape = Shape::List(S::STRUCT);

    fn read(datum: Option<&Datum>) -> Self {
        match datum.map(|datum| &datum.kind) {
            Some(Kind::List(list)) => ListOf(list.iter().map(S::read_struct).collect()),
            _ => ListOf(Vec::new()),
        }
    }
}

impl<K: Scalar, V: Scalar> Field for Strings<K, V> {
    const SHAPE: Shape = Shape::Strings(&K::SHAPE, &V::SHAPE);

    fn read(datum: Option<&Datum>) -> Self {
        let Some(Kind::Map(entries)) = datum.map(|datum| &datum.kind) else {
            return Strings(Vec::new());
        };
        let entry = |(key, value): &(Key, Datum)| {
            Some((
                key_at(K::parse(&key.text).ok()?, key, value),
                scalar(value)?,
            ))
        };
        Strings(entries.iter().filter_map(entry).collect())
    }
}

impl<N: Scalar, V: Scalar> Field for Calls<N, V> {
    const SHAPE: Shape = Shape::Calls(&N::SHAPE, &V::SHAPE);

    fn read(datum: Option<&Datum>) -> Self {
        let Some(Kind::Map(entries)) = datum.map(|datum| &datum.kind) else {
            return Calls(Vec::new());
        };
        let entry = |(key, value): &(Key, Datum)| {
            let callee = key_at(N::parse(&key.text).ok()?, key, value);
            Some((callee, scalar(value)))
        };
        Calls(entries.iter().filter_map(entry).collect())
    }
}

impl Field for Remove {
    const SHAPE: Shape = Shape::Remove;

    fn read(_: Option<&Datum>) -> Self {
        Remove
    }
}

/// Declares structs of the language and their shapes from one table.
///
/// `arg` marks positional fields. `= "15s"` is the example of a field where that of its type would
/// mislead, and `by "disk"` that of its keys. A struct's first span is the place that begins it.
macro_rules! structs {
    ($(
        $(#[doc = $doc:literal])+
        $struct:ident {
            $( $(#[doc = $field_doc:literal])+ $($arg:ident)? $name:literal $field:ident: $type:ty
                $(= $example:literal $(by $key:literal)?)?, )*
        }
    )*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug)]
            pub struct $struct {
                pub span: $crate::source::Span,
                pub layer: $crate::spec::shape::Layer,
                $( $(#[doc = $field_doc])+ pub $field: $type, )*
            }

            impl $crate::spec::field::Struct for $struct {
                const STRUCT: &'static $crate::spec::shape::StructShape =
                    &$crate::spec::shape::StructShape {
                        name: stringify!($struct),
                        doc: concat!($($doc, "\n"),+),
                        fields: &[$(
                            $crate::spec::shape::FieldShape {
                                name: $name,
                                doc: concat!($($field_doc, "\n"),+),
                                argument: structs!(@arg $($arg)?),
                                shape: structs!(@shape $type $(, $example $(, $key)?)?),
                            }
                        ),*],
                    };

                #[allow(unused_assignments, unused_mut, unused_variables)]
                fn read_struct(datum: &$crate::spec::shape::Datum) -> $struct {
                    let mut at = 0;
                    let mut next = || { at += 1; datum.field(at - 1) };
                    $struct {
                        span: datum.span,
                        layer: datum.layer,
                        $( $field: <$type as $crate::spec::field::Field>::read(next()), )*
                    }
                }
            }
        )*
    };
    (@shape $type:ty) => { <$type as $crate::spec::field::Field>::SHAPE };
    (@shape $type:ty, $example:literal) => {{
        const SHAPE: $crate::spec::shape::Shape = <$type as $crate::spec::field::Field>::SHAPE;
        const VALUE: $crate::spec::scalar::ScalarShape = SHAPE.value().like($example);
        SHAPE.with(SHAPE.key(), &VALUE)
    }};
    (@shape $type:ty, $example:literal, $key:literal) => {{
        const SHAPE: $crate::spec::shape::Shape = <$type as $crate::spec::field::Field>::SHAPE;
        const KEY: $crate::spec::scalar::ScalarShape = SHAPE.key().like($key);
        const VALUE: $crate::spec::scalar::ScalarShape = SHAPE.value().like($example);
        SHAPE.with(&KEY, &VALUE)
    }};
    (@arg arg) => { true };
    (@arg) => { false };
}
pub(crate) use structs;
