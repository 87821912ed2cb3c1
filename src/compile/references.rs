//! References between the objects of an environment, and objects that are described twice.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{Item, Session, State, clash, locate};
use crate::diagnostic::{Diagnostics, Severity};
use crate::manifest::{Finding, ObjectId};
use crate::model::{Environment, Fleet};
use crate::plan;
use crate::plan::scope::Scope;
use crate::source::Span;
use crate::verify::references::{self, Externals, Facts, OBJECT_DUPLICATE};

/// References between objects resolve, and no two objects have one identity.
pub fn check(
    session: &Session,
    fleet: &Fleet,
    items: &[Item],
    (facts, states): (&[Place], &[State]),
    diags: &mut Diagnostics,
) {
    let environments = fleet.environments.par_iter();
    let found: Vec<_> = environments
        .map(|environment| in_environment(environment, items, (facts, states)))
        .collect();
    for (place, finding) in found.into_iter().flatten() {
        let twin = match finding.code == OBJECT_DUPLICATE {
            true => twin(session, items, first_like(items, facts, place)),
            false => Vec::new(),
        };
        report(session, items, place, &finding, &twin, diags);
    }
    for (first, at, finding) in clash::find(items, facts) {
        let twin = twin(session, items, &facts[first]);
        report(session, items, &facts[at], &finding, &twin, diags);
    }
}

/// What is wrong with references in one environment, and with which object.
fn in_environment<'f>(
    environment: &Environment,
    items: &[Item],
    (facts, states): (&'f [Place], &[State]),
) -> Vec<(&'f Place, Finding)> {
    let here = |number: usize| items[number].scope().environment.name == environment.name;
    let own = facts.iter().zip(states);
    let own: Vec<_> = own.filter(|((number, ..), _)| here(*number)).collect();
    // What did not render would be missed by others.
    let is_lost = own.iter().any(|(_, state)| **state == State::Lost);
    let Some(((first, ..), _)) = own.first().filter(|_| !is_lost) else {
        return Vec::new();
    };
    let seen = own.iter().map(|((.., one), state)| (one, **state));
    let seen: Vec<_> = seen.collect();
    let found = resolved(&seen, externals(&items[*first].scope())).into_iter();
    // Notes are for those who wrote the manifests.
    let found = found.filter(|(_, one)| one.severity != Severity::Note);
    found.map(|(at, finding)| (own[at].0, finding)).collect()
}

/// What is wrong with references, by the place in `seen`. What holds with the broken objects and
/// without them, as if they were some others' of that name, does not follow from their mistakes.
fn resolved(seen: &[(&Facts, State)], mut externals: Externals) -> Vec<(usize, Finding)> {
    let all = seen.iter().enumerate().map(|(at, (facts, _))| (at, *facts));
    let all: Vec<_> = all.collect();
    let mut found = references::resolve(&all, &externals);
    drop_consequences(&mut found, &all, &externals);
    let (broken, whole): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(at, _)| seen[*at].1 == State::Broken);
    if broken.is_empty() {
        return found;
    }
    for (_, facts) in broken {
        let id = |kind: &str, group: &str, name: &str| ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: facts.namespace.clone(),
            name: name.into(),
        };
        externals.add(id(&facts.kind, &facts.group, &facts.name));
        externals.add(id("Secret", "", &facts.makes));
    }
    let without = references::resolve(&whole, &externals);
    found.retain(|one| without.contains(one));
    found
}

/// Of what is described twice nothing else is told but what holds without the second one too.
fn drop_consequences(
    found: &mut Vec<(usize, Finding)>,
    all: &[(usize, &Facts)],
    externals: &Externals,
) {
    let twins = found.iter().filter(|(_, one)| one.code == OBJECT_DUPLICATE);
    let twins: BTreeSet<usize> = twins.map(|(at, _)| *at).collect();
    if twins.is_empty() {
        return;
    }
    let alone: Vec<_> = all
        .iter()
        .filter(|(at, _)| !twins.contains(at))
        .copied()
        .collect();
    let without = references::resolve(&alone, externals);
    found.retain(|one| one.1.code == OBJECT_DUPLICATE || without.contains(one));
}

/// The first object of that identity in the environment of this one.
fn first_like<'f>(items: &[Item], facts: &'f [Place], place: &'f Place) -> &'f Place {
    let identity = |(number, _, one): &'f Place| {
        let environment = &items[*number].scope().environment.name.text;
        (
            environment,
            &one.group,
            &one.kind,
            &one.namespace,
            &one.name,
        )
    };
    let wanted = identity(place);
    let first = facts.iter().find(|one| identity(one) == wanted);
    first.unwrap_or(place)
}

/// Where the other one of two objects comes from.
fn twin(session: &Session, items: &[Item], (number, object, _): &Place) -> Vec<Span> {
    let planned = items[*number].planned(&mut Diagnostics::new());
    let planned = planned.get(*object);
    planned.map_or_else(Vec::new, |planned| locate::places(session, planned))
}

fn report(
    session: &Session,
    items: &[Item],
    (number, object, _): &Place,
    finding: &Finding,
    twin: &[Span],
    diags: &mut Diagnostics,
) {
    let planned = items[*number].planned(&mut Diagnostics::new());
    let Some(planned) = planned.get(*object) else {
        return;
    };
    let mut found = Diagnostics::new();
    locate::report(session, planned, std::slice::from_ref(finding), &mut found);
    let own = locate::places(session, planned);
    diags.extend(found.into_sorted().into_iter().map(|one| {
        if twin.is_empty() {
            return one;
        }
        // One file that two things name is the same place twice; who names it tells them apart.
        let own = own.iter().map(|span| (span, "described here"));
        let all = own.chain(twin.iter().map(|span| (span, "described here too")));
        all.fold(one, |one, (span, text)| {
            match one.labels.iter().any(|label| label.span == *span) {
                true => one,
                false => one.at(*span, text),
            }
        })
    }));
}

/// The number of an item, that of its object, and what is known of it.
pub type Place = (usize, usize, Facts);

fn externals(scope: &Scope) -> Externals {
    let outside = plan::environment::outside(scope);
    let mut externals = Externals::new();
    outside.objects.into_iter().for_each(|id| externals.add(id));
    outside
        .namespaces
        .into_iter()
        .for_each(|name| externals.add_open_namespace(name));
    let cluster = scope.environment.spec.cluster.as_ref();
    if let Some(zones) = cluster.and_then(|cluster| cluster.zones.as_ref()) {
        externals.set_zones(i64::from(zones.value.0));
    }
    externals
}
