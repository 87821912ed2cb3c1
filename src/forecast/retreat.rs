//! The way back: how long it takes until the old version serves everything again.
//!
//! Source: argo-rollouts, behaviour after an abort (`status.abort`), of `rollbackWindow`, and of old
//! blue-green pods before they go (`rollout/sync.go`, `isFastRollback`). A change in Git waits for
//! Argo CD first, an abort does not.

use super::pace::Pace;
use super::rollout::{Canary, Rollout, Step, Strategy};
use super::time::{self, Millis};
use super::timeline::{Moment, Timeline, What};
use crate::pods::{Basic, Pods, State};

/// From a failed analysis until the old version serves everything, in the middle of `moment`;
/// `None`: longer than anything that is planned.
pub fn abort(
    rollout: &Rollout,
    timeline: &Timeline,
    moment: &Moment,
    pace: &Pace,
) -> Option<Millis> {
    if moment.weight == 0 {
        return Some(0);
    }
    let wave = rollout.pod.start(pace, rollout.min_ready);
    match &rollout.strategy {
        Strategy::BlueGreen(_) => time::add(pace.pass, pace.router),
        // The old version comes as the new one did.
        Strategy::Replace(_) => serving(rollout, timeline, pace),
        Strategy::Canary(plan) => {
            let waves = match &plan.router {
                None => basic_waves(plan, timeline.replicas, moment.pods)?,
                Some(_) if plan.is_dynamic => ladder(plan, moment.weight),
                Some(_) => 0,
            };
            let moved = time::times(wave, waves)?;
            let passes = time::times(pace.pass, waves.max(1))?;
            let router = plan.router.as_ref().map_or(0, |_| pace.router);
            time::add(moved, time::add(passes, router)?)
        }
    }
}

/// The weights that an abort climbs down, the old version growing before each.
fn ladder(plan: &Canary, weight: i64) -> u64 {
    let lower = plan.steps.iter().filter_map(|step| match step {
        Step::SetWeight(one) if *one < weight && *one > 0 => Some(*one),
        _ => None,
    });
    let lower: std::collections::BTreeSet<_> = lower.collect();
    lower.len() as u64 + 1
}

/// Waves of old pods until no new one is left.
fn basic_waves(plan: &Canary, replicas: i64, pods: Pods) -> Option<u64> {
    let (surge, unavailable) = plan.fences(replicas);
    let basic = Basic {
        replicas,
        surge,
        unavailable,
        max_weight: plan.max_weight,
    };
    let (mut state, mut waves) = (State::settled(pods), 0);
    for _ in 0..10_000 {
        let next = basic.pass(0, state);
        if next != state.wanted {
            state.wanted = next;
            state.ready.canary = state.ready.canary.min(next.canary);
            state.ready.stable = state.ready.stable.min(next.stable);
        } else if state.is_settled() {
            return Some(waves);
        } else {
            state.ready = state.wanted;
            waves += 1;
        }
    }
    None
}

/// How a release is taken back by a change in Git.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Until Argo CD has noticed, at most.
    pub git: Millis,
    /// From there until the old version serves everything: in the worst moment of the release.
    pub during: Millis,
    /// The same once it is promoted and the old pods are gone.
    pub after: Millis,
    /// Whether the version before comes back without its steps.
    pub skips_steps: bool,
    /// Blue-green: how long after the promotion the old pods still stand, and how fast they then
    /// serve again.
    pub kept: Option<(Millis, Millis)>,
}

impl Restore {
    /// From the decision to the old version serving everything.
    pub fn total(&self) -> Option<Millis> {
        time::add(self.git, self.during.max(self.after))
    }
}

pub fn restore(
    rollout: &Rollout,
    timeline: &Timeline,
    pace: &Pace,
    has_webhook: bool,
) -> Option<Restore> {
    let git = match has_webhook {
        true => pace.pass,
        false => pace.poll,
    };
    let mut during = 0;
    for moment in timeline.until_promotion() {
        during = during.max(abort(rollout, timeline, moment, pace)?);
    }
    let skips_steps = rollout.rollback_window >= 1;
    let after = match skips_steps {
        true => swap(rollout, timeline, pace)?,
        false => serving(rollout, timeline, pace)?,
    };
    let kept = match &rollout.strategy {
        Strategy::BlueGreen(plan) => {
            let switch = time::add(pace.pass, pace.router)?;
            Some((plan.scale_down_delay, switch)).filter(|(delay, _)| *delay > 0)
        }
        Strategy::Canary(_) | Strategy::Replace(_) => None,
    };
    Some(Restore {
        git,
        during,
        after,
        skips_steps,
        kept,
    })
}

/// When a whole release has given everything to its version.
fn serving(rollout: &Rollout, timeline: &Timeline, pace: &Pace) -> Option<Millis> {
    let switch = timeline.moments.iter().find(|one| one.what == What::Switch);
    match (&rollout.strategy, switch) {
        (Strategy::BlueGreen(_), Some(switch)) => time::add(switch.end.expected, pace.router),
        _ => Some(timeline.promoted.expected),
    }
}

/// All pods of one version in the place of the other's, and the traffic after them.
fn swap(rollout: &Rollout, timeline: &Timeline, pace: &Pace) -> Option<Millis> {
    let wave = rollout.pod.start(pace, rollout.min_ready);
    let waves = match &rollout.strategy {
        Strategy::Canary(plan) if plan.router.is_none() => {
            let pods = Pods {
                canary: timeline.replicas,
                stable: 0,
            };
            basic_waves(plan, timeline.replicas, pods)?
        }
        _ => 1,
    };
    time::add(
        time::times(time::add(wave, pace.pass)?, waves)?,
        time::add(pace.pass, pace.router)?,
    )
}

/// Whether somebody has to decide before this release ends, and where.
pub fn persons(timeline: &Timeline) -> impl Iterator<Item = &Moment> {
    timeline
        .moments
        .iter()
        .filter(|moment| moment.needs_person && moment.what != What::Retire)
}
