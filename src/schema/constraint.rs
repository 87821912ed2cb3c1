//! What a place demands beyond its type: words, patterns, limits, unique entries, combined forms.

use std::collections::BTreeMap;

use super::arena::*;
use super::check::Walk;
use super::codes::*;
use super::path::{Path, nearest, shown};
use crate::manifest::Finding;
use crate::value::{Str, Value};

/// Lists longer than this are checked for equal entries by a sorted table.
const PAIRWISE: usize = 16;

/// Checks `value`, whose type is right already.
pub fn check(walk: &mut Walk, node: &Node, constraints: &Constraints, value: &Value, path: &Path) {
    allowed(walk, &constraints.allowed, value, path);
    match value {
        Value::Int(number) => range(walk, constraints, *number as f64, value, path),
        Value::Float(number) => range(walk, constraints, *number, value, path),
        Value::Str(text) => {
            pattern(walk, constraints, text, value, path);
            if constraints.length != Count::default() {
                let length = text.chars().count();
                count(walk, constraints.length, length, "character", path);
            }
        }
        Value::List(list) => {
            count(walk, constraints.items, list.len(), "entry", path);
            duplicates(walk, node, &constraints.list, list, path);
        }
        Value::Map(map) => count(walk, constraints.properties, map.len(), "member", path),
        _ => {}
    }
    if constraints.is_combined() && node.defaulted {
        // As the API server, which fills in the defaults before it looks at the forms.
        let mut whole = value.clone();
        super::defaults::below_combined(walk.arena, node, &mut whole);
        return forms(walk, constraints, &whole, path);
    }
    forms(walk, constraints, value, path);
}

fn report(walk: &mut Walk, code: &'static crate::diagnostic::Code, path: &Path, message: String) {
    walk.findings
        .push(Finding::error(code, path.pointer(), message));
}

fn allowed(walk: &mut Walk, allowed: &[Value], value: &Value, path: &Path) {
    if allowed.is_empty() || allowed.contains(value) {
        return;
    }
    let words: Vec<_> = allowed.iter().map(word).collect();
    let list = words
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let message = match words.len() {
        1 => format!("{path} is {}, only {list} is allowed", shown(value)),
        _ => format!("{path} is {}, which is none of {list}", shown(value)),
    };
    let mut finding = Finding::error(OBJECT_VALUE, path.pointer(), message);
    let meant = nearest(
        value.as_str().unwrap_or(""),
        words.iter().map(String::as_str),
    );
    finding.help = meant
        .filter(|word| !word.is_empty())
        .map(|word| format!("write `{word}`"));
    walk.findings.push(finding);
}

fn word(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        other => shown(other).trim_matches('`').to_owned(),
    }
}

fn range(walk: &mut Walk, constraints: &Constraints, number: f64, value: &Value, path: &Path) {
    if let Some(Bound {
        value: least,
        exclusive,
    }) = constraints.minimum
        && (number < least || (exclusive && number <= least))
    {
        let demand = if exclusive { "more than" } else { "at least" };
        let message = format!("{path} is {}, {demand} {least} is expected", shown(value));
        report(walk, OBJECT_RANGE, path, message);
    }
    if let Some(Bound {
        value: most,
        exclusive,
    }) = constraints.maximum
        && (number > most || (exclusive && number >= most))
    {
        let demand = if exclusive { "less than" } else { "at most" };
        let message = format!("{path} is {}, {demand} {most} is allowed", shown(value));
        report(walk, OBJECT_RANGE, path, message);
    }
    if let Some(step) = constraints.multiple_of
        && step > 0.0
        && (number / step).fract() != 0.0
    {
        let message = format!(
            "{path} is {}, a multiple of {step} is expected",
            shown(value)
        );
        report(walk, OBJECT_RANGE, path, message);
    }
}

fn pattern(walk: &mut Walk, constraints: &Constraints, text: &str, value: &Value, path: &Path) {
    let Some(pattern) = &constraints.pattern else {
        return;
    };
    match pattern.matches(text) {
        Some(true) => {}
        Some(false) => {
            let value = shown(value);
            let message = format!("{path} is {value}, which does not match `{}`", pattern.text);
            report(walk, OBJECT_VALUE, path, message);
        }
        None => {
            let message = format!(
                "{path} was not checked against the pattern `{}`",
                pattern.text
            );
            let mut finding = Finding::error(NOT_CHECKED, path.pointer(), message);
            finding.severity = crate::diagnostic::Severity::Note;
            walk.findings
                .push(finding.note("the pattern cannot be run here"));
        }
    }
}

fn count(walk: &mut Walk, count: Count, found: usize, noun: &str, path: &Path) {
    let several = |number: u64| match (number, noun) {
        (1, noun) => format!("1 {noun}"),
        (number, "entry") => format!("{number} entries"),
        (number, noun) => format!("{number} {noun}s"),
    };
    let number = found as u64;
    if let Some(least) = count.min.filter(|least| number < *least) {
        let message = format!(
            "{path} has {}, at least {least} must be there",
            several(number)
        );
        report(walk, OBJECT_RANGE, path, message);
    }
    if let Some(most) = count.max.filter(|most| number > *most) {
        let message = format!(
            "{path} has {}, at most {most} may be there",
            several(number)
        );
        report(walk, OBJECT_RANGE, path, message);
    }
}

/// Two entries of one identity, of a list whose entries have any.
fn duplicates(walk: &mut Walk, node: &Node, list_type: &ListType, list: &[Value], path: &Path) {
    match list_type {
        ListType::Atomic => {}
        ListType::Set => {
            let same = |a: usize, b: usize| list[a] == list[b];
            for (first, second) in pairs(list.len(), same, |at| Some(format!("{:?}", list[at]))) {
                let value = shown(&list[first]);
                let message =
                    format!("{path} holds {value} twice, as entries {first} and {second}");
                duplicate(walk, &path.index(second), message);
            }
        }
        ListType::Map(keys) => keyed_duplicates(walk, node, keys, list, path),
    }
}

fn keyed_duplicates(walk: &mut Walk, node: &Node, keys: &[Str], list: &[Value], path: &Path) {
    let arena = walk.arena;
    let element = node.element.map(|id| arena.node(id));
    let default = |key: &Str| arena.default_of(element?.field(key)?);
    let keyed = |at: usize, key: &Str| list[at].get(key).or_else(|| default(key));
    let complete = |at: usize| keys.iter().all(|key| keyed(at, key).is_some());
    let same =
        |a: usize, b: usize| complete(a) && keys.iter().all(|key| keyed(a, key) == keyed(b, key));
    let identity = |at: usize| {
        let values: Vec<_> = keys.iter().map(|key| keyed(at, key)).collect();
        complete(at).then(|| format!("{values:?}"))
    };
    for (first, second) in pairs(list.len(), same, identity) {
        let named =
            |key: &Str| format!("{key} {}", keyed(first, key).map(shown).unwrap_or_default());
        let names: Vec<_> = keys.iter().map(named).collect();
        let names = names.join(" and ");
        let message = format!("{path} holds {names} twice, as entries {first} and {second}");
        duplicate(walk, &path.index(second), message);
    }
    for (at, value) in list.iter().enumerate() {
        let required = |key: &&Str| element.is_some_and(|node| node.required.contains(key));
        let absent = keys
            .iter()
            .filter(|key| keyed(at, key).is_none() && !required(key));
        for key in absent.filter(|_| value.as_map().is_some()) {
            let place = path.index(at);
            let message = format!("{} is missing; it tells the entries apart", place.key(key));
            let finding = Finding::error(MISSING_OBJECT_FIELD, place.pointer(), message);
            walk.findings.push(finding.help(format!("add `{key}`")));
        }
    }
}

/// Each later index that equals an earlier one, with the first of them. `identity` gives what is
/// equal for equal entries, and nothing for those that equal no other.
fn pairs(
    length: usize,
    same: impl Fn(usize, usize) -> bool,
    identity: impl Fn(usize) -> Option<String>,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    if length <= PAIRWISE {
        for second in 1..length {
            let first = (0..second).find(|first| same(*first, second));
            found.extend(first.map(|first| (first, second)));
        }
        return found;
    }
    let mut seen = BTreeMap::new();
    for second in 0..length {
        if let Some(identity) = identity(second) {
            let first = *seen.entry(identity).or_insert(second);
            if first != second {
                found.push((first, second));
            }
        }
    }
    found
}

fn duplicate(walk: &mut Walk, path: &Path, message: String) {
    let finding = Finding::error(OBJECT_DUPLICATE, path.pointer(), message);
    walk.findings.push(finding.help("remove one of the two"));
}

/// `allOf`, `anyOf`, `oneOf` and `not`.
fn forms(walk: &mut Walk, constraints: &Constraints, value: &Value, path: &Path) {
    for id in &constraints.all_of {
        walk.value(*id, value, path);
    }
    if !constraints.any_of.is_empty() {
        let errors = branches(walk, &constraints.any_of, value, path);
        if errors.iter().all(|branch| !branch.is_empty()) {
            form(walk, path, "matches none of the allowed forms", &errors);
        }
    }
    if !constraints.one_of.is_empty() {
        let errors = branches(walk, &constraints.one_of, value, path);
        match errors.iter().filter(|branch| branch.is_empty()).count() {
            1 => {}
            0 => form(walk, path, "matches none of the allowed forms", &errors),
            _ => form(
                walk,
                path,
                "matches more than one of the allowed forms",
                &[],
            ),
        }
    }
    if let Some(not) = constraints.not
        && branches(walk, &[not], value, path)[0].is_empty()
    {
        let forbidden = &walk.arena.node(not).constraints;
        let words: Vec<_> = forbidden
            .iter()
            .flat_map(|more| more.allowed.iter())
            .map(word)
            .collect();
        let what = match words.is_empty() {
            true => "has a form that is not allowed".to_owned(),
            false => format!("is {}, which is not allowed", shown(value)),
        };
        form(walk, path, &what, &[]);
    }
}

/// What each of the forms says about the value.
fn branches(walk: &mut Walk, forms: &[NodeId], value: &Value, path: &Path) -> Vec<Vec<Finding>> {
    let mut check = |id: &NodeId| {
        let mut findings = Vec::new();
        let mut branch = Walk {
            findings: &mut findings,
            ..*walk
        };
        branch.value(*id, value, path);
        findings
    };
    forms.iter().map(&mut check).collect()
}

fn form(walk: &mut Walk, path: &Path, what: &str, errors: &[Vec<Finding>]) {
    let mut finding = Finding::error(OBJECT_FORM, path.pointer(), format!("{path} {what}"));
    for (at, error) in errors
        .iter()
        .filter_map(|branch| branch.first())
        .enumerate()
    {
        finding = finding.note(format!("form {}: {}", at + 1, error.message));
    }
    walk.findings.push(finding);
}
