//! What is wrong with a resolved fleet, found before anything is derived from it.
//!
//! One file for each area. Every check reports all that it finds, at the line that the user wrote;
//! services are checked once for each environment, and equal findings are one.

mod calls;
mod codes;
mod component;
mod container;
mod cron;
mod depends;
mod environment;
pub mod files;
mod fleet;
mod names;
mod ports;
mod probe;
pub mod release;
mod secret;
mod service;
#[cfg(test)]
mod tests;
mod usage;
mod variables;
mod volume;
mod waiver;

pub use codes::*;

use super::{Environment, Fleet, Service};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceTree, Span};
use crate::spec::problem::MISSING_FIELD;

/// All checks, in no order that matters.
pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    for check in [
        fleet::check,
        environment::check,
        component::check,
        release::check,
        service::check,
        ports::check,
        probe::check,
        container::check,
        volume::check,
        secret::check,
        variables::check,
        calls::check,
        depends::check,
        files::check,
        waiver::check,
        usage::check,
    ] {
        check(fleet, sources, diags);
    }
}

/// Every service in every environment.
fn services(fleet: &Fleet) -> impl Iterator<Item = (&Environment, &Service)> {
    fn of(environment: &Environment) -> impl Iterator<Item = (&Environment, &Service)> {
        let services = environment.services.iter();
        services.map(move |service| (environment, service))
    }
    fleet.environments.iter().flat_map(of)
}

/// A field that must be there; `what` completes the sentence, `write` is an example.
fn missing(span: Span, what: String, write: &str) -> Diagnostic {
    Diagnostic::error(MISSING_FIELD, what)
        .at(span, "missing here")
        .help(format!("write `{write}`"))
}
