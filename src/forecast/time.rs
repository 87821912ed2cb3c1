//! Lengths of time in milliseconds, read as Go reads them, added without overflow.

/// Milliseconds.
pub type Millis = u64;

pub const SECOND: Millis = 1_000;

/// Nothing that is planned lasts longer than a century.
pub const LONGEST: Millis = 100 * 366 * 86_400 * SECOND;

/// Reads what `time.ParseDuration` reads, down to milliseconds (what is finer is rounded up);
/// `None` for negative, unreadable and absurd lengths.
pub fn parse(text: &str) -> Option<Millis> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if text == "0" {
        return Some(0);
    }
    let (mut rest, mut nanos) = (text, 0u128);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(end);
        let end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        nanos = nanos.checked_add(part(number, factor(unit)?)?)?;
        rest = tail;
    }
    let millis = Millis::try_from(nanos.div_ceil(1_000_000)).ok()?;
    (millis <= LONGEST).then_some(millis)
}

/// Nanoseconds of a unit.
fn factor(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

fn part(number: &str, factor: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || number.len() > 30 {
        return None;
    }
    let digits = |text: &str| match text {
        "" => Some(0),
        text => text.parse::<u128>().ok(),
    };
    let scale = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let whole = digits(whole)?.checked_mul(factor)?;
    whole.checked_add(digits(fraction)?.checked_mul(factor)? / scale)
}

/// Whole seconds.
pub fn seconds(count: u64) -> Option<Millis> {
    count.checked_mul(SECOND).filter(|one| *one <= LONGEST)
}

/// Added, and still no longer than a century.
pub fn add(a: Millis, b: Millis) -> Option<Millis> {
    a.checked_add(b).filter(|sum| *sum <= LONGEST)
}

/// So many times, and still no longer than a century.
pub fn times(length: Millis, count: u64) -> Option<Millis> {
    length.checked_mul(count).filter(|one| *one <= LONGEST)
}

/// For people: `45s`, `15m`, `1h4m10s`; below a minute to a tenth of a second.
pub fn show(length: Millis) -> String {
    if length < 60 * SECOND {
        let tenths = length.div_ceil(100);
        return match tenths % 10 {
            0 => format!("{}s", tenths / 10),
            rest => format!("{}.{rest}s", tenths / 10),
        };
    }
    let total = length.div_ceil(SECOND);
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    if hours >= 48 {
        return format!("{}d{}", hours / 24, suffix(hours % 24, "h"));
    }
    let hours = suffix(hours, "h");
    format!("{hours}{}{}", suffix(minutes, "m"), suffix(seconds, "s"))
}

fn suffix(number: u64, unit: &str) -> String {
    match number {
        0 => String::new(),
        number => format!("{number}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_go_reads_them() {
        for (text, millis) in [
            ("90s", Some(90_000)),
            ("1h30m", Some(5_400_000)),
            ("1.5h", Some(5_400_000)),
            ("30m1h", Some(5_400_000)),
            ("1500ms", Some(1_500)),
            (".5s", Some(500)),
            ("1ns", Some(1)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("876000h", Some(876_000 * 3_600_000)),
            ("9999999h", None),
            ("99999999999999999999999999h", None),
            ("-1s", None),
            ("10", None),
            ("10d", None),
            ("s", None),
            ("1..5s", None),
            ("", None),
            (" 1s", None),
        ] {
            assert_eq!(parse(text), millis, "{text}");
        }
    }

    #[test]
    fn lengths_are_shown_for_people() {
        for (millis, text) in [
            (0, "0s"),
            (500, "0.5s"),
            (45_000, "45s"),
            (60_000, "1m"),
            (3_600_000, "1h"),
            (3_850_000, "1h4m10s"),
            (90 * 3_600_000, "3d18h"),
        ] {
            assert_eq!(show(millis), text);
        }
    }

    #[test]
    fn sums_beyond_a_century_are_refused() {
        assert_eq!(add(LONGEST, 1), None);
        assert_eq!(times(LONGEST, 2), None);
        assert_eq!(times(u64::MAX, u64::MAX), None);
        assert_eq!(seconds(u64::MAX), None);
    }
}
