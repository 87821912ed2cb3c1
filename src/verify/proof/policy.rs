//! Network policies for a canary that another policy makes void.

use super::World;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::{Map, Value};
use crate::verify::object::selector;
use crate::verify::references::Facts;
use crate::verify::subject::{Policy, Subject};

crate::codes! {
    /// A network policy is for one version of a rollout only, and another policy, which selects
    /// those pods too, allows more. Policies add up: what one of them allows is allowed, so the
    /// narrower one does nothing. Let the other policy leave those pods out, by a role that
    /// `canaryMetadata` and `stableMetadata` set:
    /// `matchExpressions: [{key: role, operator: NotIn, values: [canary]}]`.
    POLICY_VOID = "policy-void": "a policy for a canary that another one makes void";
}

pub fn void(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Policy(own)) = &facts.subject else {
        return;
    };
    let Some(space) = world.space(facts) else {
        return;
    };
    for (target, labels) in versions(world, facts, own) {
        let others = space.policies_for(labels);
        let others = others.filter(|(other, _)| other.name != facts.name);
        for (other, policy) in others {
            let Some((direction, severity)) = wider(own, policy) else {
                continue;
            };
            let message = format!(
                "`{}` is for some pods of `{}` only, and `{}` allows them more {direction}",
                facts.name, target.name, other.name
            );
            let mut finding = Finding::error(POLICY_VOID, "/spec/podSelector", message);
            finding.severity = severity;
            out.push(
                finding
                    .note("policies add up: what one of them allows is allowed")
                    .help(format!(
                        "let `{}` leave these pods out, by a label that only they have",
                        other.name
                    )),
            );
        }
    }
}

/// Versions of rollouts, as labels, that the policy selects while it leaves others of the same
/// rollout out.
fn versions<'f>(world: &World<'f>, facts: &Facts, policy: &Policy) -> Vec<(&'f Facts, &'f Map)> {
    let mut found = Vec::new();
    for (target, _) in world.selected(facts, &policy.selector) {
        // The first are the bare labels: pods have them for a moment only.
        let variants = target.pods.as_ref().map_or(&[][..], |pods| &pods.labels);
        let Some((_, named)) = variants.split_first() else {
            continue;
        };
        let (inside, outside): (Vec<_>, Vec<_>) = named
            .iter()
            .partition(|labels| selector::matches(&policy.selector, Some(labels)));
        if !outside.is_empty() {
            found.extend(inside.into_iter().map(|labels| (target, labels)));
        }
    }
    found
}

/// The direction in which `other` allows more than `own`, and how sure it is that this is not
/// meant.
fn wider(own: &Policy, other: &Policy) -> Option<(&'static str, Severity)> {
    let compare = |name, own: &Option<Vec<Value>>, other: &Option<Vec<Value>>| {
        Some((name, exceeds(own.as_ref()?, other.as_ref()?)?))
    };
    compare("ingress", &own.ingress, &other.ingress)
        .or_else(|| compare("egress", &own.egress, &other.egress))
}

/// An error where `own` changes nothing: it allows what `other` does, or less. A warning where both
/// speak of one port and `other` lets more peers use it. What `other` adds on ports of its own may
/// be meant, as DNS for everyone is.
fn exceeds(own: &[Value], other: &[Value]) -> Option<Severity> {
    let more: Vec<&Value> = other.iter().filter(|rule| !own.contains(rule)).collect();
    let allows_all = |rule: &Value| rule.as_map().is_some_and(Map::is_empty);
    if more.is_empty() {
        return None;
    }
    if more.iter().any(|rule| allows_all(rule)) {
        return Some(Severity::Error);
    }
    if own.iter().all(|rule| other.contains(rule)) {
        return Some(Severity::Error);
    }
    let shares = more
        .iter()
        .any(|rule| own.iter().any(|own| share_port(own, rule)));
    shares.then_some(Severity::Warning)
}

/// A rule without ports is for all of them.
fn share_port(a: &Value, b: &Value) -> bool {
    let ports = |rule: &'_ Value| {
        rule.get("ports")
            .and_then(Value::as_list)
            .map(<[_]>::to_vec)
    };
    match (ports(a), ports(b)) {
        (Some(a), Some(b)) => a.iter().any(|port| b.contains(port)),
        _ => true,
    }
}
