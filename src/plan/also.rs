//! The user's own manifests: read from `also/`, completed with their namespace, owned like ours.

use super::check::{EMPTY_LIST, NO_OBJECT, RESERVED_NAMESPACE};
use super::environment::ARGO_CD;
use super::scope::Scope;
use super::unit::Unit;
use super::{Content, Planned};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::manifest::ObjectId;
use crate::source::{FileId, Span};
use crate::spec::field::At;
use crate::spec::text::AlsoPath;
use crate::syntax::yaml;
use crate::value::{Map, Value};

/// One object of a file below `also/`.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub value: Value,
    pub file: FileId,
    /// Which document of the file, and which item of its `List`.
    pub document: usize,
    pub item: Option<usize>,
    /// The `also` entry that names the file.
    pub asked: Span,
}

/// The manifests beside a service.
pub fn service(unit: &Unit, diags: &mut Diagnostics) -> Vec<Planned> {
    let folder = format!("services/{}", unit.name);
    manifests(
        &unit.scope,
        &unit.spec().also.0,
        &unit.namespace,
        &folder,
        diags,
    )
}

/// The manifests of `files`, for `<environment>/<folder>/`.
pub fn manifests(
    scope: &Scope,
    files: &[At<AlsoPath>],
    namespace: &str,
    folder: &str,
    diags: &mut Diagnostics,
) -> Vec<Planned> {
    let mut planned = Vec::new();
    for asked in files {
        let path = format!("environments/{}", asked.value.as_str());
        let Some(file) = scope.sources.find(&path) else {
            continue;
        };
        let trees = yaml::read_manifests(file, scope.sources.text(file), diags);
        for (document, tree) in trees.iter().enumerate() {
            let (is_list, items) = items(yaml::to_value(tree));
            if items.is_empty() {
                diags.push(empty_list(&path, tree.span));
            }
            for (at, mut value) in items.into_iter().enumerate() {
                let place = [
                    "/metadata/namespace".into(),
                    format!("/items/{at}/metadata/namespace"),
                ];
                let span = place.iter().find_map(|place| yaml::span_at(tree, place));
                foreign(&value, span.unwrap_or(tree.span), diags);
                if let Some(missing) = missing(&value) {
                    let span = match is_list {
                        true => yaml::span_at(tree, &format!("/items/{at}")),
                        false => None,
                    };
                    diags.push(no_object(&path, missing, span.unwrap_or(tree.span)));
                    continue;
                }
                fill_namespace(&mut value, namespace);
                let id = ObjectId::of(&value);
                let stem = stem(&id, folder);
                let path = format!("{}/{folder}/{stem}.yaml", scope.environment.name.text).into();
                let content = Content::Manifest(Manifest {
                    value,
                    file,
                    document,
                    item: is_list.then_some(at),
                    asked: asked.span,
                });
                planned.push(Planned { content, path });
            }
        }
    }
    planned
}

/// What is written into a namespace of others: the project of Argo CD's Applications does not let in
/// Argo CD's own, because whoever writes there rules all of it.
fn foreign(value: &Value, span: Span, diags: &mut Diagnostics) {
    let text = |path: &[&str]| value.at(path).and_then(Value::as_str).unwrap_or("");
    let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
    let namespace = text(&["metadata", "namespace"]);
    let what = format!("{kind} `{name}` is in the namespace `{namespace}`");
    diags.push(match namespace {
        ARGO_CD => Diagnostic::error(
            RESERVED_NAMESPACE,
            format!("{what}, which is Argo CD's own"),
        )
        .at(span, "its project does not let it in")
        .note("who writes there may deploy anything: no project of a fleet lets it in")
        .help("apply it with Argo CD itself, or put it into another namespace"),
        _ if namespace.starts_with("kube-") => Diagnostic::warning(
            RESERVED_NAMESPACE,
            format!("{what}, which is Kubernetes' own"),
        )
        .at(span, "its project lets it in")
        .help("put it into another namespace, unless it can be nowhere else"),
        _ => return,
    });
}

/// Whether it is a `List`, and its items; else the object itself.
fn items(value: Value) -> (bool, Vec<Value>) {
    let is_list = value.get("kind").and_then(Value::as_str) == Some("List");
    let items = match value {
        Value::Map(mut map) if is_list => match map.remove("items") {
            Some(Value::List(items)) => items,
            _ => Vec::new(),
        },
        value => vec![value],
    };
    (is_list, items)
}

/// What no object can be without.
fn missing(value: &Value) -> Option<&'static str> {
    let text = |name| value.get(name).and_then(Value::as_str).unwrap_or("");
    match (text("apiVersion"), text("kind")) {
        ("", "") => Some("neither `apiVersion` nor `kind`"),
        ("", _) => Some("no `apiVersion`"),
        (_, "") => Some("no `kind`"),
        _ => None,
    }
}

fn no_object(path: &str, missing: &str, span: Span) -> Diagnostic {
    Diagnostic::error(NO_OBJECT, format!("a document in `{path}` has {missing}"))
        .at(span, "no Kubernetes object")
        .help("add what is missing, or leave the document out")
}

fn empty_list(path: &str, span: Span) -> Diagnostic {
    Diagnostic::error(EMPTY_LIST, format!("a `List` in `{path}` holds no objects"))
        .at(span, "without `items`")
        .help("write objects below `items`, or remove it")
}

/// An empty namespace, in metadata and in the subjects of a binding, is filled in. Kinds without a
/// namespace are told by their schema; the few that people write beside a service are known here.
fn fill_namespace(value: &mut Value, namespace: &str) {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or("");
    let cluster_wide = kind.starts_with("Cluster")
        || matches!(
            kind,
            "Namespace"
                | "PersistentVolume"
                | "StorageClass"
                | "PriorityClass"
                | "CustomResourceDefinition"
                | "IngressClass"
                | "GatewayClass"
        );
    let Some(map) = value.as_map_mut() else {
        return;
    };
    if !cluster_wide {
        if map.get("metadata").is_none() {
            map.insert("metadata", Map::new());
        }
        let metadata = map.get_mut("metadata").and_then(Value::as_map_mut);
        if let Some(metadata) = metadata.filter(|metadata| metadata.get("namespace").is_none()) {
            metadata.insert("namespace", namespace);
        }
    }
    if let Some(Value::List(subjects)) = map.get_mut("subjects") {
        for subject in subjects.iter_mut().filter_map(Value::as_map_mut) {
            let account = subject.get("kind").and_then(Value::as_str) == Some("ServiceAccount");
            if account && subject.get("namespace").is_none() {
                subject.insert("namespace", namespace);
            }
        }
    }
}

/// `role`, or `role-<name>` where the name is not the folder's.
fn stem(id: &ObjectId, folder: &str) -> String {
    let mut kind = String::new();
    for (at, letter) in id.kind.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            kind.push('-');
        }
        kind.push(letter.to_ascii_lowercase());
    }
    let owner = folder.rsplit('/').next().unwrap_or("");
    let name = id.name.as_str().replace(':', "-");
    match name
        .strip_prefix(owner)
        .map(|rest| rest.trim_start_matches('-'))
    {
        Some("") => kind,
        Some(rest) => format!("{kind}-{rest}"),
        None => format!("{kind}-{name}"),
    }
}
