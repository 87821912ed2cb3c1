//! Patterns of definitions: compiled when they are first asked.

use super::arena::Pattern;
use crate::re2::Re2;
use crate::value::Str;

impl Pattern {
    pub fn new(text: impl Into<Str>) -> Pattern {
        Pattern {
            text: text.into(),
            ..Pattern::default()
        }
    }

    /// Whether the pattern is found in `text`; `None` if it is not one that can be run here.
    pub fn matches(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| Re2::new(&self.text));
        compiled.as_ref().map(|regex| regex.matches(text))
    }
}
