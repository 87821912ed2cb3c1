//! The marks that stand in a skeleton where values will go: `U+10FFF8`, a number, `U+10FFF9`.
//!
//! No text that a template or a spec gives may hold either character, so no text can forge one.

use crate::render::codes;
use crate::render::fault::{Fault, Place};

pub const START: char = '\u{10FFF8}';
pub const END: char = '\u{10FFF9}';

/// One part of a text with marks.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Text(crate::value::Str),
    Slot(usize),
}

/// Replaces `mark` by the mark of a slot.
pub fn write(number: usize, mark: &mut String) {
    mark.clear();
    mark.push(START);
    let mut unit = 1;
    while number / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        mark.push(char::from(b'0' + (number / unit % 10) as u8));
        unit /= 10;
    }
    mark.push(END);
}

/// The number of a text that is one mark.
pub fn number(text: &str) -> Option<usize> {
    match split(text)?.as_slice() {
        [Piece::Slot(number)] => Some(*number),
        _ => None,
    }
}

/// Whether `text` holds a character that is reserved for marks.
pub fn is_marked(text: &str) -> bool {
    text.as_bytes().contains(&0xF4) && text.contains([START, END])
}

/// The fault of a value with a reserved character.
pub fn fault(place: Place) -> Fault {
    Fault::new(
        codes::TEMPLATE_MARKER,
        place,
        "holds a character that is reserved for templates",
    )
    .help("remove `U+10FFF8` and `U+10FFF9` from the text")
}

/// Cuts a text at its marks; no two texts stand side by side and none is empty. `None` when a
/// mark is broken, as a filter that cuts a captured text can leave it.
pub fn split(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find([START, END]) {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].into()));
        }
        let (number, behind) = rest[at..].strip_prefix(START)?.split_once(END)?;
        pieces.push(Piece::Slot(number.parse().ok()?));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_they_are_written() {
        let mut mark = String::new();
        for number in [0, 9, 10, 99, 100, 20_000] {
            write(number, &mut mark);
            assert_eq!(split(&mark), Some(vec![Piece::Slot(number)]));
        }
    }

    #[test]
    fn texts_are_cut_at_whole_marks_only() {
        let text = |text: &str| Piece::Text(text.into());
        for (marked, pieces) in [
            ("", Some(vec![])),
            ("abc", Some(vec![text("abc")])),
            ("\u{10FFF8}3\u{10FFF9}", Some(vec![Piece::Slot(3)])),
            (
                "a\u{10FFF8}0\u{10FFF9}\u{10FFF8}1\u{10FFF9}b",
                Some(vec![text("a"), Piece::Slot(0), Piece::Slot(1), text("b")]),
            ),
            ("\u{10FFF8}3", None),
            ("3\u{10FFF9}", None),
            ("\u{10FFF8}\u{10FFF9}", None),
            ("\u{10FFF8}x\u{10FFF9}", None),
        ] {
            assert_eq!(split(marked), pieces, "{marked:?}");
        }
    }
}
