//! Steps of a canary: growing shares, a promotion at the end, a time for each stage.

use super::{SHORT_OBSERVATION, WRONG_STEPS};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
use crate::plan::delivery::{Delivery, Sourced};
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::{Canary, Rollout};
use crate::spec::unit::Duration;

pub fn check(unit: &Unit, delivery: &Delivery, diags: &mut Diagnostics) {
    if let Some(Rollout::Canary(canary)) = &unit.spec().rollout {
        steps(canary, diags);
        unwatched(canary, delivery, diags);
        observe(canary, delivery, diags);
    }
    match delivery {
        Delivery::Canary { stages, .. } => stages
            .iter()
            .for_each(|stage| scrapes(unit, stage.observe, diags)),
        Delivery::BlueGreen { observe, .. } => scrapes(unit, *observe, diags),
    }
}

fn wrong(message: String, span: Span, label: &str, help: &str) -> Diagnostic {
    Diagnostic::error(WRONG_STEPS, message)
        .at(span, label)
        .help(help)
}

fn steps(canary: &Canary, diags: &mut Diagnostics) {
    let steps = &canary.steps.0;
    for pair in steps.windows(2) {
        let (low, high) = (pair[0].value.0, pair[1].value.0);
        if low >= high {
            let message = format!("the step {high} is not larger than {low} before it");
            diags.push(wrong(
                message,
                pair[1].span,
                "not larger",
                "let the shares grow: `steps 5 25 50 100`",
            ));
        }
    }
    if let Some(last) = steps.last().filter(|last| last.value.0 != 100) {
        let message = format!(
            "the last step is {}, and only 100 is a promotion",
            last.value.0
        );
        diags.push(wrong(
            message,
            last.span,
            "does not promote",
            "add 100 at the end",
        ));
    }
}

/// Criteria that no stage asks.
fn unwatched(canary: &Canary, delivery: &Delivery, diags: &mut Diagnostics) {
    let Delivery::Canary {
        stages, require, ..
    } = delivery
    else {
        return;
    };
    let (Some(step), [], Some(asked)) = (
        canary.steps.0.first(),
        &stages[..],
        require.iter().find(|one| one.is_own),
    ) else {
        return;
    };
    let name = asked.check.name();
    let message = format!("the first step is 100, and `{name}` is asked before the promotion");
    let finding = wrong(
        message,
        step.span,
        "nothing is tried before it",
        "begin with a smaller share: `steps 25 100`",
    );
    diags.push(match asked.span {
        Some(span) => finding.at(span, "never asked"),
        None => finding,
    });
}

fn observe(canary: &Canary, delivery: &Delivery, diags: &mut Diagnostics) {
    let (times, Delivery::Canary { stages, .. }) = (&canary.observe.0, delivery) else {
        return;
    };
    if times.len() > 1 && times.len() != stages.len() {
        let (wanted, given) = (stages.len(), times.len());
        let message =
            format!("there are {wanted} stages before 100, and {given} times to watch them");
        let span = times[times.len().min(wanted + 1) - 1].span;
        diags.push(wrong(
            message,
            span,
            "one for each stage",
            "write one duration for all stages, or one for each",
        ));
    }
}

fn scrape<'a>(unit: &Unit<'a>) -> Option<&'a At<Duration>> {
    let metrics = unit.scope.environment.spec.metrics.as_ref();
    metrics.and_then(|metrics| metrics.scrape.as_ref())
}

/// The shortest watch that yields a verdict; zero where nothing says how often metrics come.
pub fn least_watch(unit: &Unit) -> Duration {
    let scrape = scrape(unit).map_or(0, |scrape| scrape.value.0);
    Duration(scrape.saturating_mul(4))
}

/// A verdict needs a few samples: four scrapes.
fn scrapes(unit: &Unit, observe: Sourced<Duration>, diags: &mut Diagnostics) {
    let Some(scrape) = scrape(unit) else {
        return;
    };
    let Origin::Spec(span) = observe.origin else {
        return;
    };
    let time = observe.value;
    let least = least_watch(unit);
    if time < least {
        let message = format!(
            "`{}` is watched for {time}, and metrics come every {}",
            unit.name, scrape.value
        );
        diags.push(
            Diagnostic::error(SHORT_OBSERVATION, message)
                .at(span, "shorter than four scrapes")
                .at(scrape.span, "how often metrics come")
                .help(format!("watch for {least} at least")),
        );
    }
}
