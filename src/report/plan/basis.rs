//! What the figures rest on, and where each assumption comes from.

use crate::forecast::Forecast;
use crate::forecast::rollout::Strategy;
use crate::forecast::time::show;

/// An assumption and its source.
pub struct Basis {
    pub what: String,
    pub source: String,
}

pub fn basis(forecast: &Forecast) -> Vec<Basis> {
    let mut all = vec![pods(forecast)];
    let mut add = |what: String, source: &str| {
        all.push(Basis {
            what,
            source: source.into(),
        });
    };
    let pace = &forecast.pace;
    add(
        format!("{} for each step beside its own length", show(pace.pass)),
        "passes of the controller, measured",
    );
    add(
        format!(
            "{} until requests follow a weight or selector",
            show(pace.router)
        ),
        "assumed",
    );
    let git = match forecast.setting.has_webhook {
        true => (
            format!("{} until Argo CD sees a commit", show(pace.pass)),
            "spec: a webhook tells it",
        ),
        false => (
            format!("{} at most until Argo CD sees a commit", show(pace.poll)),
            "Argo CD's default: 120s and up to 60s of jitter",
        ),
    };
    add(git.0, git.1);
    add(replicas(forecast), "controller: utils/replicaset/canary.go");
    add(
        "a metric is measured after its delay, then once each interval; it fails with the first failed measurement that is not forgiven".into(),
        "controller: analysis/analysis.go",
    );
    let load = match forecast.setting.usual {
        Some(usual) => (
            format!(
                "{} in all, as many failures as a binomial count gives",
                super::facts::rate(usual)
            ),
            "spec: `load usual`",
        ),
        None => (
            "enough requests for every measurement to show the share as it is".to_string(),
            "no `load usual` in the spec",
        ),
    };
    add(load.0, load.1);
    if !forecast.powers.is_empty() {
        add(
            "a version twice as bad as usual is missed once in 5 times, a good one held back once in 20".into(),
            "sample sizes for two proportions (Fleiss), 80 % and 95 %",
        );
    }
    add(
        format!(
            "at the latest: pods at the progress deadline of {}, every question at its timeout, as many unreadable answers as are forgiven",
            show(forecast.rollout.deadline)
        ),
        "manifest",
    );
    all
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
