//! Steps of a canary lead to a promotion.

use super::NO_PROMOTION;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::unit::Unit;
use crate::spec::language::Rollout;

pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    let Some(Rollout::Canary(canary)) = &unit.spec().rollout else {
        return;
    };
    let last = canary.steps.0.last();
    if let Some(last) = last.filter(|last| last.value.0 != 100) {
        let message = format!(
            "the last step of `{}` is {}, and only 100 is a promotion",
            unit.name, last.value.0
        );
        diags.push(
            Diagnostic::error(NO_PROMOTION, message)
                .at(last.span, "does not promote")
                .help("add 100 at the end"),
        );
    }
}
