//! Rollout: new versions judged before they take over (canary), or switched to as a whole
//! (blue-green).

use super::{Kind, Planned};
use crate::plan::Content;
use crate::plan::delivery::Delivery;
use crate::plan::strategy;
use crate::plan::unit::Unit;

pub const KIND: Kind = Kind {
    name: "Rollout",
    template: "rollout",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    let Some(delivery) = Delivery::of(unit) else {
        return Vec::new();
    };
    let mut planned = unit.workload_draft("rollout", unit.context(&unit.name));
    if let Content::Draft(draft) = &mut planned.content {
        draft
            .parts
            .push(("strategy".into(), strategy::draft(unit, &delivery)));
    }
    vec![planned]
}
