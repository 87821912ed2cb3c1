//! What a name means: here, elsewhere in the fleet, or nowhere.

use std::collections::BTreeSet;

use super::NOT_DEPLOYED_HERE;
use crate::diagnostic::Diagnostic;
use crate::model::layers::unknown;
use crate::model::{Component, Environment, Fleet, Service};
use crate::source::{SourceTree, Span};
use crate::spec::document::Role;

/// Every service and component that some file describes.
pub struct Names<'a> {
    known: BTreeSet<&'a str>,
}

/// What runs under a name in one environment.
pub enum Here<'a> {
    Service(&'a Service),
    Component(&'a Component),
    /// Something whose file could not be read.
    Unreadable,
}

/// A service's file: its name, and the place of it.
pub fn service_files(sources: &SourceTree) -> impl Iterator<Item = (&str, Span)> {
    sources.iter().filter_map(|(id, file)| {
        (Role::of(&file.path)? == Role::Service).then_some(())?;
        let name = file.path.rsplit('/').next()?.rsplit_once('.')?.0;
        let at = file.text.find(name).unwrap_or(0);
        let end = if file.text[at..].starts_with(name) {
            at + name.len()
        } else {
            at
        };
        Some((name, Span::new(id, at, end)))
    })
}

impl<'a> Names<'a> {
    pub fn new(fleet: &'a Fleet, sources: &'a SourceTree) -> Names<'a> {
        let components = fleet.components.keys().map(|name| name.as_str());
        let services = service_files(sources).map(|(name, _)| name);
        Names {
            known: components.chain(services).collect(),
        }
    }

    /// What runs in `environment` under `name`, or what is wrong with naming it there.
    pub fn find<'b>(
        &self,
        fleet: &'b Fleet,
        environment: &'b Environment,
        name: &str,
        span: Span,
    ) -> Result<Here<'b>, Diagnostic> {
        if let Some(service) = environment.service(name) {
            return Ok(Here::Service(service));
        }
        if fleet.unreadable.name(name) {
            return Ok(Here::Unreadable);
        }
        let component = fleet.components.get(name);
        if let Some(component) = component.filter(|_| environment.installed(name).is_some()) {
            return Ok(Here::Component(component));
        }
        if !self.known.contains(name) {
            return Err(unknown(
                "service or component",
                name,
                span,
                self.known.iter().copied(),
            ));
        }
        let word = if component.is_some() {
            "install"
        } else {
            "deploy"
        };
        let message = format!("`{name}` does not run in `{}`", environment.name.text);
        Err(Diagnostic::error(NOT_DEPLOYED_HERE, message)
            .at(span, "not there")
            .help(format!(
                "write `{word} \"{name}\"` in the environment, or remove the name here"
            )))
    }
}
