//! Argo CD's Application: destination, sources, sync options, and fields that it normalises away.
//!
//! Source: argo-cd `pkg/apis/application/v1alpha1/types.go`, `util/argo/argo.go`
//! (`ValidatePermissions`, `NormalizeApplicationSpec`) and `server/application/application.go`.

use crate::codes;
use crate::value::{Map, Value};
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::object::schedule::duration;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, NOT_EXACTLY_ONE, PART_NAME_MALFORMED, at_least, at_most_one,
    required, unique,
};

codes! {
    /// Argo CD drops empty and default fields of an Application when it stores it. A parent
    /// Application that applies this manifest would find a difference at every comparison and be
    /// `OutOfSync` for ever.
    ///
    /// Remove the field.
    NORMALISED_AWAY = "normalised-away": "an empty field that Argo CD would drop";

    /// Argo CD does not know this sync option, and ignores it silently.
    /// Correct its spelling; the known ones are in the Argo CD documentation on sync options.
    SYNC_OPTION_UNKNOWN = "sync-option-unknown": "a sync option that Argo CD does not know";

    /// A source has a repository and either a `path` in git or a `chart` with a `targetRevision`;
    /// a source that only serves values files has a `ref`.
    /// Add what is missing, or take one of two that exclude each other away.
    SOURCE_INCOMPLETE = "source-incomplete": "a source that names nothing to deploy";
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    required(&spec, "project", out);
    if let Some(at) = spec.at("destination") {
        destination(&at, out);
    }
    if !spec.has("source") && !spec.has("sources") && !spec.has("sourceHydrator") {
        required(&spec, "source", out);
    }
    if let Some(at) = spec.at("source") {
        source(&at, false, out);
    }
    unique(&spec, "sources", "name", out);
    unique(&spec, "sources", "ref", out);
    for at in spec.list("sources") {
        source(&at, true, out);
    }
    for at in spec.list("ignoreDifferences") {
        required(&at, "kind", out);
    }
    at_least(&spec, "revisionHistoryLimit", 0, out);
    sync_policy(&spec, out);
    normalised(&spec, out);
}

/// An empty text is absent. Source: argo-cd `util/argo/argo.go` (`GetDestinationCluster`).
fn destination(at: &Cursor, out: &mut Findings) {
    match (at.text("server"), at.text("name")) {
        ("", "") => {
            let message = "neither `server` nor `name` says which cluster is meant";
            out.push(
                at.error(NOT_EXACTLY_ONE, message)
                    .help("add `server` or `name`"),
            );
        }
        (_, "") | ("", _) => {}
        _ => at_most_one(at, &["server", "name"], out),
    }
}

fn source(at: &Cursor, several: bool, out: &mut Findings) {
    required(at, "repoURL", out);
    let (path, chart, reference) = (at.text("path"), at.text("chart"), at.text("ref"));
    let wrong = if !path.is_empty() && !chart.is_empty() {
        Some("`path` and `chart` exclude each other")
    } else if path.is_empty() && chart.is_empty() && (!several || reference.is_empty()) {
        Some("the source has neither `path` nor `chart`")
    } else if !chart.is_empty() && at.text("targetRevision").is_empty() {
        Some("a chart needs its version in `targetRevision`")
    } else if !chart.is_empty() && !reference.is_empty() {
        Some("a chart cannot be a `ref`")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        out.push(
            at.error(SOURCE_INCOMPLETE, wrong)
                .help("name a `path` in git, or a `chart` and its version"),
        );
    }
    if !reference
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    {
        let message = format!("the ref `{reference}` must be letters, digits, `-` and `_`");
        out.push(
            at.error_at("ref", PART_NAME_MALFORMED, message)
                .help("rename the ref"),
        );
    }
    if path.starts_with('/') || path.split('/').any(|step| step == "..") {
        let message = format!("the path `{path}` must stay inside of the repository");
        out.push(
            at.error_at("path", PART_NAME_MALFORMED, message)
                .help("write a path relative to the root of the repository"),
        );
    }
    at_most_one(at, &["helm", "kustomize", "directory", "plugin"], out);
}

fn sync_policy(spec: &Cursor, out: &mut Findings) {
    let Some(policy) = spec.at("syncPolicy") else {
        return;
    };
    let options = policy
        .find("syncOptions")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, option) in policy.list("syncOptions").enumerate() {
        let text = option.value().as_str().unwrap_or("");
        if !is_sync_option(text) {
            let message = format!("Argo CD has no sync option `{text}`");
            out.push(
                option
                    .error(SYNC_OPTION_UNKNOWN, message)
                    .help("write an option such as `ServerSideApply=true`"),
            );
        }
        if repeated(options, index, Value::as_str) {
            out.push(
                option
                    .error(ENTRY_DUPLICATE, format!("`{text}` is there twice"))
                    .help("remove one of the two"),
            );
        }
    }
    for field in ["retry/backoff/duration", "retry/backoff/maxDuration"] {
        // A bare number counts as seconds.
        if policy.text(field).parse::<u64>().is_err() {
            out.extend(duration(&policy, field));
        }
    }
    at_least(&policy, "retry/backoff/factor", 1, out);
    if policy.has("managedNamespaceMetadata")
        && !policy
            .list("syncOptions")
            .any(|option| option.value().as_str() == Some("CreateNamespace=true"))
    {
        let message = "`managedNamespaceMetadata` only works with `CreateNamespace=true`";
        out.push(
            policy
                .error_at("managedNamespaceMetadata", NOT_EXACTLY_ONE, message)
                .help("add the sync option, or remove the metadata"),
        );
    }
}

fn is_sync_option(text: &str) -> bool {
    const FLAGS: [&str; 11] = [
        "Validate",
        "SkipDryRunOnMissingResource",
        "CreateNamespace",
        "ApplyOutOfSyncOnly",
        "PruneLast",
        "Replace",
        "Force",
        "ServerSideApply",
        "ClientSideApplyMigration",
        "RespectIgnoreDifferences",
        "FailOnSharedResource",
    ];
    match text.split_once('=') {
        Some((name, "true" | "false")) if FLAGS.contains(&name) => true,
        Some(("Prune" | "Delete", "true" | "false" | "confirm")) => true,
        Some(("PrunePropagationPolicy", "foreground" | "background" | "orphan")) => true,
        _ => false,
    }
}

/// What `NormalizeApplicationSpec` and `omitempty` drop.
fn normalised(spec: &Cursor, out: &mut Findings) {
    const FIELDS: [&str; 14] = [
        "syncPolicy",
        "syncPolicy/syncOptions",
        "syncPolicy/automated/prune",
        "syncPolicy/automated/selfHeal",
        "syncPolicy/automated/allowEmpty",
        "source/helm",
        "source/kustomize",
        "source/directory",
        "source/directory/recurse",
        "source/targetRevision",
        "source/path",
        "ignoreDifferences",
        "info",
        "sources",
    ];
    for field in FIELDS {
        if spec.find(field).is_some_and(is_zero) {
            let message = format!("`{field}` is empty, and Argo CD drops it");
            out.push(
                spec.error_at(field, NORMALISED_AWAY, message)
                    .help("remove the field"),
            );
        }
    }
}

/// Go's zero value: what `omitempty` leaves out.
pub fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Int(number) => *number == 0,
        Value::Float(number) => *number == 0.0,
        Value::Str(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => Map::is_empty(map),
    }
}
