//! Names that are put together, and their limits: 63 characters for a label, a Service and a
//! namespace, 52 for a StatefulSet, whose pods carry a hash in a label.

use std::collections::BTreeMap;

use super::{ARGO_NAME_CLASH, NAME_TOO_LONG};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Fleet;
use crate::plan::scope::Scope;
use crate::plan::unit::{Unit, Workload};
use crate::source::{SourceTree, Span};
use crate::value::Str;

/// Names of Argo CD's objects for components.
pub fn installs(scope: &Scope, diags: &mut Diagnostics) {
    limit(
        "the namespace",
        &scope.namespace(),
        63,
        scope.environment.name.span,
        diags,
    );
    for installed in &scope.environment.installs {
        let name = scope.argo_name(&installed.name.text);
        limit("the Application", &name, 63, installed.name.span, diags);
    }
}

/// Nothing of one environment is called as something of another.
pub fn across(fleet: &Fleet, diags: &mut Diagnostics) {
    let sources = SourceTree::default();
    let mut seen: BTreeMap<Str, (&Str, Span)> = BTreeMap::new();
    for environment in &fleet.environments {
        let scope = Scope {
            sources: &sources,
            fleet,
            environment,
        };
        let services = environment.services.iter().map(|at| &at.name);
        let installs = environment.installs.iter().map(|at| &at.name);
        let parts = services.chain(installs);
        let parts = parts.map(|name| (scope.argo_name(&name.text), name.span));
        let root = (scope.namespace(), environment.name.span);
        for (name, span) in parts.chain([root]) {
            let own = (&environment.name.text, span);
            let (first, other) = *seen.entry(name.clone()).or_insert(own);
            if *first != environment.name.text {
                let message = format!(
                    "something in `{first}` and something in `{}` would both be `{name}` in Argo CD",
                    environment.name.text
                );
                diags.push(
                    Diagnostic::error(ARGO_NAME_CLASH, message)
                        .at(span, "a part of that name")
                        .at(other, "and here")
                        .help("rename one of the two"),
                );
            }
        }
    }
}

pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    let span = unit.span();
    limit(
        "the Application",
        &unit.scope.argo_name(&unit.name),
        63,
        span,
        diags,
    );
    match unit.workload() {
        Workload::Rollout if unit.is_blue_green() => {
            limit("the Service", &unit.suffixed("preview"), 63, span, diags)
        }
        Workload::Rollout if unit.is_routed() => {
            limit("the Service", &unit.suffixed("canary"), 63, span, diags)
        }
        Workload::StatefulSet => limit("the StatefulSet", &unit.name, 52, span, diags),
        _ => {}
    }
}

fn limit(what: &str, name: &str, most: usize, span: Span, diags: &mut Diagnostics) {
    if name.len() > most {
        let message = format!(
            "{what} would be called `{name}`: {} characters, and {most} are allowed",
            name.len()
        );
        diags.push(
            Diagnostic::error(NAME_TOO_LONG, message)
                .at(span, "a part of that name")
                .help(format!("shorten it by {}", name.len() - most)),
        );
    }
}
