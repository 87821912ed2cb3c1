//! Which characters a text may hold, comments included: one quick pass before reading.

use super::errors::{Errors, FORBIDDEN_CHARACTER, MARKER_CHARACTER};
use crate::diagnostic::Diagnostic;

/// A private use character; templates mark the places of values with them.
pub fn is_marker(c: char) -> bool {
    matches!(
        c,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}'
    )
}

/// What KDL forbids outside of escapes.
pub fn is_forbidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Reports each run of characters that may not stand in a spec. A byte order mark may stand first.
pub fn check(text: &str, errors: &mut Errors) {
    let bytes = text.as_bytes();
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while at < bytes.len() && !errors.fatal {
        let chunk = &bytes[at..bytes.len().min(at + 64)];
        if !chunk
            .iter()
            .fold(false, |any, byte| any | is_suspect(*byte))
        {
            at += chunk.len();
            continue;
        }
        let clean = chunk.iter().take_while(|byte| !is_suspect(**byte)).count();
        at = check_run(text, at + clean, errors);
    }
}

/// Whether a character that is not allowed may begin with the byte.
fn is_suspect(byte: u8) -> bool {
    (byte < 0x20) & !(0x09..=0x0d).contains(&byte) | (byte == 0x7f) | (byte >= 0xe2)
}

/// Looks at the character at `start` and its like behind it; returns where to go on.
fn check_run(text: &str, start: usize, errors: &mut Errors) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let Some(first) = rest.chars().next() else {
        return start + 1;
    };
    let same: fn(char) -> bool = match first {
        c if is_marker(c) => is_marker,
        c if is_forbidden(c) => is_forbidden,
        c => return start + c.len_utf8(),
    };
    let length = rest.find(|c| !same(c)).unwrap_or(rest.len());
    let span = errors.span(start, start + length);
    errors.push(finding(first).at(span, "here"));
    start + length
}

/// What is wrong with a character that is not allowed; without its place.
pub fn finding(c: char) -> Diagnostic {
    let name = format!("U+{:04X}", u32::from(c));
    match c {
        c if is_marker(c) => {
            let message = format!("the private use character {name} cannot stand in a spec");
            Diagnostic::error(MARKER_CHARACTER, message).help("remove it")
        }
        '\u{feff}' => {
            let message = "a byte order mark (U+FEFF) stands inside the text";
            Diagnostic::error(FORBIDDEN_CHARACTER, message).help("remove it")
        }
        '\0' => {
            let message = "the character NUL (U+0000) cannot stand in a spec";
            Diagnostic::error(FORBIDDEN_CHARACTER, message)
                .help("remove it; check that the file is UTF-8 text")
        }
        c if c.is_control() => {
            let message = format!("the control character {name} cannot stand in a spec");
            Diagnostic::error(FORBIDDEN_CHARACTER, message).help(format!(
                "remove it, or write it in quotes as `\\u{{{:x}}}`",
                u32::from(c)
            ))
        }
        _ => {
            let message = format!("{name} changes the direction of writing and hides what is read");
            Diagnostic::error(FORBIDDEN_CHARACTER, message).help("remove it")
        }
    }
}
