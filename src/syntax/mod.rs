//! Text to raw trees with spans, one reader for each spelling.
//!
//! Readers know nothing of the language's fields: `spec` gives the trees their meaning. A reader
//! reports everything that it finds and never panics, whatever the bytes.

pub mod kdl;
pub mod yaml;

use crate::source::Span;
use crate::value::Str;

/// What a scalar looks like; the field that it fills decides what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    String,
    /// A whole number in any notation.
    Integer,
    /// A number with a fraction or an exponent.
    Float,
    Bool(bool),
    Null,
}

/// One scalar and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    pub kind: ScalarKind,
    /// A string's value with escapes resolved; anything else as it is written.
    pub text: Str,
    pub span: Span,
}

/// A KDL node. Properties are unique and stand behind the arguments: the reader saw to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Always [`ScalarKind::String`].
    pub name: Scalar,
    pub args: Vec<Scalar>,
    pub props: Vec<(Scalar, Scalar)>,
    /// `Some` where there is a block, even an empty one.
    pub children: Option<Vec<Node>>,
    /// From the name to the end of the block, or of the last entry.
    pub span: Span,
}

/// A YAML value. Keys are scalars, and unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yaml {
    pub kind: YamlKind,
    pub span: Span,
}

/// The shapes of a YAML value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum YamlKind {
    Scalar(Scalar),
    List(Vec<Yaml>),
    Map(Vec<(Scalar, Yaml)>),
}
