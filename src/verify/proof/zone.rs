//! Pods that may not share zones, and zones that are too few for them.

use super::World;
use super::world::workload;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::PerZone;

crate::codes! {
    /// Pods may not share zones as they would have to: the cluster has fewer zones than the workload
    /// needs while it is released. What has no place stays `Pending`, and the release hangs until
    /// its deadline. Prefer instead of requiring (`ScheduleAnyway`), lower `minDomains`, or run
    /// fewer pods.
    ZONES_TOO_FEW = "zones-too-few": "more pods than the zones may hold";
}

pub fn too_few(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let (Some(own), Some(zones)) = (workload(facts), world.zones) else {
        return;
    };
    let peak = own.peak(world.range(facts, own).0);
    for (pointer, rule) in &own.per_zone {
        let each = match rule {
            PerZone::One => 1,
            PerZone::Below { domains, skew } if zones < *domains => *skew,
            PerZone::Below { .. } => continue,
        };
        let room = zones.saturating_mul(each);
        if peak <= room {
            continue;
        }
        let message = format!(
            "`{}` has {peak} pods while it is released, and {zones} zones may hold {room}",
            facts.name
        );
        out.push(
            Finding::error(ZONES_TOO_FEW, pointer.as_str(), message)
                .note(format!("{each} in each zone at most"))
                .help("prefer to spread instead of requiring it, or run fewer pods"),
        );
    }
}
