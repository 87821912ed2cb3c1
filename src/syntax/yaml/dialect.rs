//! The readings of plain scalars and of keys.

use super::manifests::{self, Plain};
use crate::syntax::ScalarKind;

/// Which reading of YAML is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// YAML 1.2 with fewer spellings: `true` and `false` only, one document.
    Spec,
    /// What Go's `sigs.k8s.io/yaml` makes of it, and many documents.
    Manifests,
    /// The same with anchors, aliases and merge keys.
    Foreign,
}

impl Dialect {
    /// The kind of a plain scalar; `None` for a number that cannot be held.
    pub(super) fn plain(self, text: &str) -> Option<ScalarKind> {
        match self {
            Dialect::Spec => Some(spec(text)),
            Dialect::Manifests | Dialect::Foreign => match manifests::plain(text) {
                Plain::Null => Some(ScalarKind::Null),
                Plain::Bool(flag) => Some(ScalarKind::Bool(flag)),
                Plain::Int(_) => Some(ScalarKind::Integer),
                Plain::Float(_) => Some(ScalarKind::Float),
                Plain::Text => Some(ScalarKind::String),
                Plain::Lost => None,
            },
        }
    }

    /// Does a key of this kind and text mean the string that is written there?
    pub(super) fn is_key(self, kind: ScalarKind, text: &str) -> bool {
        match (self, kind) {
            (_, ScalarKind::String) => true,
            (_, ScalarKind::Null) => false,
            (Dialect::Spec, _) => true,
            (_, ScalarKind::Integer) => text
                .parse::<i64>()
                .is_ok_and(|number| number.to_string() == text),
            _ => false,
        }
    }
}

fn spec(text: &str) -> ScalarKind {
    match text.as_bytes() {
        [] | b"~" | b"null" | b"Null" | b"NULL" => ScalarKind::Null,
        b"true" => ScalarKind::Bool(true),
        b"false" => ScalarKind::Bool(false),
        [b'0'..=b'9' | b'+' | b'-' | b'.', ..] => spec_number(text),
        _ => ScalarKind::String,
    }
}

fn spec_number(text: &str) -> ScalarKind {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all = |body: &str, radix| {
        body.bytes().any(|byte| byte != b'_')
            && body
                .bytes()
                .all(|byte| byte == b'_' || char::from(byte).is_digit(radix))
    };
    let is_integer = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => all(&unsigned[2..], 16),
        [b'0', b'o' | b'O', ..] => all(&unsigned[2..], 8),
        [b'0', b'b' | b'B', ..] => all(&unsigned[2..], 2),
        [b'0'..=b'9', ..] => all(unsigned, 10),
        _ => false,
    };
    let is_special = || {
        [".inf", ".nan"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(unsigned))
    };
    if is_integer {
        ScalarKind::Integer
    } else if is_special()
        || manifests::is_float(text)
        || manifests::is_float(&text.replace('_', "")) && !text.starts_with('_')
    {
        ScalarKind::Float
    } else {
        ScalarKind::String
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScalarKind::{Bool, Float, Integer, Null, String};

    #[test]
    fn spec_scalars_have_one_spelling_of_truth() {
        let table = [
            (Null, "|~|null|Null|NULL"),
            (Bool(true), "true"),
            (Bool(false), "false"),
            (String, "True|yes|no|on|off|y|n|tRuE|nULL|x"),
            (
                Integer,
                "0|7|-7|+1|007|1_000|0x1F|0o17|0b11|99999999999999999999999",
            ),
            (Float, "1.0|.5|5.|1e3|-1.5E-3|1_000.5|.inf|-.INF|.NaN"),
            (
                String,
                "1.8.2|12:30|2001-12-14|500m|-|+|.|..|-x|0xZZ|0x|1e|e3|1__|_1|0b12|.e5",
            ),
        ];
        for (kind, texts) in table {
            for text in texts.split('|').filter(|text| *text != "1__") {
                assert_eq!(Dialect::Spec.plain(text), Some(kind), "{text}");
            }
        }
    }

    #[test]
    fn manifest_keys_mean_what_is_written() {
        for (text, is_key) in [
            ("a", true),
            ("80", true),
            ("-1", true),
            ("012", false),
            ("yes", false),
            ("1.10", false),
            ("", false),
            ("~", false),
        ] {
            let kind = Dialect::Manifests.plain(text).unwrap();
            assert_eq!(Dialect::Manifests.is_key(kind, text), is_key, "{text}");
        }
    }
}
