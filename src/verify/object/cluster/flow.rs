//! Priority and fairness: FlowSchemas and PriorityLevelConfigurations.
//!
//! Source: k8s.io/kubernetes `pkg/apis/flowcontrol/validation/validation.go`.

use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::items::{forbidden, shaped, words};
use crate::verify::object::shape::{
    Findings, NUMBER_OUT_OF_RANGE, at_least, between, contradiction, not_empty, optional_name,
    required, word,
};

const VERBS: &[&str] = &[
    "get",
    "list",
    "create",
    "update",
    "delete",
    "deletecollection",
    "patch",
    "watch",
    "proxy",
    "*",
];

pub fn schema(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/priorityLevelConfiguration", out);
    };
    let least = if object.text("metadata/name") == "exempt" {
        1
    } else {
        2
    };
    // An absent one is 1000 by default, and so is 0.
    if spec.int("matchingPrecedence") != Some(0) {
        between(&spec, "matchingPrecedence", least, 10_000, out);
    }
    if let Some(method) = spec.at("distinguisherMethod") {
        word(&method, "type", &["ByUser", "ByNamespace"], out);
    }
    required(&spec, "priorityLevelConfiguration/name", out);
    optional_name(
        &spec,
        "priorityLevelConfiguration/name",
        names::subdomain,
        out,
    );
    for rule in spec.list("rules") {
        required(&rule, "subjects", out);
        for one in rule.list("subjects") {
            subject(&one, out);
        }
        if rule.len("resourceRules") + rule.len("nonResourceRules") == 0 {
            required(&rule, "resourceRules", out);
        }
        for one in rule.list("resourceRules") {
            resource_rule(&one, out);
        }
        for one in rule.list("nonResourceRules") {
            verbs(&one, out);
            required(&one, "nonResourceURLs", out);
            alone(&one, "nonResourceURLs", out);
            shaped(&one, "nonResourceURLs", url, out);
        }
    }
}

fn subject(at: &Cursor, out: &mut Findings) {
    const KINDS: [(&str, &str); 3] = [
        ("User", "user"),
        ("Group", "group"),
        ("ServiceAccount", "serviceAccount"),
    ];
    let kind = at.text("kind");
    word(at, "kind", &KINDS.map(|(kind, _)| kind), out);
    let Some((_, field)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        return;
    };
    for (_, other) in KINDS.iter().filter(|(_, other)| other != field) {
        forbidden(at, other, &format!("the kind is `{kind}`"), out);
    }
    let Some(named) = at.at(field) else {
        return required(at, field, out);
    };
    required(&named, "name", out);
    if kind == "ServiceAccount" {
        required(&named, "namespace", out);
        optional_name(&named, "namespace", names::label, out);
        if named.text("name") != "*" {
            optional_name(&named, "name", names::subdomain, out);
        }
    }
}

fn resource_rule(at: &Cursor, out: &mut Findings) {
    verbs(at, out);
    for list in ["apiGroups", "resources"] {
        required(at, list, out);
        alone(at, list, out);
    }
    if at.flag("clusterScope") != Some(true) {
        required(at, "namespaces", out);
    }
    alone(at, "namespaces", out);
    shaped(
        at,
        "namespaces",
        |text| {
            if text == "*" {
                None
            } else {
                names::label(text)
            }
        },
        out,
    );
}

fn verbs(at: &Cursor, out: &mut Findings) {
    required(at, "verbs", out);
    alone(at, "verbs", out);
    words(at, "verbs", VERBS, out);
}

/// A star excludes everything beside it.
pub fn alone(at: &Cursor, list: &str, out: &mut Findings) {
    let star = at.list(list).any(|item| item.value().as_str() == Some("*"));
    if star && at.len(list) > 1 {
        let message = format!("`{list}` has `*` and more beside it");
        out.push(contradiction(
            at,
            list,
            message,
            "keep `*` alone, or remove it",
        ));
    }
}

/// Source: `ValidateNonResourceURLPath`.
fn url(text: &str) -> Wrong {
    let inner = text.strip_suffix('*').unwrap_or(text);
    if text == "*" {
        return None;
    }
    if !text.starts_with('/') {
        return Some("must begin with `/`");
    }
    if text.contains(' ') || text.contains("//") || inner.contains('*') {
        return Some("must have no spaces, no `//`, and `*` only at its end");
    }
    (text.ends_with('*') && !text.ends_with("/*")).then_some("must have `/` before the `*`")
}

pub fn level(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/type", out);
    };
    word(&spec, "type", &["Limited", "Exempt"], out);
    let exempt = spec.text("type") == "Exempt";
    if exempt != (object.text("metadata/name") == "exempt") {
        let message = "only the level called `exempt` is of the type `Exempt`";
        out.push(contradiction(&spec, "type", message, "write `Limited`"));
    }
    if exempt {
        forbidden(&spec, "limited", "the type is `Exempt`", out);
    } else {
        forbidden(&spec, "exempt", "the type is `Limited`", out);
    }
    for part in ["limited", "exempt"] {
        if let Some(at) = spec.at(part) {
            at_least(&at, "nominalConcurrencyShares", 0, out);
            between(&at, "lendablePercent", 0, 100, out);
            at_least(&at, "borrowingLimitPercent", 0, out);
        }
    }
    match spec.at("limited") {
        Some(limited) => response(&limited, out),
        None if !exempt => required(&spec, "limited", out),
        None => {}
    }
}

fn response(limited: &Cursor, out: &mut Findings) {
    let Some(at) = limited.at("limitResponse") else {
        return required(limited, "limitResponse/type", out);
    };
    not_empty(&at, "type", out);
    word(&at, "type", &["Queue", "Reject"], out);
    if at.text("type") == "Reject" {
        forbidden(&at, "queuing", "the type is `Reject`", out);
    }
    let Some(queuing) = at.at("queuing") else {
        if at.text("type") == "Queue" {
            required(&at, "queuing", out);
        }
        return;
    };
    hands(&queuing, out);
}

/// Absent numbers, and zeros, are 64 queues, hands of 8 and 50 requests.
fn hands(at: &Cursor, out: &mut Findings) {
    let number = |field, default| at.int(field).filter(|one| *one != 0).unwrap_or(default);
    let (queues, hand) = (number("queues", 64), number("handSize", 8));
    between(at, "queues", 0, 10_000_000, out);
    at_least(at, "handSize", 0, out);
    at_least(at, "queueLengthLimit", 0, out);
    if hand > queues {
        let message = format!("`handSize` is {hand}, and there are {queues} queues");
        out.push(
            at.error_at("handSize", NUMBER_OUT_OF_RANGE, message)
                .help("deal at most as many queues as there are"),
        );
    } else if entropy(queues, hand) > 60 {
        let message = format!("a hand of {hand} out of {queues} queues needs more than 60 bits");
        out.push(
            at.error_at("handSize", NUMBER_OUT_OF_RANGE, message)
                .help("lower `handSize` or `queues`"),
        );
    }
}

/// Source: k8s.io/apiserver `pkg/util/shufflesharding`, `RequiredEntropyBits`.
fn entropy(queues: i64, hand: i64) -> i64 {
    if queues < 1 || !(1..=100).contains(&hand) {
        return if hand > 100 { i64::MAX } else { 0 };
    }
    let bits = (0..hand).map(|taken| ((queues - taken).max(1) as f64).log2());
    bits.sum::<f64>().ceil() as i64
}
