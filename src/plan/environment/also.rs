//! Manifests of one's own that belong to the environment or to a component.

use crate::diagnostic::Diagnostics;
use crate::model::Installed;
use crate::plan::order::ALSO;
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::plan::{Content, Planned, also};
use crate::spec::field::At;
use crate::spec::text::AlsoPath;
use crate::value::{Str, Value};

/// All of them.
pub fn objects(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let mut planned = environment(scope, diags);
    for installed in &scope.environment.installs {
        planned.extend(component(scope, installed, diags));
    }
    planned
}

/// `<environment>/also/`.
pub fn environment(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let files = &scope.environment.spec.also.0;
    also::manifests(scope, files, &scope.namespace(), ALSO, diags)
}

/// `<environment>/components/<component>/`: the component's files, then the environment's.
pub fn component(scope: &Scope, installed: &Installed, diags: &mut Diagnostics) -> Vec<Planned> {
    let name = &installed.name.text;
    let own = scope.fleet.components.get(name);
    let namespace = match own {
        Some(own) => scope.namespace_of_component(&own.spec).0,
        None => scope.namespace(),
    };
    let mut files: Vec<At<AlsoPath>> = own.map_or_else(Vec::new, |own| own.spec.also.0.clone());
    for file in &installed.spec.also.0 {
        if !files.iter().any(|other| other.value == file.value) {
            files.push(file.clone());
        }
    }
    also::manifests(scope, &files, &namespace, &folder(name), diags)
}

/// Of the component's own manifests, below the environment.
pub fn folder(component: &str) -> String {
    format!("components/{component}")
}

/// Group, kind and namespace of the manifests beside services and of the environment. What is
/// wrong with them is told where they are emitted.
pub fn of_tenant(scope: &Scope) -> Vec<(Str, Str, Str)> {
    let mut diags = Diagnostics::new();
    let mut planned = environment(scope, &mut diags);
    for service in &scope.environment.services {
        if !service.spec.also.0.is_empty() {
            planned.extend(also::service(&Unit::new(*scope, service), &mut diags));
        }
    }
    planned.iter().filter_map(identity).collect()
}

/// The same of components.
pub fn of_components(scope: &Scope) -> Vec<(Str, Str, Str)> {
    let installs = scope.environment.installs.iter();
    let planned = installs.flat_map(|at| component(scope, at, &mut Diagnostics::new()));
    planned.filter_map(|planned| identity(&planned)).collect()
}

fn identity(planned: &Planned) -> Option<(Str, Str, Str)> {
    let Content::Manifest(manifest) = &planned.content else {
        return None;
    };
    let text = |path: &[&str]| {
        manifest
            .value
            .at(path)
            .and_then(Value::as_str)
            .unwrap_or("")
    };
    let group = text(&["apiVersion"]).rsplit_once('/');
    let group = group.map_or("", |(group, _)| group);
    let (kind, namespace) = (text(&["kind"]), text(&["metadata", "namespace"]));
    Some((group.into(), kind.into(), namespace.into()))
}
