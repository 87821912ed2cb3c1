//! Roles, bindings and service accounts.
//!
//! Source: k8s.io/kubernetes `pkg/apis/rbac/validation/validation.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::selector;
use crate::verify::object::shape::{
    FIELDS_CONTRADICT, Findings, WORD_UNKNOWN, contradiction, doubtful_name, name, not_empty,
    optional_name, required, word,
};

codes! {
    /// A rule says which verbs are allowed on which resources of which API groups; each of the
    /// three needs a value. The core group is the empty text: `apiGroups: [""]`.
    RULE_INCOMPLETE = "rule-incomplete": "an access rule without verbs, groups or resources";
}

const GROUP: &str = "rbac.authorization.k8s.io";

pub fn role(object: &Cursor, out: &mut Findings) {
    rules(object, true, out);
}

pub fn cluster_role(object: &Cursor, out: &mut Findings) {
    rules(object, false, out);
    if let Some(aggregation) = object.at("aggregationRule") {
        required(&aggregation, "clusterRoleSelectors", out);
        for one in aggregation.list("clusterRoleSelectors") {
            selector::parts(&one, out);
        }
    }
}

fn rules(object: &Cursor, namespaced: bool, out: &mut Findings) {
    for rule in object.list("rules") {
        need(&rule, "verbs", out);
        if rule.len("nonResourceURLs") == 0 {
            need(&rule, "apiGroups", out);
            need(&rule, "resources", out);
            continue;
        }
        let message = if namespaced {
            "a Role has no `nonResourceURLs`; they belong to a ClusterRole"
        } else if rule.len("apiGroups") + rule.len("resources") + rule.len("resourceNames") > 0 {
            "one rule cannot have both resources and `nonResourceURLs`"
        } else {
            continue;
        };
        out.push(
            rule.error_at("nonResourceURLs", FIELDS_CONTRADICT, message)
                .help("make it a rule of its own in a ClusterRole"),
        );
    }
}

fn need(rule: &Cursor, field: &str, out: &mut Findings) {
    if rule.len(field) == 0 {
        let message = format!("the rule has no `{field}`");
        out.push(
            rule.error_at(field, RULE_INCOMPLETE, message)
                .help(format!("add `{field}`")),
        );
    }
}

pub fn role_binding(object: &Cursor, out: &mut Findings) {
    binding(object, true, out);
}

pub fn cluster_role_binding(object: &Cursor, out: &mut Findings) {
    binding(object, false, out);
}

fn binding(object: &Cursor, namespaced: bool, out: &mut Findings) {
    let kinds: &[&str] = if namespaced {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    if let Some(target) = object.at("roleRef") {
        word(&target, "kind", kinds, out);
        word(&target, "apiGroup", &[GROUP, ""], out);
        not_empty(&target, "name", out);
        name(&target, "name", names::path_segment, out);
    }
    for at in object.list("subjects") {
        subject(&at, namespaced, out);
    }
}

/// A missing group is filled in by default: ours for users and groups, none for accounts.
fn subject(at: &Cursor, namespaced: bool, out: &mut Findings) {
    not_empty(at, "name", out);
    let (kind, group) = (at.text("kind"), at.text("apiGroup"));
    match kind {
        "ServiceAccount" => {
            optional_name(at, "name", names::subdomain, out);
            if !group.is_empty() {
                let message = "a ServiceAccount has the empty `apiGroup`";
                out.push(contradiction(at, "apiGroup", message, "remove `apiGroup`"));
            }
            if !namespaced {
                required(at, "namespace", out);
            }
        }
        "User" | "Group" => word(at, "apiGroup", &[GROUP, ""], out),
        _ => {
            let message = format!("no subject is called `{kind}`");
            out.push(
                at.error_at("kind", WORD_UNKNOWN, message)
                    .help("write `ServiceAccount`, `User` or `Group`"),
            );
        }
    }
}

pub fn service_account(object: &Cursor, out: &mut Findings) {
    for list in ["imagePullSecrets", "secrets"] {
        for entry in object.list(list) {
            doubtful_name(&entry, "name", names::subdomain, out);
        }
    }
}
