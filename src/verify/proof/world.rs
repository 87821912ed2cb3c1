//! All objects of one cluster, by namespace and by what a rule asks for.

use rustc_hash::FxHashMap;

use crate::value::{Map, Value};
use crate::verify::object::selector;
use crate::verify::references::Facts;
use crate::verify::references::index::Index;
use crate::verify::subject::{Application, Autoscaler, Limits, Policy, Subject, Tasks, Workload};

/// What rules look things up in.
pub struct World<'f> {
    pub index: &'f Index<'f>,
    /// Zones of the cluster, where they are known.
    pub zones: Option<i64>,
    /// Policies of other projects, which may allow and deny besides.
    pub has_other_policies: bool,
    spaces: FxHashMap<&'f str, Space<'f>>,
    /// Budgets by the pods that they are for: namespace, kind and name of the workload.
    budgets: FxHashMap<(&'f str, &'f str, &'f str), Vec<&'f Facts>>,
    /// By the namespace that they deploy to.
    applications: FxHashMap<&'f str, Vec<&'f Application>>,
}

/// A budget for more workloads than these is not held against others one by one.
const MOST_COVERED: usize = 256;
/// More budgets for one pod say nothing new.
const MOST_BUDGETS: usize = 8;

/// Key and value; empty for policies without an exact label.
type Label<'f> = (&'f str, &'f str);

/// Group, kind and name.
type Target<'f> = (&'f str, &'f str, &'f str);

/// One namespace.
#[derive(Default)]
pub struct Space<'f> {
    pub workloads: Vec<(&'f Facts, &'f Workload)>,
    pub tasks: Vec<(&'f Facts, &'f Tasks)>,
    policies: Vec<(&'f Facts, &'f Policy)>,
    /// Policies by the rarest label that they ask for; those that ask for none under nothing.
    by_label: FxHashMap<Label<'f>, Vec<usize>>,
    pub limits: Vec<&'f Limits>,
    /// By group, kind and name of the target.
    autoscalers: FxHashMap<Target<'f>, Vec<(&'f Facts, &'f Autoscaler)>>,
}

impl<'f> Space<'f> {
    /// The policies that select pods with these labels.
    pub fn policies_for<'a>(
        &'a self,
        labels: &'a Map,
    ) -> impl Iterator<Item = (&'f Facts, &'f Policy)> + use<'a, 'f> {
        self.candidates(labels)
            .filter(|(_, policy)| selector::matches(&policy.selector, Some(labels)))
    }

    /// The policies that may: whoever walks them counts how many they are.
    pub fn candidates<'a>(
        &'a self,
        labels: &'a Map,
    ) -> impl Iterator<Item = (&'f Facts, &'f Policy)> + use<'a, 'f> {
        let own = labels
            .iter()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
        let keys = own.chain([("", "")]);
        let listed = keys.flat_map(|key| self.by_label.get(&key).map_or(&[][..], Vec::as_slice));
        listed.map(|at| self.policies[*at])
    }

    fn sort_policies(&mut self) {
        let mut seen: FxHashMap<Label, usize> = FxHashMap::default();
        for (_, policy) in &self.policies {
            exact(policy).for_each(|label| *seen.entry(label).or_default() += 1);
        }
        for (at, (_, policy)) in self.policies.iter().enumerate() {
            let rarest = exact(policy).min_by_key(|label| seen.get(label).copied());
            let list = self.by_label.entry(rarest.unwrap_or_default()).or_default();
            list.push(at);
        }
    }
}

fn exact<'f>(policy: &'f Policy) -> impl Iterator<Item = Label<'f>> {
    let labels = policy.selector.get("matchLabels").and_then(Value::as_map);
    let entries = labels.map_or(&[][..], Map::entries).iter();
    entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

impl<'f> World<'f> {
    pub fn new(all: &[(usize, &'f Facts)], index: &'f Index<'f>, zones: Option<i64>) -> World<'f> {
        let mut world = World {
            index,
            zones,
            has_other_policies: all.iter().any(|(_, facts)| is_other_policy(facts)),
            spaces: FxHashMap::default(),
            budgets: FxHashMap::default(),
            applications: FxHashMap::default(),
        };
        for (_, facts) in all {
            if let Some(subject) = &facts.subject {
                world.add(facts, subject);
            }
        }
        world.spaces.values_mut().for_each(Space::sort_policies);
        for (_, facts) in all {
            world.cover(facts);
        }
        world
    }

    fn cover(&mut self, facts: &'f Facts) {
        let Some(Subject::Budget(budget)) = &facts.subject else {
            return;
        };
        let pods = self
            .index
            .few(&facts.namespace, &budget.selector, MOST_COVERED);
        for pods in pods {
            let key = (&*pods.namespace, &*pods.kind, &*pods.name);
            let list = self.budgets.entry(key).or_default();
            if list.len() < MOST_BUDGETS {
                list.push(facts);
            }
        }
    }

    /// The budgets for these pods, in their order.
    pub fn budgets<'a>(&'a self, pods: &'a Facts) -> &'a [&'a Facts] {
        let key = (&*pods.namespace, &*pods.kind, &*pods.name);
        let budgets: &'a FxHashMap<_, Vec<&'a Facts>> = &self.budgets;
        budgets.get(&key).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, facts: &'f Facts, subject: &'f Subject) {
        if let Subject::Application(application) = subject {
            let list = self.applications.entry(&application.namespace).or_default();
            return list.push(application);
        }
        let space = self.spaces.entry(&facts.namespace).or_default();
        match subject {
            Subject::Workload(workload) => space.workloads.push((facts, workload)),
            Subject::Tasks(tasks) => space.tasks.push((facts, tasks)),
            Subject::Policy(policy) => space.policies.push((facts, policy)),
            Subject::Limits(limits) => space.limits.push(limits),
            Subject::Autoscaler(scaler) => {
                let target = (&*scaler.group, &*scaler.kind, &*scaler.name);
                let list = space.autoscalers.entry(target).or_default();
                list.push((facts, scaler));
            }
            _ => {}
        }
    }

    pub fn space(&self, facts: &Facts) -> Option<&Space<'f>> {
        self.spaces.get(facts.namespace.as_str())
    }

    /// What scales this workload.
    pub fn autoscalers<'a>(&'a self, of: &'a Facts) -> &'a [(&'a Facts, &'a Autoscaler)] {
        let target = (&*of.group, &*of.kind, &*of.name);
        let space: Option<&'a Space<'a>> = self.spaces.get(of.namespace.as_str());
        let found = space.and_then(|space| space.autoscalers.get(&target));
        found.map_or(&[], Vec::as_slice)
    }

    /// The workload that an autoscaler of `from`'s namespace scales.
    pub fn target(&self, from: &Facts, scaler: &Autoscaler) -> Option<(&'f Facts, &'f Workload)> {
        let facts =
            self.index
                .object(&scaler.group, &scaler.kind, &from.namespace, &scaler.name)?;
        Some((facts, workload(facts)?))
    }

    /// Fewest and most pods that there are meant to be.
    pub fn range(&self, facts: &Facts, workload: &Workload) -> (i64, i64) {
        match self.autoscalers(facts).first() {
            Some((_, scaler)) => (scaler.min, scaler.max.max(scaler.min)),
            None => {
                let replicas = workload.replicas.unwrap_or(1);
                (replicas, replicas)
            }
        }
    }

    /// The workloads of `from`'s namespace whose pods the selector matches.
    pub fn selected<'a>(
        &'a self,
        from: &'a Facts,
        selector: &'a Value,
    ) -> impl Iterator<Item = (&'f Facts, &'f Workload)> + use<'a, 'f> {
        let found = self.index.selected(&from.namespace, selector);
        found.filter_map(|facts| Some((facts, workload(facts)?)))
    }

    /// Does an Application leave the replicas of this kind alone there?
    pub fn leaves_replicas(&self, workload: &Facts) -> bool {
        let applications = self.applications.get(workload.namespace.as_str());
        applications.is_some_and(|list| {
            let kinds = list.iter().flat_map(|one| &one.leaves_replicas);
            kinds.into_iter().any(|kind| *kind == workload.kind)
        })
    }
}

/// NetworkPolicies of Cilium, Calico and the cluster's administrators.
fn is_other_policy(facts: &Facts) -> bool {
    facts.kind.ends_with("NetworkPolicy") && facts.group != "networking.k8s.io"
}

pub fn workload(facts: &Facts) -> Option<&Workload> {
    match facts.subject.as_ref()? {
        Subject::Workload(workload) => Some(workload),
        _ => None,
    }
}
