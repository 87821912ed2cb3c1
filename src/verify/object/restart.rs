//! When containers start again, and what they ask for besides amounts: devices, and room for the
//! pod as a whole.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`,
//! `validateContainerRestartPolicy`, `validateResizePolicy`, `validatePodResourceClaims`,
//! `validateResourceClaimNames` and `validatePodResources`.

use std::cmp::Ordering;

use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names;
use crate::verify::object::items::forbidden;
use crate::verify::object::resources::{self, REQUEST_ABOVE_LIMIT, read};
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, FIELDS_CONTRADICT, Findings, NUMBER_OUT_OF_RANGE, PART_NAME_MALFORMED,
    contradiction, exactly_one, name, optional_name, required, unique, word,
};
use crate::verify::quantity::Quantity;

/// `ends` is an init container that is no sidecar.
pub fn container(at: &Cursor, pod: &Cursor, ends: bool, out: &mut Findings) {
    rules(at, out);
    resize(at, pod, ends, out);
    claims(at, pod, out);
}

fn rules(at: &Cursor, out: &mut Findings) {
    let count = at.len("restartPolicyRules");
    if count > 0 && !at.has("restartPolicy") {
        required(at, "restartPolicy", out);
    }
    if count > 20 {
        let message = format!("there are {count} `restartPolicyRules`, and 20 are allowed");
        out.push(
            at.error_at("restartPolicyRules", NUMBER_OUT_OF_RANGE, message)
                .help("join some of them"),
        );
    }
    for rule in at.list("restartPolicyRules") {
        word(&rule, "action", &["Restart", "RestartAllContainers"], out);
        match rule.at("exitCodes") {
            Some(codes) => word(&codes, "operator", &["In", "NotIn"], out),
            None => required(&rule, "exitCodes", out),
        }
    }
}

fn resize(at: &Cursor, pod: &Cursor, ends: bool, out: &mut Findings) {
    let never = pod.text("restartPolicy") == "Never";
    let list = at
        .find("resizePolicy")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    for (index, policy) in at.list("resizePolicy").enumerate() {
        word(&policy, "resourceName", &["cpu", "memory"], out);
        let words = &["NotRequired", "RestartContainer"];
        word(&policy, "restartPolicy", words, out);
        let resource = |value: &Value| {
            let name = value.get("resourceName").and_then(Value::as_str);
            name.map(str::to_owned)
        };
        if repeated(list, index, resource) {
            let message = format!("`{}` is there twice", policy.text("resourceName"));
            out.push(
                policy
                    .error(ENTRY_DUPLICATE, message)
                    .help("remove one of the two"),
            );
        }
        if (never || ends) && policy.text("restartPolicy") == "RestartContainer" {
            let message = "this container does not start again, so it cannot be resized by that";
            out.push(contradiction(
                &policy,
                "restartPolicy",
                message,
                "write `NotRequired`",
            ));
        }
    }
}

/// The claims of the pod that a container uses.
fn claims(at: &Cursor, pod: &Cursor, out: &mut Findings) {
    let path = "resources/claims";
    let earlier = at.find(path).and_then(Value::as_list).unwrap_or(&[]);
    for (index, claim) in at.list(path).enumerate() {
        let (wanted, request) = (claim.text("name"), claim.text("request"));
        optional_name(&claim, "request", names::label, out);
        let mut known = pod.list("resourceClaims");
        if !known.any(|one| one.text("name") == wanted && !wanted.is_empty()) {
            let message = format!("the pod has no resource claim `{wanted}`");
            out.push(
                claim
                    .error_at("name", PART_NAME_MALFORMED, message)
                    .help("name one of the pod's `resourceClaims`"),
            );
        }
        let text = |value: &Value, field| {
            let text = value.get(field).and_then(Value::as_str);
            text.unwrap_or("").to_owned()
        };
        let overlaps = |other: &Value| {
            let other_request = text(other, "request");
            text(other, "name") == wanted
                && (request.is_empty() || other_request.is_empty() || other_request == request)
        };
        if earlier.iter().take(index).any(overlaps) {
            let message = format!("`{wanted}` is there twice");
            out.push(
                claim
                    .error(ENTRY_DUPLICATE, message)
                    .help("remove one of the two"),
            );
        }
    }
}

/// What the pod claims, waits for, and is given as a whole.
pub fn pod(spec: &Cursor, out: &mut Findings) {
    unique(spec, "resourceClaims", "name", out);
    for claim in spec.list("resourceClaims") {
        name(&claim, "name", names::label, out);
        let sources = ["resourceClaimName", "resourceClaimTemplateName"];
        exactly_one(&claim, &sources, out);
        for source in sources {
            name(&claim, source, names::subdomain, out);
        }
    }
    if spec.len("ephemeralContainers") > 0 {
        forbidden(
            spec,
            "ephemeralContainers",
            "only a running pod gets them",
            out,
        );
    }
    for gate in spec.list("readinessGates") {
        name(&gate, "conditionType", names::qualified, out);
    }
    unique(spec, "schedulingGates", "name", out);
    for gate in spec.list("schedulingGates") {
        name(&gate, "name", names::qualified, out);
    }
    for (name, amount) in spec.entries("overhead") {
        resources::known(name, &amount, out);
        resources::whole(name, &amount, out);
    }
    resources::amounts(spec, "overhead", out);
    whole(spec, out);
}

/// `resources` of the pod: at least what its containers ask for.
fn whole(spec: &Cursor, out: &mut Findings) {
    let Some(at) = spec.at("resources") else {
        return;
    };
    forbidden(&at, "claims", "only containers have claims", out);
    resources::check(spec, "resources", out);
    for side in ["requests", "limits"] {
        for (name, amount) in at.entries(side) {
            if !matches!(name, "cpu" | "memory") && !name.starts_with("hugepages-") {
                let message = format!("a pod as a whole has no `{name}`");
                out.push(
                    amount
                        .error(FIELDS_CONTRADICT, message)
                        .help("write `cpu`, `memory` or huge pages"),
                );
            }
        }
    }
    for (name, amount) in at.entries("requests") {
        let Some(own) = read(amount.value()) else {
            continue;
        };
        if asked(spec, name).is_some_and(|sum| sum > own) {
            let message = format!("the containers ask for more `{name}` than the pod");
            out.push(
                amount
                    .error(REQUEST_ABOVE_LIMIT, message)
                    .help("raise the request of the pod"),
            );
        }
    }
    for (name, amount) in at.entries("limits") {
        let Some(own) = read(amount.value()) else {
            continue;
        };
        let above = |one: &Cursor| limit(one, name).is_some_and(|inner| inner > own);
        if spec.list("containers").any(|one| above(&one)) {
            let message = format!("a container may use more `{name}` than its pod");
            out.push(
                amount
                    .error(REQUEST_ABOVE_LIMIT, message)
                    .help("raise the limit of the pod"),
            );
        }
    }
}

fn limit(container: &Cursor, name: &str) -> Option<Quantity> {
    container.map("resources/limits")?.get(name).and_then(read)
}

/// What the containers request together; a limit without a request is one.
fn asked(spec: &Cursor, name: &str) -> Option<Quantity> {
    let of = |one: &Cursor| {
        let requests = one.map("resources/requests");
        let request = requests.and_then(|map| map.get(name)).and_then(read);
        request.or_else(|| limit(one, name))
    };
    let mut sum: Option<Quantity> = None;
    let sidecars = spec.list("initContainers");
    let sidecars = sidecars.filter(|one| one.text("restartPolicy") == "Always");
    for amount in spec
        .list("containers")
        .chain(sidecars)
        .filter_map(|one| of(&one))
    {
        sum = match sum {
            Some(so_far) => Some(so_far.plus(amount)),
            None => Some(amount),
        };
    }
    let mut most = sum;
    for one in spec.list("initContainers") {
        if let Some(amount) = of(&one)
            && most.is_none_or(|most| amount.cmp(&most) == Ordering::Greater)
        {
            most = Some(amount);
        }
    }
    most
}
