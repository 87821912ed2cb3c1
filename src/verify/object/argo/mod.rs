//! What the controller of Argo Rollouts makes of its kinds: what it rejects, what it misreads
//! without a word, and what it waits for in vain. One file an area, one row in [`AREAS`] for each.
//!
//! Facts were read in argo-rollouts 1.8.3, 1.9.1 and 1.10.1; a rule that holds for some of them
//! asks the target. An error is what the controller rejects, hangs on or reads as something else;
//! a warning is what it ignores, or what is risky.

use crate::diagnostic::Code;
use crate::manifest::Finding;
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::shape::listed;

pub(in crate::verify) mod analysis;
pub(in crate::verify) mod answers;
mod arguments;
mod blue_green;
mod canary;
mod condition;
mod experiment;
mod exposed;
mod job;
mod made;
pub(in crate::verify) mod metric;
pub(in crate::verify) mod placeholders;
mod plugins;
mod pods;
pub(in crate::verify) mod providers;
pub(in crate::verify) mod query;
mod rollout;
mod rounding;
mod routers;
pub(super) mod sequence;
mod step_experiment;
mod steps;
mod strategy;
pub(in crate::verify) mod versions;
mod waits;

/// A part of what one of the kinds says, and its check.
pub struct Area {
    pub kinds: &'static [&'static str],
    pub check: fn(&Cursor, &Target, &mut Vec<Finding>),
}

const ANALYSIS: &[&str] = &["AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun"];

/// Every area, in the order in which its findings come.
pub const AREAS: &[Area] = &[
    Area {
        kinds: &["Rollout"],
        check: rollout::check,
    },
    Area {
        kinds: &["Rollout"],
        check: versions::rollout,
    },
    Area {
        kinds: &["Rollout"],
        check: made::rollout,
    },
    Area {
        kinds: ANALYSIS,
        check: made::analysis,
    },
    Area {
        kinds: &["Experiment"],
        check: made::experiment,
    },
    Area {
        kinds: &["Rollout"],
        check: rounding::check,
    },
    Area {
        kinds: &["Rollout"],
        check: waits::rollout,
    },
    Area {
        kinds: ANALYSIS,
        check: waits::analysis,
    },
    Area {
        kinds: ANALYSIS,
        check: analysis::check,
    },
    Area {
        kinds: ANALYSIS,
        check: versions::analysis,
    },
    Area {
        kinds: ANALYSIS,
        check: query::check,
    },
    Area {
        kinds: ANALYSIS,
        check: condition::check,
    },
    Area {
        kinds: &["Experiment"],
        check: experiment::check,
    },
];

/// Every code of this folder.
pub const CODES: &[&[&Code]] = &[
    analysis::CODES,
    arguments::CODES,
    blue_green::CODES,
    canary::CODES,
    condition::CODES,
    experiment::CODES,
    exposed::CODES,
    job::CODES,
    made::CODES,
    metric::CODES,
    placeholders::CODES,
    plugins::CODES,
    pods::CODES,
    providers::CODES,
    query::CODES,
    rollout::CODES,
    rounding::CODES,
    routers::CODES,
    sequence::CODES,
    step_experiment::CODES,
    steps::CODES,
    strategy::CODES,
    versions::CODES,
    waits::CODES,
];

/// Everything that is wrong with one object of the group `argoproj.io`.
pub fn check(kind: &str, object: &Cursor, target: &Target, out: &mut Vec<Finding>) {
    for area in AREAS.iter().filter(|area| area.kinds.contains(&kind)) {
        (area.check)(object, target, out);
    }
}

/// In our own templates some warnings are errors.
pub fn severity_of_ours(finding: &mut Finding) {
    condition::severity_of_ours(finding);
}

/// A spec asks for it in so many words: a person who decides, a comparison that may end without a
/// verdict, a share of few pods (the plan looks at those itself).
pub fn is_said_by_spec(finding: &Finding) -> bool {
    [
        waits::PAUSE_WITHOUT_END,
        waits::INCONCLUSIVE_WAITS,
        rounding::WEIGHT_ROUNDED,
    ]
    .contains(&finding.code)
}

/// A warning about the field at `path`.
fn warn(
    at: &Cursor,
    path: &str,
    code: &'static Code,
    message: impl Into<String>,
    help: &str,
    out: &mut Vec<Finding>,
) {
    out.push(at.warning_at(path, code, message).help(help));
}
