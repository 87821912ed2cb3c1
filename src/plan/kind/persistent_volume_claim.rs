//! PersistentVolumeClaim: one volume for the one pod of a service that is recreated.
//!
//! In the wave of its pod: most storage classes bind a claim when its first pod is scheduled, and
//! Argo CD counts a claim that is not bound as `Progressing` (gitops-engine `health_pvc.go`).

use super::{Kind, Planned};
use crate::draft::Traced;
use crate::plan::unit::{Unit, Workload};
use crate::spec::field::At;
use crate::spec::language::Volume;
use crate::spec::text::ObjectName;

pub const KIND: Kind = Kind {
    name: "PersistentVolumeClaim",
    template: "persistent-volume-claim",
    lower,
};

fn lower(unit: &Unit) -> Vec<Planned> {
    if unit.workload() == Workload::StatefulSet {
        return Vec::new();
    }
    let claims = unit.spec().volume.0.iter().filter_map(|(name, volume)| {
        let class = volume.claim.as_ref()?;
        let context = unit
            .context(&unit.suffixed(&name.value))
            .with("class", self::class(class))
            .with("size", size(volume));
        Some(unit.planned("persistent-volume-claim", &name.value, context))
    });
    claims.collect()
}

/// The storage class; null for the cluster's default.
pub fn class(class: &At<ObjectName>) -> Traced {
    match class.value.as_str() {
        "default" => Traced::default(),
        _ => Traced::from(&class.value.0).at(class.span),
    }
}

/// How much is asked for.
pub fn size(volume: &Volume) -> Traced {
    match &volume.size {
        Some(at) => Traced::from(at.value.to_string()).at(at.span),
        None => Traced::from("1Gi").by_default("volume-size"),
    }
}
