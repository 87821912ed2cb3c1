//! What is wrong with a fleet before anything is rendered, without what only follows from an error.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{self, Fleet, Service};
use crate::plan;
use crate::policy::{IMAGE_NOT_PINNED, Judge};
use crate::source::{SourceTree, Span};

/// What model and plan have to say before anything is rendered.
pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    consequences(diags, |found| model::check::check(fleet, sources, found));
    consequences(diags, |found| plan::check::check(fleet, sources, found));
}

/// What policies say of the model.
pub fn check_policies(fleet: &Fleet, sources: &SourceTree, judge: &Judge, diags: &mut Diagnostics) {
    let unpinned = unpinned(fleet);
    consequences(diags, |found| {
        let mut judged = Diagnostics::new();
        judge.check_model(sources, &mut judged);
        let follows = |one: &Diagnostic| {
            let place = one.labels.first().map(|label| label.span);
            one.code == IMAGE_NOT_PINNED && place.is_some_and(|span| unpinned.contains(&span))
        };
        found.append_where(judged, |one| !follows(one));
    });
}

/// Where a policy would ask for the digest of an image that has no release, or a refused one: its
/// absence is an error of the model already.
fn unpinned(fleet: &Fleet) -> BTreeSet<Span> {
    let services = fleet.environments.iter().flat_map(|env| &env.services);
    let without = services.filter(|service| {
        let release = service.release.as_ref();
        release.is_none_or(|release| release.digest.is_none())
    });
    let places = |service: &Service| {
        let release = service.release.as_ref().map(|release| release.span);
        release.into_iter().chain([service.name.span])
    };
    without.flat_map(places).collect()
}

/// What `check` finds, but for what follows from an earlier error: such a finding would point at
/// the words that were refused, or around them.
fn consequences(diags: &mut Diagnostics, check: impl FnOnce(&mut Diagnostics)) {
    let errors = diags
        .iter()
        .filter(|found| found.severity == Severity::Error);
    let refused: Vec<Span> = errors
        .filter_map(|found| Some(found.labels.first()?.span))
        .collect();
    let mut found = Diagnostics::new();
    check(&mut found);
    let follows = |one: &Diagnostic| {
        let Some(label) = one.labels.first() else {
            return false;
        };
        let around = label.span;
        refused.iter().any(|span| {
            span.file == around.file && around.start <= span.start && span.end <= around.end
        })
    };
    diags.extend(found.into_sorted().into_iter().filter(|one| !follows(one)));
}
