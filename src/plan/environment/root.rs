//! The root: one Application of all others, and its project. People apply them once by hand.
//!
//! Whoever may write into Argo CD's namespace may do everything that Argo CD may, so the root's
//! project lets in nothing but Applications and AppProjects from the published tree.

use super::outside::ARGO_CD;
use super::publish::place;
use super::{IN_CLUSTER, Part, whitelist};
use crate::diagnostic::Diagnostics;
use crate::draft::Traced;
use crate::plan::Planned;
use crate::plan::scope::Scope;

pub const PROJECT: Part = Part {
    kind: "AppProject",
    template: "app-project",
    lower: project,
};

pub const APPLICATION: Part = Part {
    kind: "Application",
    template: "root-application",
    lower: application,
};

fn project(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let Some(place) = place(scope) else {
        return Vec::new();
    };
    let (fleet, environment) = (&scope.fleet.name.text, &scope.environment.name.text);
    let destination = Traced::map()
        .with("server", IN_CLUSTER)
        .with("namespace", ARGO_CD);
    let kinds = [
        ("argoproj.io", "AppProject"),
        ("argoproj.io", "Application"),
    ];
    let context = Traced::map()
        .with("name", scope.argo_name("bootstrap"))
        .with("labels", scope.labels())
        .with("wave", Traced::default())
        .with(
            "description",
            format!("The Applications of {fleet} in {environment}."),
        )
        .with("repositories", Traced::from(vec![place.repository]))
        .with("destinations", Traced::from(vec![destination]))
        .with("clusterKinds", Traced::default())
        .with("namespacedKinds", whitelist::list(kinds))
        .with("roles", Traced::default())
        .with("windows", Traced::default());
    vec![scope.planned(
        "bootstrap/app-project",
        PROJECT.template,
        context,
        scope.origin(),
    )]
}

fn application(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let Some(place) = place(scope) else {
        return Vec::new();
    };
    let context = Traced::map()
        .with(
            "name",
            Traced::from(scope.namespace()).from_origin(scope.origin()),
        )
        .with("labels", scope.labels())
        .with("project", scope.argo_name("bootstrap"))
        .with("source", place.source(scope, "apps"))
        .with("server", IN_CLUSTER);
    vec![scope.planned(
        "bootstrap/application",
        APPLICATION.template,
        context,
        scope.origin(),
    )]
}
