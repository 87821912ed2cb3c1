//! YAML to trees with spans: the spec's strict dialect, and manifests as Kubernetes reads them.
//!
//! All dialects refuse what makes YAML surprising: tags, duplicate and composite keys; and, save in
//! manifests that others wrote, anchors, aliases and merge keys. The YAML crates are named here alone.

mod codes;
mod dialect;
mod events;
mod findings;
mod foreign;
mod lenient;
mod manifests;
mod quick;
mod scan;
mod spans;

pub use codes::CODES;

use super::{ScalarKind, Yaml, YamlKind};
use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Span};
use crate::value::Value;
use dialect::Dialect;

/// Reads one spec file. An empty text is null. `None` where anything was reported.
pub fn read(file: FileId, text: &str, diags: &mut Diagnostics) -> Option<Yaml> {
    let mut found = Diagnostics::new();
    let documents = events::documents(file, text, Dialect::Spec, &mut found);
    let clean = found.is_empty();
    diags.append(found);
    clean.then(|| documents.into_iter().next().unwrap_or_else(|| empty(file)))
}

/// Reads the documents of a manifest file, save empty ones. Nothing where anything was reported.
///
/// Scalars have the kind that Kubernetes gives them (`yes` is a boolean, `012` is ten); their text
/// stays as it is written, and [`to_value`] knows what it means.
pub fn read_manifests(file: FileId, text: &str, diags: &mut Diagnostics) -> Vec<Yaml> {
    let mut found = Diagnostics::new();
    let mut documents = events::documents(file, text, Dialect::Manifests, &mut found);
    if !found.is_empty() {
        documents.clear();
    }
    diags.append(found);
    documents.retain(|document| !is_null(document));
    documents
}

/// Like [`read_manifests`] for text that others wrote: anchors, aliases and merge keys mean what
/// they mean to Go's reader, up to a bounded number of values.
pub fn read_foreign(file: FileId, text: &str, diags: &mut Diagnostics) -> Vec<Yaml> {
    let mut found = Diagnostics::new();
    let mut documents = events::documents(file, text, Dialect::Foreign, &mut found);
    if !found.is_empty() {
        documents.clear();
    }
    diags.append(found);
    documents.retain(|document| !is_null(document));
    documents
}

/// The values of [`read_foreign`] without their places, in a fraction of the time; `None` where
/// that one has something to report.
pub fn read_values(text: &str) -> Option<Vec<Value>> {
    quick::documents(text)
}

/// The value of a tree, with numbers as Kubernetes reads them: `0x1F` is 31, and `3.0` is 3.
///
/// [`read_manifests`] refuses numbers that would lose digits; from a spec they come as strings.
pub fn to_value(yaml: &Yaml) -> Value {
    match &yaml.kind {
        YamlKind::Scalar(scalar) => match scalar.kind {
            ScalarKind::String => Value::Str(scalar.text.clone()),
            ScalarKind::Bool(flag) => Value::Bool(flag),
            ScalarKind::Null => Value::Null,
            ScalarKind::Integer | ScalarKind::Float => match manifests::plain(&scalar.text) {
                manifests::Plain::Int(number) => Value::Int(number),
                manifests::Plain::Float(number) => Value::Float(number),
                _ => Value::Str(scalar.text.clone()),
            },
        },
        YamlKind::List(list) => Value::List(list.iter().map(to_value).collect()),
        YamlKind::Map(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.text.clone(), to_value(value)))
                .collect(),
        ),
    }
}

/// Where a JSON pointer leads: a scalar or item, the key of a map's member that is a collection,
/// and what is nearest above where nothing is there. `None` for what is no pointer.
pub fn span_at(yaml: &Yaml, pointer: &str) -> Option<Span> {
    let mut steps = pointer.split('/');
    if steps.next() != Some("") {
        return None;
    }
    let (mut here, mut span) = (yaml, yaml.span);
    for step in steps {
        let step = step.replace("~1", "/").replace("~0", "~");
        match &here.kind {
            YamlKind::Map(entries) => {
                let Some((key, value)) = entries.iter().find(|(key, _)| key.text == step) else {
                    break;
                };
                span = match value.kind {
                    YamlKind::Scalar(_) if value.span.start < value.span.end => value.span,
                    _ => key.span,
                };
                here = value;
            }
            YamlKind::List(list) => {
                let Some(item) = step.parse::<usize>().ok().and_then(|at| list.get(at)) else {
                    break;
                };
                (here, span) = (item, item.span);
            }
            YamlKind::Scalar(_) => break,
        }
    }
    Some(span)
}

fn is_null(yaml: &Yaml) -> bool {
    matches!(&yaml.kind, YamlKind::Scalar(scalar) if scalar.kind == ScalarKind::Null)
}

fn empty(file: FileId) -> Yaml {
    events::null(Span::new(file, 0, 0))
}
