//! HorizontalPodAutoscaler: where the fewest and the most pods differ.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::{Unit, Workload};

pub const KIND: Kind = Kind {
    name: "HorizontalPodAutoscaler",
    template: "horizontal-pod-autoscaler",
    lower,
};

/// Percent of the requested cpu that the autoscaler aims at.
const UTILIZATION: u32 = 70;

fn lower(unit: &Unit) -> Vec<Planned> {
    let (min, max) = unit.replicas;
    if min.value == max.value {
        return Vec::new();
    }
    let replicas = unit
        .spec()
        .size
        .as_ref()
        .and_then(|size| size.replicas.as_ref());
    let target = match replicas.and_then(|replicas| replicas.cpu.as_ref()) {
        Some(at) => Traced::from((at.value.0 / 10_000).max(1)).at(at.span),
        None => Traced::from(UTILIZATION).by_default("replicas-cpu"),
    };
    let (api, kind) = match unit.workload() {
        Workload::Rollout => ("argoproj.io/v1alpha1", "Rollout"),
        Workload::Deployment => ("apps/v1", "Deployment"),
        Workload::StatefulSet => ("apps/v1", "StatefulSet"),
    };
    let context = unit
        .context(&unit.name)
        .with("workloadApi", api)
        .with("workloadKind", kind)
        .with("min", Traced::from(min))
        .with("max", Traced::from(max))
        .with("utilization", target);
    vec![unit.planned("horizontal-pod-autoscaler", "", context)]
}
