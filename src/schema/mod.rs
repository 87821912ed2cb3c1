//! Schemas of Kubernetes objects, and a strict check of an object against them.
//!
//! The bundle holds the built-in kinds of several versions of Kubernetes and the custom resources
//! of the projects around Argo, precompiled. A repository adds its own CustomResourceDefinitions.

pub mod arena;
pub mod build;
mod cel;
mod cel_quick;
mod cel_value;
mod check;
mod codes;
mod compile;
mod constraint;
mod defaults;
mod encode;
pub mod expression;
mod format;
mod path;
mod pattern;

use std::sync::OnceLock;

pub use codes::*;
pub use encode::{Damaged, decode, encode};

use crate::manifest::Finding;
use crate::source::FileId;
use crate::value::{Str, Value};
use arena::{Arena, Entry};

/// What [`build::bundle`] made of `schemas/kubernetes/sources/`.
static BUNDLE: &[u8] = include_bytes!("../../schemas/kubernetes/bundle.bin");

fn bundle() -> &'static Arena {
    static ARENA: OnceLock<Arena> = OnceLock::new();
    ARENA.get_or_init(|| decode(BUNDLE).expect("the embedded schema bundle is intact"))
}

/// All known kinds: the bundle's, and those that a repository brings along.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    own: Vec<std::sync::Arc<Arena>>,
}

/// One kind in one version.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'s> {
    arena: &'s Arena,
    entry: &'s Entry,
}

impl Schemas {
    /// The bundle alone; decoded when first used.
    pub fn bundled() -> Schemas {
        Schemas::default()
    }

    /// Adds CustomResourceDefinitions; they win over the bundle's. Those that cannot be used are
    /// reported and left out.
    pub fn with_crds(self, crds: &[(FileId, Value)]) -> (Schemas, Vec<(FileId, Finding)>) {
        let mut findings = Vec::new();
        let mut usable: Vec<(FileId, &Value)> = Vec::new();
        for (file, crd) in crds {
            let problems = self.check_crd(crd, &usable);
            match problems.is_empty() {
                true => usable.push((*file, crd)),
                false => findings.extend(problems.into_iter().map(|finding| (*file, finding))),
            }
        }
        let source = build::Source {
            name: "schemas/crds".into(),
            version: Str::new(),
            objects: usable.into_iter().map(|(_, crd)| crd.clone()).collect(),
        };
        let own = (!source.objects.is_empty()).then(|| build::arena(&[source]).into());
        let own = own.into_iter().chain(self.own).collect();
        (Schemas { own }, findings)
    }

    /// Adds those that can be used, and of two for one kind the first.
    pub fn with_usable_crds(self, crds: &[(FileId, Value)]) -> Schemas {
        self.with_crds(crds).0
    }

    /// The kind as the given version of Kubernetes serves it (`1.36`). Custom resources are served
    /// by all of them; a version that the bundle does not hold serves only those.
    pub fn lookup(&self, kubernetes: &str, api_version: &str, kind: &str) -> Option<Kind<'_>> {
        let minor = build::minor(kubernetes);
        self.arenas().find_map(|arena| {
            let wanted = (api_version, kind);
            let entries = &arena.entries;
            let start = entries.partition_point(|entry| name(entry) < wanted);
            let same = entries[start..]
                .iter()
                .take_while(|entry| name(entry) == wanted);
            let entry = same
                .into_iter()
                .find(|entry| entry.minor.is_none() || entry.minor == minor)?;
            Some(Kind { arena, entry })
        })
    }

    /// Every kind that the version serves, sorted by API version and kind within each origin.
    pub fn kinds(&self, kubernetes: &str) -> impl Iterator<Item = Kind<'_>> {
        let minor = build::minor(kubernetes);
        let served = move |entry: &&Entry| entry.minor.is_none() || entry.minor == minor;
        self.arenas().flat_map(move |arena| {
            let entries = arena.entries.iter().filter(served);
            entries.map(move |entry| Kind { arena, entry })
        })
    }

    /// The versions of Kubernetes that the bundle holds, oldest first: `1.34`.
    pub fn kubernetes_versions(&self) -> Vec<String> {
        let minors = bundle().entries.iter().filter_map(|entry| entry.minor);
        let sorted: std::collections::BTreeSet<_> = minors.collect();
        sorted
            .into_iter()
            .map(|minor| format!("1.{minor}"))
            .collect()
    }

    /// What to say about an object whose kind has no schema.
    pub fn unknown_kind(&self, kubernetes: &str, api_version: &str, kind: &str) -> Finding {
        let message = format!("no schema is known for `{kind}` of `{api_version}`");
        let mut finding = Finding::error(UNKNOWN_KIND, "/kind", message);
        let versions: Vec<_> = self
            .kinds(kubernetes)
            .filter(|known| known.kind() == kind)
            .map(|known| format!("`{}`", known.api_version()))
            .collect();
        if !versions.is_empty() {
            let help = format!("write `apiVersion` as {}", versions.join(" or "));
            finding.pointer = "/apiVersion".to_owned();
            return finding.help(help);
        }
        let known: Vec<_> = self.kinds(kubernetes).map(|known| known.kind()).collect();
        finding.help(match path::nearest(kind, known.into_iter()) {
            Some(near) => format!("write `{near}`, or add its definition to `schemas/crds/`"),
            None => "add its CustomResourceDefinition to `schemas/crds/`".to_owned(),
        })
    }

    fn arenas(&self) -> impl Iterator<Item = &Arena> {
        self.own.iter().map(|own| &**own).chain([bundle()])
    }

    fn check_crd(&self, crd: &Value, others: &[(FileId, &Value)]) -> Vec<Finding> {
        let newest = self.kubernetes_versions().pop().unwrap_or_default();
        let text = |at: &str| crd.get(at).and_then(Value::as_str).unwrap_or("");
        let is_crd = text("kind") == "CustomResourceDefinition";
        let Some(kind) = self
            .lookup(&newest, text("apiVersion"), text("kind"))
            .filter(|_| is_crd)
        else {
            let message = "this is no CustomResourceDefinition of `apiextensions.k8s.io/v1`";
            return vec![Finding::error(CRD_UNUSABLE, "", message)];
        };
        let mut findings = Vec::new();
        kind.check(&without_generated(crd), &mut findings);
        references(crd, "", &mut findings);
        patterns(crd, "", &mut findings);
        let own = defined(crd);
        if others.iter().any(|(_, other)| defined(other) == own) {
            let (group, kind) = own.unwrap_or_default();
            let message = format!("`{kind}` of `{group}` is defined twice");
            let finding = Finding::error(CRD_UNUSABLE, "/spec/names/kind", message);
            findings.push(finding.help("remove one of the two files"));
        }
        findings
    }
}

/// The group and the kind that a definition defines.
pub fn defined(crd: &Value) -> Option<(Str, Str)> {
    let text = |path: &[&str]| crd.at(path).and_then(Value::as_str).map(Str::from);
    Some((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?))
}

/// A schema of a definition may not refer to another one: the API server refuses `$ref`, and no
/// check may depend on what lies elsewhere.
fn references(value: &Value, pointer: &str, findings: &mut Vec<Finding>) {
    if let Value::List(list) = value {
        for (at, item) in list.iter().enumerate() {
            references(item, &format!("{pointer}/{at}"), findings);
        }
    }
    for (key, item) in value.as_map().into_iter().flat_map(|map| map.iter()) {
        let pointer = format!("{pointer}/{key}");
        if key.as_str() == "$ref" && item.as_str().is_some() {
            let message = "a schema refers to another one by `$ref`";
            let finding = Finding::error(CRD_UNUSABLE, &pointer, message);
            findings.push(finding.help("write out what it refers to"));
        }
        references(item, &pointer, findings);
    }
}

/// A pattern that cannot be run would leave values unchecked: one that is no regular expression in
/// Go's syntax, or takes too much memory. Examples and defaults are values, not schemas.
fn patterns(value: &Value, pointer: &str, findings: &mut Vec<Finding>) {
    if let Value::List(list) = value {
        for (at, item) in list.iter().enumerate() {
            patterns(item, &format!("{pointer}/{at}"), findings);
        }
    }
    for (key, item) in value.as_map().into_iter().flat_map(|map| map.iter()) {
        let pointer = format!("{pointer}/{key}");
        match (key.as_str(), item.as_str()) {
            ("default" | "example" | "enum", _) => {}
            ("pattern", Some(text)) if crate::re2::Re2::new(text).is_none() => {
                let shown: String = text.chars().take(60).collect();
                let message = format!("the pattern `{shown}` cannot be run");
                let finding = Finding::error(CRD_UNUSABLE, &pointer, message);
                let help = "write a regular expression in Go's syntax, without large repetitions";
                findings.push(finding.help(help));
            }
            _ => patterns(item, &pointer, findings),
        }
    }
}

/// A definition without what generators and `kubectl get` leave in it.
fn without_generated(crd: &Value) -> Value {
    let mut crd = crd.clone();
    if let Some(map) = crd.as_map_mut() {
        map.remove("status");
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut)
            && metadata.get("creationTimestamp") == Some(&Value::Null)
        {
            metadata.remove("creationTimestamp");
        }
    }
    crd
}

fn name(entry: &Entry) -> (&str, &str) {
    (&entry.api_version, &entry.kind)
}

impl<'s> Kind<'s> {
    pub fn api_version(&self) -> &'s str {
        &self.entry.api_version
    }

    pub fn kind(&self) -> &'s str {
        &self.entry.kind
    }

    /// Whether its objects live in namespaces.
    pub fn is_namespaced(&self) -> bool {
        self.entry.namespaced
    }

    /// Whether a CustomResourceDefinition defines it.
    pub fn is_custom(&self) -> bool {
        self.entry.minor.is_none()
    }

    /// Where the schema comes from: `argo-rollouts 1.10.1`.
    pub fn source(&self) -> &'s str {
        &self.entry.source
    }

    fn walk<'f>(&'f self, findings: &'f mut Vec<Finding>) -> check::Walk<'f> {
        check::Walk {
            arena: self.arena,
            meta: bundle(),
            kind: &self.entry.kind,
            findings,
            depth: 0,
            drops_nulls: self.is_custom(),
        }
    }

    /// What the schema has to say about a status that somebody wrote; of most kinds it is open.
    pub fn check_status(&self, status: &Value, findings: &mut Vec<Finding>) {
        if let Some(field) = self.arena.node(self.entry.root).field("status") {
            let path = path::Path::ROOT.key("status");
            self.walk(findings).value(field, status, &path);
        }
    }

    /// Everything that the schema has to say about `object`, whose `apiVersion` and `kind` are
    /// those of this kind.
    pub fn check(&self, object: &Value, findings: &mut Vec<Finding>) {
        let before = findings.len();
        self.walk(findings).object(self.entry, object);
        if findings.len() == before && self.arena.node(self.entry.root).guarded {
            cel::check(self.arena, self.entry, object, findings);
        }
    }

    /// Whether the kind has a field of this name beside `spec` and the others.
    pub fn has(&self, field: &str) -> bool {
        self.arena.node(self.entry.root).field(field).is_some()
    }

    /// Writes the defaults of the kind's definition into a custom resource, as the API server
    /// does: only below parents that are there. Built-in kinds stay as they are.
    pub fn fill_defaults(&self, object: &mut Value) {
        if self.is_custom() {
            defaults::fill(self.arena, self.entry.root, object);
        }
    }

    /// The rules of this kind that cannot be evaluated without a cluster, each with the reason.
    pub fn not_checked(&self) -> Vec<(&'s str, &'s str)> {
        cel::unchecked(self.arena, self.entry.root)
    }
}
