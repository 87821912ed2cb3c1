//! What the figures rest on, and where each assumption comes from.

use super::replaced;
use crate::forecast::Forecast;
use crate::forecast::question::Scope;
use crate::forecast::rollout::Strategy;
use crate::forecast::sense::{self, Fault, Sense};
use crate::forecast::stage::show_ppm;
use crate::forecast::time::show;

/// An assumption and its source.
pub struct Basis {
    pub what: String,
    pub source: String,
}

pub fn basis(forecast: &Forecast) -> Vec<Basis> {
    let mut all = vec![pods(forecast)];
    if let Strategy::Replace(replace) = &forecast.rollout.strategy {
        all.extend(replaced::basis(forecast, replace));
        return all;
    }
    all.extend(paces(forecast));
    all.push(one(
        replicas(forecast),
        "controller: utils/replicaset/canary.go",
    ));
    all.push(one(
        "a metric is measured after its delay, then once each interval; it fails with the first failed measurement that is not forgiven",
        "controller: analysis/analysis.go",
    ));
    all.extend(looks(forecast));
    all.push(load(forecast));
    if !forecast.powers.is_empty() {
        all.push(one(
            "a version twice as bad as usual is missed once in 5 times, a good one held back once in 20",
            "sample sizes for two proportions (Fleiss), 80 % and 95 %",
        ));
    }
    if !forecast.trusts.is_empty() {
        all.push(one(
            "good is a version with half of the bad requests that are allowed and all of its share of the traffic, bad one with twice as many, or that falls short of its share twice as far",
            "assumed",
        ));
        all.push(one(
            "measurements depend on each other by the requests that both see",
            "a normal process with binomial tails",
        ));
    }
    let deadline = deadline(forecast);
    all.push(one(
        format!(
            "at the latest: {deadline}every question at its timeout, as many unreadable answers as are forgiven"
        ),
        "manifest",
    ));
    all
}

pub fn deadline(forecast: &Forecast) -> String {
    forecast.rollout.deadline.map_or(String::new(), |deadline| {
        format!("pods at the progress deadline of {}, ", show(deadline))
    })
}

pub fn one(what: impl Into<String>, source: &str) -> Basis {
    Basis {
        what: what.into(),
        source: source.into(),
    }
}

/// What is assumed of single kinds of metrics, where there are such.
fn looks(forecast: &Forecast) -> Vec<Basis> {
    let metrics = || {
        let moments = forecast.low.moments.iter();
        moments.flat_map(|one| one.runs.iter().flat_map(|run| &run.metrics))
    };
    let has = |wanted: fn(Sense) -> bool| metrics().any(|metric| wanted(Sense::of(metric)));
    let mut all = Vec::new();
    let both = metrics().filter(|metric| {
        let counts = !matches!(Sense::of(metric), Sense::Budget | Sense::Unknown);
        counts && metric.asked.scope == Scope::All
    });
    let mut both: Vec<_> = both
        .map(|one| format!("`{}`", super::name(&one.name)))
        .collect();
    both.sort();
    both.dedup();
    if !both.is_empty() {
        let what = format!(
            "{} over the requests of both versions: of a fault of the new one its share is seen",
            both.join(", ")
        );
        all.push(one(what, "query: no label tells the versions apart"));
    }
    if has(|sense| matches!(sense, Sense::Call)) {
        all.push(one(
            "a call fails as often as requests do; what is not 2xx is an error, asked again after 10s, and so many errors in a row as are not forgiven are a verdict",
            "controller: metricproviders/webmetric",
        ));
    }
    if has(|sense| matches!(sense, Sense::Job)) {
        let takes = show(forecast.pace.process);
        let what = format!("a pod's call takes {takes}, and fails as often as requests do");
        all.push(one(what, "assumed"));
    }
    if has(|sense| matches!(sense, Sense::Compare(_))) {
        let errors = sense::usual(Fault::Errors(0), forecast.setting.slo.availability);
        all.push(one(
            format!(
                "of the old version {} of the requests fail and {} are slow",
                show_ppm(errors.unsigned_abs()),
                show_ppm(sense::usual(Fault::Slow(0), None).unsigned_abs())
            ),
            "for tests against it: as many as `slo availability` lets fail, one slow in twenty (assumed)",
        ));
    }
    if forecast.setting.usual.is_some() && metrics().any(|metric| metric.count > Some(1)) {
        all.push(one(
            "measurements whose windows overlap are counted as independent and as one; what notices later and less surely is shown",
            "the truth lies between",
        ));
    }
    all
}

/// How fast controller, router and Argo CD are.
pub fn paces(forecast: &Forecast) -> [Basis; 3] {
    let pace = &forecast.pace;
    let (pass, router, poll) = (show(pace.pass), show(pace.router), show(pace.poll));
    let git = match forecast.setting.has_webhook {
        true => one(
            format!("{pass} until Argo CD sees a commit"),
            "spec: a webhook tells it",
        ),
        false => one(
            format!("{poll} at most until Argo CD sees a commit"),
            "Argo CD's default: 120s and up to 60s of jitter",
        ),
    };
    [
        one(
            format!("{pass} for each step beside its own length"),
            "passes of the controller, measured",
        ),
        one(
            format!("{router} until requests follow a weight or selector"),
            "assumed",
        ),
        git,
    ]
}

fn load(forecast: &Forecast) -> Basis {
    match forecast.setting.usual {
        Some(usual) => one(
            format!(
                "{} in all, as many failures as a binomial count gives",
                super::requests::rate(usual)
            ),
            match forecast.setting.environment.as_str() {
                "" => "command line",
                _ => "spec: `load usual`",
            },
        ),
        None => one(
            "enough requests for every measurement to show the share as it is",
            "no expected load is given",
        ),
    }
}

fn pods(forecast: &Forecast) -> Basis {
    let (pace, rollout) = (&forecast.pace, &forecast.rollout);
    let start = show(rollout.pod.start(pace, rollout.min_ready));
    let source = match pace.pod_start {
        Some(_) => "command line".to_string(),
        None => format!(
            "{} for image and process (assumed), {} by {}",
            show(pace.process),
            show(rollout.pod.probes),
            super::name(&rollout.pod.probes_from)
        ),
    };
    Basis {
        what: format!("{start} from a pod's creation until it is ready"),
        source,
    }
}

fn replicas(forecast: &Forecast) -> String {
    let rollout = &forecast.rollout;
    match &rollout.strategy {
        Strategy::BlueGreen(_) => "both versions are complete from the preview on".into(),
        Strategy::Replace(_) => String::new(),
        Strategy::Canary(plan) if plan.router.is_none() => {
            let (surge, unavailable) = plan.fences(rollout.replicas);
            format!(
                "of {} pods up to {surge} more and {unavailable} fewer, the share nearest to the step",
                rollout.replicas
            )
        }
        Strategy::Canary(plan) if plan.is_dynamic => {
            "both versions have pods for their share of the traffic, rounded up".into()
        }
        Strategy::Canary(_) => {
            "the new version has pods for its share, rounded up; the old one stays whole".into()
        }
    }
}
