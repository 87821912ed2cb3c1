//! Promises against each other, and against what the criteria let pass.

use super::{BROKEN_OBJECTIVE, WEAK_CRITERION};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::ask::SLO_WINDOW;
use crate::plan::criterion::{Check, Criterion};
use crate::plan::delivery::{Delivery, preset_criteria};
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::spec::field::At;
use crate::spec::unit::{Duration, Percent};

/// An abort is the first part of a rollback, and noticing is the first part of recovering.
pub fn nested(scope: &Scope, diags: &mut Diagnostics) {
    let Some(objective) = &scope.environment.spec.objective else {
        return;
    };
    let pairs = [
        (
            ("abort", &objective.abort),
            ("rollback", &objective.rollback),
        ),
        (("abort", &objective.abort), ("recover", &objective.recover)),
        (
            ("detect", &objective.detect),
            ("recover", &objective.recover),
        ),
        (
            ("rollback", &objective.rollback),
            ("recover", &objective.recover),
        ),
    ];
    for ((inner, short), (outer, long)) in pairs {
        if let (Some(short), Some(long)) = (short, long)
            && short.value > long.value
        {
            diags.push(longer(inner, short, outer, long));
        }
    }
    let parts = (&objective.detect, &objective.abort, &objective.recover);
    if let (Some(detect), Some(abort), Some(recover)) = parts {
        let sum = Duration(detect.value.0.saturating_add(abort.value.0));
        if sum > recover.value && detect.value.max(abort.value) <= recover.value {
            let message = format!(
                "noticing within {} and withdrawing within {} are {sum}, and recovering within {} is promised",
                detect.value, abort.value, recover.value
            );
            diags.push(
                Diagnostic::error(BROKEN_OBJECTIVE, message)
                    .at(recover.span, "shorter than its parts")
                    .at(detect.span, "the first part")
                    .at(abort.span, "the second part")
                    .help(format!(
                        "promise `recover=\"{sum}\"`, or less for its parts"
                    )),
            );
        }
    }
}

fn longer(inner: &str, short: &At<Duration>, outer: &str, long: &At<Duration>) -> Diagnostic {
    let message = format!(
        "`{inner}` may take {}, and `{outer}`, of which it is a part, {}",
        short.value, long.value
    );
    Diagnostic::error(BROKEN_OBJECTIVE, message)
        .at(short.span, "the part")
        .at(long.span, "the whole")
        .help(format!(
            "promise at most {} for `{inner}`, or {} for `{outer}`",
            long.value, short.value
        ))
}

pub fn check(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    let criteria: Vec<&Criterion> = match delivery {
        Delivery::Canary { require, .. } => require.iter().collect(),
        Delivery::BlueGreen { before, after, .. } => before.iter().chain(after).collect(),
    };
    nothing_may_fail(unit, &criteria, diags);
    for criterion in criteria.into_iter().filter(|one| one.is_own) {
        latency(unit, criterion, diags);
        errors(unit, criterion, diags);
        preset(unit, criterion, diags);
        throughput(unit, criterion, diags);
    }
}

/// A latency that passes against the one that is promised.
fn latency(unit: &Unit, criterion: &Criterion, diags: &mut Diagnostics) {
    let slo = unit.spec().slo.as_ref().and_then(|slo| slo.p95.as_ref());
    let (Check::Latency(95, limit), Some(slo), Some(span)) =
        (&criterion.check, slo, criterion.span)
    else {
        return;
    };
    if limit.bound > slo.value {
        let message = format!(
            "`p95` of `{}` lets {} pass, and {} are promised: {} as much",
            unit.name,
            limit.bound,
            slo.value,
            times(limit.bound.0, slo.value.0)
        );
        diags.push(
            Diagnostic::warning(WEAK_CRITERION, message)
                .at(span, "passes")
                .at(slo.span, "promised")
                .help(format!("write `p95=\"<{}\"`, or promise less", slo.value)),
        );
    }
}

/// Errors that pass against those that may happen: a version that just passes must not spend what the
/// whole window allows within half a day.
fn errors(unit: &Unit, criterion: &Criterion, diags: &mut Diagnostics) {
    const HALF_DAY: u64 = 43_200_000;
    let slo = unit.spec().slo.as_ref();
    let availability = slo.and_then(|slo| slo.availability.as_ref());
    let (Check::Errors(limit), Some(promise), Some(span)) =
        (&criterion.check, availability, criterion.span)
    else {
        return;
    };
    // A plan that is named by one word is held against that.
    if preset_criteria(unit).is_some() {
        return;
    }
    let given = slo.and_then(|slo| slo.window.as_ref());
    let window = given.map_or(SLO_WINDOW.0, |window| window.value.0);
    let may = u64::from(1_000_000u32.saturating_sub(promise.value.0));
    let passes = u64::from(limit.bound.0);
    let allowed = u128::from(may) * u128::from(window);
    if may == 0 || u128::from(passes) * u128::from(HALF_DAY) <= allowed {
        return;
    }
    let spent = u64::try_from(allowed / u128::from(passes)).unwrap_or(0);
    let least = u32::try_from(allowed / u128::from(HALF_DAY)).unwrap_or(0);
    let message = format!(
        "`errors` of `{}` lets {} pass, and {} may fail: {} as many",
        unit.name,
        limit.bound,
        Percent(u32::try_from(may).unwrap_or(0)),
        times(passes, may)
    );
    diags.push(
        Diagnostic::warning(WEAK_CRITERION, message)
            .at(span, "passes")
            .at(promise.span, "promised")
            .note(format!(
                "a version that just passes spends in {} what may fail in {}",
                in_words(spent),
                in_words(window)
            ))
            .help(match rounded_down(least) {
                Percent(0) => "promise less".to_string(),
                least => format!("write `errors=\"<{least}\"` at most, or promise less"),
            }),
    );
}

/// To two digits, so that what is written can be read.
fn rounded_down(ppm: u32) -> Percent {
    let step = 10u32.pow(ppm.checked_ilog10().unwrap_or(0).saturating_sub(1));
    Percent(ppm / step * step)
}

/// A time in milliseconds in the unit in which one thinks of it: `43m`, `30d`.
fn in_words(millis: u64) -> String {
    const UNITS: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)];
    let fits = |(_, unit): &&(&str, u64)| millis >= 2 * unit || millis == *unit;
    match UNITS.iter().find(fits) {
        Some((name, unit)) if millis.is_multiple_of(*unit) => format!("{}{name}", millis / unit),
        Some((name, unit)) => format!("about {}{name}", (millis + unit / 2) / unit),
        None => Duration::seconds(millis / 1000).to_string(),
    }
}

/// A promise of 100 percent leaves no budget to spend, and each release may spend some.
fn nothing_may_fail(unit: &Unit, criteria: &[&Criterion], diags: &mut Diagnostics) {
    let slo = unit.spec().slo.as_ref();
    let availability = slo.and_then(|slo| slo.availability.as_ref());
    let Some(promise) = availability.filter(|promise| promise.value.0 >= 1_000_000) else {
        return;
    };
    let message = format!(
        "`{}` promises that nothing fails, and a bad version is noticed only when something does",
        unit.name
    );
    let finding = Diagnostic::warning(WEAK_CRITERION, message).at(promise.span, "promised");
    let passes = criteria
        .iter()
        .find_map(|one| match (&one.check, one.span) {
            (Check::Errors(limit), Some(span)) if limit.bound.0 > 0 => Some((limit.bound, span)),
            _ => None,
        });
    let finding = match passes {
        Some((bound, span)) => finding.at(span, format!("lets {bound} pass")),
        None => finding,
    };
    diags.push(
        finding
            .note("there is no error budget: each release that goes wrong breaks the promise")
            .help("promise what can be kept, such as `slo availability=\"99.99%\"`"),
    );
}

/// `6 times`, `1.5 times`: a ratio to a tenth.
fn times(a: u64, b: u64) -> String {
    let tenths = u128::from(a) * 10 / u128::from(b.max(1));
    match tenths % 10 {
        0 => format!("{} times", tenths / 10),
        rest => format!("{}.{rest} times", tenths / 10),
    }
}

/// A bound that is laxer than that of the preset which is named beside it.
fn preset(unit: &Unit, criterion: &Criterion, diags: &mut Diagnostics) {
    let Some((name, span, base)) = preset_criteria(unit) else {
        return;
    };
    let same = base.iter().find(|one| one.name() == criterion.check.name());
    let (Some(same), Some(own)) = (same, criterion.span) else {
        return;
    };
    let (passes, asked, ratio) = match (&criterion.check, same) {
        (Check::Errors(a), Check::Errors(b)) if a.bound > b.bound => (
            a.bound.to_string(),
            b.bound.to_string(),
            times(u64::from(a.bound.0), u64::from(b.bound.0)),
        ),
        (Check::Latency(_, a), Check::Latency(_, b)) if a.bound > b.bound => (
            a.bound.to_string(),
            b.bound.to_string(),
            times(a.bound.0, b.bound.0),
        ),
        (Check::Throughput(a), Check::Throughput(b)) if a.bound < b.bound => {
            let lost = |percent: Percent| u64::from(1_000_000 - percent.0.min(1_000_000));
            (
                a.bound.to_string(),
                b.bound.to_string(),
                times(lost(a.bound), lost(b.bound)) + " the loss",
            )
        }
        _ => return,
    };
    let check = criterion.check.name();
    let message = format!(
        "`{check}` of `{}` lets {passes} pass, and `{name}` asks for {asked}: {ratio}",
        unit.name
    );
    diags.push(
        Diagnostic::warning(WEAK_CRITERION, message)
            .at(own, "laxer")
            .at(span, "than this plan")
            .help(format!(
                "keep to {asked}{}",
                match name {
                    "rapid" => "",
                    _ => ", or choose the plan that fits: `preset=\"rapid\"`",
                }
            )),
    );
}

/// The criterion compares the new version with its share of the traffic; the promise is about the
/// whole service. At the promotion the one becomes the other.
fn throughput(unit: &Unit, criterion: &Criterion, diags: &mut Diagnostics) {
    let objective = unit.scope.environment.spec.objective.as_ref();
    let promise = objective.and_then(|objective| objective.throughput.as_ref());
    let (Check::Throughput(limit), Some(promise), Some(span)) =
        (&criterion.check, promise, criterion.span)
    else {
        return;
    };
    if limit.bound < promise.value {
        let half = (1_000_000 + limit.bound.0) / 2;
        let message = format!(
            "a version with {} of its share of the requests passes, and {} of the whole are promised",
            limit.bound, promise.value
        );
        diags.push(
            Diagnostic::error(BROKEN_OBJECTIVE, message)
                .at(span, format!("`{}` against the stable version", unit.name))
                .at(promise.span, "the whole service against what is usual")
                .note(format!(
                    "the whole is 1 - w * (1 - c): at half of the traffic {} of it are left, after the promotion {}",
                    Percent(half),
                    limit.bound
                ))
                .help(format!("write `throughput=\">{} of stable\"`, or promise less", promise.value)),
        );
    }
}
