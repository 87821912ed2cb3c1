//! What the API server and the controllers check in code, for the kinds that we emit: one file an
//! area, one row in [`RULES`] for each. Schemas say the rest.

use crate::diagnostic::{Code, Severity};
use crate::manifest::Finding;
use crate::schema::UNKNOWN_OBJECT_FIELD;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::cursor::Cursor;

mod access;
mod application;
pub(super) mod argo;
mod autoscaler;
mod claim;
mod cluster;
mod config;
mod container;
mod downward;
mod external_secret;
mod ingress;
mod items;
mod job;
pub mod metadata;
mod network_policy;
mod pod;
mod probe;
mod project;
mod quota;
pub mod resources;
mod restart;
pub(super) mod schedule;
mod scheduling;
mod security;
pub mod selector;
mod service;
pub(crate) mod shape;
mod source;
mod system;
mod volume;
pub mod workload;

/// One area's check, and the kinds that it is for.
pub struct Rule {
    /// Group without version, and kind.
    pub kinds: &'static [(&'static str, &'static str)],
    pub check: fn(&Cursor, &mut Vec<Finding>),
}

const BATCH: &str = "batch";
const RBAC: &str = "rbac.authorization.k8s.io";
const ARGO: &str = "argoproj.io";

/// Every rule but that of metadata, which is for all kinds.
pub const RULES: &[Rule] = &[
    Rule {
        kinds: &[("", "Pod")],
        check: pod::alone,
    },
    Rule {
        kinds: &[("apps", "Deployment")],
        check: workload::deployment,
    },
    Rule {
        kinds: &[("apps", "StatefulSet")],
        check: workload::stateful_set,
    },
    Rule {
        kinds: &[("apps", "DaemonSet")],
        check: workload::daemon_set,
    },
    Rule {
        kinds: &[("apps", "ReplicaSet")],
        check: workload::replica_set,
    },
    Rule {
        kinds: &[("", "ReplicationController")],
        check: workload::replication_controller,
    },
    Rule {
        kinds: &[("", "PodTemplate")],
        check: workload::pod_template,
    },
    Rule {
        kinds: &[(BATCH, "Job")],
        check: workload::job,
    },
    Rule {
        kinds: &[(BATCH, "CronJob")],
        check: workload::cron_job,
    },
    Rule {
        kinds: &[("", "Service")],
        check: service::check,
    },
    Rule {
        kinds: &[("", "ServiceAccount")],
        check: access::service_account,
    },
    Rule {
        kinds: &[("", "ConfigMap")],
        check: config::config_map,
    },
    Rule {
        kinds: &[("", "Secret")],
        check: config::secret,
    },
    Rule {
        kinds: &[("", "PersistentVolumeClaim")],
        check: claim::spec,
    },
    Rule {
        kinds: &[("", "ResourceQuota")],
        check: quota::resource_quota,
    },
    Rule {
        kinds: &[("", "LimitRange")],
        check: quota::limit_range,
    },
    Rule {
        kinds: &[("networking.k8s.io", "Ingress")],
        check: ingress::check,
    },
    Rule {
        kinds: &[("networking.k8s.io", "NetworkPolicy")],
        check: network_policy::check,
    },
    Rule {
        kinds: &[("autoscaling", "HorizontalPodAutoscaler")],
        check: autoscaler::horizontal,
    },
    Rule {
        kinds: &[("policy", "PodDisruptionBudget")],
        check: autoscaler::disruption,
    },
    Rule {
        kinds: &[(RBAC, "Role")],
        check: access::role,
    },
    Rule {
        kinds: &[(RBAC, "ClusterRole")],
        check: access::cluster_role,
    },
    Rule {
        kinds: &[(RBAC, "RoleBinding")],
        check: access::role_binding,
    },
    Rule {
        kinds: &[(RBAC, "ClusterRoleBinding")],
        check: access::cluster_role_binding,
    },
    Rule {
        kinds: &[(ARGO, "Application")],
        check: application::check,
    },
    Rule {
        kinds: &[(ARGO, "AppProject")],
        check: project::check,
    },
    Rule {
        kinds: &[("external-secrets.io", "ExternalSecret")],
        check: external_secret::check,
    },
];

/// Every code of this folder.
pub const CODES: &[&[&Code]] = &[
    access::CODES,
    application::CODES,
    autoscaler::CODES,
    cluster::CODES[0],
    cluster::CODES[1],
    config::CODES,
    container::CODES,
    downward::CODES,
    external_secret::CODES,
    ingress::CODES,
    metadata::CODES,
    network_policy::CODES,
    probe::CODES,
    project::CODES,
    quota::CODES,
    resources::CODES,
    schedule::CODES,
    security::CODES,
    selector::CODES,
    service::CODES,
    shape::CODES,
    workload::CODES,
];

/// Every code of the rules about the kinds of Argo Rollouts.
pub use argo::sequence::WEIGHT_FALLS;

pub const ARGO_CODES: &[&[&Code]] = argo::CODES;

/// Everything that is wrong with one object by itself, where `target` is what reads it.
pub fn check(object: &Value, target: &Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    let root = Cursor::root(object);
    metadata::check(&root, &mut findings);
    let (group, kind) = group_and_kind(object);
    for rule in RULES.iter().chain(cluster::RULES) {
        if rule.kinds.iter().any(|row| row.1 == kind && row.0 == group) {
            (rule.check)(&root, &mut findings);
        }
    }
    if group == ARGO {
        argo::check(kind, &root, target, &mut findings);
    }
    findings
}

/// As [`check`], beside what the schema says: its findings are in `out` already, and of a value that
/// has been found wrong nothing more is said, nor of what it is in.
pub fn check_beside(object: &Value, target: &Target, out: &mut Vec<Finding>) {
    let is_wrong =
        |one: &&Finding| one.severity == Severity::Error && one.code != UNKNOWN_OBJECT_FIELD;
    let wrong: Vec<String> = out
        .iter()
        .filter(is_wrong)
        .map(|one| one.pointer.clone())
        .collect();
    let mut found = check(object, target);
    found.retain(|one| !wrong.iter().any(|place| overlap(place, &one.pointer)));
    out.append(&mut found);
}

/// Is one of two pointers the other one, or inside of it?
fn overlap(a: &str, b: &str) -> bool {
    let within = |long: &str, short: &str| {
        let rest = long.strip_prefix(short);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(a, b) || within(b, a)
}

/// Makes errors of those findings that are warnings in somebody else's object, and mistakes in one
/// of ours.
pub fn of_ours(findings: &mut Vec<Finding>) {
    // What a spec says itself is no news.
    findings.retain(|finding| !argo::is_said_by_spec(finding));
    findings.iter_mut().for_each(argo::severity_of_ours);
}

/// Fills in defaults, save for what the controllers of the target do not know.
pub fn fill(value: &mut Value, target: &Target, defaults: impl FnOnce(&mut Value)) {
    argo::versions::fill(value, target, defaults);
}

/// The API group without its version, empty for the core, and the kind.
pub(super) fn group_and_kind(object: &Value) -> (&str, &str) {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap_or("");
    let group = text("apiVersion")
        .rsplit_once('/')
        .map_or("", |(group, _)| group);
    (group, text("kind"))
}
