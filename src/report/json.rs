//! The report for machines: one JSON document, versioned.

use serde::Serialize;

use super::place::{Place, Places};
use super::{Summary, severity_name, text};
use crate::diagnostic::{Diagnostic, Label};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    summary: Counts,
}

#[derive(Serialize)]
struct Counts {
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// The place is that of the first label, and absent where there is none.
#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(flatten)]
    place: Option<Region>,
    labels: Vec<Mark<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Mark<'a> {
    text: &'a str,
    #[serde(flatten)]
    place: Region,
}

/// Lines and columns from 1 in characters, `end_column` behind the last one; `offset` and
/// `length` in bytes.
#[derive(Serialize)]
struct Region {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    offset: usize,
    length: usize,
}

/// A document of version 1, pretty-printed, with a final newline.
pub fn render(found: &[Diagnostic], places: &Places<'_>) -> String {
    let Summary {
        errors,
        warnings,
        notes,
    } = Summary::of(found);
    let report = Report {
        version: 1,
        findings: found.iter().map(|one| finding(one, places)).collect(),
        summary: Counts {
            errors,
            warnings,
            notes,
        },
    };
    document(&report)
}

/// Pretty JSON without a character that acts on a terminal.
pub(super) fn document(value: &impl Serialize) -> String {
    let json = serde_json::to_string_pretty(value).unwrap_or_else(|error| {
        unreachable!("report shapes have string keys and finite numbers: {error}")
    });
    text::json_visible(&json) + "\n"
}

fn finding<'a>(found: &'a Diagnostic, places: &Places<'_>) -> Finding<'a> {
    let mark = |label: &'a Label| Mark {
        text: &label.text,
        place: places.place(label.span).into(),
    };
    Finding {
        code: found.code.name,
        severity: severity_name(found.severity),
        message: &found.message,
        place: found
            .labels
            .first()
            .map(|one| places.place(one.span).into()),
        labels: found.labels.iter().map(mark).collect(),
        notes: &found.notes,
        help: found.help.as_deref(),
    }
}

impl From<Place> for Region {
    fn from(place: Place) -> Region {
        Region {
            file: place.file,
            line: place.line,
            column: place.column,
            end_line: place.end_line,
            end_column: place.end_column,
            offset: place.offset,
            length: place.length,
        }
    }
}
