//! Probes: each asks something that can answer.

use super::{IMPOSSIBLE_PROBE, PROBE_TIME, ports, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Fleet, Service};
use crate::source::SourceTree;
use crate::spec::field::At;
use crate::spec::language::Probe;
use crate::spec::problem::nearest;
use crate::spec::scalar::one_of;
use crate::spec::unit::Duration;

/// What holds where nothing is written.
const EVERY: Duration = Duration::seconds(10);
const TIMEOUT: Duration = Duration::seconds(1);

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (_, service) in services(fleet) {
        let spec = &service.spec;
        for (name, at) in [("drain", &spec.drain), ("grace", &spec.grace)] {
            diags.extend(at.as_ref().and_then(|at| whole_seconds(name, at)));
        }
        let own = [
            ("live", &spec.live),
            ("ready", &spec.ready),
            ("start", &spec.start),
        ];
        let beside = spec.sidecar.0.iter().flat_map(|(_, sidecar)| {
            [
                ("live", &sidecar.live),
                ("ready", &sidecar.ready),
                ("start", &sidecar.start),
            ]
        });
        for (word, probe) in own.into_iter().chain(beside) {
            if let Some(probe) = probe {
                times(word, probe, diags);
                self::probe(service, word, probe, diags);
            }
        }
    }
}

/// Times of which the kubelet makes others. Source: kubernetes `pkg/apis/core/v1/defaults.go`
/// (`SetDefaults_Probe`) and `pkg/kubelet/prober/worker.go`: one try at a time.
fn times(word: &str, probe: &Probe, diags: &mut Diagnostics) {
    let zero = [
        ("delay", &probe.delay, None),
        ("every", &probe.every, Some(EVERY)),
        ("timeout", &probe.timeout, Some(TIMEOUT)),
    ];
    for (name, at, default) in zero {
        let Some(at) = at else { continue };
        diags.extend(whole_seconds(name, at));
        if let Some(default) = default.filter(|_| at.value.0 == 0) {
            let message = format!("`{name}` is 0s, of which Kubernetes makes {default}");
            diags.push(
                Diagnostic::error(PROBE_TIME, message)
                    .at(at.span, "stands for the default")
                    .help(format!("write `{name}=\"{default}\"`, or another time")),
            );
        }
    }
    if let Some(timeout) = &probe.timeout {
        longer(word, probe, timeout, diags);
    }
}

fn longer(word: &str, probe: &Probe, timeout: &At<Duration>, diags: &mut Diagnostics) {
    let every = probe.every.as_ref().map_or(EVERY, |every| every.value);
    if every.0 == 0 || timeout.value <= every {
        return;
    }
    let message = format!(
        "`{word}` waits {} for an answer and asks every {every}: the next try waits, too",
        timeout.value
    );
    let finding = Diagnostic::warning(PROBE_TIME, message).at(timeout.span, "longer");
    let finding = match &probe.every {
        Some(at) => finding.at(at.span, "between tries"),
        None => finding,
    };
    diags.push(finding.help(format!(
        "write `timeout=\"{every}\"` at most, or `every=\"{}\"`",
        timeout.value
    )));
}

/// What is no number of whole seconds, which the field cannot hold.
fn whole_seconds(name: &str, at: &At<Duration>) -> Option<Diagnostic> {
    if at.value.0.is_multiple_of(1000) {
        return None;
    }
    let up = Duration::seconds(at.value.as_seconds());
    let message = format!(
        "`{name}` is {}, and Kubernetes counts whole seconds",
        at.value
    );
    let down = Duration::seconds(at.value.0 / 1000);
    let help = match down.0 {
        0 => format!("write `{name} \"{up}\"`"),
        _ => format!("write `{name} \"{down}\"` or `\"{up}\"`"),
    };
    Some(
        Diagnostic::error(PROBE_TIME, message)
            .at(at.span, "not in whole seconds")
            .help(help),
    )
}

fn probe(service: &Service, word: &str, probe: &Probe, diags: &mut Diagnostics) {
    if !probe.command.0.is_empty() {
        if let Some(path) = &probe.path {
            diags.push(
                Diagnostic::error(
                    IMPOSSIBLE_PROBE,
                    format!("`{word}` asks a path and runs a command"),
                )
                .at(path.span, "a path")
                .at(probe.command.0[0].span, "a command")
                .help("remove one of them"),
            );
        }
        return;
    }
    let ports = ports::given(service);
    let chosen = match &probe.port {
        None => ports.first(),
        Some(at) => {
            let text = at.value.0.as_str();
            let found = ports
                .iter()
                .find(|port| port.name == text || port.container.value.0.to_string() == text);
            if found.is_none() {
                diags.push(no_port(service, word, text, at.span, &ports));
                return;
            }
            found
        }
    };
    if probe.layer.is_default() {
        return;
    }
    match chosen {
        None => diags.push(
            Diagnostic::error(
                IMPOSSIBLE_PROBE,
                format!("`{word}` asks `{}`, which has no port", service.name.text),
            )
            .at(probe.span, "nothing to ask")
            .help(format!(
                "write `{word} {{ command \"/bin/check\" }}`, or give it a port"
            )),
        ),
        Some(port) if speaks_http(service, port.name) && probe.path.is_none() => diags.push(
            Diagnostic::error(
                IMPOSSIBLE_PROBE,
                format!("`{word}` asks the HTTP port `{}` without a path", port.name),
            )
            .at(probe.span, "needs a path")
            .help(format!("write `{word} \"/health\"`")),
        ),
        Some(_) => {}
    }
}

fn speaks_http(service: &Service, name: &str) -> bool {
    let extra = service
        .spec
        .port
        .0
        .iter()
        .find(|(port, _)| port.value == name);
    name == "http" || extra.is_some_and(|(_, port)| port.http.is_some())
}

fn no_port(
    service: &Service,
    word: &str,
    text: &str,
    span: crate::source::Span,
    ports: &[ports::Given],
) -> Diagnostic {
    let names: Vec<_> = ports.iter().map(|port| port.name).collect();
    let help = match nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "give the service a port: `http 8080`".to_string(),
        None => format!("use {}", one_of(&names)),
    };
    let message = format!(
        "`{word}` asks port `{text}`, which `{}` does not have",
        service.name.text
    );
    Diagnostic::error(IMPOSSIBLE_PROBE, message)
        .at(span, "no such port")
        .help(help)
}
