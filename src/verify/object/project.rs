//! Argo CD's AppProject: destinations, roles and their policies, sync windows.
//!
//! Source: argo-cd `pkg/apis/application/v1alpha1/app_project_types.go` (`ValidateProject`),
//! which runs in Argo CD's own API server and not when a manifest is applied.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::object::application::{NORMALISED_AWAY, is_zero};
use crate::verify::object::schedule::{cron, duration, zone};
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, PART_NAME_MALFORMED, required, unique, word,
};

codes! {
    /// A policy of a project role has six parts: `p, proj:<project>:<role>, <resource>, <action>,
    /// <project>/<application>, allow`. Argo CD's server refuses a
    /// project with a policy that it cannot read; one applied by other ways grants nothing.
    PROJECT_POLICY_MALFORMED = "project-policy-malformed": "a policy of a project role that Argo CD cannot read";

    /// `!*` denies everything: no Application could ever be deployed.
    /// Write what is allowed instead.
    DENIES_EVERYTHING = "denies-everything": "a project that denies every destination or source";

    /// A sync window has to say what it is for: applications, namespaces or clusters.
    /// Write `applications: ["*"]` for all of them.
    WINDOW_EMPTY = "window-empty": "a sync window that applies to nothing";
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let project = object.text("metadata/name");
    if spec.text("description").len() > 255 {
        let message = "the description of a project has at most 255 characters";
        out.push(
            spec.error_at("description", PART_NAME_MALFORMED, message)
                .help("shorten it"),
        );
    }
    destinations(&spec, out);
    for list in ["sourceRepos", "sourceNamespaces"] {
        texts(&spec, list, out);
    }
    unique(&spec, "roles", "name", out);
    for at in spec.list("roles") {
        role(&at, project, out);
    }
    windows(&spec, out);
    accounts(&spec, out);
    const OMITTED: [&str; 8] = [
        "roles",
        "destinations",
        "sourceRepos",
        "sourceNamespaces",
        "syncWindows",
        "clusterResourceWhitelist",
        "description",
        "orphanedResources/ignore",
    ];
    for field in OMITTED {
        if spec.find(field).is_some_and(is_zero) {
            let message = format!("`{field}` is empty, and Argo CD drops it");
            out.push(
                spec.error_at(field, NORMALISED_AWAY, message)
                    .help("remove the field"),
            );
        }
    }
}

fn field<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or("")
}

fn destinations(spec: &Cursor, out: &mut Findings) {
    let list = spec
        .find("destinations")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, at) in spec.list("destinations").enumerate() {
        for part in ["server", "name", "namespace"] {
            if at.text(part) == "!*" {
                out.push(
                    at.error_at(part, DENIES_EVERYTHING, "`!*` denies every destination")
                        .help("remove the entry"),
                );
            }
        }
        if repeated(list, index, |value| {
            Some((
                field(value, "server"),
                field(value, "name"),
                field(value, "namespace"),
            ))
        }) {
            out.push(
                at.error(ENTRY_DUPLICATE, "the destination is there twice")
                    .help("remove one of the two"),
            );
        }
    }
}

/// A list of texts: none `!*`, none twice.
fn texts(at: &Cursor, path: &str, out: &mut Findings) {
    let list = at.find(path).and_then(Value::as_list).unwrap_or(&[]);
    for (index, item) in at.list(path).enumerate() {
        let text = item.value().as_str().unwrap_or("");
        if text == "!*" {
            out.push(
                item.error(
                    DENIES_EVERYTHING,
                    format!("`!*` in `{path}` denies everything"),
                )
                .help("remove the entry"),
            );
        }
        if repeated(list, index, Value::as_str) {
            out.push(
                item.error(ENTRY_DUPLICATE, format!("`{text}` is there twice"))
                    .help("remove one of the two"),
            );
        }
    }
}

fn role(at: &Cursor, project: &str, out: &mut Findings) {
    let name = at.text("name");
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    let inner = bytes
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    if !(edge(bytes.first()) && edge(bytes.last()) && inner) {
        let message = format!("the role `{name}` must be letters, digits, `-` and `_`");
        out.push(
            at.error_at("name", PART_NAME_MALFORMED, message)
                .help("rename the role"),
        );
    }
    texts(at, "policies", out);
    texts(at, "groups", out);
    for policy in at.list("policies") {
        let Some(text) = policy.value().as_str() else {
            continue;
        };
        if let Some(wrong) = policy_wrong(text, project, name) {
            out.push(
                policy
                    .error(
                        PROJECT_POLICY_MALFORMED,
                        format!("the policy `{text}` {wrong}"),
                    )
                    .help(format!(
                        "write `p, proj:{project}:{name}, applications, sync, {project}/*, allow`"
                    )),
            );
        }
    }
    for group in at.list("groups") {
        let text = group.value().as_str().unwrap_or("");
        if text.is_empty() || text.trim() != text || text.contains(['"', '\n', '\r', '\t', ',']) {
            let message = format!("the group `{text}` is empty, or has spaces, quotes or commas");
            out.push(
                group
                    .error(PART_NAME_MALFORMED, message)
                    .help("write the name of one group"),
            );
        }
    }
}

fn policy_wrong(text: &str, project: &str, role: &str) -> Option<&'static str> {
    const RESOURCES: [&str; 6] = [
        "applications",
        "applicationsets",
        "repositories",
        "clusters",
        "logs",
        "exec",
    ];
    const ACTIONS: [&str; 8] = [
        "get", "create", "update", "delete", "sync", "override", "rollback", "*",
    ];
    let mut parts = text.split(',').map(str::trim);
    let mut next = || parts.next().unwrap_or("");
    let (kind, subject, resource, action, object, effect) =
        (next(), next(), next(), next(), next(), next());
    if kind != "p" || effect.is_empty() || text.matches(',').count() != 5 {
        return Some("does not have six parts that begin with `p`");
    }
    let mine = subject
        .strip_prefix("proj:")
        .and_then(|rest| rest.split_once(':'));
    if mine != Some((project, role)) {
        return Some("is not about its own project and role");
    }
    if !RESOURCES.contains(&resource) {
        return Some("names a resource that Argo CD does not have");
    }
    let nested = ["action/", "update/", "delete/"]
        .iter()
        .any(|start| action.starts_with(start));
    if !ACTIONS.contains(&action) && !nested {
        return Some("names an action that Argo CD does not have");
    }
    let object = object
        .strip_prefix(project)
        .and_then(|rest| rest.strip_prefix('/'));
    let glob = |byte: u8| byte.is_ascii_alphanumeric() || b"*_-./".contains(&byte);
    if !object.is_some_and(|name| !name.is_empty() && name.bytes().all(glob)) {
        return Some("is about something outside of its project");
    }
    (effect != "allow" && effect != "deny").then_some("must end with `allow` or `deny`")
}

fn windows(spec: &Cursor, out: &mut Findings) {
    let list = spec
        .find("syncWindows")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, at) in spec.list("syncWindows").enumerate() {
        word(&at, "kind", &["allow", "deny"], out);
        for part in ["kind", "schedule", "duration"] {
            required(&at, part, out);
        }
        out.extend(cron(&at, "schedule"));
        out.extend(duration(&at, "duration"));
        out.extend(zone(&at, "timeZone"));
        if ["applications", "namespaces", "clusters"]
            .iter()
            .all(|part| at.len(part) == 0)
        {
            out.push(
                at.error(WINDOW_EMPTY, "the window applies to nothing")
                    .help("add `applications: [\"*\"]`"),
            );
        }
        let same = list
            .iter()
            .take(index)
            .any(|other| same_window(other, at.value()));
        if same {
            out.push(
                at.error(ENTRY_DUPLICATE, "the window is there twice")
                    .help("remove one of the two"),
            );
        }
    }
}

/// `manualSync` and `description` do not tell windows apart.
fn same_window(a: &Value, b: &Value) -> bool {
    [
        "kind",
        "schedule",
        "duration",
        "applications",
        "namespaces",
        "clusters",
        "timeZone",
        "andOperator",
    ]
    .iter()
    .all(|key| a.get(key) == b.get(key))
}

fn accounts(spec: &Cursor, out: &mut Findings) {
    let list = spec
        .find("destinationServiceAccounts")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, at) in spec.list("destinationServiceAccounts").enumerate() {
        for part in ["server", "namespace"] {
            if at.text(part).contains('!') {
                out.push(
                    at.error_at(part, PART_NAME_MALFORMED, format!("`{part}` cannot deny"))
                        .help("remove the `!`"),
                );
            }
        }
        required(&at, "defaultServiceAccount", out);
        if at
            .text("defaultServiceAccount")
            .contains(['!', '*', '[', ']', '{', '}', '\\', '/'])
        {
            let message = "a service account is one name, not a pattern";
            out.push(
                at.error_at("defaultServiceAccount", PART_NAME_MALFORMED, message)
                    .help("write `name` or `namespace:name`"),
            );
        }
        if repeated(list, index, |value| {
            Some((field(value, "server"), field(value, "namespace")))
        }) {
            out.push(
                at.error(ENTRY_DUPLICATE, "the destination is there twice")
                    .help("remove one of the two"),
            );
        }
    }
}
