//! RIB: one file for each kind of object that a service may need.

mod analysis_template;
mod config_map;
mod deployment;
mod external_secret;
mod grpc_route;
mod horizontal_pod_autoscaler;
mod http_route;
mod ingress;
mod network_policy;
mod persistent_volume_claim;
mod pod_disruption_budget;
mod pod_monitor;
mod rollout;
mod service;
mod service_account;
mod stateful_set;

use super::Planned;
use super::unit::Unit;

/// A kind of object and how a service asks for it.
pub struct Kind {
    /// As Kubernetes writes it.
    pub name: &'static str,
    /// `templates/<template>.yaml.j2`.
    pub template: &'static str,
    /// The objects of that kind that a service needs: none, one or several.
    pub lower: fn(&Unit) -> Vec<Planned>,
}

/// In the order in which they appear in reports; Argo CD's waves are in the templates.
pub const KINDS: &[Kind] = &[
    service_account::KIND,
    network_policy::KIND,
    config_map::KIND,
    external_secret::KIND,
    persistent_volume_claim::KIND,
    service::KIND,
    http_route::KIND,
    grpc_route::KIND,
    ingress::KIND,
    analysis_template::KIND,
    pod_monitor::KIND,
    rollout::KIND,
    deployment::KIND,
    stateful_set::KIND,
    horizontal_pod_autoscaler::KIND,
    pod_disruption_budget::KIND,
];
