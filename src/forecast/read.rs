//! Fields of a manifest, read as the controller's types read them.

use super::time::{self, Millis};
use super::{Refused, refused};
use crate::value::Value;

/// One field and its place.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    pub value: Option<&'a Value>,
    base: &'a str,
    name: &'a str,
}

/// The field `name` of a map that stands at `base`.
pub fn field<'a>(map: &'a Value, base: &'a str, name: &'a str) -> Field<'a> {
    let value = map.get(name).filter(|value| **value != Value::Null);
    Field { value, base, name }
}

impl Field<'_> {
    pub fn pointer(&self) -> String {
        format!("{}/{}", self.base, self.name)
    }

    fn wrong(&self, expected: &str) -> Refused {
        let shown = self.value.map(shown).unwrap_or_default();
        refused(
            self.pointer(),
            format!("`{}` is {shown}, not {expected}", self.name),
        )
        .help(format!("write {expected}"))
    }

    /// A number of pods, seconds or percent; `None` where it is absent.
    pub fn count(&self, most: i64) -> Result<Option<i64>, Refused> {
        let Some(value) = self.value else {
            return Ok(None);
        };
        match value.as_int() {
            Some(number) if (0..=most).contains(&number) => Ok(Some(number)),
            _ => Err(self.wrong(&format!("a whole number from 0 to {most}"))),
        }
    }

    /// Seconds; at most a century.
    pub fn seconds(&self) -> Result<Option<Millis>, Refused> {
        let most = i64::try_from(time::LONGEST / time::SECOND).unwrap_or(i64::MAX);
        let count = self.count(most)?;
        Ok(count.and_then(|count| time::seconds(count.unsigned_abs())))
    }

    pub fn flag(&self) -> Option<bool> {
        self.value?.as_bool()
    }
}

/// A value in a message: short.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Str(text) => {
            let short: String = text.chars().take(40).collect();
            format!("`{short}`")
        }
        Value::Int(number) => format!("`{number}`"),
        Value::Float(number) => format!("`{number}`"),
        Value::Bool(flag) => format!("`{flag}`"),
        other => format!("of type {}", other.type_name()),
    }
}

/// `maxSurge` and `maxUnavailable`: a whole number, or a percentage of `of`; strings are
/// percentages whatever they look like (`intstr.GetValueFromIntOrPercent`). What cannot be read is
/// nothing, as the controller takes it.
pub fn portion(value: &Value, of: i64, round_up: bool) -> i64 {
    match value {
        Value::Int(number) => (*number).max(0),
        Value::Str(text) => {
            let digits = text.strip_suffix('%').unwrap_or(text);
            let Ok(percent) = digits.parse::<u32>() else {
                return 0;
            };
            let product = i64::from(percent).saturating_mul(of);
            product / 100 + i64::from(round_up && product % 100 > 0)
        }
        _ => 0,
    }
}

/// The length of a pause: seconds, seconds in a string, or a Go duration; cut to whole seconds
/// (`RolloutPause.DurationSeconds`).
pub fn pause(value: &Value) -> Option<Millis> {
    match value {
        Value::Int(number) => time::seconds(u64::try_from(*number).ok()?),
        Value::Str(text) => match text.parse::<u64>() {
            Ok(number) => time::seconds(number),
            Err(_) => time::parse(text).map(|length| length / time::SECOND * time::SECOND),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_rounded_as_the_controller_rounds_them() {
        for (value, of, up, expected) in [
            (Value::from(3i64), 10, true, 3),
            (Value::from("25%"), 10, true, 3),
            (Value::from("25%"), 10, false, 2),
            (Value::from("25"), 10, true, 3),
            (Value::from("0%"), 10, true, 0),
            (Value::from("12.5%"), 10, true, 0),
            (Value::from("abc"), 10, true, 0),
            (Value::from("100%"), 7, true, 7),
        ] {
            assert_eq!(portion(&value, of, up), expected, "{value:?}");
        }
    }

    #[test]
    fn a_pause_is_seconds_or_a_duration() {
        for (value, expected) in [
            (Value::from(30i64), Some(30_000)),
            (Value::from("30"), Some(30_000)),
            (Value::from("1m30s"), Some(90_000)),
            (Value::from("1500ms"), Some(1_000)),
            (Value::from("2d"), None),
            (Value::from(-1i64), None),
            (Value::from("99999999999999999999"), None),
            (Value::from(i64::MAX), None),
        ] {
            assert_eq!(pause(&value), expected, "{value:?}");
        }
    }
}
