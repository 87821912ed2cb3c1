//! SARIF 2.1.0 (OASIS), as code-scanning services read it.
//!
//! Columns and character offsets count Unicode characters (`columnKind`), byte offsets stand
//! beside them. Rules are the codes that occur, sorted, with their explanations.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::json::document;
use super::markdown::dedent;
use super::place::Places;
use super::remarks;
use crate::diagnostic::{Code, Diagnostic, Label, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What paths are relative to; services put their checkout there.
const ROOT: &str = "%SRCROOT%";

/// One run with one result for each finding.
pub fn render(found: &[Diagnostic], places: &Places<'_>) -> String {
    let codes: BTreeMap<&str, &Code> = found.iter().map(|one| (one.code.name, one.code)).collect();
    let indexes: BTreeMap<&str, usize> = codes.keys().copied().zip(0..).collect();
    let result = |one: &Diagnostic| result(one, indexes[one.code.name], places);
    let run = json!({
        "tool": {"driver": {
            "name": "tiphys",
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": codes.values().map(|code| rule(code)).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the root of the repository"}}},
        "results": found.iter().map(result).collect::<Vec<_>>(),
    });
    document(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

fn rule(code: &Code) -> Value {
    let explanation = dedent(code.explanation);
    json!({
        "id": code.name,
        "shortDescription": {"text": code.summary},
        "fullDescription": {"text": explanation},
        "help": {"text": explanation, "markdown": explanation},
    })
}

fn result(found: &Diagnostic, rule: usize, places: &Places<'_>) -> Value {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut result = json!({
        "ruleId": found.code.name,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": format!("{}{}", found.message, remarks(found))},
    });
    if let Some((first, rest)) = found.labels.split_first() {
        result["locations"] = json!([location(first, places)]);
        let related = rest.iter().zip(1..).map(|(label, id)| {
            let mut at = location(label, places);
            at["id"] = json!(id);
            at
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(label: &Label, places: &Places<'_>) -> Value {
    let place = places.place(label.span);
    let mut location = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&place.file), "uriBaseId": ROOT},
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
            "charOffset": place.char_offset,
            "charLength": place.char_length,
            "byteOffset": place.offset,
            "byteLength": place.length,
        },
    }});
    if !label.text.is_empty() {
        location["message"] = json!({"text": label.text});
    }
    location
}

/// A relative URI reference (RFC 3986): whatever is not unreserved or `/` is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
