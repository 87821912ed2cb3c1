//! Ports: each says one protocol, and no two share a number or a name.

use super::{DUPLICATE_PORT, EXCLUSIVE_FIELDS, missing, services};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Fleet, Service};
use crate::source::{SourceTree, Span};
use crate::spec::field::At;
use crate::spec::language::{ExtraPort, Port};
use crate::spec::problem::WRONG_FORM;
use crate::spec::scalar::{Scalar, one_of};
use crate::spec::text::PortName;

/// One port, as checks see it.
pub struct Given<'a> {
    pub name: &'a str,
    pub container: &'a At<Port>,
    pub service: &'a At<Port>,
}

pub fn check(fleet: &Fleet, _: &SourceTree, diags: &mut Diagnostics) {
    for (_, service) in services(fleet) {
        main(service, diags);
        for (name, port) in &service.spec.port.0 {
            protocol(&name.value, name.span, port, diags);
            self::name(&name.value, name.span, diags);
        }
        duplicates(service, diags);
    }
}

/// Every port that says its number.
pub fn given(service: &Service) -> Vec<Given<'_>> {
    let spec = &service.spec;
    let main = [
        ("http", &spec.http),
        ("grpc", &spec.grpc),
        ("tcp", &spec.tcp),
    ];
    let main = main.into_iter().filter_map(|(name, port)| {
        let port = port.as_ref()?;
        let container = port.port.as_ref()?;
        Some(Given {
            name,
            container,
            service: port.as_port.as_ref().unwrap_or(container),
        })
    });
    let extra = spec.port.0.iter().filter_map(|(name, port)| {
        let container = protocols(port).into_iter().find_map(|(_, at)| at)?;
        let name = name.value.as_str();
        Some(Given {
            name,
            container,
            service: port.as_port.as_ref().unwrap_or(container),
        })
    });
    main.chain(extra).collect()
}

fn protocols(port: &ExtraPort) -> [(&'static str, Option<&At<Port>>); 3] {
    [
        ("http", port.http.as_ref()),
        ("grpc", port.grpc.as_ref()),
        ("tcp", port.tcp.as_ref()),
    ]
}

fn main(service: &Service, diags: &mut Diagnostics) {
    let spec = &service.spec;
    for (name, port) in [
        ("http", &spec.http),
        ("grpc", &spec.grpc),
        ("tcp", &spec.tcp),
    ] {
        if let Some(port) = port
            && port.port.is_none()
        {
            let what = format!("`{name}` does not say which port of the container it is");
            diags.push(missing(port.span, what, &format!("{name} 8080")));
        }
    }
}

fn protocol(name: &str, span: Span, port: &ExtraPort, diags: &mut Diagnostics) {
    let given: Vec<_> = protocols(port)
        .into_iter()
        .filter_map(|(word, at)| Some((word, at?.span)))
        .collect();
    let finding = match given[..] {
        [_] => return,
        [] => Diagnostic::error(
            EXCLUSIVE_FIELDS,
            format!("the port `{name}` does not say what it speaks"),
        )
        .at(span, "no protocol"),
        _ => {
            let words: Vec<_> = given.iter().map(|(word, _)| *word).collect();
            let words = one_of(&words).replace(" or ", " and ");
            let message = format!("the port `{name}` speaks {words} at once");
            given.iter().fold(
                Diagnostic::error(EXCLUSIVE_FIELDS, message),
                |finding, (word, span)| finding.at(*span, format!("speaks {word}")),
            )
        }
    };
    diags.push(finding.help(format!("write one protocol: `port \"{name}\" http=9090`")));
}

fn name(name: &str, span: Span, diags: &mut Diagnostics) {
    let wrong = PortName::parse(name).err();
    let double = name.contains("--").then(|| "expected no `--`".to_string());
    if let Some(why) = wrong.or(double) {
        diags.push(
            Diagnostic::error(WRONG_FORM, format!("`{name}` is not a port's name: {why}"))
                .at(span, why)
                .help("write a short word, such as `metrics`"),
        );
    }
}

fn duplicates(service: &Service, diags: &mut Diagnostics) {
    let ports = given(service);
    for (at, port) in ports.iter().enumerate() {
        let same =
            |what: fn(&Given, &Given) -> bool| ports[..at].iter().find(|first| what(first, port));
        if let Some(first) = same(|a, b| a.container.value == b.container.value) {
            let number = port.container.value.0;
            diags.push(twice(
                &format!("port {number} in the container"),
                port.container.span,
                first.container.span,
            ));
        } else if let Some(first) = same(|a, b| a.service.value == b.service.value) {
            let number = port.service.value.0;
            diags.push(twice(
                &format!("port {number} of the Service"),
                port.service.span,
                first.service.span,
            ));
        }
        if let Some(first) = same(|a, b| a.name == b.name) {
            let span = service
                .spec
                .port
                .0
                .iter()
                .find(|(name, _)| name.value == port.name);
            let span = span.map_or(port.container.span, |(name, _)| name.span);
            diags.push(twice(
                &format!("the port name `{}`", port.name),
                span,
                first.container.span,
            ));
        }
    }
}

fn twice(what: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::error(DUPLICATE_PORT, format!("{what} is given twice"))
        .at(second, "given again here")
        .at(first, "first given here")
        .help("give each port its own number and name")
}
