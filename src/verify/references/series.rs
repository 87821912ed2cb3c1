//! Queries that look for what is not there: labels of series against the names of objects.
//!
//! Prometheus gives series the names of what they come from. A query that asks for a namespace,
//! workload or Service that nobody makes has no data.

use crate::codes;
use crate::promql::Selector;
use crate::value::Str;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::{answers, query};
use crate::verify::references::Resolver;
use crate::verify::references::facts::{Facts, Target};

codes! {
    /// A query of an analysis asks for series of a namespace, workload or Service that is not among
    /// the objects. It finds nothing, and what it is to judge is never judged: a name was changed or
    /// mistyped, or the template was copied from another service.
    ///
    /// Correct the name, or give it as an argument: `namespace="{{args.namespace}}"`.
    SERIES_OF_NOBODY = "series-of-nobody": "a query for series that nothing here has";
}

/// What a label of series names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Namespace,
    Workload,
    Service,
}

/// Labels as Prometheus' usual configurations, Istio and Linkerd give them.
fn names(label: &str) -> Option<Names> {
    Some(match label {
        "namespace"
        | "kubernetes_namespace"
        | "destination_workload_namespace"
        | "destination_service_namespace" => Names::Namespace,
        "app_kubernetes_io_name"
        | "destination_workload"
        | "destination_app"
        | "destination_canonical_service"
        | "deployment"
        | "rollout"
        | "statefulset" => Names::Workload,
        "service" | "destination_service_name" | "kubernetes_service" => Names::Service,
        _ => return None,
    })
}

/// Metrics whose labels are those of a router, which runs elsewhere.
const ROUTERS: [&str; 4] = ["nginx_", "traefik_", "haproxy_", "envoy_"];

/// One selector of a query: what it names, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Label, what it names, and the names: one of them must exist.
    pub labels: Vec<(Str, Names, Vec<Str>)>,
}

/// The series that the metrics of a template look for.
pub fn template(root: &Cursor, facts: &mut Facts) {
    let Some(spec) = root.at("spec") else {
        return;
    };
    let arguments = answers::arguments(&spec);
    for metric in spec.list("metrics") {
        let Some(at) = metric.at("provider/prometheus") else {
            continue;
        };
        let read = query::read(at.text("query"), &arguments);
        let selectors = read
            .query
            .as_ref()
            .map_or(&[][..], |query| &query.selectors);
        let mut seen = Vec::new();
        for selector in selectors {
            let series = Series {
                labels: labels(selector),
            };
            if !series.labels.is_empty() && !seen.contains(&series) {
                facts.need(
                    format!("{}/query", at.pointer()),
                    Target::Series(series.clone()),
                );
                seen.push(series);
            }
        }
    }
}

fn labels(selector: &Selector) -> Vec<(Str, Names, Vec<Str>)> {
    let metric = selector.matcher("__name__").and_then(|name| name.values());
    let metric = metric.unwrap_or_default();
    if metric
        .iter()
        .any(|name| ROUTERS.iter().any(|router| name.starts_with(router)))
    {
        return Vec::new();
    }
    let known = selector
        .matchers
        .iter()
        .filter(|matcher| matcher.is_known());
    let named = known.filter_map(|matcher| {
        let names = names(&matcher.label)?;
        let values = matcher.values()?;
        let values = values.into_iter().map(Str::from).collect();
        Some((matcher.label.as_str().into(), names, values))
    });
    named.collect()
}

/// Says what is missing of what the selector names: the namespace first, for in none of that name
/// can there be anything.
pub fn resolve(resolver: &mut Resolver, pointer: &str, series: &Series) {
    if !resolver.index.has_pods() {
        return;
    }
    let all = |wanted: Names| {
        let labels = series.labels.iter();
        labels.filter(move |(_, names, _)| *names == wanted)
    };
    let mut namespaces: Vec<&str> = Vec::new();
    for (label, _, values) in all(Names::Namespace) {
        let there: Vec<&str> = values
            .iter()
            .map(Str::as_str)
            .filter(|name| is_namespace(resolver, name))
            .collect();
        if there.is_empty() {
            return report(resolver, pointer, label, values, "namespace", "");
        }
        namespaces.extend(there);
    }
    for (wanted, what) in [(Names::Workload, "workload"), (Names::Service, "Service")] {
        for (label, _, values) in all(wanted) {
            let known = namespaces
                .iter()
                .all(|space| resolver.index.has_pods_in(space));
            let open = namespaces
                .iter()
                .any(|space| resolver.externals.is_open(space));
            let found = values
                .iter()
                .any(|name| is_there(resolver, &namespaces, name));
            if known && !open && !found {
                let place = match namespaces.as_slice() {
                    [one] => format!(" in `{one}`"),
                    _ => String::new(),
                };
                return report(resolver, pointer, label, values, what, &place);
            }
        }
    }
}

fn is_namespace(resolver: &Resolver, name: &str) -> bool {
    name.is_empty()
        || resolver.externals.is_open(name)
        || resolver.exists("", "Namespace", "", name)
        || resolver.index.has_pods_in(name)
}

/// A workload or Service of this name, in one of the namespaces or, without any, in any.
fn is_there(resolver: &Resolver, namespaces: &[&str], name: &str) -> bool {
    match namespaces {
        [] => resolver.index.is_known_anywhere(name),
        some => some
            .iter()
            .any(|space| resolver.index.is_known(space, name)),
    }
}

fn report(
    resolver: &mut Resolver,
    pointer: &str,
    label: &str,
    values: &[Str],
    what: &str,
    place: &str,
) {
    let shown: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
    let message = format!(
        "the query finds nothing: no {what}{place} is named {}, as its `{label}` asks",
        shown.join(" or ")
    );
    resolver.warning(
        SERIES_OF_NOBODY,
        pointer,
        message,
        "correct the name, or give it as an argument",
    );
}
