//! Changes of single places in a text that leave every other byte as it is.

use super::lex::{self, is_newline, is_space};
use crate::source::Span;

/// `text` with the bytes of `span` replaced; `None` where the span does not lie in the text.
///
/// The span of a scalar is its whole source, quotes included: `replace(text, value.span,
/// &quote("1.2.3"))` sets it.
pub fn replace(text: &str, span: Span, new: &str) -> Option<String> {
    let (start, end) = (span.start as usize, span.end as usize);
    let (before, behind) = (text.get(..start)?, text.get(end..)?);
    (start <= end).then(|| format!("{before}{new}{behind}"))
}

/// `value` as a string in quotes, on one line.
pub fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_newline(c) || super::is_forbidden(c) || super::is_marker(c) => {
                out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether `value` can stand without quotes.
pub fn is_bare(value: &str) -> bool {
    let fits = |c: char| {
        !is_space(c)
            && !is_newline(c)
            && !super::is_forbidden(c)
            && !super::is_marker(c)
            && !"\\/(){};[]\"#=".contains(c)
    };
    !value.is_empty()
        && value.chars().all(fits)
        && !lex::looks_like_number(value)
        && !matches!(value, "true" | "false" | "null" | "inf" | "-inf" | "nan")
}

/// `value` as the name of a node or property: bare where it can be.
pub fn name(value: &str) -> String {
    match is_bare(value) {
        true => value.into(),
        false => quote(value),
    }
}
