//! Times in text: cron schedules, time zones, Go durations.
//!
//! Source: github.com/robfig/cron/v3 (five fields and `@` words) as CronJob and Argo CD use it;
//! Go's `time.LoadLocation` and `time.ParseDuration`.

use crate::codes;
use crate::manifest::Finding;
use crate::verify::cursor::Cursor;

codes! {
    /// A schedule has five fields: minute, hour, day of month, month, day of week, such as
    /// `0 22 * * MON-FRI`; or one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    /// Correct the field that is named.
    CRON_MALFORMED = "cron-malformed": "a schedule that cron cannot read";

    /// A time zone is a name of the IANA database, such as `Europe/Berlin` or `UTC`. Argo CD takes
    /// a zone that it does not know for UTC, without a word: a window would open at another hour.
    ZONE_UNKNOWN = "zone-unknown": "a time zone that nobody knows";

    /// A duration is written as Go does: numbers with `ns`, `us`, `ms`, `s`, `m` or `h`, such as
    /// `90s` or `1h30m`. There are no days.
    DURATION_MALFORMED = "duration-malformed": "a duration that Go cannot read";
}

/// A finding when the schedule at `path` is none.
pub fn cron(at: &Cursor, path: &str) -> Option<Finding> {
    let text = at.str(path)?;
    let words = [
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
    ];
    let every = text
        .strip_prefix("@every ")
        .is_some_and(|rest| go_duration(rest).is_some());
    if words.contains(&text) || every || is_cron(text) {
        return None;
    }
    let message = format!("`{text}` is no schedule of five fields");
    Some(
        at.error_at(path, CRON_MALFORMED, message)
            .help("write minute, hour, day, month and weekday, such as `0 22 * * MON-FRI`"),
    )
}

fn is_cron(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let mut fields = text.split_whitespace();
    let ranges: [(u32, u32, &[&str]); 5] = [
        (0, 59, &[]),
        (0, 23, &[]),
        (1, 31, &[]),
        (1, 12, &MONTHS),
        (0, 6, &DAYS),
    ];
    let fine = ranges
        .iter()
        .all(|range| fields.next().is_some_and(|field| cron_field(field, *range)));
    fine && fields.next().is_none()
}

fn cron_field(field: &str, (least, most, names): (u32, u32, &[&str])) -> bool {
    let number = |text: &str| -> Option<u32> {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        match named {
            Some(index) => u32::try_from(index).ok().map(|index| index + least),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            None => None,
        }
    };
    field.split(',').filter(|part| !part.is_empty()).count() > 0
        && field.split(',').filter(|part| !part.is_empty()).all(|part| {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (part, None),
            };
            let stepped = step.is_none_or(|step| number(step).is_some_and(|step| step > 0));
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let all = range == "*" || range == "?";
            let inside = || matches!((number(first), number(last)), (Some(first), Some(last)) if least <= first && first <= last && last <= most);
            stepped && (all || inside())
        })
}

/// A finding when the time zone at `path` is unknown. `Local` would be the server's own.
pub fn zone(at: &Cursor, path: &str) -> Option<Finding> {
    let text = at.str(path)?;
    if text.is_empty()
        || (!text.eq_ignore_ascii_case("local")
            && jiff::tz::TimeZoneDatabase::bundled().get(text).is_ok())
    {
        return None;
    }
    let message = format!("no time zone is called `{text}`");
    Some(
        at.error_at(path, ZONE_UNKNOWN, message)
            .help("write an IANA name such as `Europe/Berlin`"),
    )
}

/// A finding when the Go duration at `path` cannot be read.
pub fn duration(at: &Cursor, path: &str) -> Option<Finding> {
    let text = at.str(path)?;
    if text.is_empty() || go_duration(text).is_some() {
        return None;
    }
    let message = format!("`{path}` is `{text}`, which is no duration");
    Some(
        at.error_at(path, DURATION_MALFORMED, message)
            .help("write a duration such as `90s` or `1h30m`"),
    )
}

/// Nanoseconds of a Go duration; none where it cannot be read or does not fit.
/// Source: Go `time/format.go` (`ParseDuration`).
pub fn go_duration(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0);
    }
    let (mut rest, mut total) = (unsigned, 0_u64);
    while !rest.is_empty() {
        let (nanos, after) = duration_part(rest)?;
        total = total.checked_add(nanos)?;
        rest = after;
    }
    let nanos = i64::try_from(total).ok().filter(|_| !unsigned.is_empty())?;
    Some(if text.starts_with('-') { -nanos } else { nanos })
}

/// Nanoseconds of the first number with its unit, and the text behind it.
fn duration_part(text: &str) -> Option<(u64, &str)> {
    const UNITS: [(&str, u64); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let (number, rest) = text.split_at(text.find(|letter| !is_number(letter))?);
    let (name, rest) = rest.split_at(rest.find(is_number).unwrap_or(rest.len()));
    let (_, unit) = *UNITS.iter().find(|(known, _)| *known == name)?;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = match whole {
        "" if part.is_empty() => return None,
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let part = match part {
        "" => 0.0,
        digits => format!("0.{digits}").parse::<f64>().ok()? * unit as f64,
    };
    let nanos = whole.checked_mul(unit)?.checked_add(part as u64)?;
    Some((nanos, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanos) in [
            ("90s", Some(90_000_000_000)),
            ("1h30m", Some(5_400_000_000_000)),
            ("0", Some(0)),
            ("-1s", Some(-1_000_000_000)),
            ("1.5s", Some(1_500_000_000)),
            ("1d", None),
            ("", None),
            ("5", None),
            ("s", None),
            ("1 s", None),
            ("1e3s", None),
            (".5s", Some(500_000_000)),
            ("5.s", Some(5_000_000_000)),
            (".s", None),
            ("1.2.3s", None),
            ("1h-5m", None),
            ("2562047h", Some(9_223_369_200_000_000_000)),
            ("2562048h", None),
            ("9223372036854775807ns", Some(i64::MAX)),
            ("9223372036854775808ns", None),
            ("999999999999h", None),
        ] {
            assert_eq!(go_duration(text), nanos, "{text}");
        }
    }

    #[test]
    fn schedules_have_five_fields_in_range() {
        for text in [
            "* * * * *",
            "0 22 * * MON-FRI",
            "*/5 0-6,12 1 jan ?",
            "0 0 1/2 * 0",
        ] {
            assert!(is_cron(text), "{text}");
        }
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
        ] {
            assert!(!is_cron(text), "{text}");
        }
    }
}
