//! Regular expressions in Go's syntax (RE2), run by the `regex` crate.
//!
//! The two differ in what `\d`, `\w`, `\s` and `\b` mean (ASCII in Go), and inside of brackets,
//! where the crate knows nested sets.

use super::arena::Pattern;
use crate::value::Str;

/// Memory that a compiled pattern may take, in bytes.
const LIMIT: usize = 4 << 20;

impl Pattern {
    pub fn new(text: impl Into<Str>) -> Pattern {
        Pattern {
            text: text.into(),
            ..Pattern::default()
        }
    }

    /// Whether the pattern is found in `text`; `None` if it is not one that can be run here.
    pub fn matches(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| compile(&self.text));
        compiled.as_ref().map(|regex| regex.is_match(text))
    }
}

/// Go's pattern, compiled.
pub fn compile(pattern: &str) -> Option<regex::Regex> {
    let pattern = translate(pattern);
    regex::RegexBuilder::new(&pattern)
        .size_limit(LIMIT)
        .build()
        .ok()
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut in_set = false;
    while let Some(c) = chars.next() {
        match (c, in_set) {
            ('\\', _) => escape(chars.next(), in_set, &mut out),
            ('[', false) => {
                in_set = true;
                out.push('[');
                // A bracket that closes nothing yet stands for itself, behind a `^` too.
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ('[', true) if chars.peek() != Some(&':') => out.push_str("\\["),
            ('[', true) => named_set(&mut chars, &mut out),
            (']', true) => {
                in_set = false;
                out.push(']');
            }
            ('&' | '~', true) => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// `[:alpha:]`, whose bracket is open already.
fn named_set(chars: &mut std::iter::Peekable<std::str::Chars>, out: &mut String) {
    out.push('[');
    for c in chars.by_ref() {
        out.push(c);
        if c == ']' {
            return;
        }
    }
}

fn escape(escaped: Option<char>, in_set: bool, out: &mut String) {
    let set = match escaped {
        Some('d') => "[0-9]",
        Some('D') => "[^0-9]",
        Some('w') => "[0-9A-Za-z_]",
        Some('W') => "[^0-9A-Za-z_]",
        Some('s') => r"[\t\n\f\r ]",
        Some('S') => r"[^\t\n\f\r ]",
        Some('b') if !in_set => r"(?-u:\b)",
        other => {
            out.push('\\');
            out.extend(other);
            return;
        }
    };
    out.push_str(set);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_go() {
        let cases = [
            (r"^\d+$", "12", true),
            (r"^\d+$", "١٢", false),
            (r"^[\w-]+$", "a-b_1", true),
            (r"^[\w-]+$", "é", false),
            (r"^[[]$", "[", true),
            (r"^[^]]$", "a", true),
            (r"^[a&&b]$", "&", true),
            (r"^[[:alpha:]_]+$", "a_b", true),
            (r"^a$", "a\n", false),
            (r"^(?i)abort$", "ABORT", true),
            (r"\bno\b", "say no", true),
            (r"^[\]]$", "]", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                Pattern::new(pattern).matches(text),
                Some(expected),
                "{pattern} {text}"
            );
        }
        assert_eq!(Pattern::new("(?<!a)b").matches("b"), None);
    }
}
