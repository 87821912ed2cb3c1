//! The namespaces of an environment: each once, whoever asks for it.

use std::collections::BTreeMap;

use crate::draft::{Origin, Traced};
use crate::plan::scope::Scope;
use crate::spec::text::PodSecurity;
use crate::value::Str;

/// One namespace.
#[derive(Clone, Debug)]
pub struct Space {
    /// Who asks for it first: the environment, a service, a component.
    pub origin: Origin,
    /// Pod security level.
    pub pods: PodSecurity,
    pub pods_origin: Origin,
    /// Whether services run in it: then everything is denied that no policy allows.
    pub has_services: bool,
    /// Whether it is the environment's own, which its `quota` and `limits` speak of.
    pub is_own: bool,
}

/// By name. The environment's own one is there where a service or manifest needs it.
pub fn spaces(scope: &Scope) -> BTreeMap<Str, Space> {
    let mut spaces = BTreeMap::new();
    let environment = scope.environment;
    let own = scope.namespace();
    for service in &environment.services {
        let name = scope.namespace_of(&service.spec);
        let origin = match &service.spec.namespace {
            Some(at) => Origin::Spec(at.span),
            None => Origin::Spec(environment.name.span),
        };
        let is_own = name == own;
        spaces
            .entry(name)
            .or_insert_with(|| Space::of_services(origin, is_own));
    }
    if !environment.spec.also.0.is_empty() {
        let origin = Origin::Spec(environment.name.span);
        spaces
            .entry(own)
            .or_insert_with(|| Space::of_services(origin, true));
    }
    components(scope, &mut spaces);
    spaces
}

impl Space {
    fn of_services(origin: Origin, is_own: bool) -> Space {
        Space {
            origin,
            pods: PodSecurity::Restricted,
            pods_origin: Origin::Default("pods"),
            has_services: true,
            is_own,
        }
    }

    /// The name, with its origin.
    pub fn traced(&self, name: &Str) -> Traced {
        Traced::from(name).from_origin(self.origin)
    }
}

/// Several components may share one namespace: the least strict level holds, or the pods of that
/// one could not start.
fn components(scope: &Scope, spaces: &mut BTreeMap<Str, Space>) {
    for installed in &scope.environment.installs {
        let Some(component) = scope.fleet.components.get(&installed.name.text) else {
            continue;
        };
        let (name, origin) = scope.namespace_of_component(&component.spec);
        let namespace = component.spec.namespace.as_ref();
        let (pods, pods_origin) = match namespace.and_then(|at| at.pods.as_ref()) {
            Some(at) => (at.value, Origin::Spec(at.span)),
            None => (PodSecurity::Restricted, Origin::Default("pods")),
        };
        let space = spaces.entry(name).or_insert_with(|| Space {
            origin,
            pods,
            pods_origin,
            has_services: false,
            is_own: false,
        });
        if freedom(pods) > freedom(space.pods) {
            (space.pods, space.pods_origin) = (pods, pods_origin);
        }
    }
}

fn freedom(pods: PodSecurity) -> u8 {
    match pods {
        PodSecurity::Restricted => 0,
        PodSecurity::Baseline => 1,
        PodSecurity::Privileged => 2,
    }
}
