//! Files below `also/`: each that is named exists.

use super::{MISSING_FILE, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Fleet;
use crate::source::SourceTree;
use crate::spec::field::At;
use crate::spec::problem::nearest;
use crate::spec::text::AlsoPath;

pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    for at in named(fleet) {
        let path = at.value.as_str();
        if sources.find(&format!("environments/{path}")).is_some() {
            continue;
        }
        let files = sources
            .iter()
            .filter_map(|(_, file)| file.path.strip_prefix("environments/"))
            .filter(|path| path.starts_with("also/"));
        let help = match nearest(path, files) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add `environments/{path}`"),
        };
        diags.push(
            Diagnostic::error(
                MISSING_FILE,
                format!("there is no file `environments/{path}`"),
            )
            .at(at.span, "not there")
            .help(help),
        );
    }
}

/// Every path that the fleet names.
pub fn named(fleet: &Fleet) -> Vec<&At<AlsoPath>> {
    let mut paths: Vec<&At<AlsoPath>> = Vec::new();
    for component in fleet.components.values() {
        paths.extend(&component.spec.values);
        paths.extend(&component.spec.also.0);
    }
    for environment in &fleet.environments {
        paths.extend(&environment.spec.also.0);
        for installed in &environment.installs {
            paths.extend(&installed.spec.values);
            paths.extend(&installed.spec.also.0);
        }
    }
    for (_, service) in services(fleet) {
        paths.extend(&service.spec.also.0);
        for (_, volume) in &service.spec.volume.0 {
            paths.extend(&volume.config);
        }
    }
    paths
}
