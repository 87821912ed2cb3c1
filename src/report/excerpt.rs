//! What a snippet shows of one file: the lines around each label, clipped and made harmless.
//!
//! The excerpt is a text of its own with labels in its own offsets, and remembers which lines
//! and columns they have in the file. Labels longer than a line point at their first line.

use super::place::{Places, floor};
use super::text::visible_line;
use crate::diagnostic::Label;
use crate::source::FileId;

/// A clip keeps this many characters before a label.
const LEAD: usize = 24;

/// Lines that stand together, or one clipped line.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The first line, from 0.
    pub line: usize,
    pub n_lines: usize,
    /// Where the lines start and end in [`Excerpt::text`]; each ends with a line feed.
    pub start: usize,
    pub end: usize,
}

/// A label in the excerpt.
#[derive(Debug, PartialEq, Eq)]
pub struct Mark {
    pub start: usize,
    pub end: usize,
    /// Line and column in the file, both from 0.
    pub line: usize,
    pub column: usize,
    pub text: String,
    pub primary: bool,
}

/// An excerpt of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    pub path: String,
    pub text: String,
    pub blocks: Vec<Block>,
    /// In the order of their places.
    pub marks: Vec<Mark>,
}

/// How a line that is too long is shown.
#[derive(Clone, Copy, Debug)]
pub struct Clip {
    /// The most characters of a line.
    pub width: usize,
    /// What stands for the rest.
    pub ellipsis: &'static str,
}

/// A line of the file, as far as it is shown: `start..end` in bytes.
struct Row {
    line: usize,
    start: usize,
    end: usize,
}

impl Excerpt {
    /// `labels` are of `file`; `primary` is the first label of the whole finding. No line is
    /// longer than `clip.width` characters, save by what stands for unseen ones.
    pub fn new(
        places: &Places<'_>,
        file: FileId,
        labels: &[&Label],
        primary: Option<&Label>,
        clip: Clip,
    ) -> Excerpt {
        let mut labels = labels.to_vec();
        labels.sort_by_key(|label| label.span);
        let rows = rows(places, file, &labels, clip.width);
        let mut excerpt = Excerpt {
            path: visible_line(&places.path(file)).into_owned(),
            ..Excerpt::default()
        };
        let mut waiting = labels.as_slice();
        for row in &rows {
            let at = excerpt.push(places, file, row, clip.ellipsis);
            while let [label, rest @ ..] = waiting {
                let (start, end) = first_line(places, label);
                let is_cut = start > row.end && !label.is_secret;
                if places.line(file, start) != row.line || is_cut {
                    break;
                }
                let base = &places.text(file)[row.start..row.end];
                let shown = |byte: usize| {
                    let byte = byte.clamp(row.start, row.end) - row.start;
                    at + visible_line(&base[..floor(base, byte)]).len()
                };
                let (line, column) = places.line_column(file, start);
                excerpt.marks.push(Mark {
                    start: shown(start),
                    end: shown(end),
                    line: line - 1,
                    column: column - 1,
                    text: visible_line(&label.text).into_owned(),
                    primary: primary.is_some_and(|one| std::ptr::eq(one, *label)),
                });
                waiting = rest;
            }
        }
        excerpt
    }

    /// Appends a line and returns where its own text begins.
    fn push(&mut self, places: &Places<'_>, file: FileId, row: &Row, ellipsis: &str) -> usize {
        let start = self.text.len();
        let (line_start, line_end) = places.line_range(file, row.line).unwrap_or_default();
        if row.start > line_start {
            self.text.push_str(ellipsis);
        }
        let at = self.text.len();
        let shown = &places.text(file)[row.start..row.end];
        self.text.push_str(&visible_line(shown));
        if row.end < line_end {
            self.text.push_str(ellipsis);
        }
        self.text.push('\n');
        let end = self.text.len();
        match self.blocks.last_mut() {
            Some(block) if block.line + block.n_lines == row.line => {
                block.n_lines += 1;
                block.end = end;
            }
            _ => self.blocks.push(Block {
                line: row.line,
                n_lines: 1,
                start,
                end,
            }),
        }
        at
    }
}

/// The rows for sorted labels: their lines with one neighbour on each side, and a row for each
/// label that the clip of its line leaves out.
fn rows(places: &Places<'_>, file: FileId, labels: &[&Label], width: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut below = None;
    for label in labels {
        let (start, end) = first_line(places, label);
        let line = places.line(file, start);
        if let Some(row) = rows.last()
            && row.line == line
            && start >= row.start
            && end <= row.end
        {
            continue;
        }
        let above = line.saturating_sub(1);
        let last = below.take();
        for context in last.into_iter().chain([above]) {
            if context < line && rows.last().is_none_or(|row| row.line < context) {
                rows.extend(clip(places, file, context, 0, width));
            }
        }
        rows.extend(clip(places, file, line, start, width));
        below = Some(line + 1);
    }
    let last = below.and_then(|line| clip(places, file, line, 0, width));
    // A final newline does not begin a line that is worth showing.
    rows.extend(last.filter(|row| row.start < places.text(file).len()));
    rows
}

/// The part of a line that is shown for the label at `focus`.
fn clip(places: &Places<'_>, file: FileId, line: usize, focus: usize, width: usize) -> Option<Row> {
    let (start, end) = places.line_range(file, line)?;
    let text = places.text(file);
    let focus = focus.clamp(start, end);
    let fits = text[start..end].chars().nth(width).is_none();
    let start = match fits || text[start..focus].chars().nth(width * 2 / 3).is_none() {
        true => start,
        false => back(text, start, focus, LEAD),
    };
    let end = match text[start..end].char_indices().nth(width) {
        Some((at, _)) => start + at,
        None => end,
    };
    let end = places.shown_end(file, start, end);
    Some(Row { line, start, end })
}

/// The byte `n` characters before `at`, not before `least`.
fn back(text: &str, least: usize, at: usize, n: usize) -> usize {
    let before = text[least..at].char_indices().rev();
    before.take(n).last().map_or(at, |(byte, _)| least + byte)
}

/// The bytes of a label on its first line.
fn first_line(places: &Places<'_>, label: &Label) -> (usize, usize) {
    let (start, end) = places.range(label.span);
    let line = places.line(label.span.file, start);
    let (_, line_end) = places.line_range(label.span.file, line).unwrap_or_default();
    let start = start.min(line_end);
    let cut = &places.text(label.span.file)[start..end.clamp(start, line_end)];
    (start, start + cut.trim_end().len())
}
