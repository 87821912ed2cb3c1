//! The rules of custom resources (`x-kubernetes-validations`).

use super::arena::*;
use crate::manifest::Finding;
use crate::value::Value;

pub fn mark_unchecked(arena: &mut Arena) {
    let rules = arena
        .nodes
        .iter_mut()
        .filter_map(|node| node.constraints.as_mut());
    for rule in rules.flat_map(|constraints| constraints.rules.iter_mut()) {
        rule.unchecked = "rules are not evaluated".into();
    }
}

pub fn check(_arena: &Arena, _entry: &Entry, _object: &Value, _findings: &mut Vec<Finding>) {}

/// The rules below `root` that are marked as not evaluated, in a stable order, none twice.
pub fn unchecked(arena: &Arena, root: NodeId) -> Vec<(&str, &str)> {
    let mut seen = vec![false; arena.nodes.len()];
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id.0 as usize], true) {
            continue;
        }
        let node = arena.node(id);
        let rules = node
            .constraints
            .iter()
            .flat_map(|constraints| constraints.rules.iter());
        let marked = rules.filter(|rule| !rule.unchecked.is_empty());
        found.extend(marked.map(|rule| (rule.rule.as_str(), rule.unchecked.as_str())));
        open.extend(
            node.fields
                .iter()
                .map(|field| field.node)
                .chain(node.element),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}
