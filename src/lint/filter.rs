//! Which codes are told, and how loudly. A code is named whole, or by its beginning.

use crate::diagnostic::{Code, Severity};

/// What the caller asked for. Every name is the beginning of some code.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these, where there are any.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    /// Severities by name, and none for what is not to be told; of several names that fit the
    /// longest counts.
    pub severity: Vec<(String, Option<Severity>)>,
}

/// Codes of what no rule could look at: a text that is no YAML, a kind without a schema, a value of
/// the wrong type.
const UNREADABLE: [&str; 4] = ["yaml-", "file-", "object-kind-unknown", "object-type-wrong"];

impl Filter {
    /// The severity to tell a finding with; none where it is not to be told. What could not be
    /// read is told even where only other codes are selected: they could not be looked for.
    pub fn judge(&self, code: &Code, severity: Severity) -> Option<Severity> {
        let is_one = |names: &[String]| {
            names
                .iter()
                .any(|name| code.name.starts_with(name.as_str()))
        };
        let is_unreadable = || UNREADABLE.iter().any(|head| code.name.starts_with(head));
        if is_one(&self.ignore)
            || !self.select.is_empty() && !is_one(&self.select) && !is_unreadable()
        {
            return None;
        }
        let fits = self
            .severity
            .iter()
            .filter(|(name, _)| code.name.starts_with(name.as_str()));
        match fits.max_by_key(|(name, _)| name.len()) {
            Some((_, severity)) => *severity,
            None => Some(severity),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::{NO_NETWORK_POLICY, OPEN_POLICY};
    use crate::syntax::yaml;

    #[test]
    fn codes_are_chosen_by_their_beginnings() {
        let filter = Filter {
            select: vec!["network-".into()],
            ignore: vec!["network-policy-open".into()],
            severity: vec![
                ("network".into(), None),
                ("network-policy-missing".into(), Some(Severity::Error)),
            ],
        };
        let judge = |code| filter.judge(code, Severity::Warning);
        assert_eq!(judge(NO_NETWORK_POLICY), Some(Severity::Error));
        assert_eq!(judge(OPEN_POLICY), None);
        assert_eq!(judge(crate::diagnostic::TOO_MANY_FINDINGS), None);
        let unreadable = yaml::CODES
            .iter()
            .find(|code| code.name == "yaml-syntax")
            .unwrap();
        assert_eq!(
            filter.judge(unreadable, Severity::Error),
            Some(Severity::Error)
        );
    }
}
