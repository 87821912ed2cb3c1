//! References between the given objects, where much that they name may live elsewhere.
//!
//! What breaks a rollout or a route is an error where the files hold other objects of that kind in
//! that namespace, because the missing one belongs beside them; else a warning. Of what a platform
//! provides (secrets, accounts, gateways) a missing object is a warning beside others of its kind,
//! and only counted where there are none. With `complete` every missing object is an error.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use super::codes::OUTSIDE;
use super::object::Object;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::Finding;
use crate::spec::problem::nearest;
use crate::verify::references::{
    Externals, Facts, NAMESPACE_MISSING, REFERENCE_MISSING, SELECTS_NOTHING, TARGET_PORT_MISSING,
    Target, resolve,
};

/// So many findings look for a similar name.
const COMPARED: usize = 50;

/// And at so many names.
const COMPARED_WITH: usize = 1_000;

/// Names of outside objects in a note.
const SHOWN: usize = 3;

/// What leads out of the files: kinds, each with names.
#[derive(Debug, Default)]
pub struct Outside(BTreeMap<String, BTreeSet<String>>);

impl Outside {
    pub fn note(&self) -> Option<Diagnostic> {
        let n: usize = self.0.values().map(BTreeSet::len).sum();
        let (are, them) = match n {
            0 => return None,
            1 => ("object that is named is", "it"),
            _ => ("objects that are named are", "each of them"),
        };
        let message = format!("{n} {are} not in these files");
        let mut note = Diagnostic::new(OUTSIDE, Severity::Note, message);
        for (kind, names) in &self.0 {
            let shown: Vec<_> = names
                .iter()
                .take(SHOWN)
                .map(|name| format!("`{name}`"))
                .collect();
            let more = match names.len().saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            note = note.note(format!("{kind}: {}{more}", shown.join(", ")));
        }
        Some(note.help(format!("pass `--complete` to make an error of {them}")))
    }

    fn add(&mut self, kind: &str, name: &str) {
        let names = self.0.entry(kind.to_owned()).or_default();
        names.insert(name.to_owned());
    }
}

/// Looks at the objects of one cluster, each with the caller's number.
pub fn check(
    objects: &[(usize, &Object)],
    complete: bool,
    outside: &mut Outside,
    out: &mut Vec<(usize, Finding)>,
) {
    let all: Vec<(usize, &Facts)> = objects
        .iter()
        .enumerate()
        .map(|(at, (_, object))| (at, &object.facts))
        .collect();
    let around = Around::of(&all);
    let mut compared = 0;
    for (at, mut finding) in resolve(&all, &Externals::new()) {
        let (number, object) = objects[at];
        if !complete {
            match around.severity(&object.facts, &finding) {
                Judged::Outside(kind, name) => {
                    outside.add(&kind, &name);
                    continue;
                }
                Judged::As(severity) => finding.severity = severity,
            }
        }
        if finding.code == REFERENCE_MISSING && compared < COMPARED {
            compared += 1;
            around.suggest(&object.facts, &mut finding);
        }
        out.push((number, finding));
    }
}

enum Judged {
    As(Severity),
    /// Kind and name of something that others provide.
    Outside(String, String),
}

/// What there is around an object.
struct Around<'a> {
    all: &'a [(usize, &'a Facts)],
    /// Kind and namespace of every object.
    kinds: FxHashSet<(&'a str, &'a str)>,
    /// Namespaces in which pods run.
    running: FxHashSet<&'a str>,
}

impl<'a> Around<'a> {
    fn of(all: &'a [(usize, &'a Facts)]) -> Around<'a> {
        let kinds = all
            .iter()
            .map(|(_, facts)| (facts.kind.as_str(), facts.namespace.as_str()));
        let running = all.iter().filter(|(_, facts)| facts.pods.is_some());
        Around {
            all,
            kinds: kinds.collect(),
            running: running.map(|(_, facts)| facts.namespace.as_str()).collect(),
        }
    }

    fn severity(&self, facts: &Facts, finding: &Finding) -> Judged {
        if finding.code == NAMESPACE_MISSING {
            return Judged::Outside("Namespace".to_owned(), facts.namespace.to_string());
        }
        if finding.code == SELECTS_NOTHING {
            return match self.running.contains(facts.namespace.as_str()) {
                true => Judged::As(Severity::Warning),
                false => Judged::Outside(
                    "pods of".to_owned(),
                    format!("{} {}", facts.kind, facts.name),
                ),
            };
        }
        // API server and controllers take it, and the container may still listen there.
        if finding.code == TARGET_PORT_MISSING {
            return Judged::As(Severity::Warning);
        }
        if finding.code != REFERENCE_MISSING {
            return Judged::As(finding.severity);
        }
        let Some(wanted) = wanted(facts, finding) else {
            return Judged::As(finding.severity);
        };
        match (
            wanted.breaks,
            self.kinds.contains(&(wanted.kind, wanted.namespace)),
        ) {
            (true, true) => Judged::As(Severity::Error),
            (true, false) | (false, true) => Judged::As(Severity::Warning),
            (false, false) => Judged::Outside(wanted.kind.to_owned(), wanted.name.to_owned()),
        }
    }

    fn names(&self, kind: &str, namespace: &str) -> impl Iterator<Item = &'a str> {
        let same = self
            .all
            .iter()
            .filter(move |(_, facts)| facts.kind == kind && facts.namespace == namespace);
        same.map(|(_, facts)| facts.name.as_str())
            .take(COMPARED_WITH)
    }

    /// Names an object of the kind whose name is nearly the missing one.
    fn suggest(&self, facts: &Facts, finding: &mut Finding) {
        let Some(wanted) = wanted(facts, finding) else {
            return;
        };
        if let Some(near) = nearest(wanted.name, self.names(wanted.kind, wanted.namespace)) {
            finding.help = Some(format!("write `{near}`, or add `{}`", wanted.name));
        }
    }
}

/// The object that is missing.
struct Wanted<'f> {
    kind: &'f str,
    namespace: &'f str,
    name: &'f str,
    /// Without it a rollout does not start, or a route leads nowhere.
    breaks: bool,
}

fn wanted<'f>(facts: &'f Facts, finding: &Finding) -> Option<Wanted<'f>> {
    let own = facts.namespace.as_str();
    let mentions = |name: &str| finding.message.contains(&format!("`{name}`"));
    let needs = facts
        .needs
        .iter()
        .filter(|need| need.pointer == finding.pointer);
    needs.into_iter().find_map(|need| {
        let (kind, namespace, name, breaks) = match &need.what {
            Target::Object {
                kind,
                namespace,
                name,
                ..
            } => {
                let breaks = matches!(facts.kind.as_str(), "Rollout" | "HorizontalPodAutoscaler")
                    && ![
                        "ServiceAccount",
                        "Secret",
                        "ConfigMap",
                        "PersistentVolumeClaim",
                    ]
                    .contains(&kind.as_str());
                (kind.as_str(), namespace.as_str(), name.as_str(), breaks)
            }
            Target::Key { kind, name, .. } => (kind.as_str(), own, name.as_str(), false),
            Target::ServicePort {
                namespace, name, ..
            } => ("Service", namespace.as_str(), name.as_str(), true),
            Target::OwnService { name } => ("Service", own, name.as_str(), true),
            Target::Analysis { templates, .. } => {
                let (name, of_cluster) = templates.iter().find(|(name, _)| mentions(name))?;
                match of_cluster {
                    true => ("ClusterAnalysisTemplate", "", name.as_str(), false),
                    false => ("AnalysisTemplate", own, name.as_str(), true),
                }
            }
            Target::Shifted(wish) => {
                let (kind, name) = wish.objects().find(|(_, name)| mentions(name))?;
                (kind, own, name, true)
            }
            Target::Selected { .. }
            | Target::PodPort { .. }
            | Target::Patched(_)
            | Target::Backend { .. }
            | Target::RouteBackends { .. }
            | Target::TakenPods { .. }
            | Target::Series(_) => return None,
        };
        mentions(name).then_some(Wanted {
            kind,
            namespace,
            name,
            breaks,
        })
    })
}
