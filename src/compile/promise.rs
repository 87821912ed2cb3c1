//! What the plans of releases contradict, found while they are compiled.

use super::Item;
use super::forecast::planned;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::forecast::setting::Setting;
use crate::forecast::{self, Objects, Pace, contradiction, replace, retreat};
use crate::plan::check::BROKEN_OBJECTIVE;
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::value::Value;

/// One released service, and why its releases wait for somebody; empty where they do not.
pub struct Attended {
    pub service: String,
    pub reasons: Vec<String>,
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Counts the plans of a service and says what they contradict. What cannot be counted is said by
/// other checks.
pub fn check(item: &Item, values: &[Value], diags: &mut Diagnostics) -> Option<Attended> {
    let Item::Service(scope, service) = item else {
        return None;
    };
    let unit = Unit::new(*scope, service);
    let objects = Objects::new(values);
    let setting = Setting::of(&unit);
    let mut attended = None;
    for value in values {
        let planned = planned(value, &objects, &setting, &Pace::default());
        let Ok(Some(forecast)) = planned else {
            continue;
        };
        contradiction::check(&forecast, &unit, diags);
        let mut reasons: Vec<String> = retreat::persons(&forecast.low)
            .map(|moment| format!("its `{}` waits for somebody", moment.what.name()))
            .collect();
        reasons.extend(by_hand(&setting));
        attended = Some(Attended {
            service: unit.name.to_string(),
            reasons,
        });
    }
    attended
}

fn by_hand(setting: &Setting) -> Vec<String> {
    let reason = "somebody starts every sync".to_string();
    setting
        .is_manual_sync
        .then_some(reason)
        .into_iter()
        .collect()
}

/// Whether `values` of this item are looked at again once all are there.
pub fn is_planned(item: &Item, values: &[Value]) -> bool {
    let is_workload = |value: &Value| {
        let kind = text(value, "kind");
        kind == "Rollout" || replace::KINDS.contains(&kind)
    };
    matches!(item, Item::Service(..)) && values.iter().any(is_workload)
}

/// The share of the releases that go without anybody, against the promise of each environment.
/// Those of one environment stand together.
pub fn unattended(attended: &[(Scope, Attended)], diags: &mut Diagnostics) {
    let same = |a: &(Scope, Attended), b: &(Scope, Attended)| {
        std::ptr::eq(a.0.environment, b.0.environment)
    };
    for group in attended.chunk_by(same) {
        if let Some((scope, _)) = group.first() {
            let services: Vec<_> = group.iter().map(|(_, one)| one).collect();
            environment(scope, &services, diags);
        }
    }
}

fn environment(scope: &Scope, attended: &[&Attended], diags: &mut Diagnostics) {
    let objective = scope.environment.spec.objective.as_ref();
    let Some(promise) = objective.and_then(|objective| objective.unattended.as_ref()) else {
        return;
    };
    let (all, waiting) = (
        attended.len() as u64,
        attended.iter().filter(|one| !one.reasons.is_empty()),
    );
    let waiting: Vec<_> = waiting.collect();
    let alone = all - waiting.len() as u64;
    let share = alone * 1_000_000 / all.max(1);
    if waiting.is_empty() || share >= u64::from(promise.value.0) {
        return;
    }
    let message = format!(
        "{alone} of {all} services of `{}` are released without anybody ({}), and {} are promised",
        scope.environment.name.text,
        forecast::stage::show_ppm(share),
        forecast::stage::show_ppm(u64::from(promise.value.0))
    );
    let found = Diagnostic::error(BROKEN_OBJECTIVE, message)
        .at(promise.span, "promised here")
        .note("approvals before the merge do not count");
    let found = waiting.iter().take(5).fold(found, |found, one| {
        found.note(format!("`{}`: {}", one.service, one.reasons.join(", ")))
    });
    diags.push(found.help("write `sync auto`, give every pause a `duration`, or promise less"));
}
