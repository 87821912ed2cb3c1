//! What a plan is held against, and what no manifest of the release says: promises, load, zones.

use super::time::Millis;
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::spec::field::At;
use crate::spec::text::SyncMode;
use crate::spec::unit::{Duration, Rate};
use crate::value::Value;

/// Everything is optional: what is not known is not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// Empty for manifests without one.
    pub environment: String,
    /// Empty for what belongs to no service.
    pub service: String,
    pub zones: Option<u64>,
    /// Expected requests in thousandths a second.
    pub usual: Option<u64>,
    pub peak: Option<u64>,
    pub promise: Promise,
    pub slo: Slo,
    /// Whether the repository tells Argo CD of a change at once.
    pub has_webhook: bool,
    /// Whether somebody has to start every sync.
    pub is_manual_sync: bool,
}

/// `objective` of the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    pub deploy: Option<Millis>,
    pub rollback: Option<Millis>,
    pub abort: Option<Millis>,
    pub detect: Option<Millis>,
    pub recover: Option<Millis>,
}

/// What the service promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slo {
    /// The share of good requests in parts per million.
    pub availability: Option<u32>,
    pub window: Option<Millis>,
    pub p95: Option<Millis>,
}

impl Setting {
    /// What the spec says of a service in its environment.
    pub fn of(unit: &Unit) -> Setting {
        let rate = |at: &Option<At<Rate>>| at.as_ref().map(|at| at.value.0);
        let load = unit.spec().load.as_ref();
        Setting {
            service: unit.name.to_string(),
            usual: load.and_then(|load| rate(&load.usual)),
            peak: load.and_then(|load| rate(&load.peak)),
            ..Setting::of_environment(&unit.scope)
        }
    }

    /// What the spec says of an environment.
    pub fn of_environment(scope: &Scope) -> Setting {
        let spec = &scope.environment.spec;
        let time = |at: &Option<At<Duration>>| at.as_ref().map(|at| at.value.0);
        let objective = spec.objective.as_ref();
        let promise = objective.map_or_else(Promise::default, |objective| Promise {
            deploy: time(&objective.deploy),
            rollback: time(&objective.rollback),
            abort: time(&objective.abort),
            detect: time(&objective.detect),
            recover: time(&objective.recover),
        });
        let zones = spec.cluster.as_ref().and_then(|one| one.zones.as_ref());
        let sync = spec.sync.as_ref();
        let webhook = sync.and_then(|sync| sync.webhook.as_ref());
        let mode = spec.sync.as_ref().and_then(|sync| sync.mode.as_ref());
        Setting {
            environment: scope.environment.name.text.to_string(),
            service: String::new(),
            zones: zones.map(|at| u64::from(at.value.0)),
            usual: None,
            peak: None,
            promise,
            slo: Slo::default(),
            has_webhook: webhook.is_some_and(|webhook| webhook.path.is_some()),
            is_manual_sync: mode.is_some_and(|at| at.value == SyncMode::Manual),
        }
    }
}

impl Slo {
    /// What a Rollout says of it in its annotations. Availability without a window is counted over that
    /// of the `budget` criterion.
    pub fn of(rollout: &Value) -> Slo {
        let text = |name: &str| {
            rollout
                .at(&["metadata", "annotations", name])
                .and_then(Value::as_str)
        };
        let availability = text("tiphys.dev/slo-availability").and_then(ppm);
        let window = match text("tiphys.dev/slo-window") {
            Some(window) => super::time::parse(window),
            None => availability.map(|_| crate::plan::ask::SLO_WINDOW.0),
        };
        Slo {
            availability,
            window,
            p95: text("tiphys.dev/slo-p95").and_then(super::time::parse),
        }
    }

    /// The time for which everything may fail within the window.
    pub fn budget(&self) -> Option<Millis> {
        let bad = 1_000_000u64.checked_sub(u64::from(self.availability?))?;
        let product = u128::from(self.window?) * u128::from(bad) / 1_000_000;
        Millis::try_from(product).ok().filter(|budget| *budget > 0)
    }
}

/// `99.95%` in parts per million.
pub fn ppm(text: &str) -> Option<u32> {
    let number = text.strip_suffix('%')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 4 || whole.len() > 3 {
        return None;
    }
    let digits: u32 = format!("{whole}{fraction:0<4}").parse().ok()?;
    (digits <= 1_000_000).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_the_share_of_the_window_that_may_fail() {
        let slo = Slo {
            availability: ppm("99.95%"),
            window: super::super::time::parse("720h"),
            p95: None,
        };
        assert_eq!(slo.budget(), Some(1_296_000));
        assert_eq!(ppm("100%"), Some(1_000_000));
        assert_eq!(ppm("100.1%"), None);
        assert_eq!(ppm("99.99999%"), None);
    }
}
