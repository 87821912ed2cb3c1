//! How fast things go that no manifest says: pods, the controller's passes, routers, Git.
//!
//! Each figure has a name and a source, so that a plan can say what it rests on.

use super::time::{Millis, SECOND};

/// Lengths that a forecast assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From the creation of a pod until it is ready; `None`: worked out from its probes.
    pub pod_start: Option<Millis>,
    /// What one step costs beside its own length: the controller sees, decides and writes.
    pub pass: Millis,
    /// From a weight or selector that is written until requests follow it.
    pub router: Millis,
    /// How often Argo CD looks at the repository, at most with its jitter.
    pub poll: Millis,
    /// Image and start of the process, before any probe.
    pub process: Millis,
}

impl Default for Pace {
    /// A pass: `tests/cluster/checks/45-plan.sh` measures 0.1 to 0.5 s. Argo CD: `timeout.reconciliation` 120 s and `timeout.reconciliation.jitter` 60 s.
    fn default() -> Pace {
        Pace {
            pod_start: None,
            pass: SECOND / 5,
            router: 2 * SECOND,
            poll: 180 * SECOND,
            process: 5 * SECOND,
        }
    }
}
