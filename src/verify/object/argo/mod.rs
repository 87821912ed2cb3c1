//! What the controller of Argo Rollouts makes of its kinds: what it rejects, what it misreads
//! without a word, and what it waits for in vain. One file an area, one row in [`AREAS`] for each.
//!
//! Facts were read in argo-rollouts 1.8.3, 1.9.1 and 1.10.1; a rule that holds for some of them
//! asks the target.

use crate::manifest::Finding;
use crate::verify::Target;
use crate::verify::cursor::Cursor;

pub(super) mod analysis;
pub(super) mod rollout;

/// A part of what one of the kinds says, and its check.
pub struct Area {
    pub kinds: &'static [&'static str],
    pub check: fn(&Cursor, &Target, &mut Vec<Finding>),
}

/// Every area, in the order in which its findings come.
pub const AREAS: &[Area] = &[
    Area {
        kinds: &["Rollout"],
        check: rollout::check,
    },
    Area {
        kinds: &["AnalysisTemplate", "ClusterAnalysisTemplate"],
        check: analysis::check,
    },
];

/// Everything that is wrong with one object of the group `argoproj.io`.
pub fn check(kind: &str, object: &Cursor, target: &Target, out: &mut Vec<Finding>) {
    for area in AREAS.iter().filter(|area| area.kinds.contains(&kind)) {
        (area.check)(object, target, out);
    }
}
