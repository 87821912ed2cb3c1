//! Namespaces: each has one owner.

use std::collections::BTreeMap;

use super::{RESERVED_NAMESPACE, SHARED_NAMESPACE};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Environment, Fleet};
use crate::plan::scope::Scope;
use crate::source::{SourceTree, Span};
use crate::spec::text::PodSecurity;
use crate::value::Str;

pub fn check(fleet: &Fleet, diags: &mut Diagnostics) {
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
        if let Some((component, span, _)) = components.get(name.as_str()) {
            let message = format!(
                "`{name}` is the namespace of the environment, and of the component `{component}`"
            );
            diags.push(shared(&message, *span, environment.name.span));
        }
    }
}

fn name(fleet: &Fleet, environment: &Environment) -> Str {
    let sources = SourceTree::default();
    Scope {
        sources: &sources,
        fleet,
        environment,
    }
    .namespace()
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
