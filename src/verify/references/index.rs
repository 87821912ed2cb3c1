//! Finds objects by identity and pods by labels, in constant time.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::value::{Map, Value};
use crate::verify::object::selector;
use crate::verify::references::facts::Facts;

type Identity<'f> = (&'f str, &'f str, &'f str, &'f str);

/// All facts of a set of objects, by what they are looked for.
#[derive(Default)]
pub struct Index<'f> {
    objects: FxHashMap<Identity<'f>, &'f Facts>,
    /// By namespace and name: Secrets, and what makes them.
    secrets: FxHashMap<(&'f str, &'f str), &'f Facts>,
    /// By namespace, label and value: the workloads whose pods have it.
    labelled: FxHashMap<(&'f str, &'f str, &'f str), Vec<&'f Facts>>,
    /// By namespace.
    pods: FxHashMap<&'f str, Vec<&'f Facts>>,
    /// Namespaces, with the names of their workloads and Services.
    names: FxHashSet<(&'f str, &'f str)>,
    /// The same names, wherever they are.
    names_anywhere: FxHashSet<&'f str>,
}

impl<'f> Index<'f> {
    pub fn with_capacity(objects: usize) -> Index<'f> {
        let mut index = Index::default();
        index.objects.reserve(objects);
        index
    }

    /// Adds one; gives whether its identity was there before.
    pub fn add(&mut self, facts: &'f Facts) -> bool {
        let namespace = facts.namespace.as_str();
        if facts.kind == "Secret" && facts.group.is_empty() {
            self.secrets.insert((namespace, &facts.name), facts);
        } else if !facts.makes.is_empty() {
            self.secrets
                .entry((namespace, &facts.makes))
                .or_insert(facts);
        }
        if facts.pods.is_some() {
            self.add_pods(facts);
        }
        if facts.pods.is_some() || facts.kind == "Service" {
            self.add_name(namespace, &facts.name);
        }
        let identity = (
            facts.group.as_str(),
            facts.kind.as_str(),
            namespace,
            facts.name.as_str(),
        );
        self.objects.insert(identity, facts).is_some()
    }

    fn add_name(&mut self, namespace: &'f str, name: &'f str) {
        self.names.insert((namespace, name));
        self.names_anywhere.insert(name);
    }

    /// Are there workloads at all?
    pub fn has_pods(&self) -> bool {
        !self.pods.is_empty()
    }

    pub fn has_pods_in(&self, namespace: &str) -> bool {
        self.pods.contains_key(namespace)
    }

    /// Is this the name of a workload or Service, or what pods say of themselves?
    pub fn is_known(&self, namespace: &str, name: &str) -> bool {
        self.names.contains(&(namespace, name))
    }

    pub fn is_known_anywhere(&self, name: &str) -> bool {
        self.names_anywhere.contains(name)
    }

    fn add_pods(&mut self, facts: &'f Facts) {
        let namespace = facts.namespace.as_str();
        self.pods.entry(namespace).or_default().push(facts);
        for variant in facts.pods.iter().flat_map(|pods| &pods.labels) {
            for (key, value) in variant.iter() {
                let Some(value) = value.as_str() else {
                    continue;
                };
                if matches!(key.as_str(), "app.kubernetes.io/name" | "app") {
                    self.add_name(namespace, value);
                }
                let list = self.labelled.entry((namespace, key, value)).or_default();
                // The variants of one workload come one after the other.
                if list.last().is_none_or(|last| !std::ptr::eq(*last, facts)) {
                    list.push(facts);
                }
            }
        }
    }

    pub fn object(
        &self,
        group: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<&'f Facts> {
        self.objects.get(&(group, kind, namespace, name)).copied()
    }

    /// The Secret, or what makes it.
    pub fn secret(&self, namespace: &str, name: &str) -> Option<&'f Facts> {
        self.secrets.get(&(namespace, name)).copied()
    }

    /// The workloads of the namespace whose pods the selector matches. Looks only at those that
    /// have the rarest of its labels.
    pub fn selected<'a>(
        &'a self,
        namespace: &'a str,
        selector: &'a Value,
    ) -> impl Iterator<Item = &'f Facts> + use<'a, 'f> {
        let candidates = self.candidates(namespace, selector);
        candidates
            .iter()
            .copied()
            .filter(|facts| is_selected(facts, selector))
    }

    /// The same, where no more than `most` have to be looked at; nothing otherwise.
    pub fn few(&self, namespace: &str, selector: &Value, most: usize) -> Vec<&'f Facts> {
        let candidates = self.candidates(namespace, selector);
        let candidates = candidates.iter().filter(|_| candidates.len() <= most);
        let found = candidates.filter(|facts| is_selected(facts, selector));
        found.copied().collect()
    }

    fn candidates<'a>(&'a self, namespace: &'a str, selector: &'a Value) -> &'a [&'f Facts] {
        let exact = selector
            .get("matchLabels")
            .and_then(Value::as_map)
            .map_or(&[][..], Map::entries);
        let rarest = exact
            .iter()
            .filter_map(|(key, value)| Some((key, value.as_str()?)))
            .map(|(key, value)| {
                self.labelled
                    .get(&(namespace, key.as_str(), value))
                    .map_or(&[][..], Vec::as_slice)
            })
            .min_by_key(|list| list.len());
        rarest.unwrap_or_else(|| self.pods.get(namespace).map_or(&[][..], Vec::as_slice))
    }
}

fn is_selected(facts: &Facts, selector: &Value) -> bool {
    let mut variants = facts.pods.iter().flat_map(|pods| &pods.labels);
    variants.any(|labels| selector::matches(selector, Some(labels)))
}
