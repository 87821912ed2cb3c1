//! Rollbacks that nothing watches.

use super::World;
use super::world::workload;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::verify::references::Facts;

crate::codes! {
    /// Within `rollbackWindow` the controller takes any older revision without steps and analyses.
    /// That is the quick way back; it is also taken to a revision that an analysis has refused, if
    /// that one is older than the present one. A window that is longer than
    /// `revisionHistoryLimit` reaches revisions that are gone: then it is a warning. Go back to
    /// versions that were promoted only, and keep as many revisions as the window counts.
    ROLLBACK_UNWATCHED = "rollback-unwatched": "a rollback that skips its analyses";
}

/// Source: argo-rollouts `rollout/canary.go` and `rollout/bluegreen.go`, `isRollbackWithinWindow`.
pub fn unwatched(_: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(own) = workload(facts).filter(|own| own.window > 0) else {
        return;
    };
    let pointer = "/spec/rollbackWindow/revisions";
    if own.window > own.history {
        let message = format!(
            "`{}` may skip back over {} revisions, and {} are kept",
            facts.name, own.window, own.history
        );
        let mut finding = Finding::error(ROLLBACK_UNWATCHED, pointer, message);
        finding.severity = Severity::Warning;
        out.push(finding.help("raise `revisionHistoryLimit`, or lower the window"));
    } else if own.is_judged {
        let message = format!(
            "going back by up to {} revisions, `{}` skips its analyses",
            own.window, facts.name
        );
        let mut finding = Finding::error(ROLLBACK_UNWATCHED, pointer, message);
        finding.severity = Severity::Note;
        out.push(finding.help("go back to versions that were promoted only"));
    }
}
