//! The pod template that Rollout, Deployment and StatefulSet share.
//!
//! Restricted by Pod Security Standards, and replaced without a gap: a stopping pod sleeps
//! (`drain`) until every router has heard of it, then gets its signal, then `grace` to finish.
//!
//! Argo Rollouts writes a Rollout back through Go types that leave out an empty string, `false`
//! and 0 where the type says `omitempty`. Such a field is not written here either: stored and
//! written would differ for ever.

mod container;
mod probe;
mod volume;

pub use probe::startup_seconds;

use super::unit::{Unit, Workload};
use crate::draft::{Draft, Origin, Traced};
use crate::spec::unit::Duration;

/// How long a stopping pod still serves where nothing is said.
pub const DRAIN: Duration = Duration::seconds(10);
/// The longest request where nothing is said.
pub const LONGEST_REQUEST: Duration = Duration::seconds(30);

/// The part `pod` of a workload.
pub fn draft(unit: &Unit) -> Draft {
    let spec = unit.spec();
    let run_as = spec.run_as.as_ref();
    let user = run_as.and_then(|run_as| run_as.user.as_ref());
    let group = run_as.and_then(|run_as| run_as.group.as_ref()).or(user);
    let files = run_as.and_then(|run_as| run_as.files.as_ref()).or(group);
    let id = |at: Option<&crate::spec::field::At<crate::spec::language::UserId>>| {
        at.map(|at| Traced::from(at.value.0).at(at.span))
    };
    let context = unit
        .context(&unit.name)
        .with("labels", Traced::default())
        .with("user", id(user))
        .with("group", id(group))
        .with("files", id(files));
    let context = replace(context, "labels", unit.versioned_labels())
        .with("token", token(unit))
        .with("grace", grace(unit))
        .with("spreads", spreads(unit))
        .with("nodes", nodes(unit))
        .with("tolerations", tolerations(unit))
        .with("priority", priority(unit))
        .with("pullSecrets", pull_secrets(unit))
        .with("containers", container::groups(unit))
        .with("volumes", volume::volumes(unit));
    let origin = Origin::Spec(unit.span());
    Draft {
        template: "pod".into(),
        context,
        parts: Vec::new(),
        origin,
    }
}

/// Puts `value` in the place of an entry.
fn replace(mut context: Traced, key: &str, value: Traced) -> Traced {
    if let crate::draft::Node::Map(entries) = &mut context.node {
        entries.retain(|(name, _)| name != key);
        entries.push((key.into(), value));
    }
    context
}

fn token(unit: &Unit) -> Traced {
    match &unit.spec().kubernetes_api {
        Some(at) => Traced::from(at.value).at(at.span),
        None => Traced::from(false),
    }
}

/// `drain`, or its default; nothing for what serves nobody.
pub fn drain(unit: &Unit) -> Option<(Duration, Origin)> {
    match &unit.spec().drain {
        Some(at) => Some((at.value, Origin::Spec(at.span))),
        None if unit.ports.is_empty() => None,
        None => Some((DRAIN, Origin::Default("drain"))),
    }
}

fn grace(unit: &Unit) -> Traced {
    if let Some(at) = &unit.spec().grace {
        return Traced::from(at.value.as_seconds()).at(at.span);
    }
    let (drain, origin) = drain(unit).unwrap_or((Duration(0), Origin::Default("grace")));
    Traced::from(drain.as_seconds() + LONGEST_REQUEST.as_seconds()).from_origin(origin)
}

/// Over zones where there are several, and over nodes; each version apart.
fn spreads(unit: &Unit) -> Traced {
    if unit.replicas.1.value < 2 {
        return Traced::list();
    }
    let hash = match unit.workload() {
        Workload::Rollout => "rollouts-pod-template-hash",
        Workload::Deployment => "pod-template-hash",
        Workload::StatefulSet => "controller-revision-hash",
    };
    let spread =
        |key: &str| Traced::from([("key", Traced::from(key)), ("hash", Traced::from(hash))]);
    let mut spreads = Vec::new();
    if unit.scope.zones() > 1 {
        spreads.push(spread("topology.kubernetes.io/zone"));
    }
    spreads.push(spread("kubernetes.io/hostname"));
    Traced::from(spreads)
}

fn nodes(unit: &Unit) -> Traced {
    let Some(schedule) = &unit.spec().schedule else {
        return Traced::default();
    };
    if schedule.nodes.0.is_empty() {
        return Traced::default();
    }
    schedule
        .nodes
        .0
        .iter()
        .fold(Traced::map(), |map, (key, value)| {
            map.with(
                key.value.as_str(),
                Traced::from(&value.value.0).at(value.span),
            )
        })
}

fn tolerations(unit: &Unit) -> Traced {
    let Some(schedule) = &unit.spec().schedule else {
        return Traced::list();
    };
    let one =
        |(key, toleration): &(crate::spec::field::At<_>, crate::spec::language::Toleration)| {
            let value = toleration.value.as_ref();
            Traced::from([
                ("key", Traced::from(&key.value).at(key.span)),
                (
                    "operator",
                    Traced::from(if value.is_some() { "Equal" } else { "Exists" }),
                ),
                (
                    "value",
                    Traced::from(
                        value
                            .filter(|at| !at.value.0.is_empty())
                            .map(|at| Traced::from(&at.value.0).at(at.span)),
                    ),
                ),
                (
                    "effect",
                    Traced::from(
                        toleration
                            .effect
                            .as_ref()
                            .map(|at| Traced::from(at.value.as_str()).at(at.span)),
                    ),
                ),
            ])
        };
    Traced::from(schedule.tolerate.0.iter().map(one).collect::<Vec<_>>())
}

fn priority(unit: &Unit) -> Traced {
    let schedule = unit.spec().schedule.as_ref();
    let priority = schedule.and_then(|schedule| schedule.priority.as_ref());
    Traced::from(priority.map(|at| Traced::from(&at.value.0).at(at.span)))
}

fn pull_secrets(unit: &Unit) -> Traced {
    let secrets = unit.spec().pull_secret.0.iter();
    Traced::from(
        secrets
            .map(|at| Traced::from([("name", Traced::from(&at.value.0).at(at.span))]))
            .collect::<Vec<_>>(),
    )
}
