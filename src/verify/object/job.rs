//! What a Job makes of pods that end: indexes, failure and success policies.
//!
//! Source: k8s.io/kubernetes `pkg/apis/batch/validation/validation.go`.

use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names;
use crate::verify::object::cluster::domain_path;
use crate::verify::object::shape::{
    ENTRY_DUPLICATE, Findings, NOT_EXACTLY_ONE, NUMBER_OUT_OF_RANGE, at_least, between,
    contradiction, name, not_empty, required, word,
};

/// Beyond this many completions the limits of an indexed Job are tighter.
const MANY: i64 = 100_000;

/// Everything about a Job's spec but its template and plain counts.
pub fn policies(spec: &Cursor, out: &mut Findings) {
    for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
        at_least(spec, field, 0, out);
    }
    name(
        spec,
        "managedBy",
        |text| match text.len() {
            0..=63 => domain_path(text),
            _ => Some("must have at most 63 characters"),
        },
        out,
    );
    if spec.has("maxFailedIndexes") {
        required_beside(spec, "backoffLimitPerIndex", out);
    }
    match spec.text("completionMode") {
        "Indexed" => indexed(spec, out),
        "" | "NonIndexed" => plain(spec, out),
        _ => {}
    }
    if let Some(policy) = spec.at("podFailurePolicy") {
        failure(spec, &policy, out);
    }
}

fn required_beside(spec: &Cursor, field: &str, out: &mut Findings) {
    if !spec.has(field) {
        required(spec, field, out);
    }
}

fn plain(spec: &Cursor, out: &mut Findings) {
    for field in ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] {
        if spec.has(field) {
            let message = format!("`{field}` needs `completionMode: Indexed`");
            let help = "add `completionMode: Indexed`, or remove it";
            out.push(contradiction(spec, field, message, help));
        }
    }
}

fn indexed(spec: &Cursor, out: &mut Findings) {
    // Without both, each is 1 by default.
    if spec.has("parallelism") {
        required_beside(spec, "completions", out);
    }
    let completions = spec.int("completions");
    let count = completions.unwrap_or(1);
    between(spec, "parallelism", i64::MIN, MANY, out);
    between(spec, "maxFailedIndexes", i64::MIN, MANY.min(count), out);
    if count > MANY && spec.has("backoffLimitPerIndex") {
        required_beside(spec, "maxFailedIndexes", out);
        between(spec, "parallelism", i64::MIN, 10_000, out);
        between(spec, "maxFailedIndexes", i64::MIN, 10_000, out);
    }
    if let Some(policy) = spec.at("successPolicy") {
        required(&policy, "rules", out);
        few(&policy, "rules", 20, out);
        for rule in policy.list("rules") {
            success(&rule, count, out);
        }
    }
}

fn few(at: &Cursor, list: &str, most: usize, out: &mut Findings) {
    if at.len(list) > most {
        let message = format!(
            "`{list}` has {} entries, and {most} are allowed",
            at.len(list)
        );
        out.push(
            at.error_at(list, NUMBER_OUT_OF_RANGE, message)
                .help("remove some"),
        );
    }
}

fn success(rule: &Cursor, completions: i64, out: &mut Findings) {
    let indexes = rule.str("succeededIndexes");
    if indexes.is_none() && !rule.has("succeededCount") {
        let message = "the rule has neither `succeededIndexes` nor `succeededCount`";
        out.push(
            rule.error(NOT_EXACTLY_ONE, message)
                .help("add one of the two"),
        );
    }
    let counted = indexes.map(|text| counted(text, completions));
    if let (Some(None), Some(text)) = (counted, indexes) {
        let message = format!("`{text}` is no list of indexes below {completions}");
        out.push(
            rule.error_at("succeededIndexes", NUMBER_OUT_OF_RANGE, message)
                .help("write rising indexes and ranges, such as `0,2-4`"),
        );
    }
    let most = match counted {
        Some(Some(count)) => count.min(completions),
        _ => completions,
    };
    between(rule, "succeededCount", 0, most, out);
}

/// How many indexes `0,2-4` names, each below `completions` and above the one before.
fn counted(text: &str, completions: i64) -> Option<i64> {
    let (mut last, mut count) = (None, 0i64);
    if text.is_empty() {
        return Some(0);
    }
    for part in text.split(',') {
        let number = |text: &str| {
            let text = text.strip_prefix('+').unwrap_or(text);
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = digits.then(|| text.parse().ok())??;
            (number < completions).then_some(number)
        };
        let (first, end) = match part.split_once('-') {
            Some((first, end)) => (number(first)?, number(end)?),
            None => (number(part)?, number(part)?),
        };
        if part.contains('-') && first >= end || last.is_some_and(|last| last >= first) {
            return None;
        }
        count += end - first + 1;
        last = Some(end);
    }
    Some(count)
}

fn failure(spec: &Cursor, policy: &Cursor, out: &mut Findings) {
    few(policy, "rules", 20, out);
    if matches!(spec.text("podReplacementPolicy"), "TerminatingOrFailed") {
        let message = "with a `podFailurePolicy`, `podReplacementPolicy` is `Failed`";
        let field = "podReplacementPolicy";
        out.push(contradiction(spec, field, message, "write `Failed`"));
    }
    if spec.text("template/spec/restartPolicy") == "OnFailure" {
        let message = "with a `podFailurePolicy`, `restartPolicy` is `Never`";
        let field = "template/spec/restartPolicy";
        out.push(contradiction(spec, field, message, "write `Never`"));
    }
    for rule in policy.list("rules") {
        not_empty(&rule, "action", out);
        let actions = &["Count", "FailIndex", "FailJob", "Ignore"];
        word(&rule, "action", actions, out);
        if rule.text("action") == "FailIndex" && !spec.has("backoffLimitPerIndex") {
            let message = "`FailIndex` needs `backoffLimitPerIndex`";
            out.push(contradiction(&rule, "action", message, "add it to the Job"));
        }
        if rule.has("onExitCodes") == (rule.len("onPodConditions") > 0) {
            let message = "a rule has exactly one of `onExitCodes` and `onPodConditions`";
            out.push(
                rule.error(NOT_EXACTLY_ONE, message)
                    .help("keep one of the two"),
            );
        }
        if let Some(codes) = rule.at("onExitCodes") {
            exit_codes(spec, &codes, out);
        }
        few(&rule, "onPodConditions", 20, out);
        for one in rule.list("onPodConditions") {
            name(&one, "type", names::qualified, out);
            not_empty(&one, "status", out);
            word(&one, "status", &["True", "False", "Unknown"], out);
        }
    }
}

fn exit_codes(spec: &Cursor, at: &Cursor, out: &mut Findings) {
    not_empty(at, "operator", out);
    word(at, "operator", &["In", "NotIn"], out);
    required(at, "values", out);
    few(at, "values", 255, out);
    if let Some(wanted) = at.str("containerName") {
        let mut known = spec
            .list("template/spec/containers")
            .chain(spec.list("template/spec/initContainers"));
        if !known.any(|one| one.text("name") == wanted) {
            let message = format!("the pod has no container `{wanted}`");
            let help = "name a container of the template";
            out.push(contradiction(at, "containerName", message, help));
        }
    }
    let list = at.find("values").and_then(Value::as_list).unwrap_or(&[]);
    let mut last = None;
    for (index, item) in at.list("values").enumerate() {
        let number = item.value().as_int();
        if number == Some(0) && at.text("operator") == "In" {
            let message = "a pod that ends with 0 has not failed";
            out.push(
                item.error(NUMBER_OUT_OF_RANGE, message)
                    .help("remove the 0"),
            );
        }
        if repeated(list, index, Value::as_int) {
            let message = format!("{} is there twice", number.unwrap_or(0));
            out.push(
                item.error(ENTRY_DUPLICATE, message)
                    .help("remove one of the two"),
            );
        } else if last > number {
            let message = "exit codes must be in rising order";
            out.push(item.error(NUMBER_OUT_OF_RANGE, message).help("sort them"));
        }
        last = number.or(last);
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn indexes_are_counted() {
        let table: &[(&str, Option<i64>)] = &[
            ("", Some(0)),
            ("0", Some(1)),
            ("0,2-4", Some(4)),
            ("4-2", None),
            ("2-2", None),
            ("2,1", None),
            ("1,1", None),
            ("10", None),
            ("0-9", Some(10)),
            ("0-1-2", None),
            ("a", None),
            ("1,", None),
        ];
        for (text, expected) in table {
            assert_eq!(counted(text, 10), *expected, "{text}");
        }
    }
}
