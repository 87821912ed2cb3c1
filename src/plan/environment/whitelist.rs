//! The kinds that an AppProject lets in.
//!
//! A kind that leaves the list is no longer compared nor pruned (argo-cd `controller/state.go`
//! drops live objects that are not permitted), so the list is all that this version can emit,
//! used or not.

use std::collections::BTreeSet;

use super::also;
use crate::draft::Traced;
use crate::plan::scope::Scope;
use crate::value::Str;

/// Group and kind of what services and namespaces may consist of.
pub const NAMESPACED: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "LimitRange"),
    ("", "PersistentVolumeClaim"),
    ("", "ResourceQuota"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("argoproj.io", "AnalysisTemplate"),
    ("argoproj.io", "Rollout"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("external-secrets.io", "ExternalSecret"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("monitoring.coreos.com", "PodMonitor"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
];

/// Namespaced kinds of the tenant: the fixed ones, and those of `also`.
pub fn namespaced(scope: &Scope) -> Traced {
    let mut kinds: BTreeSet<(Str, Str)> = NAMESPACED
        .iter()
        .map(|(group, kind)| (Str::from(*group), Str::from(*kind)))
        .collect();
    let own = also::of_tenant(scope).into_iter();
    kinds.extend(
        own.filter(|(.., namespace)| !namespace.is_empty())
            .map(|(group, kind, _)| (group, kind)),
    );
    list(kinds)
}

/// Kinds without a namespace: Namespace, and those of `also`.
pub fn cluster_wide(scope: &Scope) -> Traced {
    let mut kinds = BTreeSet::from([(Str::new(), Str::from("Namespace"))]);
    let own = also::of_tenant(scope).into_iter();
    kinds.extend(
        own.filter(|(.., namespace)| namespace.is_empty())
            .map(|(group, kind, _)| (group, kind)),
    );
    list(kinds)
}

/// As AppProjects write it.
pub fn list<G: Into<Traced>, K: Into<Traced>>(kinds: impl IntoIterator<Item = (G, K)>) -> Traced {
    let kinds = kinds.into_iter().map(|(group, kind)| {
        Traced::map()
            .with("group", group.into())
            .with("kind", kind.into())
    });
    Traced::from(kinds.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::environment::PARTS;
    use crate::plan::kind::KINDS;

    #[test]
    fn every_kind_that_is_emitted_is_let_in() {
        let elsewhere = ["Namespace", "AppProject", "Application"];
        let kinds = KINDS.iter().map(|kind| kind.name);
        let parts = PARTS.iter().map(|part| part.kind);
        for kind in kinds.chain(parts).filter(|kind| !elsewhere.contains(kind)) {
            let is_there = NAMESPACED.iter().any(|(_, name)| *name == kind);
            assert!(is_there, "{kind} is not in the table");
        }
    }
}
