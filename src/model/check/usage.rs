//! What is described and runs nowhere.

use super::DEPLOYED_NOWHERE;
use super::names::service_files;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Fleet;
use crate::source::{SourceTree, Span};

pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    let unreadable = &fleet.unreadable;
    if fleet.environments.is_empty() || unreadable.any_environment() {
        return;
    }
    for (name, span) in service_files(sources) {
        if !unreadable.name(name)
            && !fleet
                .environments
                .iter()
                .any(|one| one.service(name).is_some())
        {
            diags.push(nowhere("service", "deploy", name, span));
        }
    }
    for (name, component) in &fleet.components {
        if !fleet
            .environments
            .iter()
            .any(|one| one.installed(name).is_some())
        {
            diags.push(nowhere("component", "install", name, component.name.span));
        }
    }
}

fn nowhere(what: &str, word: &str, name: &str, span: Span) -> Diagnostic {
    let message = format!("no environment runs the {what} `{name}`");
    Diagnostic::warning(DEPLOYED_NOWHERE, message)
        .at(span, "described, and used nowhere")
        .help(format!(
            "write `{word} \"{name}\"` in an environment, or delete the file"
        ))
}
