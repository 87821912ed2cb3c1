//! One object by itself: its schema, what is checked in code, the security of its pods, and what it
//! offers to others.

use super::network::{self, Policy};
use super::read::Within;
use super::security::{self, Pod};
use super::waiver::{self, Waiver};
use super::{Options, read};
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::schema::{
    Kind, MISSING_OBJECT_FIELD, OBJECT_DUPLICATE, OBJECT_STATUS, OBJECT_TYPE, Schemas,
    UNKNOWN_KIND, UNKNOWN_OBJECT_FIELD,
};
use crate::value::{Map, Str, Value};
use crate::verify::object::metadata::{NAME_MALFORMED, NAME_MISSING};
use crate::verify::object::shape::ENTRY_DUPLICATE;
use crate::verify::references::Facts;

/// All that is kept of an object.
#[derive(Debug, Default)]
pub struct Object {
    pub at: Within,
    pub facts: Facts,
    pub findings: Vec<Finding>,
    pub waivers: Vec<Waiver>,
    pub policy: Option<Policy>,
    /// The API version of a kind that a definition defines.
    pub custom: Option<Str>,
    /// Its pods stay and may be connected to.
    pub serves: bool,
}

/// Looks at one object. `value` has `apiVersion` and `kind`.
pub fn check(mut value: Value, at: Within, schemas: &Schemas, options: &Options) -> Object {
    let (api, kind) = type_of(&value);
    let (api, kind) = (Str::from(api.as_str()), Str::from(kind.as_str()));
    let known = schemas.lookup(&options.kubernetes, &api, &kind);
    let mut findings = known.map_or_else(Vec::new, |known| unread(&value, known));
    read::without_nulls(&mut value);
    status(&mut value, known, &mut findings);
    match known {
        None => findings.push(unknown(schemas.unknown_kind(
            &options.kubernetes,
            &api,
            &kind,
        ))),
        Some(known) => {
            known.check(&value, &mut findings);
            if known.is_custom() {
                pods(&value, schemas, &options.kubernetes, &mut findings);
            } else {
                findings.iter_mut().for_each(as_applied);
            }
            crate::verify::object::check_beside(&value, &options.target, &mut findings);
        }
    }
    let (waivers, more) = waiver::of_object(&value, &options.known);
    findings.extend(more);
    place(
        &mut value,
        known.is_none_or(|kind| kind.is_namespaced()),
        &options.namespace,
    );
    let facts = Facts::of(&value);
    findings.iter_mut().for_each(|one| soften(one, &value));
    findings.retain(|one| !is_fine(one, &value, &options.kubernetes));
    once(&mut findings);
    network::open(&facts, &value, &mut findings);
    let pods = Pod::of(&facts.kind, &value);
    for pod in &pods {
        security::check(pod, &facts.name, options.pod_security, &mut findings);
    }
    Object {
        at,
        findings,
        waivers,
        policy: Policy::of(&facts, &value),
        custom: known.filter(|kind| kind.is_custom()).map(|_| api),
        serves: pods.iter().any(|pod| pod.serves) && !is_test(&value),
        facts,
    }
}

/// Definitions of other projects leave parts of their pods open; their controllers read them as the
/// API server does, and cannot where a type is wrong or a field is missing.
fn pods(value: &Value, schemas: &Schemas, kubernetes: &str, out: &mut Vec<Finding>) {
    let Some(kind) = schemas.lookup(kubernetes, "v1", "PodTemplate") else {
        return;
    };
    for pod in crate::verify::pods::of(value) {
        let Some(template) = value.pointer(&pod.pointer) else {
            continue;
        };
        let whole = [
            ("apiVersion".into(), "v1".into()),
            ("kind".into(), "PodTemplate".into()),
            (
                "metadata".into(),
                Map::from_iter([("name".into(), "a".into())]).into(),
            ),
            ("template".into(), template.clone()),
        ];
        let mut found = Vec::new();
        kind.check(&Map::from_iter(whole).into(), &mut found);
        let is_read = |one: &Finding| {
            one.code == OBJECT_TYPE || (one.code == MISSING_OBJECT_FIELD && !is_zero(&one.message))
        };
        for mut one in found.into_iter().filter(is_read) {
            let Some(inside) = one.pointer.strip_prefix("/template") else {
                continue;
            };
            one.pointer = format!("{}{inside}", pod.pointer);
            one.message = format!(
                "of its pods, {}",
                one.message.trim_start_matches("template.")
            );
            if !out.iter().any(|known| known.pointer == one.pointer) {
                out.push(one);
            }
        }
    }
}

/// What the schema of a built-in kind demands, and the API server does not as long as nobody applies
/// on its side: entries of a list that are the same one, and fields that are 0 when they are not there.
fn as_applied(finding: &mut Finding) {
    let is_open = finding.code == MISSING_OBJECT_FIELD && is_zero(&finding.message);
    if finding.code == OBJECT_DUPLICATE || is_open {
        finding.severity = Severity::Warning;
    }
}

/// Fields that the schemas of built-in kinds require, and the API server reads as 0, as an empty text
/// or as an empty list when they are not there: nothing in its code looks for them.
const ZEROS: &[&str] = &[
    "spec.limits",
    "revision",
    "spec.drivers",
    "secrets.name",
    "imagePullSecrets.name",
    "preStop.sleep.seconds",
    "postStart.sleep.seconds",
    "tokenRequests.audience",
    "podFailurePolicy.rules",
    "forZones.name",
    "sysctls.value",
    "httpHeaders.value",
    "preferredDuringSchedulingIgnoredDuringExecution.preference",
    "versions.served",
];

/// Is the field that the message begins with one of those?
fn is_zero(message: &str) -> bool {
    let path = message.split('`').nth(1).unwrap_or("");
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        inside = (inside || letter == '[') && letter != ']';
        if !inside && letter != ']' {
            plain.push(letter);
        }
    }
    ZEROS.iter().any(|zero| {
        let rest = plain.strip_suffix(zero);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// The name of a Service may begin with a digit from Kubernetes 1.36 on (a gate that is on by default).
fn is_fine(finding: &Finding, value: &Value, kubernetes: &str) -> bool {
    let (api, kind) = type_of(value);
    let name = value.at(&["metadata", "name"]).and_then(Value::as_str);
    let starts = name.is_some_and(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    finding.code == NAME_MALFORMED
        && (api.as_str(), kind.as_str()) == ("v1", "Service")
        && finding.pointer == "/metadata/name"
        && starts
        && crate::schema::build::minor(kubernetes).is_some_and(|minor| minor >= 36)
        && name.is_some_and(is_label)
}

fn is_label(name: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() < 64 && !name.ends_with('-') && name.bytes().all(fine)
}

/// Two equal entries are an error of the API server's code in some lists; the warning about them is
/// not said as well.
fn once(findings: &mut Vec<Finding>) {
    let errors: Vec<String> = findings
        .iter()
        .filter(|one| one.code == ENTRY_DUPLICATE)
        .map(|one| one.pointer.clone())
        .collect();
    findings.retain(|one| {
        let inside = |error: &String| error.starts_with(one.pointer.as_str());
        one.code != OBJECT_DUPLICATE || !errors.iter().any(inside)
    });
}

/// `apiVersion` and `kind`.
fn type_of(value: &Value) -> (String, String) {
    let text = |key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    (text("apiVersion"), text("kind"))
}

/// Fields that the kind does not have and that are null: nulls of others count as absent, and these
/// are refused where decoding is strict.
fn unread(value: &Value, known: Kind) -> Vec<Finding> {
    let mut found = Vec::new();
    if has_null(value) {
        known.check(value, &mut found);
        let is_null = |one: &Finding| value.pointer(&one.pointer) == Some(&Value::Null);
        found.retain(|one| one.code == UNKNOWN_OBJECT_FIELD && is_null(one));
    }
    found
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(list) => list.iter().any(has_null),
        Value::Map(map) => map.iter().any(|(_, part)| has_null(part)),
        _ => false,
    }
}

/// What the controller writes is ignored when it is applied: objects that were read from a
/// cluster have it, and generators leave an empty one. Of a kind without one it stays.
fn status(value: &mut Value, known: Option<Kind>, findings: &mut Vec<Finding>) {
    let Some(map) = value.as_map_mut() else {
        return;
    };
    if known.is_some_and(|known| known.is_custom() && !known.has("status")) {
        return;
    }
    let is_workload_status = |status: &Value| !matches!(status, Value::Map(map) if map.is_empty());
    if let Some(status) = map.remove("status")
        && is_workload_status(&status)
    {
        let message = "`status` is the controller's to write, and is ignored";
        let mut finding = Finding::error(OBJECT_STATUS, "/status", message);
        finding.severity = Severity::Warning;
        findings.push(finding.help("remove `status` from the manifest"));
        if let Some(known) = known.filter(Kind::is_custom) {
            known.check_status(&status, findings);
        }
    }
}

fn unknown(mut finding: Finding) -> Finding {
    if finding.code == UNKNOWN_KIND
        && let Some(help) = &mut finding.help
    {
        if finding.pointer == "/apiVersion" {
            help.push_str(", or pass its definition with `--crds`");
        }
        *help = help
            .replace(
                "add its definition to `schemas/crds/`",
                "pass its definition with `--crds`",
            )
            .replace(
                "add its CustomResourceDefinition to `schemas/crds/`",
                "pass its CustomResourceDefinition with `--crds`",
            );
    }
    finding
}

/// `generateName` is fine for `kubectl create`, which is how Jobs and Workflows are often made.
fn soften(finding: &mut Finding, value: &Value) {
    let is_generated = || {
        let name = value.at(&["metadata", "generateName"]);
        name.and_then(Value::as_str)
            .is_some_and(|name| !name.is_empty())
    };
    if finding.code == NAME_MISSING && is_generated() {
        finding.severity = Severity::Warning;
        finding.message = "`generateName` works with `kubectl create` alone".to_owned();
    }
}

/// Writes the namespace in which `kubectl` would put the object.
fn place(value: &mut Value, is_namespaced: bool, namespace: &str) {
    let Some(map) = value.as_map_mut() else {
        return;
    };
    if !is_namespaced {
        if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut) {
            metadata.remove("namespace");
        }
        return;
    }
    if map.get("metadata").is_none() {
        map.insert("metadata", Map::new());
    }
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_map_mut)
        && metadata
            .get("namespace")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
    {
        metadata.insert("namespace", namespace);
    }
}

/// A pod that Helm starts for `helm test` alone.
fn is_test(value: &Value) -> bool {
    let hook = value.at(&["metadata", "annotations", "helm.sh/hook"]);
    hook.and_then(Value::as_str)
        .is_some_and(|hook| hook.starts_with("test"))
}
