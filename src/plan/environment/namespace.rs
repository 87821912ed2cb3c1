//! Namespace: with its pod security level; never pruned, deleted only after a confirmation.

use super::Part;
use super::spaces::spaces;
use crate::draft::Traced;
use crate::plan::Planned;
use crate::plan::scope::Scope;

pub const PART: Part = Part {
    kind: "Namespace",
    template: "namespace",
    lower,
};

fn lower(scope: &Scope) -> Vec<Planned> {
    let one = |(name, space): (&crate::value::Str, &super::spaces::Space)| {
        let pods = Traced::from(space.pods.as_str()).from_origin(space.pods_origin);
        let context = Traced::map()
            .with("name", space.traced(name))
            .with("labels", scope.labels())
            .with("pods", pods);
        let path = format!("namespaces/namespace-{name}");
        scope.planned(&path, PART.template, context, space.origin)
    };
    spaces(scope).iter().map(one).collect()
}
