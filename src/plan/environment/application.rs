//! Application: one for each service and component, one for the namespaces, and one for the
//! manifests of `also`. Argo CD applies them wave by wave when it installs the environment.

use super::publish::{Place, place};
use super::{ARGO_NAME_TOO_LONG, Part, also};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::{Origin, Traced};
use crate::model::{Installed, Service};
use crate::plan::analysis::is_called_apart;
use crate::plan::kind::KINDS;
use crate::plan::order::{ALSO, waves};
use crate::plan::scope::Scope;
use crate::plan::unit::{Unit, Workload};
use crate::plan::{Content, Planned};
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language;
use crate::spec::text::{Name, Prune, Repository, SyncMode};
use crate::syntax::yaml;
use crate::value::{Map, Str};

pub const PART: Part = Part {
    kind: "Application",
    template: "application",
    lower,
};

/// After the projects, before everything that runs in a namespace.
const NAMESPACES_WAVE: &str = "-1";

/// What Argo CD writes into a label.
const LONGEST: usize = 63;

/// What is different from one Application to the next.
struct App<'a> {
    /// Behind `<fleet>-<environment>-`.
    name: &'a str,
    span: Span,
    owner: Option<&'a At<Name>>,
    project: Str,
    wave: Str,
    sources: Vec<Traced>,
    /// Whether Argo CD may skip it when a commit touches other folders only.
    is_ours: bool,
    namespace: Traced,
    ignored: Vec<Traced>,
}

fn lower(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let Some(place) = place(scope) else {
        return Vec::new();
    };
    let waves = waves(scope);
    let wave = |name: &str| -> Str { waves.get(name).copied().unwrap_or(0).to_string().into() };
    let environment = scope.environment;
    let mut apps = vec![folder(scope, &place, "namespaces", NAMESPACES_WAVE.into())];
    if !environment.spec.also.0.is_empty() {
        apps.push(folder(scope, &place, ALSO, wave(ALSO)));
    }
    for installed in &environment.installs {
        let wave = wave(&installed.name.text);
        apps.extend(component(scope, &place, installed, wave, diags));
    }
    let services = environment.services.iter();
    apps.extend(services.map(|at| service(scope, &place, at, wave(&at.name.text))));
    apps.into_iter()
        .map(|app| planned(scope, app, diags))
        .collect()
}

/// A folder of the environment that belongs to no service.
fn folder<'a>(scope: &Scope, place: &Place, name: &'a str, wave: Str) -> App<'a> {
    App {
        name,
        span: scope.environment.name.span,
        owner: None,
        project: scope.namespace(),
        wave,
        sources: vec![place.source(scope, name)],
        is_ours: true,
        namespace: Traced::from(scope.namespace()).from_origin(scope.origin()),
        ignored: Vec::new(),
    }
}

fn service<'a>(scope: &Scope<'a>, place: &Place, service: &'a Service, wave: Str) -> App<'a> {
    let unit = Unit::new(*scope, service);
    let folder = format!("services/{}", unit.name);
    let namespace = Traced::from(&unit.namespace);
    App {
        name: &service.name.text,
        span: service.name.span,
        owner: service.spec.owner.as_ref(),
        project: scope.namespace(),
        wave,
        sources: vec![place.source(scope, &folder)],
        is_ours: true,
        namespace: match &service.spec.namespace {
            Some(at) => namespace.at(at.span),
            None => namespace.from_origin(scope.origin()),
        },
        ignored: ignored(&unit),
    }
}

/// What others write: the weights of a routed canary and the pod hash in the selectors of its
/// Services, the replicas under an autoscaler. Nothing else is ever ignored.
///
/// The hash has to be, because a server-side apply replaces a selector as a whole: each sync would
/// send the stable Service's requests to the canary's pods.
fn ignored(unit: &Unit) -> Vec<Traced> {
    let mut ignored = Vec::new();
    if unit.is_routed() {
        for kind in ["GRPCRoute", "HTTPRoute"] {
            let entry = Traced::map().with("group", "gateway.networking.k8s.io");
            let entry = entry.with("kind", kind);
            let weights = "jqPathExpressions";
            let path = ".spec.rules[].backendRefs[].weight";
            ignored.extend(of_kind(unit, kind, entry, weights, path));
        }
    }
    if unit.is_routed() || unit.is_blue_green() || is_called_apart(unit) {
        let entry = Traced::map().with("kind", "Service");
        let hash = "/spec/selector/rollouts-pod-template-hash";
        ignored.extend(of_kind(unit, "Service", entry, "jsonPointers", hash));
    }
    let (group, kind) = match unit.workload() {
        Workload::Rollout => ("argoproj.io", "Rollout"),
        Workload::Deployment => ("apps", "Deployment"),
        Workload::StatefulSet => ("apps", "StatefulSet"),
    };
    let entry = Traced::map().with("group", group).with("kind", kind);
    let scaler = "HorizontalPodAutoscaler";
    ignored.extend(of_kind(
        unit,
        scaler,
        entry,
        "jsonPointers",
        "/spec/replicas",
    ));
    ignored
}

/// An entry for each object of that kind, which bears its name.
fn of_kind(unit: &Unit, kind: &str, entry: Traced, how: &str, path: &str) -> Vec<Traced> {
    let row = KINDS.iter().find(|row| row.name == kind);
    let objects = row.map_or_else(Vec::new, |row| (row.lower)(unit));
    let one = |object: &Planned| {
        let paths = Traced::from(vec![Traced::from(path)]);
        let entry = entry.clone().with("name", name_of(object));
        entry.with(how, paths)
    };
    objects.iter().map(one).collect()
}

/// The name of an object that is still a draft.
fn name_of(planned: &Planned) -> Traced {
    let Content::Draft(draft) = &planned.content else {
        return Traced::default();
    };
    let crate::draft::Node::Map(entries) = &draft.context.node else {
        return Traced::default();
    };
    let name = entries.iter().find(|(key, _)| key == "name");
    name.map_or_else(Traced::default, |(_, name)| name.clone())
}

/// `None` where it has no release: without a version nothing is deployed.
fn component<'a>(
    scope: &Scope<'a>,
    place: &Place,
    installed: &'a Installed,
    wave: Str,
    diags: &mut Diagnostics,
) -> Option<App<'a>> {
    let component = scope.fleet.components.get(&installed.name.text)?;
    let version = installed.release.as_ref()?.version.as_ref()?;
    let revision = Traced::from(&version.value.0).at(version.span);
    let spec = &component.spec;
    let values = installed.spec.values.as_ref().or(spec.values.as_ref());
    let mut sources = vec![match (&spec.chart, &spec.directory) {
        (Some(chart), _) => {
            let values = values.and_then(|at| values_of(scope, at, diags));
            chart_source(chart, revision, values)?
        }
        (None, Some(directory)) => directory_source(directory, revision)?,
        (None, None) => return None,
    }];
    if !spec.also.0.is_empty() || !installed.spec.also.0.is_empty() {
        sources.push(place.source(scope, &also::folder(&component.name.text)));
    }
    let (namespace, origin) = scope.namespace_of_component(spec);
    Some(App {
        name: &component.name.text,
        span: component.name.span,
        owner: spec.owner.as_ref(),
        project: scope.argo_name("components"),
        wave,
        sources,
        is_ours: spec.directory.is_some(),
        namespace: Traced::from(namespace).from_origin(origin),
        ignored: Vec::new(),
    })
}

fn chart_source(
    chart: &language::Chart,
    revision: Traced,
    values: Option<Traced>,
) -> Option<Traced> {
    let (name, repository) = (chart.name.as_ref()?, chart.repository.as_ref()?);
    let source = Traced::map()
        .with("repoURL", charts(repository))
        .with("chart", Traced::from(&name.value.0).at(name.span))
        .with("targetRevision", revision);
    Some(match values {
        Some(values) => source.with("helm", Traced::map().with("valuesObject", values)),
        None => source,
    })
}

/// A repository of charts, as Applications and projects name it: one in a registry has no scheme.
pub(super) fn charts(repository: &At<Repository>) -> Traced {
    let address = repository.value.as_str();
    Traced::from(address.strip_prefix("oci://").unwrap_or(address)).at(repository.span)
}

fn directory_source(directory: &language::Directory, revision: Traced) -> Option<Traced> {
    let repository = directory.repository.as_ref()?;
    let path = match &directory.path {
        Some(at) => Traced::from(&at.value.0).at(at.span),
        None => Traced::from(".").by_default("path"),
    };
    Some(
        Traced::map()
            .with(
                "repoURL",
                Traced::from(&repository.value.0).at(repository.span),
            )
            .with("targetRevision", revision)
            .with("path", path),
    )
}

/// The values of a chart; `None` where the file holds none.
fn values_of(
    scope: &Scope,
    at: &At<crate::spec::text::AlsoPath>,
    diags: &mut Diagnostics,
) -> Option<Traced> {
    let path = format!("environments/{}", at.value.as_str());
    let file = scope.sources.find(&path)?;
    let tree = yaml::read(file, scope.sources.text(file), diags)?;
    let value = yaml::to_value(&tree);
    let is_empty = value.as_map().is_none_or(Map::is_empty);
    (!is_empty).then(|| Traced::of(&value, Origin::Spec(at.span)))
}

fn planned(scope: &Scope, app: App, diags: &mut Diagnostics) -> Planned {
    let name = scope.argo_name(app.name);
    check_length(&name, app.span, diags);
    let path = format!("apps/application-{}", app.name);
    let context = Traced::map()
        .with("name", Traced::from(&name).at(app.span))
        .with("labels", labels(scope, &app))
        .with("wave", app.wave)
        .with("isOurs", app.is_ours)
        .with("project", app.project)
        .with("sources", Traced::from(app.sources))
        .with("server", scope.server())
        .with("namespace", app.namespace)
        .with("ignored", Traced::from(app.ignored));
    let context = sync(scope, context);
    scope.planned(&path, PART.template, context, Origin::Spec(app.span))
}

fn check_length(name: &str, span: Span, diags: &mut Diagnostics) {
    if name.len() > LONGEST {
        let message = format!(
            "Argo CD would call this `{name}`: {} characters, at most {LONGEST} are allowed",
            name.len()
        );
        diags.push(
            Diagnostic::error(ARGO_NAME_TOO_LONG, message)
                .at(span, "too long with the names of fleet and environment")
                .help("shorten the name of the fleet, of the environment or this one"),
        );
    }
}

fn labels(scope: &Scope, app: &App) -> Traced {
    let name = Traced::from(app.name).at(app.span);
    let labels = scope.labels().with("app.kubernetes.io/name", name);
    match app.owner {
        Some(at) => labels.with("tiphys.dev/owner", Traced::from(&at.value.0).at(at.span)),
        None => labels,
    }
}

/// Without a word Argo CD syncs by itself and asks before it removes something.
fn sync(scope: &Scope, context: Traced) -> Traced {
    let sync = scope.environment.spec.sync.as_ref();
    let mode = sync.and_then(|sync| sync.mode.as_ref());
    let prune = sync.and_then(|sync| sync.prune.as_ref());
    let origin = match prune {
        Some(at) => Origin::Spec(at.span),
        None => Origin::Default("prune"),
    };
    let is_auto = mode.is_none_or(|at| at.value == SyncMode::Auto);
    let prune = prune.map_or(Prune::Confirm, |at| at.value);
    let option = match prune {
        Prune::Auto => Traced::default(),
        Prune::Confirm => Traced::from("Prune=confirm").from_origin(origin),
        Prune::Never => Traced::from("Prune=false").from_origin(origin),
    };
    let automated = match (is_auto, prune) {
        (false, _) => Traced::default(),
        (true, Prune::Never) => Traced::map().with("selfHeal", true),
        (true, _) => Traced::map()
            .with("prune", Traced::from(true).from_origin(origin))
            .with("selfHeal", true),
    };
    context
        .with("automated", automated)
        .with("pruneOption", option)
        .with("isCascading", prune != Prune::Never)
}
