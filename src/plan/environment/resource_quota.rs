//! ResourceQuota: what the environment's own namespace may ask for in sum.

use super::Part;
use super::spaces::spaces;
use crate::diagnostic::Diagnostics;
use crate::draft::{Origin, Traced};
use crate::plan::Planned;
use crate::plan::scope::Scope;

pub const PART: Part = Part {
    kind: "ResourceQuota",
    template: "resource-quota",
    lower,
};

fn lower(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let Some(quota) = &scope.environment.spec.quota else {
        return Vec::new();
    };
    let mut hard = Traced::map();
    if let Some(at) = &quota.cpu {
        hard = hard.with(
            "requests.cpu",
            Traced::from(at.value.to_string()).at(at.span),
        );
    }
    if let Some(at) = &quota.memory {
        hard = hard.with(
            "requests.memory",
            Traced::from(at.value.to_string()).at(at.span),
        );
    }
    if let Some(at) = &quota.pods {
        hard = hard.with("pods", Traced::from(at.value.0.to_string()).at(at.span));
    }
    let spaces = spaces(scope);
    let own = spaces
        .iter()
        .filter(|(_, space)| space.is_own && hard != Traced::map());
    own.map(|(name, space)| {
        let context = Traced::map()
            .with("namespace", space.traced(name))
            .with("labels", scope.labels())
            .with("hard", hard.clone());
        let path = format!("namespaces/resource-quota-{name}");
        scope.planned(&path, PART.template, context, Origin::Spec(quota.span))
    })
    .collect()
}
