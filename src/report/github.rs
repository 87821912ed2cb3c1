//! Workflow commands of GitHub Actions, one line for each finding.
//!
//! Escaping follows the runner's own: `%`, CR and LF in the message, `:` and `,` as well in
//! properties. Columns are given for spans of one line, since the runner ignores others.

use std::fmt::Write;

use super::place::Places;
use super::{remarks, text};
use crate::diagnostic::{Diagnostic, Severity};

pub fn render(found: &[Diagnostic], places: &Places<'_>) -> String {
    found.iter().map(|one| line(one, places)).collect()
}

fn line(found: &Diagnostic, places: &Places<'_>) -> String {
    let command = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut line = format!("::{command} ");
    if let Some(label) = found.labels.first() {
        let place = places.place(label.span);
        let (start, end) = (place.line, place.end_line);
        let _ = write!(line, "file={},line={start},", property(&place.file));
        if start == end {
            let end = place.end_column.max(place.column + 1) - 1;
            let _ = write!(line, "col={},endColumn={end},", place.column);
        } else {
            let _ = write!(line, "endLine={end},");
        }
    }
    let body = format!("{}{}", found.message, remarks(found));
    let _ = writeln!(
        line,
        "title={}::{}",
        property(found.code.name),
        escape(&body)
    );
    line
}

fn escape(body: &str) -> String {
    let body = body.replace('%', "%25").replace('\r', "%0D");
    text::visible(&body).replace('\n', "%0A")
}

fn property(value: &str) -> String {
    escape(value).replace(':', "%3A").replace(',', "%2C")
}
