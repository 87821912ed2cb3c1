//! ConfigMap `argo-rollouts-config`: where the controller finds the plugin that shifts weights in
//! routes of the Gateway API. It is read only when the controller starts.

use super::Part;
use crate::diagnostic::Diagnostics;
use crate::draft::Traced;
use crate::plan::Planned;
use crate::plan::scope::Scope;
use crate::plan::traffic::Router;
use crate::plan::unit::Unit;

pub const PART: Part = Part {
    kind: "ConfigMap",
    template: "argo-rollouts-config",
    lower,
};

fn lower(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    let needs = scope.environment.services.iter().any(|service| {
        let unit = Unit::new(*scope, service);
        let router = unit.traffic.as_ref().map(|traffic| traffic.router);
        unit.is_routed() && matches!(router, Some(Router::Gateway(_) | Router::Mesh(_)))
    });
    if !needs {
        return Vec::new();
    }
    let path = "bootstrap/config-map-argo-rollouts-config";
    vec![scope.planned(path, PART.template, Traced::map(), scope.origin())]
}
