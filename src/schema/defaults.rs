//! The defaults of a custom resource's definition, written in as the API server stores them.

use super::arena::*;
use crate::value::{Map, Value};

/// Fills the spec of a custom resource; `metadata` and `status` are not the definition's.
pub fn fill(arena: &Arena, root: NodeId, object: &mut Value) {
    let node = arena.node(root);
    let Some(map) = object.as_map_mut().filter(|_| node.defaulted) else {
        return;
    };
    add_missing(arena, node, map, &|name| !implied(name));
    for (key, value) in map.iter_mut().filter(|(key, _)| !implied(key)) {
        if let Some(id) = node.field(key) {
            below(arena, id, value);
        }
    }
}

fn implied(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata" | "status")
}

/// Nothing is added to a parent that is not there, so the walk goes no deeper than the value.
fn below(arena: &Arena, id: NodeId, value: &mut Value) {
    let node = arena.node(id);
    if !node.defaulted {
        return;
    }
    match value {
        Value::Map(map) => {
            add_missing(arena, node, map, &|_| true);
            for (key, value) in map.iter_mut() {
                if let Some(id) = node.field(key).or(node.element) {
                    below(arena, id, value);
                }
            }
        }
        Value::List(list) => {
            let Some(element) = node.element else {
                return;
            };
            list.iter_mut()
                .for_each(|value| below(arena, element, value));
        }
        _ => {}
    }
}

/// The defaults of a value that has forms to match, which are not in its definition's tree by
/// themselves.
pub fn below_combined(arena: &Arena, node: &Node, value: &mut Value) {
    if let Value::Map(map) = value {
        add_missing(arena, node, map, &|_| true);
    }
}

fn add_missing(arena: &Arena, node: &Node, map: &mut Map, wanted: &dyn Fn(&str) -> bool) {
    let absent = |field: &&Field| {
        arena.default_of(field.node).is_some()
            && wanted(&field.name)
            && map.get(&field.name).is_none()
    };
    let mut missing: Vec<_> = node
        .fields
        .iter()
        .filter(absent)
        .filter_map(|field| Some((&field.name, arena.default_of(field.node)?)))
        .collect();
    missing.sort_by_key(|(name, _)| *name);
    for (name, default) in missing {
        map.push(name.clone(), default.clone());
    }
}
