//! Promises of the environment against the plans of its services and its windows.

use super::steps::least_watch;
use super::{BROKEN_OBJECTIVE, OLD_VERSION_GONE};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
use crate::plan::analysis::{When, phases};
use crate::plan::delivery::{Delivery, Sourced};
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::text::WindowEffect;
use crate::spec::unit::Duration;

pub fn check(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    match delivery {
        Delivery::Canary { stages, .. } => {
            let times: Vec<_> = stages.iter().map(|stage| stage.observe).collect();
            deploy(unit, &times, diags);
        }
        Delivery::BlueGreen {
            observe, keep_old, ..
        } => {
            deploy(unit, &[*observe], diags);
            let phases = phases(unit, delivery);
            if !phases.iter().any(|phase| phase.when == When::After) {
                old_version(unit, *observe, *keep_old, diags);
            }
        }
    }
}

fn place(unit: &Unit, origin: Origin) -> Span {
    match origin {
        Origin::Spec(span) => span,
        _ => unit
            .spec()
            .rollout
            .as_ref()
            .map_or(unit.span(), |rollout| rollout.span()),
    }
}

fn deploy(unit: &Unit, times: &[Sourced<Duration>], diags: &mut Diagnostics) {
    let objective = unit.scope.environment.spec.objective.as_ref();
    let promise = objective.and_then(|objective| objective.deploy.as_ref());
    let (Some(promise), Some(first)) = (promise, times.first()) else {
        return;
    };
    let total = times
        .iter()
        .fold(0u64, |sum, time| sum.saturating_add(time.value.0));
    let total = Duration(total);
    if total > promise.value {
        let message = format!(
            "a release of `{}` is watched for {total}, and {} are promised",
            unit.name, promise.value
        );
        diags.push(
            Diagnostic::error(BROKEN_OBJECTIVE, message)
                .at(
                    place(unit, first.origin),
                    format!("{} = {total}", sum(times)),
                )
                .at(promise.span, "promised here")
                .note(lanes(times, promise.value))
                .help(shorter(
                    times.len() as u64,
                    promise.value,
                    least_watch(unit),
                )),
        );
    }
}

/// `1m + 2m`, and `9 * 1m` where they are alike.
fn sum(times: &[Sourced<Duration>]) -> String {
    const MOST: usize = 6;
    let first = times.first().map(|time| time.value);
    match first.filter(|first| times.iter().all(|time| time.value == *first)) {
        Some(first) if times.len() > MOST => return format!("{} * {first}", times.len()),
        _ => {}
    }
    let shown: Vec<_> = times.iter().map(|time| time.value.to_string()).collect();
    match shown.len() {
        n if n > MOST => format!("{} + … + {}", shown[..MOST - 1].join(" + "), shown[n - 1]),
        _ => shown.join(" + "),
    }
}

/// As an average over releases the promise may hold all the same: with a fast lane beside.
fn lanes(times: &[Sourced<Duration>], promise: Duration) -> String {
    let total = times
        .iter()
        .fold(0u64, |sum, time| sum.saturating_add(time.value.0));
    let fast = times.iter().map(|time| time.value.0).max().unwrap_or(0);
    if fast >= promise.0 || fast >= total {
        return "one watch alone takes as long as is promised".into();
    }
    let percent = u128::from(promise.0 - fast) * 100 / u128::from(total - fast);
    format!(
        "on average it holds if at most {percent} of 100 releases go this way, and the others with one watch of {} (`rollout blue-green`)",
        Duration(fast)
    )
}

/// The longest watch of each stage that leaves a tenth of the time for pods and routers. Where that
/// would be shorter than what a verdict needs, how many stages there may be.
fn shorter(stages: u64, promise: Duration, least: Duration) -> String {
    let stages_at_most = promise.0 / 10 * 9 / least.0.max(1000);
    if stages_at_most == 0 {
        return "raise `objective deploy`: not even one stage can be measured in it".into();
    }
    if stages_at_most < stages {
        let stages = match stages_at_most {
            1 => "one stage".to_string(),
            n => format!("{n} stages"),
        };
        return format!("take {stages} before 100 at most, or raise `objective deploy`");
    }
    let each = promise.0 / 10 * 9 / stages.max(1) / 1000;
    let each = match each {
        0..30 => each,
        30..120 => each / 30 * 30,
        _ => each / 60 * 60,
    };
    let each = Duration::seconds(each).max(least);
    let fewer = match stages {
        1 => "",
        _ => " take fewer steps,",
    };
    format!("watch each stage for {each} at most,{fewer} or raise `objective deploy`")
}

/// Where nothing judges behind the switch, the promotion is the switch. Only what is written can
/// contradict; the default follows `observe`.
fn old_version(
    unit: &Unit,
    observe: Sourced<Duration>,
    keep: Sourced<Duration>,
    diags: &mut Diagnostics,
) {
    let Origin::Spec(span) = keep.origin else {
        return;
    };
    if keep.value < observe.value {
        let message = format!(
            "the old version of `{}` is kept for {}, and the new one is watched for {}",
            unit.name, keep.value, observe.value
        );
        diags.push(
            Diagnostic::error(OLD_VERSION_GONE, message)
                .at(span, "counted from the switch: nothing judges behind it")
                .at(
                    place(unit, observe.origin),
                    "counted from the switch as well",
                )
                .help(format!("keep it for {} at least", observe.value)),
        );
    }
}

/// A hard window shuts the way back as well.
pub fn windows(scope: &Scope, diags: &mut Diagnostics) {
    let objective = scope.environment.spec.objective.as_ref();
    let Some(promise) = objective.and_then(|objective| objective.rollback.as_ref()) else {
        return;
    };
    for (name, window) in &scope.environment.spec.window.0 {
        let hard = window.hard.as_ref().is_some_and(|at| at.value);
        let denies = window
            .effect
            .as_ref()
            .is_some_and(|at| at.value == WindowEffect::Deny);
        let Some(length) = window.length.as_ref().filter(|_| hard && denies) else {
            continue;
        };
        if length.value > promise.value {
            let message = format!(
                "the hard window `{}` forbids every sync for {}, and a rollback within {} is promised",
                name.value, length.value, promise.value
            );
            diags.push(
                Diagnostic::error(BROKEN_OBJECTIVE, message)
                    .at(length.span, "nobody can roll back for that long")
                    .at(promise.span, "promised here")
                    .help(
                        "remove `hard`: manual syncs are then allowed, automatic ones still denied",
                    ),
            );
        }
    }
}
