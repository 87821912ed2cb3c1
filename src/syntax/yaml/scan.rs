//! What has to be known of a text before it is parsed: that its characters are fit, and where its
//! bytes are.

use super::codes::YAML_CHARACTER;
use super::dialect::Dialect;
use super::lenient::Blanks;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// A file full of them needs no more examples than these.
const MOST: usize = 10;

/// The parser counts characters, we count bytes: every 64th character's offset.
pub(super) struct Offsets<'a> {
    text: &'a str,
    base: usize,
    /// Empty where the text is ASCII.
    marks: Vec<u32>,
    blanks: &'a Blanks,
}

const STEP: usize = 64;

impl<'a> Offsets<'a> {
    /// `base` is where `text` starts in its file, which has none of these `blanks`.
    pub(super) fn new(text: &'a str, base: usize, blanks: &'a Blanks) -> Offsets<'a> {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices()
                .step_by(STEP)
                .map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX))
                .collect()
        };
        Offsets {
            text,
            base,
            marks,
            blanks,
        }
    }

    /// The byte in the file at which the character `index` of the text starts.
    pub(super) fn byte(&self, index: usize) -> usize {
        let at = self.local(index);
        self.base + at - self.blanks.before(at)
    }

    fn local(&self, index: usize) -> usize {
        if self.marks.is_empty() {
            return index.min(self.text.len());
        }
        let Some(mark) = self.marks.get(index / STEP) else {
            return self.text.len();
        };
        let start = *mark as usize;
        let rest = self.text.get(start..).unwrap_or("");
        rest.char_indices()
            .nth(index % STEP)
            .map_or(self.text.len(), |(at, _)| start + at)
    }
}

/// Is this character refused wherever it stands?
pub(super) fn is_unfit(char: char, dialect: Dialect) -> bool {
    match char {
        '\t' | '\n' | '\r' => false,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => true,
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => dialect == Dialect::Spec && is_private(char),
    }
}

/// Characters without a meaning of their own, which templates use as marks.
pub(super) fn is_private(char: char) -> bool {
    matches!(char, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// Whether a manifest holds no unfit character.
pub(super) fn is_clean(text: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    let is_fit = |(at, char): (usize, char)| match char {
        '\r' => text[at + 1..].starts_with('\n'),
        char => !is_unfit(char, Dialect::Foreign),
    };
    text.bytes().all(is_plain) || text.char_indices().all(is_fit)
}

/// Reports unfit characters; `base` is where `text` starts in its file.
pub(super) fn characters(
    file: FileId,
    (text, base): (&str, usize),
    dialect: Dialect,
    diags: &mut Diagnostics,
) {
    let is_fit = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_fit) {
        return;
    }
    let unfit = text.char_indices().filter(|(at, char)| match char {
        '\r' => !text[at + 1..].starts_with('\n'),
        char => is_unfit(*char, dialect),
    });
    for (at, char) in unfit.take(MOST) {
        let start = base + at;
        diags.push(character(
            char,
            Span::new(file, start, start + char.len_utf8()),
        ));
    }
}

/// The finding that `char` stands at `span`.
pub(super) fn character(char: char, span: Span) -> Diagnostic {
    let help = match char {
        _ if is_private(char) => "remove it: templates use such characters as marks",
        '\0'..='\x1f' | '\x7f' => "remove it, or write it as an escape in double quotes",
        _ => "remove it: it cannot be seen, and programs disagree about it",
    };
    let number = u32::from(char);
    Diagnostic::error(
        YAML_CHARACTER,
        format!("the character U+{number:04X} has no place here"),
    )
    .at(span, format!("U+{number:04X}"))
    .help(help)
}
