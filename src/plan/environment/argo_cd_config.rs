//! ConfigMap `argocd-cm`, only the key that makes waves of Applications mean something: Argo CD
//! has no health for Applications, and without one it waits for none of them.

use super::Part;
use crate::diagnostic::Diagnostics;
use crate::draft::Traced;
use crate::plan::Planned;
use crate::plan::scope::Scope;

pub const PART: Part = Part {
    kind: "ConfigMap",
    template: "argo-cd-config",
    lower,
};

fn lower(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let context = Traced::map();
    vec![scope.planned(
        "bootstrap/config-map-argocd-cm",
        PART.template,
        context,
        scope.origin(),
    )]
}
