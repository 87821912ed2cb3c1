//! The values of strings: escapes resolved, multi-line ones dedented.

use super::chars;
use super::errors::{ESCAPE, Errors, MULTI_LINE_STRING, VERSION_ONE};
use super::lex::{Quotes, Token, is_newline, is_space};
use crate::diagnostic::Diagnostic;
use crate::value::Str;

/// The value of a string token.
pub fn value(text: &str, token: Token, quotes: Quotes, errors: &mut Errors) -> Str {
    let start = token.start + quotes.width();
    let end = match quotes.closed {
        true => token.end - quotes.width(),
        false => token.end,
    };
    let body = text.get(start..end).unwrap_or("");
    if quotes.multi_line && quotes.closed {
        return multi_line(body, start, quotes, errors);
    }
    if quotes.hashes > 0 || !body.contains('\\') {
        return body.into();
    }
    let mut value = String::with_capacity(body.len());
    unescape(body, &|at| start + at, &mut value, errors);
    value.into()
}

/// Appends `body` to `value`. `origin` maps offsets in `body` to offsets in the file.
fn unescape(body: &str, origin: &dyn Fn(usize) -> usize, value: &mut String, errors: &mut Errors) {
    let mut at = 0;
    while let Some(length) = body[at..].find('\\') {
        value.push_str(&body[at..at + length]);
        let start = at + length;
        at = escape(body, start, value, &mut |end, error| {
            let span = errors.span(origin(start), origin(end));
            errors.push(error.at(span, "in this string"));
        });
    }
    value.push_str(&body[at..]);
}

/// Resolves the escape at `start` and returns its end.
fn escape(
    body: &str,
    start: usize,
    value: &mut String,
    report: &mut dyn FnMut(usize, Diagnostic),
) -> usize {
    let rest = &body[start + 1..];
    let Some(c) = rest.chars().next() else {
        return body.len();
    };
    let end = start + 1 + c.len_utf8();
    let simple = match c {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        's' => ' ',
        '\\' | '"' => c,
        'u' => return unicode(body, start, value, report),
        c if is_space(c) || is_newline(c) => {
            let kept = rest.trim_start_matches(|c| is_space(c) || is_newline(c));
            return body.len() - kept.len();
        }
        c => {
            report(end, unknown_escape(c));
            c
        }
    };
    value.push(simple);
    end
}

fn unknown_escape(c: char) -> Diagnostic {
    if c == '/' {
        return Diagnostic::error(VERSION_ONE, "`\\/` is an escape of KDL 1")
            .help("write `/` alone");
    }
    let shown = if c.is_control() {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    };
    Diagnostic::error(ESCAPE, format!("`\\{shown}` is not an escape")).help(format!(
        "write `\\\\{shown}` for a backslash, or use a raw string: `#\"…\"#`"
    ))
}

/// `\u{…}`: one to six hexadecimal digits.
fn unicode(
    body: &str,
    start: usize,
    value: &mut String,
    report: &mut dyn FnMut(usize, Diagnostic),
) -> usize {
    let rest = &body[start + 2..];
    let digits = rest.strip_prefix('{').map_or("", |rest| {
        let end = rest.find(|c: char| !c.is_ascii_hexdigit());
        &rest[..end.unwrap_or(rest.len())]
    });
    let behind = start + 3 + digits.len();
    if digits.is_empty() || body.as_bytes().get(behind) != Some(&b'}') {
        let message = "`\\u` is followed by one to six hexadecimal digits in braces";
        report(
            start + 2,
            Diagnostic::error(ESCAPE, message).help("write it as in `\\u{e9}`"),
        );
        return start + 2;
    }
    let end = behind + 1;
    let number = u32::from_str_radix(digits, 16).ok();
    match number
        .filter(|_| digits.len() <= 6)
        .and_then(char::from_u32)
    {
        Some(c) if c == '\0' || chars::is_marker(c) => report(end, chars::finding(c)),
        Some(c) => value.push(c),
        None => {
            let message = format!(
                "`\\u{{{}}}` is not a character",
                super::errors::excerpt(digits)
            );
            report(
                end,
                Diagnostic::error(ESCAPE, message)
                    .note("characters go up to 10FFFF, without D800 to DFFF")
                    .help("write the number of a Unicode character in one to six digits"),
            );
        }
    }
    end
}

/// A body whose escaped whitespace is gone, with the way back to the file.
struct Joined {
    text: String,
    /// Offsets in `text` and in the file from which on both run alike.
    origins: Vec<(usize, usize)>,
}

impl Joined {
    fn new(body: &str, start: usize, raw: bool) -> Joined {
        let mut joined = Joined {
            text: String::with_capacity(body.len()),
            origins: vec![(0, start)],
        };
        let mut at = 0;
        while let Some(length) = body[at..].find('\\').filter(|_| !raw) {
            let backslash = at + length;
            let behind = &body[backslash + 1..];
            let kept = behind.trim_start_matches(|c| is_space(c) || is_newline(c));
            let escaped = behind.len() - kept.len();
            if escaped > 0 {
                joined.text.push_str(&body[at..backslash]);
                at = backslash + 1 + escaped;
                joined.origins.push((joined.text.len(), start + at));
            } else {
                let next = behind.chars().next().map_or(0, char::len_utf8);
                joined.text.push_str(&body[at..backslash + 1 + next]);
                at = backslash + 1 + next;
            }
        }
        joined.text.push_str(&body[at..]);
        joined
    }

    fn origin(&self, at: usize) -> usize {
        let next = self.origins.partition_point(|(here, _)| *here <= at);
        let (here, file) = self.origins[next.saturating_sub(1)];
        file + (at - here)
    }
}

fn multi_line(body: &str, start: usize, quotes: Quotes, errors: &mut Errors) -> Str {
    let Some(first) = newline_length(body) else {
        let span = errors.span(start - quotes.width(), start + body.len() + quotes.width());
        let message = "a string in `\"\"\"` must begin with a newline";
        errors.push(
            Diagnostic::error(MULTI_LINE_STRING, message)
                .at(span, "this string")
                .help("write a text of one line in simple quotes: `\"…\"`"),
        );
        return body.into();
    };
    let joined = Joined::new(&body[first..], start + first, quotes.hashes > 0);
    let lines = lines(&joined.text);
    let Some((last, lines)) = lines.split_last() else {
        return Str::new();
    };
    let prefix = &joined.text[last.0..last.1];
    let closing = errors.span(joined.origin(last.0), start + body.len() + quotes.width());
    if !prefix.chars().all(is_space) {
        let message = "the closing `\"\"\"` of a string must stand on a line of its own";
        errors.push(
            Diagnostic::error(MULTI_LINE_STRING, message)
                .at(closing, "this is its last line")
                .help("put a newline before the closing quotes"),
        );
        return body.into();
    }
    let mut value = String::with_capacity(joined.text.len());
    for (at, &(from, to)) in lines.iter().enumerate() {
        if at > 0 {
            value.push('\n');
        }
        let line = &joined.text[from..to];
        if line.chars().all(is_space) {
            continue;
        }
        let Some(kept) = line.strip_prefix(prefix) else {
            let span = errors.span(joined.origin(from), joined.origin(to));
            errors.push(indentation(span).at(closing, "the whitespace that all lines must have"));
            continue;
        };
        match quotes.hashes {
            0 => {
                let from = to - kept.len();
                unescape(kept, &|at| joined.origin(from + at), &mut value, errors);
            }
            _ => value.push_str(kept),
        }
    }
    value.into()
}

fn indentation(span: crate::source::Span) -> Diagnostic {
    let message = "a line of this string is indented less, or otherwise, than its closing quotes";
    Diagnostic::error(MULTI_LINE_STRING, message)
        .at(span, "this line")
        .help("begin the line with the same spaces and tabs as stand before the closing `\"\"\"`")
}

/// The length of the newline at the start of `text`.
fn newline_length(text: &str) -> Option<usize> {
    match text.chars().next()? {
        '\r' if text[1..].starts_with('\n') => Some(2),
        c if is_newline(c) => Some(c.len_utf8()),
        _ => None,
    }
}

/// The bounds of all lines, without their newlines.
fn lines(text: &str) -> Vec<(usize, usize)> {
    let (mut lines, mut from) = (Vec::new(), 0);
    while let Some(length) = text[from..].find(is_newline) {
        let to = from + length;
        lines.push((from, to));
        from = to + newline_length(&text[to..]).unwrap_or(1);
    }
    lines.push((from, text.len()));
    lines
}
