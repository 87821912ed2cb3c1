//! Findings with their places: a second reading of the documents that have findings, and of no
//! others.

use super::object::Object;
use super::read::{self, Chunk, Within};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::manifest::Finding;
use crate::policy::CLEAR_TEXT_SECRET;
use crate::source::Span;
use crate::syntax::{Yaml, yaml};

/// Findings of the objects of one chunk, each at its place in the file.
pub fn place(chunk: Chunk, text: &str, found: Vec<(&Object, Finding)>) -> Vec<Diagnostic> {
    let trees = read::trees(chunk, text, &mut Diagnostics::new());
    let diagnostic = |(object, finding): (&Object, Finding)| {
        let span = span(&trees, &object.at, &finding.pointer);
        let span = span.map_or(Span::new(chunk.file, chunk.start, chunk.start), |span| {
            read::shifted(span, chunk)
        });
        let found = Diagnostic {
            code: finding.code,
            severity: finding.severity,
            message: finding.message,
            labels: Vec::new(),
            notes: finding.notes,
            help: finding.help,
        };
        match finding.code == CLEAR_TEXT_SECRET {
            true => found.at_secret(span, label(object)),
            false => found.at(span, label(object)),
        }
    };
    found.into_iter().map(diagnostic).collect()
}

/// The object in a few words.
fn label(object: &Object) -> String {
    match (object.facts.kind.as_str(), object.facts.name.as_str()) {
        ("", _) => "in this document".to_owned(),
        (kind, "") => format!("in this {kind}"),
        (kind, name) => format!("{kind} {name}"),
    }
}

/// The value, or what is nearest to it; of the object itself the line that says its kind.
fn span(trees: &[Yaml], at: &Within, pointer: &str) -> Option<Span> {
    let tree = trees.get(at.document)?;
    let whole = |pointer: &str| yaml::span_at(tree, &format!("{}{pointer}", at.prefix));
    match pointer {
        "" => whole("/kind"),
        pointer => whole(pointer),
    }
}
