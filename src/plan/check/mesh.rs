//! Metrics of a mesh are there where the mesh is.

use super::CONVENTION_WITHOUT_MESH;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::plan::scope::Scope;
use crate::plan::traffic::mesh;
use crate::spec::field::At;
use crate::spec::text::{Convention, Mesh};

pub fn check(scope: &Scope, diags: &mut Diagnostics) {
    let environment = scope.environment;
    let traffic = environment.spec.traffic.0.iter();
    let traffic = traffic.filter_map(|(_, at)| at.convention.as_ref());
    let services = environment.services.iter();
    let services =
        services.filter_map(|service| service.spec.metrics.as_ref()?.convention.as_ref());
    // A service may know of proxies, or of series of that name, that nobody here does.
    let all = traffic.map(|at| (at, Severity::Error));
    for (at, severity) in all.chain(services.map(|at| (at, Severity::Warning))) {
        diags.extend(missing(scope, at, severity));
    }
}

fn missing(scope: &Scope, at: &At<Convention>, severity: Severity) -> Option<Diagnostic> {
    let wanted = match at.value {
        Convention::Istio => Mesh::Istio,
        Convention::Linkerd => Mesh::Linkerd,
        Convention::Otel | Convention::IngressNginx | Convention::EnvoyGateway => return None,
    };
    let found = mesh(scope);
    if found.is_some_and(|(_, _, mesh)| mesh.value == wanted) {
        return None;
    }
    let (name, environment) = (wanted.as_str(), &scope.environment.name);
    let message = format!(
        "metrics are named as those of {name}, and `{}` has no such mesh",
        environment.text
    );
    let finding = Diagnostic::new(CONVENTION_WITHOUT_MESH, severity, message)
        .at(at.span, "metrics of the proxies beside pods");
    let finding = match found {
        Some((_, _, mesh)) => finding.at(mesh.span, "the mesh that there is"),
        None => finding.at(environment.span, "no `mesh` here"),
    };
    Some(finding.help(format!(
        "write `traffic \"inside\" mesh=\"{name}\"`, or the convention of what routes requests"
    )))
}
