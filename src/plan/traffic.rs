//! Which way requests take to a service, and who shifts their weight.

use super::ports::{PortPlan, Protocol};
use super::scope::Scope;
use crate::source::Span;
use crate::spec::field::{At, Sequence};
use crate::spec::language::{Expose, Service, Traffic};
use crate::spec::text::{Convention, Mesh, Namespaced};
use crate::spec::unit::Duration;
use crate::value::Str;

/// What shifts the weight of a canary.
#[derive(Clone, Copy, Debug)]
pub enum Router<'a> {
    /// Routes of the Gateway API whose parent is a Gateway.
    Gateway(&'a At<Namespaced>),
    /// An Ingress of ingress-nginx.
    Nginx(&'a At<Namespaced>),
    /// Routes of the Gateway API whose parent is the Service.
    Mesh(&'a At<Mesh>),
}

/// How requests reach one service.
#[derive(Clone, Debug)]
pub struct TrafficPlan<'a> {
    pub router: Router<'a>,
    /// The environment's name for it.
    pub name: &'a str,
    /// The port that is routed: the first that speaks HTTP or gRPC.
    pub port: PortPlan,
    /// How its metrics are named; `None` where nothing says so.
    pub convention: Option<(Convention, Option<Span>)>,
    /// Upper bounds of its latency buckets; empty where they are the convention's.
    pub buckets: &'a Sequence<Duration>,
    /// `None` for what is not exposed.
    pub exposed: Option<Exposed>,
    /// The mesh of the environment, if it has one: routes then have the Service as a parent too.
    pub mesh: Option<Mesh>,
}

/// What the world calls a service.
#[derive(Clone, Debug)]
pub struct Exposed {
    pub host: Str,
    /// Where the host is written; the domain or the `expose` where it is not.
    pub host_span: Span,
    pub path: Str,
    pub path_span: Span,
    pub span: Span,
}

/// The environment's mesh, if it has one.
pub fn mesh<'a>(scope: &Scope<'a>) -> Option<(&'a str, &'a Traffic, &'a At<Mesh>)> {
    let traffic = &scope.environment.spec.traffic.0;
    traffic
        .iter()
        .find_map(|(name, traffic)| Some((name.value.as_str(), traffic, traffic.mesh.as_ref()?)))
}

/// The traffic that an `expose` names, or the only one that leads in.
pub fn entrance<'a>(scope: &Scope<'a>, expose: &Expose) -> Option<(&'a str, &'a Traffic)> {
    let mut entrances = scope
        .environment
        .spec
        .traffic
        .0
        .iter()
        .filter(|(_, traffic)| traffic.mesh.is_none());
    let chosen = match &expose.via {
        Some(via) => entrances.find(|(name, _)| name.value == via.value.0),
        None => entrances.next().filter(|_| entrances.next().is_none()),
    };
    chosen.map(|(name, traffic)| (name.value.as_str(), traffic))
}

/// `None` for workers, for TCP, and where the environment has no traffic for it.
pub fn traffic<'a>(
    scope: &Scope<'a>,
    service: &'a Service,
    ports: &[PortPlan],
) -> Option<TrafficPlan<'a>> {
    let port = ports
        .iter()
        .find(|port| port.main && port.protocol != Protocol::Tcp)?
        .clone();
    let mesh = mesh(scope);
    let (name, traffic, exposed) = match &service.expose {
        Some(expose) => {
            let (name, traffic) = entrance(scope, expose)?;
            (name, traffic, Some(exposed(expose, traffic)?))
        }
        None => {
            let (name, traffic, _) = mesh?;
            (name, traffic, None)
        }
    };
    let router = match (&traffic.gateway, &traffic.nginx, &traffic.mesh) {
        (Some(gateway), _, _) => Router::Gateway(gateway),
        (_, Some(nginx), _) => Router::Nginx(nginx),
        (_, _, Some(mesh)) => Router::Mesh(mesh),
        _ => return None,
    };
    let measured = match (&traffic.convention, mesh) {
        (None, Some((_, of_mesh, _))) if traffic.gateway.is_some() => of_mesh,
        _ => traffic,
    };
    let mesh = mesh.map(|(_, _, mesh)| mesh.value);
    let convention = convention(service, traffic, router, mesh);
    Some(TrafficPlan {
        router,
        name,
        port,
        convention,
        buckets: &measured.buckets,
        exposed,
        mesh,
    })
}

fn exposed(expose: &Expose, traffic: &Traffic) -> Option<Exposed> {
    let domain = traffic.domain.as_ref();
    let (host, host_span) = match (&expose.host, domain) {
        (Some(host), _) if host.value.as_str().contains('.') => (host.value.0.clone(), host.span),
        (Some(host), Some(domain)) => (
            format!("{}.{}", host.value.as_str(), domain.value.as_str()).into(),
            host.span,
        ),
        (None, Some(domain)) => (domain.value.0.clone(), domain.span),
        (Some(_), None) | (None, None) => return None,
    };
    let path = expose.path.as_ref();
    Some(Exposed {
        host,
        host_span,
        path: path.map_or_else(|| "/".into(), |path| path.value.0.clone()),
        path_span: path.map_or(expose.span, |path| path.span),
        span: expose.span,
    })
}

fn convention(
    service: &Service,
    traffic: &Traffic,
    router: Router,
    mesh: Option<Mesh>,
) -> Option<(Convention, Option<Span>)> {
    let of_mesh = |mesh: Mesh| match mesh {
        Mesh::Istio => Convention::Istio,
        Mesh::Linkerd => Convention::Linkerd,
    };
    let own = service
        .metrics
        .as_ref()
        .and_then(|metrics| metrics.convention.as_ref());
    if let Some(at) = own.or(traffic.convention.as_ref()) {
        return Some((at.value, Some(at.span)));
    }
    match router {
        Router::Nginx(at) => Some((Convention::IngressNginx, Some(at.span))),
        Router::Mesh(at) => Some((of_mesh(at.value), Some(at.span))),
        Router::Gateway(_) => mesh.map(|mesh| (of_mesh(mesh), None)),
    }
}
