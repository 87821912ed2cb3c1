//! The shapes that names have in Kubernetes. Each check gives what is wrong, in a few words that
//! continue "the name …", or nothing. Source: k8s.io/apimachinery `pkg/util/validation` and
//! `pkg/api/validate/content`.

/// A result without allocation: what is wrong.
pub type Wrong = Option<&'static str>;

const LABEL: &str =
    "must be lower-case letters, digits and `-`, and start and end with a letter or digit";
const SUBDOMAIN: &str = "must be lower-case letters, digits, `-` and `.`, where each part starts and ends with a letter or digit";
const QUALIFIED: &str = "must be letters, digits, `-`, `_` and `.`, start and end with a letter or digit, with at most a DNS name and `/` before it";

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &[u8]) -> bool {
    matches!((text.first(), text.last()), (Some(first), Some(last)) if lower(*first) && lower(*last))
        && text.iter().all(|byte| lower(*byte) || *byte == b'-')
}

/// RFC 1123 label: at most 63 of `a-z 0-9 -`.
pub fn label(text: &str) -> Wrong {
    if text.len() > 63 {
        return Some("must have at most 63 characters");
    }
    (!is_label(text.as_bytes())).then_some(LABEL)
}

/// RFC 1035 label: as [`label`], and a letter first.
pub fn label_1035(text: &str) -> Wrong {
    match text.as_bytes().first() {
        Some(first) if first.is_ascii_digit() => Some("must start with a letter"),
        _ => label(text),
    }
}

/// RFC 1123 subdomain: at most 253 characters, labels (of any length) joined by dots.
pub fn subdomain(text: &str) -> Wrong {
    if text.len() > 253 {
        return Some("must have at most 253 characters");
    }
    let fine = text.split('.').all(|part| is_label(part.as_bytes()));
    (!fine).then_some(SUBDOMAIN)
}

/// A subdomain that may start with `*.`.
pub fn wildcard(text: &str) -> Wrong {
    subdomain(text.strip_prefix("*.").unwrap_or(text))
}

/// What may be a step of a URL path: RBAC objects, and names in references.
pub fn path_segment(text: &str) -> Wrong {
    if text == "." || text == ".." {
        return Some("must not be `.` or `..`");
    }
    text.contains(['/', '%'])
        .then_some("must not contain `/` or `%`")
}

fn is_plain(text: &[u8]) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    edge(text.first())
        && edge(text.last())
        && text
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// `[prefix/]name`: keys of labels and annotations, finalizers, resource names.
pub fn qualified(text: &str) -> Wrong {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if let Some(wrong) = prefix.and_then(subdomain) {
        return Some(match wrong {
            SUBDOMAIN => "must have a DNS name before the `/`",
            _ => "must have at most 253 characters before the `/`",
        });
    }
    if name.len() > 63 {
        return Some("must have at most 63 characters after the prefix");
    }
    (!is_plain(name.as_bytes())).then_some(QUALIFIED)
}

/// The value of a label; it may be empty.
pub fn label_value(text: &str) -> Wrong {
    if text.len() > 63 {
        return Some("must have at most 63 characters");
    }
    (!text.is_empty() && !is_plain(text.as_bytes())).then_some(
        "must be letters, digits, `-`, `_` and `.`, and start and end with a letter or digit",
    )
}

/// The name of a port: IANA_SVC_NAME of RFC 6335, lower case.
pub fn port_name(text: &str) -> Wrong {
    let bytes = text.as_bytes();
    if bytes.len() > 15 {
        return Some("must have at most 15 characters");
    }
    if !bytes.iter().any(u8::is_ascii_lowercase) {
        return Some("must contain a lower-case letter");
    }
    if text.contains("--") {
        return Some("must not contain `--`");
    }
    (!is_label(bytes)).then_some(LABEL)
}

/// The name of an environment variable: printable ASCII without `=` (since Kubernetes 1.34).
pub fn env_name(text: &str) -> Wrong {
    if text.is_empty() {
        return Some("must not be empty");
    }
    let fine = text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    (!fine).then_some("must be printable ASCII without `=`")
}

/// As [`env_name`] until Kubernetes 1.33, and as Argo Rollouts still has it: letters, digits, `-`, `_`
/// and `.`, no digit first. What [`env_name`] refuses is left to it.
pub fn env_name_before(text: &str) -> Wrong {
    if env_name(text).is_some() {
        return None;
    }
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    let upwards = text == "." || text.starts_with("..");
    (!first || upwards || !text.bytes().all(fine)).then_some(
        "must be letters, digits, `-`, `_` and `.`, and start with no digit: the controller has older rules than Kubernetes",
    )
}

/// The key of a ConfigMap or Secret: at most 253 of `-._a-zA-Z0-9`, and no step upwards.
pub fn config_key(text: &str) -> Wrong {
    if text.len() > 253 {
        return Some("must have at most 253 characters");
    }
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if text.is_empty() || !text.bytes().all(fine) {
        return Some("must be letters, digits, `-`, `_` and `.`");
    }
    (text == "." || text.starts_with("..")).then_some("must not be `.` or start with `..`")
}

/// The name of an HTTP header.
pub fn header(text: &str) -> Wrong {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (text.is_empty() || !text.bytes().all(fine)).then_some("must be letters, digits and `-`")
}

/// A port number.
pub fn port(number: i64) -> bool {
    (1..=65535).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_takes_what_it_should_and_nothing_else() {
        type Check = fn(&str) -> Wrong;
        let table: &[(Check, &[&str], &[&str])] = &[
            (
                label,
                &["a", "a-b", "0a"],
                &["", "-a", "a-", "A", "a.b", "a_b", "é"],
            ),
            (label_1035, &["a", "a1"], &["1a", "", "-a"]),
            (
                subdomain,
                &["a.b", "a", "1.2"],
                &["a..b", ".a", "a.", "a_b", ""],
            ),
            (wildcard, &["*.a.b", "a"], &["*", "*.", "a.*.b", "*a.b"]),
            (
                qualified,
                &["a", "A_b.c", "x.y/z"],
                &["", "/a", "x/", "x/y/z", "X.y/z", "-a"],
            ),
            (label_value, &["", "a", "A.b_c-d"], &["-a", "a b", "é"]),
            (
                port_name,
                &["http", "a1", "1a"],
                &["1", "", "a--b", "-a", "HTTP", "abcdefghijklmnop"],
            ),
            (env_name, &["A", "a.b-c", "1x"], &["", "a=b", "é", "a\n"]),
            (
                config_key,
                &["a", "a.b", ".a"],
                &["", "a b", "..", "..a", ".", "a/b"],
            ),
            (header, &["X-A"], &["", "x_y", "a b"]),
            (path_segment, &["a:b", "A"], &[".", "..", "a/b", "a%b"]),
        ];
        for (index, (check, good, bad)) in table.iter().enumerate() {
            for text in *good {
                assert_eq!(check(text), None, "row {index}: {text:?}");
            }
            for text in *bad {
                assert!(check(text).is_some(), "row {index}: {text:?}");
            }
        }
        assert!(label(&"a".repeat(64)).is_some());
        assert!(label(&"a".repeat(63)).is_none());
    }
}
