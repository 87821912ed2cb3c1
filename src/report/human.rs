//! The report for people: message, snippets of every file concerned, notes, help, a summary.
//!
//! The only file that names miette, which draws the snippets. What it sees is an [`Excerpt`],
//! so that its output is bounded and harmless.

use std::borrow::Cow;
use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::excerpt::{Block, Clip, Excerpt, Mark};
use super::place::Places;
use super::text::{visible, visible_line, wrap};
use super::together::together;
use super::{Look, Summary, severity_name};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::FileId;

/// A finding shows this many of its places.
const MAX_LABELS: usize = 10;

/// Findings with a blank line between them, then the count of those beyond `look.limit`, then
/// the summary; nothing when there are none. Errors are the last to be left out.
pub fn render(found: &[Diagnostic], places: &Places<'_>, look: &Look) -> String {
    if found.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let shown = together(found);
    for one in select(&shown, look.limit) {
        out.push_str(&finding(one, places, look));
        out.push('\n');
    }
    if let Some(rest) = shown.len().checked_sub(look.limit).filter(|n| *n > 0) {
        out.push_str(&format!(
            "and {rest} more: `--format json` shows all {}\n",
            found.len()
        ));
    }
    let severity = found.iter().map(|one| one.severity).min();
    let summary = Summary::of(shown.iter().map(Cow::as_ref)).to_string();
    out.push_str(&paint(look, color(severity), &summary));
    out.push('\n');
    out
}

/// The worst `limit` findings, in the order given.
fn select<'a>(found: &'a [Cow<'_, Diagnostic>], limit: usize) -> Vec<&'a Diagnostic> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|at| found[*at].severity);
    order.truncate(limit);
    order.sort_unstable();
    order.into_iter().map(|at| found[at].as_ref()).collect()
}

fn finding(found: &Diagnostic, places: &Places<'_>, look: &Look) -> String {
    let name = severity_name(found.severity);
    let head = format!("{name}[{}]", found.code.name);
    let message = visible_line(&found.message);
    let message = wrap(&message, look.width, head.len() + 2, "  ");
    let mut out = paint(look, color(Some(found.severity)), &head);
    out.push_str(&paint(look, "1", &format!(": {message}")));
    out.push('\n');
    let (labels, rest) = found.labels.split_at(found.labels.len().min(MAX_LABELS));
    for file in files(labels) {
        out.push_str(&snippet(found.severity, labels, file, places, look));
    }
    if !rest.is_empty() {
        let text = format!("{} more places are in `--format json`", rest.len());
        remark(&mut out, look, "note", &text);
    }
    for note in &found.notes {
        remark(&mut out, look, "note", note);
    }
    if let Some(help) = &found.help {
        remark(&mut out, look, "help", help);
    }
    out
}

fn remark(out: &mut String, look: &Look, head: &str, text: &str) {
    let text = wrap(&visible(text), look.width, 8, "        ");
    out.push_str("  ");
    out.push_str(&paint(look, "36", &format!("{head}:")));
    out.push_str(&format!(" {text}\n"));
}

/// The files of the labels, in order of first mention.
fn files(labels: &[Label]) -> Vec<FileId> {
    let mut files = Vec::new();
    for label in labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files
}

/// `labels` are those of the finding, in every file.
fn snippet(
    severity: Severity,
    labels: &[Label],
    file: FileId,
    places: &Places<'_>,
    look: &Look,
) -> String {
    let of_file = |label: &&Label| label.span.file == file;
    let here: Vec<&Label> = labels.iter().filter(of_file).collect();
    let clip = Clip {
        width: look.width.saturating_sub(12).max(40),
        ellipsis: if look.unicode { "…" } else { "..." },
    };
    let excerpt = Excerpt::new(places, file, &here, labels.first(), clip);
    let handler = GraphicalReportHandler::new_themed(theme(severity, &excerpt, look))
        .with_links(false)
        .with_width(look.width)
        .without_syntax_highlighting();
    let mut drawn = String::new();
    if handler
        .render_report(&mut drawn, &Snippet(excerpt))
        .is_err()
    {
        return String::new();
    }
    // The first line is the message, which stands above all snippets already.
    let body = drawn.split_once('\n').map_or("", |(_, body)| body);
    let lines = body.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// Highlights stand in the order of the marks: the primary one in the colour of the severity.
fn theme(severity: Severity, excerpt: &Excerpt, look: &Look) -> GraphicalTheme {
    let mut styles = match look.color {
        true => ThemeStyles::ansi(),
        false => ThemeStyles::none(),
    };
    let primary = match severity {
        Severity::Error => styles.error,
        Severity::Warning => styles.warning,
        Severity::Note => styles.advice,
    };
    let style = |mark: &Mark| if mark.primary { primary } else { styles.help };
    styles.highlights = excerpt.marks.iter().map(style).collect();
    let characters = match look.unicode {
        true => ThemeCharacters::unicode(),
        false => ThemeCharacters::ascii(),
    };
    GraphicalTheme { characters, styles }
}

fn color(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Error) => "1;31",
        Some(Severity::Warning) => "1;33",
        Some(Severity::Note) | None => "1;36",
    }
}

fn paint(look: &Look, color: &str, text: &str) -> String {
    match look.color {
        true => format!("\u{1b}[{color}m{text}\u{1b}[0m"),
        false => text.to_string(),
    }
}

/// An excerpt in miette's terms.
#[derive(Debug)]
struct Snippet(Excerpt);

impl fmt::Display for Snippet {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Snippet {}

impl miette::Diagnostic for Snippet {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.marks.iter().map(|mark| {
            let text = Some(mark.text.clone()).filter(|text| !text.is_empty());
            let span = (mark.start, mark.end - mark.start);
            match mark.primary {
                true => LabeledSpan::new_primary_with_span(text, span),
                false => LabeledSpan::new_with_span(text, span),
            }
        })))
    }
}

impl SourceCode for Snippet {
    /// The whole block of a span, or its place alone when no context is asked for; an error for
    /// a span over several blocks, which keeps them apart.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let holds = |block: &&Block| block.start <= start && end < block.end;
        let block = self.0.blocks.iter().find(holds);
        let block = block.ok_or(MietteError::OutOfBounds)?;
        let mark = self.0.marks.iter().find(|mark| mark.start == start);
        let (from, to, line, column) = match mark {
            Some(mark) if before == 0 => (start, end, mark.line, mark.column),
            _ => (block.start, block.end, block.line, 0),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path.clone(),
            &self.0.text.as_bytes()[from..to],
            (from, to - from).into(),
            line,
            column,
            block.n_lines,
        )))
    }
}
