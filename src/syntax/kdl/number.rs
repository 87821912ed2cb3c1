//! What counts as a number.

use crate::syntax::ScalarKind;

/// The kind of a number that is written as KDL wants it, `None` for anything else.
pub fn kind(text: &str) -> Option<ScalarKind> {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |prefix: &str, radix: u32| {
        let digits = text.strip_prefix(prefix)?;
        is_digits(digits, radix).then_some(ScalarKind::Integer)
    };
    radix("0x", 16)
        .or_else(|| radix("0o", 8))
        .or_else(|| radix("0b", 2))
        .or_else(|| decimal(text))
}

fn decimal(text: &str) -> Option<ScalarKind> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let exponent_holds = exponent.is_none_or(|exponent| {
        is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 10)
    });
    let fraction_holds = fraction.is_none_or(|fraction| is_digits(fraction, 10));
    if !is_digits(whole, 10) || !fraction_holds || !exponent_holds {
        return None;
    }
    match exponent.or(fraction) {
        Some(_) => Some(ScalarKind::Float),
        None => Some(ScalarKind::Integer),
    }
}

/// A digit, then digits and underscores.
fn is_digits(text: &str, radix: u32) -> bool {
    text.starts_with(|c: char| c.is_digit(radix))
        && text.chars().all(|c| c == '_' || c.is_digit(radix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_notations() {
        for text in ["0", "007", "-1", "+1", "1_000_", "0x1F", "-0o17", "0b1_0"] {
            assert_eq!(kind(text), Some(ScalarKind::Integer), "{text}");
        }
        for text in ["1.0", "1e3", "-1.5E-3", "1_0.0_0e+1_0"] {
            assert_eq!(kind(text), Some(ScalarKind::Float), "{text}");
        }
    }

    #[test]
    fn what_only_begins_like_a_number_is_none() {
        for text in [
            "", "-", "1.", ".1", "1e", "1e1.0", "1.2.3", "0x", "0x_1", "0b2", "0o8", "1._2",
            "500m", "99.9%", "0X1", "1,", "٣",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}
