//! Waivers: each says what, for whom, why, where it was decided, who answers, and until when.

use super::{USELESS_FIELD, missing, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Fleet;
use crate::model::layers::unknown;
use crate::source::SourceTree;
use crate::spec::language::Waiver;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for waiver in &fleet.spec.waive.0 {
        self::waiver(fleet, waiver, None, diags);
    }
    for environment in &fleet.environments {
        for waiver in &environment.spec.waive.0 {
            let all = waiver.target.is_none().then_some("");
            self::waiver(fleet, waiver, all, diags);
        }
    }
    for component in fleet.components.values() {
        for waiver in &component.spec.waive.0 {
            self::waiver(fleet, waiver, Some(&component.name.text), diags);
        }
    }
    for (_, service) in services(fleet) {
        for waiver in &service.spec.waive.0 {
            self::waiver(fleet, waiver, Some(&service.name.text), diags);
        }
    }
}

/// `own` is the service or component whose file holds it.
fn waiver(fleet: &Fleet, waiver: &Waiver, own: Option<&str>, diags: &mut Diagnostics) {
    let code = waiver.code.as_ref().map_or("", |code| code.value.as_str());
    let wanted = [
        (waiver.code.is_some(), "code", "waive \"single-replica\" …"),
        (
            own.is_some() || waiver.target.is_some(),
            "target",
            "target=\"cart\"",
        ),
        (
            waiver.reason.is_some(),
            "reason",
            "reason=\"demo data; may be lost\"",
        ),
        (waiver.ticket.is_some(), "ticket", "ticket=\"SHOP-17\""),
        (waiver.by.is_some(), "`by`", "by=\"payments\""),
        (waiver.until.is_some(), "`until`", "until=\"2027-12-01\""),
    ];
    for (is_there, field, example) in wanted {
        if !is_there {
            let what = format!("the waiver of `{code}` has no {field}");
            diags.push(missing(waiver.span, what, example));
        }
    }
    if let (Some(own), Some(target)) = (own, &waiver.target)
        && target.value.as_str() != own
    {
        diags.push(
            Diagnostic::error(
                USELESS_FIELD,
                format!("a waiver in the file of `{own}` is for `{own}`"),
            )
            .at(target.span, "another target")
            .help("remove it, or move the waiver to the environment or the fleet"),
        );
    }
    if let Some(by) = &waiver.by {
        let teams = || {
            fleet
                .spec
                .team
                .0
                .iter()
                .map(|(name, _)| name.value.as_str())
        };
        if !teams().any(|team| team == by.value.as_str()) {
            diags.push(unknown("team", by.value.as_str(), by.span, teams()));
        }
    }
}
