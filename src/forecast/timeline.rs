//! The release as a row of moments: what the controller does, from when to when, with which share
//! of the traffic and which pods.

use super::analysis::Run;
use super::pace::Pace;
use super::rollout::{Rollout, Strategy};
use super::time::{self, Millis};
use super::{Refused, blue_green, canary, refused};
use crate::pods::Pods;

/// A point in time from the change of the Rollout on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// If everything goes well, and at once where somebody has to decide.
    pub expected: Millis,
    /// The latest for a release that succeeds; `None`: nobody knows.
    pub worst: Option<Millis>,
    /// `expected` is a lower bound: step plugins before it take as long as they take.
    pub is_least: bool,
}

/// What happens in a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    SetWeight,
    Pause,
    SetScale,
    Analysis,
    Experiment,
    HeaderRoute,
    MirrorRoute,
    Plugin,
    /// The new version gets everything.
    Promote,
    /// The old version goes.
    Retire,
    /// Blue-green: the new version, beside the traffic.
    Preview,
    Before,
    ScaleUp,
    Switch,
    After,
    /// Without stages: pods are replaced one after the other.
    Roll,
    /// Without stages: every old pod ends.
    Stop,
    /// And the new ones start.
    Start,
}

impl What {
    /// Kebab-case: what machines read.
    pub fn name(self) -> &'static str {
        match self {
            What::SetWeight => "set-weight",
            What::Pause => "pause",
            What::SetScale => "set-scale",
            What::Analysis => "analysis",
            What::Experiment => "experiment",
            What::HeaderRoute => "header-route",
            What::MirrorRoute => "mirror-route",
            What::Plugin => "plugin",
            What::Promote => "promote",
            What::Retire => "retire",
            What::Preview => "preview",
            What::Before => "before",
            What::ScaleUp => "scale-up",
            What::Switch => "switch",
            What::After => "after",
            What::Roll => "roll",
            What::Stop => "stop",
            What::Start => "start",
        }
    }
}

/// One step, or what the controller does before and behind the steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    pub what: What,
    /// Its place in `steps`; `None` for what is no step.
    pub step: Option<usize>,
    pub start: Clock,
    pub end: Clock,
    /// Somebody has to decide before it ends.
    pub needs_person: bool,
    /// The share that is asked for at its end, of `max_weight`.
    pub weight: i64,
    /// The old version in `stable`, the new one in `canary`, at its end.
    pub pods: Pods,
    /// Pods of an experiment, at its end.
    pub extra: i64,
    /// The most pods that there are at once.
    pub peak: i64,
    /// What judges in it.
    pub runs: Vec<Run>,
    /// How often pods are waited for.
    pub waves: u64,
}

impl Moment {
    pub fn length(&self) -> Millis {
        self.end.expected.saturating_sub(self.start.expected)
    }
}

#[derive(Clone, Debug)]
pub struct Timeline {
    /// The pods that it is counted with.
    pub replicas: i64,
    pub max_weight: i64,
    pub moments: Vec<Moment>,
    /// When the new version is the stable one.
    pub promoted: Clock,
}

impl Timeline {
    /// Walks the plan with so many pods.
    pub fn of(rollout: &Rollout, replicas: i64, pace: &Pace) -> Result<Timeline, Refused> {
        let mut walk = Walk::new(rollout, replicas, pace);
        let max_weight = match &rollout.strategy {
            Strategy::Canary(plan) => {
                canary::walk(&mut walk, plan)?;
                plan.max_weight
            }
            Strategy::BlueGreen(plan) => {
                blue_green::walk(&mut walk, plan)?;
                100
            }
            Strategy::Replace(replace) => {
                super::replace::walk(&mut walk, replace)?;
                100
            }
        };
        let mut moments = walk.moments;
        linger(&mut moments);
        Ok(Timeline {
            replicas,
            max_weight,
            promoted: walk.promoted,
            moments,
        })
    }

    pub fn needs_person(&self) -> bool {
        self.moments.iter().any(|moment| moment.needs_person)
    }

    pub fn peak(&self) -> i64 {
        self.moments
            .iter()
            .map(|moment| moment.peak)
            .max()
            .unwrap_or(0)
    }

    /// The moments that are watched or waited through until promotion.
    pub fn until_promotion(&self) -> impl Iterator<Item = &Moment> {
        self.moments.iter().filter(|one| one.what != What::Retire)
    }
}

/// Pods of an experiment stay for a while after it (`DefaultScaleDownDelaySeconds`).
fn linger(moments: &mut [Moment]) {
    for at in 0..moments.len() {
        let (extra, end) = (moments[at].extra, moments[at].end.expected);
        if extra == 0 {
            continue;
        }
        let gone = end.saturating_add(30 * time::SECOND);
        let later = moments[at + 1..].iter_mut();
        for moment in later.take_while(|moment| moment.start.expected < gone) {
            moment.peak = moment.peak.saturating_add(extra);
        }
    }
}

/// How long a moment takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Length {
    pub expected: Millis,
    pub worst: Option<Millis>,
}

impl Length {
    pub(super) fn exact(length: Millis) -> Length {
        Length {
            expected: length,
            worst: Some(length),
        }
    }
}

/// What a moment ends with.
#[derive(Clone, Debug, Default)]
pub(super) struct End {
    pub weight: i64,
    pub pods: Pods,
    pub extra: i64,
    pub peak: i64,
    pub runs: Vec<Run>,
    pub waves: u64,
    pub needs_person: bool,
    /// Nothing bounds it: `expected` leaves out what it takes.
    pub is_open: bool,
}

/// The walk so far.
pub(super) struct Walk<'a> {
    pub rollout: &'a Rollout,
    pub replicas: i64,
    pub pace: &'a Pace,
    /// What one wave of pods takes.
    pub start: Millis,
    now: Clock,
    pub promoted: Clock,
    pub moments: Vec<Moment>,
}

impl<'a> Walk<'a> {
    fn new(rollout: &'a Rollout, replicas: i64, pace: &'a Pace) -> Walk<'a> {
        Walk {
            rollout,
            replicas,
            pace,
            start: rollout.pod.start(pace, rollout.min_ready),
            now: Clock {
                worst: Some(0),
                ..Clock::default()
            },
            promoted: Clock::default(),
            moments: Vec::new(),
        }
    }

    /// What so many waves of pods and the controller's own work take; a wave is given up at the
    /// progress deadline.
    pub(super) fn waves(&self, waves: u64) -> Option<Length> {
        let whole = |wave| time::add(time::times(wave, waves)?, self.pace.pass);
        let deadline = self.rollout.deadline;
        Some(Length {
            expected: whole(self.start)?,
            worst: match deadline.map(|deadline| deadline.max(self.start)) {
                Some(deadline) => Some(whole(deadline)?),
                None if waves == 0 => Some(self.pace.pass),
                None => None,
            },
        })
    }

    pub(super) fn push(
        &mut self,
        what: What,
        step: Option<usize>,
        length: Option<Length>,
        end: End,
    ) -> Result<(), Refused> {
        let too_long = || {
            let place = step.map_or("/spec/strategy".to_string(), |at| {
                format!("/spec/strategy/canary/steps/{at}")
            });
            refused(place, "the release takes longer than a century").help("shorten its steps")
        };
        let length = length.ok_or_else(too_long)?;
        let start = self.now;
        self.now = Clock {
            expected: time::add(start.expected, length.expected).ok_or_else(too_long)?,
            worst: match (start.worst, length.worst) {
                _ if end.needs_person => None,
                (Some(start), Some(length)) => time::add(start, length),
                _ => None,
            },
            is_least: start.is_least || end.is_open,
        };
        self.moments.push(Moment {
            what,
            step,
            start,
            end: self.now,
            needs_person: end.needs_person,
            weight: end.weight,
            pods: end.pods,
            extra: end.extra,
            peak: end.peak.max(end.pods.total().saturating_add(end.extra)),
            runs: end.runs,
            waves: end.waves,
        });
        Ok(())
    }

    pub(super) fn promoted(&mut self) {
        self.promoted = self.now;
    }
}

/// From the start of a run to what the controller makes of its end.
pub(super) fn run_length(run: &Run, pass: Millis) -> Option<Length> {
    let expected = time::add(run.length()?, pass)?;
    Some(Length {
        expected,
        worst: run.longest().and_then(|it| time::add(it, pass)),
    })
}
