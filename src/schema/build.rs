//! Sources (CustomResourceDefinitions, OpenAPI definitions) to the bundle: values in, bytes out.
//!
//! A source is one project at one version. Its committed form is trimmed of everything that
//! neither checks nor fills in anything, and deflated; the bundle is built from nothing else.

use super::arena::*;
use super::cel;
use super::compile::{Compiler, Definitions};
use super::encode::encode;
use crate::value::{Map, Str, Value};

/// One project at one version.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// `argo-rollouts`, or [`KUBERNETES`].
    pub name: Str,
    pub version: Str,
    /// CustomResourceDefinitions; for Kubernetes one map of definitions by name.
    pub objects: Vec<Value>,
}

/// The source of the built-in kinds.
pub const KUBERNETES: &str = "kubernetes";

/// The bytes of the bundle that holds `sources`.
pub fn bundle(sources: &[Source]) -> Vec<u8> {
    encode(&arena(sources))
}

/// The tables for `sources`. Of a kind that two sources define, the first one's form stays.
pub fn arena(sources: &[Source]) -> Arena {
    let mut compiler = Compiler::default();
    let mut entries = Vec::new();
    let mut meta = None;
    for source in sources {
        if source.name == KUBERNETES {
            meta = kubernetes(&mut compiler, source, &mut entries).or(meta);
        } else {
            for object in &source.objects {
                custom(&mut compiler, object, &label(source), &mut entries);
            }
        }
    }
    let (nodes, resolve) = compiler.finish();
    entries
        .iter_mut()
        .for_each(|entry| entry.root = resolve(entry.root));
    entries.sort_by(|a, b| key(a).cmp(&key(b)));
    entries.dedup_by(|b, a| key(a) == key(b));
    let mut labels: Vec<_> = sources.iter().map(label).collect();
    labels.sort();
    let mut arena = Arena {
        nodes,
        entries,
        meta,
        sources: labels,
    };
    cel::mark_unchecked(&mut arena);
    arena
}

/// The committed form of a source.
pub fn pack(source: &Source) -> Vec<u8> {
    let objects = serde_json::Value::Array(source.objects.iter().map(to_json).collect());
    let json = serde_json::json!({
        "name": source.name.as_str(), "version": source.version.as_str(), "objects": objects,
    });
    miniz_oxide::deflate::compress_to_vec(json.to_string().as_bytes(), 10)
}

/// Reads what [`pack`] wrote; the error says what is wrong with it.
pub fn unpack(bytes: &[u8]) -> Result<Source, String> {
    let text = miniz_oxide::inflate::decompress_to_vec(bytes).map_err(|error| error.to_string())?;
    let json: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    let value = from_json(&json);
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(Str::from);
    let objects = value
        .get("objects")
        .and_then(Value::as_list)
        .map(<[Value]>::to_vec);
    match (text("name"), text("version"), objects) {
        (Some(name), Some(version), Some(objects)) => Ok(Source {
            name,
            version,
            objects,
        }),
        _ => Err("`name`, `version` or `objects` is missing".to_owned()),
    }
}

/// The CustomResourceDefinitions of a committed source, ready for `kubectl apply`.
pub fn crd_manifests(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let source = unpack(bytes)?;
    let is_crd = |object: &Value| {
        object.get("kind").and_then(Value::as_str) == Some("CustomResourceDefinition")
    };
    Ok(source.objects.into_iter().filter(is_crd).collect())
}

/// A source without prose: what checks, fills in, names or serves is kept.
pub fn trim(source: Source) -> Source {
    let objects = source.objects.iter();
    let objects = match source.name == KUBERNETES {
        true => objects.map(trim_members).collect(),
        false => objects.map(trim_crd).collect(),
    };
    Source { objects, ..source }
}

fn key(entry: &Entry) -> (&str, &str, Option<u32>) {
    (&entry.api_version, &entry.kind, entry.minor)
}

fn label(source: &Source) -> Str {
    let Source { name, version, .. } = source;
    let label = format!("{name} {version}");
    label.trim_end().into()
}

/// `36` of `1.36.3`, `1.36` or `v1.36`.
pub fn minor(version: &str) -> Option<u32> {
    let rest = version
        .strip_prefix('v')
        .unwrap_or(version)
        .strip_prefix("1.")?;
    rest.split('.').next()?.parse().ok()
}

/// Adds the kinds of one version of Kubernetes; gives the schema of `metadata`.
fn kubernetes(
    compiler: &mut Compiler,
    source: &Source,
    entries: &mut Vec<Entry>,
) -> Option<NodeId> {
    let schemas = source.objects.first()?.as_map()?;
    let mut definitions = Definitions::new(&source.version, schemas);
    for (name, schema) in schemas.iter() {
        let Some((api_version, kind)) = applied_kind(schema) else {
            continue;
        };
        let root = compiler.definition(&mut definitions, name);
        entries.push(Entry {
            namespaced: !CLUSTER_KINDS.contains(&kind.as_str()),
            api_version,
            kind,
            minor: minor(&source.version),
            root,
            source: label(source),
        });
    }
    Some(compiler.definition(&mut definitions, META))
}

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/// The API version and kind of a definition that can be applied as an object of its own.
fn applied_kind(schema: &Value) -> Option<(Str, Str)> {
    let [of] = schema.get("x-kubernetes-group-version-kind")?.as_list()? else {
        return None;
    };
    let text = |key: &str| of.get(key).and_then(Value::as_str).unwrap_or("");
    let metadata = schema.at(&["properties", "metadata", "allOf", "0", "$ref"])?;
    let is_object = metadata.as_str()?.ends_with(META) && !SUBRESOURCES.contains(&text("kind"));
    let api_version = match text("group") {
        "" => text("version").into(),
        group => format!("{group}/{}", text("version")).into(),
    };
    is_object.then(|| (api_version, text("kind").into()))
}

/// Kinds that are only ever sent to a subresource.
const SUBRESOURCES: &[&str] = &["Eviction", "Scale", "TokenRequest"];

/// Kinds of the stable groups that live outside namespaces. OpenAPI definitions do not say it.
const CLUSTER_KINDS: &[&str] = &[
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ClusterTrustBundle",
    "ComponentStatus",
    "CustomResourceDefinition",
    "DeviceClass",
    "DeviceTaintRule",
    "FlowSchema",
    "IPAddress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "ResourceSlice",
    "RuntimeClass",
    "SelfSubjectAccessReview",
    "SelfSubjectReview",
    "SelfSubjectRulesReview",
    "ServiceCIDR",
    "StorageClass",
    "StorageVersionMigration",
    "SubjectAccessReview",
    "TokenReview",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "VolumeAttributesClass",
];

/// Adds the served versions of a CustomResourceDefinition.
fn custom(compiler: &mut Compiler, object: &Value, label: &Str, entries: &mut Vec<Entry>) {
    let text = |path: &[&str]| object.at(path).and_then(Value::as_str).unwrap_or("");
    let versions = object.at(&["spec", "versions"]).and_then(Value::as_list);
    for version in versions.unwrap_or(&[]) {
        let served = version.get("served").and_then(Value::as_bool) == Some(true);
        let schema = version.at(&["schema", "openAPIV3Schema"]);
        let (true, Some(schema)) = (served, schema) else {
            continue;
        };
        let name = version.get("name").and_then(Value::as_str).unwrap_or("");
        entries.push(Entry {
            api_version: format!("{}/{name}", text(&["spec", "group"])).into(),
            kind: text(&["spec", "names", "kind"]).into(),
            minor: None,
            namespaced: text(&["spec", "scope"]) == "Namespaced",
            root: match keeps_status(text(&["spec", "names", "kind"])) {
                true => compiler.structural(schema),
                false => compiler.structural(&without_status(schema)),
            },
            source: label.clone(),
        });
    }
}

/// Kinds of Argo Rollouts, whose verdicts ours must be equal to: strict decoding looks into a status
/// that somebody writes, too.
fn keeps_status(kind: &str) -> bool {
    ["Rollout", "AnalysisRun", "Experiment"].contains(&kind)
}

/// The status is the controller's: its field stays known, its schema is of no use here.
fn without_status(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let properties = schema
        .as_map_mut()
        .and_then(|map| map.get_mut("properties"));
    if let Some(status) = properties
        .and_then(Value::as_map_mut)
        .and_then(|map| map.get_mut("status"))
    {
        let open = (
            "x-kubernetes-preserve-unknown-fields".into(),
            Value::Bool(true),
        );
        *status = Map::from_iter([open]).into();
    }
    schema
}

/// Keeps identity and spec; annotations only where the API server demands them.
fn trim_crd(crd: &Value) -> Value {
    let mut metadata = Map::new();
    let annotations = crd.at(&["metadata", "annotations"]).and_then(Value::as_map);
    if let Some(approval) = annotations.and_then(|map| map.get(APPROVAL)) {
        let kept = Map::from_iter([(APPROVAL.into(), approval.clone())]);
        metadata.insert("annotations", kept);
    }
    metadata.insert(
        "name",
        crd.at(&["metadata", "name"]).cloned().unwrap_or_default(),
    );
    let mut spec = Map::new();
    for (key, value) in crd
        .get("spec")
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(Map::iter)
    {
        let versions = value.as_list().filter(|_| key == "versions");
        let value = versions.map_or_else(
            || value.clone(),
            |list| list.iter().map(trim_version).collect::<Vec<_>>().into(),
        );
        spec.insert(key, value);
    }
    let mut trimmed = Map::new();
    trimmed.insert(
        "apiVersion",
        crd.get("apiVersion").cloned().unwrap_or_default(),
    );
    trimmed.insert("kind", crd.get("kind").cloned().unwrap_or_default());
    trimmed.insert("metadata", metadata);
    trimmed.insert("spec", spec);
    trimmed.into()
}

/// Groups under `k8s.io` need it.
const APPROVAL: &str = "api-approved.kubernetes.io";

fn trim_version(version: &Value) -> Value {
    let members = version.as_map().into_iter().flat_map(Map::iter);
    let kept = members.filter(|(key, _)| *key != "additionalPrinterColumns");
    let trimmed = kept.map(|(key, value)| match key.as_str() {
        "schema" => (key.clone(), trim_members(value)),
        _ => (key.clone(), value.clone()),
    });
    Map::from_iter(trimmed).into()
}

/// A map of schemas, each trimmed.
fn trim_members(schemas: &Value) -> Value {
    let members = schemas.as_map().into_iter().flat_map(Map::iter);
    Map::from_iter(members.map(|(name, schema)| (name.clone(), trim_schema(schema)))).into()
}

fn trim_schema(schema: &Value) -> Value {
    if let Value::List(list) = schema {
        return list.iter().map(trim_schema).collect::<Vec<_>>().into();
    }
    let Some(map) = schema.as_map() else {
        return schema.clone();
    };
    let kept = map.iter().filter(|(key, _)| !PROSE.contains(&key.as_str()));
    let trimmed = kept.map(|(key, value)| {
        let value = match key.as_str() {
            "properties" => trim_members(value),
            "items" | "additionalProperties" | "not" | "allOf" | "anyOf" | "oneOf" => {
                trim_schema(value)
            }
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    Map::from_iter(trimmed).into()
}

/// Keywords of a schema that neither check nor fill in anything.
const PROSE: &[&str] = &[
    "description",
    "example",
    "externalDocs",
    "title",
    "x-kubernetes-patch-merge-key",
    "x-kubernetes-patch-strategy",
    "x-kubernetes-unions",
];

fn to_json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(flag) => (*flag).into(),
        Value::Int(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Str(text) => text.as_str().into(),
        Value::List(list) => list.iter().map(to_json).collect(),
        Value::Map(map) => map
            .iter()
            .map(|(key, value)| (key.to_string(), to_json(value)))
            .collect(),
    }
}

fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Bool(*flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap_or(0.0)),
        },
        serde_json::Value::String(text) => Value::Str(text.as_str().into()),
        serde_json::Value::Array(list) => Value::List(list.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => Map::from_iter(
            map.iter()
                .map(|(key, value)| (key.as_str().into(), from_json(value))),
        )
        .into(),
    }
}
