//! The order of the first installation: in which wave each service and component comes.
//!
//! What a thing waits for has three strengths. `depends` always counts. What serves it (the
//! component behind its `expose`, its secrets) and then what it `calls` count wherever that closes
//! no circle: an edge inside of a strongly connected part lies on one, and is left out.

use std::collections::BTreeMap;

use super::scope::Scope;
use super::traffic::entrance;
use crate::spec::language::Service;
use crate::value::Str;

/// The name of what an environment's own `also` manifests come by; no service can be called so.
pub const ALSO: &str = "also";

/// The API group of ExternalSecrets; its first label is what their operator's chart is called.
const SECRETS: &str = "external-secrets.io";

/// The wave of each service and component, and of [`ALSO`] where there is such, from 0 without
/// gaps. What waits for nothing is in wave 0; everything else one behind the last that it waits
/// for. Linear in services and their edges.
pub fn waves(scope: &Scope) -> BTreeMap<Str, usize> {
    let names = names(scope);
    let place: BTreeMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), at))
        .collect();
    let mut graph = vec![Vec::new(); names.len()];
    for (strength, edges) in edges(scope).into_iter().enumerate() {
        let edges = edges
            .iter()
            .filter_map(|(from, to)| Some((*place.get(from)?, *place.get(to)?)));
        let edges: Vec<_> = edges.filter(|(from, to)| from != to).collect();
        match strength {
            0 => add(&mut graph, &edges, |_, _| true),
            _ => {
                let mut whole = graph.clone();
                add(&mut whole, &edges, |_, _| true);
                let part = parts(&whole);
                add(&mut graph, &edges, |from, to| part[from] != part[to]);
            }
        }
    }
    let levels = levels(&graph);
    names.into_iter().zip(levels).collect()
}

fn names(scope: &Scope) -> Vec<Str> {
    let environment = scope.environment;
    let services = environment
        .services
        .iter()
        .map(|service| service.name.text.clone());
    let installs = environment
        .installs
        .iter()
        .map(|installed| installed.name.text.clone());
    let mut names: Vec<_> = services.chain(installs).collect();
    if !environment.spec.also.0.is_empty() {
        names.push(ALSO.into());
    }
    names.sort();
    names.dedup();
    names
}

/// Who waits for whom, the strongest first.
fn edges<'a>(scope: &Scope<'a>) -> [Vec<(&'a str, &'a str)>; 3] {
    let mut edges = [Vec::new(), Vec::new(), Vec::new()];
    let [depends, serves, calls] = &mut edges;
    let secrets = secret_server(scope);
    for service in &scope.environment.services {
        let name = service.name.text.as_str();
        let spec = &service.spec;
        depends.extend(spec.depends.0.iter().map(|at| (name, at.value.as_str())));
        calls.extend(spec.calls.0.iter().map(|(at, _)| (name, at.value.as_str())));
        serves.extend(traffic_server(scope, spec).map(|server| (name, server)));
        let has_secrets = !spec.secret.0.is_empty();
        serves.extend(secrets.filter(|_| has_secrets).map(|server| (name, server)));
        serves.push((name, ALSO));
    }
    for installed in &scope.environment.installs {
        let Some(component) = scope.fleet.components.get(&installed.name.text) else {
            continue;
        };
        let (name, spec) = (component.name.text.as_str(), &component.spec);
        depends.extend(spec.depends.0.iter().map(|at| (name, at.value.as_str())));
        calls.extend(spec.calls.0.iter().map(|at| (name, at.value.as_str())));
        serves.push((ALSO, name));
    }
    edges
}

/// The component in whose namespace the gateway or the ingress controller of an `expose` is.
fn traffic_server<'a>(scope: &Scope<'a>, service: &'a Service) -> Option<&'a str> {
    let (_, traffic) = entrance(scope, service.expose.as_ref()?)?;
    let place = traffic.gateway.as_ref().or(traffic.nginx.as_ref())?;
    installed(scope).find_map(|(name, component)| {
        let namespace = component.namespace.as_ref()?.name.as_ref()?;
        (namespace.value.as_str() == place.value.namespace()).then_some(name)
    })
}

/// The component that brings ExternalSecrets: the one whose chart, or for a directory its own
/// name, is the first label of their API group.
fn secret_server<'a>(scope: &Scope<'a>) -> Option<&'a str> {
    let wanted = SECRETS.split('.').next();
    installed(scope).find_map(|(name, component)| {
        let chart = component
            .chart
            .as_ref()
            .and_then(|chart| chart.name.as_ref());
        let own = chart.map_or(name, |chart| chart.value.as_str());
        (Some(own) == wanted).then_some(name)
    })
}

fn installed<'a>(
    scope: &Scope<'a>,
) -> impl Iterator<Item = (&'a str, &'a crate::spec::language::Component)> {
    let components = &scope.fleet.components;
    let installs = scope.environment.installs.iter();
    installs.filter_map(|installed| {
        let component = components.get(&installed.name.text)?;
        Some((component.name.text.as_str(), &component.spec))
    })
}

fn add(graph: &mut [Vec<usize>], edges: &[(usize, usize)], holds: impl Fn(usize, usize) -> bool) {
    for (from, to) in edges {
        if holds(*from, *to) {
            graph[*from].push(*to);
        }
    }
}

/// The strongly connected part of each node (Kosaraju), without recursion.
fn parts(graph: &[Vec<usize>]) -> Vec<usize> {
    let mut back = vec![Vec::new(); graph.len()];
    for (from, next) in graph.iter().enumerate() {
        next.iter().for_each(|to| back[*to].push(from));
    }
    let mut part = vec![usize::MAX; graph.len()];
    for root in finished(graph).into_iter().rev() {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if part[node] == usize::MAX {
                part[node] = root;
                open.extend(&back[node]);
            }
        }
    }
    part
}

/// Nodes in the order in which a depth-first walk leaves them: what is waited for comes first.
fn finished(graph: &[Vec<usize>]) -> Vec<usize> {
    let (mut seen, mut left) = (vec![false; graph.len()], Vec::with_capacity(graph.len()));
    for root in 0..graph.len() {
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 && std::mem::replace(&mut seen[node], true) {
                continue;
            }
            match graph[node].get(next) {
                Some(to) => {
                    path.push((node, next + 1));
                    if !seen[*to] {
                        path.push((*to, 0));
                    }
                }
                None => left.push(node),
            }
        }
    }
    left
}

/// One behind the last that each waits for. A circle of `depends` is refused before; here its
/// last edge counts for nothing.
fn levels(graph: &[Vec<usize>]) -> Vec<usize> {
    let mut levels = vec![0; graph.len()];
    for node in finished(graph) {
        let last = graph[node].iter().map(|to| levels[*to] + 1);
        levels[node] = last.max().unwrap_or(0);
    }
    levels
}
