//! Network policies that contradict each other, the pods, or names that have to be resolved.

use super::World;
use super::reach::{Fuel, Pair, Way, beside, labels, list, range};
use super::world::Space;
use crate::diagnostic::{Code, Severity};
use crate::manifest::Finding;
use crate::value::Value;
use crate::verify::object::selector;
use crate::verify::references::Facts;
use crate::verify::subject::{Policy, Subject};

crate::codes! {
    /// Policies let pods go out to other pods, and none of them lets the pods ask DNS: port 53 over
    /// UDP, wherever the cluster's DNS runs. The name of the Service is not resolved, and every call
    /// fails, though its own port is open. A `port: 53` without a `protocol` is TCP, and a
    /// `podSelector` without a `namespaceSelector` means pods of the policy's own namespace. Add
    /// `to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]` with
    /// `ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]`.
    POLICY_WITHOUT_DNS = "policy-without-dns": "pods that may call others and cannot resolve their names";

    /// One policy lets pods go out to others, and no policy of those lets them in; or the reverse.
    /// A connection needs both, so this rule does nothing. Add the other half, or remove this one.
    POLICIES_DISAGREE = "policies-disagree": "a connection that one policy allows and no other";

    /// A policy opens a port that no container of its pods has: policies see the pods' own ports, not
    /// those of a Service. Name the container's port.
    POLICY_PORT_UNKNOWN = "policy-port-unknown": "a policy for a port that its pods do not have";
}

fn warning(code: &'static Code, pointer: String, message: String) -> Finding {
    let mut finding = Finding::error(code, pointer, message);
    finding.severity = Severity::Warning;
    finding
}

fn own<'f>(world: &'f World, facts: &'f Facts) -> Option<(&'f Policy, &'f Space<'f>)> {
    let Some(Subject::Policy(policy)) = &facts.subject else {
        return None;
    };
    // What other projects' policies add is not known.
    let space = world.space(facts).filter(|_| !world.has_other_policies)?;
    Some((policy, space))
}

/// More workloads than these nobody means one by one.
const FEW: usize = 64;

pub fn disagree(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some((policy, space)) = own(world, facts) else {
        return;
    };
    let few = |selector: &Value| world.index.few(&facts.namespace, selector, FEW);
    let (here, fuel) = (few(&policy.selector), Fuel::new());
    for (way, back, name, side, rules) in [
        (Way::Out, Way::In, "egress", "to", &policy.egress),
        (Way::In, Way::Out, "ingress", "from", &policy.ingress),
    ] {
        for (at, rule) in rules.iter().flatten().enumerate() {
            for (nth, peer) in list(rule, side).iter().enumerate() {
                let Some(pods) = beside(peer) else { continue };
                let there = few(pods);
                let pairs = here
                    .iter()
                    .flat_map(|a| there.iter().map(move |b| (*a, *b)));
                let shut = pairs.filter(|(here, there)| {
                    let pair = Pair {
                        space,
                        of: there,
                        other: here,
                        fuel: &fuel,
                    };
                    !passes(pair, back, list(rule, "ports"))
                });
                let pointer = format!("/spec/{name}/{at}/{side}/{nth}");
                out.extend(told(facts, way, pointer, shut));
            }
        }
    }
}

/// Whether one of the ports gets through at least.
fn passes(pair: Pair, way: Way, ports: &[Value]) -> bool {
    match ports {
        [] => pair.is_open(way, None),
        ports => ports.iter().any(|port| pair.is_open(way, Some(port))),
    }
}

/// One finding for a peer, with the first pair.
fn told<'f>(
    facts: &Facts,
    way: Way,
    pointer: String,
    mut shut: impl Iterator<Item = (&'f Facts, &'f Facts)>,
) -> Option<Finding> {
    let (a, b) = shut.next()?;
    let (from, to, missing) = match way {
        Way::Out => (a, b, "lets them in there"),
        Way::In => (b, a, "lets them go out there"),
    };
    let message = format!(
        "`{}` lets the pods of `{}` connect to those of `{}`, and no policy {missing}",
        facts.name, from.name, to.name
    );
    let found = warning(POLICIES_DISAGREE, pointer, message);
    let found = match shut.count() {
        0 => found,
        more => found.note(format!("and so with {more} more")),
    };
    Some(found.help(match way {
        Way::Out => format!(
            "add an `ingress` rule for the pods of `{}`, or remove this peer",
            to.name
        ),
        Way::In => format!(
            "add an `egress` rule for the pods of `{}`, or remove this peer",
            from.name
        ),
    }))
}

pub fn without_dns(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some((policy, space)) = own(world, facts) else {
        return;
    };
    let rules = policy.egress.iter().flatten().enumerate();
    let mut named = rules.flat_map(|(at, rule)| {
        let peers = list(rule, "to").iter().enumerate();
        peers
            .filter(|(_, peer)| peer.get("ipBlock").is_none())
            .map(move |(nth, _)| format!("/spec/egress/{at}/to/{nth}"))
    });
    let Some(pointer) = named.next() else {
        return;
    };
    let fuel = Fuel::new();
    let selected = world.index.selected(&facts.namespace, &policy.selector);
    let mut blind = selected
        .take(FEW)
        .filter(|pods| is_blind(space, facts, pods, &fuel));
    let Some(first) = blind.next() else {
        return;
    };
    let message = format!(
        "the pods of `{}` may connect to others, and no policy lets them ask DNS",
        first.name
    );
    let found = warning(POLICY_WITHOUT_DNS, pointer, message);
    let found = match blind.count() {
        0 => found,
        more => found.note(format!("and so those of {more} more")),
    };
    out.push(found.help(
        "allow port 53 over UDP and TCP to the namespace `kube-system` (`kubernetes.io/metadata.name`)",
    ));
}

/// No policy for these pods lets them ask, and this one is the first that lets them go anywhere.
fn is_blind(space: &Space, facts: &Facts, pods: &Facts, fuel: &Fuel) -> bool {
    let Some(labels) = labels(pods) else {
        return false;
    };
    let mut first: Option<&str> = None;
    for (other, policy) in space.candidates(labels) {
        if !fuel.spend() {
            return false;
        }
        if !selector::matches(&policy.selector, Some(labels)) {
            continue;
        }
        for rule in policy.egress.iter().flatten() {
            if !fuel.spend() || asks_dns(rule, &facts.namespace) {
                return false;
            }
            let is_named = list(rule, "to")
                .iter()
                .any(|peer| peer.get("ipBlock").is_none());
            if is_named && first.is_none_or(|first| other.name.as_str() < first) {
                first = Some(&other.name);
            }
        }
    }
    first == Some(&facts.name)
}

/// Ports of DNS: what clients ask, and where OpenShift's pods listen.
const DNS: [i64; 2] = [53, 5353];

fn asks_dns(rule: &Value, namespace: &str) -> bool {
    let is_dns = |port: &Value| {
        let is_udp = port.get("protocol").and_then(Value::as_str) == Some("UDP");
        let last = port.get("endPort").and_then(Value::as_int);
        is_udp
            && match port.get("port") {
                Some(Value::Int(first)) => {
                    let last = last.unwrap_or(*first);
                    DNS.iter().any(|port| (*first..=last).contains(port))
                }
                Some(Value::Str(name)) => name.contains("dns"),
                _ => true,
            }
    };
    let ports = list(rule, "ports");
    let peers = list(rule, "to");
    (ports.is_empty() || ports.iter().any(is_dns))
        && (peers.is_empty() || peers.iter().any(|peer| may_be_dns(peer, namespace)))
}

/// What a namespace is labelled with is not known, but for its own name.
fn may_be_dns(peer: &Value, namespace: &str) -> bool {
    if peer.get("ipBlock").is_some() {
        return true;
    }
    let is_name = |name: &str| name == "kube-system" || name.contains("dns");
    match peer.get("namespaceSelector") {
        None => is_name(namespace),
        Some(spaces) => spaces
            .at(&["matchLabels", "kubernetes.io/metadata.name"])
            .and_then(Value::as_str)
            .is_none_or(is_name),
    }
}

/// Ports of proxies that a mesh adds to pods: Istio's 15000 to 15099, Linkerd's 4140 to 4191.
const ADDED: [std::ops::RangeInclusive<i64>; 2] = [15_000..=15_099, 4_140..=4_191];

pub fn port_unknown(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some((policy, _)) = own(world, facts) else {
        return;
    };
    // A policy for all pods is about what some of them have.
    let rules = policy.ingress.as_ref();
    let rules = rules.filter(|_| !selector::is_empty(&policy.selector));
    let selected = world.index.few(&facts.namespace, &policy.selector, FEW);
    let all_say = selected
        .iter()
        .all(|one| one.pods.as_ref().is_some_and(|pods| !pods.ports.is_empty()));
    if selected.is_empty() || !all_say {
        return;
    }
    for (at, rule) in rules.into_iter().flatten().enumerate() {
        for (nth, port) in list(rule, "ports").iter().enumerate() {
            let Some(name) = port.get("port").filter(|_| !is_there(port, &selected)) else {
                continue;
            };
            let shown = match name {
                Value::Int(number) => number.to_string(),
                name => name.as_str().unwrap_or_default().to_string(),
            };
            let message = format!(
                "`{}` opens the port `{shown}`, which no container of its pods has",
                facts.name
            );
            let pointer = format!("/spec/ingress/{at}/ports/{nth}/port");
            out.push(
                warning(POLICY_PORT_UNKNOWN, pointer, message)
                    .note(format!("its pods have {}", known(&selected)))
                    .help("name the container's port, not that of a Service"),
            );
        }
    }
}

fn is_there(port: &Value, selected: &[&Facts]) -> bool {
    let number = port.get("port").and_then(Value::as_int);
    if number.is_some_and(|number| ADDED.iter().any(|ports| ports.contains(&number))) {
        return true;
    }
    selected.iter().any(|one| {
        let ports = one.pods.iter().flat_map(|pods| &pods.ports);
        match range(port, one) {
            Some((first, last)) => ports
                .into_iter()
                .any(|(_, own)| (first..=last).contains(&i64::from(*own))),
            None => false,
        }
    })
}

/// `http` (8080), `9090`.
fn known(selected: &[&Facts]) -> String {
    let ports = selected
        .iter()
        .flat_map(|one| one.pods.iter().flat_map(|pods| &pods.ports));
    let mut names: Vec<_> = ports
        .map(|(name, port)| match name.as_str() {
            "" => format!("`{port}`"),
            name => format!("`{name}` ({port})"),
        })
        .collect();
    names.sort();
    names.dedup();
    names.truncate(8);
    names.join(", ")
}
