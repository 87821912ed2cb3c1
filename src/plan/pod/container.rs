//! Containers: the service's own, those before it and those beside it.

use super::{drain, probe, volume};
use crate::draft::{Origin, Traced};
use crate::plan::unit::Unit;
use crate::spec::field::{At, Named, Sequence, Strings};
use crate::spec::language::Container;
use crate::spec::text::{EnvName, Text};
use crate::spec::unit::{Cpu, Memory, Range};
use crate::value::Str;

/// What a container gets where nothing is said.
const CPU: Range<Cpu> = Range {
    request: Cpu(100),
    limit: Some(Cpu(500)),
};
const MEMORY: Range<Memory> = Range {
    request: Memory(128 << 20),
    limit: None,
};

/// `initContainers` where there are some, then `containers`.
pub fn groups(unit: &Unit) -> Traced {
    let group = |key: &str, list: Vec<Traced>| {
        Traced::from([("key", Traced::from(key)), ("list", Traced::from(list))])
    };
    let others = |containers: &Named<Container>, beside: bool| {
        containers
            .0
            .iter()
            .map(|(name, one)| other(unit, name, one, beside))
            .collect::<Vec<_>>()
    };
    let mut groups = Vec::new();
    let before = others(&unit.spec().init, false);
    if !before.is_empty() {
        groups.push(group("initContainers", before));
    }
    let mut main = vec![own(unit)];
    main.extend(others(&unit.spec().sidecar, true));
    groups.push(group("containers", main));
    Traced::from(groups)
}

fn own(unit: &Unit) -> Traced {
    let spec = unit.spec();
    let size = spec.size.as_ref();
    let ports = unit.ports.iter().map(|port| {
        Traced::from([
            ("name", Traced::from(&port.name).at(port.span)),
            ("containerPort", Traced::from(port.container).at(port.span)),
        ])
    });
    let drain =
        drain(unit).map(|(time, origin)| Traced::from(time.as_seconds()).from_origin(origin));
    Traced::map()
        .with("name", Traced::from(&unit.name).at(unit.span()))
        .with("image", image(unit))
        .with("command", texts(&spec.command))
        .with("args", texts(&spec.args))
        .with("env", env(unit))
        .with("ports", Traced::from(ports.collect::<Vec<_>>()))
        .with(
            "resources",
            resources(
                size.and_then(|s| s.cpu.as_ref()),
                size.and_then(|s| s.memory.as_ref()),
            ),
        )
        .with("live", probe::probe(unit, spec.live.as_ref(), true))
        .with("ready", probe::readiness(unit, spec.ready.as_ref()))
        .with("start", probe::probe(unit, spec.start.as_ref(), false))
        .with("drain", drain)
        .with("mounts", volume::mounts(unit))
}

/// An init container or a sidecar. It sees the service's volumes and user, not its `config`.
fn other(unit: &Unit, name: &At<Str>, one: &Container, beside: bool) -> Traced {
    let (own, service) = (one.size.as_ref(), unit.spec().size.as_ref());
    let cpu = own
        .and_then(|s| s.cpu.as_ref())
        .or(service.and_then(|s| s.cpu.as_ref()));
    let memory = own
        .and_then(|s| s.memory.as_ref())
        .or(service.and_then(|s| s.memory.as_ref()));
    let image = one
        .image
        .as_ref()
        .map(|at| Traced::from(&at.value.0).at(at.span));
    let probe = |given| {
        if beside {
            probe::probe(unit, given, false)
        } else {
            Traced::default()
        }
    };
    Traced::map()
        .with("name", Traced::from(&name.value).at(name.span))
        .with("image", image)
        .with("command", texts(&one.command))
        .with("args", texts(&one.args))
        .with("env", Traced::from(plain(&one.config)))
        .with("ports", Traced::list())
        .with("resources", resources(cpu, memory))
        .with("live", probe(one.live.as_ref()))
        .with("ready", probe(one.ready.as_ref()))
        .with("start", probe(one.start.as_ref()))
        .with("drain", Traced::default())
        .with("mounts", volume::mounts(unit))
}

/// `<repository>:<version>@<digest>`.
fn image(unit: &Unit) -> Traced {
    let repository = match (&unit.spec().image, &unit.scope.fleet.spec.images) {
        (Some(at), _) => at.value.0.to_string(),
        (None, Some(images)) => format!("{}/{}", images.value.as_str(), unit.name),
        (None, None) => return Traced::default(),
    };
    let release = unit.service.release.as_ref();
    let version = release.and_then(|release| release.version.as_ref());
    let digest = release.and_then(|release| release.digest.as_ref());
    let (Some(version), Some(digest)) = (version, digest) else {
        return Traced::default();
    };
    let image = format!(
        "{repository}:{}@{}",
        version.value.as_str(),
        digest.value.as_str()
    );
    Traced::from(image).at(digest.span)
}

fn texts(sequence: &Sequence<Text>) -> Traced {
    if sequence.0.is_empty() {
        return Traced::default();
    }
    let texts = sequence
        .0
        .iter()
        .map(|at| Traced::from(&at.value.0).at(at.span));
    Traced::from(texts.collect::<Vec<_>>())
}

fn plain(config: &Strings<EnvName, Text>) -> Vec<Traced> {
    let one = |(name, value): &(At<EnvName>, At<Text>)| {
        Traced::from([
            ("name", Traced::from(&name.value.0).at(name.span)),
            ("value", Traced::from(&value.value.0).at(value.span)),
        ])
    };
    config.0.iter().map(one).collect()
}

/// Addresses of callees, then secrets, then `config`; a later name never repeats an earlier one.
fn env(unit: &Unit) -> Traced {
    let mut env: Vec<Traced> = unit
        .spec()
        .calls
        .0
        .iter()
        .filter_map(|(callee, variable)| {
            let variable = variable.as_ref()?;
            let address = unit.address_of(&callee.value.0)?;
            Some(Traced::from([
                ("name", Traced::from(&variable.value.0).at(variable.span)),
                ("value", Traced::from(address).at(callee.span)),
            ]))
        })
        .collect();
    for (secret, content) in &unit.spec().secret.0 {
        for (variable, key) in &content.env.0 {
            env.push(Traced::from([
                ("name", Traced::from(&variable.value.0).at(variable.span)),
                (
                    "secret",
                    Traced::from(unit.suffixed(&secret.value)).at(secret.span),
                ),
                ("key", Traced::from(&variable.value.0).at(key.span)),
            ]));
        }
    }
    env.extend(plain(&unit.spec().config));
    Traced::from(env)
}

/// One value of memory is request and limit; one of cpu is the request.
fn resources(cpu: Option<&At<Range<Cpu>>>, memory: Option<&At<Range<Memory>>>) -> Traced {
    let (cpu, cpu_origin) = cpu.map_or((CPU, Origin::Default("size")), |at| {
        (at.value, Origin::Spec(at.span))
    });
    let (memory, memory_origin) = memory.map_or((MEMORY, Origin::Default("size")), |at| {
        (at.value, Origin::Spec(at.span))
    });
    let text = |text: String, origin| Traced::from(text).from_origin(origin);
    let mut limits = Traced::map();
    if let Some(limit) = cpu.limit {
        limits = limits.with("cpu", text(limit.to_string(), cpu_origin));
    }
    let limits = limits.with(
        "memory",
        text(
            memory.limit.unwrap_or(memory.request).to_string(),
            memory_origin,
        ),
    );
    Traced::from([
        (
            "requests",
            Traced::from([
                ("cpu", text(cpu.request.to_string(), cpu_origin)),
                ("memory", text(memory.request.to_string(), memory_origin)),
            ]),
        ),
        ("limits", limits),
    ])
}
