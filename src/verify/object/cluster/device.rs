//! Devices that pods ask for: classes, claims and their templates.
//!
//! Source: k8s.io/kubernetes `pkg/apis/resource/validation/validation.go`.

use crate::schema::expression::Kind;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::cluster::policy::expression;
use crate::verify::object::cluster::storage::driver_name;
use crate::verify::object::items::{distinct, forbidden};
use crate::verify::object::metadata;
use crate::verify::object::shape::{
    Findings, NUMBER_OUT_OF_RANGE, PART_NAME_MALFORMED, at_least, contradiction, exactly_one, name,
    not_empty, optional_name, required, unique, word,
};

const MOST: usize = 32;

pub fn class(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    selectors(&spec, out);
    few(&spec, "config", MOST, out);
    for config in spec.list("config") {
        opaque(&config, out);
    }
    name(&spec, "extendedResourceName", extended, out);
}

/// Source: k8s.io/kubernetes `pkg/apis/core/v1/helper`, `IsExtendedResourceName`.
fn extended(text: &str) -> Wrong {
    let own = !text.contains('/') || text.contains("kubernetes.io/");
    if own || text.starts_with("requests.") {
        return Some("must have a domain that is not Kubernetes' own");
    }
    names::qualified(&format!("requests.{text}"))
}

pub fn claim(object: &Cursor, out: &mut Findings) {
    if let Some(devices) = object.at("spec/devices") {
        asked(&devices, out);
    }
}

pub fn claim_template(object: &Cursor, out: &mut Findings) {
    if let Some(meta) = object.at("spec/metadata") {
        metadata::labels(&meta, "labels", out);
        metadata::annotations(&meta, out);
        for field in ["name", "generateName", "namespace"] {
            if !meta.text(field).is_empty() {
                forbidden(&meta, field, "each pod gets a claim of its own", out);
            }
        }
    }
    if let Some(devices) = object.at("spec/spec/devices") {
        asked(&devices, out);
    }
}

fn few(at: &Cursor, list: &str, most: usize, out: &mut Findings) {
    if at.len(list) > most {
        let message = format!(
            "`{list}` has {} entries, at most {most} are taken",
            at.len(list)
        );
        out.push(
            at.error_at(list, NUMBER_OUT_OF_RANGE, message)
                .help("make several objects of it"),
        );
    }
}

fn asked(devices: &Cursor, out: &mut Findings) {
    for list in ["requests", "constraints", "config"] {
        few(devices, list, MOST, out);
    }
    unique(devices, "requests", "name", out);
    for request in devices.list("requests") {
        name(&request, "name", names::label, out);
        let first = request.len("firstAvailable") > 0;
        if first == request.has("exactly") {
            exactly_one(&request, &["exactly", "firstAvailable"], out);
            if !first && !request.has("exactly") {
                not_empty(&request, "firstAvailable", out);
            }
        }
        if let Some(exactly) = request.at("exactly") {
            one(&exactly, out);
        }
        few(&request, "firstAvailable", 8, out);
        unique(&request, "firstAvailable", "name", out);
        for part in request.list("firstAvailable") {
            name(&part, "name", names::label, out);
            one(&part, out);
        }
    }
    for constraint in devices.list("constraints") {
        requests(devices, &constraint, out);
        exactly_one(&constraint, &["matchAttribute", "distinctAttribute"], out);
        for field in ["matchAttribute", "distinctAttribute"] {
            name(&constraint, field, attribute, out);
        }
    }
    for config in devices.list("config") {
        requests(devices, &config, out);
        opaque(&config, out);
    }
}

fn one(at: &Cursor, out: &mut Findings) {
    not_empty(at, "deviceClassName", out);
    if !at.has("deviceClassName") {
        required(at, "deviceClassName", out);
    }
    optional_name(at, "deviceClassName", names::subdomain, out);
    selectors(at, out);
    let mode = at.text("allocationMode");
    if !mode.is_empty() {
        word(at, "allocationMode", &["ExactCount", "All"], out);
    }
    match mode {
        "All" if at.int("count").unwrap_or(0) != 0 => {
            let message = "`count` is given, and `allocationMode` is `All`";
            out.push(contradiction(at, "count", message, "remove `count`"));
        }
        "All" => {}
        // Without a mode, a count of 0 is 1 by default.
        "" => at_least(at, "count", 0, out),
        _ => at_least(at, "count", if at.has("count") { 0 } else { 1 }, out),
    }
    for toleration in at.list("tolerations") {
        optional_name(&toleration, "key", names::qualified, out);
        word(&toleration, "operator", &["Exists", "Equal", ""], out);
        let effects = &["NoSchedule", "NoExecute", "None", ""];
        word(&toleration, "effect", effects, out);
        if toleration.text("operator") == "Exists" && !toleration.text("value").is_empty() {
            let message = "`Exists` looks at no value";
            out.push(contradiction(
                &toleration,
                "value",
                message,
                "remove `value`",
            ));
        } else {
            name(&toleration, "value", names::label_value, out);
        }
    }
}

fn selectors(at: &Cursor, out: &mut Findings) {
    few(at, "selectors", MOST, out);
    for selector in at.list("selectors") {
        match selector.at("cel") {
            Some(cel) => {
                required(&cel, "expression", out);
                expression(&cel, "expression", &["device"], Kind::Bool, out);
            }
            None => required(&selector, "cel", out),
        }
    }
}

fn opaque(config: &Cursor, out: &mut Findings) {
    let Some(at) = config.at("opaque") else {
        return required(config, "opaque", out);
    };
    name(&at, "driver", driver_name, out);
    match at.find("parameters") {
        Some(Value::Map(_)) => {}
        Some(_) => {
            let message = "`parameters` is a map";
            out.push(contradiction(&at, "parameters", message, "write a map"));
        }
        None => required(&at, "parameters", out),
    }
}

/// `domain/name`, where the name is one of the language C.
fn attribute(text: &str) -> Wrong {
    let Some((domain, last)) = text.split_once('/') else {
        return Some("must be a domain, `/` and a name");
    };
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = last
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    if last.contains('/') {
        return None;
    }
    if !first || last.len() > 32 || !last.bytes().all(fine) {
        return Some("must end with a name of at most 32 letters, digits and `_`");
    }
    driver_name(domain)
}

/// Names of requests, or of parts of them, that the claim has.
fn requests(devices: &Cursor, at: &Cursor, out: &mut Findings) {
    distinct(at, "requests", out);
    few(at, "requests", MOST, out);
    for item in at.list("requests") {
        let text = item.value().as_str().unwrap_or("");
        let (first, second) = match text.split_once('/') {
            Some((first, second)) => (first, Some(second)),
            None => (text, None),
        };
        let found = devices.list("requests").any(|request| {
            let part = second.is_none_or(|second| {
                request
                    .list("firstAvailable")
                    .any(|part| part.text("name") == second)
            });
            request.text("name") == first && part
        });
        if !found {
            let message = format!("`{text}` is no request of this claim");
            out.push(
                item.error(PART_NAME_MALFORMED, message)
                    .help("name one of `requests`"),
            );
        }
    }
}
