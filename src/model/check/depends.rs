//! Dependencies: each is there, and none waits for itself.

use std::collections::BTreeMap;

use super::names::Names;
use super::{CALL_CYCLE, DEPENDENCY_CYCLE, NAMES_ITSELF};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::model::{Environment, Fleet};
use crate::source::{SourceTree, Span};
use crate::spec::field::Set;
use crate::spec::text::Name;

/// What each thing waits for, and where that is written.
type Edges<'a> = BTreeMap<&'a str, Vec<(&'a str, Span)>>;

pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    let names = Names::new(fleet, sources);
    for environment in &fleet.environments {
        let edges = edges(fleet, environment);
        for (from, targets) in &edges {
            for (to, span) in targets {
                if from == to {
                    diags.push(
                        Diagnostic::error(NAMES_ITSELF, format!("`{from}` depends on itself"))
                            .at(*span, "its own name")
                            .help("remove it"),
                    );
                } else if let Err(finding) = names.find(fleet, environment, to, *span) {
                    diags.push(finding);
                }
            }
        }
        for cycle in cycles(&edges) {
            diags.push(finding(&cycle));
        }
        for cycle in cycles(&calls(environment)) {
            diags.push(calling(&cycle));
        }
    }
}

fn edges<'a>(fleet: &'a Fleet, environment: &'a Environment) -> Edges<'a> {
    fn targets(set: &Set<Name>) -> Vec<(&str, Span)> {
        set.0
            .iter()
            .map(|at| (at.value.as_str(), at.span))
            .collect()
    }
    let services = environment.services.iter();
    let services = services.map(|one| (one.name.text.as_str(), targets(&one.spec.depends)));
    let installs = environment.installs.iter().filter_map(|installed| {
        let component = fleet.components.get(&installed.name.text)?;
        Some((
            installed.name.text.as_str(),
            targets(&component.spec.depends),
        ))
    });
    services.chain(installs).collect()
}

/// Whom each service calls. Components call nobody whose pods wait for them.
fn calls(environment: &Environment) -> Edges<'_> {
    let services = environment.services.iter();
    let targets = services.map(|service| {
        let calls = service.spec.calls.0.iter();
        let calls = calls.map(|(callee, _)| (callee.value.as_str(), callee.span));
        (service.name.text.as_str(), calls.collect())
    });
    targets.collect()
}

fn circle(cycle: &[(&str, Span)]) -> String {
    let mut names: Vec<_> = cycle.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.extend(names.first().cloned());
    names.join(" → ")
}

fn calling(cycle: &[(&str, Span)]) -> Diagnostic {
    let message = format!("calls go in a circle: {}", circle(cycle));
    let finding = Diagnostic::new(CALL_CYCLE, Severity::Note, message);
    let labelled = cycle.iter().fold(finding, |finding, (name, span)| {
        finding.at(*span, format!("`{name}` calls this"))
    });
    labelled.help("let each bear that the others are not there yet, or write `depends` where one has to be first")
}

/// Each circle once, as its edges in order. Depth first, without recursion.
fn cycles<'a>(edges: &Edges<'a>) -> Vec<Vec<(&'a str, Span)>> {
    let mut done: BTreeMap<&str, bool> = BTreeMap::new();
    let mut found = Vec::new();
    for start in edges.keys() {
        if done.contains_key(start) {
            continue;
        }
        let mut path: Vec<(&'a str, usize)> = vec![(start, 0)];
        done.insert(start, false);
        while let Some((node, next)) = path.last_mut() {
            let Some((to, _)) = edges.get(node).and_then(|targets| targets.get(*next)) else {
                done.insert(node, true);
                path.pop();
                continue;
            };
            *next += 1;
            match done.get(to) {
                Some(true) => {}
                Some(false) => {
                    let begin = path.iter().position(|(node, _)| node == to).unwrap_or(0);
                    let circle: Vec<_> = path[begin..]
                        .iter()
                        .map(|(node, next)| (*node, edges[node][next - 1].1))
                        .collect();
                    if circle.len() > 1 {
                        found.push(circle);
                    }
                }
                None if edges.contains_key(to) => {
                    done.insert(to, false);
                    path.push((to, 0));
                }
                None => {}
            }
        }
    }
    found
}

fn finding(cycle: &[(&str, Span)]) -> Diagnostic {
    let message = format!("a circle of `depends`: {}", circle(cycle));
    let finding = Diagnostic::error(DEPENDENCY_CYCLE, message);
    let labelled = cycle.iter().fold(finding, |finding, (name, span)| {
        finding.at(*span, format!("`{name}` waits for this"))
    });
    labelled.help("remove one of these `depends`; `calls` already opens the network")
}
