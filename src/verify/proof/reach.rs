//! Which connections the rules of network policies let through.
//!
//! Source: `networking.k8s.io/v1` `NetworkPolicyPeer` and `NetworkPolicyPort`. Where the manifests do
//! not tell (labels of namespaces, addresses), a rule counts as one that lets in.

use super::world::Space;
use crate::value::{Map, Value};
use crate::verify::object::selector;
use crate::verify::references::Facts;

/// More policies or pods than these nobody can hold against each other.
pub const MOST: usize = 32;

/// The labels of the pods as they stand for longest.
pub fn labels(facts: &Facts) -> Option<&Map> {
    facts.pods.as_ref()?.labels.last()
}

pub fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    let list = value.get(key).and_then(Value::as_list);
    list.unwrap_or_default()
}

/// The selector of a peer in the policy's own namespace; `None` for everything else.
pub fn beside(peer: &Value) -> Option<&Value> {
    let is_elsewhere = peer.get("namespaceSelector").is_some() || peer.get("ipBlock").is_some();
    let pods = peer.get("podSelector").filter(|_| !is_elsewhere)?;
    (!selector::is_empty(pods)).then_some(pods)
}

/// One way of a connection.
#[derive(Clone, Copy)]
pub enum Way {
    In,
    Out,
}

/// Whether the policies for the pods of `of` let it connect with `other` on a port of the pods that
/// are called (`None`: on any).
pub fn is_open(space: &Space, way: Way, of: &Facts, other: &Facts, port: Option<&Value>) -> bool {
    let (Some(own), Some(peers)) = (labels(of), labels(other)) else {
        return true;
    };
    let called = match way {
        Way::In => of,
        Way::Out => other,
    };
    let mut is_isolated = false;
    for (at, (_, policy)) in space.policies_for(own).enumerate() {
        let (rules, side) = match way {
            Way::In => (&policy.ingress, "from"),
            Way::Out => (&policy.egress, "to"),
        };
        let Some(rules) = rules else { continue };
        is_isolated = true;
        let lets = |rule: &Value| {
            let named = list(rule, side);
            let meets = named.is_empty() || named.iter().any(|peer| may_be(peer, peers));
            meets && port.is_none_or(|port| lets_port(rule, port, called))
        };
        if at >= MOST || rules.iter().any(lets) {
            return true;
        }
    }
    !is_isolated
}

fn may_be(peer: &Value, labels: &Map) -> bool {
    match peer.get("podSelector") {
        Some(pods) => selector::matches(pods, Some(labels)),
        None => true,
    }
}

fn lets_port(rule: &Value, port: &Value, called: &Facts) -> bool {
    let ports = list(rule, "ports");
    ports.is_empty() || ports.iter().any(|one| is_same(one, port, called))
}

/// Whether both name one port; what a name stands for is looked up in the pods.
fn is_same(a: &Value, b: &Value, called: &Facts) -> bool {
    let protocol = |port: &'_ Value| {
        let given = port.get("protocol").and_then(Value::as_str);
        given.unwrap_or("TCP").to_string()
    };
    if protocol(a) != protocol(b) {
        return false;
    }
    match (range(a, called), range(b, called)) {
        (Some((a, to_a)), Some((b, to_b))) => a <= to_b && b <= to_a,
        _ => true,
    }
}

/// First and last number; `None` where all or unknown.
pub fn range(port: &Value, called: &Facts) -> Option<(i64, i64)> {
    let first = match port.get("port")? {
        Value::Int(number) => *number,
        Value::Str(name) => {
            let ports = &called.pods.as_ref()?.ports;
            let found = ports.iter().find(|(own, _)| own == name)?;
            i64::from(found.1)
        }
        _ => return None,
    };
    let last = port.get("endPort").and_then(Value::as_int);
    Some((first, last.unwrap_or(first).max(first)))
}
