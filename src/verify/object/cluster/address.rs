//! Addresses as objects: ServiceCIDRs, IPAddresses, IngressClasses' parameters.
//!
//! Source: k8s.io/kubernetes `pkg/apis/networking/validation/validation.go`.

use std::net::IpAddr;

use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::net::Cidr;
use crate::verify::object::cluster::endpoints::ranges;
use crate::verify::object::items::forbidden;
use crate::verify::object::metadata::NAME_MALFORMED;
use crate::verify::object::shape::{Findings, name, not_empty, optional_name, required, word};

/// A range in its canonical spelling.
pub fn range(text: &str) -> Wrong {
    match Cidr::parse(text) {
        Some(range) if !range.is_exact() => {
            Some("does not begin at the first address of its range")
        }
        Some(_) if !is_canonical(text.split('/').next().unwrap_or("")) => {
            Some("is not in the canonical spelling")
        }
        Some(_) => None,
        None => Some("is no range of addresses"),
    }
}

fn is_canonical(text: &str) -> bool {
    text.parse::<IpAddr>()
        .is_ok_and(|address| address.to_string() == text)
}

pub fn service_ranges(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/cidrs", out);
    };
    required(&spec, "cidrs", out);
    ranges(&spec, "cidrs", out);
}

pub fn address(object: &Cursor, out: &mut Findings) {
    let text = object.text("metadata/name");
    if !is_canonical(text) {
        let message = format!("the name of an IPAddress is the address, and `{text}` is none");
        out.push(
            object
                .error_at("metadata/name", NAME_MALFORMED, message)
                .help("write the address in its canonical spelling"),
        );
    }
    let Some(parent) = object.at("spec/parentRef") else {
        return required(object, "spec/parentRef", out);
    };
    optional_name(&parent, "group", names::subdomain, out);
    for field in ["resource", "name"] {
        required(&parent, field, out);
        name(&parent, field, names::path_segment, out);
    }
    optional_name(&parent, "namespace", names::path_segment, out);
}

/// As `acme.io/foo`.
pub fn domain_path(text: &str) -> Wrong {
    let Some((domain, rest)) = text.split_once('/') else {
        return Some("must be a domain, `/` and a path");
    };
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&byte);
    if rest.is_empty() || !rest.bytes().all(fine) {
        return Some("must have a path behind the `/`");
    }
    names::subdomain(domain)
}

pub fn ingress_class(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/controller", out);
    };
    required(&spec, "controller", out);
    optional_name(
        &spec,
        "controller",
        |text| match text.len() {
            0..=250 => domain_path(text),
            _ => Some("must have at most 250 characters"),
        },
        out,
    );
    let Some(parameters) = spec.at("parameters") else {
        return;
    };
    name(&parameters, "apiGroup", names::subdomain, out);
    for field in ["kind", "name"] {
        not_empty(&parameters, field, out);
        name(&parameters, field, names::path_segment, out);
    }
    word(&parameters, "scope", &["Cluster", "Namespace"], out);
    match parameters.text("scope") {
        "Namespace" => {
            required(&parameters, "namespace", out);
            optional_name(&parameters, "namespace", names::label, out);
        }
        _ => forbidden(&parameters, "namespace", "the scope is `Cluster`", out),
    }
}
