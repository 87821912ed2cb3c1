//! What an error in the spec spoils: a mistake in one service hides nothing about the others, and
//! nothing that only follows from it is told.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Fleet, Service};
use crate::source::{SourceTree, Span};

/// Services that cannot be lowered, as what they say could not be read.
#[derive(Debug, Default)]
pub struct Spoiled {
    services: BTreeSet<String>,
    is_all: bool,
}

impl Spoiled {
    /// By the errors so far. What stands in no service's file spoils everything.
    pub fn of(diags: &Diagnostics, fleet: &Fleet, sources: &SourceTree) -> Spoiled {
        let mut spoiled = Spoiled::default();
        let errors = diags.iter().filter(|one| one.severity == Severity::Error);
        for error in errors {
            match error.labels.first() {
                Some(label) => spoiled.add(label.span, fleet, sources),
                None => spoiled.is_all = true,
            }
        }
        spoiled
    }

    fn add(&mut self, span: Span, fleet: &Fleet, sources: &SourceTree) {
        let path = sources.path(span.file);
        if path.starts_with("schemas/policy/") {
            return;
        }
        let released = released(span, fleet);
        match service_of(path).map(str::to_string).or(released) {
            Some(name) => drop(self.services.insert(name)),
            None => self.is_all = true,
        }
    }

    /// Nothing can be lowered.
    pub fn is_all(&self) -> bool {
        self.is_all
    }

    pub fn is_empty(&self) -> bool {
        !self.is_all && self.services.is_empty()
    }

    pub fn has(&self, service: &Service) -> bool {
        self.is_all || self.services.contains(service.name.text.as_str())
    }

    /// Whether a finding is about a service that is spoiled.
    pub fn covers(&self, finding: &Diagnostic, sources: &SourceTree) -> bool {
        let label = finding.labels.first();
        let service = label.and_then(|label| service_of(sources.path(label.span.file)));
        service.is_some_and(|name| self.services.contains(name))
    }
}

/// The service whose file it is: of the fleet, or as one environment changes it.
fn service_of(path: &str) -> Option<&str> {
    let file = match path.split('/').collect::<Vec<_>>()[..] {
        ["environments", "services", file] | ["environments", _, "services", file] => file,
        _ => return None,
    };
    file.rsplit_once('.').map(|(name, _)| name)
}

/// The service whose entry in `releases.yaml` it is.
fn released(span: Span, fleet: &Fleet) -> Option<String> {
    let services = fleet.environments.iter().flat_map(|one| &one.services);
    let is_within = |service: &&Service| {
        service.release.as_ref().is_some_and(|release| {
            let entry = release.span;
            entry.file == span.file && entry.start <= span.start && span.end <= entry.end
        })
    };
    let service = services.into_iter().find(is_within)?;
    Some(service.name.text.to_string())
}
