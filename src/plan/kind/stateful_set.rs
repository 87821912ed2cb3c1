//! StatefulSet: for `rollout rolling` with a claim. Each pod has its own volume, kept when the set
//! goes; pods are replaced one by one.

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::{Unit, Workload};
use crate::value::Str;

pub const KIND: Kind = Kind {
    name: "StatefulSet",
    template: "stateful-set",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    if unit.workload() != Workload::StatefulSet {
        return Vec::new();
    }
    let claims = unit.spec().volume.0.iter().filter_map(|(name, volume)| {
        let class = volume.claim.as_ref()?;
        Some(Traced::from([
            ("name", Traced::from(&name.value).at(name.span)),
            ("class", super::persistent_volume_claim::class(class)),
            ("size", super::persistent_volume_claim::size(volume)),
        ]))
    });
    let context = unit
        .context(&unit.name)
        .with("governing", Traced::from(governing(unit)).at(unit.span()))
        .with("claims", Traced::from(claims.collect::<Vec<_>>()));
    vec![unit.workload_draft("stateful-set", context)]
}

/// The Service that gives each pod a name of its own: `<service>-0.<service>-pods`. It cannot change
/// while the set lives, so it is there for a single pod too.
pub fn governing(unit: &Unit) -> Str {
    unit.suffixed("pods")
}
