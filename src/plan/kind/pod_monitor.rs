//! PodMonitor: carries the version of a pod over to its metrics, where the service serves them
//! itself (convention `otel` and a port named `metrics`).

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::series::convention;
use crate::plan::timing::SCRAPE;
use crate::plan::unit::Unit;
use crate::spec::text::Convention;

pub const KIND: Kind = Kind {
    name: "PodMonitor",
    template: "pod-monitor",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let Some(port) = unit.ports.iter().find(|port| port.is_metrics()) else {
        return Vec::new();
    };
    if convention(unit) != Some(Convention::Otel) {
        return Vec::new();
    }
    let metrics = unit.scope.environment.spec.metrics.as_ref();
    let interval = match metrics.and_then(|metrics| metrics.scrape.as_ref()) {
        Some(at) => Traced::from(at.value.to_string()).at(at.span),
        None => Traced::from(SCRAPE.to_string()).by_default("scrape"),
    };
    let context = unit
        .context(&unit.name)
        .with("port", Traced::from(&port.name).at(port.span))
        .with("interval", interval);
    vec![unit.planned(KIND.template, "", context)]
}
