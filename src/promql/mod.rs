//! Queries of Prometheus: read, typed, and asked what they can match.
//!
//! A reader of our own: those that exist say neither where a query is wrong nor promise to answer
//! in time, and what is wanted of a query is little. Source: the grammar and the checks of
//! Prometheus `promql/parser/` 2.42 to 3, and its table of functions.

mod function;
mod lexer;
mod matcher;
mod parser;
mod selector;

pub use matcher::{Matcher, Operator, Selector};

/// Longest query that is looked at, in bytes.
pub const MAX_LENGTH: usize = 64 << 10;
/// Deepest nesting.
const MAX_DEPTH: usize = 100;

/// What a query gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Scalar,
    /// A series each with one sample.
    Vector,
    /// A series each with many samples.
    Range,
    Text,
}

impl Kind {
    /// In the user's words.
    pub fn shown(self) -> &'static str {
        match self {
            Kind::Scalar => "a scalar",
            Kind::Vector => "an instant vector",
            Kind::Range => "a range vector",
            Kind::Text => "a text",
        }
    }
}

/// Why a query cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes from the start of the query.
    pub at: usize,
    /// One line, in the user's words.
    pub message: String,
    pub kind: FaultKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    Syntax,
    /// A function or aggregation that is not given what it takes.
    Type,
    TooLarge,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Fault {
        let message = message.into();
        let kind = FaultKind::Syntax;
        Fault { at, message, kind }
    }

    fn of_type(at: usize, message: impl Into<String>) -> Fault {
        let kind = FaultKind::Type;
        Fault {
            kind,
            ..Fault::new(at, message)
        }
    }

    fn too_large(at: usize, message: impl Into<String>) -> Fault {
        let kind = FaultKind::TooLarge;
        Fault {
            kind,
            ..Fault::new(at, message)
        }
    }
}

/// A query that could be read.
#[derive(Clone, Debug)]
pub struct Query {
    pub kind: Kind,
    /// Whether it gives something even where there are no series, as `… or vector(0)` does.
    pub never_empty: bool,
    /// What it selects, from left to right.
    pub selectors: Vec<Selector>,
}

impl Query {
    /// Reads a query, as Prometheus would before it runs it.
    ///
    /// # Errors
    /// Where and why it is not one.
    pub fn parse(text: &str) -> Result<Query, Fault> {
        if text.len() > MAX_LENGTH {
            let message = format!("it is longer than {} KiB", MAX_LENGTH >> 10);
            return Err(Fault::too_large(0, message));
        }
        parser::parse(text)
    }
}

/// At most 40 letters of `text`.
fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
