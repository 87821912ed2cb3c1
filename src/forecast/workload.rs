//! One pod: how long it takes to be ready, and what it asks for.

use super::pace::Pace;
use super::time::{self, Millis};
use crate::value::Value;
use crate::verify::quantity::Quantity;

/// What a pod costs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pod {
    /// From its creation until its probes are content, beside the start of its process.
    pub probes: Millis,
    pub probes_from: String,
    /// Requested, in thousandths of a processor.
    pub cpu: i128,
    /// Requested, in bytes.
    pub memory: i128,
    /// From the end that is asked for until its process is told (`preStop`).
    pub drain: Millis,
    /// Until it is killed.
    pub grace: Millis,
}

impl Pod {
    /// From creation until it counts as available.
    pub fn start(&self, pace: &Pace, min_ready: Millis) -> Millis {
        let start = match pace.pod_start {
            Some(start) => start,
            None => pace.process.saturating_add(self.probes),
        };
        start.saturating_add(min_ready).min(time::LONGEST)
    }
}

/// Reads a pod template.
pub fn pod(template: Option<&Value>) -> Pod {
    let spec = template.and_then(|template| template.get("spec"));
    let list = |name| {
        let list = spec
            .and_then(|spec| spec.get(name))
            .and_then(Value::as_list);
        list.unwrap_or_default()
    };
    let (containers, inits) = (list("containers"), list("initContainers"));
    let (probes, probes_from) = match spec {
        Some(_) => probes(containers),
        None => (0, "no pod template, which is not given".into()),
    };
    let request = |resource: &str, scale: i128| {
        let of = |one: &Value| requested(one, resource, scale);
        let is_sidecar =
            |one: &&Value| one.get("restartPolicy").and_then(Value::as_str) == Some("Always");
        let beside: i128 = inits.iter().filter(is_sidecar).map(of).sum();
        let largest = inits.iter().filter(|one| !is_sidecar(one)).map(of).max();
        let running: i128 = containers.iter().map(of).sum();
        // What runs before needs room as well, and sidecars run all the while.
        (running.saturating_add(beside)).max(largest.unwrap_or(0).saturating_add(beside))
    };
    Pod {
        probes,
        probes_from,
        cpu: request("cpu", 1_000),
        memory: request("memory", 1),
        drain: containers.iter().filter_map(drain).max().unwrap_or(0),
        grace: spec.map_or(0, grace),
    }
}

/// A sleep before the process is told to end: every other hook takes as long as it takes.
fn drain(container: &Value) -> Option<Millis> {
    let seconds = container.at(&["lifecycle", "preStop", "sleep", "seconds"])?;
    time::seconds(u64::try_from(seconds.as_int()?).ok()?)
}

/// 30 s where nothing is said.
fn grace(spec: &Value) -> Millis {
    let given = spec.get("terminationGracePeriodSeconds");
    let given = given.and_then(Value::as_int);
    let seconds = given.and_then(|seconds| u64::try_from(seconds).ok());
    time::seconds(seconds.unwrap_or(30)).unwrap_or(time::LONGEST)
}

/// The slowest container: probes begin after their `initialDelaySeconds`, readiness after startup.
fn probes(containers: &[Value]) -> (Millis, String) {
    let delay = |container: &Value, probe: &str| {
        let seconds = container.at(&[probe, "initialDelaySeconds"])?.as_int()?;
        time::seconds(u64::try_from(seconds).ok()?)
    };
    let has = |container: &Value, probe: &str| container.get(probe).is_some();
    let mut slowest = (0, "no readiness probe".to_string());
    for container in containers {
        let ready = delay(container, "readinessProbe").unwrap_or(0);
        let start = delay(container, "startupProbe").unwrap_or(0);
        let probed = has(container, "readinessProbe") || has(container, "startupProbe");
        if probed && (ready.max(start) > slowest.0 || slowest.1.starts_with("no ")) {
            let name = container.get("name").and_then(Value::as_str).unwrap_or("");
            let from = match start > ready {
                true => "startupProbe",
                false => "readinessProbe",
            };
            slowest = (
                ready.max(start),
                format!("`initialDelaySeconds` of the {from} of `{name}`"),
            );
        }
    }
    slowest
}

/// A limit stands in where a request is missing, as the API server fills it in.
fn requested(container: &Value, resource: &str, scale: i128) -> i128 {
    let given = |part| container.at(&["resources", part, resource]);
    let value = given("requests").or(given("limits"));
    value
        .and_then(amount)
        .map_or(0, |quantity| quantity.scaled(scale))
}

/// A quantity as it stands in a manifest.
pub fn amount(value: &Value) -> Option<Quantity> {
    match value {
        Value::Str(text) => Quantity::parse(text),
        Value::Int(number) => Some(Quantity::whole(*number)),
        Value::Float(number) => Quantity::parse(&number.to_string()),
        _ => None,
    }
}
