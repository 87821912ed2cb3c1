//! From a place in an object to the line of the spec that caused it.

use super::{Session, object};
use crate::diagnostic::Diagnostics;
use crate::manifest::Finding;
use crate::plan::{Content, Planned, also};
use crate::render::{Step, Trace};
use crate::source::{SourceTree, Span};
use crate::syntax::yaml;

/// Pushes each finding with the place in the user's own files.
pub fn report(session: &Session, planned: &Planned, findings: &[Finding], diags: &mut Diagnostics) {
    match &planned.content {
        Content::Draft(draft) => {
            let trace = session.renderer.trace(draft);
            for finding in findings {
                let steps = trace
                    .as_ref()
                    .map_or(&[][..], |trace| nearest(trace, &finding.pointer));
                let span = user_place(steps).or(origin(draft.origin));
                let template = steps.iter().find_map(|step| match step {
                    Step::Template(span) => Some(*span),
                    _ => None,
                });
                let Some(span) = span.or(template) else {
                    continue;
                };
                let mut found = object::diagnostic(finding, span, "caused by this");
                if let Some(template) = template.filter(|template| *template != span) {
                    found = found.at(template, "written by this template");
                }
                diags.push(found.note(place(planned, &finding.pointer)));
            }
        }
        Content::Manifest(manifest) => {
            for finding in findings {
                let span = manifest_place(session.sources, manifest, &finding.pointer);
                let found = object::diagnostic(finding, span, "in this manifest");
                diags.push(found.note(place(planned, &finding.pointer)));
            }
        }
    }
}

/// What makes an object: the place in its manifest and the entry that names the file, or the words
/// of the spec that it stands for.
pub fn places(session: &Session, planned: &Planned) -> Vec<Span> {
    match &planned.content {
        Content::Draft(draft) => origin(draft.origin).into_iter().collect(),
        Content::Manifest(manifest) => {
            let own = manifest_place(session.sources, manifest, "/metadata/name");
            vec![own, manifest.asked]
        }
    }
}

fn place(planned: &Planned, pointer: &str) -> String {
    match pointer {
        "" => format!("in `{}`", planned.path),
        pointer => format!("at `{pointer}` of `{}`", planned.path),
    }
}

fn origin(origin: crate::draft::Origin) -> Option<Span> {
    match origin {
        crate::draft::Origin::Spec(span) => Some(span),
        _ => None,
    }
}

/// The sources of the value at `pointer`, or of the nearest value around it that has some.
pub fn nearest<'a>(trace: &'a Trace, pointer: &str) -> &'a [Step] {
    let mut pointer = pointer;
    loop {
        let steps = trace.origin(pointer);
        if !steps.is_empty() {
            return steps;
        }
        match pointer.rsplit_once('/') {
            Some((parent, _)) => pointer = parent,
            None => return steps,
        }
    }
}

/// What the user wrote, before what stands for the whole.
pub fn user_place(steps: &[Step]) -> Option<Span> {
    let spec = steps.iter().find_map(|step| match step {
        Step::Spec(span) => Some(*span),
        _ => None,
    });
    spec.or_else(|| {
        steps.iter().find_map(|step| match step {
            Step::Draft(span) => Some(*span),
            _ => None,
        })
    })
}

/// The place in the file of `also/`; the entry that names the file where there is none.
pub fn manifest_place(sources: &SourceTree, manifest: &also::Manifest, pointer: &str) -> Span {
    let text = sources.text(manifest.file);
    let trees = yaml::read_manifests(manifest.file, text, &mut Diagnostics::new());
    let pointer = match manifest.item {
        Some(item) => format!("/items/{item}{pointer}"),
        None => pointer.to_string(),
    };
    let tree = trees.get(manifest.document);
    tree.and_then(|tree| yaml::span_at(tree, &pointer))
        .unwrap_or(manifest.asked)
}
