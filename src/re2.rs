//! Regular expressions in Go's syntax (RE2), run by the `regex` crate.
//!
//! The two differ in what `\d`, `\w`, `\s` and `\b` mean (ASCII in Go), and inside of brackets,
//! where the crate knows nested sets.

use std::collections::BTreeMap;
use std::sync::RwLock;

/// Memory that a compiled pattern may take, in bytes.
const LIMIT: usize = 4 << 20;
/// Longest pattern that is looked at, in bytes.
const MAX_LENGTH: usize = 64 << 10;

/// Patterns that are kept compiled, and the longest of them: the same few are asked of thousands of
/// objects.
const KEPT: usize = 512;
const KEPT_LENGTH: usize = 256;

/// A pattern that both can run. Matching takes time linear in the text.
#[derive(Clone, Debug)]
pub struct Re2(regex::Regex);

impl Re2 {
    /// `None` for what is no pattern to Go, or too large.
    pub fn new(pattern: &str) -> Option<Re2> {
        static KNOWN: RwLock<BTreeMap<String, Option<Re2>>> = RwLock::new(BTreeMap::new());
        if pattern.len() > KEPT_LENGTH {
            return Re2::compile(pattern);
        }
        if let Some(known) = KNOWN.read().ok()?.get(pattern) {
            return known.clone();
        }
        let compiled = Re2::compile(pattern);
        let mut known = KNOWN.write().ok()?;
        if known.len() < KEPT {
            known.insert(pattern.to_owned(), compiled.clone());
        }
        compiled
    }

    fn compile(pattern: &str) -> Option<Re2> {
        if pattern.len() > MAX_LENGTH || is_foreign(pattern) {
            return None;
        }
        let pattern = translate(pattern);
        let mut builder = regex::RegexBuilder::new(&pattern);
        builder
            .size_limit(LIMIT)
            .nest_limit(200)
            .build()
            .ok()
            .map(Re2)
    }

    /// The first place where the pattern is found.
    pub fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.find(text).map(|found| found.as_str())
    }

    /// Whether the pattern is found in `text`.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// What the crate takes and Go refuses: `\u`, `\U`, `\<`, `\>`, `\b{…}`, `(?x)`, `(?R)`, and
/// more than 1000 repetitions. Source: Go `regexp/syntax`.
fn is_foreign(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        match byte {
            b'\\' => {
                let is_boundary = matches!(rest, [b'b' | b'B', b'{', ..]);
                if is_boundary || matches!(rest.first(), Some(b'u' | b'U' | b'<' | b'>')) {
                    return true;
                }
                at += 1;
            }
            b'(' if rest.first() == Some(&b'?') => {
                let flags = rest
                    .iter()
                    .skip(1)
                    .take_while(|b| b.is_ascii_alphabetic() || **b == b'-');
                let flags: Vec<u8> = flags.copied().collect();
                let is_group = matches!(rest.get(1), Some(b'P' | b'<'));
                if !is_group && flags.iter().any(|b| !b"imsU-".contains(b)) {
                    return true;
                }
            }
            _ => {}
        }
        at += 1;
    }
    repeats_too_much(pattern)
}

/// A repetition of a repetition, or more than 1000.
fn repeats_too_much(pattern: &str) -> bool {
    let (mut rest, mut in_set, mut repeated) = (pattern, false, false);
    while let Some(c) = rest.chars().next() {
        let mut used = c.len_utf8();
        let repeat = match c {
            '\\' => {
                used += rest.chars().nth(1).map_or(0, char::len_utf8);
                false
            }
            _ if in_set => {
                in_set = c != ']';
                false
            }
            '[' => {
                in_set = true;
                let behind = rest.get(1..).unwrap_or_default();
                let literal = behind.strip_prefix('^').unwrap_or(behind).starts_with(']');
                used += usize::from(behind.starts_with('^')) + usize::from(literal);
                false
            }
            '*' | '+' => true,
            '?' if !rest.starts_with("?:") => true,
            '{' => match counted(rest) {
                Some((length, most)) => {
                    if most > 1000 {
                        return true;
                    }
                    used = length;
                    true
                }
                None => false,
            },
            _ => false,
        };
        if repeat && repeated {
            return true;
        }
        // A `?` behind a repetition makes it lazy; behind a bracket it is none.
        let is_group = c == '(' && rest.starts_with("(?");
        let is_lazy = repeat && rest.get(used..).is_some_and(|rest| rest.starts_with('?'));
        used += usize::from(is_lazy || is_group);
        repeated = repeat;
        rest = rest.get(used..).unwrap_or_default();
    }
    false
}

/// `{2}`, `{2,}` or `{2,3}` at the start: its length, and the larger number. Other braces stand for
/// themselves.
fn counted(text: &str) -> Option<(usize, u32)> {
    let (inside, _) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if least.is_empty() || !is_digits(least) || !is_digits(most) {
        return None;
    }
    let number = |text: &str| match text {
        "" => 0,
        text => text.parse().unwrap_or(u32::MAX),
    };
    Some((inside.len() + 2, number(least).max(number(most))))
}

fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars().peekable();
    let mut in_set = false;
    while let Some(c) = chars.next() {
        match (c, in_set) {
            ('\\', false) if chars.next_if_eq(&'Q').is_some() => quoted(&mut chars, &mut out),
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
            ('{', false) if !is_counted(&chars) => out.push_str("\\{"),
            _ => out.push(c),
        }
    }
    out
}

/// Does a repetition go on behind a brace?
fn is_counted(chars: &std::iter::Peekable<std::str::Chars>) -> bool {
    let inside = chars.clone().take(24);
    counted(&std::iter::once('{').chain(inside).collect::<String>()).is_some()
}

/// Behind `\Q`: the text up to `\E` stands for itself.
fn quoted(chars: &mut std::iter::Peekable<std::str::Chars>, out: &mut String) {
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next_if_eq(&'E').is_some() {
            return;
        }
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
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
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^a{,5}$", "a{,5}", true),
            (r"^(?:a+?b??)[*+]{2}$", "a*+", true),
        ];
        for (pattern, text, expected) in cases {
            let matches = Re2::new(pattern).map(|regex| regex.matches(text));
            assert_eq!(matches, Some(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for pattern in [
            "(?<!a)b",
            "(?=a)",
            "a{1001}",
            "a{2,1001}",
            r"\u0041",
            "(?x)a",
            "(",
            "a**",
            "[z-a]",
            r"\1",
            "a{2}{3}",
            "a+*",
            "x?+",
        ] {
            assert!(Re2::new(pattern).is_none(), "{pattern}");
        }
    }
}
