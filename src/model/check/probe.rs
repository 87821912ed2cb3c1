//! Probes: each asks something that can answer.

use super::{IMPOSSIBLE_PROBE, ports, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Fleet, Service};
use crate::source::SourceTree;
use crate::spec::language::Probe;
use crate::spec::problem::nearest;
use crate::spec::scalar::one_of;

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (_, service) in services(fleet) {
        let spec = &service.spec;
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
                self::probe(service, word, probe, diags);
            }
        }
    }
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
