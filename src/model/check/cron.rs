//! Cron expressions as Argo CD reads them (robfig/cron v3, `ParseStandard`): five fields.

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Name, least and greatest number, and the names of numbers from the least on.
const FIELDS: [(&str, u32, u32, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, MONTHS),
    ("day of the week", 0, 6, DAYS),
];

/// What is wrong with an expression.
pub fn check(text: &str) -> Result<(), String> {
    let parts: Vec<_> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!("expected five fields, not {}", parts.len()));
    }
    for (part, field) in parts.iter().zip(FIELDS) {
        part.split(',')
            .try_for_each(|range| self::range(range, field))?;
    }
    Ok(())
}

fn range(text: &str, field: (&str, u32, u32, &[&str])) -> Result<(), String> {
    let (bounds, step) = match text.split_once('/') {
        Some((bounds, step)) => (bounds, Some(step)),
        None => (text, None),
    };
    let wrong = || format!("`{text}` is not a {}", field.0);
    if step.is_some_and(|step| number(step).is_none_or(|step| step == 0)) {
        return Err(wrong());
    }
    if matches!(bounds, "*" | "?") {
        return Ok(());
    }
    let (low, high) = bounds.split_once('-').unwrap_or((bounds, bounds));
    let low = value(low, field).ok_or_else(wrong)?;
    let high = value(high, field).ok_or_else(wrong)?;
    if low > high {
        return Err(format!("`{text}` ends before it begins"));
    }
    Ok(())
}

fn value(text: &str, (_, least, greatest, names): (&str, u32, u32, &[&str])) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    if let Some(at) = names.iter().position(|name| *name == lower) {
        return Some(least + at as u32);
    }
    number(text).filter(|number| (least..=greatest).contains(number))
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() < 4 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    #[test]
    fn expressions_are_read_as_argo_cd_reads_them() {
        for right in [
            "0 16 * * FRI",
            "*/15 0-6 1,15 jan-mar ?",
            "0 0 * * 0-6/2",
            "5/10 * * * *",
        ] {
            assert_eq!(super::check(right), Ok(()), "{right}");
        }
        for wrong in [
            "0 16 * *",
            "60 * * * *",
            "* * * * 7",
            "* * 0 * *",
            "* * L * *",
            "*/0 * * * *",
            "* 9-5 * * *",
            "* * * foo *",
            "*-3 * * * *",
        ] {
            assert!(super::check(wrong).is_err(), "{wrong}");
        }
    }
}
