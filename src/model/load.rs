//! All documents of a fleet, found by their roles. Two of one name are an error.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::unreadable::Unreadable;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::SourceTree;
use crate::spec::document::{self, Document, Role};
use crate::spec::field::Struct;
use crate::spec::language::Environment;
use crate::spec::problem::WRONG_FILE;
use crate::spec::shape::{Datum, Kind};
use crate::value::Str;

crate::codes! {
    /// Two files hold things of the same name: the same service in KDL and in YAML, or a service
    /// and a component that share a name. Names of services and components are one space, because
    /// `releases.yaml`, `calls` and Argo CD know both by name. Remove or rename one of them.
    DUPLICATE_NAME = "duplicate-name": "two things of one name";
    /// There is no `environments/fleet.kdl` (or `.yaml`). It names the fleet, the repository that
    /// Argo CD reads, and the teams. In an empty folder `tiphys init` writes one to start from.
    MISSING_FLEET = "missing-fleet": "no file that describes the fleet";
    /// The fleet has no environment: no folder of `environments/` holds an `environment.kdl` (or
    /// `.yaml`). Without one there is nothing to compile. `tiphys init` writes one to start from.
    EMPTY_FLEET = "empty-fleet": "a fleet without an environment";
}

/// Files that are read before their findings are put together: so many findings are in memory.
const AT_ONCE: usize = 128;

/// Every document, by role and name.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    pub fleet: Option<Document>,
    pub services: BTreeMap<Str, Document>,
    pub components: BTreeMap<Str, Document>,
    pub environments: BTreeMap<Str, Document>,
    /// By environment and service.
    pub replacements: BTreeMap<(Str, Str), Document>,
    /// By environment.
    pub releases: BTreeMap<Str, Document>,
    pub unreadable: Unreadable,
    /// Whether stand-ins are in the place of what could not be read.
    pub has_stand_ins: bool,
}

/// Reads and decodes every spec file, on all cores; the order never depends on them.
pub fn documents(sources: &SourceTree, diags: &mut Diagnostics) -> Documents {
    let files: Vec<_> = sources
        .iter()
        .filter(|(_, file)| file.path.starts_with("environments/"))
        .collect();
    let mut documents = Documents {
        unreadable: Unreadable::new(sources),
        ..Documents::default()
    };
    for part in files.chunks(AT_ONCE) {
        let read: Vec<_> = part
            .par_iter()
            .with_min_len(16)
            .map(|(id, file)| document(sources, *id, &file.path))
            .collect();
        for ((_, file), (document, found)) in part.iter().zip(read) {
            documents.has_stand_ins |= document.is_some() && found.has_errors();
            diags.append(found);
            match document {
                Some(document) if !document.is_misnamed(&file.path) => {
                    documents.lose_entries(&file.path, &document);
                    documents.add(document, diags);
                }
                found => documents.lose(&file.path, found),
            }
        }
    }
    documents.check_names(diags);
    documents
}

fn document(
    sources: &SourceTree,
    file: crate::source::FileId,
    path: &str,
) -> (Option<Document>, Diagnostics) {
    let mut diags = Diagnostics::new();
    let document = match Role::of(path) {
        Some(role) => document::read(sources, file, role, &mut diags),
        None => {
            diags.extend(misplaced(path, file));
            None
        }
    };
    (document, diags)
}

/// A spec file where none is read.
fn misplaced(path: &str, file: crate::source::FileId) -> Option<Diagnostic> {
    let spec = [".kdl", ".yaml", ".yml"]
        .iter()
        .any(|extension| path.ends_with(extension));
    if path.starts_with("environments/also/") || !spec {
        return None;
    }
    let finding = Diagnostic::error(
        WRONG_FILE,
        format!("`{path}` is not where a spec is read from"),
    )
    .at(
        crate::source::Span::new(file, 0, 0),
        "nothing reads this file",
    )
    .help(
        "specs are `fleet.kdl`, `services/<name>.kdl`, `components/<name>.kdl`, \
             `<environment>/environment.kdl`, `<environment>/releases.yaml` and \
             `<environment>/services/<name>.kdl`; other manifests belong into `also/`",
    );
    Some(finding)
}

impl Documents {
    fn add(&mut self, document: Document, diags: &mut Diagnostics) {
        let (name, span) = (document.name.text.clone(), document.name.span);
        let key = name.clone();
        let first = match &document.role {
            Role::Fleet => match &self.fleet {
                Some(first) => Some(first.name.span),
                None => {
                    self.fleet = Some(document);
                    return;
                }
            },
            Role::Service => insert(&mut self.services, key, document),
            Role::Component => insert(&mut self.components, key, document),
            Role::Environment(_) => insert(&mut self.environments, key, document),
            Role::Releases(_) => insert(&mut self.releases, key, document),
            Role::EnvironmentService(environment) => {
                let key = (environment.clone(), key);
                insert(&mut self.replacements, key, document)
            }
        };
        if let Some(first) = first {
            diags.push(
                Diagnostic::error(
                    DUPLICATE_NAME,
                    format!("`{name}` is described in two files"),
                )
                .at(span, "described again here")
                .at(first, "first described here")
                .help("remove one of the files"),
            );
        }
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Document> {
        let parts = [
            &mut self.services,
            &mut self.components,
            &mut self.environments,
            &mut self.releases,
        ];
        let named = parts.into_iter().flat_map(BTreeMap::values_mut);
        let replaced = self.replacements.values_mut();
        named.chain(&mut self.fleet).chain(replaced)
    }

    /// Gives this name to everything whose name could not be read; whether there is any.
    pub fn set_lost_names(&mut self, name: &str) -> bool {
        let set = |is_any, document: &mut Document| document.datum.set_lost_names(name) || is_any;
        self.all_mut().fold(false, set)
    }

    /// The names of the traffic of all environments, which `expose` refers to.
    pub fn traffic_names(&self) -> BTreeSet<Str> {
        let at = Environment::STRUCT.position("traffic");
        let documents = self.environments.values();
        let fields = documents.filter_map(|document| document.datum.field(at?));
        let entries = fields.filter_map(|field| match &field.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        });
        entries.flatten().map(|(key, _)| key.text.clone()).collect()
    }

    /// The same with nothing where something could not be read.
    pub fn without_stand_ins(mut self) -> Documents {
        for document in self.all_mut() {
            let empty = || Datum::new(Kind::Map(Vec::new()), document.name.span);
            document.datum = document.datum.without_stand_ins().unwrap_or_else(empty);
        }
        self.has_stand_ins = false;
        self
    }

    /// Every path below `also/` that some document names.
    pub fn also_paths(&self) -> BTreeSet<Str> {
        let mut paths = BTreeSet::new();
        let parts = [&self.services, &self.components, &self.environments];
        let named = parts.into_iter().flat_map(BTreeMap::values);
        let all = named.chain(&self.fleet).chain(self.replacements.values());
        all.for_each(|document| {
            document.datum.texts(&mut |text| {
                if text.starts_with("also/") {
                    paths.insert(text.clone());
                }
            })
        });
        paths
    }

    /// What a file holds is not known: under the name of its path, and under the other name that
    /// it holds, if it does.
    fn lose(&mut self, path: &str, found: Option<Document>) {
        if Role::of(path).is_none() {
            return;
        }
        self.unreadable.add(path);
        if let (Some(document), Some((folder, _))) = (found, path.rsplit_once('/')) {
            self.unreadable.add(&match document.role {
                Role::Environment(_) => format!("environments/{}/environment", document.name.text),
                _ => format!("{folder}/{}", document.name.text),
            });
        }
    }

    fn lose_entries(&mut self, path: &str, document: &Document) {
        if let Some((stem, _)) = path.rsplit_once('.') {
            let lost = document.lost.iter();
            lost.for_each(|name| self.unreadable.add(&format!("{stem}/{name}")));
        }
    }

    fn check_names(&self, diags: &mut Diagnostics) {
        for (name, component) in &self.components {
            if let Some(service) = self.services.get(name) {
                diags.push(
                    Diagnostic::error(
                        DUPLICATE_NAME,
                        format!("`{name}` is a service and a component"),
                    )
                    .at(component.name.span, "this component")
                    .at(service.name.span, "this service")
                    .help("rename one of them"),
                );
            }
        }
    }
}

/// The place of the first of that name, if there was one.
fn insert<K: Ord>(
    map: &mut BTreeMap<K, Document>,
    key: K,
    document: Document,
) -> Option<crate::source::Span> {
    match map.entry(key) {
        std::collections::btree_map::Entry::Occupied(first) => Some(first.get().name.span),
        std::collections::btree_map::Entry::Vacant(slot) => {
            slot.insert(document);
            None
        }
    }
}
