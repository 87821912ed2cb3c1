//! What a rule sees: the merged service, environment or component as plain data.
//!
//! Every value knows where it is written, so that a finding can be reported there. The shapes are
//! described in `docs/policies.md`; absent fields are absent, never null.

use crate::draft::{Node, Origin, Traced};
use crate::model::Component;
use crate::plan::analysis::phases;
use crate::plan::delivery::Delivery;
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::field::{At, Named};
use crate::spec::language::{Container, Probe, Rollout, Service};

/// A map without its absent entries.
fn map<const N: usize>(entries: [(&str, Option<Traced>); N]) -> Traced {
    let entries = entries.into_iter();
    entries.fold(Traced::map(), |map, (key, value)| match value {
        Some(value) => map.with(key, value),
        None => map,
    })
}

fn shown<T: std::fmt::Display>(at: &Option<At<T>>) -> Option<Traced> {
    at.as_ref()
        .map(|at| Traced::from(at.value.to_string()).at(at.span))
}

/// The nearest written place at or above a JSON pointer.
pub fn place(root: &Traced, pointer: &str) -> Option<Span> {
    let mut best = written(root);
    let mut here = root;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        let next = match &here.node {
            Node::Map(entries) => entries
                .iter()
                .find(|(key, _)| *key == step)
                .map(|(_, value)| value),
            Node::List(list) => step.parse::<usize>().ok().and_then(|at| list.get(at)),
            _ => None,
        };
        let Some(next) = next else { break };
        best = written(next).or(best);
        here = next;
    }
    best
}

fn written(value: &Traced) -> Option<Span> {
    match value.origin {
        Origin::Spec(span) => Some(span),
        _ => None,
    }
}

/// A service in its environment.
pub fn service(unit: &Unit) -> Traced {
    let spec = unit.spec();
    let owner = spec.owner.as_ref();
    let tier = spec.tier.as_ref();
    let start = spec.start.as_ref();
    let api = spec.kubernetes_api.as_ref();
    map([
        ("name", Some(Traced::from(&unit.name).at(unit.span()))),
        (
            "environment",
            Some(Traced::from(&unit.scope.environment.name.text)),
        ),
        ("namespace", Some(Traced::from(&unit.namespace))),
        (
            "owner",
            owner.map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        ("team", team(unit)),
        (
            "tier",
            tier.map(|at| Traced::from(at.value.as_str()).at(at.span)),
        ),
        ("image", Some(image(unit))),
        ("containers", Some(containers(&[&spec.init, &spec.sidecar]))),
        ("serves", Some(Traced::from(!unit.ports.is_empty()))),
        ("ports", Some(ports(unit))),
        ("live", probe(unit, &spec.live)),
        ("ready", probe(unit, &spec.ready)),
        ("start", start.map(|probe| Traced::map().at(probe.span))),
        ("replicas", Some(replicas(unit))),
        ("exposed", Some(Traced::from(spec.expose.is_some()))),
        ("calls", Some(calls(spec))),
        ("external", Some(external(spec))),
        ("slo", slo(unit)),
        ("rollout", Some(rollout(&spec.rollout))),
        ("criteria", criteria(unit)),
        ("asked", asked(unit)),
        ("config", Some(config(spec))),
        ("secrets", Some(secrets(spec))),
        ("volumes", Some(volumes(unit))),
        (
            "kubernetesApi",
            Some(Traced::from(api.is_some_and(|at| at.value))),
        ),
    ])
    .at(unit.span())
}

fn replicas(unit: &Unit) -> Traced {
    let (min, max) = unit.replicas;
    Traced::from([("min", min.into()), ("max", max.into())])
}

fn names<'a>(list: impl Iterator<Item = (&'a str, Span)>) -> Traced {
    Traced::from(
        list.map(|(name, span)| Traced::from(name).at(span))
            .collect::<Vec<_>>(),
    )
}

fn calls(spec: &Service) -> Traced {
    names(
        spec.calls
            .0
            .iter()
            .map(|(callee, _)| (callee.value.as_str(), callee.span)),
    )
}

fn external(spec: &Service) -> Traced {
    names(
        spec.external
            .0
            .iter()
            .map(|at| (at.value.as_str(), at.span)),
    )
}

fn secrets(spec: &Service) -> Traced {
    names(
        spec.secret
            .0
            .iter()
            .map(|(name, _)| (name.value.as_str(), name.span)),
    )
}

fn config(spec: &Service) -> Traced {
    spec.config
        .0
        .iter()
        .fold(Traced::map(), |map, (key, value)| {
            map.with(
                key.value.as_str(),
                Traced::from(&value.value.0).at(value.span),
            )
        })
}

fn team(unit: &Unit) -> Option<Traced> {
    let owner = unit.spec().owner.as_ref()?;
    let teams = &unit.scope.fleet.spec.team.0;
    let (name, team) = teams.iter().find(|(name, _)| name.value == owner.value.0)?;
    let approvers = team
        .approvers
        .0
        .iter()
        .map(|at| Traced::from(&at.value.0).at(at.span));
    let view = map([
        ("name", Some(Traced::from(&name.value))),
        (
            "oncall",
            team.oncall
                .as_ref()
                .map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        (
            "group",
            team.group
                .as_ref()
                .map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        (
            "approvers",
            Some(Traced::from(approvers.collect::<Vec<_>>())),
        ),
    ]);
    Some(view.at(name.span))
}

/// The repository of a service's image; nothing where none is derivable.
pub fn repository(unit: &Unit) -> Option<(String, Span)> {
    match (&unit.spec().image, &unit.scope.fleet.spec.images) {
        (Some(at), _) => Some((at.value.0.to_string(), at.span)),
        (None, Some(at)) => Some((format!("{}/{}", at.value.as_str(), unit.name), at.span)),
        (None, None) => None,
    }
}

fn image(unit: &Unit) -> Traced {
    let release = unit.service.release.as_ref();
    let version = release.and_then(|release| release.version.as_ref());
    let digest = release.and_then(|release| release.digest.as_ref());
    let image = map([
        (
            "repository",
            repository(unit).map(|(text, span)| Traced::from(text).at(span)),
        ),
        (
            "version",
            version.map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        (
            "digest",
            digest.map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
    ]);
    match release {
        Some(release) => image.at(release.span),
        None => image,
    }
}

fn containers(groups: &[&Named<Container>]) -> Traced {
    let all = groups.iter().flat_map(|group| &group.0);
    all.fold(Traced::map(), |map_, (name, container)| {
        let image = container.image.as_ref();
        let view = map([(
            "image",
            image.map(|at| Traced::from(&at.value.0).at(at.span)),
        )]);
        map_.with(&name.value, view.at(name.span))
    })
}

fn ports(unit: &Unit) -> Traced {
    unit.ports.iter().fold(Traced::map(), |map, port| {
        let view = Traced::from([
            ("protocol", Traced::from(port.protocol.as_str())),
            ("container", Traced::from(port.container)),
            ("service", Traced::from(port.service)),
        ]);
        map.with(&port.name, view.at(port.span))
    })
}

/// gRPC and TCP ports are asked even where nothing is said.
fn probe(unit: &Unit, probe: &Option<Probe>) -> Option<Traced> {
    let main = unit.ports.iter().find(|port| port.main);
    let by_itself = main.is_some_and(|port| port.protocol.as_str() != "http");
    match probe {
        Some(probe) => {
            let path = probe
                .path
                .as_ref()
                .map(|at| Traced::from(&at.value.0).at(at.span));
            Some(map([("path", path)]).at(probe.span))
        }
        None => by_itself.then(Traced::map),
    }
}

fn slo(unit: &Unit) -> Option<Traced> {
    let slo = unit.spec().slo.as_ref()?;
    let view = map([
        ("availability", shown(&slo.availability)),
        ("window", shown(&slo.window)),
        ("p95", shown(&slo.p95)),
    ]);
    Some(view.at(slo.span))
}

fn rollout(rollout: &Option<Rollout>) -> Traced {
    let Some(rollout) = rollout else {
        return Traced::from("canary");
    };
    let word = match rollout {
        Rollout::Canary(_) => "canary",
        Rollout::BlueGreen(_) => "blue-green",
        Rollout::Rolling(_) => "rolling",
        Rollout::Recreate(_) => "recreate",
    };
    Traced::from(word).at(rollout.span())
}

/// What is measured of a new version, each once; absent where none is judged.
fn criteria(unit: &Unit) -> Option<Traced> {
    let delivery = Delivery::of(unit)?;
    let mut names: Vec<String> = Vec::new();
    for phase in phases(unit, &delivery) {
        for criterion in &phase.criteria {
            let name = criterion.check.name().to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let names = names.into_iter().map(Traced::from);
    let list = Traced::from(names.collect::<Vec<_>>());
    Some(match unit.spec().rollout.as_ref() {
        Some(rollout) => list.at(rollout.span()),
        None => list,
    })
}

/// What the service itself asks of a new version, measurable or not.
fn asked(unit: &Unit) -> Option<Traced> {
    let own: Vec<_> = match Delivery::of(unit)? {
        Delivery::Canary { require, .. } => require,
        Delivery::BlueGreen { before, after, .. } => before.into_iter().chain(after).collect(),
    };
    let own = own.into_iter().filter(|one| one.is_own);
    let names = own.map(|one| Traced::from(one.check.name().to_string()));
    Some(Traced::from(names.collect::<Vec<_>>()))
}

fn volumes(unit: &Unit) -> Traced {
    unit.spec()
        .volume
        .0
        .iter()
        .fold(Traced::map(), |all, (name, volume)| {
            let view = map([
                (
                    "mount",
                    volume
                        .mount
                        .as_ref()
                        .map(|at| Traced::from(&at.value.0).at(at.span)),
                ),
                (
                    "claim",
                    volume
                        .claim
                        .as_ref()
                        .map(|at| Traced::from(&at.value.0).at(at.span)),
                ),
                ("size", shown(&volume.size)),
            ]);
            all.with(&name.value, view.at(name.span))
        })
}

/// An environment.
pub fn environment(scope: &Scope) -> Traced {
    let (name, spec) = (&scope.environment.name, &scope.environment.spec);
    let cluster = spec.cluster.as_ref();
    let zones = cluster.and_then(|cluster| cluster.zones.as_ref());
    let zones = zones.map_or(Traced::from(1u32), |at| {
        Traced::from(u32::from(at.value.0)).at(at.span)
    });
    let server = cluster.and_then(|cluster| cluster.server.as_ref());
    let sync = spec.sync.as_ref();
    let mode = sync.and_then(|sync| sync.mode.as_ref());
    let prune = sync.and_then(|sync| sync.prune.as_ref());
    let quota = spec.quota.as_ref().map(|quota| {
        let pods = quota
            .pods
            .as_ref()
            .map(|at| Traced::from(at.value.0).at(at.span));
        map([
            ("cpu", shown(&quota.cpu)),
            ("memory", shown(&quota.memory)),
            ("pods", pods),
        ])
        .at(quota.span)
    });
    let objective = spec.objective.as_ref().map(|objective| {
        map([
            ("deploy", shown(&objective.deploy)),
            ("rollback", shown(&objective.rollback)),
            ("abort", shown(&objective.abort)),
        ])
        .at(objective.span)
    });
    let services = scope.environment.services.iter();
    let services = services.map(|one| Traced::from(&one.name.text).at(one.deployed));
    let windows = spec
        .window
        .0
        .iter()
        .map(|(name, window)| Traced::from(&name.value).at(window.span));
    map([
        ("name", Some(Traced::from(&name.text).at(name.span))),
        (
            "server",
            server.map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        ("zones", Some(zones)),
        (
            "sync",
            mode.map(|at| Traced::from(at.value.as_str()).at(at.span)),
        ),
        (
            "prune",
            prune.map(|at| Traced::from(at.value.as_str()).at(at.span)),
        ),
        ("quota", quota),
        ("objective", objective),
        ("windows", Some(Traced::from(windows.collect::<Vec<_>>()))),
        ("services", Some(Traced::from(services.collect::<Vec<_>>()))),
        ("metrics", Some(Traced::from(spec.metrics.is_some()))),
    ])
    .at(name.span)
}

/// A component that is installed.
pub fn component(component: &Component, version: Option<(&str, Span)>) -> Traced {
    let (name, spec) = (&component.name, &component.spec);
    let chart = spec.chart.as_ref();
    let directory = spec.directory.as_ref();
    let repository = chart
        .and_then(|chart| chart.repository.as_ref())
        .or(directory.and_then(|directory| directory.repository.as_ref()));
    let namespace = spec.namespace.as_ref();
    let source = if chart.is_some() {
        "chart"
    } else {
        "directory"
    };
    map([
        ("name", Some(Traced::from(&name.text).at(name.span))),
        (
            "owner",
            spec.owner
                .as_ref()
                .map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        ("source", Some(Traced::from(source))),
        (
            "repository",
            repository.map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        (
            "namespace",
            namespace
                .and_then(|one| one.name.as_ref())
                .map(|at| Traced::from(&at.value.0).at(at.span)),
        ),
        (
            "pods",
            namespace
                .and_then(|one| one.pods.as_ref())
                .map(|at| Traced::from(at.value.as_str()).at(at.span)),
        ),
        (
            "version",
            version.map(|(text, span)| Traced::from(text).at(span)),
        ),
    ])
    .at(name.span)
}
