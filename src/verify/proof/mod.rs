//! Deadlocks and dangers that no object shows alone: each proved from the numbers of several.
//!
//! One file a rule. A rule looks at one object and at what stands around it, and says something
//! only where both sides of a contradiction are there; the numbers go into the notes.

mod autoscaler;
mod budget;
mod claim;
mod drain;
mod flow;
mod overlap;
mod permission;
mod policy;
mod preview;
mod quota;
mod reach;
mod replicas;
mod refusal;
mod rollback;
mod startup;
mod wave;
mod world;
mod zone;

use rayon::prelude::*;

use crate::diagnostic::Code;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::references::index::Index;
use world::World;

/// What one rule says about one object.
pub type Rule = fn(&World, &Facts, &mut Vec<Finding>);

/// Every rule.
pub const RULES: &[Rule] = &[
    autoscaler::blind,
    autoscaler::twice,
    autoscaler::replicas,
    budget::blocks,
    budget::overlap,
    claim::shared,
    drain::outlived,
    flow::disagree,
    flow::without_dns,
    flow::port_unknown,
    overlap::workloads,
    overlap::services,
    permission::source,
    permission::destination,
    policy::void,
    preview::unreachable,
    quota::refuses,
    quota::too_small,
    replicas::omitted,
    refusal::refused,
    quota::exceeds,
    rollback::unwatched,
    startup::deadline,
    wave::claims,
    wave::order,
    zone::too_few,
];

/// Every code of this folder.
pub const CODES: &[&[&Code]] = &[
    autoscaler::CODES,
    budget::CODES,
    claim::CODES,
    drain::CODES,
    flow::CODES,
    overlap::CODES,
    permission::CODES,
    policy::CODES,
    preview::CODES,
    quota::CODES,
    replicas::CODES,
    refusal::CODES,
    rollback::CODES,
    startup::CODES,
    wave::CODES,
    zone::CODES,
];

/// Looks at all objects of one cluster; `index` has them all. Findings come back by the numbers
/// in `all`, in its order. `zones` is how many the cluster has, where somebody says so.
pub fn prove(all: &[(usize, &Facts)], index: &Index, zones: Option<i64>) -> Vec<(usize, Finding)> {
    let world = World::new(all, index, zones);
    let one = |(number, facts): &(usize, &Facts)| {
        let mut own = Vec::new();
        RULES.iter().for_each(|rule| rule(&world, facts, &mut own));
        let number = *number;
        own.into_iter().map(move |finding| (number, finding))
    };
    all.par_iter()
        .with_min_len(256)
        .flat_map_iter(one)
        .collect()
}
