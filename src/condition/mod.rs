//! Conditions of analyses, as Argo Rollouts reads, types and evaluates them.
//!
//! `successCondition` and `failureCondition` are written in the expr language. The controller
//! compiles them anew for each answer of a provider, against the type that the answer happens to
//! have: so does [`Condition::holds`]. Source: argo-rollouts `utils/evaluate/evaluate.go` 1.10,
//! expr-lang/expr 1.17.

mod builtin;
mod check;
mod eval;
mod lexer;
mod list;
mod operator;
mod parser;
mod postfix;
mod probe;
mod signature;
mod tree;
mod types;
mod value;
mod verdict;

pub use probe::{Probes, Shape, probes};
pub use types::Type;
pub use value::{Answer, Elements};
pub use verdict::{Phase, measure};

use tree::Tree;

/// Longest text that is looked at, in bytes.
pub const MAX_LENGTH: usize = 64 << 10;
/// Most nodes of a tree. Source: expr-lang `conf.DefaultMaxNodes`.
const MAX_NODES: usize = 10_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 100;

/// Why a condition cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes from the start of the condition.
    pub at: usize,
    /// One line, in the user's words.
    pub message: String,
    pub kind: FaultKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not written in the language.
    Syntax,
    /// A limit of ours or of the controller's.
    TooLarge,
    /// A name or function that nobody declares.
    Unknown,
    /// Types that do not go together.
    Mismatch,
    /// An answer that is neither true nor false.
    NotBoolean,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Fault {
        let message = message.into();
        let kind = FaultKind::Syntax;
        Fault { at, message, kind }
    }

    fn too_large(at: usize, message: impl Into<String>) -> Fault {
        let kind = FaultKind::TooLarge;
        Fault {
            kind,
            ..Fault::new(at, message)
        }
    }

    /// A condition of this type is neither true nor false.
    pub fn not_boolean(found: &Type) -> Fault {
        let message = format!("it is {}", found.shown());
        Fault::new(0, message).with(FaultKind::NotBoolean)
    }

    fn with(self, kind: FaultKind) -> Fault {
        Fault { kind, ..self }
    }
}

/// Something that controllers before 1.10 cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    pub at: usize,
    pub what: String,
}

/// What a condition says of one answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Holds(bool),
    /// The measurement counts as an error, for this reason.
    Error(Fault),
    /// It cannot be foretold: it depends on the time, or on what is not worked out here.
    Unknown,
}

/// A condition that could be read.
#[derive(Clone, Debug)]
pub struct Condition {
    tree: Tree,
    newer: Vec<Newer>,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// Where and why it is not one.
    pub fn parse(text: &str) -> Result<Condition, Fault> {
        if text.len() > MAX_LENGTH {
            let message = format!("it is longer than {} KiB", MAX_LENGTH >> 10);
            return Err(Fault::too_large(0, message));
        }
        let (tree, newer) = parser::parse(text)?;
        Ok(Condition { tree, newer })
    }

    /// What controllers before 1.10 cannot read.
    pub fn newer(&self) -> &[Newer] {
        &self.newer
    }

    /// The texts that are written into calls of `duration`.
    pub fn durations(&self) -> impl Iterator<Item = &str> {
        self.tree.texts_given_to("duration")
    }

    /// The names that it uses: `result`, and functions that the controller adds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tree.names()
    }

    /// The type of the condition, where `result` has the type `answer`.
    ///
    /// # Errors
    /// A name that is unknown, or types that do not go together.
    pub fn check(&self, answer: &Type) -> Result<Type, Fault> {
        let known = check::check(&self.tree, answer)?;
        let root = known.into_iter().nth(self.tree.root as usize);
        Ok(root.flatten().unwrap_or(Type::Unknown))
    }

    /// What the controller makes of this answer: compiled against its type, then run.
    pub fn holds(&self, answer: &Answer) -> Outcome {
        match check::check(&self.tree, &Type::of(answer)) {
            Ok(types) => eval::run(&self.tree, &types, answer),
            Err(fault) => Outcome::Error(fault),
        }
    }
}

/// At most 40 letters of `text`.
fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
