//! Ingresses: hosts, paths, backends, TLS.
//!
//! Source: k8s.io/kubernetes `pkg/apis/networking/validation/validation.go`,
//! `ValidateIngressSpec`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::net::is_ip;
use crate::verify::object::shape::{
    Findings, exactly_one, name, optional_name, port, required, word,
};

codes! {
    /// A host is a DNS name in lower case, or `*.` and one: no address, no port, no scheme, and
    /// the star stands for exactly one label at the front.
    HOST_MALFORMED = "host-malformed": "a host that is no DNS name";

    /// The path of an Ingress begins with `/` and has no `//`, `/./`, `/../`, `%2f`; nothing in it
    /// is decoded. `ImplementationSpecific` allows what the controller allows.
    PATH_MALFORMED = "path-malformed": "a path that an Ingress cannot route";

    /// An Ingress needs a rule or a `defaultBackend`; it would route nothing otherwise.
    /// Add a rule with host and path.
    INGRESS_EMPTY = "ingress-empty": "an Ingress without rules";
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec", out);
    };
    optional_name(&spec, "ingressClassName", names::subdomain, out);
    if spec.len("rules") == 0 && !spec.has("defaultBackend") {
        let message = "the Ingress has neither `rules` nor `defaultBackend`";
        out.push(
            spec.error_at("rules", INGRESS_EMPTY, message)
                .help("add a rule"),
        );
    }
    if let Some(default) = spec.at("defaultBackend") {
        backend(&default, out);
    }
    for rule in spec.list("rules") {
        host(&rule, "host", rule.text("host"), out);
        let Some(http) = rule.at("http") else {
            continue;
        };
        required(&http, "paths", out);
        for entry in http.list("paths") {
            path(&entry, out);
        }
    }
    for tls in spec.list("tls") {
        optional_name(&tls, "secretName", names::subdomain, out);
        for entry in tls.list("hosts") {
            let text = entry.value().as_str().unwrap_or("");
            if let Some(wrong) = names::wildcard(text) {
                out.push(
                    entry
                        .error(HOST_MALFORMED, format!("the host `{text}` {wrong}"))
                        .help("write a DNS name"),
                );
            }
        }
    }
}

fn host(at: &Cursor, path: &str, text: &str, out: &mut Findings) {
    let wrong = match text {
        "" => return,
        _ if is_ip(text) => "must be a DNS name, not an address",
        _ => match names::wildcard(text) {
            Some(wrong) => wrong,
            None => return,
        },
    };
    out.push(
        at.error_at(path, HOST_MALFORMED, format!("the host `{text}` {wrong}"))
            .help("write a DNS name such as `shop.example.com`"),
    );
}

fn path(entry: &Cursor, out: &mut Findings) {
    required(entry, "pathType", out);
    word(
        entry,
        "pathType",
        &["Exact", "Prefix", "ImplementationSpecific"],
        out,
    );
    let text = entry.text("path");
    let strict = matches!(entry.text("pathType"), "Exact" | "Prefix");
    let bad = ["//", "/./", "/../", "%2f", "%2F"];
    let wrong = match text {
        "" if !strict => None,
        _ if !text.starts_with('/') => Some("must begin with `/`"),
        _ if !strict => None,
        _ if bad.iter().any(|part| text.contains(part)) => {
            Some("must not contain `//`, `/./`, `/../` or `%2f`")
        }
        _ if text.ends_with("/.") || text.ends_with("/..") => {
            Some("must not end with `/.` or `/..`")
        }
        _ => None,
    };
    if let Some(wrong) = wrong {
        out.push(
            entry
                .error_at("path", PATH_MALFORMED, format!("the path `{text}` {wrong}"))
                .help("write a path such as `/shop`"),
        );
    }
    if let Some(at) = entry.at("backend") {
        backend(&at, out);
    }
}

fn backend(at: &Cursor, out: &mut Findings) {
    exactly_one(at, &["service", "resource"], out);
    if let Some(service) = at.at("service") {
        required(&service, "name", out);
        name(&service, "name", names::label, out);
        let Some(target) = service.at("port") else {
            return required(&service, "port", out);
        };
        let named = !target.text("name").is_empty();
        if named == (target.int("number").unwrap_or(0) != 0) {
            exactly_one(&target, &["name", "number"], out);
        } else if named {
            name(&target, "name", names::port_name, out);
        } else {
            port(&target, "number", out);
        }
    }
    if let Some(resource) = at.at("resource") {
        optional_name(&resource, "apiGroup", names::subdomain, out);
        required(&resource, "kind", out);
        required(&resource, "name", out);
    }
}
