//! Namespaces: each has one owner.

use std::collections::BTreeMap;

use super::{RESERVED_NAMESPACE, SHARED_NAMESPACE};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
use crate::model::{Environment, Fleet};
use crate::plan::environment::{ARGO_ROLLOUTS, IN_CLUSTER, spaces::spaces};
use crate::plan::network::control_plane;
use crate::plan::scope::Scope;
use crate::plan::traffic::mesh;
use crate::source::{SourceTree, Span};
use crate::spec::text::{Convention, PodSecurity};
use crate::value::Str;

pub fn check(fleet: &Fleet, diags: &mut Diagnostics) {
    across(fleet, diags);
    let own: Vec<(Str, &Environment)> = fleet
        .environments
        .iter()
        .map(|one| (name(fleet, one), one))
        .collect();
    for environment in &fleet.environments {
        let components = components(fleet, environment, diags);
        for service in &environment.services {
            let Some(at) = &service.spec.namespace else {
                continue;
            };
            reserved(at.value.as_str(), at.span, diags);
            platform(fleet, environment, at.value.as_str(), at.span, diags);
            if let Some((component, span, _)) = components.get(at.value.as_str()) {
                diags.push(shared(
                    &format!(
                        "`{}` and the component `{component}` share the namespace `{}`",
                        service.name.text,
                        at.value.as_str()
                    ),
                    at.span,
                    *span,
                ));
            }
            let other = own.iter().find(|(name, other)| {
                *name == at.value.0 && other.name.text != environment.name.text
            });
            if let Some((name, other)) = other {
                diags.push(shared(
                    &format!(
                        "`{name}` is the namespace of the environment `{}`",
                        other.name.text
                    ),
                    at.span,
                    other.name.span,
                ));
            }
        }
        let name = name(fleet, environment);
        platform(fleet, environment, &name, environment.name.span, diags);
        if let Some((component, span, _)) = components.get(name.as_str()) {
            let message = format!(
                "`{name}` is the namespace of the environment, and of the component `{component}`"
            );
            diags.push(shared(&message, *span, environment.name.span));
        }
    }
}

/// Environments on one cluster have no namespace in common. Every Argo CD calls its own cluster by
/// the same address, so that one tells nothing.
fn across(fleet: &Fleet, diags: &mut Diagnostics) {
    let sources = SourceTree::default();
    let mut owners: BTreeMap<(Str, Str), &Environment> = BTreeMap::new();
    for environment in &fleet.environments {
        let scope = scope(&sources, fleet, environment);
        let server = scope.address();
        if server == IN_CLUSTER {
            continue;
        }
        for (name, space) in spaces(&scope) {
            let first = owners.entry((server.into(), name.clone()));
            let first = *first.or_insert(environment);
            if first.name.text == environment.name.text {
                continue;
            }
            let message = format!(
                "`{}` and `{}` share the namespace `{name}` of the cluster {server}",
                first.name.text, environment.name.text
            );
            let named = match space.origin {
                Origin::Spec(span) => span,
                _ => environment.name.span,
            };
            diags.push(
                Diagnostic::error(SHARED_NAMESPACE, message)
                    .at(environment.name.span, "the second owner")
                    .at(first.name.span, "the first one")
                    .at(named, "named here")
                    .help("give one of the two another namespace, or another cluster"),
            );
        }
    }
}

fn name(fleet: &Fleet, environment: &Environment) -> Str {
    scope(&SourceTree::default(), fleet, environment).namespace()
}

fn scope<'a>(sources: &'a SourceTree, fleet: &'a Fleet, environment: &'a Environment) -> Scope<'a> {
    Scope {
        sources,
        fleet,
        environment,
    }
}

/// A namespace of services in which something else already runs.
fn platform(
    fleet: &Fleet,
    environment: &Environment,
    name: &str,
    span: Span,
    diags: &mut Diagnostics,
) {
    let sources = SourceTree::default();
    let scope = scope(&sources, fleet, environment);
    let Some(what) = owner(&scope, name) else {
        return;
    };
    let message = format!("the namespace `{name}` is {what}");
    diags.push(
        Diagnostic::error(RESERVED_NAMESPACE, message)
            .at(span, "would be denied all traffic there")
            .help("choose another name"),
    );
}

/// Proxies of Envoy Gateway run elsewhere, so a Gateway of its own is at home beside services.
fn owner(scope: &Scope, name: &str) -> Option<String> {
    if name == ARGO_ROLLOUTS {
        return Some("that of Argo Rollouts".into());
    }
    if scope.scraper() == Some(name) {
        return Some("that of what scrapes metrics".into());
    }
    if mesh(scope).is_some_and(|(_, _, at)| control_plane(at.value).0 == name) {
        return Some("that of the mesh".into());
    }
    let is_elsewhere = |convention| convention == Some(Convention::EnvoyGateway);
    scope
        .environment
        .spec
        .traffic
        .0
        .iter()
        .find_map(|(key, at)| {
            let convention = at.convention.as_ref().map(|at| at.value);
            let gateway = at.gateway.as_ref().filter(|_| !is_elsewhere(convention));
            let place = gateway.or(at.nginx.as_ref())?;
            let is_it = place.value.namespace() == name;
            is_it.then(|| format!("that of the traffic `{}`", key.value))
        })
}

type Owners<'a> = BTreeMap<&'a str, (&'a str, Span, PodSecurity)>;

/// The namespaces of components; several may share one that asks for the same pod security.
fn components<'a>(
    fleet: &'a Fleet,
    environment: &Environment,
    diags: &mut Diagnostics,
) -> Owners<'a> {
    let mut owners = Owners::new();
    let installed = environment.installs.iter();
    for component in installed.filter_map(|one| fleet.components.get(&one.name.text)) {
        let namespace = component.spec.namespace.as_ref();
        let Some((name, pods)) = namespace.and_then(|one| Some((one.name.as_ref()?, &one.pods)))
        else {
            continue;
        };
        reserved(name.value.as_str(), name.span, diags);
        let level = pods.as_ref().map_or(PodSecurity::Restricted, |at| at.value);
        match owners.get(name.value.as_str()) {
            Some((first, span, other)) if *other != level => {
                let message = format!(
                    "`{first}` and `{}` share the namespace `{}` and ask for different pod security",
                    component.name.text,
                    name.value.as_str()
                );
                diags.push(shared(&message, name.span, *span));
            }
            Some(_) => {}
            None => {
                owners.insert(
                    name.value.as_str(),
                    (&component.name.text, name.span, level),
                );
            }
        }
    }
    owners
}

fn shared(message: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(SHARED_NAMESPACE, message)
        .at(second, "named here")
        .at(first, "and its other owner here")
        .help("choose another namespace")
}

fn reserved(name: &str, span: Span, diags: &mut Diagnostics) {
    if name == "default" || name.starts_with("kube-") {
        diags.push(
            Diagnostic::error(
                RESERVED_NAMESPACE,
                format!("the namespace `{name}` belongs to Kubernetes"),
            )
            .at(span, "reserved")
            .help("choose another name"),
        );
    }
}
