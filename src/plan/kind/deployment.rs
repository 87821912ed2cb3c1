//! Deployment: pods replaced one by one, or all at once (`recreate`), without a judgement.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::{Unit, Workload};
use crate::spec::language::Rollout;

pub const KIND: Kind = Kind {
    name: "Deployment",
    template: "deployment",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    if unit.workload() != Workload::Deployment {
        return Vec::new();
    }
    let recreate = matches!(unit.spec().rollout, Some(Rollout::Recreate(_)));
    let span = unit
        .spec()
        .rollout
        .as_ref()
        .map_or(unit.span(), Rollout::span);
    let recreate = Traced::from(recreate).at(span);
    vec![unit.workload_draft(
        "deployment",
        unit.context(&unit.name).with("recreate", recreate),
    )]
}
