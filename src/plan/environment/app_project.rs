//! AppProject: what the environment's Applications may deploy, and who may sync them.
//!
//! Services and namespaces have a project that lets in only known kinds. Components come from
//! charts, whose kinds nobody knows before they are rendered, so they have a project of their own
//! that lets in every kind, but only their own namespaces and repositories.

use std::collections::BTreeMap;

use super::application::charts;
use super::outside::ARGO_CD;
use super::publish::{Place, place};
use super::spaces::spaces;
use super::{NO_PUBLISH, Part, also, whitelist};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::{Origin, Traced};
use crate::plan::Planned;
use crate::plan::scope::Scope;
use crate::spec::language::Window;
use crate::spec::text::WindowEffect;
use crate::value::Str;

pub const PART: Part = Part {
    kind: "AppProject",
    template: "app-project",
    lower,
};

/// Before the namespaces, which come before everything else.
const WAVE: &str = "-2";

fn lower(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let Some(place) = place(scope) else {
        let environment = &scope.environment.name;
        let message = format!("nothing says where `{}` is published", environment.text);
        diags.push(
            Diagnostic::error(NO_PUBLISH, message)
                .at(environment.span, "Argo CD has nothing to read")
                .help("add `publish repository=\"…\"` to the fleet or to the environment"),
        );
        return Vec::new();
    };
    let mut projects = vec![tenant(scope, &place)];
    if !scope.environment.installs.is_empty() {
        projects.push(components(scope, &place));
    }
    projects
}

/// `<fleet>-<environment>`.
fn tenant(scope: &Scope, place: &Place) -> Planned {
    // The Application of the namespaces names it, even where no service is in it.
    let mut namespaces = BTreeMap::from([(scope.namespace(), scope.origin())]);
    for (name, space) in spaces(scope).into_iter().filter(|(_, at)| at.has_services) {
        namespaces.insert(name, space.origin);
    }
    let beside = also::of_tenant(scope);
    let beside = beside.into_iter().map(|(.., namespace)| namespace);
    namespaces.extend(beside.map(|name| (name, scope.origin())).filter(foreign));
    let owners = scope.environment.services.iter().filter_map(|service| {
        let owner = service.spec.owner.as_ref()?;
        Some((owner.value.as_str(), service.name.text.as_str()))
    });
    let name = scope.namespace();
    let context = context(scope, &name, "services", namespaces)
        .with("repositories", Traced::from(vec![place.repository.clone()]))
        .with("clusterKinds", whitelist::cluster_wide(scope))
        .with("namespacedKinds", whitelist::namespaced(scope))
        .with("roles", roles(scope, &name, owners));
    scope.planned("apps/app-project", PART.template, context, scope.origin())
}

fn foreign((name, _): &(Str, Origin)) -> bool {
    !name.is_empty() && name != ARGO_CD
}

/// `<fleet>-<environment>-components`.
fn components(scope: &Scope, place: &Place) -> Planned {
    let mut namespaces = BTreeMap::new();
    let mut repositories = vec![place.repository.clone()];
    let mut owners = Vec::new();
    for installed in &scope.environment.installs {
        let Some(component) = scope.fleet.components.get(&installed.name.text) else {
            continue;
        };
        let spec = &component.spec;
        let (namespace, origin) = scope.namespace_of_component(spec);
        namespaces.insert(namespace, origin);
        let chart = spec.chart.as_ref().and_then(|at| at.repository.as_ref());
        let directory = spec.directory.as_ref();
        let directory = directory.and_then(|at| at.repository.as_ref());
        let directory = directory.map(|at| Traced::from(&at.value.0).at(at.span));
        let known = |list: &[Traced], one: &Traced| list.iter().any(|at| at.node == one.node);
        for one in chart.map(charts).into_iter().chain(directory) {
            if !known(&repositories, &one) {
                repositories.push(one);
            }
        }
        let owner = spec.owner.as_ref().map(|owner| owner.value.as_str());
        owners.extend(owner.map(|owner| (owner, component.name.text.as_str())));
    }
    let beside = also::of_components(scope);
    let beside = beside.into_iter().map(|(.., namespace)| namespace);
    namespaces.extend(beside.map(|name| (name, scope.origin())).filter(foreign));
    let name = scope.argo_name("components");
    let context = context(scope, &name, "components", namespaces)
        .with("repositories", Traced::from(repositories))
        .with("clusterKinds", whitelist::list([("*", "*")]))
        // No list lets in every kind.
        .with("namespacedKinds", Traced::default())
        .with("roles", roles(scope, &name, owners.into_iter()));
    let path = "apps/app-project-components";
    scope.planned(path, PART.template, context, scope.origin())
}

fn context(scope: &Scope, name: &Str, what: &str, namespaces: BTreeMap<Str, Origin>) -> Traced {
    let (fleet, environment) = (&scope.fleet.name.text, &scope.environment.name.text);
    let description = format!("The {what} of {fleet} in {environment}.");
    let destination = |(name, origin): (Str, Origin)| {
        Traced::map()
            .with("server", scope.server())
            .with("namespace", Traced::from(name).from_origin(origin))
    };
    let destinations: Vec<_> = namespaces.into_iter().map(destination).collect();
    Traced::map()
        .with("name", Traced::from(name).from_origin(scope.origin()))
        .with("labels", scope.labels())
        .with("wave", WAVE)
        .with("description", description)
        .with("destinations", some(destinations))
        .with("windows", windows(scope))
}

/// Null where there is nothing: Argo CD drops empty lists.
fn some(list: Vec<Traced>) -> Traced {
    match list.is_empty() {
        true => Traced::default(),
        false => Traced::from(list),
    }
}

/// A role for each team with a group: it sees everything, and syncs what it owns. Overrides and
/// rollbacks would deploy what no commit says, so nobody has them.
fn roles<'a>(
    scope: &Scope,
    project: &str,
    owners: impl Iterator<Item = (&'a str, &'a str)>,
) -> Traced {
    let mut owned: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    owners.for_each(|(owner, name)| owned.entry(owner).or_default().push(name));
    let roles = scope.fleet.spec.team.0.iter().filter_map(|(name, team)| {
        let group = team.group.as_ref()?;
        let policy = |action: &str, object: &str| {
            let role = format!("proj:{project}:{}", name.value);
            let text = format!("p, {role}, applications, {action}, {project}/{object}, allow");
            Traced::from(text).at(name.span)
        };
        let mut policies = vec![policy("get", "*")];
        let own = owned.get(name.value.as_str()).into_iter().flatten();
        policies.extend(own.map(|name| policy("sync", &scope.argo_name(name))));
        let groups = vec![Traced::from(&group.value.0).at(group.span)];
        Some(
            Traced::map()
                .with("name", Traced::from(&name.value).at(name.span))
                .with("groups", Traced::from(groups))
                .with("policies", Traced::from(policies)),
        )
    });
    some(roles.collect())
}

fn windows(scope: &Scope) -> Traced {
    let windows = &scope.environment.spec.window.0;
    some(
        windows
            .iter()
            .filter_map(|(name, at)| {
                let description = Traced::from(&name.value).at(name.span);
                Some(window(at)?.with("description", description))
            })
            .collect(),
    )
}

/// By hand everybody may still sync, unless the window is hard.
fn window(window: &Window) -> Option<Traced> {
    let (cron, length) = (window.cron.as_ref()?, window.length.as_ref()?);
    let kind = match &window.effect {
        Some(at) => Traced::from(at.value.as_str()).at(at.span),
        None => Traced::from(WindowEffect::Deny.as_str()).by_default("window"),
    };
    let mut one = Traced::map()
        .with("kind", kind)
        .with("schedule", Traced::from(&cron.value.0).at(cron.span))
        .with(
            "duration",
            Traced::from(length.value.to_string()).at(length.span),
        )
        .with("applications", Traced::from(vec![Traced::from("*")]));
    if let Some(zone) = &window.zone {
        one = one.with("timeZone", Traced::from(&zone.value.0).at(zone.span));
    }
    match &window.hard {
        Some(at) if at.value => Some(one),
        _ => Some(one.with("manualSync", Traced::from(true).by_default("window"))),
    }
}
