//! Resolved nouns: what the layers of a fleet come to.

pub mod unreadable;
pub mod load;
pub mod layers;
pub mod resolve;
pub mod check;
#[cfg(test)]
pub mod testing;

use std::collections::BTreeMap;

use crate::source::Span;
use crate::spec::language;
use crate::spec::shape::Key;
use crate::value::Str;

/// Everything that the sources say.
#[derive(Clone, Debug)]
pub struct Fleet {
    pub name: Key,
    pub spec: language::Fleet,
    /// Every component, installed or not, by name.
    pub components: BTreeMap<Str, Component>,
    /// By name. Without those that could not be read, or lie above one.
    pub environments: Vec<Environment>,
    pub unreadable: unreadable::Unreadable,
}

/// A platform part.
#[derive(Clone, Debug)]
pub struct Component {
    pub name: Key,
    pub spec: language::Component,
}

/// One environment with what runs there.
#[derive(Clone, Debug)]
pub struct Environment {
    pub name: Key,
    /// With what lies below by `like`. Its `defaults`, `everywhere` and `deploy` are used up.
    pub spec: language::Environment,
    /// By name.
    pub services: Vec<Service>,
    /// By name.
    pub installs: Vec<Installed>,
    pub releases: BTreeMap<Str, (Key, language::Release)>,
    /// Where `releases.yaml` is, if it is.
    pub releases_file: Option<Span>,
    /// Who calls a service or component: services by name, then components by name.
    pub callers: BTreeMap<Str, Vec<Caller>>,
}

/// A service or component that calls another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub name: Str,
    /// The entry of its `calls`.
    pub span: Span,
}

/// One service in one environment, all layers merged.
#[derive(Clone, Debug)]
pub struct Service {
    /// As its own file names it.
    pub name: Key,
    /// Where the environment deploys it.
    pub deployed: Span,
    pub spec: language::Service,
    pub release: Option<language::Release>,
}

/// One component in one environment.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Where the environment installs it.
    pub name: Key,
    pub spec: language::Install,
    pub release: Option<language::Release>,
}

impl Environment {
    pub fn service(&self, name: &str) -> Option<&Service> {
        let at = self
            .services
            .binary_search_by(|service| service.name.text.as_str().cmp(name));
        at.ok().map(|at| &self.services[at])
    }

    pub fn installed(&self, name: &str) -> Option<&Installed> {
        let at = self
            .installs
            .binary_search_by(|installed| installed.name.text.as_str().cmp(name));
        at.ok().map(|at| &self.installs[at])
    }
}

impl Fleet {
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments
            .iter()
            .find(|environment| environment.name.text == name)
    }
}
