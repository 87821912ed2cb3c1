//! What stands above all namespaces and is small: Namespaces, Nodes, classes of pods, revisions,
//! leases, API services.
//!
//! Source: k8s.io/kubernetes `pkg/apis/{core,node,scheduling,apps,coordination}/validation`, and
//! k8s.io/kube-aggregator `pkg/apis/apiregistration/validation`.

use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names::{self, Wrong};
use crate::verify::object::items::{forbidden, shaped};
use crate::verify::object::metadata::{NAME_MALFORMED, labels};
use crate::verify::object::resources;
use crate::verify::object::scheduling::tolerate;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, at_least, between, contradiction, duplicate, name, not_empty,
    optional_name, port, required, word,
};

pub fn namespace(object: &Cursor, out: &mut Findings) {
    if let Some(spec) = object.at("spec") {
        shaped(&spec, "finalizers", finalizer, out);
    }
    security(object, out);
}

fn finalizer(text: &str) -> Wrong {
    let plain = matches!(text, "kubernetes" | "orphan" | "foregroundDeletion");
    names::qualified(text).or_else(|| {
        (!text.contains('/') && !plain).then_some("must have a domain and `/` before the name")
    })
}

/// Source: k8s.io/pod-security-admission `api/helpers.go`.
fn security(object: &Cursor, out: &mut Findings) {
    const START: &str = "pod-security.kubernetes.io/";
    for (key, entry) in object.entries("metadata/labels") {
        let Some(what) = key.strip_prefix(START) else {
            continue;
        };
        let text = entry.value().as_str().unwrap_or("");
        let wrong = match what {
            "enforce" | "audit" | "warn" => {
                let known = ["privileged", "baseline", "restricted"].contains(&text);
                (!known).then_some("is `privileged`, `baseline` or `restricted`")
            }
            "enforce-version" | "audit-version" | "warn-version" => {
                (!is_version(text)).then_some("is `latest`, or a version such as `v1.36`")
            }
            _ => None,
        };
        if let Some(wrong) = wrong {
            let message = format!("the label `{key}` {wrong}, and not `{text}`");
            out.push(
                entry
                    .error(super::super::metadata::LABEL_MALFORMED, message)
                    .help("correct the label"),
            );
        }
    }
}

fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").unwrap_or("");
    let digits = minor.bytes().all(|byte| byte.is_ascii_digit()) && !minor.is_empty();
    text == "latest" || (digits && (minor == "0" || !minor.starts_with('0')))
}

pub fn node(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let list = spec.find("taints").and_then(Value::as_list).unwrap_or(&[]);
    for (index, taint) in spec.list("taints").enumerate() {
        name(&taint, "key", names::qualified, out);
        name(&taint, "value", names::label_value, out);
        not_empty(&taint, "effect", out);
        let effects = &["NoSchedule", "PreferNoSchedule", "NoExecute"];
        word(&taint, "effect", effects, out);
        let key = |value: &Value| {
            let text = |field| {
                value
                    .get(field)
                    .and_then(Value::as_str)
                    .unwrap_or("")
                    .to_owned()
            };
            Some((text("key"), text("effect")))
        };
        if repeated(list, index, key) {
            out.push(duplicate(&taint, "key", taint.text("key")));
        }
    }
    optional_name(&spec, "podCIDR", super::address::range, out);
    // Where they differ, the single one counts.
    let first = spec.list("podCIDRs").next();
    let first = first.and_then(|one| one.value().as_str());
    if matches!(spec.text("podCIDR"), "") || first == spec.str("podCIDR") {
        super::endpoints::ranges(&spec, "podCIDRs", out);
    }
}

pub fn priority_class(object: &Cursor, out: &mut Findings) {
    let policies = &["PreemptLowerPriority", "Never"];
    word(object, "preemptionPolicy", policies, out);
    let own = object.text("metadata/name");
    if matches!(own, "system-cluster-critical" | "system-node-critical") {
        return;
    }
    if own.starts_with("system-") {
        let message = format!("`{own}`: names with `system-` are the system's own");
        out.push(
            object
                .error_at("metadata/name", NAME_MALFORMED, message)
                .help("choose another name"),
        );
    }
    between(object, "value", i64::MIN, 1_000_000_000, out);
}

pub fn runtime_class(object: &Cursor, out: &mut Findings) {
    not_empty(object, "handler", out);
    optional_name(object, "handler", names::label, out);
    resources::amounts(object, "overhead/podFixed", out);
    for (name, amount) in object.entries("overhead/podFixed") {
        resources::known(name, &amount, out);
        resources::whole(name, &amount, out);
    }
    let Some(scheduling) = object.at("scheduling") else {
        return;
    };
    labels(&scheduling, "nodeSelector", out);
    let path = "tolerations";
    let list = scheduling
        .find(path)
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, one) in scheduling.list(path).enumerate() {
        tolerate(&one, out);
        word(&one, "operator", &["Equal", "Exists", ""], out);
        let fields = ["key", "operator", "value", "effect"];
        let key = |value: &Value| {
            let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or("");
            let mut key = fields.map(|field| text(field).to_owned());
            if key[1].is_empty() {
                key[1] = "Equal".to_owned();
            }
            Some(key)
        };
        if repeated(list, index, key) {
            out.push(
                one.error(ENTRY_DUPLICATE, "the same toleration is there twice")
                    .help("remove one of the two"),
            );
        }
    }
}

pub fn revision(object: &Cursor, out: &mut Findings) {
    at_least(object, "revision", 0, out);
    match object.find("data") {
        Some(Value::Map(_)) => {}
        Some(_) => {
            let message = "`data` is a map";
            out.push(contradiction(object, "data", message, "write a map"));
        }
        None => required(object, "data", out),
    }
}

/// Source: `pkg/apis/coordination/validation/validation.go`, `ValidateLeaseSpec`.
pub fn lease(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    at_least(&spec, "leaseDurationSeconds", 1, out);
    at_least(&spec, "leaseTransitions", 0, out);
}

pub fn api_service(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/version", out);
    };
    let (group, version) = (spec.text("group"), spec.text("version"));
    let own = object.text("metadata/name");
    let wanted = format!("{version}.{group}");
    if own != wanted {
        let message = format!("an APIService is called by version and group, `{wanted}`");
        out.push(
            object
                .error_at("metadata/name", NAME_MALFORMED, message)
                .help(format!("write `{wanted}`, or correct version and group")),
        );
    }
    if group.is_empty() && version != "v1" {
        required(&spec, "group", out);
    }
    optional_name(&spec, "group", names::subdomain, out);
    if version.is_empty() {
        required(&spec, "version", out);
    }
    optional_name(&spec, "version", names::label_1035, out);
    between(&spec, "groupPriorityMinimum", 1, 20_000, out);
    between(&spec, "versionPriority", 1, 1000, out);
    let Some(service) = spec.at("service") else {
        let why = "there is no `service`";
        if !spec.text("caBundle").is_empty() {
            forbidden(&spec, "caBundle", why, out);
        }
        if spec.flag("insecureSkipTLSVerify") == Some(true) {
            forbidden(&spec, "insecureSkipTLSVerify", why, out);
        }
        return;
    };
    required(&service, "namespace", out);
    required(&service, "name", out);
    port(&service, "port", out);
    if spec.flag("insecureSkipTLSVerify") == Some(true) && !spec.text("caBundle").is_empty() {
        let message = "`insecureSkipTLSVerify` and `caBundle` exclude each other";
        let field = "insecureSkipTLSVerify";
        out.push(contradiction(&spec, field, message, "remove it"));
    }
}
