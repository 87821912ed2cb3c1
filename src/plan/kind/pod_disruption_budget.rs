//! PodDisruptionBudget: where there are at least two pods, one below the fewest, so that a node
//! can always be drained.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "PodDisruptionBudget",
    template: "pod-disruption-budget",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let (min, _) = unit.replicas;
    if min.value < 2 {
        return Vec::new();
    }
    let available = Traced::from(min.value - 1).from_origin(min.origin);
    let context = unit.context(&unit.name).with("available", available);
    vec![unit.planned("pod-disruption-budget", "", context)]
}
