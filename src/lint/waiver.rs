//! Exceptions with a reason: by an annotation of the object that they excuse, or in a file.

use super::codes::WAIVER_MALFORMED;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::manifest::Finding;
use crate::policy::UNKNOWN_WAIVER;
use crate::source::{FileId, Span};
use crate::spec::problem::nearest;
use crate::syntax::{ScalarKind, Yaml, YamlKind, yaml};
use crate::value::{Str, Value};
use crate::verify::references::Facts;

/// The annotation that holds waivers of its object.
pub const ANNOTATION: &str = "tiphys.dev/waive";

/// One exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// A code, or the beginning of several.
    pub code: Str,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<Str>,
}

impl Waiver {
    pub fn is_over(&self, date: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < date)
    }
}

/// A waiver of a file, for the objects that fit.
#[derive(Clone, Debug)]
pub struct Entry {
    pub waiver: Waiver,
    /// `Kind/name`; a star in the name stands for anything.
    pub object: Option<Str>,
    pub namespace: Option<Str>,
    pub span: Span,
}

impl Entry {
    pub fn is_for(&self, facts: &Facts) -> bool {
        let fits = |pattern: &Option<Str>, text: &str| {
            pattern
                .as_ref()
                .is_none_or(|pattern| matches(pattern, text))
        };
        fits(&self.namespace, &facts.namespace)
            && fits(&self.object, &format!("{}/{}", facts.kind, facts.name))
    }
}

/// Whether a text fits a pattern in which each star stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// The waivers in the annotation of an object, and what is wrong with them.
pub fn of_object(object: &Value, known: &[&'static Code]) -> (Vec<Waiver>, Vec<Finding>) {
    let text = object.at(&["metadata", "annotations", ANNOTATION]);
    let (mut waivers, mut findings) = (Vec::new(), Vec::new());
    let Some(text) = text.and_then(Value::as_str) else {
        return (waivers, findings);
    };
    let pointer = "/metadata/annotations/tiphys.dev~1waive";
    for part in parts(text, known) {
        match read(part) {
            Ok(waiver) => match unknown(&waiver.code, known) {
                None => waivers.push(waiver),
                Some((message, help)) => {
                    findings.push(Finding::error(UNKNOWN_WAIVER, pointer, message).help(help));
                }
            },
            Err(what) => {
                let finding = Finding::error(WAIVER_MALFORMED, pointer, what);
                findings.push(finding.help("write `code: reason`, and `;` between two waivers"));
            }
        }
    }
    (waivers, findings)
}

/// Cut at each `;` behind which another waiver begins, be it a code without a reason.
fn parts<'t>(text: &'t str, known: &[&'static Code]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let is_code = |text: &str| known.iter().any(|one| one.name == text);
    for (at, _) in text.match_indices(';') {
        let rest = &text[at + 1..];
        let next = rest.split(';').next().unwrap_or("").trim();
        if is_code(next) || head(rest).is_some() {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Code, perhaps with a last day, and what stands behind the colon.
fn head(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let (head, reason) = text.split_once(':')?;
    let mut words = head.split_whitespace();
    let code = words.next()?;
    let is_code = |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let until = match (words.next(), words.next(), words.next()) {
        (None, ..) => None,
        (Some("until"), Some(date), None) => Some(date),
        _ => return None,
    };
    code.bytes()
        .all(is_code)
        .then_some((code, until, reason.trim()))
}

fn read(text: &str) -> Result<Waiver, String> {
    let shown: String = text.trim().chars().take(60).collect();
    let Some((code, until, reason)) = head(text) else {
        return Err(format!("`{shown}` is no waiver"));
    };
    if reason.is_empty() {
        return Err(format!("the waiver of `{code}` has no reason"));
    }
    if let Some(until) = until.filter(|until| !is_date(until)) {
        return Err(format!("`{until}` is no date such as 2027-03-31"));
    }
    let until = until.map(Str::from);
    let code = code.into();
    Ok(Waiver { code, until })
}

/// `YYYY-MM-DD` with a month and a day that there are.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let number = |part: &str, len: usize| {
        let fits = part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| part.parse::<u32>().ok()).flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Message and help about a code that there is not.
fn unknown(code: &str, known: &[&'static Code]) -> Option<(String, String)> {
    if known.iter().any(|one| one.name.starts_with(code)) {
        return None;
    }
    let help = match nearest(code, known.iter().map(|one| one.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "run `tiphys explain` for all codes".to_owned(),
    };
    Some((format!("no code begins with `{code}`"), help))
}

/// The waivers of a file: a map with the list `waive`.
pub fn of_file(
    file: FileId,
    text: &str,
    known: &[&'static Code],
    diags: &mut Diagnostics,
) -> Vec<Entry> {
    let Some(tree) = yaml::read(file, text, diags) else {
        return Vec::new();
    };
    let mut entries = Vec::new();
    for (name, list) in members(&tree, diags) {
        match (name, &list.kind) {
            ("waive", YamlKind::List(items)) => {
                entries.extend(items.iter().filter_map(|item| entry(item, known, diags)));
            }
            ("waive", _) => diags.push(malformed(list.span, "`waive` is a list of waivers")),
            _ => diags.push(malformed(
                list.span,
                &format!("`{name}` is not known, `waive` is"),
            )),
        }
    }
    entries
}

fn members<'y>(tree: &'y Yaml, diags: &mut Diagnostics) -> Vec<(&'y str, &'y Yaml)> {
    match &tree.kind {
        YamlKind::Map(entries) => {
            let entries = entries.iter();
            entries
                .map(|(key, value)| (key.text.as_str(), value))
                .collect()
        }
        YamlKind::Scalar(scalar) if scalar.kind == ScalarKind::Null => Vec::new(),
        _ => {
            diags.push(malformed(tree.span, "a map is expected here"));
            Vec::new()
        }
    }
}

fn entry(item: &Yaml, known: &[&'static Code], diags: &mut Diagnostics) -> Option<Entry> {
    let mut fields: [Option<(&str, Span)>; 5] = [None; 5];
    const NAMES: [&str; 5] = ["code", "reason", "until", "object", "namespace"];
    let before = diags.n_errors();
    for (name, value) in members(item, diags) {
        let place = NAMES.iter().position(|known| *known == name);
        match (place, &value.kind) {
            (Some(at), YamlKind::Scalar(scalar)) if scalar.kind != ScalarKind::Null => {
                fields[at] = Some((&scalar.text, value.span));
            }
            (Some(_), _) => diags.push(malformed(value.span, &format!("`{name}` is a text"))),
            (None, _) => {
                let names = NAMES.map(|name| format!("`{name}`")).join(", ");
                let what = format!("`{name}` is not known: a waiver has {names}");
                diags.push(malformed(value.span, &what));
            }
        }
    }
    let [code, reason, until, object, namespace] = fields;
    for (field, name) in [(code, "code"), (reason, "reason")] {
        if field.is_none_or(|(text, _)| text.trim().is_empty()) {
            diags.push(malformed(item.span, &format!("a waiver needs a `{name}`")));
        }
    }
    if let Some((text, span)) = until.filter(|(text, _)| !is_date(text)) {
        let what = format!("`{text}` is no date such as 2027-03-31");
        diags.push(malformed(span, &what));
    }
    if let Some((text, span)) = object.filter(|(text, _)| !text.contains('/')) {
        let what = format!("`{text}` is no object such as `DaemonSet/node-agent`");
        diags.push(malformed(span, &what));
    }
    let (code, span) = code?;
    if let Some((message, help)) = unknown(code, known) {
        let finding = Diagnostic::error(UNKNOWN_WAIVER, message);
        diags.push(finding.at(span, "not a code").help(help));
    }
    let text = |field: Option<(&str, Span)>| field.map(|(text, _)| Str::from(text));
    (diags.n_errors() == before).then(|| Entry {
        waiver: Waiver {
            code: code.into(),
            until: text(until),
        },
        object: text(object),
        namespace: text(namespace),
        span: item.span,
    })
}

fn malformed(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(WAIVER_MALFORMED, what)
        .at(span, "here")
        .help("write `- {code: …, object: Kind/name, reason: …}`, perhaps with `until` and `namespace`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_holds_waivers_each_with_a_reason() {
        let shown = |text: &str| {
            let known = [UNKNOWN_WAIVER, WAIVER_MALFORMED];
            let parts = parts(text, &known).into_iter().map(read);
            parts
                .map(|one| match one {
                    Ok(waiver) => format!("{}<{}", waiver.code, waiver.until.unwrap_or_default()),
                    Err(what) => what,
                })
                .collect::<Vec<_>>()
                .join(" | ")
        };
        let cases = [
            ("host-port: one per node", "host-port<"),
            ("a: x; y; b: z", "a< | b<"),
            ("a until 2027-02-28: x", "a<2027-02-28"),
            ("a: see https://x.y/z; really", "a<"),
            ("", ""),
            ("a:", "the waiver of `a` has no reason"),
            ("please", "`please` is no waiver"),
            ("a: x; unknown-waiver", "a< | `unknown-waiver` is no waiver"),
            (
                "a until 2027-02-30: x",
                "`2027-02-30` is no date such as 2027-03-31",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn stars_stand_for_anything() {
        let cases = [
            ("DaemonSet/*", "DaemonSet/agent", true),
            ("*/agent", "DaemonSet/agent", true),
            ("*/a*t", "DaemonSet/agent", true),
            ("Pod/*-x-*", "Pod/a-x-b", true),
            ("Pod/*-x-*", "Pod/ax-b", false),
            ("Pod/a", "Pod/ab", false),
            ("Pod/a*a", "Pod/a", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
