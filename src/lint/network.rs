//! Gaps between network policies: pods that none selects, and policies that let everybody in.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::codes::{NO_NETWORK_POLICY, OPEN_POLICY};
use super::object::Object;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::references::{Facts, Index};

/// What is kept of a NetworkPolicy.
#[derive(Clone, Debug)]
pub struct Policy {
    pub selector: Value,
    /// It says who may connect: without a policy that does, everybody may.
    pub ingress: bool,
}

/// Kinds of other projects that decide who may connect: where one is, nothing is said about gaps.
const OTHERS: [&str; 4] = [
    "CiliumNetworkPolicy",
    "StagedNetworkPolicy",
    "AuthorizationPolicy",
    "ServerAuthorization",
];

/// The same for all namespaces at once.
const OF_CLUSTERS: [&str; 5] = [
    "CiliumClusterwideNetworkPolicy",
    "GlobalNetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
];

impl Policy {
    pub fn of(facts: &Facts, object: &Value) -> Option<Policy> {
        if !is(facts, "networking.k8s.io", "NetworkPolicy") {
            return None;
        }
        let spec = object.get("spec")?;
        let selector = spec.get("podSelector").cloned().unwrap_or_default();
        let ingress = match spec.get("policyTypes").and_then(Value::as_list) {
            Some(types) => types.iter().any(|one| one.as_str() == Some("Ingress")),
            None => true,
        };
        Some(Policy { selector, ingress })
    }
}

fn is(facts: &Facts, group: &str, kind: &str) -> bool {
    facts.group == group && facts.kind == kind
}

/// Rules of a policy that let everybody in.
pub fn open(facts: &Facts, object: &Value, out: &mut Vec<Finding>) {
    if !is(facts, "networking.k8s.io", "NetworkPolicy") {
        return;
    }
    let root = Cursor::root(object);
    for rule in root.list("spec/ingress") {
        if rule.len("from") == 0 {
            out.push(warning(rule.pointer(), &facts.name, "from everywhere"));
        }
        for peer in rule.list("from") {
            if let Some(what) = everybody(&peer) {
                out.push(warning(peer.pointer(), &facts.name, what));
            }
        }
    }
}

/// A peer that is everybody, in words.
fn everybody(peer: &Cursor) -> Option<&'static str> {
    match peer.text("ipBlock/cidr") {
        "0.0.0.0/0" => return Some("from every IPv4 address"),
        "::/0" => return Some("from every IPv6 address"),
        _ => {}
    }
    let is_empty = |path: &str| peer.map(path).is_some_and(|map| map.is_empty());
    let all_pods = !peer.has("podSelector") || is_empty("podSelector");
    (is_empty("namespaceSelector") && all_pods).then_some("from every pod of the cluster")
}

fn warning(pointer: String, name: &str, from: &str) -> Finding {
    let message = format!("the NetworkPolicy `{name}` lets connections in {from}");
    let mut finding = Finding::error(OPEN_POLICY, pointer, message);
    finding.severity = Severity::Warning;
    finding.help("name who may connect by `podSelector` and `namespaceSelector`, or waive it for an entrance")
}

/// Workloads that no policy selects: one finding for each, and one for a namespace that has no
/// policy at all. Objects come with the caller's numbers.
pub fn gaps(objects: &[(usize, &Object)], index: &Index, out: &mut Vec<(usize, Finding)>) {
    let mut namespaces: BTreeMap<&str, Namespace> = BTreeMap::new();
    let mut is_foreign = false;
    for (number, object) in objects {
        let facts = &object.facts;
        let here = namespaces.entry(facts.namespace.as_str()).or_default();
        if let Some(policy) = &object.policy {
            here.policies.push(policy);
        }
        here.is_foreign |= OTHERS.contains(&facts.kind.as_str());
        is_foreign |= OF_CLUSTERS.contains(&facts.kind.as_str());
        if object.serves && facts.pods.is_some() {
            here.workloads.push((*number, facts));
        }
    }
    for (name, namespace) in &namespaces {
        if !is_foreign && !namespace.is_foreign {
            namespace.gaps(name, index, out);
        }
    }
}

#[derive(Default)]
struct Namespace<'a> {
    policies: Vec<&'a Policy>,
    workloads: Vec<(usize, &'a Facts)>,
    is_foreign: bool,
}

impl Namespace<'_> {
    fn gaps(&self, name: &str, index: &Index, out: &mut Vec<(usize, Finding)>) {
        let mut selected = FxHashSet::default();
        for policy in self.policies.iter().filter(|policy| policy.ingress) {
            let pods = index.selected(name, &policy.selector);
            selected.extend(pods.map(std::ptr::from_ref));
        }
        let open = self
            .workloads
            .iter()
            .filter(|(_, facts)| !selected.contains(&std::ptr::from_ref(*facts)));
        let open: Vec<_> = open.collect();
        match open.as_slice() {
            [] => {}
            [(number, _), more @ ..] if self.policies.is_empty() && !more.is_empty() => {
                let n = open.len();
                let message = format!(
                    "no NetworkPolicy is in `{name}`: everybody may connect to the pods of its {n} workloads"
                );
                out.push((*number, missing(message)));
            }
            _ => out.extend(open.iter().map(|(number, facts)| {
                let message = format!(
                    "no NetworkPolicy of `{name}` says who may connect to the {} `{}`",
                    facts.kind, facts.name
                );
                (*number, missing(message))
            })),
        }
    }
}

fn missing(message: String) -> Finding {
    let mut finding = Finding::error(NO_NETWORK_POLICY, "/metadata/name", message);
    finding.severity = Severity::Warning;
    finding.help("add a NetworkPolicy that selects these pods and names who may connect")
}
