//! What a stage has to say about its input: plain data, rendered by `report`.
//!
//! A user's mistake is a [`Diagnostic`]; a failing world is an `io::Error`; our own mistake is a
//! panic that names the broken invariant.

use crate::source::Span;

/// A kind of finding, declared once by [`codes!`] and explained by `tiphys explain`.
#[derive(Debug)]
pub struct Code {
    /// Kebab-case, unique, stable: what waivers and machines refer to.
    pub name: &'static str,
    /// One line, lower case.
    pub summary: &'static str,
    /// Markdown: what it means, why it matters, what to do instead.
    pub explanation: &'static str,
}

impl PartialEq for Code {
    fn eq(&self, other: &Code) -> bool {
        self.name == other.name
    }
}

impl Eq for Code {}

/// Declares codes and the table `CODES` of a module. The doc comment is the explanation.
///
/// ```ignore
/// codes! {
///     /// The language has no field of that name. Look at …
///     UNKNOWN_FIELD = "unknown-field": "a field that the language does not have";
/// }
/// ```
#[macro_export]
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $const:ident = $name:literal: $summary:literal;)*) => {
        $(
            $(#[doc = $doc])+
            pub const $const: &$crate::diagnostic::Code = &$crate::diagnostic::Code {
                name: $name,
                summary: $summary,
                explanation: concat!($($doc, "\n"),+),
            };
        )*
        /// Every code that this module declares.
        pub const CODES: &[&$crate::diagnostic::Code] = &[$($const),*];
    };
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written.
    Error,
    /// Written, and worth a look.
    Warning,
    /// A fact that must not go unsaid, such as a check that could not run.
    Note,
}

/// A place and a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One finding. The first label is the primary one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: &'static Code,
    pub severity: Severity,
    /// One line, in the user's words, understandable alone; names stand in backticks.
    pub message: String,
    pub labels: Vec<Label>,
    /// Facts.
    pub notes: Vec<String>,
    /// What to do, imperative.
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn new(code: &'static Code, severity: Severity, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        Diagnostic {
            code,
            severity,
            message,
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    pub fn error(code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Error, message)
    }

    pub fn warning(code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, Severity::Warning, message)
    }

    /// Adds a label.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// File and offset of the primary label; what has no place sorts first.
    fn key(&self) -> (Option<Span>, &'static str, &str) {
        (
            self.labels.first().map(|label| label.span),
            self.code.name,
            &self.message,
        )
    }
}

/// The sink that every stage writes to.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    pub fn append(&mut self, other: Diagnostics) {
        self.list.extend(other.list);
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Sorted by file, offset and code, none twice.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| a.key().cmp(&b.key()));
        self.list.dedup();
        self.list
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.list.extend(iter);
    }
}
