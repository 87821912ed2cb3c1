//! Numbers, as YAML 1.1 and 1.2 readers agree on them.

/// Decimal digits, with a minus where it is one.
pub(super) fn integer(number: i64, out: &mut String) {
    if number < 0 {
        out.push('-');
    }
    let mut rest = number.unsigned_abs();
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    while start == digits.len() || rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend(digits[start..].iter().map(|digit| char::from(*digit)));
}

/// Whole floats below this are exact.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The shortest digits that read back as the same number. Whole numbers look like integers, since
/// JSON makes no difference; the others have a point, and a signed exponent where there is one:
/// YAML 1.1 asks for both. Infinities and NaN take their YAML names; Kubernetes does not read them.
pub(super) fn float(number: f64, out: &mut String) {
    if number.is_nan() {
        return out.push_str(".nan");
    }
    if number.is_infinite() {
        return out.push_str(if number > 0.0 { ".inf" } else { "-.inf" });
    }
    if number.fract() == 0.0 && number.abs() < EXACT {
        return integer(number as i64, out);
    }
    let shortest = format!("{number:?}");
    let Some((digits, exponent)) = shortest.split_once('e') else {
        return out.push_str(&shortest);
    };
    out.push_str(digits);
    if !digits.contains('.') {
        out.push_str(".0");
    }
    out.push('e');
    if !exponent.starts_with('-') {
        out.push('+');
    }
    out.push_str(exponent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_decimal() {
        for number in [0, 7, -1, 1234567890, i64::MAX, i64::MIN] {
            let mut out = String::new();
            integer(number, &mut out);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn floats_have_a_point_and_a_signed_exponent_unless_they_are_whole() {
        let table = [
            (3.0, "3"),
            (0.1, "0.1"),
            (-0.0, "0"),
            (1e300, "1.0e+300"),
            (1.5e-7, "1.5e-7"),
            (f64::INFINITY, ".inf"),
            (f64::NEG_INFINITY, "-.inf"),
            (f64::NAN, ".nan"),
        ];
        for (number, text) in table {
            let mut out = String::new();
            float(number, &mut out);
            assert_eq!(out, text);
        }
    }
}
