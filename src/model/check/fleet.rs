//! The fleet itself: where its tree goes, and its teams.

use super::missing;
use crate::diagnostic::Diagnostics;
use crate::model::{Environment, Fleet};
use crate::source::{SourceTree, Span};
use crate::spec::language::Publish;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for environment in &fleet.environments {
        publish(fleet, environment, diags);
    }
    for (name, team) in &fleet.spec.team.0 {
        if team.group.is_none() {
            let what = format!("the team `{}` has no `group`", name.value);
            let write = format!(
                "team \"{}\" group=\"{}:{}\"",
                name.value, fleet.name.text, name.value
            );
            diags.push(
                missing(name.span, what, &write).note(
                    "the group of the identity provider gets the team's role in the AppProject",
                ),
            );
        }
    }
}

/// Repository, branch and path: of the environment, else of the fleet.
fn publish(fleet: &Fleet, environment: &Environment, diags: &mut Diagnostics) {
    let places = [&environment.spec.publish, &fleet.spec.publish];
    let has =
        |field: fn(&Publish) -> bool| places.iter().any(|place| place.as_ref().is_some_and(field));
    let span: Span = places
        .iter()
        .find_map(|place| place.as_ref().map(|place| place.span))
        .unwrap_or(fleet.name.span);
    let wanted = [
        (
            "repository",
            has(|place| place.repository.is_some()),
            "repository=\"https://git.example.com/shop/deploy.git\"",
        ),
        (
            "branch",
            has(|place| place.branch.is_some()),
            "branch=\"main\"",
        ),
        (
            "path",
            has(|place| place.path.is_some()),
            "path=\"generated\"",
        ),
    ];
    for (field, _, example) in wanted.iter().filter(|(_, is_there, _)| !is_there) {
        let what = format!("nothing says which `{field}` the rendered tree is published to");
        diags.push(missing(span, what, &format!("publish {example}")));
    }
}
