//! Probes: what is asked, how often, how long. Timing left out has Kubernetes' defaults.

use crate::draft::{Origin, Traced};
use crate::plan::ports::{PortPlan, Protocol};
use crate::plan::unit::Unit;
use crate::spec::field::At;
use crate::spec::language::Probe;
use crate::spec::unit::Duration;

/// The readiness probe: whether the first port answers at all where nothing else is said, since
/// requests come as soon as a pod counts as ready.
pub fn readiness(unit: &Unit, given: Option<&Probe>) -> Traced {
    match (given, first(unit)) {
        (None, Some(port)) => bare(port).from_origin(Origin::Spec(port.span)),
        _ => probe(unit, given, false),
    }
}

fn first<'u>(unit: &'u Unit) -> Option<&'u PortPlan> {
    let main = unit.ports.iter().find(|port| port.main);
    main.or(unit.ports.first())
}

/// The probe, or null. `by_default`: gRPC and TCP ports are asked even where nothing is said.
pub fn probe(unit: &Unit, given: Option<&Probe>, by_default: bool) -> Traced {
    let Some(port) = first(unit) else {
        return given
            .filter(|probe| !probe.command.0.is_empty())
            .map_or_else(Traced::default, |probe| timing(command(probe), probe));
    };
    match given {
        Some(probe) => match handler(unit, port, probe) {
            Some(handler) => timing(handler, probe),
            None => Traced::default(),
        },
        None if by_default && port.protocol != Protocol::Http => {
            bare(port).from_origin(Origin::Spec(port.span))
        }
        None => Traced::default(),
    }
}

fn command(probe: &Probe) -> Traced {
    let words = probe
        .command
        .0
        .iter()
        .map(|at| Traced::from(&at.value.0).at(at.span));
    Traced::from([(
        "exec",
        Traced::from([("command", Traced::from(words.collect::<Vec<_>>()))]),
    )])
}

fn handler(unit: &Unit, port: &PortPlan, probe: &Probe) -> Option<Traced> {
    if !probe.command.0.is_empty() {
        return Some(command(probe));
    }
    let chosen = probe.port.as_ref().and_then(|at| {
        unit.ports
            .iter()
            .find(|port| port.name == at.value.0 || port.container.to_string() == at.value.0)
    });
    let port = chosen.unwrap_or(port);
    match (&probe.path, port.protocol) {
        (Some(path), _) => Some(http(port, path, probe)),
        (None, Protocol::Http) => None,
        (None, _) => Some(bare(port)),
    }
}

fn http(port: &PortPlan, path: &At<crate::spec::text::UrlPath>, probe: &Probe) -> Traced {
    let get = Traced::map()
        .with("path", Traced::from(&path.value.0).at(path.span))
        .with("port", Traced::from(&port.name).at(port.span));
    let headers: Vec<_> = probe
        .headers
        .0
        .iter()
        .map(|(name, value)| {
            Traced::from([
                ("name", Traced::from(&name.value.0).at(name.span)),
                ("value", Traced::from(&value.value.0).at(value.span)),
            ])
        })
        .collect();
    let get = if headers.is_empty() {
        get
    } else {
        get.with("httpHeaders", Traced::from(headers))
    };
    Traced::from([("httpGet", get)])
}

/// gRPC probes take a number only (core/v1 `GRPCAction.port`).
fn bare(port: &PortPlan) -> Traced {
    match port.protocol {
        Protocol::Grpc => {
            let port = Traced::from(port.container).at(port.span);
            Traced::from([("grpc", Traced::from([("port", port)]))])
        }
        _ => {
            let port = Traced::from(&port.name).at(port.span);
            Traced::from([("tcpSocket", Traced::from([("port", port)]))])
        }
    }
}

fn timing(handler: Traced, probe: &Probe) -> Traced {
    let seconds = |probe: Traced, key: &str, at: &Option<At<Duration>>| match at {
        Some(at) => probe.with(key, Traced::from(at.value.as_seconds()).at(at.span)),
        None => probe,
    };
    let timed = match &probe.delay {
        Some(at) if at.value.as_seconds() == 0 => handler,
        delay => seconds(handler, "initialDelaySeconds", delay),
    };
    let timed = seconds(timed, "periodSeconds", &probe.every);
    let timed = seconds(timed, "timeoutSeconds", &probe.timeout);
    match &probe.tries {
        Some(at) => timed.with(
            "failureThreshold",
            Traced::from(u32::from(at.value.0)).at(at.span),
        ),
        None => timed,
    }
    .at(probe.span)
}

/// The longest that a pod may take until it is ready or given up, in seconds.
pub fn startup_seconds(unit: &Unit) -> u64 {
    let spec = unit.spec();
    let of = |probe: &Option<Probe>| {
        let Some(probe) = probe else { return 0 };
        let seconds =
            |at: &Option<At<Duration>>, or| at.as_ref().map_or(or, |at| at.value.as_seconds());
        let tries = probe.tries.as_ref().map_or(3, |at| u64::from(at.value.0));
        seconds(&probe.delay, 0) + seconds(&probe.every, 10) * tries
    };
    of(&spec.start) + of(&spec.ready).max(of(&spec.live)).max(30)
}
