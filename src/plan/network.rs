//! Who may reach the pods of a service, and whom they may reach: the rules of its network policies.
//!
//! Peers are pods by the name of their service, or namespaces. Ports are those of containers: a
//! policy sees packets after the Service's port became the container's.

use super::call;
use super::ports::{PortPlan, ports};
use super::traffic::{Router, mesh};
use super::unit::{Unit, Workload};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::draft::Traced;
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::{BlueGreen, Canary, Criteria, Rollout};
use crate::spec::text::{Convention, Endpoint, Mesh};
use crate::value::Str;

crate::codes! {
    /// Network policies know addresses, not names. So `external "api.example.com:443"` opens port
    /// 443 to every public address: private ranges, link-local addresses and the metadata
    /// services of clouds stay closed.
    ///
    /// Where the other side has fixed addresses, name them: `external "203.0.113.0/24:443"`. Where
    /// it has not, an egress gateway or a policy of your network plugin can tell names apart.
    EGRESS_NOT_BY_NAME = "egress-not-by-name": "a host outside opens its port to every public address";
}

/// Where Argo Rollouts runs; its web checks come from there.
const ROLLOUTS: &str = "argo-rollouts";
/// Where Envoy Gateway runs its proxies, whatever the namespace of the Gateway.
const ENVOY_GATEWAY: &str = "envoy-gateway-system";
/// The address of NodeLocal DNSCache on every node that has it (Kubernetes documentation, "Using
/// NodeLocal DNSCache").
const NODE_DNS: &str = "169.254.20.10/32";
/// Where Linkerd's proxy takes in what other proxies send, whatever port it is meant for
/// (linkerd.io, "Common Errors: Network Policy").
const LINKERD_INBOUND: u16 = 4143;

/// What lies in no public network: private, shared (RFC 6598), loopback, link-local and reserved
/// ranges; then the metadata services of Oracle Cloud and Azure, which have public addresses.
const NOT_PUBLIC_V4: [&str; 11] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
    "168.63.129.16/32",
];
/// Loopback, unique local (with the metadata service of AWS), link-local, multicast.
const NOT_PUBLIC_V6: [&str; 4] = ["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"];

/// Which pods of a service a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pods {
    /// All that do not wait for a judgement.
    Main,
    /// Those of a canary or a preview.
    Judged,
}

/// What comes in, as `{peers, ports}`; empty where nobody may.
pub fn ingress(unit: &Unit, pods: Pods) -> Traced {
    let rules = [
        called(unit),
        beside(unit),
        entered(unit),
        scraped(unit),
        smoked(unit, pods),
        asked(unit, pods),
    ];
    Traced::from(rules.into_iter().flatten().collect::<Vec<_>>())
}

/// What goes out of the pods that call the service for a `health` criterion.
pub fn egress_of_caller(unit: &Unit, span: Span) -> Traced {
    let port = unit.ports.first().map(container);
    let peer = pods_of(unit, &unit.name, &unit.namespace, span);
    let calls = rule(vec![peer], with_inbound(unit, port.into_iter().collect()));
    Traced::from([dns()].into_iter().chain(calls).collect::<Vec<_>>())
}

/// What goes out, as `{peers, ports}`.
pub fn egress(unit: &Unit) -> Traced {
    let mut rules = vec![dns()];
    for (callee, _) in &unit.spec().calls.0 {
        rules.extend(calls(unit, &callee.value.0, callee.span));
    }
    rules.extend(beside(unit));
    rules.extend(externals(&unit.spec().external.0));
    rules.extend(proxied(unit));
    Traced::from(rules)
}

/// What is open wider than the spec says.
pub fn report(unit: &Unit, diags: &mut Diagnostics) {
    for at in &unit.spec().external.0 {
        let (host, port) = (at.value.host(), at.value.port());
        if Endpoint::is_cidr(host) {
            continue;
        }
        let message = format!("`{host}:{port}` opens port {port} to every public address");
        diags.push(
            Diagnostic::new(EGRESS_NOT_BY_NAME, Severity::Note, message)
                .at(at.span, "a policy cannot name a host")
                .help("write its addresses, such as `203.0.113.0/24:443`, where they are fixed"),
        );
    }
}

/// Callers reach all ports but the metrics one.
fn called(unit: &Unit) -> Option<Traced> {
    let environment = unit.scope.environment;
    let mut peers = Vec::new();
    let mut namespaces: Vec<Str> = Vec::new();
    for caller in environment.callers.get(&unit.name).into_iter().flatten() {
        if let Some(service) = environment.service(&caller.name) {
            let namespace = unit.scope.namespace_of(&service.spec);
            peers.push(pods_of(unit, &caller.name, &namespace, caller.span));
            continue;
        }
        let Some(namespace) = component_namespace(unit, &caller.name) else {
            continue;
        };
        if !namespaces.contains(&namespace) {
            peers.push(namespace_peer(&namespace).at(caller.span));
            namespaces.push(namespace);
        }
    }
    let ports = served(&unit.ports);
    rule(peers, with_inbound(unit, ports))
}

/// The pods of a StatefulSet reach each other: to replicate, to vote.
fn beside(unit: &Unit) -> Option<Traced> {
    let is_several = unit.replicas.1.value > 1;
    if unit.workload() != Workload::StatefulSet || !is_several {
        return None;
    }
    let peer = pods_of(unit, &unit.name, &unit.namespace, unit.span());
    rule(vec![peer], with_inbound(unit, served(&unit.ports)))
}

/// The Gateway or the ingress controller reaches the port that is routed.
fn entered(unit: &Unit) -> Option<Traced> {
    let traffic = unit.traffic.as_ref()?;
    let exposed = traffic.exposed.as_ref()?;
    let mut peers = Vec::new();
    match traffic.router {
        Router::Gateway(at) | Router::Nginx(at) => {
            peers.push(namespace_peer(at.value.namespace()).at(at.span));
        }
        Router::Mesh(_) => return None,
    }
    let convention = traffic.convention.map(|(convention, _)| convention);
    if convention == Some(Convention::EnvoyGateway) {
        peers.push(namespace_peer(ENVOY_GATEWAY).at(exposed.span));
    }
    rule(peers, with_inbound(unit, vec![container(&traffic.port)]))
}

/// The scraper reaches the metrics port, and what the proxy of a mesh tells.
fn scraped(unit: &Unit) -> Option<Traced> {
    let scraper = unit.scope.environment.spec.metrics.as_ref()?;
    let scraper = scraper.scraper.as_ref()?;
    let metrics = unit.ports.iter().filter(|port| port.is_metrics());
    let mut ports: Vec<_> = metrics.map(container).collect();
    let mesh = mesh(&unit.scope).map(|(_, _, at)| at);
    // Envoy's own metrics, and all of the pod's in one answer (istio.io, "Application
    // Requirements"); the metrics of Linkerd's proxy.
    let telemetry: &[u16] = match mesh.map(|at| at.value) {
        Some(Mesh::Istio) => &[15020, 15090],
        Some(Mesh::Linkerd) => &[4191],
        None => &[],
    };
    if let Some(at) = mesh {
        ports.extend(telemetry.iter().map(|number| tcp(*number).at(at.span)));
    }
    let peer = namespace_peer(scraper.value.as_str()).at(scraper.span);
    rule(vec![peer], with_inbound(unit, ports))
}

/// The Rollouts controller asks the first port where a `smoke` criterion says so.
fn smoked(unit: &Unit, pods: Pods) -> Option<Traced> {
    let span = smoke(unit, pods)?;
    let port = container(unit.ports.first()?);
    rule(
        vec![namespace_peer(ROLLOUTS).at(span)],
        with_inbound(unit, vec![port]),
    )
}

/// A pod of ours asks the first port where a `health` criterion says so.
fn asked(unit: &Unit, pods: Pods) -> Option<Traced> {
    let span = call::called(unit)?;
    if pods == Pods::Main && !unit.is_blue_green() {
        return None;
    }
    let peer = pods_of(unit, &call::name(unit), &unit.namespace, span);
    let port = container(unit.ports.first()?);
    rule(vec![peer], with_inbound(unit, vec![port]))
}

/// Judged pods answer for every check but one after the switch. The others answer for that.
fn smoke(unit: &Unit, pods: Pods) -> Option<Span> {
    let of = |criteria: &Option<Criteria>| Some(criteria.as_ref()?.smoke.as_ref()?.span);
    match unit.spec().rollout.as_ref()? {
        Rollout::Canary(Canary { require, .. }) => match pods {
            Pods::Main => None,
            Pods::Judged => of(require),
        },
        Rollout::BlueGreen(BlueGreen { before, after, .. }) => match pods {
            Pods::Main => of(after),
            Pods::Judged => of(before).or(of(after)),
        },
        Rollout::Rolling(_) | Rollout::Recreate(_) => None,
    }
}

/// Whether some pods of the service wait for a judgement, under the role of that name.
pub fn judged_role(unit: &Unit) -> Option<&'static str> {
    match unit.workload() {
        Workload::Rollout if unit.is_blue_green() => Some("preview"),
        Workload::Rollout => Some("canary"),
        Workload::Deployment | Workload::StatefulSet => None,
    }
}

fn dns() -> Traced {
    let port = |protocol| port(53, protocol);
    let peers = vec![namespace_peer("kube-system"), range(NODE_DNS, &[])];
    let ports = vec![port("UDP"), port("TCP")];
    Traced::from([
        ("peers", Traced::from(peers)),
        ("ports", Traced::from(ports)),
    ])
}

fn calls(unit: &Unit, callee: &Str, span: Span) -> Option<Traced> {
    let environment = unit.scope.environment;
    if let Some(service) = environment.service(callee) {
        let namespace = unit.scope.namespace_of(&service.spec);
        let ports = served(&ports(&service.spec));
        let peer = pods_of(unit, callee, &namespace, span);
        return rule(vec![peer], with_inbound(unit, ports));
    }
    environment.installed(callee)?;
    let component = unit.scope.fleet.components.get(callee)?;
    let mut open: Vec<(u16, Span)> = Vec::new();
    for (_, endpoint) in &component.spec.endpoint.0 {
        let Some(at) = &endpoint.port else { continue };
        if !open.iter().any(|(number, _)| *number == at.value.0) {
            open.push((at.value.0, at.span));
        }
    }
    let ports = open.iter().map(|(number, span)| tcp(*number).at(*span));
    let peer = namespace_peer(&component_namespace(unit, callee)?).at(span);
    rule(vec![peer], with_inbound(unit, ports.collect()))
}

/// Hosts by name share one rule, since they come to the same peers; ranges have one each.
fn externals(list: &[At<Endpoint>]) -> Vec<Traced> {
    let (ranges, hosts): (Vec<_>, Vec<_>) = list
        .iter()
        .partition(|at| Endpoint::is_cidr(at.value.host()));
    let mut ports: Vec<&At<Endpoint>> = Vec::new();
    for at in hosts {
        if !ports.iter().any(|old| old.value.port() == at.value.port()) {
            ports.push(at);
        }
    }
    let public = vec![
        range("0.0.0.0/0", &NOT_PUBLIC_V4),
        range("::/0", &NOT_PUBLIC_V6),
    ];
    let port = |at: &&At<Endpoint>| tcp(at.value.port()).at(at.span);
    let mut rules: Vec<_> = rule(public, ports.iter().map(port).collect())
        .into_iter()
        .collect();
    rules.extend(ranges.into_iter().filter_map(|at| {
        let host = at.value.host().replace(['[', ']'], "");
        rule(vec![range(&host, &[]).at(at.span)], vec![port(&at)])
    }));
    rules
}

/// What the proxies of a mesh need to live: configuration and certificates.
fn proxied(unit: &Unit) -> Option<Traced> {
    let (_, _, at) = mesh(&unit.scope)?;
    let (namespace, ports) = control_plane(at.value);
    let ports = ports.iter().map(|number| tcp(*number).at(at.span));
    rule(vec![namespace_peer(namespace).at(at.span)], ports.collect())
}

/// Where the control plane of a mesh runs, and its ports.
pub fn control_plane(mesh: Mesh) -> (&'static str, &'static [u16]) {
    match mesh {
        Mesh::Istio => ("istio-system", &[15012]),
        // Identity, destination, policy.
        Mesh::Linkerd => ("linkerd", &[8080, 8086, 8090]),
    }
}

/// Nothing where there is no peer or no port: an empty list would mean all of them.
fn rule(peers: Vec<Traced>, ports: Vec<Traced>) -> Option<Traced> {
    if peers.is_empty() || ports.is_empty() {
        return None;
    }
    Some(Traced::from([
        ("peers", Traced::from(peers)),
        ("ports", Traced::from(ports)),
    ]))
}

fn with_inbound(unit: &Unit, mut ports: Vec<Traced>) -> Vec<Traced> {
    let Some((_, _, at)) = mesh(&unit.scope) else {
        return ports;
    };
    if at.value == Mesh::Linkerd && !ports.is_empty() {
        ports.push(tcp(LINKERD_INBOUND).at(at.span));
    }
    ports
}

/// The ports that callers may reach.
fn served(ports: &[PortPlan]) -> Vec<Traced> {
    let served = ports.iter().filter(|port| !port.is_metrics());
    served.map(container).collect()
}

fn container(port: &PortPlan) -> Traced {
    tcp(port.container).at(port.span)
}

fn tcp(number: u16) -> Traced {
    port(number, "TCP")
}

fn port(number: u16, protocol: &str) -> Traced {
    Traced::from([
        ("port", Traced::from(number)),
        ("protocol", Traced::from(protocol)),
    ])
}

fn component_namespace(unit: &Unit, name: &str) -> Option<Str> {
    let component = unit.scope.fleet.components.get(name)?;
    let namespace = component.spec.namespace.as_ref()?.name.as_ref()?;
    Some(namespace.value.as_str().into())
}

/// The pods of a service, stable ones and others.
fn pods_of(unit: &Unit, name: &Str, namespace: &Str, span: Span) -> Traced {
    let labels = Traced::from([("app.kubernetes.io/name", Traced::from(name).at(span))]);
    let pods = Traced::from([("matchLabels", labels)]);
    let peer = match *namespace == unit.namespace {
        true => Traced::map(),
        false => namespace_peer(namespace),
    };
    peer.with("podSelector", pods).at(span)
}

fn namespace_peer(name: &str) -> Traced {
    let labels = Traced::from([("kubernetes.io/metadata.name", Traced::from(name))]);
    let namespaces = Traced::from([("matchLabels", labels)]);
    Traced::from([("namespaceSelector", namespaces)])
}

fn range(cidr: &str, except: &[&str]) -> Traced {
    let block = Traced::from([("cidr", Traced::from(cidr))]);
    let except: Vec<_> = except.iter().map(|text| Traced::from(*text)).collect();
    let block = match except.is_empty() {
        true => block,
        false => block.with("except", except),
    };
    Traced::from([("ipBlock", block)])
}
