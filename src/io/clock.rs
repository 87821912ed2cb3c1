//! Today's date, for what expires; everything else takes its time as an argument.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Today in UTC, as `YYYY-MM-DD`: the same for everyone who builds at this moment.
pub fn today() -> String {
    let now = Timestamp::now().to_zoned_datetime(TimeZone::UTC);
    now.date().to_string()
}

/// A date written exactly as `YYYY-MM-DD`; otherwise what is wrong with it.
pub fn parse_date(text: &str) -> Result<String, String> {
    let shape = text.len() == 10 && !text.contains(|c: char| c != '-' && !c.is_ascii_digit());
    match text.parse::<Date>() {
        Ok(date) if shape => Ok(date.to_string()),
        _ => Err("expected a date that exists, such as 2026-02-28".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_exist_and_have_one_spelling() {
        assert_eq!(parse_date("2028-02-29"), Ok("2028-02-29".to_string()));
        for wrong in [
            "2027-02-29",
            "2026-1-1",
            "20260101",
            "",
            "2026-01-01T00:00",
            "+02026-1-1",
        ] {
            assert!(parse_date(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_date(&today()), Ok(today()));
    }
}
