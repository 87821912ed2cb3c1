//! Text of users made harmless for terminals and logs, and wrapped.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character acts on a terminal or on its neighbours instead of showing itself:
/// controls (save tab and line feed), bidirectional marks, invisible and private-use characters.
pub fn is_unseen(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' => true,
        '\u{200b}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' => true,
        _ => c.is_control(),
    }
}

/// The text with each unseen character written as `\u{1b}`; tabs and line feeds stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unseen) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unseen(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// [`visible`] on one line: a line feed becomes `\n`.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    if text.contains('\n') {
        return Cow::Owned(text.replace('\n', "\\n"));
    }
    text
}

/// JSON text with each unseen character written as `\u001b`; the document means the same.
///
/// Behind the ASCII range such characters stand in strings alone, and the serialiser has
/// escaped what is below.
pub fn json_visible(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if !is_unseen(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

/// Breaks at spaces so that lines have at most `width` characters where words allow it; lines
/// after the first begin with `indent`. Line feeds in the text stay.
pub fn wrap(text: &str, width: usize, first: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut at = first;
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            out.push('\n');
            out.push_str(indent);
            at = indent.chars().count();
        }
        for (n, word) in line.split(' ').enumerate() {
            let len = word.chars().count();
            if n > 0 && at + 1 + len > width {
                out.push('\n');
                out.push_str(indent);
                at = indent.chars().count();
            } else if n > 0 {
                out.push(' ');
                at += 1;
            }
            out.push_str(word);
            at += len;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        let cases = [
            ("plain `name`, größe, 日本", "plain `name`, größe, 日本"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\u{202e}b\u{2066}c", "a\\u{202e}b\\u{2066}c"),
            ("\u{9b}2J\u{7f}\r", "\\u{9b}2J\\u{7f}\\u{d}"),
            ("tab\there", "tab\there"),
            ("\u{e000}\u{feff}", "\\u{e000}\\u{feff}"),
        ];
        for (text, expected) in cases {
            assert_eq!(visible(text), expected);
        }
        assert_eq!(visible_line("a\nb"), "a\\nb");
    }

    #[test]
    fn json_means_the_same_when_its_characters_are_written_out() {
        let value = "a\u{1b}b\u{202e}c\u{e0001}d";
        let text = json_visible(&serde_json::to_string(value).unwrap());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
    }

    #[test]
    fn lines_break_at_spaces_and_keep_long_words() {
        assert_eq!(wrap("aa bb cc", 7, 2, "  "), "aa bb\n  cc");
        assert_eq!(wrap("aaaaaaaaaa b", 5, 0, " "), "aaaaaaaaaa\n b");
        assert_eq!(wrap("a\nb", 9, 0, ".."), "a\n..b");
    }
}
