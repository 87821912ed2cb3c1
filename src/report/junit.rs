//! JUnit XML, in the dialect that CI servers share.
//!
//! Each finding is a test case: an error fails, a warning or note passes and says why on
//! `system-out`. Without findings there is one passing case, since some servers reject an empty
//! suite.

use super::place::Places;
use super::{Summary, remarks, severity_name, text};
use crate::diagnostic::{Diagnostic, Severity};

pub fn render(found: &[Diagnostic], places: &Places<'_>) -> String {
    let n = found.len().max(1);
    let failures = Summary::of(found).errors;
    let cases: String = match found {
        [] => "    <testcase classname=\"tiphys\" name=\"no findings\"/>\n".to_string(),
        _ => found.iter().map(|one| case(one, places)).collect(),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"tiphys\" tests=\"{n}\" failures=\"{failures}\" errors=\"0\">\n  \
         <testsuite name=\"tiphys\" tests=\"{n}\" failures=\"{failures}\" errors=\"0\">\n\
         {cases}  </testsuite>\n</testsuites>\n"
    )
}

fn case(found: &Diagnostic, places: &Places<'_>) -> String {
    let place = found.labels.first().map(|one| places.place(one.span));
    let at = place.map_or(String::new(), |place| {
        format!("{}:{}:{}", place.file, place.line, place.column)
    });
    let name = match at.as_str() {
        "" => found.message.clone(),
        at => format!("{at}: {}", found.message),
    };
    let severity = severity_name(found.severity);
    let body = format!("{severity}: {name}{}", remarks(found));
    let verdict = match found.severity {
        Severity::Error => format!(
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            xml(found.code.name),
            xml(&found.message),
            xml(&body)
        ),
        _ => format!("<system-out>{}</system-out>", xml(&body)),
    };
    let code = xml(found.code.name);
    let name = xml(&name);
    format!("    <testcase classname=\"{code}\" name=\"{name}\">{verdict}</testcase>\n")
}

/// Escaped for element content and double-quoted attributes; XML 1.0 cannot hold controls, and
/// what is unseen is written out.
fn xml(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in text::visible(value).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}
