//! Expressions in CEL that the API server asks at each request: match conditions of webhooks,
//! admission policies.
//!
//! Source: k8s.io/kubernetes `pkg/apis/admissionregistration/validation/validation.go`.

use crate::codes;
use crate::schema::expression::{Kind, wrong};
use crate::verify::cursor::Cursor;
use crate::verify::names::{self, Wrong};
use crate::verify::object::cluster::webhook::match_resources;
use crate::verify::object::shape::{
    Findings, PART_NAME_MALFORMED, exactly_one, name, not_empty, required, unique, word,
};

codes! {
    /// The API server compiles the expressions of admission policies, webhooks and definitions when
    /// it takes the object, and refuses those that are no CEL, name a variable that is not there
    /// (`object`, `oldObject`, `request`, `params` with a `paramKind`, `variables`), or do not
    /// give true or false where a condition is wanted.
    ///
    /// ```yaml
    /// validations:
    /// - expression: object.spec.replicas <= 5
    /// ```
    CEL_MALFORMED = "cel-malformed": "an expression that the API server cannot compile";
}

const REQUEST: &[&str] = &[
    "object",
    "oldObject",
    "request",
    "namespaceObject",
    "authorizer",
];

/// `matchConditions` of a webhook or policy.
pub fn conditions(at: &Cursor, with_params: bool, out: &mut Findings) {
    unique(at, "matchConditions", "name", out);
    let known = known(with_params, false, "namespaceObject");
    for one in at.list("matchConditions") {
        required(&one, "name", out);
        if !one.text("name").is_empty() {
            name(&one, "name", names::qualified, out);
        }
        required(&one, "expression", out);
        expression(&one, "expression", &known, Kind::Bool, out);
    }
}

fn known(params: bool, variables: bool, without: &str) -> Vec<&'static str> {
    let mut known: Vec<&str> = REQUEST
        .iter()
        .copied()
        .filter(|name| *name != without)
        .collect();
    known.extend(params.then_some("params"));
    known.extend(variables.then_some("variables"));
    known
}

/// An expression over some variables; the names of types may stand in it as well.
pub fn expression(at: &Cursor, path: &str, known: &[&str], kind: Kind, out: &mut Findings) {
    let text = at.text(path);
    if text.is_empty() {
        return;
    }
    const TYPES: &[&str] = &[
        "int", "uint", "double", "bool", "string", "bytes", "list", "map",
    ];
    let known: Vec<&str> = known.iter().chain(TYPES).copied().collect();
    if let Some(wrong) = wrong(text, &known, kind) {
        out.push(
            at.error_at(
                path,
                CEL_MALFORMED,
                format!("`{path}` cannot be compiled: {wrong}"),
            )
            .help("correct the expression"),
        );
    }
}

pub fn validating(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/matchConstraints", out);
    };
    let params = common(&spec, out);
    if spec.len("validations") + spec.len("auditAnnotations") == 0 {
        required(&spec, "validations", out);
    }
    let declared = declared(&spec);
    let mut known = known(params, spec.len("variables") > 0, "");
    known.extend(declared.iter().map(String::as_str));
    for one in spec.list("validations") {
        required(&one, "expression", out);
        expression(&one, "expression", &known, Kind::Bool, out);
        blank(&one, "messageExpression", out);
        let message: Vec<&str> = known
            .iter()
            .copied()
            .filter(|name| *name != "authorizer")
            .collect();
        expression(&one, "messageExpression", &message, Kind::Text, out);
        blank(&one, "message", out);
        name(&one, "message", one_line, out);
        let reasons = &[
            "Unauthorized",
            "Forbidden",
            "Invalid",
            "RequestEntityTooLarge",
        ];
        word(&one, "reason", reasons, out);
    }
    unique(&spec, "auditAnnotations", "key", out);
    for one in spec.list("auditAnnotations") {
        annotation(&one, object.text("metadata/name"), &known, out);
    }
}

fn annotation(one: &Cursor, policy: &str, known: &[&str], out: &mut Findings) {
    let key = one.text("key");
    if let Some(wrong) = names::qualified(&format!("{policy}/{key}")) {
        out.push(
            one.error_at(
                "key",
                PART_NAME_MALFORMED,
                format!("the key `{key}` {wrong}"),
            )
            .help("rename it"),
        );
    }
    required(one, "valueExpression", out);
    expression(one, "valueExpression", known, Kind::Any, out);
}

fn one_line(text: &str) -> Wrong {
    text.trim()
        .contains(['\n', '\r'])
        .then_some("must not have line breaks")
}

/// Something that is there has more than spaces in it.
fn blank(at: &Cursor, path: &str, out: &mut Findings) {
    let check = |text: &str| {
        (!text.is_empty() && text.trim().is_empty()).then_some("must have more than spaces")
    };
    name(at, path, check, out);
}

/// What both kinds of policies have. Gives whether there are parameters.
fn common(spec: &Cursor, out: &mut Findings) -> bool {
    word(spec, "failurePolicy", &["Fail", "Ignore"], out);
    let params = spec.has("paramKind");
    if let Some(kind) = spec.at("paramKind") {
        param_kind(&kind, out);
    }
    match spec.at("matchConstraints") {
        Some(at) => {
            match_resources(&at, out);
            required(&at, "resourceRules", out);
        }
        None => required(spec, "matchConstraints", out),
    }
    conditions(spec, params, out);
    unique(spec, "variables", "name", out);
    let declared = declared(spec);
    for (index, one) in spec.list("variables").enumerate() {
        let earlier = declared.iter().take(index).map(String::as_str);
        let known: Vec<&str> = known(params, true, "").into_iter().chain(earlier).collect();
        required(&one, "name", out);
        if !one.text("name").is_empty() {
            name(&one, "name", identifier, out);
        }
        required(&one, "expression", out);
        expression(&one, "expression", &known, Kind::Any, out);
    }
    params
}

/// The variables, as expressions name them.
fn declared(spec: &Cursor) -> Vec<String> {
    let names = spec.list("variables").map(|one| one.text("name"));
    names.map(|name| format!("variables.{name}")).collect()
}

/// The name of a variable in CEL.
fn identifier(text: &str) -> Wrong {
    const RESERVED: &[&str] = &[
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| !byte.is_ascii_digit());
    (!first || !text.bytes().all(fine) || RESERVED.contains(&text))
        .then_some("must be letters, digits and `_`, and no word of CEL")
}

fn param_kind(at: &Cursor, out: &mut Findings) {
    for field in ["apiVersion", "kind"] {
        not_empty(at, field, out);
        if !at.has(field) {
            required(at, field, out);
        }
    }
    let version = |text: &str| {
        let (group, version) = text.split_once('/').unwrap_or(("", text));
        if version.contains('/') {
            return Some("must be a group, `/` and a version");
        }
        let group = (!group.is_empty())
            .then(|| names::subdomain(group))
            .flatten();
        group.or_else(|| names::label_1035(version))
    };
    if !at.text("apiVersion").is_empty() {
        name(at, "apiVersion", version, out);
    }
    if !at.text("kind").is_empty() {
        let kind = |text: &str| names::label_1035(&text.to_ascii_lowercase());
        name(at, "kind", kind, out);
    }
}

pub fn mutating(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/matchConstraints", out);
    };
    let params = common(&spec, out);
    word(&spec, "reinvocationPolicy", &["Never", "IfNeeded"], out);
    required(&spec, "mutations", out);
    let declared = declared(&spec);
    let mut known = known(params, spec.len("variables") > 0, "");
    known.extend(declared.iter().map(String::as_str));
    for one in spec.list("mutations") {
        word(&one, "patchType", &["ApplyConfiguration", "JSONPatch"], out);
        exactly_one(&one, &["applyConfiguration", "jsonPatch"], out);
        for field in ["applyConfiguration", "jsonPatch"] {
            let Some(at) = one.at(field) else { continue };
            required(&at, "expression", out);
            let known: Vec<&str> = known
                .iter()
                .copied()
                .chain(["Object", "JSONPatch"])
                .collect();
            expression(&at, "expression", &known, Kind::Any, out);
        }
    }
}
