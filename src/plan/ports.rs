//! The ports of a service, in one list.

use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::{Port, Service, ServicePort};
use crate::value::Str;

/// What a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Http,
    Grpc,
    Tcp,
}

impl Protocol {
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Http => "http",
            Protocol::Grpc => "grpc",
            Protocol::Tcp => "tcp",
        }
    }

    /// `appProtocol` of a Service port (Kubernetes and Istio know these names).
    pub fn app_protocol(self) -> &'static str {
        match self {
            Protocol::Http => "http",
            Protocol::Grpc => "grpc",
            Protocol::Tcp => "tcp",
        }
    }
}

/// One port of a service.
#[derive(Clone, Debug)]
pub struct PortPlan {
    /// `http`, `grpc`, `tcp`, or the name of a further one.
    pub name: Str,
    pub protocol: Protocol,
    /// In the container.
    pub container: u16,
    /// Of the Service.
    pub service: u16,
    /// Whether it is one of the unnamed three.
    pub main: bool,
    pub span: Span,
}

impl PortPlan {
    /// The port that only the scraper reaches.
    pub fn is_metrics(&self) -> bool {
        self.name == "metrics"
    }
}

/// The unnamed ports first (`http`, `grpc`, `tcp`), then the further ones in their order.
pub fn ports(service: &Service) -> Vec<PortPlan> {
    let mut ports = Vec::new();
    let main = [
        (&service.http, Protocol::Http),
        (&service.grpc, Protocol::Grpc),
        (&service.tcp, Protocol::Tcp),
    ];
    for (port, protocol) in main {
        ports.extend(port.as_ref().and_then(|port| main_port(port, protocol)));
    }
    for (name, port) in &service.port.0 {
        let choices = [
            (&port.http, Protocol::Http),
            (&port.grpc, Protocol::Grpc),
            (&port.tcp, Protocol::Tcp),
        ];
        let chosen = choices
            .into_iter()
            .find_map(|(at, protocol)| Some((at.as_ref()?, protocol)));
        let Some((container, protocol)) = chosen else {
            continue;
        };
        ports.push(PortPlan {
            name: name.value.clone(),
            protocol,
            container: container.value.0,
            service: served(container, &port.as_port),
            main: false,
            span: container.span,
        });
    }
    ports
}

fn main_port(port: &ServicePort, protocol: Protocol) -> Option<PortPlan> {
    let container = port.port.as_ref()?;
    Some(PortPlan {
        name: protocol.as_str().into(),
        protocol,
        container: container.value.0,
        service: served(container, &port.as_port),
        main: true,
        span: container.span,
    })
}

fn served(container: &At<Port>, as_port: &Option<At<Port>>) -> u16 {
    as_port.as_ref().unwrap_or(container).value.0
}
