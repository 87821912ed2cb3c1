//! Checks Kubernetes manifests that anybody wrote: texts in, findings out.
//!
//! Every document is read quickly, without places, on all cores; of each object a few facts stay.
//! References, network gaps and waivers are then looked at all together, and what has findings is
//! read once more for their places.

mod clusters;
mod codes;
mod filter;
mod network;
mod object;
mod place;
mod read;
mod references;
pub mod security;
mod waiver;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::plan::check::NO_OBJECT;
pub use codes::*;
pub use filter::Filter;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, LIMIT, Severity};
use crate::manifest::{Finding, ObjectId};
use crate::policy::{EXPIRED_WAIVER, UNUSED_WAIVER};
use crate::schema::Schemas;
use crate::source::{FileId, SourceTree};
use crate::syntax::yaml;
use crate::value::Value;
use crate::verify::Target;
use crate::verify::references::{Index, OBJECT_DUPLICATE};
use object::Object;
use read::Chunk;

/// What to check for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `1.36`
    pub kubernetes: String,
    pub target: Target,
    /// Where objects go that name no namespace.
    pub namespace: String,
    /// Rules of the Pod Security Standards up to this level.
    pub pod_security: security::Level,
    /// The files are all that there is: what they do not hold does not exist.
    pub complete: bool,
    pub filter: Filter,
    /// `YYYY-MM-DD`, for waivers.
    pub date: String,
    /// Every code that there is, for waivers.
    pub known: Vec<&'static Code>,
}

/// A file with manifests.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    pub file: FileId,
    /// Somebody named it: everything in it must be an object.
    pub is_named: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Sorted.
    pub findings: Vec<Diagnostic>,
    pub n_objects: usize,
}

/// A chunk, and what was in it.
struct Part {
    chunk: Chunk,
    objects: Vec<Object>,
    diags: Diagnostics,
    n_skipped: usize,
}

/// Checks all `inputs` of `sources`, with the waivers of the files `waivers`.
pub fn lint(
    sources: &SourceTree,
    inputs: &[Input],
    waivers: &[FileId],
    schemas: Schemas,
    options: &Options,
) -> Report {
    let chunks: Vec<(Chunk, bool)> = inputs
        .iter()
        .flat_map(|input| {
            let chunks = read::chunks(input.file, sources.text(input.file));
            chunks.into_iter().map(|chunk| (chunk, input.is_named))
        })
        .collect();
    let schemas = with_own(schemas, sources, &chunks);
    let mut parts: Vec<Part> = chunks
        .par_iter()
        .map(|(chunk, is_named)| part(*chunk, *is_named, sources, &schemas, options))
        .collect();
    let mut diags = Diagnostics::new();
    together(&mut parts, sources, options, &mut diags);
    let entries: Vec<_> = waivers
        .iter()
        .flat_map(|file| waiver::of_file(*file, sources.text(*file), &options.known, &mut diags))
        .collect();
    excuse(&mut parts, &entries, options, &mut diags);
    not_checked(&parts, &schemas, options, &mut diags);
    skipped(&parts, &mut diags);
    let n_objects = parts.iter().flat_map(|part| &part.objects);
    let n_objects = n_objects
        .filter(|object| !object.facts.kind.is_empty())
        .count();
    let findings = finish(parts, diags, sources, options);
    Report {
        findings,
        n_objects,
    }
}

fn text(chunk: Chunk, sources: &SourceTree) -> &str {
    &sources.text(chunk.file)[chunk.start..chunk.end]
}

/// Definitions among the manifests themselves count for the objects beside them. Those that
/// cannot be used are checked as objects, like all others.
fn with_own(schemas: Schemas, sources: &SourceTree, chunks: &[(Chunk, bool)]) -> Schemas {
    const KIND: &str = "CustomResourceDefinition";
    let found: Vec<(FileId, Value)> = chunks
        .par_iter()
        .filter(|(chunk, _)| text(*chunk, sources).contains(KIND))
        .flat_map_iter(|(chunk, _)| {
            let values = read::values(text(*chunk, sources)).unwrap_or_default();
            let objects = read::objects(values).into_iter().map(|one| one.value);
            let is_crd = |value: &Value| value.get("kind").and_then(Value::as_str) == Some(KIND);
            let crds = objects.filter(is_crd);
            crds.map(|value| (chunk.file, value)).collect::<Vec<_>>()
        })
        .collect();
    match found.is_empty() {
        true => schemas,
        false => schemas.with_usable_crds(&found),
    }
}

fn part(
    chunk: Chunk,
    is_named: bool,
    sources: &SourceTree,
    schemas: &Schemas,
    options: &Options,
) -> Part {
    let text = text(chunk, sources);
    let mut part = Part {
        chunk,
        objects: Vec::new(),
        diags: Diagnostics::new(),
        n_skipped: 0,
    };
    let values = read::values(text).unwrap_or_else(|| {
        let trees = read::trees(chunk, text, &mut part.diags);
        trees.iter().map(yaml::to_value).collect()
    });
    if part.diags.has_errors() && text.contains("{{") {
        part.diags = not_rendered(std::mem::take(&mut part.diags));
    }
    for found in read::objects(values) {
        match what_is(&found.value) {
            What::Object => {
                let object = object::check(found.value, found.at, schemas, options);
                part.objects.push(object);
            }
            What::Tool => part.n_skipped += 1,
            What::Nothing if !is_named => part.n_skipped += 1,
            What::Nothing => part
                .objects
                .push(no_object("neither `apiVersion` nor `kind`", found.at)),
            What::Half(missing) => {
                part.objects
                    .push(no_object(&format!("no `{missing}`"), found.at));
            }
        }
    }
    part
}

/// The first thing that a YAML reader stumbles over in a template is not worth more than this.
fn not_rendered(found: Diagnostics) -> Diagnostics {
    let mut diags = Diagnostics::new();
    if let Some(first) = found.into_sorted().into_iter().next() {
        let mut diagnostic = Diagnostic::error(NOT_RENDERED, "this is a template, not a manifest");
        diagnostic.labels = first.labels.into_iter().take(1).collect();
        diagnostic
            .labels
            .iter_mut()
            .for_each(|label| label.text = "not YAML".to_owned());
        diags.push(diagnostic.help("render it first: `helm template NAME CHART | tiphys lint -`"));
    }
    diags
}

enum What {
    Object,
    /// A file that only a tool reads.
    Tool,
    Half(&'static str),
    Nothing,
}

fn what_is(value: &Value) -> What {
    let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or("");
    match (text("apiVersion"), text("kind")) {
        ("", "") => What::Nothing,
        ("", _) => What::Half("apiVersion"),
        // Charts have a version of an API that is not Kubernetes'.
        (api, "") if !api.contains('/') && value.get("name").is_some() => What::Tool,
        (_, "") => What::Half("kind"),
        (api, _) if api.starts_with("kustomize.config.k8s.io/") => What::Tool,
        _ => What::Object,
    }
}

fn no_object(what: &str, at: read::Within) -> Object {
    let finding = Finding::error(NO_OBJECT, "", format!("the document has {what}"));
    Object {
        at,
        findings: vec![finding.help("add what is missing, or leave the document out")],
        ..Object::default()
    }
}

/// What only all objects together show: references, proofs, and gaps between policies.
fn together(parts: &mut [Part], sources: &SourceTree, options: &Options, diags: &mut Diagnostics) {
    let all: Vec<(&str, &Object)> = parts
        .iter()
        .flat_map(|part| {
            let path = sources.path(part.chunk.file);
            part.objects.iter().map(move |object| (path, object))
        })
        .collect();
    let identified: Vec<(usize, &str, ObjectId)> = all
        .iter()
        .enumerate()
        .filter(|(_, (_, object))| !object.facts.kind.is_empty())
        .map(|(at, (path, object))| (at, *path, identity(object)))
        .collect();
    let paths: Vec<(&str, &ObjectId)> =
        identified.iter().map(|(_, path, id)| (*path, id)).collect();
    let clusters = clusters::clusters(&paths);
    for (a, b) in &clusters.pairs {
        let message =
            format!("`{a}` and `{b}` describe the same objects: each counts as a cluster");
        diags.push(Diagnostic::new(SEPARATE, Severity::Note, message));
    }
    let mut outside = references::Outside::default();
    let mut found = Vec::new();
    for members in &clusters.members {
        let objects = members.iter().map(|at| identified[*at].0);
        let objects: Vec<(usize, &Object)> = objects.map(|at| (at, all[at].1)).collect();
        cluster(&objects, &all, options, &mut outside, &mut found);
    }
    diags.extend(outside.note());
    let mut seen = BTreeSet::new();
    found.retain(|(at, one)| seen.insert((*at, one.pointer.clone(), one.message.clone())));
    let mut by_number: BTreeMap<usize, Vec<Finding>> = BTreeMap::new();
    for (at, finding) in found {
        by_number.entry(at).or_default().push(finding);
    }
    let objects = parts.iter_mut().flat_map(|part| &mut part.objects);
    for (at, object) in objects.enumerate() {
        object
            .findings
            .extend(by_number.remove(&at).unwrap_or_default());
    }
}

fn identity(object: &Object) -> ObjectId {
    let facts = &object.facts;
    ObjectId {
        group: facts.group.clone(),
        kind: facts.kind.clone(),
        namespace: facts.namespace.clone(),
        name: facts.name.clone(),
    }
}

fn cluster(
    objects: &[(usize, &Object)],
    all: &[(&str, &Object)],
    options: &Options,
    outside: &mut references::Outside,
    found: &mut Vec<(usize, Finding)>,
) {
    let before = found.len();
    references::check(objects, options.complete, outside, found);
    let mut index = Index::with_capacity(objects.len());
    objects.iter().for_each(|(_, object)| {
        index.add(&object.facts);
    });
    // The place of the other one of two is looked for where there are two alone.
    if found[before..]
        .iter()
        .any(|(_, one)| one.code == OBJECT_DUPLICATE)
    {
        let mut first: BTreeMap<ObjectId, usize> = BTreeMap::new();
        for (at, object) in objects {
            first.entry(identity(object)).or_insert(*at);
        }
        for (at, one) in &mut found[before..] {
            if one.code == OBJECT_DUPLICATE
                && let Some(other) = first.get(&identity(all[*at].1))
            {
                one.notes
                    .push(format!("the other one is in `{}`", all[*other].0));
            }
        }
    }
    network::gaps(objects, &index, found);
}

/// Takes out what is filtered or waived, and reports waivers that are over or for nothing.
fn excuse(
    parts: &mut [Part],
    entries: &[waiver::Entry],
    options: &Options,
    diags: &mut Diagnostics,
) {
    let mut used = vec![false; entries.len()];
    let mut matched = vec![false; entries.len()];
    for object in parts.iter_mut().flat_map(|part| &mut part.objects) {
        let facts = std::mem::take(&mut object.facts);
        let fits: Vec<usize> = (0..entries.len())
            .filter(|at| entries[*at].is_for(&facts))
            .collect();
        object.facts = facts;
        fits.iter().for_each(|at| matched[*at] = true);
        let own = std::mem::take(&mut object.waivers);
        let mut own_used = vec![false; own.len()];
        object.findings.retain_mut(|finding| {
            let excuses = |one: &waiver::Waiver| finding.code.name.starts_with(one.code.as_str());
            let mut is_excused = false;
            for (at, one) in own.iter().enumerate().filter(|(_, one)| excuses(one)) {
                own_used[at] = true;
                is_excused |= !one.is_over(&options.date);
            }
            for at in fits.iter().filter(|at| excuses(&entries[**at].waiver)) {
                used[*at] = true;
                is_excused |= !entries[*at].waiver.is_over(&options.date);
            }
            !is_excused
        });
        for (one, is_used) in own.iter().zip(own_used) {
            let state = state(one, is_used, &options.date);
            if let Some((code, message)) = state {
                let pointer = "/metadata/annotations/tiphys.dev~1waive";
                let mut finding = Finding::error(code, pointer, message);
                finding.severity = Severity::Warning;
                object.findings.push(finding.help(WAIVER_HELP));
            }
        }
    }
    for (at, entry) in entries.iter().enumerate().filter(|(at, _)| matched[*at]) {
        if let Some((code, message)) = state(&entry.waiver, used[at], &options.date) {
            let warning = Diagnostic::warning(code, message).at(entry.span, "this waiver");
            diags.push(warning.help(WAIVER_HELP));
        }
    }
}

const WAIVER_HELP: &str = "remove it, or decide again";

/// What is wrong with a waiver by now.
fn state(waiver: &waiver::Waiver, is_used: bool, date: &str) -> Option<(&'static Code, String)> {
    let code = &waiver.code;
    match &waiver.until {
        _ if !is_used => Some((
            UNUSED_WAIVER,
            format!("nothing here needs the waiver of `{code}`"),
        )),
        Some(until) if waiver.is_over(date) => Some((
            EXPIRED_WAIVER,
            format!("the waiver of `{code}` ended on {until}"),
        )),
        _ => None,
    }
}

/// Says which rules no check of a manifest can look at. Those that compare with the stored object
/// go without saying.
fn not_checked(parts: &[Part], schemas: &Schemas, options: &Options, diags: &mut Diagnostics) {
    let mut kinds = BTreeSet::new();
    for object in parts.iter().flat_map(|part| &part.objects) {
        if let Some(api) = &object.custom {
            kinds.insert((
                options.kubernetes.clone(),
                api.to_string(),
                object.facts.kind.to_string(),
            ));
        }
    }
    kinds.retain(|(kubernetes, api, kind)| {
        let rules = schemas
            .lookup(kubernetes, api, kind)
            .map(|kind| kind.not_checked());
        rules
            .iter()
            .flatten()
            .any(|(rule, _)| !rule.contains("oldSelf"))
    });
    crate::compile::object::not_checked(schemas, &kinds, diags);
}

fn skipped(parts: &[Part], diags: &mut Diagnostics) {
    let n: usize = parts.iter().map(|part| part.n_skipped).sum();
    if n > 0 {
        let message = match n {
            1 => "1 document is no Kubernetes object, and was not checked".to_owned(),
            _ => format!("{n} documents are no Kubernetes objects, and were not checked"),
        };
        diags.push(Diagnostic::new(SKIPPED, Severity::Note, message));
    }
}

/// Filters and places the findings, the errors first where there are more than are kept.
fn finish(
    parts: Vec<Part>,
    diags: Diagnostics,
    sources: &SourceTree,
    options: &Options,
) -> Vec<Diagnostic> {
    let mut kept = Diagnostics::new();
    let mut room = [LIMIT; 2];
    let mut jobs = Vec::new();
    for part in &parts {
        let mut found = Vec::new();
        for object in &part.objects {
            for finding in &object.findings {
                let Some(severity) = options.filter.judge(finding.code, finding.severity) else {
                    continue;
                };
                let room = &mut room[usize::from(severity != Severity::Error)];
                if *room > 0 {
                    *room -= 1;
                    found.push((
                        object,
                        Finding {
                            severity,
                            ..finding.clone()
                        },
                    ));
                } else {
                    kept.cut();
                }
            }
        }
        if !found.is_empty() {
            jobs.push((part.chunk, found));
        }
    }
    let placed: Vec<Vec<Diagnostic>> = jobs
        .into_par_iter()
        .map(|(chunk, found)| place::place(chunk, text(chunk, sources), found))
        .collect();
    kept.extend(placed.into_iter().flatten());
    let others = parts.into_iter().map(|part| part.diags).chain([diags]);
    for mut one in others.flat_map(Diagnostics::into_sorted) {
        if let Some(severity) = options.filter.judge(one.code, one.severity) {
            one.severity = severity;
            kept.push(one);
        }
    }
    kept.into_sorted()
}
