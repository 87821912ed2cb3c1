//! Components: where they come from, where they live, and what is called of them.

use super::{EXCLUSIVE_FIELDS, USELESS_FIELD, missing};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::layers::unknown;
use crate::model::{Component, Fleet};
use crate::source::SourceTree;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for component in fleet.components.values() {
        source(component, diags);
        namespace(component, diags);
        endpoints(component, diags);
        if let Some(owner) = &component.spec.owner {
            let teams = || {
                fleet
                    .spec
                    .team
                    .0
                    .iter()
                    .map(|(name, _)| name.value.as_str())
            };
            if !teams().any(|team| team == owner.value.as_str()) {
                diags.push(unknown("team", owner.value.as_str(), owner.span, teams()));
            }
        }
    }
}

fn source(component: &Component, diags: &mut Diagnostics) {
    let (name, spec) = (&component.name, &component.spec);
    match (&spec.chart, &spec.directory) {
        (Some(chart), None) => {
            if chart.name.is_none() {
                let what = format!("the chart of `{}` has no name", name.text);
                diags.push(missing(chart.span, what, "chart \"argo-workflows\" repository=\"…\""));
            }
            if chart.repository.is_none() {
                let what = format!("the chart of `{}` has no repository", name.text);
                let write = "repository=\"https://charts.example.com/argo\"";
                diags.push(missing(chart.span, what, write));
            }
        }
        (None, Some(directory)) => {
            if directory.repository.is_none() {
                let what = format!("the directory of `{}` has no repository", name.text);
                let write = "directory \"https://git.example.com/platform/x.git\" path=\"deploy\"";
                diags.push(missing(directory.span, what, write));
            }
            if let Some(values) = &spec.values {
                diags.push(
                    Diagnostic::error(
                        USELESS_FIELD,
                        format!("`{}` is a directory, and `values` belong to a chart", name.text),
                    )
                    .at(values.span, "has no effect")
                    .help("remove it, or use a chart"),
                );
            }
        }
        (Some(chart), Some(directory)) => diags.push(
            Diagnostic::error(
                EXCLUSIVE_FIELDS,
                format!("`{}` comes from a chart and from a directory", name.text),
            )
            .at(directory.span, "a directory")
            .at(chart.span, "a chart")
            .help("remove one of them"),
        ),
        (None, None) => diags.push(
            Diagnostic::error(
                EXCLUSIVE_FIELDS,
                format!("nothing says where `{}` comes from", name.text),
            )
            .at(name.span, "no `chart` and no `directory`")
            .help("write `chart \"<name>\" repository=\"…\"` or `directory \"<repository>\" path=\"…\"`"),
        ),
    }
}

fn namespace(component: &Component, diags: &mut Diagnostics) {
    let namespace = component.spec.namespace.as_ref();
    if namespace.is_none_or(|namespace| namespace.name.is_none()) {
        let name = &component.name;
        let span = namespace.map_or(name.span, |namespace| namespace.span);
        let what = format!("the component `{}` has no namespace", name.text);
        diags.push(missing(span, what, &format!("namespace \"{}\"", name.text)));
    }
}

fn endpoints(component: &Component, diags: &mut Diagnostics) {
    for (name, endpoint) in &component.spec.endpoint.0 {
        let wanted = [
            (
                endpoint.service.is_some(),
                "Service",
                "service=\"argo-workflows-server\"",
            ),
            (endpoint.port.is_some(), "port", "port=2746"),
        ];
        for (is_there, what, example) in wanted {
            if !is_there {
                let what = format!("the endpoint `{}` has no {what}", name.value);
                let write = format!("endpoint \"{}\" … {example}", name.value);
                diags.push(missing(name.span, what, &write));
            }
        }
    }
}
