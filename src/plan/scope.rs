//! One environment of one fleet, and how things are named in it.

use crate::model::{Environment, Fleet};
use crate::source::SourceTree;
use crate::spec::language;
use crate::value::Str;

/// What every unit of an environment sees.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub sources: &'a SourceTree,
    pub fleet: &'a Fleet,
    pub environment: &'a Environment,
}

impl<'a> Scope<'a> {
    /// `<fleet>-<environment>`: the namespace, the AppProject, the root Application.
    pub fn namespace(&self) -> Str {
        format!("{}-{}", self.fleet.name.text, self.environment.name.text).into()
    }

    /// `<fleet>-<environment>-<name>`: what Argo CD calls a service or component.
    pub fn argo_name(&self, name: &str) -> Str {
        format!("{}-{name}", self.namespace()).into()
    }

    /// The namespace that a service runs in.
    pub fn namespace_of(&self, service: &language::Service) -> Str {
        match &service.namespace {
            Some(name) => name.value.0.clone(),
            None => self.namespace(),
        }
    }

    /// The text of a file below `also/`, by the path that specs write.
    pub fn also(&self, path: &str) -> Option<&'a str> {
        let file = self.sources.find(&format!("environments/{path}"))?;
        Some(self.sources.text(file))
    }

    /// Availability zones of the cluster.
    pub fn zones(&self) -> u8 {
        let cluster = self.environment.spec.cluster.as_ref();
        cluster
            .and_then(|cluster| cluster.zones.as_ref())
            .map_or(1, |zones| zones.value.0)
    }

    /// The namespace that scrapes metrics.
    pub fn scraper(&self) -> Option<&'a str> {
        let metrics = self.environment.spec.metrics.as_ref()?;
        metrics
            .scraper
            .as_ref()
            .map(|scraper| scraper.value.as_str())
    }
}
