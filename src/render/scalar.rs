//! Scalars: what a plain word of a template means, and how values look inside of a text.

use std::fmt::Write;

use crate::value::{Str, Value};

/// Reads a plain scalar as YAML 1.2's core schema does. `None` is a number that no manifest can
/// hold: beyond 64 bits, infinite or `.nan`.
pub fn read_plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return Some(Value::Str(text.into()));
    }
    read_number(text)
}

fn read_number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return None;
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(rest) = text.strip_prefix(prefix)
            && !rest.is_empty()
            && rest.chars().all(|digit| digit.is_digit(radix))
        {
            return i64::from_str_radix(rest, radix).ok().map(Value::Int);
        }
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Value::Int);
    }
    if is_float(digits) {
        let number: f64 = text.parse().ok()?;
        return number.is_finite().then_some(Value::Float(number));
    }
    Some(Value::Str(text.into()))
}

/// `(\.[0-9]+ | [0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|part| {
        let part = part.strip_prefix(['+', '-']).unwrap_or(part);
        !part.is_empty() && is_digits(part)
    });
    is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_fits
}

/// Writes a scalar into a text: booleans as `true` and `false`, numbers in decimal without an
/// exponent. `false` for what is not a scalar.
pub fn write_scalar(value: &Value, text: &mut Str) -> bool {
    let written = match value {
        Value::Bool(flag) => write!(text, "{flag}"),
        Value::Int(number) => write!(text, "{number}"),
        Value::Float(number) => write!(text, "{number}"),
        Value::Str(part) => text.write_str(part),
        Value::Null | Value::List(_) | Value::Map(_) => return false,
    };
    written.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_read_as_the_core_schema_says() {
        let text = |text: &str| Some(Value::from(text));
        for (plain, value) in [
            ("~", Some(Value::Null)),
            ("", Some(Value::Null)),
            ("True", Some(Value::Bool(true))),
            ("yes", text("yes")),
            ("on", text("on")),
            ("80", Some(Value::Int(80))),
            ("-7", Some(Value::Int(-7))),
            ("+7", Some(Value::Int(7))),
            ("007", Some(Value::Int(7))),
            ("0o17", Some(Value::Int(15))),
            ("0x1F", Some(Value::Int(31))),
            ("0b11", text("0b11")),
            ("1_000", text("1_000")),
            ("1e3", Some(Value::Float(1000.0))),
            (".5", Some(Value::Float(0.5))),
            ("5.", Some(Value::Float(5.0))),
            ("1.10", Some(Value::Float(1.1))),
            ("1.2.3", text("1.2.3")),
            ("500m", text("500m")),
            ("-", text("-")),
            (".", text(".")),
            ("e3", text("e3")),
            ("1e", text("1e")),
            ("12:30:45", text("12:30:45")),
            (".inf", None),
            ("1e999", None),
            ("9223372036854775808", None),
        ] {
            assert_eq!(read_plain(plain), value, "{plain}");
        }
    }

    #[test]
    fn numbers_look_the_same_everywhere_in_a_text() {
        for (value, expected) in [
            (Value::Bool(true), "true"),
            (Value::Int(-3), "-3"),
            (Value::Float(3.0), "3"),
            (Value::Float(0.01), "0.01"),
            (Value::Float(1e21), "1000000000000000000000"),
        ] {
            let mut text = Str::new();
            assert!(write_scalar(&value, &mut text));
            assert_eq!(text, expected);
        }
    }
}
