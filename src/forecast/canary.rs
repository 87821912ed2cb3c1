//! The walk of a canary.
//!
//! Source: argo-rollouts `rollout/canary.go` and `rollout/trafficrouting.go`. A weight is given to
//! the router once its pods are there; behind the last step the new version gets all pods, then
//! all requests, and is promoted when they are ready.

use super::rollout::{Canary, Experiment, Step};
use super::timeline::{End, Length, Walk, What, run_length};
use super::{Refused, refused, time};
use crate::pods::{Basic, Pods, Routed, Scale, State};

/// Passes of one walk, at most: every wave of a rollout with the smallest surge is one.
const MOST_PASSES: u64 = 200_000;

/// Who gives the pods.
enum Splitter {
    Basic(Basic),
    Routed(Routed),
}

struct Here {
    splitter: Splitter,
    state: State,
    weight: i64,
    scale: Option<Scale>,
    /// What the router gives the stable version.
    stable_weight: i64,
    passes: u64,
}

/// What moving pods took.
struct Moved {
    waves: u64,
    peak: i64,
}

pub(super) fn walk(walk: &mut Walk, plan: &Canary) -> Result<(), Refused> {
    let mut here = Here::new(walk.replicas, plan);
    for (at, step) in plan.steps.iter().enumerate() {
        match step {
            Step::SetWeight(weight) => {
                here.weight = *weight;
                here.settle(walk, What::SetWeight, Some(at))?;
            }
            Step::SetScale(scale) => {
                here.scale = *scale;
                here.settle(walk, What::SetScale, Some(at))?;
            }
            Step::Pause(Some(length)) => {
                let length = time::add(*length, 0).map(Length::exact);
                walk.push(What::Pause, Some(at), length, here.end())?;
            }
            Step::Pause(None) => {
                let end = End {
                    needs_person: true,
                    ..here.end()
                };
                walk.push(What::Pause, Some(at), Some(Length::exact(0)), end)?;
            }
            Step::Analysis(run) => {
                let end = End {
                    runs: vec![run.clone()],
                    ..here.end()
                };
                let length = run_length(run, walk.pace.pass);
                walk.push(What::Analysis, Some(at), length, end)?;
            }
            Step::Experiment(experiment) => here.experiment(walk, at, experiment)?,
            Step::HeaderRoute => here.instant(walk, What::HeaderRoute, at)?,
            Step::MirrorRoute => here.instant(walk, What::MirrorRoute, at)?,
            Step::Plugin(_) => {
                let length = Length {
                    expected: walk.pace.pass,
                    worst: None,
                };
                let end = End {
                    is_open: true,
                    ..here.end()
                };
                walk.push(What::Plugin, Some(at), Some(length), end)?;
            }
        }
    }
    promote(walk, plan, here)
}

/// Everything to the new version, then the old one goes.
fn promote(walk: &mut Walk, plan: &Canary, mut here: Here) -> Result<(), Refused> {
    here.weight = plan.max_weight;
    here.scale = None;
    here.settle(walk, What::Promote, None)?;
    walk.promoted();
    let delay = match &here.splitter {
        Splitter::Basic(_) => 0,
        Splitter::Routed(routed) if routed.is_dynamic => 0,
        Splitter::Routed(_) => plan.scale_down_delay,
    };
    let end = End {
        weight: plan.max_weight,
        pods: Pods {
            canary: walk.replicas,
            stable: 0,
        },
        peak: here.state.wanted.total(),
        ..End::default()
    };
    let length = time::add(delay, walk.pace.pass).map(Length::exact);
    walk.push(What::Retire, None, length, end)
}

impl Here {
    fn new(replicas: i64, plan: &Canary) -> Here {
        let (surge, unavailable) = plan.fences(replicas);
        let splitter = match &plan.router {
            None => Splitter::Basic(Basic {
                replicas,
                surge,
                unavailable,
                max_weight: plan.max_weight,
            }),
            Some(_) => Splitter::Routed(Routed {
                replicas,
                max_weight: plan.max_weight,
                least: plan.least_pods,
                is_dynamic: plan.is_dynamic,
            }),
        };
        let pods = Pods {
            canary: 0,
            stable: replicas,
        };
        Here {
            splitter,
            state: State::settled(pods),
            weight: 0,
            scale: None,
            stable_weight: plan.max_weight,
            passes: 0,
        }
    }

    fn end(&self) -> End {
        End {
            weight: self.weight,
            pods: self.state.wanted,
            ..End::default()
        }
    }

    fn instant(&self, walk: &mut Walk, what: What, at: usize) -> Result<(), Refused> {
        let length = Some(Length::exact(walk.pace.pass));
        walk.push(what, Some(at), length, self.end())
    }

    /// Moves the pods to where weight and scale want them.
    fn settle(&mut self, walk: &mut Walk, what: What, at: Option<usize>) -> Result<(), Refused> {
        let moved = self.moved(at)?;
        let end = End {
            peak: moved.peak,
            waves: moved.waves,
            ..self.end()
        };
        let length = walk.waves(moved.waves);
        walk.push(what, at, length, end)?;
        if let Splitter::Routed(routed) = &self.splitter {
            self.stable_weight = routed.max_weight - self.weight;
            let after = routed.split(self.weight, self.scale, Some(self.stable_weight));
            self.state = State::settled(after);
        }
        Ok(())
    }

    fn moved(&mut self, at: Option<usize>) -> Result<Moved, Refused> {
        match &self.splitter {
            Splitter::Routed(routed) => {
                let routed = *routed;
                let before = self.state.wanted;
                let during = routed.split(self.weight, self.scale, Some(self.stable_weight));
                let grows = during.canary > before.canary || during.stable > before.stable;
                // The old version shrinks a pass later than its traffic, when the step is over.
                self.state = State::settled(during);
                Ok(Moved {
                    waves: u64::from(grows),
                    peak: during.total().max(before.total()),
                })
            }
            Splitter::Basic(basic) => {
                let basic = *basic;
                self.passed(basic, at)
            }
        }
    }

    /// Pass by pass; where nothing moves, what is wanted becomes ready.
    fn passed(&mut self, basic: Basic, at: Option<usize>) -> Result<Moved, Refused> {
        let (mut waves, mut peak) = (0, self.state.wanted.total());
        loop {
            self.passes += 1;
            if self.passes > MOST_PASSES {
                let place = at.map_or("/spec/replicas".to_string(), |at| {
                    format!("/spec/strategy/canary/steps/{at}")
                });
                return Err(refused(
                    place,
                    "the pods are replaced in more waves than can be counted",
                )
                .help("raise `maxSurge`"));
            }
            let next = basic.pass(self.weight, self.state);
            // A pass ends with its first change: the stable version goes first.
            let wanted = match next.stable == self.state.wanted.stable {
                true => next,
                false => Pods {
                    canary: self.state.wanted.canary,
                    ..next
                },
            };
            peak = peak.max(wanted.total());
            if wanted != self.state.wanted {
                self.state.wanted = wanted;
                self.state.ready.canary = self.state.ready.canary.min(wanted.canary);
                self.state.ready.stable = self.state.ready.stable.min(wanted.stable);
                continue;
            }
            if self.state.is_settled() {
                break;
            }
            self.state.ready = self.state.wanted;
            waves += 1;
        }
        let target = basic.split(self.weight);
        if self.state.wanted != target {
            let place = at.map_or("/spec/strategy/canary".to_string(), |at| {
                format!("/spec/strategy/canary/steps/{at}")
            });
            let message = format!(
                "{} new and {} old pods are wanted, and `maxSurge` and `maxUnavailable` stop at {} and {}",
                target.canary, target.stable, self.state.wanted.canary, self.state.wanted.stable
            );
            return Err(refused(place, message).help("allow one pod more: `maxSurge: 1`"));
        }
        Ok(Moved { waves, peak })
    }

    fn experiment(
        &mut self,
        walk: &mut Walk,
        at: usize,
        experiment: &Experiment,
    ) -> Result<(), Refused> {
        let pods = experiment
            .templates
            .iter()
            .map(|(_, replicas, _)| *replicas);
        let extra = pods.fold(0i64, i64::saturating_add);
        let runs = experiment.analyses.iter().map(|(run, _)| run.clone());
        let end = End {
            extra,
            runs: runs.collect(),
            waves: u64::from(extra > 0),
            ..self.end()
        };
        let Some(length) = experiment_length(experiment) else {
            let message = "an experiment has neither a `duration` nor an analysis that is required, and never ends";
            let place = format!("/spec/strategy/canary/steps/{at}/experiment");
            return Err(refused(place, message).help("give it a `duration`"));
        };
        let started = walk.waves(end.waves);
        let sum = started.and_then(|started| {
            Some(Length {
                expected: time::add(started.expected, length.expected)?,
                worst: match (started.worst, length.worst) {
                    (Some(a), Some(b)) => time::add(a, b),
                    _ => None,
                },
            })
        });
        walk.push(What::Experiment, Some(at), sum, end)
    }
}

/// Once all its pods are there: until all required runs have succeeded, else for its duration.
fn experiment_length(experiment: &Experiment) -> Option<Length> {
    let required = experiment.analyses.iter().filter(|(_, required)| *required);
    let mut longest: Option<Length> = None;
    for (run, _) in required {
        let (expected, worst) = (run.length()?, run.longest());
        longest = Some(match longest {
            None => Length { expected, worst },
            Some(old) => Length {
                expected: old.expected.max(expected),
                worst: old.worst.zip(worst).map(|(a, b)| a.max(b)),
            },
        });
    }
    longest.or(experiment.duration.map(Length::exact))
}
