//! What a Service leads to: EndpointSlices and Endpoints.
//!
//! Source: k8s.io/kubernetes `pkg/apis/discovery/validation/validation.go`, and
//! `validateEndpointSubsets` of `pkg/apis/core/validation/validation.go`.

use std::net::IpAddr;

use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names::{self, Wrong};
use crate::verify::object::items::{distinct, shaped};
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, NUMBER_OUT_OF_RANGE, PART_NAME_MALFORMED, duplicate, name,
    optional_name, port, required, word,
};

/// Most entries of each list.
const MOST: &[(&str, usize)] = &[("ports", 20_000), ("endpoints", 1000)];

pub fn slice(object: &Cursor, out: &mut Findings) {
    let kind = object.text("addressType");
    word(object, "addressType", &["IPv4", "IPv6", "FQDN"], out);
    for (list, most) in MOST {
        at_most(object, list, *most, out);
    }
    slice_ports(object, out);
    for one in object.list("endpoints") {
        at_most(&one, "addresses", 100, out);
        required(&one, "addresses", out);
        let shape: fn(&str) -> Wrong = match kind {
            "IPv4" => address_4,
            "IPv6" => address_6,
            "FQDN" => full_name,
            _ => |_| None,
        };
        shaped(&one, "addresses", shape, out);
        name(&one, "nodeName", names::subdomain, out);
        name(&one, "hostname", names::label, out);
        at_most(&one, "deprecatedTopology", 16, out);
        hints(&one, out);
    }
}

fn at_most(at: &Cursor, path: &str, most: usize, out: &mut Findings) {
    let count = at.len(path);
    if count > most {
        let message = format!("`{path}` has {count} entries, and {most} are allowed");
        out.push(
            at.error_at(path, NUMBER_OUT_OF_RANGE, message)
                .help("split the object"),
        );
    }
}

/// A missing name is the empty one.
fn slice_ports(object: &Cursor, out: &mut Findings) {
    let list = object.find("ports").and_then(Value::as_list).unwrap_or(&[]);
    let named = |value: &Value| value.get("name").and_then(Value::as_str).map(str::to_owned);
    for (index, item) in object.list("ports").enumerate() {
        optional_name(&item, "name", names::label, out);
        word(&item, "protocol", &["TCP", "UDP", "SCTP"], out);
        name(&item, "appProtocol", names::qualified, out);
        if repeated(list, index, |value| Some(named(value).unwrap_or_default())) {
            out.push(duplicate(&item, "name", item.text("name")));
        }
    }
}

fn hints(endpoint: &Cursor, out: &mut Findings) {
    let Some(hints) = endpoint.at("hints") else {
        return;
    };
    type Shape = fn(&str) -> Wrong;
    let kinds: [(&str, Shape); 2] = [
        ("forZones", names::label_value),
        ("forNodes", names::subdomain),
    ];
    for (list, shape) in kinds {
        at_most(&hints, list, 8, out);
        let items = hints.find(list).and_then(Value::as_list).unwrap_or(&[]);
        for (index, one) in hints.list(list).enumerate() {
            name(&one, "name", shape, out);
            if repeated(items, index, |value| {
                value.get("name").and_then(Value::as_str)
            }) {
                out.push(duplicate(&one, "name", one.text("name")));
            }
        }
    }
}

fn address_4(text: &str) -> Wrong {
    match text.parse() {
        Ok(IpAddr::V4(_)) => reachable(text),
        _ => Some("is no IPv4 address"),
    }
}

fn address_6(text: &str) -> Wrong {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none() => reachable(text),
        _ => Some("is no IPv6 address"),
    }
}

fn full_name(text: &str) -> Wrong {
    let text = text.strip_suffix('.').unwrap_or(text);
    if !text.contains('.') {
        return Some("must be a DNS name of two parts or more");
    }
    text.split('.').find_map(names::label)
}

/// Source: `ValidateEndpointIP`.
pub fn reachable(text: &str) -> Wrong {
    let Ok(address) = text.parse::<IpAddr>() else {
        return Some("is no IP address");
    };
    let link = match address {
        IpAddr::V4(v4) => v4.is_link_local() || matches!(v4.octets(), [224, 0, 0, _]),
        IpAddr::V6(v6) => {
            let first = v6.segments()[0];
            first & 0xffc0 == 0xfe80 || first & 0xff0f == 0xff02
        }
    };
    if address.is_unspecified() {
        return Some("must not be unspecified");
    }
    if address.is_loopback() {
        return Some("must not be a loopback address");
    }
    link.then_some("must not be a link-local address")
}

pub fn endpoints(object: &Cursor, out: &mut Findings) {
    for subset in object.list("subsets") {
        if subset.len("addresses") + subset.len("notReadyAddresses") == 0 {
            required(&subset, "addresses", out);
        }
        for list in ["addresses", "notReadyAddresses"] {
            for one in subset.list(list) {
                let text = one.text("ip");
                if let Some(wrong) = reachable(text) {
                    out.push(
                        one.error_at("ip", PART_NAME_MALFORMED, format!("`{text}` {wrong}"))
                            .help("write the address of an endpoint"),
                    );
                }
                optional_name(&one, "hostname", names::label, out);
                name(&one, "nodeName", names::subdomain, out);
            }
        }
        subset_ports(&subset, out);
    }
}

fn subset_ports(subset: &Cursor, out: &mut Findings) {
    let several = subset.len("ports") > 1;
    for item in subset.list("ports") {
        if several {
            required(&item, "name", out);
        }
        optional_name(&item, "name", names::label, out);
        port(&item, "port", out);
        word(&item, "protocol", &["TCP", "UDP", "SCTP"], out);
        name(&item, "appProtocol", names::qualified, out);
    }
}

/// ServiceCIDRs: at most one range for each family.
pub fn ranges(at: &Cursor, path: &str, out: &mut Findings) {
    shaped(at, path, super::address::range, out);
    distinct(at, path, out);
    let is_six = |item: &Value| item.as_str().is_some_and(|text| text.contains(':'));
    let list = at.find(path).and_then(Value::as_list).unwrap_or(&[]);
    let same = list.len() == 2 && is_six(&list[0]) == is_six(&list[1]);
    if list.len() > 2 || same {
        let message = format!("`{path}` takes one range for each of IPv4 and IPv6");
        out.push(
            at.error_at(path, ENTRY_DUPLICATE, message)
                .help("keep one range for each"),
        );
    }
}
