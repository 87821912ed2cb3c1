//! Label selectors: their shape, and whether they match labels that are known.
//!
//! Source: k8s.io/apimachinery `pkg/apis/meta/v1/validation` and `pkg/labels`.

use crate::codes;
use crate::value::{Map, Value};
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::metadata::labels;
use crate::verify::object::shape::{Findings, word};

codes! {
    /// A requirement of a selector is a key, an operator (`In`, `NotIn`, `Exists`,
    /// `DoesNotExist`) and values: some for the first two, none for the others. Values have the
    /// shape of label values.
    SELECTOR_MALFORMED = "selector-malformed": "a selector that Kubernetes cannot read";

    /// The selector of a workload, service or budget is empty. For a workload it is refused;
    /// elsewhere it would silently select nothing, or everything in the namespace.
    SELECTOR_EMPTY = "selector-empty": "a selector that selects nothing or everything";

    /// A workload finds its pods by its selector, so the labels of its own pod template have to
    /// match it. The API server refuses a workload that would never see its own pods.
    ///
    /// ```yaml
    /// selector: {matchLabels: {app: web}}
    /// template: {metadata: {labels: {app: web}}}
    /// ```
    SELECTOR_MISMATCH = "selector-mismatch": "a workload that does not select its own pods";
}

/// Checks the selector at `path`, if it is there.
pub fn check(at: &Cursor, path: &str, out: &mut Findings) {
    if let Some(selector) = at.at(path) {
        parts(&selector, out);
    }
}

/// Checks the selector under the cursor.
pub fn parts(selector: &Cursor, out: &mut Findings) {
    labels(selector, "matchLabels", out);
    for requirement in selector.list("matchExpressions") {
        word(
            &requirement,
            "operator",
            &["In", "NotIn", "Exists", "DoesNotExist"],
            out,
        );
        let key = requirement.text("key");
        if let Some(wrong) = names::qualified(key) {
            let message = format!("the key `{key}` of the selector {wrong}");
            out.push(
                requirement
                    .error_at("key", SELECTOR_MALFORMED, message)
                    .help("write the key of a label"),
            );
        }
        let wants = matches!(requirement.text("operator"), "In" | "NotIn");
        let knows = matches!(requirement.text("operator"), "Exists" | "DoesNotExist");
        if wants && requirement.len("values") == 0 {
            let message = format!("`{}` on `{key}` needs values", requirement.text("operator"));
            out.push(
                requirement
                    .error_at("values", SELECTOR_MALFORMED, message)
                    .help("list the values"),
            );
        }
        if knows && requirement.len("values") > 0 {
            let message = format!(
                "`{}` on `{key}` takes no values",
                requirement.text("operator")
            );
            out.push(
                requirement
                    .error_at("values", SELECTOR_MALFORMED, message)
                    .help("remove `values`"),
            );
        }
        values(&requirement, out);
    }
}

fn values(requirement: &Cursor, out: &mut Findings) {
    for value in requirement.list("values") {
        if let Some(text) = value.value().as_str()
            && let Some(wrong) = names::label_value(text)
        {
            let message = format!("`{text}` is no value of a label: it {wrong}");
            out.push(
                value
                    .error(SELECTOR_MALFORMED, message)
                    .help("write the value of a label"),
            );
        }
    }
}

/// Has it any requirement?
pub fn is_empty(selector: &Value) -> bool {
    let empty = |key| match selector.get(key) {
        Some(Value::Map(map)) => map.is_empty(),
        Some(Value::List(list)) => list.is_empty(),
        _ => true,
    };
    empty("matchLabels") && empty("matchExpressions")
}

/// Does the selector match these labels? An unreadable requirement matches: it has been
/// reported.
pub fn matches(selector: &Value, labels: Option<&Map>) -> bool {
    let label = |key: &str| {
        labels
            .and_then(|labels| labels.get(key))
            .and_then(Value::as_str)
    };
    let exact = selector.get("matchLabels").and_then(Value::as_map);
    let exact = exact
        .map_or(&[][..], Map::entries)
        .iter()
        .all(|(key, value)| value.as_str().is_none_or(|value| label(key) == Some(value)));
    let requirements = selector
        .get("matchExpressions")
        .and_then(Value::as_list)
        .unwrap_or(&[]);
    exact
        && requirements.iter().all(|requirement| {
            let text = |key| requirement.get(key).and_then(Value::as_str).unwrap_or("");
            let values = requirement
                .get("values")
                .and_then(Value::as_list)
                .unwrap_or(&[]);
            let found = label(text("key"));
            let among = || {
                values
                    .iter()
                    .any(|value| value.as_str().is_some() && value.as_str() == found)
            };
            match text("operator") {
                "In" => found.is_some() && among(),
                "NotIn" => found.is_none() || !among(),
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => true,
            }
        })
}
