//! What belongs to one Rollout alone: its Services, and pods that it takes over from a workload.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation_references.go`
//! (`ValidateService`), `rollout/templateref.go`.

use rustc_hash::FxHashMap;

use super::facts::{Facts, Target};
use super::router::Router;
use super::{Resolver, SERVICE_NOT_OWN};
use crate::manifest::Finding;
use crate::value::{Map, Value};
use crate::verify::object::selector::{self, SELECTOR_MISMATCH};

const HASH: &str = "rollouts-pod-template-hash";

/// Services that two rollouts name: whoever comes second is refused.
pub fn shared(all: &[(usize, &Facts)]) -> Vec<(usize, Finding)> {
    let mut owners: FxHashMap<(&str, &str), &str> = FxHashMap::default();
    let mut out = Vec::new();
    for (number, facts) in all {
        for need in &facts.needs {
            let Target::OwnService { name } = &need.what else {
                continue;
            };
            let rollout = facts.name.as_str();
            let owner = *owners.entry((&facts.namespace, name)).or_insert(rollout);
            if owner != rollout {
                let message = format!("the Service `{name}` is that of the rollout `{owner}`");
                let finding = Finding::error(SERVICE_NOT_OWN, need.pointer.as_str(), message);
                out.push((
                    *number,
                    finding.help("give each rollout Services of its own"),
                ));
            }
        }
    }
    out
}

impl<'r> Resolver<'r> {
    pub(super) fn own_service(&mut self, pointer: &str, name: &str) {
        let namespace = self.facts.namespace.as_str();
        let Some(service) = self.index.object("", "Service", namespace, name) else {
            if !self.externals.has("", "Service", namespace, name) {
                self.missing(pointer, "Service", namespace, name);
            }
            return;
        };
        if let Some(Router::Managed(rollout)) = service.router.as_deref()
            && *rollout != self.facts.name
        {
            let message = format!("Service `{name}` is managed by the rollout `{rollout}`");
            let help = "name another Service, or remove its annotation";
            self.error(SERVICE_NOT_OWN, pointer, message, help);
        }
        let labels = service
            .selector
            .as_ref()
            .and_then(|selector| selector.get("matchLabels"));
        let (Some(labels), Some(pods)) = (labels.and_then(Value::as_map), self.own_labels()) else {
            return;
        };
        let mut wanted = labels.iter().filter(|(key, _)| *key != HASH);
        if wanted.any(|(key, value)| pods.get(key) != Some(value)) {
            let message = format!("Service `{name}` does not select the pods of this rollout");
            let help = "give the Service a selector that the pod template matches";
            self.error(SERVICE_NOT_OWN, pointer, message, help);
        }
    }

    /// The labels of the pod template, also of one that is taken over.
    fn own_labels(&self) -> Option<&'r Map> {
        let facts: &'r Facts = self.facts;
        let taken = facts.needs.iter().find_map(|need| match &need.what {
            Target::TakenPods {
                group, kind, name, ..
            } => Some((group, kind, name)),
            _ => None,
        });
        let holder = match taken {
            Some((group, kind, name)) => self.index.object(group, kind, &facts.namespace, name)?,
            None => facts,
        };
        holder.pods.as_ref()?.labels.first()
    }

    /// A Rollout selects the pods that it takes over, by its own selector or by the workload's.
    pub(super) fn taken_pods(
        &mut self,
        pointer: &str,
        (_, kind, name): (&str, &str, &str),
        selector: Option<&Value>,
    ) {
        let Some(labels) = self.own_labels() else {
            return;
        };
        let message = match selector {
            None if kind == "PodTemplate" => {
                format!("PodTemplate `{name}` has no selector, and the rollout has none either")
            }
            Some(own) if !selector::matches(own, Some(labels)) => {
                format!("the `selector` of the rollout does not match the pods of {kind} `{name}`")
            }
            _ => return,
        };
        let help = "write a `selector` that the labels of those pods match";
        self.error(SELECTOR_MISMATCH, pointer, message, help);
    }
}
