//! What an analysis asks Prometheus, and what the answer must come to.
//!
//! Conditions hold or fail, and never neither: an empty answer, several values, NaN and infinity
//! fail. The text of the queries stands in the template; here are the values in it.

use super::analysis::{Phase, budget, judged, prometheus, requests};
use super::criterion::{Check, Own, Test};
use super::delivery::Delivery;
use super::promql::{Matcher, all};
use super::query::{Piece, Query};
use super::series::{Arms, Series};
use super::statistics::stage_limit;
use super::timing::Timing;
use super::unit::Unit;
use crate::draft::{Origin, Traced};
use crate::spec::unit::{Comparison, Duration, Percent, TimeLimit, ratio_text};

/// The time over which availability is counted where nothing is said.
pub const SLO_WINDOW: Duration = Duration::seconds(30 * 86_400);
/// Fewer failed requests are never beyond doubt.
const BEYOND_DOUBT: u32 = 10;

/// What is asked, when, and by whom.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub unit: &'a Unit<'a>,
    pub delivery: &'a Delivery,
    pub phase: &'a Phase,
    pub check: &'a Check,
    pub origin: Origin,
    pub timing: Timing,
}

/// The context of the template's query; `None` where it cannot be asked.
pub fn ask(asked: Asked, context: Traced) -> Option<Traced> {
    let address = prometheus(asked.unit)?;
    let is_number = "len(result) == 1 && !isNaN(result[0]) && !isInf(result[0])";
    let holds = format!("{is_number} && result[0] {}", bound(asked)?);
    let fails = match asked.check {
        // What sees too little neither holds nor fails: it is asked again.
        Check::Compare(test) if test.extend.is_some() => {
            let z = z(*test, asked.delivery);
            format!("{is_number} && result[0] >= {z:.3}")
        }
        _ => format!("!({holds})"),
    };
    let fails = Traced::from(fails).from_origin(asked.origin);
    let context = context
        .with("question", question(asked.check, asked.unit.is_routed()))
        .with(
            "prometheus",
            Traced::from(address.value.as_str()).at(address.span),
        )
        .with("timeout", timeout(asked.unit))
        .with("window", window(asked))
        .with("fails", fails)
        .with("holds", Traced::from(holds).from_origin(asked.origin));
    match asked.check {
        Check::Own(own) => Some(context.with("arms", own_arms(own, asked.origin))),
        _ => of_requests(asked, context),
    }
}

/// Seconds that an answer may take.
fn timeout(unit: &Unit) -> Traced {
    let metrics = unit.scope.environment.spec.metrics.as_ref();
    match metrics.and_then(|metrics| metrics.timeout.as_ref()) {
        Some(at) => Traced::from(at.value.as_seconds().max(1)).at(at.span),
        None => Traced::from(10u64),
    }
}

/// Over how long it is counted.
fn window(asked: Asked) -> Traced {
    let given = asked
        .unit
        .spec()
        .slo
        .as_ref()
        .and_then(|slo| slo.window.as_ref());
    match (asked.check, given) {
        (Check::Budget(_), Some(at)) => Traced::from(at.value.to_string()).at(at.span),
        (Check::Budget(_), None) => Traced::from(SLO_WINDOW.to_string()).by_default("slo-window"),
        _ => {
            let text = Duration::seconds(asked.timing.window).to_string();
            Traced::from(text).from_origin(asked.phase.origin)
        }
    }
}

/// Names, matchers and numbers of the convention's series.
fn of_requests(asked: Asked, context: Traced) -> Option<Traced> {
    let series = requests(asked.unit)?;
    let (canary, stable) = arms(series, asked.delivery);
    let context = context
        .with("total", series.total)
        .with("failed", series.failed.to_string())
        .with("canary", canary)
        .with("stable", stable)
        .with("byHash", matches!(series.arms, Arms::PodHash(_)));
    Some(match asked.check {
        Check::Latency(_, limit) => latency(asked, series, limit, context)?,
        Check::Budget(_) => {
            let (share, promise) = budget(asked.unit)?;
            context
                .with("every", all(series.every()))
                .with("budget", Traced::from(text(share)).at(promise.span))
        }
        Check::Compare(test) => {
            let least = Traced::from(test.least).from_origin(asked.origin);
            let context = context.with("least", least);
            match &test.slower {
                Some(limit) => latency(asked, series, limit, context)?,
                None => context,
            }
        }
        Check::Safety(_) => context.with("least", BEYOND_DOUBT),
        _ => context,
    })
}

/// The bucket that ends at the bound, and what all of them hold.
fn latency(asked: Asked, series: &Series, limit: &TimeLimit, context: Traced) -> Option<Traced> {
    let bound = time(series, judged(series, asked.origin, limit)?);
    let within = Traced::from(Matcher::bucket(&bound).to_string());
    Some(
        context
            .with("bucket", format!("{}_bucket", series.histogram))
            .with("all", format!("{}_count", series.histogram))
            .with("within", within.from_origin(asked.origin)),
    )
}

/// Which of the template's queries.
fn question(check: &Check, is_routed: bool) -> &'static str {
    match check {
        Check::Errors(_) => "errors",
        Check::Latency(..) => "share",
        Check::Throughput(_) if is_routed => "weighted",
        Check::Throughput(_) => "per-pod",
        Check::Budget(_) => "budget",
        Check::Compare(Test {
            slower: Some(_), ..
        }) => "compare-slow",
        Check::Compare(_) => "compare",
        Check::Safety(_) => "safety",
        Check::Own(_) => "own",
        Check::Smoke(_) => "smoke",
        Check::Health(_) => "health",
    }
}

/// `< 0.01`.
fn bound(asked: Asked) -> Option<String> {
    let share = |comparison: Comparison, bound| format!("{} {}", comparison.as_str(), text(bound));
    Some(match asked.check {
        Check::Errors(limit) | Check::Safety(limit) => share(limit.comparison, limit.bound),
        Check::Latency(percent, _) => format!(">= {}", ratio_text(u64::from(*percent), 100)),
        Check::Throughput(limit) => share(limit.comparison, limit.bound),
        Check::Budget(limit) => share(limit.comparison, limit.bound),
        Check::Compare(test) => format!("< {:.3}", z(*test, asked.delivery)),
        Check::Own(own) => format!("{} {}", own.bound.comparison.as_str(), own.bound.number()),
        Check::Smoke(_) | Check::Health(_) => return None,
    })
}

/// The z that a stage may not reach: the chance is spent over all of them, and over both tests.
fn z(test: Test, delivery: &Delivery) -> f64 {
    let looks = match delivery {
        Delivery::Canary { stages, .. } => stages.len(),
        Delivery::BlueGreen { .. } => 1,
    };
    stage_limit(test.alpha.0, looks.saturating_mul(test.tests))
}

/// Matchers of both versions, without the hash.
fn arms(series: &Series, delivery: &Delivery) -> (String, String) {
    match (&series.arms, delivery) {
        (Arms::PodHash(own), _) => (all(own), all(own)),
        (Arms::Router { stable, canary, .. }, Delivery::Canary { .. }) => {
            (all(canary), all(stable))
        }
        (Arms::Router { whole, .. }, Delivery::BlueGreen { .. }) => (all(whole), all(whole)),
    }
}

/// The pieces of a query of one's own: once, or for the new and for the stable version.
fn own_arms(own: &Own, origin: Origin) -> Traced {
    let arms = match own.bound.of_stable {
        true => vec![
            pieces(&own.query, false, origin),
            pieces(&own.query, true, origin),
        ],
        false => vec![pieces(&own.query, false, origin)],
    };
    Traced::from(arms)
}

fn pieces(query: &Query, of_stable: bool, origin: Origin) -> Traced {
    let pieces = query.0.iter().map(|piece| {
        let (kind, text) = match piece {
            Piece::Text(text) => ("text", text.as_str()),
            Piece::Version if of_stable => ("stable", ""),
            Piece::Version => ("version", ""),
            Piece::Stable => ("stable", ""),
            Piece::Window => ("window", ""),
        };
        let text = Traced::from(text).from_origin(origin);
        Traced::from([("kind", Traced::from(kind)), ("text", text)])
    });
    Traced::from(pieces.collect::<Vec<_>>())
}

fn time(series: &Series, time: Duration) -> String {
    match series.is_millis {
        true => time.0.to_string(),
        false => ratio_text(time.0, 1000),
    }
}

fn text(share: Percent) -> String {
    ratio_text(u64::from(share.0), 1_000_000)
}
