//! What a query selects, and whether that can be anything at all.

use crate::re2::Re2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Is,
    IsNot,
    Matches,
    MatchesNot,
}

/// One label and what its value must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    pub label: String,
    pub operator: Operator,
    pub value: String,
    /// Bytes from the start of the query.
    pub at: usize,
}

/// Series by name and labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// The name of the metric stands among the matchers as `__name__`.
    pub matchers: Vec<Matcher>,
}

impl Matcher {
    /// Whether a value is known: arguments that are filled in later are not.
    pub fn is_known(&self) -> bool {
        !self.value.contains("{{")
    }

    /// Does the label match with this value? An absent label has the empty one.
    pub fn takes(&self, value: &str) -> bool {
        match self.operator {
            Operator::Is => self.value == value,
            Operator::IsNot => self.value != value,
            Operator::Matches => self.is_found(value),
            Operator::MatchesNot => !self.is_found(value),
        }
    }

    fn is_found(&self, value: &str) -> bool {
        anchored(&self.value).is_none_or(|regex| regex.matches(value))
    }

    /// The values that it can be, where it says them: `a` or `a|b`.
    pub fn values(&self) -> Option<Vec<&str>> {
        match self.operator {
            Operator::Is => Some(vec![&self.value]),
            Operator::Matches => {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_|/".contains(c);
                let inside = self
                    .value
                    .strip_prefix('(')
                    .and_then(|v| v.strip_suffix(')'));
                let inside = inside.unwrap_or(&self.value);
                inside
                    .chars()
                    .all(is_plain)
                    .then(|| inside.split('|').collect())
            }
            _ => None,
        }
    }
}

/// Patterns of matchers hold for the whole value.
pub(super) fn anchored(pattern: &str) -> Option<Re2> {
    Re2::new(&format!("^(?s:{pattern})$"))
}

impl Selector {
    /// Two matchers that no series can meet both.
    pub fn contradiction(&self) -> Option<(&Matcher, &Matcher)> {
        let known: Vec<&Matcher> = self.matchers.iter().filter(|one| one.is_known()).collect();
        for one in &known {
            let Some(values) = one.values() else {
                continue;
            };
            let other = known.iter().find(|other| {
                other.label == one.label && !values.iter().any(|value| other.takes(value))
            });
            if let Some(other) = other {
                return Some((one, other));
            }
        }
        None
    }

    pub fn matcher(&self, label: &str) -> Option<&Matcher> {
        self.matchers.iter().find(|matcher| matcher.label == label)
    }
}
