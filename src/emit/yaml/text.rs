//! Strings: plain, literal block or double-quoted.
//!
//! Plain means that Go's reader of Kubernetes manifests (YAML 1.1 habits: `yes`, `0o7`, `1_000`)
//! and every YAML 1.2 reader take it for this very string. In doubt a string is quoted.

use super::indent;
use std::fmt::Write;

/// May stand anywhere in a plain scalar.
const INNER: u8 = 1;
/// May start a plain scalar that needs no further look.
const START: u8 = 2;
/// May start one that is no word such as `yes`.
const WORD: u8 = 4;
/// May start one that is no number or date.
const SIGN: u8 = 8;
/// Occurs in numbers and dates.
const NUMBER: u8 = 16;
/// Beyond ASCII.
const HIGH: u8 = 32;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let at = byte as u8;
        table[byte] = match at {
            0x80.. => HIGH | START,
            b'!'..=b'~' if at != b':' && at != b'#' => INNER,
            _ => 0,
        };
        table[byte] |= match at {
            b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => WORD,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'/' | b'$' | b'(' | b')' | b';' | b'^' | b'\\' => {
                START
            }
            b'0'..=b'9' | b'+' | b'-' | b'.' => SIGN,
            _ => 0,
        };
        table[byte] |= match at {
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' | b'x' | b'X' | b'o' | b'O' => NUMBER,
            b'_' | b'.' | b',' | b':' | b'+' | b'-' | b't' | b'T' | b'z' | b'Z' | b' ' => NUMBER,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Words that some reader takes for a boolean or null, in lower case.
const WORDS: [&str; 10] = [
    "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~",
];

/// Writes a string and the newline behind it; lines of a literal block start at `column`.
pub(super) fn write_line(text: &str, column: usize, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else if let Some(header) = literal_header(text) {
        return write_literal(text, header, column, out);
    } else {
        write_quoted(text, out);
    }
    out.push('\n');
}

/// Writes a string on the current line: a key, or a document of its own.
pub(super) fn write_flat(text: &str, out: &mut String) {
    if is_plain(text) {
        out.push_str(text);
    } else {
        write_quoted(text, out);
    }
}

fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let start = CLASS[usize::from(*first)];
    if start & START == 0 && !starts_plain(text, start) || *last == b' ' {
        return false;
    }
    let mut high = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let class = CLASS[usize::from(*byte)];
        high |= class;
        if class & (INNER | HIGH) == 0 && !fits_inside(bytes, at) {
            return false;
        }
    }
    high & HIGH == 0 || !text.chars().any(is_escaped)
}

/// A first byte that is not [`START`] may still start a plain scalar.
fn starts_plain(text: &str, class: u8) -> bool {
    if class & WORD != 0 {
        return text.len() > 5 || !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    }
    class & SIGN != 0 && !starts_indicator(text) && !is_number_like(text)
}

/// A list item, a document marker, or what starts as one.
fn starts_indicator(text: &str) -> bool {
    text.starts_with("- ") || text.starts_with("---") || text.starts_with("...")
}

/// Numbers and dates in any notation, and a good deal more.
fn is_number_like(text: &str) -> bool {
    let word = text.strip_prefix(['+', '-']).unwrap_or(text);
    match word.as_bytes() {
        [] => true,
        [b'0'..=b'9' | b'.' | b'_', ..] => {
            let in_set = |byte| CLASS[usize::from(byte)] & NUMBER != 0;
            let is_special = |name| word.eq_ignore_ascii_case(name);
            text.bytes().all(in_set) || is_special(".inf") || is_special(".nan")
        }
        _ => false,
    }
}

/// Colons, hashes and spaces depend on their neighbours.
fn fits_inside(bytes: &[u8], at: usize) -> bool {
    match bytes[at] {
        b' ' => true,
        b'#' => at > 0 && bytes[at - 1] != b' ',
        b':' => !matches!(
            bytes.get(at + 1),
            None | Some(b' ' | b',' | b'[' | b']' | b'{' | b'}')
        ),
        _ => false,
    }
}

/// Line breaks of YAML 1.1, byte order marks, non-characters, controls, and marks that hide or
/// turn the text around them.
fn is_escaped(char: char) -> bool {
    matches!(
        char,
        '\0'..='\x1f'
            | '\x7f'..='\u{a0}'
            | '\u{200b}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fffe}'..='\u{ffff}'
    )
}

/// How a text of several lines is announced, where a literal block can hold it exactly.
fn literal_header(text: &str) -> Option<&'static str> {
    if !text.contains('\n') || !is_visible(text) {
        return None;
    }
    let body = text.trim_end_matches('\n');
    let first = body.trim_start_matches('\n');
    let is_blank = |line: &str| line.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
    let first_line = first.split('\n').next().unwrap_or("");
    let last_line = body.rsplit('\n').next().unwrap_or("");
    if first.starts_with('\t') || is_blank(first_line) || is_blank(last_line) {
        return None;
    }
    Some(match (first.starts_with(' '), text.len() - body.len()) {
        (false, 0) => "|-",
        (false, 1) => "|",
        (false, _) => "|+",
        (true, 0) => "|2-",
        (true, 1) => "|2",
        (true, _) => "|2+",
    })
}

/// Without anything that must be escaped, line breaks and tabs aside.
fn is_visible(text: &str) -> bool {
    let is_ascii = |byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    let is_hidden = |char| !matches!(char, '\n' | '\t') && is_escaped(char);
    text.bytes().all(is_ascii) || !text.chars().any(is_hidden)
}

fn write_literal(text: &str, header: &str, column: usize, out: &mut String) {
    out.push_str(header);
    out.push('\n');
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            indent(column, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut done = 0;
    for (at, char) in text.char_indices() {
        if char != '"' && char != '\\' && !is_escaped(char) {
            continue;
        }
        out.push_str(&text[done..at]);
        done = at + char.len_utf8();
        escape(char, out);
    }
    out.push_str(&text[done..]);
    out.push('"');
}

fn escape(char: char, out: &mut String) {
    match char {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        // Writing to a string cannot fail.
        _ if char < '\u{80}' => _ = write!(out, "\\x{:02x}", u32::from(char)),
        _ => _ = write!(out, "\\u{:04x}", u32::from(char)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> String {
        let mut out = String::new();
        write_line(text, 2, &mut out);
        out
    }

    #[test]
    fn strings_stay_plain_where_all_readers_agree() {
        let plain = "web|registry.example.com/shop/web:1.2.3@sha256:ab|500m|10Gi|15m|--flag=a,b|$(POD_IP)|a: |\
            http://x:80/#y|/livez|a, b [c] {d}|it's \"so\"|é|.github|-x|-f|--|yes!|~/x|nothing|1.2.3-rc1|日本|a  b";
        for text in plain.split('|').filter(|text| *text != "a: ") {
            assert_eq!(line(text), format!("{text}\n"));
        }
    }

    #[test]
    fn strings_are_quoted_where_some_reader_disagrees() {
        let quoted = "|yes|No|ON|off|y|N|true|False|null|NULL|~|tRuE|1|-1|+1|1.5|.5|5.|1e3|1E-3|0x1F|0o7|0b11|012|1_000|\
            .inf|-.Inf|+.INF|.NaN|2001-12-14|2001-12-14t21:59:43.10-05:00|2001-12-14 21:59:43.10 -5|12:30:45|1:30|=|<<|- x|-|---|--- a|...|\
            ? x|?|: x|:|a: b|a:| lead|trail |#c|x #y|&a|*a|!t|%d|@x|`x|'x|\"x|[x|{x|]x|}x|,x|>x|>=97%|<1%|1,000|1.8.2";
        for text in quoted.split('|') {
            assert!(line(text).starts_with('"'), "{text} is not quoted");
        }
        assert!(line("|x").starts_with('"'));
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let table = [
            ("a\tb", r#""a\tb""#),
            ("a\u{85}b", r#""a\u0085b""#),
            (
                "\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}",
                r#""\u2028\u2029\ufeff\ufffe\uffff""#,
            ),
            ("\0\x1b\x7f", r#""\x00\x1b\x7f""#),
            ("a\u{202e}b", r#""a\u202eb""#),
            ("a\r\nb", r#""a\r\nb""#),
            ("say \"\\\": x", r#""say \"\\\": x""#),
            ("\n\n", r#""\n\n""#),
            ("\ta\nb", r#""\ta\nb""#),
            ("a\n ", r#""a\n ""#),
        ];
        for (text, written) in table {
            assert_eq!(line(text), format!("{written}\n"));
        }
    }

    #[test]
    fn lines_become_a_literal_block() {
        let table = [
            ("#!/bin/sh\n\tx: 1\n", "|\n  #!/bin/sh\n  \tx: 1\n"),
            ("a\n\n  b", "|-\n  a\n\n    b\n"),
            ("a\n\n\n", "|+\n  a\n\n\n"),
            ("  a\nb\n", "|2\n    a\n  b\n"),
            ("\n\na\n", "|\n\n\n  a\n"),
            ("a \n---\nyes\n", "|\n  a \n  ---\n  yes\n"),
        ];
        for (text, written) in table {
            assert_eq!(line(text), written);
        }
    }
}
