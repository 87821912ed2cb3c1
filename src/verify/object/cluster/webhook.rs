//! Webhooks and admission policies: names, rules, who is called.
//!
//! Source: k8s.io/kubernetes `pkg/apis/admissionregistration/validation/validation.go`, and
//! k8s.io/apiserver `pkg/util/webhook/validation.go`.

use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::cluster::flow::alone;
use crate::verify::object::cluster::policy::conditions;
use crate::verify::object::items::{distinct, shaped, words};
use crate::verify::object::selector;
use crate::verify::object::shape::{
    Findings, between, contradiction, exactly_one, name, not_empty, optional_name, port, required,
    unique, word,
};

pub fn configuration(object: &Cursor, out: &mut Findings) {
    unique(object, "webhooks", "name", out);
    for hook in object.list("webhooks") {
        name(&hook, "name", full_name, out);
        for rule in hook.list("rules") {
            rule_with_operations(&rule, out);
        }
        word(&hook, "failurePolicy", &["Fail", "Ignore"], out);
        word(&hook, "matchPolicy", &["Exact", "Equivalent"], out);
        word(&hook, "reinvocationPolicy", &["Never", "IfNeeded"], out);
        word(&hook, "sideEffects", &["None", "NoneOnDryRun"], out);
        between(&hook, "timeoutSeconds", 1, 30, out);
        selector::check(&hook, "namespaceSelector", out);
        selector::check(&hook, "objectSelector", out);
        if let Some(client) = hook.at("clientConfig") {
            who(&client, out);
        }
        versions(&hook, out);
        conditions(&hook, false, out);
    }
}

/// A domain of three parts or more.
fn full_name(text: &str) -> Wrong {
    match text.split('.').count() {
        0..3 => Some("must be a domain of three parts or more"),
        _ => names::subdomain(text),
    }
}

fn versions(hook: &Cursor, out: &mut Findings) {
    let path = "admissionReviewVersions";
    required(hook, path, out);
    distinct(hook, path, out);
    shaped(hook, path, names::label_1035, out);
    let mut known = hook.list(path).filter_map(|item| item.value().as_str());
    if hook.len(path) > 0 && !known.any(|text| matches!(text, "v1" | "v1beta1")) {
        let message = "`admissionReviewVersions` has no version that the API server speaks";
        out.push(contradiction(hook, path, message, "add `v1`"));
    }
}

/// A URL or a Service. Also for the conversion of a CustomResourceDefinition.
pub fn who(client: &Cursor, out: &mut Findings) {
    exactly_one(client, &["url", "service"], out);
    name(client, "url", address, out);
    if let Some(service) = client.at("service") {
        required(&service, "name", out);
        required(&service, "namespace", out);
        name(&service, "path", path, out);
        port(&service, "port", out);
    }
}

/// Source: `ValidateWebhookURL`.
fn address(text: &str) -> Wrong {
    let Some(rest) = text.strip_prefix("https://") else {
        return Some("must begin with `https://`");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    if host.is_empty() {
        return Some("must have a host");
    }
    if host.contains('@') {
        return Some("must have no user");
    }
    if text.contains(['?', '#']) {
        return Some("must have neither query nor fragment");
    }
    let unfit = |letter: char| letter.is_control() || letter == ' ';
    host.contains(unfit).then_some("must be a URL")
}

/// Source: `ValidateWebhookService`.
fn path(text: &str) -> Wrong {
    if text.is_empty() {
        return Some("must not be empty");
    }
    if text == "/" {
        return None;
    }
    let Some(rest) = text.strip_prefix('/') else {
        return Some("must begin with `/`");
    };
    if rest.ends_with('/') && rest.len() > 1 {
        let parts = rest.trim_end_matches('/');
        if parts.len() + 1 != rest.len() {
            return Some("must have no empty parts");
        }
    }
    if text == "//" {
        return Some("must have no empty parts");
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    rest.split('/').find_map(names::subdomain)
}

/// Operations, groups, versions, resources and scope of a rule.
pub fn rule_with_operations(rule: &Cursor, out: &mut Findings) {
    const OPERATIONS: &[&str] = &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
    required(rule, "operations", out);
    words(rule, "operations", OPERATIONS, out);
    for list in ["operations", "apiGroups", "apiVersions"] {
        alone(rule, list, out);
    }
    required(rule, "apiGroups", out);
    required(rule, "apiVersions", out);
    shaped(rule, "apiVersions", filled, out);
    word(rule, "scope", &["*", "Cluster", "Namespaced"], out);
    resources(rule, out);
}

fn filled(text: &str) -> Wrong {
    text.is_empty().then_some("must not be empty")
}

/// What a star stands for is not written beside it.
fn resources(rule: &Cursor, out: &mut Findings) {
    required(rule, "resources", out);
    shaped(rule, "resources", filled, out);
    let list = rule.find("resources").and_then(Value::as_list);
    let texts: Vec<&str> = list
        .unwrap_or(&[])
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // The last of the plain ones decides, in the API server's code.
    let last_plain = texts
        .iter()
        .rfind(|text| !text.contains('/') && !text.is_empty());
    let single = texts.contains(&"*") && last_plain.is_some_and(|text| *text != "*");
    let double = texts.contains(&"*/*") && texts.len() > 1;
    let covered = texts.iter().enumerate().any(|(index, text)| {
        let Some((resource, part)) = text.split_once('/') else {
            return false;
        };
        texts[..index].iter().any(|other| {
            let halves = other.split_once('/');
            halves.is_some_and(|(first, second)| {
                (first == resource && second == "*") || (second == part && first == "*")
            })
        })
    });
    if single || double || covered {
        let message = "`resources` has a star, and what it stands for beside it";
        out.push(contradiction(
            rule,
            "resources",
            message,
            "remove what the star stands for",
        ));
    }
}

/// Selectors and rules of an admission policy or its binding.
pub fn match_resources(at: &Cursor, out: &mut Findings) {
    word(at, "matchPolicy", &["Exact", "Equivalent"], out);
    selector::check(at, "namespaceSelector", out);
    selector::check(at, "objectSelector", out);
    for list in ["resourceRules", "excludeResourceRules"] {
        for rule in at.list(list) {
            shaped(&rule, "resourceNames", names::path_segment, out);
            distinct(&rule, "resourceNames", out);
            rule_with_operations(&rule, out);
        }
    }
}

pub fn binding(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/policyName", out);
    };
    required(&spec, "policyName", out);
    optional_name(&spec, "policyName", names::subdomain, out);
    if let Some(parameter) = spec.at("paramRef") {
        named_or_selected(&parameter, out);
    }
    if let Some(at) = spec.at("matchResources") {
        match_resources(&at, out);
    }
}

pub fn validating_binding(object: &Cursor, out: &mut Findings) {
    binding(object, out);
    let Some(spec) = object.at("spec") else {
        return;
    };
    let path = "validationActions";
    required(&spec, path, out);
    words(&spec, path, &["Audit", "Deny", "Warn"], out);
    distinct(&spec, path, out);
    let has = |word| {
        let mut items = spec.list(path);
        items.any(|item| item.value().as_str() == Some(word))
    };
    if has("Deny") && has("Warn") {
        let message = "`Deny` says everything that `Warn` would";
        out.push(contradiction(&spec, path, message, "keep one of the two"));
    }
}

fn named_or_selected(at: &Cursor, out: &mut Findings) {
    let named = !at.text("name").is_empty();
    if named == at.has("selector") {
        exactly_one(at, &["name", "selector"], out);
        if !at.has("selector") {
            not_empty(at, "name", out);
        }
    }
    optional_name(at, "name", names::path_segment, out);
    selector::check(at, "selector", out);
    required(at, "parameterNotFoundAction", out);
    if !at.text("parameterNotFoundAction").is_empty() {
        word(at, "parameterNotFoundAction", &["Allow", "Deny"], out);
    }
}
