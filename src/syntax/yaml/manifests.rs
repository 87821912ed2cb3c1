//! Plain scalars as Kubernetes reads them: `sigs.k8s.io/yaml` over `go.yaml.in/yaml/v2`, which
//! keeps habits of YAML 1.1. The table of `tests/it/yaml.rs` was made by that reader.

/// What a plain scalar is to Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text,
    /// A number that JSON or 64 bits cannot hold.
    Lost,
}

/// The largest whole number below which every whole float is exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn plain(text: &str) -> Plain {
    match text.as_bytes().first() {
        None => Plain::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text)
        }
        Some(b'.') if is_special(text) => Plain::Lost,
        Some(b'.') if has_go_underscores(text) => float(&text.replace('_', "")),
        Some(b'.') => float(text),
        Some(b'0'..=b'9' | b'+' | b'-') => number(text),
        _ => Plain::Text,
    }
}

/// Does a plain key mean the string that is written there?
pub(super) fn is_key(text: &str) -> bool {
    match plain(text) {
        Plain::Text => true,
        Plain::Int(number) => number.to_string() == text,
        _ => false,
    }
}

fn word(text: &str) -> Plain {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Plain::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Plain::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        _ => Plain::Text,
    }
}

fn is_special(text: &str) -> bool {
    matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN")
}

fn number(text: &str) -> Plain {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.len() < text.len() && is_special(unsigned) && !unsigned.ends_with(['n', 'N']) {
        return Plain::Lost;
    }
    if text.contains('_') {
        digits(&text.replace('_', ""))
    } else {
        digits(text)
    }
}

/// Go's own syntax of numbers has underscores between digits, and nowhere else.
fn has_go_underscores(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_between = |at: usize| {
        at > 0
            && bytes[at - 1].is_ascii_digit()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
    };
    let mut underscores = text.match_indices('_').peekable();
    underscores.peek().is_some() && underscores.all(|(at, _)| is_between(at))
}

fn digits(text: &str) -> Plain {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, body) = notation(unsigned);
    // Go tries `0b` once more, and then allows the sign behind it.
    if radix == 2 && unsigned.len() == text.len() && body.starts_with(['-', '+']) {
        return i64::from_str_radix(body, 2).map_or(Plain::Text, Plain::Int);
    }
    let is_digit = |byte: u8| char::from(byte).is_digit(radix);
    if body.is_empty() || !body.bytes().all(is_digit) {
        return float(text);
    }
    let Ok(size) = i128::from_str_radix(body, radix) else {
        return lost(text, radix);
    };
    match i64::try_from(if negative { -size } else { size }) {
        Ok(number) => Plain::Int(number),
        Err(_) => lost(text, radix),
    }
}

/// Beyond 64 bits Go falls back to a float where the digits are decimal, and to a string where
/// they are not. Unsigned 64 bits are still exact in Go, and refused with the others.
fn lost(text: &str, radix: u32) -> Plain {
    let unsigned = text.trim_start_matches(['+', '-']);
    let fits_unsigned = || {
        let (_, body) = notation(unsigned);
        !text.starts_with(['-', '+']) && u64::from_str_radix(body, radix).is_ok()
    };
    if radix == 10 || unsigned.bytes().all(|byte| byte.is_ascii_digit()) || fits_unsigned() {
        Plain::Lost
    } else {
        Plain::Text
    }
}

/// Go's base prefixes: `0x`, `0o`, `0b`, and a mere `0` for octal.
fn notation(unsigned: &str) -> (u32, &str) {
    let bytes = unsigned.as_bytes();
    match bytes {
        [b'0', b'x' | b'X', ..] => (16, &unsigned[2..]),
        [b'0', b'o' | b'O', ..] => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] => (2, &unsigned[2..]),
        [b'0', _, ..] => (8, &unsigned[1..]),
        _ => (10, unsigned),
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; what is too large is a string to Go.
fn float(text: &str) -> Plain {
    if !is_float(text) {
        return Plain::Text;
    }
    match text.parse::<f64>() {
        Ok(number) if !number.is_finite() => Plain::Text,
        Ok(number) if number.fract() == 0.0 && number.abs() < EXACT => Plain::Int(number as i64),
        Ok(_) if text.bytes().all(|byte| byte.is_ascii_digit()) => Plain::Lost,
        Ok(number) => Plain::Float(number),
        Err(_) => Plain::Text,
    }
}

/// The shape of a decimal number, with a sign, a point and an exponent where it likes.
pub(super) fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    !(whole.is_empty() && fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && has_exponent
}
