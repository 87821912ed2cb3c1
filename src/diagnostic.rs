//! What a stage has to say about its input: plain data, rendered by `report`.
//!
//! A user's mistake is a [`Diagnostic`]; a failing world is an `io::Error`; our own mistake is a
//! panic that names the broken invariant.

use crate::source::Span;

crate::codes! {
    /// A run keeps some thousands of findings and drops the rest, so that memory stays bounded
    /// whatever the input is. So many findings mostly have one cause: a file that is no spec, or a
    /// mistake in a template that every service uses. Correct what is shown and run again.
    TOO_MANY_FINDINGS = "too-many-findings": "more findings than are kept";
}

/// Errors that one sink keeps; and as many findings of lesser weight.
pub const LIMIT: usize = 4_000;

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
    /// What stands there is never printed.
    pub is_secret: bool,
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
            is_secret: false,
        });
        self
    }

    /// Adds a label to a place whose text must not be printed.
    pub fn at_secret(self, span: Span, text: impl Into<String>) -> Diagnostic {
        let mut found = self.at(span, text);
        if let Some(label) = found.labels.last_mut() {
            label.is_secret = true;
        }
        found
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

/// The sink that every stage writes to. It keeps the first thousands and counts the rest.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    n_errors: usize,
    is_cut: bool,
}

impl Diagnostics {
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        let is_error = diagnostic.severity == Severity::Error;
        let n_like_it = match is_error {
            true => self.n_errors,
            false => self.list.len() - self.n_errors,
        };
        if n_like_it >= LIMIT {
            self.is_cut = true;
            return;
        }
        self.n_errors += usize::from(is_error);
        self.list.push(diagnostic);
    }

    /// Says that there were more findings than were pushed.
    pub fn cut(&mut self) {
        self.is_cut = true;
    }

    pub fn append(&mut self, other: Diagnostics) {
        self.is_cut |= other.is_cut;
        self.extend(other.list);
    }

    /// Only what `keep` keeps of `other`.
    pub fn append_where(&mut self, other: Diagnostics, keep: impl Fn(&Diagnostic) -> bool) {
        self.is_cut |= other.is_cut;
        self.extend(other.list.into_iter().filter(|one| keep(one)));
    }

    /// Drops what `keep` does not keep.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(keep);
        let is_error = |one: &&Diagnostic| one.severity == Severity::Error;
        self.n_errors = self.list.iter().filter(is_error).count();
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.n_errors > 0
    }

    /// How many errors it keeps so far.
    pub fn n_errors(&self) -> usize {
        self.n_errors
    }

    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// Sorted by file, offset and code, none twice.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        if self.is_cut {
            let severity = match self.has_errors() {
                true => Severity::Error,
                false => Severity::Warning,
            };
            let message = format!("only the first {LIMIT} findings are kept");
            let cut = Diagnostic::new(TOO_MANY_FINDINGS, severity, message);
            self.list.push(cut.help("correct these and run it again"));
        }
        self.list.sort_by(|a, b| a.key().cmp(&b.key()));
        self.list.dedup();
        self.list
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        iter.into_iter()
            .for_each(|diagnostic| self.push(diagnostic));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_keeps_the_first_findings_and_says_that_there_were_more() {
        let mut diags = Diagnostics::new();
        for number in 0..2 * LIMIT {
            let code = TOO_MANY_FINDINGS;
            diags.push(Diagnostic::warning(code, format!("warning {number}")));
        }
        assert!(!diags.has_errors());
        diags.push(Diagnostic::error(TOO_MANY_FINDINGS, "an error"));
        let mut all = Diagnostics::new();
        all.append(diags);
        assert!(all.has_errors());
        let found = all.into_sorted();
        assert_eq!(found.len(), LIMIT + 2);
        let said = |text: &str| found.iter().any(|one| one.message.contains(text));
        assert!(said("an error") && said("only the first"));
        assert!(said("warning 0") && !said("warning 4000"));
    }
}
