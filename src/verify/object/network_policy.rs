//! Network policies: ports, peers, ranges. Also what is accepted and opens everything.
//!
//! Source: k8s.io/kubernetes `pkg/apis/networking/validation/validation.go`,
//! `ValidateNetworkPolicySpec`.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::net::Cidr;
use crate::verify::object::selector;
use crate::verify::object::shape::{
    Findings, NOT_EXACTLY_ONE, between, contradiction, not_empty, port_or_name, word,
};

codes! {
    /// A range of addresses is written as `10.0.0.0/8` or `2001:db8::/32`: the first address of
    /// the range and the length of its prefix. Every `except` lies inside the range and is smaller.
    CIDR_MALFORMED = "cidr-malformed": "a range of addresses that cannot be read";
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    selector::check(&spec, "podSelector", out);
    for kind in spec.list("policyTypes") {
        let text = kind.value().as_str().unwrap_or("");
        if text != "Ingress" && text != "Egress" {
            let message = format!("no policy type is called `{text}`");
            out.push(
                kind.error(super::shape::WORD_UNKNOWN, message)
                    .help("write `Ingress` or `Egress`"),
            );
        }
    }
    if spec.len("policyTypes") > 2 {
        let message = "there are two policy types, and more are listed";
        out.push(contradiction(
            &spec,
            "policyTypes",
            message,
            "name each once",
        ));
    }
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.list(rules) {
            for item in rule.list("ports") {
                port(&item, out);
            }
            for item in rule.list(peers) {
                peer(&item, out);
            }
        }
    }
}

fn port(at: &Cursor, out: &mut Findings) {
    word(at, "protocol", &["TCP", "UDP", "SCTP"], out);
    port_or_name(at, "port", out);
    if !at.has("endPort") {
        return;
    }
    match at.find("port") {
        Some(Value::Int(first)) => between(at, "endPort", (*first).max(1), 65535, out),
        _ => {
            let message = "`endPort` needs a `port` that is a number";
            out.push(contradiction(
                at,
                "endPort",
                message,
                "write the first port as a number",
            ));
        }
    }
}

fn peer(at: &Cursor, out: &mut Findings) {
    let selects = at.has("podSelector") || at.has("namespaceSelector");
    let message = match (selects, at.has("ipBlock")) {
        (false, false) => Some("the peer names nobody"),
        (true, true) => Some("`ipBlock` excludes `podSelector` and `namespaceSelector`"),
        _ => None,
    };
    if let Some(message) = message {
        out.push(
            at.error(NOT_EXACTLY_ONE, message)
                .help("write selectors or an `ipBlock`; make the other a peer of its own"),
        );
    }
    selector::check(at, "podSelector", out);
    selector::check(at, "namespaceSelector", out);
    if let Some(block) = at.at("ipBlock") {
        range(&block, out);
    }
}

fn range(block: &Cursor, out: &mut Findings) {
    not_empty(block, "cidr", out);
    let text = block.text("cidr");
    if text.is_empty() {
        return;
    }
    let outer = readable(block.at("cidr"), text, out);
    for except in block.list("except") {
        let Some(text) = except.value().as_str() else {
            continue;
        };
        let (Some(inner), Some(outer)) = (readable(Some(except), text, out), outer) else {
            continue;
        };
        if !outer.strictly_contains(inner) {
            let message = format!("`{text}` is not a smaller part of `{}`", block.text("cidr"));
            out.push(
                except
                    .error(CIDR_MALFORMED, message)
                    .help("write a range inside of `cidr`"),
            );
        }
    }
}

fn readable(at: Option<Cursor>, text: &str, out: &mut Findings) -> Option<Cidr> {
    let read = Cidr::parse(text);
    let wrong = match read {
        None => "is no range of addresses",
        Some(range) if !range.is_exact() => "does not begin at the first address of its range",
        Some(_) => return read,
    };
    if let Some(at) = at {
        out.push(
            at.error(CIDR_MALFORMED, format!("`{text}` {wrong}"))
                .help("write a range such as `10.0.0.0/8`"),
        );
    }
    read
}
