//! Deployments and StatefulSets: pods that their own controllers replace, without stages and
//! without a judgement.
//!
//! Source: kubernetes `pkg/controller/deployment/rolling.go`, `recreate.go` and
//! `util/deployment_util.go` (`ResolveFenceposts`, `NewRSNewReplicas`), and
//! `pkg/controller/statefulset/stateful_set_control.go` (`updateStatefulSet`).

use super::read::{field, portion};
use super::rollout::{Rollout, Strategy, autoscaler};
use super::time::{self, Millis, SECOND};
use super::timeline::{End, Length, Timeline, Walk, What};
use super::workload;
use super::{Objects, Refused};
use crate::pods::{MOST, Pods};
use crate::value::Value;

/// Kinds that are replaced so.
pub const KINDS: [&str; 2] = ["Deployment", "StatefulSet"];

/// How.
#[derive(Clone, Debug)]
pub enum Replace {
    /// A Deployment: new pods come and old ones go within surge and availability.
    Rolling { surge: Value, unavailable: Value },
    /// A Deployment: every old pod goes, then the new ones come.
    Recreate,
    /// A StatefulSet: each pod goes before its successor comes, the highest number first, down to
    /// `partition`.
    Ordered { at_once: Value, partition: i64 },
    /// A StatefulSet with `OnDelete`: whoever deletes a pod gets a new one.
    ByHand,
}

impl Replace {
    pub fn kind(&self) -> &'static str {
        match self {
            Replace::Rolling { .. } | Replace::Recreate => "Deployment",
            Replace::Ordered { .. } | Replace::ByHand => "StatefulSet",
        }
    }

    /// Kebab-case: what machines read.
    pub fn name(&self) -> &'static str {
        match self {
            Replace::Rolling { .. } => "rolling",
            Replace::Recreate => "recreate",
            Replace::Ordered { .. } => "ordered",
            Replace::ByHand => "on-delete",
        }
    }

    /// Pods beyond and below the wanted number; one may be missing where both round to nothing.
    pub fn fences(&self, replicas: i64) -> (i64, i64) {
        match self {
            Replace::Rolling { surge, unavailable } => {
                let surge = portion(surge, replicas, true).min(MOST);
                match (surge, portion(unavailable, replicas, false).min(replicas)) {
                    (0, 0) => (0, 1.min(replicas)),
                    fences => fences,
                }
            }
            Replace::Ordered { at_once, .. } => {
                let at_once = portion(at_once, replicas, false).max(1);
                (0, at_once.min(replicas))
            }
            Replace::Recreate | Replace::ByHand => (0, replicas),
        }
    }
}

/// Reads a Deployment or a StatefulSet; `None` for every other kind, and for one whose pods a
/// Rollout has taken over (`workloadRef`).
pub fn read(value: &Value, objects: &Objects) -> Result<Option<Rollout>, Refused> {
    let text = |path: &[&str]| value.at(path).and_then(Value::as_str).unwrap_or_default();
    let kind = text(&["kind"]);
    let name = text(&["metadata", "name"]);
    if !KINDS.contains(&kind) || is_taken_over(kind, name, objects) {
        return Ok(None);
    }
    let empty = Value::Null;
    let spec = value.get("spec").unwrap_or(&empty);
    let of_spec = |name| field(spec, "/spec", name);
    let given = of_spec("replicas").count(MOST)?;
    let scaler = autoscaler(objects, kind, name)?;
    let (replicas, most) = scaler.range(given);
    Ok(Some(Rollout {
        name: name.to_string(),
        namespace: text(&["metadata", "namespace"]).to_string(),
        replicas,
        most,
        autoscaler: scaler.name,
        min_ready: of_spec("minReadySeconds").seconds()?.unwrap_or(0),
        deadline: match kind {
            "Deployment" => of_spec("progressDeadlineSeconds")
                .seconds()?
                .or(Some(600 * SECOND)),
            _ => None,
        },
        aborts_at_deadline: false,
        rollback_window: 0,
        pod: workload::pod(spec.get("template")),
        strategy: Strategy::Replace(strategy(kind, spec)?),
    }))
}

fn is_taken_over(kind: &str, name: &str, objects: &Objects) -> bool {
    objects.of_kind("Rollout").any(|rollout| {
        let reference = rollout.at(&["spec", "workloadRef"]);
        let text = |key| reference.and_then(|it| it.get(key)).and_then(Value::as_str);
        text("kind") == Some(kind) && text("name") == Some(name)
    })
}

fn strategy(kind: &str, spec: &Value) -> Result<Replace, Refused> {
    let key = match kind {
        "Deployment" => "strategy",
        _ => "updateStrategy",
    };
    let text = spec.at(&[key, "type"]).and_then(Value::as_str);
    let empty = Value::Null;
    let rolling = spec.at(&[key, "rollingUpdate"]).unwrap_or(&empty);
    let base = format!("/spec/{key}/rollingUpdate");
    let of = |name| field(rolling, &base, name);
    let portion = |name, default: Value| of(name).value.cloned().unwrap_or(default);
    Ok(match (kind, text) {
        ("Deployment", Some("Recreate")) => Replace::Recreate,
        ("Deployment", _) => Replace::Rolling {
            surge: portion("maxSurge", "25%".into()),
            unavailable: portion("maxUnavailable", "25%".into()),
        },
        (_, Some("OnDelete")) => Replace::ByHand,
        _ => Replace::Ordered {
            at_once: portion("maxUnavailable", Value::Int(1)),
            partition: of("partition").count(MOST)?.unwrap_or(0),
        },
    })
}

/// The walk of such a release.
pub(super) fn walk(walk: &mut Walk, replace: &Replace) -> Result<(), Refused> {
    match replace {
        Replace::Rolling { .. } => roll(walk, replace)?,
        Replace::Recreate => recreate(walk)?,
        Replace::Ordered { partition, .. } => in_order(walk, replace, *partition)?,
        Replace::ByHand => by_hand(walk)?,
    }
    walk.promoted();
    Ok(())
}

fn roll(walk: &mut Walk, replace: &Replace) -> Result<(), Refused> {
    let rolled = rolled(walk.replicas, replace.fences(walk.replicas));
    let (length, end) = (walk.waves(rolled.waves), all(walk.replicas, rolled));
    walk.push(What::Roll, None, length, end)
}

/// From the end of a pod that is asked for until it is gone.
fn drain(walk: &Walk) -> Length {
    Length {
        expected: walk.rollout.pod.drain,
        worst: Some(walk.rollout.pod.grace),
    }
}

fn recreate(walk: &mut Walk) -> Result<(), Refused> {
    let (replicas, length) = (walk.replicas, drain(walk));
    let end = End {
        peak: replicas,
        ..End::default()
    };
    walk.push(What::Stop, None, Some(length), end)?;
    let waves = u64::from(replicas > 0);
    let (length, end) = (
        walk.waves(waves),
        all(replicas, Rolled::unseen(waves, replicas)),
    );
    walk.push(What::Start, None, length, end)
}

fn in_order(walk: &mut Walk, replace: &Replace, partition: i64) -> Result<(), Refused> {
    let replicas = walk.replicas;
    let new = (replicas - partition).max(0);
    let at_once = replace.fences(replicas).1.max(1);
    let waves = u64::try_from(new / at_once + i64::from(new % at_once > 0)).unwrap_or(0);
    let length = walk.waves(waves);
    let length = length.and_then(|length| drained(length, drain(walk), waves));
    let end = End {
        pods: Pods {
            canary: new,
            stable: replicas - new,
        },
        ..all(replicas, Rolled::unseen(waves, replicas))
    };
    walk.push(What::Roll, None, length, end)
}

fn by_hand(walk: &mut Walk) -> Result<(), Refused> {
    let end = End {
        needs_person: true,
        ..all(walk.replicas, Rolled::unseen(0, walk.replicas))
    };
    walk.push(What::Roll, None, Some(Length::exact(0)), end)
}

fn all(replicas: i64, rolled: Rolled) -> End {
    End {
        pods: Pods {
            canary: replicas,
            stable: 0,
        },
        weight: 100,
        peak: rolled.peak,
        waves: rolled.waves,
        ..End::default()
    }
}

/// Every wave waits for old pods to end as well.
fn drained(length: Length, drain: Length, waves: u64) -> Option<Length> {
    let expected = time::add(length.expected, time::times(drain.expected, waves)?)?;
    let worst = match (length.worst, drain.worst) {
        (Some(worst), Some(drain)) => {
            time::times(drain, waves).and_then(|all| time::add(worst, all))
        }
        _ => None,
    };
    Some(Length { expected, worst })
}

/// What replacing the pods takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rolled {
    /// How often new pods are waited for.
    waves: u64,
    /// The most pods at once, without those that are ending.
    peak: i64,
    /// The fewest pods that serve.
    least: i64,
}

impl Rolled {
    /// Of what never has more pods than are wanted.
    fn unseen(waves: u64, replicas: i64) -> Rolled {
        Rolled {
            waves,
            peak: replicas,
            least: 0,
        }
    }
}

/// Pass by pass: first the new version grows, then the old one shrinks, each as far as it may.
fn rolled(replicas: i64, (surge, unavailable): (i64, i64)) -> Rolled {
    let (mut new, mut ready, mut old) = (0, 0, replicas);
    let mut rolled = Rolled {
        waves: 0,
        peak: replicas,
        least: replicas,
    };
    loop {
        let before = (new, old);
        let free = (replicas + surge - new - old).max(0);
        new += free.min(replicas - new);
        rolled.peak = rolled.peak.max(new + old);
        // `maxScaledDown`: what is not yet ready counts as missing.
        let spare = new + old - (replicas - unavailable) - (new - ready);
        old -= spare.clamp(0, old);
        if before != (new, old) {
            rolled.least = rolled.least.min(old + ready);
            continue;
        }
        if ready == new {
            return rolled;
        }
        ready = new;
        rolled.waves += 1;
    }
}

/// The fewest pods that serve while pods are replaced, and for how long nobody serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    pub least: i64,
    pub down: Millis,
}

/// `None` for what goes in stages, for what somebody replaces by hand, and where there are no pods.
pub fn served(rollout: &Rollout, timeline: &Timeline) -> Option<Served> {
    let Strategy::Replace(replace) = &rollout.strategy else {
        return None;
    };
    let replicas = Some(timeline.replicas).filter(|replicas| *replicas > 0)?;
    let fences = replace.fences(replicas);
    let whole = |moments: &Timeline| moments.promoted.expected;
    Some(match replace {
        Replace::Rolling { .. } => {
            let least = rolled(replicas, fences).least;
            // Old pods go all at once only where all of them may be missing: there is one wave.
            Served {
                least,
                down: if least == 0 { whole(timeline) } else { 0 },
            }
        }
        Replace::Recreate => Served {
            least: 0,
            down: whole(timeline),
        },
        Replace::Ordered { .. } if fences.1 >= replicas => Served {
            least: 0,
            down: whole(timeline),
        },
        Replace::Ordered { .. } => Served {
            least: replicas - fences.1,
            down: 0,
        },
        Replace::ByHand => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_replaced_within_surge_and_availability() {
        // pods, surge, missing → waves, most at once, fewest that serve
        for (replicas, surge, unavailable, waves, peak, least) in [
            (0, 1, 0, 0, 0, 0),
            (1, 1, 0, 1, 2, 1),
            (1, 0, 1, 1, 1, 0),
            (3, 1, 0, 3, 4, 3),
            (4, 1, 1, 2, 5, 3),
            (10, 3, 2, 2, 13, 8),
            (10, 10, 0, 1, 20, 10),
            (10, 0, 10, 1, 10, 0),
            (2, 0, 1, 2, 2, 1),
        ] {
            let found = rolled(replicas, (surge, unavailable));
            assert_eq!(
                found,
                Rolled { waves, peak, least },
                "{replicas} {surge} {unavailable}"
            );
        }
    }
}
