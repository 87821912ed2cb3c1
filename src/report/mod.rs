//! Results to text: the only code that knows colour or JSON field names.
//!
//! A renderer is a function of findings and sources alone: colour, width and character set are
//! the caller's. Whatever stands in a user's text, no output can move a cursor, ring a bell,
//! reverse a line or start a new record.

pub mod markdown;
pub mod text;
pub mod why;
pub mod diff;
mod place;
pub mod plan;
mod excerpt;
mod together;
pub mod record;
mod human;
mod json;
mod sarif;
mod github;
mod junit;
mod gitlab;

use std::fmt;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceTree;

/// The spellings of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people: snippets, notes, help and a summary line.
    #[default]
    Human,
    /// One document; its `version` changes when a field changes its meaning.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// JUnit XML, for test reports of CI servers.
    Junit,
    /// GitLab's code quality report.
    Gitlab,
}

/// What a report should look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// ANSI colours; only [`Format::Human`] uses them.
    pub color: bool,
    /// Box-drawing characters instead of ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How many findings [`Format::Human`] shows before it counts the rest.
    pub limit: usize,
    /// What stands before every path, such as `deploy/` for a fleet below the repository's root.
    pub prefix: String,
}

impl Default for Look {
    /// Plain text of 100 columns, and 100 findings.
    fn default() -> Look {
        Look {
            color: false,
            unicode: true,
            width: 100,
            limit: 100,
            prefix: String::new(),
        }
    }
}

/// Renders findings in the order given; the machine formats also say that there are none.
pub fn render(format: Format, found: &[Diagnostic], sources: &SourceTree, look: &Look) -> String {
    let places = place::Places::new(sources, &look.prefix).hiding(found);
    match format {
        Format::Human => human::render(found, &places, look),
        Format::Json => json::render(found, &places),
        Format::Sarif => sarif::render(found, &places),
        Format::Github => github::render(found, &places),
        Format::Junit => junit::render(found, &places),
        Format::Gitlab => gitlab::render(found, &places),
    }
}

/// How many findings there are of each severity; displays as `2 errors, 1 warning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
}

impl Summary {
    pub fn of<'a>(found: impl IntoIterator<Item = &'a Diagnostic>) -> Summary {
        let mut summary = Summary::default();
        for one in found {
            match one.severity {
                Severity::Error => summary.errors += 1,
                Severity::Warning => summary.warnings += 1,
                Severity::Note => summary.notes += 1,
            }
        }
        summary
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.errors, "error"),
            (self.warnings, "warning"),
            (self.notes, "note"),
        ];
        let parts: Vec<String> = counts
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, noun)| format!("{n} {noun}{}", if *n == 1 { "" } else { "s" }))
            .collect();
        if parts.is_empty() {
            return f.write_str("no findings");
        }
        f.write_str(&parts.join(", "))
    }
}

/// `error`, `warning` or `note`.
fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// The notes and the help of a finding as lines behind its message.
fn remarks(finding: &Diagnostic) -> String {
    let notes = finding.notes.iter().map(|note| format!("\nnote: {note}"));
    let help = finding.help.iter().map(|help| format!("\nhelp: {help}"));
    notes.chain(help).collect()
}

#[cfg(test)]
mod tests;
