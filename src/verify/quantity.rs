//! Amounts of a resource: `500m`, `1.5Gi`, `2e3`, read and compared exactly.
//!
//! The grammar is that of `resource.Quantity` (k8s.io/apimachinery `pkg/api/resource`): a signed
//! decimal number and a suffix, which is binary (`Ki` … `Ei`), decimal (`n u m k M G T P E`, or
//! none) or an exponent (`e3`, `E-2`).

use std::cmp::Ordering;

/// An amount in nano-units, as far as they fit; larger ones are only known by their size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    nano: i128,
}

const NANO: i128 = 1_000_000_000;

impl Quantity {
    /// Reads one amount. What is finer than a nano-unit is rounded away from zero, as the API
    /// server does; what is beyond the range is capped, which keeps comparisons right.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest
            .bytes()
            .position(|byte| !byte.is_ascii_digit() && byte != b'.')
            .unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let nano = amount(whole, fraction, scale(suffix)?);
        Some(Quantity {
            nano: if negative { -nano } else { nano },
        })
    }

    /// A whole number of units.
    pub fn whole(units: i64) -> Quantity {
        Quantity {
            nano: i128::from(units) * NANO,
        }
    }

    /// In the unit of `other`, to thousandths of it, so that the two can be compared by reading.
    pub fn beside(self, other: Quantity) -> String {
        let is_of = |(_, size): &&(&str, i128)| {
            other.is_whole() && other.nano != 0 && other.nano / NANO % size == 0
        };
        let units = [("Gi", 1i128 << 30), ("Mi", 1 << 20)];
        let (suffix, size) = units.iter().find(is_of).copied().unwrap_or(("", 1));
        let thousandths = self.nano / (NANO / 1000) / size;
        if thousandths < 1000 {
            return self.to_string();
        }
        let fraction = format!("{:03}", thousandths % 1000);
        match fraction.trim_end_matches('0') {
            "" => format!("{}{suffix}", thousandths / 1000),
            fraction => format!("{}.{fraction}{suffix}", thousandths / 1000),
        }
    }

    /// The sum, capped at the largest.
    pub fn plus(self, other: Quantity) -> Quantity {
        Quantity {
            nano: self.nano.saturating_add(other.nano),
        }
    }

    /// So many of them, capped at the largest.
    pub fn times(self, count: i64) -> Quantity {
        Quantity {
            nano: self.nano.saturating_mul(i128::from(count)),
        }
    }

    /// Below, at or above zero.
    pub fn sign(self) -> Ordering {
        self.nano.cmp(&0)
    }

    /// How many parts of which `scale` make a unit, rounded up: 1,000 for thousandths.
    pub fn scaled(self, scale: i128) -> i128 {
        let product = self.nano.saturating_mul(scale);
        product / NANO + i128::from(product % NANO > 0)
    }

    /// Is it a multiple of one unit?
    pub fn is_whole(self) -> bool {
        self.nano % NANO == 0
    }

    /// Is it a multiple of `other`? Nothing is one of nothing.
    pub fn is_multiple_of(self, other: Quantity) -> bool {
        other.nano > 0 && self.nano % other.nano == 0
    }

    /// Does it have no part below a thousandth?
    pub fn is_milli(self) -> bool {
        self.nano % (NANO / 1000) == 0
    }
}

/// As people write it: whole units, thousandths where there are some, `Gi` and `Mi` where they fit.
impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = self.nano / NANO;
        for (suffix, size) in [("Gi", 1i128 << 30), ("Mi", 1 << 20)] {
            if self.is_whole() && units != 0 && units % size == 0 {
                return write!(f, "{}{suffix}", units / size);
            }
        }
        match self.is_whole() {
            true => write!(f, "{units}"),
            false => write!(f, "{}m", self.nano / (NANO / 1000)),
        }
    }
}

/// Factor and power of ten that a suffix stands for.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    let binary = |power: u32| Some((1i128 << (10 * power), 0));
    match suffix {
        "n" => Some((1, -9)),
        "u" => Some((1, -6)),
        "m" => Some((1, -3)),
        "" => Some((1, 0)),
        "k" => Some((1, 3)),
        "M" => Some((1, 6)),
        "G" => Some((1, 9)),
        "T" => Some((1, 12)),
        "P" => Some((1, 15)),
        "E" => Some((1, 18)),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            Some((1, exponent.parse::<i32>().ok()?))
        }
    }
}

/// The nano-units of `whole.fraction`, rounded up, capped at the largest.
fn amount(whole: &str, fraction: &str, (factor, power): (i128, i32)) -> i128 {
    let mut digits: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let Some(next) = digits
            .checked_mul(10)
            .and_then(|value| value.checked_add(i128::from(byte - b'0')))
        else {
            return i128::MAX;
        };
        digits = next;
    }
    let Some(mut nano) = digits.checked_mul(factor) else {
        return i128::MAX;
    };
    let fraction_digits = i32::try_from(fraction.len()).unwrap_or(i32::MAX);
    let shift = power.saturating_add(9).saturating_sub(fraction_digits);
    for _ in 0..shift.unsigned_abs().min(60) {
        nano = match shift > 0 {
            true => nano.saturating_mul(10),
            false => nano / 10 + i128::from(nano % 10 != 0),
        };
    }
    nano
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_and_exponents_are_read() {
        for (text, nano) in [
            ("0", 0),
            ("1", NANO),
            ("-1", -NANO),
            ("+1", NANO),
            ("500m", NANO / 2),
            ("0.5", NANO / 2),
            (".5", NANO / 2),
            ("5.", 5 * NANO),
            ("1k", 1000 * NANO),
            ("1Ki", 1024 * NANO),
            ("1.5Gi", 1_610_612_736 * NANO),
            ("2e3", 2000 * NANO),
            ("2E-3", 2_000_000),
            ("1E", 1_000_000_000_000_000_000 * NANO),
            ("100n", 100),
            ("1.5n", 2),
        ] {
            assert_eq!(Quantity::parse(text).map(|q| q.nano), Some(nano), "{text}");
        }
    }

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (text, written) in [
            ("1000m", "1"),
            ("1500m", "1500m"),
            ("0", "0"),
            ("96Gi", "96Gi"),
            ("1536Mi", "1536Mi"),
            ("1G", "1000000000"),
        ] {
            let shown = Quantity::parse(text).map(|quantity| quantity.to_string());
            assert_eq!(shown.as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn an_amount_beside_another_has_its_unit() {
        for (text, other, written) in [
            ("1200500m", "32", "1200.5"),
            ("32", "32", "32"),
            ("500m", "32", "500m"),
            ("2400m", "2", "2.4"),
            ("132100Mi", "32Gi", "129.003Gi"),
            ("64Gi", "32Gi", "64Gi"),
            ("512Mi", "32Gi", "512Mi"),
            ("1Gi", "512Mi", "1024Mi"),
        ] {
            let [one, other] = [text, other].map(|text| Quantity::parse(text).unwrap());
            assert_eq!(one.beside(other), written, "{text} beside {other}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in [
            "", "-", ".", "1.2.3", "1 Gi", "Gi", "1GB", "1gi", "1K", "0x10", "1e", "1e3.5", "1KI",
            "½", "1e3Mi", "--1", "5m5",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn equal_amounts_are_equal_whatever_their_spelling() {
        for (a, b, order) in [
            ("1", "1000m", Ordering::Equal),
            ("1Gi", "1024Mi", Ordering::Equal),
            ("1Gi", "1G", Ordering::Greater),
            ("0.1", "100m", Ordering::Equal),
            ("99m", "0.1", Ordering::Less),
            ("9e999999999", "8Ei", Ordering::Greater),
            ("1e-999999999", "1n", Ordering::Equal),
        ] {
            let compare = Quantity::parse(a).cmp(&Quantity::parse(b));
            assert_eq!(compare, order, "{a} {b}");
        }
    }
}
