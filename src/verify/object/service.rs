//! Services.
//!
//! Source: k8s.io/kubernetes `pkg/apis/core/validation/validation.go`, `validateService` and
//! `validateServicePort`.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names;
use crate::verify::net::{Cidr, is_ip};
use crate::verify::object::cluster::reachable;
use crate::verify::object::items::{distinct, forbidden, shaped, words};
use crate::verify::object::metadata::labels;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, FIELDS_CONTRADICT, Findings, PART_NAME_MALFORMED, between, contradiction,
    name, optional_name, port, port_or_name, required, unique, word,
};

codes! {
    /// A Service without ports carries no traffic; only a headless one (`clusterIP: None`) or an
    /// `ExternalName` may be without.
    /// Add a port, or make it headless.
    SERVICE_WITHOUT_PORTS = "service-without-ports": "a Service that has no ports";

    /// When a Service has several ports, each one needs a name, because routes, monitors and
    /// network policies could not tell them apart.
    /// Name each of them.
    PORT_UNNAMED = "port-unnamed": "one of several ports without a name";
}

pub fn check(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec", out);
    };
    let kind = spec.str("type").filter(|text| !text.is_empty());
    let kind = kind.unwrap_or("ClusterIP");
    let headless = spec.text("clusterIP") == "None";
    word(
        &spec,
        "type",
        &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", ""],
        out,
    );
    if spec.len("ports") == 0 && !headless && kind != "ExternalName" {
        let message = "the Service has no ports";
        out.push(
            spec.error_at("ports", SERVICE_WITHOUT_PORTS, message)
                .help("add a port, or `clusterIP: None`"),
        );
    }
    kind_fields(&spec, kind, headless, out);
    ports(&spec, kind, out);
    labels(&spec, "selector", out);
    traffic(&spec, kind, out);
    addresses(&spec, kind, out);
    name(&spec, "loadBalancerClass", names::qualified, out);
    let check = "healthCheckNodePort";
    if spec.int(check).is_some_and(|port| port != 0) {
        between(&spec, check, 1, 65535, out);
        if kind != "LoadBalancer" || spec.text("externalTrafficPolicy") != "Local" {
            let why = "only a `LoadBalancer` with `externalTrafficPolicy: Local` has one";
            forbidden(&spec, check, why, out);
        }
    }
}

fn kind_fields(spec: &Cursor, kind: &str, headless: bool, out: &mut Findings) {
    match kind {
        "ExternalName" => {
            required(spec, "externalName", out);
            optional_name(
                spec,
                "externalName",
                |text| names::subdomain(text.trim_end_matches('.')),
                out,
            );
            if !spec.text("clusterIP").is_empty() {
                let message = "an `ExternalName` has no `clusterIP`";
                out.push(contradiction(
                    spec,
                    "clusterIP",
                    message,
                    "remove `clusterIP`",
                ));
            }
        }
        "NodePort" | "LoadBalancer" if headless => {
            let message = format!("a Service of type `{kind}` cannot be headless");
            out.push(contradiction(
                spec,
                "clusterIP",
                message,
                "remove `clusterIP: None`, or the type",
            ));
        }
        _ => {}
    }
    cluster_addresses(spec, kind, out);
    let address = spec.text("clusterIP");
    if !address.is_empty() && !headless && !is_ip(address) {
        let message = format!("`clusterIP` is `{address}`, which is neither an address nor `None`");
        out.push(
            spec.error_at("clusterIP", PART_NAME_MALFORMED, message)
                .help("remove `clusterIP`"),
        );
    }
}

/// `clusterIPs` begin with `clusterIP`; one address for each family.
fn cluster_addresses(spec: &Cursor, kind: &str, out: &mut Findings) {
    words(spec, "ipFamilies", &["IPv4", "IPv6"], out);
    distinct(spec, "ipFamilies", out);
    if kind == "ExternalName" {
        for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if spec.len(field) > 0 || spec.str(field).is_some() {
                forbidden(spec, field, "the type is `ExternalName`", out);
            }
        }
        return;
    }
    let texts: Vec<&str> = spec
        .list("clusterIPs")
        .filter_map(|item| item.value().as_str())
        .collect();
    let Some(first) = texts.first() else { return };
    if *first != spec.text("clusterIP") {
        let message = format!("`clusterIPs` begins with `{first}`, and `clusterIP` is another");
        let help = "write the same address for both";
        out.push(contradiction(spec, "clusterIPs", message, help));
    }
    if *first == "None" && texts.len() > 1 {
        let message = "`None` excludes every address";
        out.push(contradiction(
            spec,
            "clusterIPs",
            message,
            "keep `None` alone",
        ));
    } else if *first != "None" {
        shaped(
            spec,
            "clusterIPs",
            |text| (!is_ip(text)).then_some("is no address"),
            out,
        );
    }
    let six = |text: &str| text.contains(':');
    if texts.len() > 2 || (texts.len() == 2 && six(texts[0]) == six(texts[1])) {
        let message = "`clusterIPs` has at most one address for each family";
        out.push(contradiction(spec, "clusterIPs", message, "remove one"));
    }
    for (item, family) in spec.list("clusterIPs").zip(spec.list("ipFamilies")) {
        let (Some(text), Some(family)) = (item.value().as_str(), family.value().as_str()) else {
            continue;
        };
        if is_ip(text) && six(text) != (family == "IPv6") {
            let message = format!("`{text}` is no {family} address, as `ipFamilies` says");
            out.push(
                item.error(FIELDS_CONTRADICT, message)
                    .help("bring both in the same order"),
            );
        }
    }
}

fn ports(spec: &Cursor, kind: &str, out: &mut Findings) {
    let list = spec.find("ports").and_then(Value::as_list).unwrap_or(&[]);
    if list.len() > 1 {
        unique(spec, "ports", "name", out);
    }
    for (index, at) in spec.list("ports").enumerate() {
        if list.len() > 1 && at.text("name").is_empty() {
            let message = format!("port {} has no name", at.int("port").unwrap_or(0));
            out.push(
                at.error_at("name", PORT_UNNAMED, message)
                    .help("name every port of the Service"),
            );
        }
        optional_name(&at, "name", names::label, out);
        port(&at, "port", out);
        if at.int("targetPort") != Some(0) {
            port_or_name(&at, "targetPort", out);
        }
        word(&at, "protocol", &["TCP", "UDP", "SCTP", ""], out);
        name(&at, "appProtocol", names::qualified, out);
        node_port(&at, kind, out);
        let key = |value: &Value, field| {
            value
                .get(field)
                .and_then(Value::as_int)
                .filter(|number| *number != 0)
        };
        for field in ["port", "nodePort"] {
            if repeated(list, index, |value| {
                Some((protocol(value), key(value, field)?))
            }) {
                let message = format!("`{field}` {} is there twice", at.int(field).unwrap_or(0));
                out.push(
                    at.error_at(field, ENTRY_DUPLICATE, message)
                        .help("change or remove one of the two"),
                );
            }
        }
    }
}

/// Two `&str` compare by text; the default is TCP.
fn protocol(port: &Value) -> &str {
    port.get("protocol")
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .unwrap_or("TCP")
}

/// The range is a setting of the API server; its default is 30000 to 32767.
fn node_port(at: &Cursor, kind: &str, out: &mut Findings) {
    let Some(number) = at.int("nodePort").filter(|number| *number != 0) else {
        return;
    };
    if kind == "ClusterIP" {
        let message = format!("`nodePort` is {number}, and a `ClusterIP` Service has none");
        out.push(contradiction(
            at,
            "nodePort",
            message,
            "remove `nodePort`, or write `type: NodePort`",
        ));
    } else {
        between(at, "nodePort", 30000, 32767, out);
    }
}

fn traffic(spec: &Cursor, kind: &str, out: &mut Findings) {
    word(spec, "sessionAffinity", &["None", "ClientIP", ""], out);
    word(spec, "internalTrafficPolicy", &["Cluster", "Local"], out);
    word(
        spec,
        "externalTrafficPolicy",
        &["Cluster", "Local", ""],
        out,
    );
    word(
        spec,
        "ipFamilyPolicy",
        &["SingleStack", "PreferDualStack", "RequireDualStack"],
        out,
    );
    word(
        spec,
        "trafficDistribution",
        &["PreferClose", "PreferSameZone", "PreferSameNode"],
        out,
    );
    let field = "sessionAffinityConfig";
    if spec.has(field) && spec.text("sessionAffinity") != "ClientIP" {
        let message = "`sessionAffinityConfig` only works with `sessionAffinity: ClientIP`";
        out.push(
            spec.warning_at(field, FIELDS_CONTRADICT, message)
                .help("remove it, or add `sessionAffinity: ClientIP`"),
        );
    }
    between(
        spec,
        "sessionAffinityConfig/clientIP/timeoutSeconds",
        1,
        86400,
        out,
    );
    let outside = matches!(kind, "NodePort" | "LoadBalancer") || spec.len("externalIPs") > 0;
    if !spec.text("externalTrafficPolicy").is_empty() && !outside {
        let message = "`externalTrafficPolicy` needs a Service that is reached from outside";
        out.push(contradiction(
            spec,
            "externalTrafficPolicy",
            message,
            "remove it",
        ));
    }
}

fn addresses(spec: &Cursor, kind: &str, out: &mut Findings) {
    for field in [
        "loadBalancerSourceRanges",
        "allocateLoadBalancerNodePorts",
        "loadBalancerClass",
    ] {
        if spec.has(field) && kind != "LoadBalancer" {
            let message = format!("`{field}` only works with `type: LoadBalancer`");
            out.push(contradiction(
                spec,
                field,
                message,
                "remove it, or change the type",
            ));
        }
    }
    for range in spec.list("loadBalancerSourceRanges") {
        let Some(text) = range.value().as_str() else {
            continue;
        };
        if Cidr::parse(text.trim()).is_none() {
            let message = format!("`{text}` is no range of addresses");
            out.push(
                range
                    .error(PART_NAME_MALFORMED, message)
                    .help("write a range such as `10.0.0.0/8`"),
            );
        }
    }
    for address in spec.list("externalIPs") {
        let text = address.value().as_str().unwrap_or("");
        if let Some(wrong) = reachable(text) {
            out.push(
                address
                    .error(PART_NAME_MALFORMED, format!("`{text}` {wrong}"))
                    .help("write an address that others can reach"),
            );
        }
    }
}
