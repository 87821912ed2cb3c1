//! `plan --manifest`: Rollouts, Deployments and StatefulSets that somebody wrote.
//!
//! The rules of `lint` come first: of what the controller refuses there are no figures.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Args, nowhere, plain, told};
use crate::cli::Exit;
use crate::cli::compile::{failed, findings};
use crate::compile::forecast::{self, Part, Unforeseen};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::forecast::setting::Setting;
use crate::forecast::{Forecast, Pace, Plan};
use crate::io;
use crate::io::terminal::Terminal;
use crate::lint::security::Level;
use crate::lint::{self, Filter, Input, Options};
use crate::schema::Schemas;
use crate::source::{FileId, SourceTree, Span};
use crate::syntax::{Yaml, yaml};
use crate::value::Value;
use crate::verify::Target;

/// What is read of the files.
struct Read {
    sources: SourceTree,
    trees: Vec<Yaml>,
    parts: Vec<Part>,
}

/// Kinds that a plan is counted from.
const READ: [&str; 8] = [
    "Rollout",
    "Deployment",
    "StatefulSet",
    "AnalysisTemplate",
    "ClusterAnalysisTemplate",
    "HorizontalPodAutoscaler",
    "ResourceQuota",
    "PodTemplate",
];

/// Nothing that the controller refuses: the plan counts the room itself, and the others are about
/// what stands beside a release.
const BESIDE: [&str; 5] = [
    "quota-too-small",
    "budget-blocks",
    "autoscaler-blind",
    "selector-overlap",
    "wave-deadlock",
];

pub fn plan(args: &Args, pace: &Pace, terminal: &mut Terminal) -> Exit {
    let mut diags = Diagnostics::new();
    let read = match io::load_manifests(Path::new(""), &args.manifest, &mut diags) {
        Ok(files) => read(files, &mut diags),
        Err(error) => return failed(&error, terminal),
    };
    if !diags.is_empty() {
        return findings(Path::new(""), &diags.into_sorted(), &read.sources, terminal);
    }
    let values: Vec<Value> = read.parts.iter().map(|part| part.value.clone()).collect();
    let setting = Setting {
        usual: args.load,
        ..Setting::default()
    };
    let (mut plan, unforeseen) = forecast::of_manifests(&values, &setting, pace);
    if plan.forecasts.is_empty() && unforeseen.is_empty() {
        terminal.error("there is no Rollout, Deployment or StatefulSet in what is given");
        return Exit::Usage;
    }
    let refused = refused(&read, args);
    let bad: BTreeSet<usize> = refused.iter().map(|(at, _)| *at).collect();
    withhold(&mut plan, &read.parts, &bad);
    let mut found = Diagnostics::new();
    found.extend(refused.into_iter().map(|(_, one)| one));
    let is_new = |one: &Unforeseen| one.manifest.is_none_or(|at| !bad.contains(&at));
    let unforeseen = unforeseen.into_iter().filter(is_new);
    found.extend(unforeseen.map(|one| placed(one, &read)));
    told(&[plan], &found.into_sorted(), &read.sources, args, terminal)
}

fn read(files: Vec<io::Manifest>, diags: &mut Diagnostics) -> Read {
    let files: Vec<_> = files.into_iter().map(|one| one.file).collect();
    let sources = SourceTree::new(files);
    let mut trees = Vec::new();
    for (id, file) in sources.iter() {
        trees.extend(yaml::read_foreign(id, &file.text, diags));
    }
    let parts = forecast::parts(trees.iter().map(yaml::to_value));
    Read {
        sources,
        trees,
        parts,
    }
}

/// Errors at objects that a plan is counted from, each with its object.
fn refused(read: &Read, args: &Args) -> Vec<(usize, Diagnostic)> {
    let schemas = Schemas::bundled();
    let options = Options {
        kubernetes: schemas
            .kubernetes_versions()
            .last()
            .cloned()
            .unwrap_or_default(),
        target: Target::default(),
        namespace: "default".into(),
        pod_security: Level::Privileged,
        complete: false,
        filter: Filter {
            ignore: BESIDE.map(str::to_string).to_vec(),
            ..Filter::default()
        },
        date: args.date.date(),
        known: Vec::new(),
    };
    let inputs = read.sources.iter().map(|(file, _)| Input {
        file,
        is_named: true,
    });
    let inputs: Vec<_> = inputs.collect();
    let report = lint::lint(&read.sources, &inputs, &[], schemas, &options);
    let starts = starts(read);
    let errors = report
        .findings
        .into_iter()
        .filter(|one| one.severity == Severity::Error);
    let owned = errors.filter_map(|one| {
        let span = one.labels.first()?.span;
        let before = starts
            .iter()
            .rfind(|(file, start, _)| *file == span.file && *start <= span.start);
        let at = before.map(|(_, _, at)| *at)?;
        let kind = read.parts.get(at)?.value.get("kind")?.as_str()?;
        READ.contains(&kind).then_some((at, one))
    });
    owned.collect()
}

/// Where each object begins, in the order of the files.
fn starts(read: &Read) -> Vec<(FileId, u32, usize)> {
    let parts = read.parts.iter().enumerate();
    let starts = parts.filter_map(|(at, part)| {
        let span = span(read, part, "")?;
        Some((span.file, span.start, at))
    });
    starts.collect()
}

fn span(read: &Read, part: &Part, pointer: &str) -> Option<Span> {
    let tree = read.trees.get(part.document)?;
    yaml::span_at(tree, &format!("{}{pointer}", part.prefix))
}

/// Takes plans away of which an object is refused.
fn withhold(plan: &mut Plan, parts: &[Part], bad: &BTreeSet<usize>) {
    let name = |value: &Value, key: &str| {
        let text = value.at(&["metadata", key]).and_then(Value::as_str);
        text.unwrap_or_default().to_string()
    };
    let refused: Vec<_> = bad.iter().filter_map(|at| parts.get(*at)).collect();
    let is_of = |part: &Part, forecast: &Forecast| {
        let kind = part.value.get("kind").and_then(Value::as_str);
        let (own, namespace) = (name(&part.value, "name"), name(&part.value, "namespace"));
        let rollout = &forecast.rollout;
        let is_near = kind == Some("ClusterAnalysisTemplate")
            || namespace == rollout.namespace
            || namespace.is_empty()
            || rollout.namespace.is_empty();
        is_near
            && match kind {
                Some("Rollout" | "Deployment" | "StatefulSet") => {
                    own == rollout.name && kind == Some(rollout.kind())
                }
                Some("AnalysisTemplate" | "ClusterAnalysisTemplate") => {
                    forecast.templates().any(|one| *one == own)
                }
                _ => true,
            }
    };
    plan.forecasts
        .retain(|forecast| !refused.iter().any(|part| is_of(part, forecast)));
    plan.shown = vec![true; plan.forecasts.len()];
}

/// Where it stands in its file.
fn placed(found: Unforeseen, read: &Read) -> Diagnostic {
    let part = found.manifest.and_then(|at| read.parts.get(at));
    let span = part.and_then(|part| span(read, part, &found.finding.pointer));
    match span {
        Some(span) => {
            let kind = part.and_then(|part| part.value.get("kind")?.as_str());
            let label = format!("{} {}", kind.unwrap_or_default(), found.name);
            plain(found.finding).at(span, label)
        }
        None => nowhere(found),
    }
}
