//! What the objects of an environment may refer to although no object here makes it.

use super::spaces::spaces;
use crate::manifest::ObjectId;
use crate::plan::scope::Scope;
use crate::value::Str;

/// What is there without an object of ours.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    pub objects: Vec<ObjectId>,
    /// Namespaces in which others make objects that we do not know.
    pub namespaces: Vec<Str>,
}

/// Where Argo CD and Argo Rollouts run: their own installations make these.
pub const ARGO_CD: &str = "argocd";
pub const ARGO_ROLLOUTS: &str = "argo-rollouts";

/// The stores, gateways and classes that the spec names, claims and pull secrets, and the
/// namespaces that components fill.
pub fn outside(scope: &Scope) -> Outside {
    let mut outside = Outside::default();
    let spec = &scope.environment.spec;
    for name in [ARGO_CD, ARGO_ROLLOUTS] {
        outside.add("", "Namespace", "", name);
        outside.namespaces.push(name.into());
    }
    let components = spaces(scope);
    let components = components.iter().filter(|(_, space)| !space.has_services);
    outside
        .namespaces
        .extend(components.map(|(name, _)| name.clone()));
    for (_, traffic) in &spec.traffic.0 {
        if let Some(at) = &traffic.gateway {
            let (namespace, name) = (at.value.namespace(), at.value.name());
            outside.add("gateway.networking.k8s.io", "Gateway", namespace, name);
            outside.add("", "Namespace", "", namespace);
        }
        if let Some(at) = &traffic.nginx {
            let (namespace, name) = (at.value.namespace(), at.value.name());
            outside.add("networking.k8s.io", "IngressClass", "", name);
            outside.add("", "Namespace", "", namespace);
        }
    }
    if let Some(scraper) = scope.scraper() {
        outside.add("", "Namespace", "", scraper);
    }
    services(scope, &mut outside);
    outside
}

fn services(scope: &Scope, outside: &mut Outside) {
    let store = scope.environment.spec.secrets.as_ref();
    let store = store.and_then(|secrets| secrets.store.as_ref());
    if let Some(store) = store.filter(|store| store.value.kind() == "ClusterSecretStore") {
        outside.add(
            "external-secrets.io",
            "ClusterSecretStore",
            "",
            store.value.name(),
        );
    }
    for service in &scope.environment.services {
        if let Some(class) = service
            .spec
            .schedule
            .as_ref()
            .and_then(|schedule| schedule.priority.as_ref())
        {
            outside.add("scheduling.k8s.io", "PriorityClass", "", &class.value.0);
        }
        let namespace = scope.namespace_of(&service.spec);
        if let Some(store) = store.filter(|store| store.value.kind() == "SecretStore") {
            outside.add(
                "external-secrets.io",
                "SecretStore",
                &namespace,
                store.value.name(),
            );
        }
        for (_, volume) in &service.spec.volume.0 {
            if let Some(claim) = &volume.existing {
                outside.add("", "PersistentVolumeClaim", &namespace, &claim.value.0);
            }
        }
        let tls = service.spec.expose.as_ref().and_then(|at| at.tls.as_ref());
        for secret in service.spec.pull_secret.0.iter().chain(tls) {
            outside.add("", "Secret", &namespace, &secret.value.0);
        }
    }
}

impl Outside {
    fn add(&mut self, group: &str, kind: &str, namespace: &str, name: &str) {
        self.objects.push(ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        });
    }
}
