//! One object: its value, completed as the API server would store it, and what is wrong with it.

use std::collections::BTreeSet;

use super::Session;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::manifest::Finding;
use crate::plan::scope::Scope;
use crate::plan::{Content, Planned};
use crate::policy::CLEAR_TEXT_SECRET;
use crate::schema::{NOT_CHECKED, Schemas};
use crate::source::{SourceTree, Span};
use crate::syntax::yaml;
use crate::value::Value;
use crate::verify::{self, RolloutsVersion, Target};

/// The bundle, and the definitions below `schemas/crds/`.
pub fn schemas(sources: &SourceTree, diags: &mut Diagnostics) -> Schemas {
    let files = sources
        .iter()
        .filter(|(_, file)| file.path.starts_with("schemas/crds/"));
    let mut crds = Vec::new();
    let mut trees = Vec::new();
    for (id, file) in files {
        for tree in yaml::read_manifests(id, &file.text, diags) {
            crds.push((id, yaml::to_value(&tree)));
            trees.push((id, tree));
        }
    }
    let (schemas, findings) = Schemas::bundled().with_crds(&crds);
    for (file, finding) in findings {
        let place = trees.iter().find(|(id, _)| *id == file);
        let span = place.and_then(|(_, tree)| yaml::span_at(tree, &finding.pointer));
        diags.push(diagnostic(
            &finding,
            span.unwrap_or(Span::new(file, 0, 0)),
            "in this definition",
        ));
    }
    schemas
}

/// The finding at a place of the user's own.
pub fn diagnostic(finding: &Finding, span: Span, label: &str) -> Diagnostic {
    let found = Diagnostic {
        code: finding.code,
        severity: finding.severity,
        message: finding.message.clone(),
        labels: Vec::new(),
        notes: finding.notes.clone(),
        help: finding.help.clone(),
    };
    match finding.code == CLEAR_TEXT_SECRET {
        true => found.at_secret(span, CLEAR_TEXT_SECRET.summary),
        false => found.at(span, label),
    }
}

/// The version of Kubernetes that the environment names; the newest known one where it does not.
pub fn kubernetes(scope: &Scope) -> String {
    let target = scope.environment.spec.target.as_ref();
    match target.and_then(|target| target.kubernetes.as_ref()) {
        Some(at) => at.value.0.to_string(),
        None => Schemas::bundled()
            .kubernetes_versions()
            .pop()
            .unwrap_or_default(),
    }
}

/// What runs in the environment. What is not supported has been reported, and counts as newest.
pub fn target(scope: &Scope) -> Target {
    let target = scope.environment.spec.target.as_ref();
    let rollouts = target
        .and_then(|target| target.argo_rollouts.as_ref())
        .and_then(|at| RolloutsVersion::parse(at.value.as_str()));
    Target {
        rollouts: rollouts.unwrap_or_default(),
    }
}

/// The value, with the defaults of its definition: what is applied equals what is stored.
/// Application and AppProject stay as they are, because Argo CD normalises their empty fields away.
pub fn value(
    session: &Session,
    planned: &Planned,
    kubernetes: &str,
    target: &Target,
    diags: &mut Diagnostics,
) -> Option<Value> {
    let mut value = match &planned.content {
        Content::Draft(draft) => session.renderer.render(draft, diags)?,
        Content::Manifest(manifest) => manifest.value.clone(),
    };
    let (api, kind) = type_of(&value);
    let argo_cd = ["Application", "AppProject", "ApplicationSet"].contains(&kind);
    if !argo_cd && let Some(kind) = session.schemas.lookup(kubernetes, api, kind) {
        verify::object::fill(&mut value, target, |value| kind.fill_defaults(value));
    }
    Some(value)
}

fn type_of(value: &Value) -> (&str, &str) {
    let text = |key| value.get(key).and_then(Value::as_str).unwrap_or("");
    (text("apiVersion"), text("kind"))
}

/// Remembers kinds that may have rules which only a cluster can check.
pub fn note_kind(value: &Value, kubernetes: &str, kinds: &mut BTreeSet<(String, String, String)>) {
    let (api, kind) = type_of(value);
    let known = kinds.iter().any(|(_, a, k)| a == api && k == kind);
    if !known && api.contains('.') {
        kinds.insert((kubernetes.into(), api.into(), kind.into()));
    }
}

/// A note for each kind with rules that cannot be evaluated without a cluster.
pub fn not_checked(
    schemas: &Schemas,
    kinds: &BTreeSet<(String, String, String)>,
    diags: &mut Diagnostics,
) {
    for (kubernetes, api, name) in kinds {
        let Some(kind) = schemas.lookup(kubernetes, api, name) else {
            continue;
        };
        let rules = kind.not_checked();
        if rules.is_empty() {
            continue;
        }
        let message = format!(
            "rules of `{name}` that only a cluster can check: {}",
            rules.len()
        );
        let note = Diagnostic::new(NOT_CHECKED, Severity::Note, message);
        let told = rules.iter().fold(note, |note, (rule, reason)| {
            note.note(format!("`{rule}`: {reason}"))
        });
        diags.push(told);
    }
}

/// Its schema, and what the API server and the controllers check in code.
pub fn check(session: &Session, value: &Value, kubernetes: &str, target: &Target) -> Vec<Finding> {
    let (api, name) = type_of(value);
    let Some(kind) = session.schemas.lookup(kubernetes, api, name) else {
        return vec![session.schemas.unknown_kind(kubernetes, api, name)];
    };
    let mut findings = Vec::new();
    kind.check(value, &mut findings);
    verify::object::check_beside(value, target, &mut findings);
    findings
}
