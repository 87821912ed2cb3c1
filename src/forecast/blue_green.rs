//! The walk of a blue-green release.
//!
//! Source: argo-rollouts `rollout/bluegreen.go`. The new version starts beside the traffic, is
//! judged, waits, is completed, gets all requests at once, and is judged again. The old version
//! leaves `scaleDownDelaySeconds` after the promotion, which follows the last judgement.

use super::Refused;
use super::analysis::Run;
use super::rollout::BlueGreen;
use super::time;
use super::timeline::{End, Length, Walk, What, run_length};
use crate::pods::Pods;

pub(super) fn walk(walk: &mut Walk, plan: &BlueGreen) -> Result<(), Refused> {
    let replicas = walk.replicas;
    let preview = plan.preview.unwrap_or(replicas);
    let beside = |canary| End {
        pods: Pods {
            canary,
            stable: replicas,
        },
        ..End::default()
    };
    let pods = |canary: i64| End {
        waves: u64::from(canary > 0),
        ..beside(canary)
    };
    let length = walk.waves(u64::from(preview > 0));
    walk.push(What::Preview, None, length, pods(preview))?;
    if let Some(run) = &plan.before {
        judged(walk, What::Before, run, beside(preview))?;
    }
    if !plan.is_automatic {
        let end = End {
            needs_person: true,
            ..beside(preview)
        };
        walk.push(What::Pause, None, Some(Length::exact(0)), end)?;
    } else if plan.wait > 0 {
        let length = Some(Length::exact(plan.wait));
        walk.push(What::Pause, None, length, beside(preview))?;
    }
    if preview < replicas {
        let length = walk.waves(1);
        walk.push(What::ScaleUp, None, length, pods(replicas))?;
    }
    let switched = || End {
        weight: 100,
        ..beside(replicas)
    };
    let length = Some(Length::exact(walk.pace.pass));
    walk.push(What::Switch, None, length, switched())?;
    if let Some(run) = &plan.after {
        judged(walk, What::After, run, switched())?;
    }
    walk.promoted();
    let end = End {
        weight: 100,
        pods: Pods {
            canary: replicas,
            stable: 0,
        },
        peak: replicas.saturating_mul(2),
        ..End::default()
    };
    let length = time::add(plan.scale_down_delay, walk.pace.pass).map(Length::exact);
    walk.push(What::Retire, None, length, end)
}

fn judged(walk: &mut Walk, what: What, run: &Run, end: End) -> Result<(), Refused> {
    let end = End {
        runs: vec![run.clone()],
        ..end
    };
    let length = run_length(run, walk.pace.pass);
    walk.push(what, None, length, end)
}
