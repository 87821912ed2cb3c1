//! Which layer said what, found by where it is written.

use std::collections::BTreeMap;

use super::Said;
use crate::model::resolve;
use crate::source::{SourceTree, Span};
use crate::spec::shape::{Datum, Kind};

/// Everything that is said about one service in one environment, and about the environment.
#[derive(Debug, Default)]
pub struct Layers {
    said: BTreeMap<Span, Said>,
}

impl Layers {
    /// Merges the layers once more.
    pub fn of(sources: &SourceTree, environment: &str, service: Option<&str>) -> Layers {
        let mut layers = Layers::default();
        if let Some(service) = service
            && let Some(datum) = resolve::merged_service(sources, environment, service)
        {
            layers.add(&datum);
        }
        if let Some(datum) = resolve::merged_environment(sources, environment) {
            layers.add(&datum);
        }
        layers
    }

    /// What is said at exactly this place.
    pub fn find(&self, span: Span) -> Option<&Said> {
        self.said.get(&span)
    }

    fn add(&mut self, datum: &Datum) {
        self.note(datum.span, datum);
        match &datum.kind {
            Kind::Scalar(_) | Kind::Remove(_) => {}
            Kind::List(list) => list.iter().for_each(|part| self.add(part)),
            Kind::Struct(fields) => fields.iter().flatten().for_each(|part| self.add(part)),
            Kind::Map(entries) => {
                for (key, part) in entries {
                    self.note(key.span, part);
                    self.add(part);
                }
            }
            Kind::Tagged(_, content) => self.add(content),
        }
    }

    /// Of two things at one place the one with more below it says more.
    fn note(&mut self, span: Span, datum: &Datum) {
        let said = Said {
            layer: datum.layer,
            below: datum.below.clone(),
        };
        match self.said.get_mut(&span) {
            Some(old) if old.below.len() >= said.below.len() => {}
            Some(old) => *old = said,
            None => {
                self.said.insert(span, said);
            }
        }
    }
}
