//! The figures of a plan in words: every spelling says the same.

use super::replaced;
use crate::forecast::Forecast;
use crate::forecast::capacity::{Amount, show_cpu, show_memory};
use crate::forecast::notice::Notice;
use crate::forecast::rollout::{Step, Strategy};
use crate::forecast::sense::Fault;
use crate::forecast::stage::{Stage, show_ppm};
use crate::forecast::time::{Millis, show};
use crate::forecast::timeline::{Clock, Moment};

/// What is said of one thing: its name, and lines about it.
pub struct Fact {
    pub name: &'static str,
    pub lines: Vec<String>,
}

/// `production/frontend`, or the Rollout's own name.
pub fn subject(forecast: &Forecast) -> String {
    let name = super::name(&forecast.rollout.name);
    match forecast.setting.environment.as_str() {
        "" => name,
        environment => format!("{}/{name}", super::name(environment)),
    }
}

/// `canary by nginx, 6 to 30 pods`.
pub fn kind(forecast: &Forecast) -> String {
    let rollout = &forecast.rollout;
    let strategy = match &rollout.strategy {
        Strategy::BlueGreen(_) => "blue-green".to_string(),
        Strategy::Canary(plan) => match &plan.router {
            None => "canary by the share of the pods".to_string(),
            Some(router) => format!("canary by {}", super::name(router)),
        },
        Strategy::Replace(replace) => replaced::kind(replace),
    };
    let pods = match rollout.most > rollout.replicas {
        true => format!("{} to {} pods", rollout.replicas, rollout.most),
        false => count(rollout.replicas, "pod"),
    };
    format!("{strategy}, {pods}")
}

pub fn count(number: i64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// `2` or `2-10`: with the fewest and the most pods.
pub fn range(low: i64, high: i64) -> String {
    match low == high {
        true => low.to_string(),
        false => format!("{low}-{high}"),
    }
}

/// The last moment of a stage, with the fewest and with the most pods.
pub fn last<'a>(forecast: &'a Forecast, stage: &Stage) -> Option<(&'a Moment, &'a Moment)> {
    let at = stage.moments.end.checked_sub(1)?;
    Some((
        forecast.low.moments.get(at)?,
        forecast.high.moments.get(at)?,
    ))
}

/// The share of the traffic at the end of a stage.
pub fn share(forecast: &Forecast, stage: &Stage) -> String {
    let share = last(forecast, stage)
        .map(|(low, _)| crate::forecast::notice::share_of(&forecast.rollout, &forecast.low, low));
    show_ppm(share.unwrap_or(0))
}

/// The figures of one release.
pub fn facts(forecast: &Forecast) -> Vec<Fact> {
    let fact = |name, lines: Vec<String>| Fact { name, lines };
    let all = [
        fact("takes", vec![takes(forecast)]),
        fact("served", replaced::served(forecast)),
        fact("noticed", noticed(forecast)),
        fact("withdrawn", withdrawn(forecast)),
        fact("restored", restored(forecast)),
        fact("budget", budget(forecast)),
        fact("requests", super::requests::requests(forecast)),
        fact("capacity", capacity(forecast)),
    ];
    all.into_iter()
        .filter(|one| !one.lines.is_empty())
        .collect()
}

pub fn promised(promise: Option<Millis>) -> String {
    promise.map_or(String::new(), |promise| {
        format!(" ({} promised)", show(promise))
    })
}

pub fn clock(clock: Clock) -> String {
    let worst = match clock.worst {
        None => "no bound".to_string(),
        Some(worst) => format!("{} at the latest", show(worst)),
    };
    let least = match clock.is_least {
        true => "at least ",
        false => "",
    };
    format!("{least}{}, {worst}", show(clock.expected))
}

/// A point in time in a table: `5m`, or `5m+` where it may well be later.
pub fn since(clock: Clock) -> String {
    match clock.is_least {
        true => format!("{}+", show(clock.expected)),
        false => show(clock.expected),
    }
}

/// Step plugins by name: nobody knows how long they take.
fn plugins(forecast: &Forecast) -> String {
    let Strategy::Canary(plan) = &forecast.rollout.strategy else {
        return String::new();
    };
    let names = plan.steps.iter().filter_map(|step| match step {
        Step::Plugin(name) => Some(format!("`{}`", super::name(name))),
        _ => None,
    });
    let mut names: Vec<_> = names.collect();
    names.dedup();
    match names.is_empty() {
        true => String::new(),
        false => format!(
            ", and as long as the step plugin {} takes",
            names.join(", ")
        ),
    }
}

fn takes(forecast: &Forecast) -> String {
    let promised = promised(forecast.setting.promise.deploy);
    let low = &forecast.low.promoted;
    let waits = match forecast.low.needs_person() {
        true => ", and as long as somebody takes to decide",
        false => "",
    };
    let most = match forecast.high.promoted.expected == low.expected {
        true => String::new(),
        false => format!(
            "; with {} {}",
            count(forecast.high.replicas, "pod"),
            show(forecast.high.promoted.expected)
        ),
    };
    let plugins = plugins(forecast);
    format!("{}{waits}{plugins}{promised}{most}", clock(*low))
}

/// `10% errors`, `all requests slow`.
pub fn fault(fault: Fault) -> String {
    let share = |ppm: i64| show_ppm(ppm.max(0).unsigned_abs());
    match fault {
        Fault::Errors(ppm) => format!("{} errors", share(ppm)),
        Fault::Slow(ppm) => format!("{} slow", share(ppm)),
    }
}

fn noticed(forecast: &Forecast) -> Vec<String> {
    if replaced::is(forecast) {
        return replaced::unjudged(forecast);
    }
    let one = |(what, notice): &(Fault, Option<Notice>)| match notice {
        Some(notice) => format!("{}: {}", fault(*what), seen(forecast, notice)),
        None if forecast.is_opaque => format!("{}: cannot be told", fault(*what)),
        None => format!("{}: not noticed", fault(*what)),
    };
    let in_stages = forecast.low.moments.iter().any(|one| !one.runs.is_empty());
    let beside =
        matches!(&forecast.rollout.strategy, Strategy::Canary(plan) if plan.background.is_some());
    match in_stages || beside || forecast.notices.iter().any(|(_, notice)| notice.is_some()) {
        true => forecast
            .notices
            .iter()
            .map(one)
            .chain(blind(forecast))
            .collect(),
        false => vec!["nothing judges this release".into()],
    }
}

/// What judges as well, and why it notices nothing of this.
fn blind(forecast: &Forecast) -> Option<String> {
    let one = |(name, why): &(String, &'static str)| format!("`{}` ({why})", super::name(name));
    let all: Vec<_> = forecast.blind.iter().map(one).collect();
    (!all.is_empty()).then(|| format!("not counted: {}", all.join(", ")))
}

fn seen(forecast: &Forecast, notice: &Notice) -> String {
    let stage = forecast
        .stages
        .iter()
        .find(|stage| stage.moments.contains(&notice.moment));
    let stage = stage.map_or("", |stage| stage.title.as_str());
    let metric = super::name(&notice.metric);
    let chance = match notice.chance {
        Some(chance) if chance < 0.995 => {
            format!(", in {:.0} of 100 releases", (chance * 100.0).floor())
        }
        _ => String::new(),
    };
    let least = match forecast.is_least(notice.moment) {
        true => "at least ",
        false => "",
    };
    format!(
        "after {least}{} by `{metric}` at {stage}{chance}",
        show(notice.after)
    )
}

fn withdrawn(forecast: &Forecast) -> Vec<String> {
    let Some(abort) = forecast.abort() else {
        let by_git = "by nothing: only a change in Git brings the old version back".to_string();
        let is_known = replaced::is(forecast);
        return is_known.then_some(by_git).into_iter().collect();
    };
    vec![format!(
        "{} from the verdict to the old version serving everything{}",
        show(abort),
        promised(forecast.setting.promise.abort)
    )]
}

fn restored(forecast: &Forecast) -> Vec<String> {
    let Some(restore) = forecast.restore else {
        return Vec::new();
    };
    let Some(total) = restore.total() else {
        return Vec::new();
    };
    if replaced::is(forecast) {
        return vec![replaced::restored(forecast, &restore, total)];
    }
    let steps = match restore.skips_steps {
        true => "without steps",
        false => "with all steps again",
    };
    let (kept, it) = match restore.kept {
        Some((length, back)) => (
            format!(
                "{} in the first {} after its promotion (the old pods still stand), ",
                show(back),
                show(length)
            ),
            "that",
        ),
        None => (String::new(), "it"),
    };
    let least = match !restore.skips_steps && forecast.low.promoted.is_least {
        true => "at least ",
        false => "",
    };
    vec![format!(
        "{least}{} by a change in Git{}: {} until Argo CD has seen it, then {} during the release, {kept}{least}{} after {it} ({steps})",
        show(total),
        promised(forecast.setting.promise.rollback),
        show(restore.git),
        show(restore.during),
        show(restore.after)
    )]
}

fn budget(forecast: &Forecast) -> Vec<String> {
    let slo = &forecast.setting.slo;
    if slo.availability == Some(1_000_000) {
        return vec!["nothing may fail (100% promised): one failed request breaks it".into()];
    }
    let (Some(budget), Some(window), Some(availability)) =
        (slo.budget(), slo.window, slo.availability)
    else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "{} of {} may fail ({} promised)",
        show(budget),
        show(window),
        show_ppm(u64::from(availability))
    )];
    let spent = |spent: Millis| {
        let ppm = u128::from(spent) * 1_000_000 / u128::from(budget.max(1));
        show_ppm(u64::try_from(ppm).unwrap_or(u64::MAX))
    };
    for (what, notice) in &forecast.notices {
        if let (Fault::Errors(_), Some(notice)) = (what, notice) {
            lines.push(format!(
                "{} from the first request on: {} of it",
                fault(*what),
                spent(notice.spent)
            ));
        }
    }
    let stages = forecast.turning_bad.iter().filter_map(|(at, notice)| {
        let stage = forecast
            .stages
            .iter()
            .find(|stage| stage.moments.contains(at))?;
        (notice.spent > 0).then(|| format!("{} {}", stage.title, spent(notice.spent)))
    });
    let stages: Vec<_> = stages.collect();
    let down = forecast.served().map_or(0, |served| served.down);
    if down > 0 {
        lines.push(format!(
            "a release without a pod that serves: {} of it",
            spent(down)
        ));
    }
    if !stages.is_empty() {
        lines.push(format!(
            "all requests fail from a stage on: {}",
            stages.join(", ")
        ));
    }
    lines
}

/// `12 pods, cpu 1.2, memory 768Mi`.
pub fn amount(amount: Amount) -> String {
    let pods = match amount.pods {
        1 => "1 pod".to_string(),
        pods => format!("{pods} pods"),
    };
    format!(
        "{pods}, cpu {}, memory {}",
        show_cpu(amount.cpu),
        show_memory(amount.memory)
    )
}

fn capacity(forecast: &Forecast) -> Vec<String> {
    let need = &forecast.need;
    let line = |release: Amount, rest: Amount| {
        format!("{} at its peak, {} at rest", amount(release), amount(rest))
    };
    let mut lines = vec![line(need.release, need.rest)];
    if forecast.rollout.most > forecast.rollout.replicas {
        lines.push(format!(
            "scaled up: {}",
            line(need.release_most, need.rest_most)
        ));
    }
    let is_replaced = matches!(forecast.rollout.strategy, Strategy::Replace(_));
    if let Some(zones) = forecast
        .setting
        .zones
        .filter(|zones| *zones > 1 && !is_replaced)
    {
        let first = forecast.low.moments.iter().find(|one| one.pods.canary > 0);
        if let Some(first) = first {
            let pods = first.pods.canary.unsigned_abs();
            lines.push(format!(
                "the first new {} in {} of {zones} zones",
                if pods == 1 {
                    "pod stands"
                } else {
                    "pods stand"
                },
                pods.min(zones)
            ));
        }
    }
    lines
}
