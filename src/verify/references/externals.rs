//! What exists without being emitted: it is taken for granted, not checked.

use rustc_hash::FxHashSet;

use crate::manifest::ObjectId;
use crate::value::Str;

/// Objects and namespaces that come from elsewhere: stores, gateways, the parts of components.
#[derive(Clone, Debug, Default)]
pub struct Externals {
    objects: FxHashSet<ObjectId>,
    namespaces: FxHashSet<Str>,
    zones: Option<i64>,
}

impl Externals {
    pub fn new() -> Externals {
        Externals::default()
    }

    /// One object is there. A Namespace of which only the name is known is added as an object
    /// as well.
    pub fn add(&mut self, id: ObjectId) {
        self.objects.insert(id);
    }

    /// The namespace exists, and others put objects into it: nothing that is looked for there
    /// counts as missing.
    pub fn add_open_namespace(&mut self, name: impl Into<Str>) {
        self.namespaces.insert(name.into());
    }

    /// The cluster has so many zones.
    pub fn set_zones(&mut self, zones: i64) {
        self.zones = Some(zones);
    }

    pub(super) fn zones(&self) -> Option<i64> {
        self.zones
    }

    pub(super) fn is_open(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
    }

    pub(super) fn has(&self, group: &str, kind: &str, namespace: &str, name: &str) -> bool {
        self.is_open(namespace)
            || built_in(group, kind, name)
            || self.objects.contains(&ObjectId {
                group: group.into(),
                kind: kind.into(),
                namespace: namespace.into(),
                name: name.into(),
            })
    }
}

/// What every cluster or namespace has from the start. Source: k8s.io/kubernetes
/// `plugin/pkg/auth/authorizer/rbac/bootstrappolicy` and the controllers of accounts.
fn built_in(group: &str, kind: &str, name: &str) -> bool {
    match (group, kind) {
        ("", "ServiceAccount") => name == "default",
        ("", "ConfigMap") => name == "kube-root-ca.crt",
        ("", "Namespace") => {
            ["default", "kube-system", "kube-public", "kube-node-lease"].contains(&name)
        }
        ("rbac.authorization.k8s.io", "ClusterRole") => {
            ["view", "edit", "admin", "cluster-admin"].contains(&name)
                || name.starts_with("system:")
        }
        _ => false,
    }
}
