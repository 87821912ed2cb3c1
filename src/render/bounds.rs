//! Bounds on the code in a template, checked before the engine reads it.
//!
//! The engine walks expressions and drops values by recursion, so a long enough chain would end
//! the process. An expression has a length, and what may nest values once more has a number.

use crate::render::limits;

/// What is too much in the code of a template, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Excess {
    pub at: usize,
    pub what: String,
}

/// Looks at every `${ }` and `{% %}`.
pub fn check(text: &str) -> Result<(), Excess> {
    let bytes = text.as_bytes();
    let (mut at, mut nesting) = (0, 0);
    while at < bytes.len() {
        let end = match bytes.get(at..at + 2) {
            Some(b"{#") => text[at..].find("#}").map_or(bytes.len(), |end| at + end),
            Some(b"${" | b"{%") => end(bytes, at),
            _ => {
                at += 1;
                continue;
            }
        };
        let code = &bytes[(at + 2).min(end)..end];
        match bytes[at + 1] {
            b'#' => {}
            opener => {
                nesting += code.iter().filter(|byte| nests(**byte, opener)).count();
                excess(code.len(), nesting, at)?;
            }
        }
        at = end.max(at + 2);
    }
    Ok(())
}

fn excess(length: usize, nesting: usize, at: usize) -> Result<(), Excess> {
    let what = if length > limits::EXPRESSION {
        format!("an expression of more than {} bytes", limits::EXPRESSION)
    } else if nesting > limits::NESTING {
        format!("more than {} brackets in its expressions", limits::NESTING)
    } else {
        return Ok(());
    };
    Err(Excess { at, what })
}

/// Brackets make lists, maps and calls; in statements a filter can wrap a value that is kept.
fn nests(byte: u8, opener: u8) -> bool {
    b"[({".contains(&byte) || byte == b'|' && opener == b'%'
}

/// Where the code that opens at `start` ends: strings and brackets are skipped.
fn end(bytes: &[u8], start: usize) -> usize {
    let closes_at_brace = bytes[start] == b'$';
    let mut at = start + 2;
    let mut depth = 0_usize;
    let mut quote = None;
    while at < bytes.len() {
        match (bytes[at], quote) {
            (b'\\', Some(_)) => at += 1,
            (byte, Some(open)) if byte == open => quote = None,
            (_, Some(_)) => {}
            (byte @ (b'"' | b'\''), None) => quote = Some(byte),
            (b'[' | b'(' | b'{', None) => depth += 1,
            (b'}', None) if depth == 0 && closes_at_brace => return at,
            (b'%', None) if !closes_at_brace && bytes.get(at + 1) == Some(&b'}') => return at,
            (b']' | b')' | b'}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_bounded() {
        let long = "x".repeat(limits::EXPRESSION);
        let many = "[]".repeat(limits::NESTING);
        for (text, fits) in [
            (format!("{long}{long}: 1 # {many}{many}"), true),
            (format!("{{# {long} {many}[ #}}\na: ${{ b }}"), true),
            (format!("a: ${{{long}}}"), true),
            (format!("a: ${{ {long} }}"), false),
            (format!("a: ${{ '}}' ~ {long} }}"), false),
            (format!("a: ${{ {{'a': 1}} ~ {long} }}"), false),
            (format!("{{% set a = '%}}' ~ {long} %}}"), false),
            (format!("{}{many}", "${ [] }".repeat(limits::NESTING)), true),
            ("${ [] }".repeat(limits::NESTING + 1), false),
            ("{% set a = a|any %}".repeat(limits::NESTING + 1), false),
            ("${ a | optional }".repeat(limits::NESTING + 1), true),
            ("${ 'open".to_owned(), true),
            ("é${".to_owned(), true),
        ] {
            assert_eq!(check(&text).is_ok(), fits, "{text}");
        }
    }
}
