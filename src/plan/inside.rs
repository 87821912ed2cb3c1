//! Where a letter of a value stands in the spec: texts are escaped, indented and folded there.

use crate::source::Span;

/// The place of the letter at byte `at` of `value`, which is written as `source` at `span`; `None`
/// where the two cannot be held against each other.
pub fn letter(source: &str, span: Span, value: &str, at: usize) -> Option<Span> {
    let mut written = source.char_indices().peekable();
    // What opens the text: quotes, hashes, the head of a block.
    let first = value.chars().find(|c| !c.is_whitespace())?;
    while written.next_if(|(_, c)| *c != first).is_some() {}
    let (mut place, mut lead) = (None, true);
    for (offset, letter) in value.char_indices() {
        if lead && letter.is_whitespace() {
            continue;
        }
        lead = false;
        let (start, end) = matched(&mut written, letter)?;
        if offset <= at {
            place = Some((start, end));
        } else {
            break;
        }
    }
    let (start, end) = place?;
    let base = span.start as usize;
    Some(Span::new(span.file, base + start, base + end))
}

/// The bytes that are written for one letter.
fn matched(
    written: &mut std::iter::Peekable<std::str::CharIndices>,
    letter: char,
) -> Option<(usize, usize)> {
    loop {
        let (start, found) = written.next()?;
        if found == letter {
            return Some((start, start + found.len_utf8()));
        }
        match found {
            '\\' => {
                let (next, escaped) = written.next()?;
                if escaped == letter || letter.is_whitespace() {
                    return Some((start, next + escaped.len_utf8()));
                }
                if !escaped.is_whitespace() {
                    return None;
                }
            }
            // A line that goes on, or an indentation.
            c if c.is_whitespace() && letter.is_whitespace() => return Some((start, start + 1)),
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn letters_are_found_where_they_are_written() {
        // source, value, which letter → what stands there
        for (source, value, at, expected) in [
            (r#""rate(x)""#, "rate(x)", 5, Some("x")),
            (r#""a{b=\"c\"} +""#, r#"a{b="c"} +"#, 5, Some("c")),
            (r#""a{b=\"c\"} +""#, r#"a{b="c"} +"#, 4, Some("\\\"")),
            (r##"#"a{b="c"} +"#"##, r#"a{b="c"} +"#, 9, Some("+")),
            ("|\n  sum(\n    x)\n", "sum(\n  x)\n", 7, Some("x")),
            (">-\n  sum\n  (y)", "sum (y)", 5, Some("y")),
            ("\"a\"", "other", 3, None),
        ] {
            let span = Span::new(FileId(0), 0, source.len());
            let found = letter(source, span, value, at);
            let text = found.and_then(|it| source.get(it.start as usize..it.end as usize));
            assert_eq!(text, expected, "{source} {at}");
        }
    }
}
