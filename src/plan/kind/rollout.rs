//! Rollout: new versions judged before they take over (canary), or switched to as a whole
//! (blue-green).

use super::{Kind, Planned};
use crate::plan::unit::{Unit, Workload};

pub const KIND: Kind = Kind {
    name: "Rollout",
    template: "rollout",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    if unit.workload() != Workload::Rollout {
        return Vec::new();
    }
    vec![unit.workload_draft("rollout", unit.context(&unit.name))]
}
