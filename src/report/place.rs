//! Byte spans to lines and columns, for many spans of large files.
//!
//! Lines and columns count from 1, columns and character offsets count Unicode characters.

use std::cell::OnceCell;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceTree, Span};

/// Bytes between two remembered character counts.
const STEP: usize = 256;

/// Where a span starts and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// Behind the last character.
    pub end_column: usize,
    /// In bytes, from 0.
    pub offset: usize,
    pub length: usize,
    /// In characters, from 0.
    pub char_offset: usize,
    pub char_length: usize,
}

/// A tree with an index of each file that was asked for.
pub struct Places<'a> {
    sources: &'a SourceTree,
    prefix: &'a str,
    indexes: Vec<OnceCell<Index>>,
    /// What no snippet shows, whichever finding it is for.
    secrets: Vec<Span>,
}

/// `lines` holds the byte at which each line starts, `steps` the characters before each byte
/// that is a multiple of [`STEP`].
struct Index {
    lines: Vec<usize>,
    steps: Vec<usize>,
}

impl<'a> Places<'a> {
    pub fn new(sources: &'a SourceTree, prefix: &'a str) -> Places<'a> {
        let indexes = (0..sources.len()).map(|_| OnceCell::new()).collect();
        Places {
            sources,
            prefix,
            indexes,
            secrets: Vec::new(),
        }
    }

    /// Hides the secrets that `found` points at.
    pub fn hiding(mut self, found: &[Diagnostic]) -> Places<'a> {
        let labels = found.iter().flat_map(|one| &one.labels);
        let secrets = labels.filter(|label| label.is_secret);
        self.secrets = secrets.map(|label| label.span).collect();
        self
    }

    /// The byte before `end` from which a line that begins at `start` is not shown.
    pub fn shown_end(&self, file: FileId, start: usize, end: usize) -> usize {
        let secrets = self.secrets.iter().filter(|span| span.file == file);
        let here = secrets.filter(|span| (span.start as usize) < end && span.end as usize > start);
        let first = here.map(|span| span.start as usize).min().unwrap_or(end);
        floor(self.text(file), first.max(start))
    }

    pub fn path(&self, file: FileId) -> String {
        format!("{}{}", self.prefix, self.sources.path(file))
    }

    pub fn text(&self, file: FileId) -> &'a str {
        self.sources.text(file)
    }

    /// The span cut to its file and widened to whole characters.
    pub fn range(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let start = floor(text, span.start as usize);
        let mut end = (span.end as usize).clamp(start, text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        (start, end)
    }

    /// The line, from 0, on which a byte stands.
    pub fn line(&self, file: FileId, byte: usize) -> usize {
        let lines = &self.index(file).lines;
        lines.partition_point(|start| *start <= byte).max(1) - 1
    }

    /// The bytes of a line, from 0, without its line break; `None` behind the last one.
    pub fn line_range(&self, file: FileId, line: usize) -> Option<(usize, usize)> {
        let lines = &self.index(file).lines;
        let start = *lines.get(line)?;
        let text = self.text(file);
        let end = lines.get(line + 1).map_or(text.len(), |next| next - 1);
        let end = match text.as_bytes().get(start..end) {
            Some([.., b'\r']) => end - 1,
            _ => end,
        };
        Some((start, end))
    }

    pub fn place(&self, span: Span) -> Place {
        let (start, end) = self.range(span);
        let (line, column) = self.line_column(span.file, start);
        let (end_line, end_column) = self.line_column(span.file, end);
        let char_offset = self.chars_before(span.file, start);
        Place {
            file: self.path(span.file),
            line,
            column,
            end_line,
            end_column,
            offset: start,
            length: end - start,
            char_offset,
            char_length: self.chars_before(span.file, end) - char_offset,
        }
    }

    pub fn line_column(&self, file: FileId, byte: usize) -> (usize, usize) {
        let line = self.line(file, byte);
        let start = self.index(file).lines[line];
        let column = self.chars_before(file, byte) - self.chars_before(file, start);
        (line + 1, column + 1)
    }

    fn chars_before(&self, file: FileId, byte: usize) -> usize {
        let step = byte / STEP;
        let bytes = &self.text(file).as_bytes()[step * STEP..byte];
        self.index(file).steps[step] + count_chars(bytes)
    }

    fn index(&self, file: FileId) -> &Index {
        self.indexes[file.0 as usize].get_or_init(|| Index::new(self.text(file)))
    }
}

impl Index {
    fn new(text: &str) -> Index {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1));
        let mut steps = vec![0];
        let mut total = 0;
        for chunk in text.as_bytes().chunks(STEP) {
            total += count_chars(chunk);
            steps.push(total);
        }
        Index {
            lines: lines.collect(),
            steps,
        }
    }
}

/// Characters that begin in these bytes of UTF-8.
fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The nearest character boundary at or before a byte.
pub fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn places_agree_with_the_plain_count_on_any_byte() {
        let line = "größe \"日本\" \u{1f680}\r\n";
        let text = line.repeat(400) + "end";
        let path = "a.kdl".to_string();
        let tree = SourceTree::new([SourceFile { path, text }]);
        let places = Places::new(&tree, "deploy/");
        let text = tree.text(FileId(0));
        for at in (0..text.len())
            .step_by(7)
            .chain([text.len(), text.len() + 9])
        {
            let span = Span::new(FileId(0), at, at);
            let place = places.place(span);
            assert_eq!((place.line, place.column), tree.position(span), "byte {at}");
            let before = &text[..floor(text, at)];
            assert_eq!(place.char_offset, before.chars().count(), "byte {at}");
        }
        assert_eq!(places.path(FileId(0)), "deploy/a.kdl");
    }
}
