//! Which connections the rules of network policies let through.
//!
//! Source: `networking.k8s.io/v1` `NetworkPolicyPeer` and `NetworkPolicyPort`. Where the manifests do
//! not tell (labels of namespaces, addresses), a rule counts as one that lets in.

use std::cell::Cell;

use super::world::Space;
use crate::value::{Map, Value};
use crate::verify::object::selector;
use crate::verify::references::Facts;

/// How much is compared for one policy. Where that is not enough nothing is said of the rest: nobody
/// means thousands of peers one by one.
pub struct Fuel(Cell<u32>);

impl Fuel {
    pub fn new() -> Fuel {
        Fuel(Cell::new(4_000))
    }

    /// Whether there is some for one more look.
    pub fn spend(&self) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(1));
        left > 0
    }
}

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

/// Two workloads, and the policies of their namespace.
#[derive(Clone, Copy)]
pub struct Pair<'a> {
    pub space: &'a Space<'a>,
    pub of: &'a Facts,
    pub other: &'a Facts,
    pub fuel: &'a Fuel,
}

impl Pair<'_> {
    /// Whether the policies for the pods of `of` let it connect with `other` on a port of the pods
    /// that are called (`None`: on any).
    pub fn is_open(self, way: Way, port: Option<&Value>) -> bool {
        let (Some(own), Some(peers)) = (labels(self.of), labels(self.other)) else {
            return true;
        };
        let called = match way {
            Way::In => self.of,
            Way::Out => self.other,
        };
        let mut is_isolated = false;
        for (_, policy) in self.space.candidates(own) {
            if !self.fuel.spend() {
                return true;
            }
            let (rules, side) = match way {
                Way::In => (&policy.ingress, "from"),
                Way::Out => (&policy.egress, "to"),
            };
            let Some(rules) = rules else { continue };
            if !selector::matches(&policy.selector, Some(own)) {
                continue;
            }
            is_isolated = true;
            let meets = |peer: &Value| !self.fuel.spend() || may_be(peer, peers);
            let lets = |rule: &Value| {
                let named = list(rule, side);
                (named.is_empty() || named.iter().any(meets))
                    && port.is_none_or(|port| lets_port(rule, port, called))
            };
            if rules.iter().any(lets) {
                return true;
            }
        }
        !is_isolated
    }
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
