//! What the plan of a release contradicts: promises of the environment, and its own criteria.
//!
//! The numbers are those of the forecast; the places are those of the spec. What the spec alone
//! contradicts is found before, by `plan::check`.

use super::Forecast;
use super::notice::{self, Notice};
use super::power::Power;
use super::rollout::Strategy;
use super::sense::Fault;
use super::stage::{Stage, show_ppm};
use super::time::{self, Millis, show};
use super::timeline::What;
use super::trust;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::check::{BROKEN_OBJECTIVE, TOO_FEW_REQUESTS};
use crate::plan::held::MOST;
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::Objective;
use crate::spec::unit::Duration;

use super::{BUDGET_SPENT, SLOW_NOTICE};

/// Everything that the plan of one service contradicts.
pub fn check(forecast: &Forecast, unit: &Unit, diags: &mut Diagnostics) {
    requests(forecast, unit, diags);
    budget(forecast, unit, diags);
    let Some(objective) = &unit.scope.environment.spec.objective else {
        return;
    };
    deploy(forecast, unit, objective, diags);
    abort(forecast, unit, objective, diags);
    rollback(forecast, unit, objective, diags);
    // Noticing and withdrawing are promises about what is judged.
    if matches!(forecast.rollout.strategy, Strategy::Replace(_)) {
        return;
    }
    detect(forecast, unit, objective, diags);
    recover(forecast, unit, objective, diags);
}

/// Where the rollout is written, or the service where nothing is.
fn place(unit: &Unit) -> Span {
    let rollout = unit.spec().rollout.as_ref();
    rollout.map_or(unit.span(), |rollout| rollout.span())
}

fn broken(message: String, unit: &Unit, label: String, promise: &At<Duration>) -> Diagnostic {
    Diagnostic::error(BROKEN_OBJECTIVE, message)
        .at(place(unit), label)
        .at(promise.span, "promised here")
}

/// The sum of the watches, without what pods and controller take beside them.
fn watched(timeline: &super::Timeline) -> Millis {
    let one = |moment: &super::Moment| match moment.what {
        What::Pause => moment.length(),
        _ => {
            let runs = moment.runs.iter().filter_map(super::analysis::Run::length);
            runs.max().unwrap_or(0)
        }
    };
    timeline
        .until_promotion()
        .map(one)
        .fold(0, Millis::saturating_add)
}

/// Watches that fit, and pods that take the rest, with as many pods as take longest.
fn deploy(forecast: &Forecast, unit: &Unit, objective: &Objective, diags: &mut Diagnostics) {
    let Some(promise) = &objective.deploy else {
        return;
    };
    let is_scaled = forecast.high.promoted.expected > forecast.low.promoted.expected;
    let is_late = |timeline: &super::Timeline| timeline.promoted.expected > promise.value.0;
    let timeline = match is_scaled && !is_late(&forecast.low) {
        true => &forecast.high,
        false => &forecast.low,
    };
    let (total, watch) = (timeline.promoted.expected, watched(timeline));
    // What is watched too long is found in the spec, with the sum.
    if !is_late(timeline) || watch > promise.value.0 {
        return;
    }
    let pods = match is_scaled {
        true => format!(" with {} pods", timeline.replicas),
        false => String::new(),
    };
    let message = format!(
        "a release of `{}`{pods} takes {}, and {} are promised",
        unit.name,
        show(total),
        promise.value
    );
    let label = format!(
        "{} watched, {} for pods and controller",
        show(watch),
        show(total - watch)
    );
    diags.push(
        broken(message, unit, label, promise)
            .help("shorten `observe`, make pods ready sooner, or raise `objective deploy`"),
    );
}

fn abort(forecast: &Forecast, unit: &Unit, objective: &Objective, diags: &mut Diagnostics) {
    let (Some(promise), Some(abort)) = (&objective.abort, forecast.abort()) else {
        return;
    };
    if abort > promise.value.0 {
        let message = format!(
            "withdrawing a bad version of `{}` takes {}, and {} are promised",
            unit.name,
            show(abort),
            promise.value
        );
        diags.push(
            broken(message, unit, "old pods must come back first".into(), promise).help(
                "let a router shift the traffic, so that the old version stays whole, or make pods ready sooner",
            ),
        );
    }
}

/// The way through Git: Argo CD has to look first.
fn rollback(forecast: &Forecast, unit: &Unit, objective: &Objective, diags: &mut Diagnostics) {
    let (Some(promise), Some(restore)) = (&objective.rollback, forecast.restore) else {
        return;
    };
    let Some(total) = restore.total().filter(|total| *total > promise.value.0) else {
        return;
    };
    let message = format!(
        "a rollback of `{}` takes {}, and {} are promised",
        unit.name,
        show(total),
        promise.value
    );
    let label = format!(
        "{} until Argo CD has seen the commit + {} until the old version serves everything",
        show(restore.git),
        show(total - restore.git)
    );
    let help = match forecast.setting.has_webhook {
        true => "make pods ready sooner, or promise more".to_string(),
        false => format!(
            "let the repository's host tell Argo CD of commits (`sync auto {{ webhook \"github\" path=\"…\" key=\"…\" }}`), or promise {} at least",
            show(total)
        ),
    };
    let found = broken(message, unit, label, promise).help(help);
    diags.push(match forecast.setting.has_webhook {
        true => found,
        false => found.note("Argo CD looks every 120s, and up to 60s later (its defaults)"),
    });
}

/// When each share of errors is noticed, against the promise; and when an alert by burn rate would.
fn detect(forecast: &Forecast, unit: &Unit, objective: &Objective, diags: &mut Diagnostics) {
    let Some(promise) = &objective.detect else {
        return;
    };
    let late = |ppm: &i64| {
        let notice = forecast.notice(Fault::Errors(*ppm));
        notice.is_none_or(|notice| notice.after > promise.value.0)
    };
    let late: Vec<i64> = notice::ERRORS.into_iter().filter(late).collect();
    let Some(worst) = late.last() else {
        return;
    };
    let told = |ppm: i64| {
        let said = match forecast.notice(Fault::Errors(ppm)) {
            Some(notice) => format!("after {}", show(notice.after)),
            None => "never".to_string(),
        };
        format!(
            "{} errors: {said}{}",
            show_ppm(ppm.unsigned_abs()),
            alert(forecast, ppm)
        )
    };
    let message =
        format!(
            "{} errors of `{}` are noticed {}, and {} are promised",
            show_ppm(worst.unsigned_abs()),
            unit.name,
            forecast.notice(Fault::Errors(*worst)).map_or(
                "by nothing".to_string(),
                |notice| format!("after {}", show(notice.after))
            ),
            promise.value
        );
    let base = match *worst >= 1_000_000 {
        true => Diagnostic::error(BROKEN_OBJECTIVE, message),
        false => Diagnostic::warning(SLOW_NOTICE, message),
    };
    let found = base
        .at(place(unit), "judged here")
        .at(promise.span, "promised here")
        .help("scrape more often, or ask for fewer errors");
    diags.push(
        notice::ERRORS
            .into_iter()
            .fold(found, |found, ppm| found.note(told(ppm))),
    );
}

/// The classic page: the budget of the window burns 14.4 times too fast, seen over an hour (Google,
/// "The Site Reliability Workbook", chapter 5).
fn alert(forecast: &Forecast, ppm: i64) -> String {
    let Some(availability) = forecast.setting.slo.availability else {
        return String::new();
    };
    let Some(whole) = burn_rate_alert(availability, ppm) else {
        return ", by no burn-rate alert".into();
    };
    // The alert counts all requests, and a stage gives the new version a share of them.
    let first = forecast.first_share();
    let part = i64::try_from(first).unwrap_or(0).saturating_mul(ppm) / 1_000_000;
    let first = show_ppm(first);
    match burn_rate_alert(availability, part) {
        Some(after) if after == whole => format!(", by a burn-rate alert after {}", show(whole)),
        Some(after) => format!(
            ", by a burn-rate alert after {} at {first} of the traffic, {} at all of it",
            show(after),
            show(whole)
        ),
        None => format!(
            ", by a burn-rate alert never at {first} of the traffic, after {} at all of it",
            show(whole)
        ),
    }
}

/// When the hour's mean reaches 14.4 times the share that may fail; `None`: never.
pub fn burn_rate_alert(availability: u32, errors: i64) -> Option<Millis> {
    const HOUR: u128 = 3_600_000;
    let allowed = u128::from(1_000_000u32.checked_sub(availability)?) * 144 / 10;
    let errors = u128::try_from(errors).ok().filter(|errors| *errors > 0)?;
    (allowed <= errors)
        .then(|| Millis::try_from((allowed * HOUR).div_ceil(errors)).ok())
        .flatten()
}

/// From the first failed request until nobody sees the new version any more.
fn recover(forecast: &Forecast, unit: &Unit, objective: &Objective, diags: &mut Diagnostics) {
    let Some(promise) = &objective.recover else {
        return;
    };
    let everything = Fault::Errors(1_000_000);
    let total = |notice: &Notice| time::add(notice.after, notice.withdrawn?);
    let found = forecast
        .notice(everything)
        .map(|notice| (notice, total(notice)));
    let (message, label) = match found {
        Some((_, Some(total))) if total <= promise.value.0 => return,
        Some((notice, Some(total))) => (
            format!(
                "recovering from a bad version of `{}` takes {}, and {} are promised",
                unit.name,
                show(total),
                promise.value
            ),
            format!(
                "{} to notice + {} to withdraw",
                show(notice.after),
                show(total - notice.after)
            ),
        ),
        _ => (
            format!(
                "nothing notices that `{}` fails, and recovering within {} is promised",
                unit.name, promise.value
            ),
            "nobody judges".to_string(),
        ),
    };
    diags.push(
        broken(message, unit, label, promise)
            .help("ask for `errors` or `smoke`, scrape more often, or promise more"),
    );
}

/// The stage that is shortest of requests.
fn requests(forecast: &Forecast, unit: &Unit, diags: &mut Diagnostics) {
    let usual = unit
        .spec()
        .load
        .as_ref()
        .and_then(|load| load.usual.as_ref());
    let short = forecast.powers.iter().filter(|power| power.is_short());
    let lack = |power: &&Power| {
        let got = u128::from(power.expected.unwrap_or(0).max(1));
        u128::from(power.needed) * 1_000_000 / got
    };
    let (Some(usual), Some(power)) = (usual, short.max_by_key(lack)) else {
        if let Some(usual) = usual {
            noise(forecast, unit, usual.span, diags);
        }
        return;
    };
    let title = forecast
        .stages
        .iter()
        .find(|stage| stage.moments.contains(&power.moment))
        .map_or("", |stage: &Stage| stage.title.as_str());
    let message = format!(
        "`{}` gets about {} requests in the stage `{title}`, and `{}` needs {}",
        unit.name,
        power.expected.unwrap_or(0),
        power.metric,
        power.needed
    );
    let tenths = power.rate.div_ceil(100);
    let rate = format!("{}.{}", tenths / 10, tenths % 10);
    let help = match power.enough_time(&forecast.setting) {
        Some(time) if time <= time::LONGEST => format!(
            "watch for {}, begin with a larger step, or relax the criterion",
            show(time)
        ),
        _ => "begin with a larger step, or relax the criterion".into(),
    };
    diags.push(
        Diagnostic::warning(TOO_FEW_REQUESTS, message)
            .at(place(unit), format!("{} at {}", show(power.length), show_ppm(power.share)))
            .at(usual.span, "the usual load")
            .note(format!(
                "{rate} requests a second in all would be enough to tell a version twice as bad from a good one, at 95 and 80 percent"
            ))
            .help(help),
    );
}

/// Criteria that chance alone fails too often, whatever the windows.
fn noise(forecast: &Forecast, unit: &Unit, usual: Span, diags: &mut Diagnostics) {
    if trust::held_back_at_most(&forecast.trusts) <= 1.5 * MOST {
        return;
    }
    let chances = trust::chances(&forecast.trusts);
    let held = trust::held_back(&chances);
    let pairs = forecast.trusts.iter().zip(&chances);
    let worst = pairs.max_by(|(_, a), (_, b)| a.held_back.total_cmp(&b.held_back));
    let Some((worst, _)) = worst.filter(|_| held > 1.5 * MOST) else {
        return;
    };
    let message = format!(
        "a good version of `{}` is held back in {:.0} of 100 releases, by chance",
        unit.name,
        (held * 100.0).ceil()
    );
    diags.push(
        Diagnostic::warning(TOO_FEW_REQUESTS, message)
            .at(place(unit), format!("most often by `{}`", worst.metric))
            .at(usual, "the usual load")
            .note("good is a version with half of the bad requests that are allowed, and with all of its share of the traffic")
            .help("watch for longer, begin with a larger step, or relax the criterion"),
    );
}

/// A stage in which one bad version takes more than the whole budget.
fn budget(forecast: &Forecast, unit: &Unit, diags: &mut Diagnostics) {
    let Some(budget) = forecast.setting.slo.budget() else {
        return;
    };
    let worst = forecast
        .turning_bad
        .iter()
        .max_by_key(|(_, notice)| notice.spent);
    let Some((at, notice)) = worst.filter(|(_, notice)| notice.spent > budget) else {
        return;
    };
    let title = forecast
        .stages
        .iter()
        .find(|stage| stage.moments.contains(at))
        .map_or("", |stage| stage.title.as_str());
    let slo = unit.spec().slo.as_ref().map_or(place(unit), |slo| slo.span);
    let share = u128::from(notice.spent) * 1_000_000 / u128::from(budget.max(1));
    let message = format!(
        "one bad release of `{}` spends {} of its error budget",
        unit.name,
        show_ppm(u64::try_from(share).unwrap_or(u64::MAX))
    );
    diags.push(
        Diagnostic::warning(BUDGET_SPENT, message)
            .at(
                place(unit),
                format!("noticed after {} at `{title}`", show(notice.after)),
            )
            .at(slo, format!("{} may fail", show(budget)))
            .help("scrape more often, begin with a smaller share, or promise less"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_by_burn_rate_comes_later_the_fewer_requests_fail() {
        for (availability, errors, seconds) in [
            (999_500, 10_000, Some(2592)),
            (999_500, 100_000, Some(260)),
            (999_500, 1_000_000, Some(26)),
            (999_500, 7_000, None),
            (1_000_000, 0, None),
        ] {
            let after = burn_rate_alert(availability, errors);
            assert_eq!(after.map(|after| after.div_ceil(1000)), seconds, "{errors}");
        }
    }
}
