//! Parts of PromQL queries as types, so that no value can leave its string.

use std::fmt::{self, Display};

/// One label matcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    label: &'static str,
    operator: &'static str,
    value: String,
}

impl Matcher {
    pub fn is(label: &'static str, value: impl Into<String>) -> Matcher {
        Matcher {
            label,
            operator: "=",
            value: value.into(),
        }
    }

    /// The value begins with exactly `text`, and goes on.
    pub fn begins(label: &'static str, text: &str) -> Matcher {
        let value = format!("{}.+", literal(text));
        Matcher {
            label,
            operator: "=~",
            value,
        }
    }

    /// The value is exactly `text`, or that followed by `tail` and more.
    pub fn begins_or_is(label: &'static str, text: &str, tail: &str) -> Matcher {
        Matcher {
            label,
            operator: "=~",
            value: format!("{}({}.+)?", literal(text), literal(tail)),
        }
    }

    /// `pattern` is RE2, anchored at both ends, and our own.
    pub fn matches(label: &'static str, pattern: &'static str) -> Matcher {
        Matcher {
            label,
            operator: "=~",
            value: pattern.into(),
        }
    }

    /// The bucket up to `bound`, a decimal: whole bounds are `1` or `1.0`, as the version of
    /// Prometheus has it.
    pub fn bucket(bound: &str) -> Matcher {
        let fraction = if bound.contains('.') { "" } else { r"(\.0)?" };
        Matcher {
            label: "le",
            operator: "=~",
            value: format!("{}{fraction}{}", literal(bound), scientific(bound)),
        }
    }
}

impl Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}\"", self.label, self.operator)?;
        for letter in self.value.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                letter => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}

/// From a million on Prometheus writes whole bounds with an exponent: `1.8e+06`.
fn scientific(bound: &str) -> String {
    let digits = bound.trim_end_matches('0');
    if bound.len() < 7 || bound.contains('.') || digits.is_empty() {
        return String::new();
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let written = format!("{first}{point}{rest}e+{:02}", bound.len() - 1);
    format!("|{}", literal(&written))
}

/// Several matchers, as they stand between the braces.
pub fn all<'a>(matchers: impl IntoIterator<Item = &'a Matcher>) -> String {
    let texts: Vec<_> = matchers.into_iter().map(Matcher::to_string).collect();
    texts.join(",")
}

/// A regular expression that matches exactly `text`.
fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !"-_/".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_leaves_its_string() {
        for (matcher, text) in [
            (Matcher::is("a", "b"), r#"a="b""#),
            (
                Matcher::is("a", "\"} or vector(1) #"),
                r#"a="\"} or vector(1) #""#,
            ),
            (Matcher::is("a", "\\\n"), r#"a="\\\n""#),
            (Matcher::begins("a", "x.y"), r#"a=~"x\\.y.+""#),
            (Matcher::matches("a", "5.."), r#"a=~"5..""#),
            (Matcher::bucket("0.5"), r#"le=~"0\\.5""#),
            (Matcher::bucket("500"), r#"le=~"500(\\.0)?""#),
            (
                Matcher::bucket("1800000"),
                r#"le=~"1800000(\\.0)?|1\\.8e\\+06""#,
            ),
            (Matcher::begins_or_is("a", "b", "/c"), r#"a=~"b(/c.+)?""#),
        ] {
            assert_eq!(matcher.to_string(), text);
        }
    }
}
