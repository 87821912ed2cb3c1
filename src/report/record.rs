//! Findings as they are, to a text and back: for a run that need not work them out again.
//!
//! Nothing in such a text is believed: what does not fit the sources is no record.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::{FileId, SourceTree, Span};

#[derive(Serialize, Deserialize)]
struct Record {
    /// Codes that are not the program's own: name, summary, explanation.
    codes: Vec<[String; 3]>,
    findings: Vec<Finding>,
}

#[derive(Serialize, Deserialize)]
struct Finding {
    code: String,
    /// 0 for an error, 1 for a warning, 2 for a note.
    severity: u8,
    message: String,
    labels: Vec<Mark>,
    notes: Vec<String>,
    help: Option<String>,
}

/// File, first byte, byte behind the last one; text; whether it is secret.
#[derive(Serialize, Deserialize)]
struct Mark(u32, u32, u32, String, bool);

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

/// One line. `own` are the codes that [`read`] will know.
pub fn write(found: &[Diagnostic], own: &[&'static Code]) -> String {
    let mut codes: Vec<&Code> = found.iter().map(|one| one.code).collect();
    codes.sort_by_key(|code| code.name);
    codes.dedup();
    codes.retain(|code| !own.contains(code));
    let text = |code: &Code| [code.name, code.summary, code.explanation].map(String::from);
    let record = Record {
        codes: codes.into_iter().map(text).collect(),
        findings: found.iter().map(finding).collect(),
    };
    serde_json::to_string(&record).unwrap_or_default()
}

fn finding(one: &Diagnostic) -> Finding {
    let severity = SEVERITIES.iter().position(|it| *it == one.severity);
    let mark = |label: &Label| {
        let Span { file, start, end } = label.span;
        Mark(file.0, start, end, label.text.clone(), label.is_secret)
    };
    Finding {
        code: one.code.name.to_string(),
        severity: severity.unwrap_or_default() as u8,
        message: one.message.clone(),
        labels: one.labels.iter().map(mark).collect(),
        notes: one.notes.clone(),
        help: one.help.clone(),
    }
}

/// What [`write`] was given; `None` if a line was not written by it, or for other sources.
pub fn read(text: &str, own: &[&'static Code], sources: &SourceTree) -> Option<Vec<Diagnostic>> {
    let record: Record = serde_json::from_str(text).ok()?;
    let mut codes = own.to_vec();
    codes.extend(record.codes.into_iter().map(keep));
    let findings = record.findings.into_iter();
    findings
        .map(|one| diagnostic(one, &codes, sources))
        .collect()
}

/// A code lives as long as the program; there are a few of them.
fn keep(code: [String; 3]) -> &'static Code {
    let [name, summary, explanation] = code.map(|text| &*Box::leak(text.into_boxed_str()));
    Box::leak(Box::new(Code {
        name,
        summary,
        explanation,
    }))
}

fn diagnostic(one: Finding, codes: &[&'static Code], sources: &SourceTree) -> Option<Diagnostic> {
    let labels = one.labels.into_iter();
    Some(Diagnostic {
        code: codes.iter().find(|code| code.name == one.code)?,
        severity: *SEVERITIES.get(usize::from(one.severity))?,
        message: one.message,
        labels: labels
            .map(|mark| label(mark, sources))
            .collect::<Option<_>>()?,
        notes: one.notes,
        help: one.help,
    })
}

/// Only a place that there is.
fn label(Mark(file, start, end, text, is_secret): Mark, sources: &SourceTree) -> Option<Label> {
    let inside = (file as usize) < sources.len() && start <= end;
    let span = inside.then_some(Span {
        file: FileId(file),
        start,
        end,
    })?;
    let source = sources.text(span.file);
    let fits = |at: u32| source.is_char_boundary(at as usize);
    (fits(start) && fits(end)).then_some(Label {
        span,
        text,
        is_secret,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{CODES, TOO_MANY_FINDINGS};
    use crate::source::SourceFile;

    fn sources() -> SourceTree {
        SourceTree::new([SourceFile {
            path: "a.kdl".into(),
            text: "größe 1\n".into(),
        }])
    }

    fn found() -> Vec<Diagnostic> {
        let own = keep(["no-team", "no \"team\"", "Name\na team."].map(String::from));
        let at = Span::new(FileId(0), 0, 7);
        vec![
            Diagnostic::warning(TOO_MANY_FINDINGS, "one\u{1b}[31m `two`\n")
                .at(at, "here")
                .at_secret(Span::new(FileId(0), 8, 10), "")
                .note("a")
                .note("b"),
            Diagnostic::new(own, Severity::Note, "").help("do"),
        ]
    }

    #[test]
    fn findings_come_back_as_they_were() {
        let (found, sources) = (found(), sources());
        let text = write(&found, CODES);
        assert_eq!(text.lines().count(), 1);
        let read = read(&text, CODES, &sources).unwrap();
        assert_eq!(read, found);
        assert_eq!(read[1].code.explanation, "Name\na team.");
        assert_eq!(super::read(&write(&[], CODES), &[], &sources), Some(vec![]));
    }

    #[test]
    fn what_does_not_fit_the_sources_is_no_record() {
        let (text, sources) = (write(&found(), CODES), sources());
        for (from, to) in [
            ("[0,0,7,", "[1,0,7,"),
            ("[0,0,7,", "[0,0,70,"),
            ("[0,0,7,", "[0,7,0,"),
            ("[0,0,7,", "[0,0,3,"),
            ("[0,0,7,", "[0,-1,7,"),
            ("\"severity\":1", "\"severity\":3"),
            ("\"code\":\"no-team\"", "\"code\":\"other\""),
            ("]}", ""),
        ] {
            assert!(text.contains(from), "{text}");
            let other = text.replace(from, to);
            assert_eq!(read(&other, CODES, &sources), None, "{to}");
        }
        assert_eq!(read("", CODES, &sources), None);
        assert_eq!(read(&"[".repeat(100_000), CODES, &sources), None);
    }
}
