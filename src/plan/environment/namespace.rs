//! Namespace: with its pod security level; never pruned, deleted only after a confirmation.

use std::collections::BTreeMap;

use super::outside::ARGO_CD;
use super::spaces::{Space, spaces};
use super::{ARGO_CD_NAMESPACE, Part};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::{Origin, Traced};
use crate::plan::Planned;
use crate::plan::scope::Scope;
use crate::plan::traffic::mesh;
use crate::value::Str;

pub const PART: Part = Part {
    kind: "Namespace",
    template: "namespace",
    lower,
};

fn lower(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let one = |(name, space): (&Str, &Space)| {
        let pods = Traced::from(space.pods.as_str()).from_origin(space.pods_origin);
        let context = Traced::map()
            .with("name", space.traced(name))
            .with("labels", scope.labels())
            .with("pods", pods)
            .with("mesh", in_mesh(scope, space));
        let path = format!("namespaces/namespace-{name}");
        scope.planned(&path, PART.template, context, space.origin)
    };
    let spaces = spaces(scope);
    refuse_argo_cd(&spaces, diags);
    spaces.iter().map(one).collect()
}

/// The mesh whose proxies the pods of services get; null for components, whose charts say so.
fn in_mesh(scope: &Scope, space: &Space) -> Traced {
    match mesh(scope).filter(|_| space.has_services) {
        Some((_, _, at)) => Traced::from(at.value.as_str()).at(at.span),
        None => Traced::default(),
    }
}

fn refuse_argo_cd(spaces: &BTreeMap<Str, Space>, diags: &mut Diagnostics) {
    if let Some(Origin::Spec(span)) = spaces.get(ARGO_CD).map(|space| space.origin) {
        let message = format!("the namespace `{ARGO_CD}` is Argo CD's own");
        diags.push(
            Diagnostic::error(ARGO_CD_NAMESPACE, message)
                .at(span, "would run beside Argo CD")
                .help("choose another namespace"),
        );
    }
}
