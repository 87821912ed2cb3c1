//! Objects without a namespace that two environments would put into one cluster.

use rustc_hash::FxHashMap;

use super::Item;
use crate::manifest::Finding;
use crate::plan::environment::IN_CLUSTER;
use crate::verify::references::{Facts, OBJECT_DUPLICATE};

/// The first and each second one, by their places in `facts`, whose first part is the number of its item. Every Argo
/// CD calls its own cluster by the same address, so that one tells nothing.
pub fn find(items: &[Item], facts: &[(usize, usize, Facts)]) -> Vec<(usize, usize, Finding)> {
    let mut owners = FxHashMap::default();
    let mut found = Vec::new();
    for (at, (number, _, facts)) in facts.iter().enumerate() {
        let scope = items[*number].scope();
        let server = scope.address();
        if !facts.namespace.is_empty() || facts.kind.is_empty() || server == IN_CLUSTER {
            continue;
        }
        let environment = &scope.environment.name.text;
        let (group, kind, name) = (&facts.group, &facts.kind, &facts.name);
        let (place, first) = *owners
            .entry((server, group, kind, name))
            .or_insert((at, environment));
        if first != environment {
            let message = format!(
                "{kind} `{name}` is described in `{first}` and in `{environment}`, for the cluster {server}"
            );
            let finding = Finding::error(OBJECT_DUPLICATE, "/metadata/name", message);
            found.push((place, at, finding.help("rename one of the two")));
        }
    }
    found
}
