//! What templates may call beside the engine's own filters, as one table.
//!
//! A builder writes a value into another language: it escapes what can be escaped, refuses what
//! cannot, and takes scalars only. `docs/templates.md` lists the same rows; a test keeps both equal.

use std::fmt::Write;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, Value as Dynamic};

use crate::render::codes;
use crate::render::fault::{Fault, Place};
use crate::render::marker;
use crate::render::slot::{Leave, Mark};

/// A filter: its name, and what it makes of a value.
#[derive(Debug)]
pub struct Filter {
    pub name: &'static str,
    pub summary: &'static str,
    apply: fn(&str) -> Result<String, String>,
}

/// The builders.
pub const BUILDERS: &[Filter] = &[
    Filter {
        name: "argo_text",
        summary: "a text for a field that Argo fills in: refuses `{{` and `}}`",
        apply: argo_text,
    },
    Filter {
        name: "expr_string",
        summary: "a string literal with its quotes, for conditions of Argo (`expr`) and for CEL",
        apply: expr_string,
    },
    Filter {
        name: "json_string",
        summary: "a JSON string with its quotes",
        apply: json_string,
    },
    Filter {
        name: "promql_duration",
        summary: "a PromQL duration (`90s`, `1h30m`); refuses zero and anything else",
        apply: promql_duration,
    },
    Filter {
        name: "promql_label",
        summary: "the inside of a double-quoted PromQL string: `{app=\"${ name | promql_label }\"}`",
        apply: promql_label,
    },
    Filter {
        name: "promql_name",
        summary: "the name of a PromQL metric or label; refuses anything else",
        apply: promql_name,
    },
    Filter {
        name: "promql_number",
        summary: "a finite decimal number; refuses anything else",
        apply: promql_number,
    },
    Filter {
        name: "promql_regex",
        summary: "a literal inside of a double-quoted PromQL regular expression (`=~`)",
        apply: promql_regex,
    },
    Filter {
        name: "regex_literal",
        summary: "a regular expression (RE2) that matches exactly this text",
        apply: regex_literal,
    },
    Filter {
        name: "shell_word",
        summary: "one word of a POSIX shell, in single quotes",
        apply: shell_word,
    },
    Filter {
        name: "url_host",
        summary: "a host name or address with an optional port; refuses anything else",
        apply: url_host,
    },
    Filter {
        name: "url_path",
        summary: "an absolute path of a URL; `/` stays, everything that is special is escaped",
        apply: url_path,
    },
    Filter {
        name: "url_query",
        summary: "a name or value in the query of a URL, or one segment of a path",
        apply: url_query,
    },
];

/// Registers the builders, `optional`, `any` and `verbatim`.
pub fn add(env: &mut Environment<'static>) {
    for filter in BUILDERS {
        env.add_filter(filter.name, move |value: Dynamic| build(filter, &value));
    }
    env.add_filter("optional", |value: Dynamic| match is_null(&value)? {
        true => Ok(Dynamic::from_object(Mark::Absent)),
        false => Ok::<_, Error>(value),
    });
    env.add_filter("any", |value: Dynamic| leave(Leave::Empty, value));
    env.add_filter("verbatim", |value: Dynamic| leave(Leave::All, value));
    env.add_global("any", Dynamic::from_object(Mark::Any));
}

/// The names that are always there, beside the context.
pub fn is_global(name: &str) -> bool {
    matches!(name, "any" | "dict" | "loop" | "range" | "self")
}

fn leave(what: Leave, value: Dynamic) -> Result<Dynamic, Error> {
    is_null(&value)?;
    Ok(Dynamic::from_object(Mark::Leave(what, value)))
}

/// An undefined value is an error even where a null is not.
fn is_null(value: &Dynamic) -> Result<bool, Error> {
    match value.is_undefined() {
        true => Err(Error::from(ErrorKind::UndefinedError)),
        false => Ok(value.is_none()),
    }
}

fn build(filter: &Filter, value: &Dynamic) -> Result<String, Error> {
    let text = match value.kind() {
        ValueKind::String => value.as_str().unwrap_or("").to_owned(),
        ValueKind::Number | ValueKind::Bool => value.to_string(),
        ValueKind::Undefined => return Err(Error::from(ErrorKind::UndefinedError)),
        _ => return Err(refused(filter, "a string, number or boolean is expected").into()),
    };
    if marker::is_marked(&text) {
        let what =
            "a text that the template captured is given; apply the filter to the values in it";
        return Err(refused(filter, what).into());
    }
    (filter.apply)(&text).map_err(|what| refused(filter, &what).into())
}

fn refused(filter: &Filter, what: &str) -> Fault {
    let message = format!("cannot be written by `{}`: {what}", filter.name);
    Fault::new(codes::TEMPLATE_REFUSED, Place::Whole, message)
}

fn argo_text(text: &str) -> Result<String, String> {
    match text.contains("{{") || text.contains("}}") {
        true => Err(format!(
            "`{text}` holds `{{{{` or `}}}}`, which Argo would fill in"
        )),
        false => Ok(text.to_owned()),
    }
}

fn expr_string(text: &str) -> Result<String, String> {
    Ok(format!("\"{}\"", promql_label(text)?))
}

fn json_string(text: &str) -> Result<String, String> {
    serde_json::to_string(text).map_err(|error| error.to_string())
}

/// PromQL reads strings as Go does.
fn promql_label(text: &str) -> Result<String, String> {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if letter.is_control() => {
                let _ = write!(escaped, "\\u{:04x}", u32::from(letter));
            }
            _ => escaped.push(letter),
        }
    }
    Ok(escaped)
}

fn promql_regex(text: &str) -> Result<String, String> {
    promql_label(&regex_literal(text)?)
}

fn promql_name(text: &str) -> Result<String, String> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    match text.chars().all(is_letter)
        && !text.starts_with(|first: char| first.is_ascii_digit())
        && !text.is_empty()
    {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is not a name of letters, digits, `_` and `:`"
        )),
    }
}

fn promql_number(text: &str) -> Result<String, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number.to_string()),
        _ => Err(format!("`{text}` is not a finite number")),
    }
}

/// Units in the order in which Prometheus wants them, in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

fn promql_duration(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not a duration such as `90s` or `1h30m`");
    let mut rest = text;
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let end = rest
            .find(|letter: char| !letter.is_ascii_digit())
            .ok_or_else(wrong)?;
        let number: u64 = rest[..end].parse().map_err(|_| wrong())?;
        rest = &rest[end..];
        let end = rest
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(rest.len());
        let (_, unit) = units
            .find(|(name, _)| *name == &rest[..end])
            .ok_or_else(wrong)?;
        total = number
            .checked_mul(*unit)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(wrong)?;
        rest = &rest[end..];
    }
    match total {
        0 => Err(format!("`{text}` is not longer than zero")),
        _ => Ok(text.to_owned()),
    }
}

/// What RE2's `QuoteMeta` escapes.
fn regex_literal(text: &str) -> Result<String, String> {
    let mut literal = String::with_capacity(text.len());
    for letter in text.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            literal.push('\\');
        }
        literal.push(letter);
    }
    Ok(literal)
}

fn shell_word(text: &str) -> Result<String, String> {
    match text.contains('\0') {
        true => Err("it holds a NUL".to_owned()),
        false => Ok(format!("'{}'", text.replace('\'', r"'\''"))),
    }
}

fn url_host(text: &str) -> Result<String, String> {
    let wrong = || format!("`{text}` is not a host with an optional port");
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']').ok_or_else(wrong)?;
            address.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            (
                None,
                rest.strip_prefix(':')
                    .or(if rest.is_empty() { None } else { Some("") }),
            )
        }
        None => match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), None),
        },
    };
    let host_fits = host.is_none_or(|host| host.len() <= 253 && host.split('.').all(is_host_label));
    let port_fits = port.is_none_or(|port| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    match host_fits && port_fits {
        true => Ok(text.to_owned()),
        false => Err(wrong()),
    }
}

fn is_host_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn url_path(text: &str) -> Result<String, String> {
    match text.starts_with('/') {
        true => Ok(percent(text, b"/:@!$&'()*+,;=")),
        false => Err(format!(
            "`{text}` is not an absolute path: it does not start with `/`"
        )),
    }
}

fn url_query(text: &str) -> Result<String, String> {
    Ok(percent(text, b""))
}

/// Escapes all but the unreserved bytes of RFC 3986 and those in `keep`.
fn percent(text: &str, keep: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || keep.contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builders_escape_or_refuse() {
        for (name, value, expected) in [
            ("promql_label", r#"a"b\c"#, Some(r#"a\"b\\c"#)),
            ("promql_label", "a\nb\u{1}", Some("a\\nb\\u0001")),
            ("promql_regex", "a.b", Some(r"a\\.b")),
            ("regex_literal", "a.b|c", Some(r"a\.b\|c")),
            (
                "promql_name",
                "http_requests:rate5m",
                Some("http_requests:rate5m"),
            ),
            ("promql_name", "1a", None),
            ("promql_name", "a} or up{", None),
            ("promql_name", "", None),
            ("promql_duration", "1h30m", Some("1h30m")),
            ("promql_duration", "250ms", Some("250ms")),
            ("promql_duration", "30m1h", None),
            ("promql_duration", "5m] or up[5m", None),
            ("promql_duration", "0s", None),
            ("promql_duration", "15", None),
            ("promql_duration", "", None),
            ("promql_number", "0.010", Some("0.01")),
            ("promql_number", "inf", None),
            ("promql_number", "1 or 1", None),
            ("url_path", "/a b/ü?x#y%", Some("/a%20b/%C3%BC%3Fx%23y%25")),
            ("url_path", "a", None),
            ("url_query", "a&b=c/d", Some("a%26b%3Dc%2Fd")),
            (
                "url_host",
                "shop.example.com:8080",
                Some("shop.example.com:8080"),
            ),
            ("url_host", "[::1]:80", Some("[::1]:80")),
            ("url_host", "[::1]x", None),
            ("url_host", "evil.com/path", None),
            ("url_host", "user@evil.com", None),
            ("url_host", "a:0", None),
            ("url_host", "a:+80", None),
            ("url_host", "", None),
            ("argo_text", "{{args.x}}", None),
            ("argo_text", "plain { } text", Some("plain { } text")),
            ("shell_word", "it's", Some(r"'it'\''s'")),
            ("expr_string", r#"a"b"#, Some(r#""a\"b""#)),
            ("json_string", "a\"\n", Some(r#""a\"\n""#)),
        ] {
            let filter = BUILDERS.iter().find(|filter| filter.name == name).unwrap();
            let built = build(filter, &Dynamic::from(value));
            assert_eq!(built.ok().as_deref(), expected, "{name} {value:?}");
        }
    }

    #[test]
    fn the_documentation_lists_the_same_builders() {
        let text = include_str!("../../docs/templates.md");
        let table = text.split("<!-- builders -->\n").nth(1).unwrap_or("");
        let table = table.split("<!-- /builders -->").next();
        let row = |filter: &Filter| {
            let summary = filter.summary.replace('|', "\\|");
            format!("| `{}` | {summary} |\n", filter.name)
        };
        let rows: String = BUILDERS.iter().map(row).collect();
        assert_eq!(table, Some(rows.as_str()));
    }

    #[test]
    fn rows_are_sorted_and_unique() {
        assert!(BUILDERS.is_sorted_by(|a, b| a.name < b.name));
    }
}
