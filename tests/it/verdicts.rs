//! Our checks against the recorded verdicts of a real API server: `tests/verdicts/README.md`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests stand at the edge"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use tiphys::value::Value;

use crate::verify::to_value;

struct Case {
    name: String,
    manifest: Json,
    /// Why we refuse what the server takes.
    stricter: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts")
}

fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let groups: Json = serde_yaml::from_str(&text).unwrap();
        let area = file.file_stem().unwrap().to_str().unwrap().to_owned();
        for group in groups.as_array().unwrap() {
            cases.extend(cases_of(&area, group));
        }
    }
    cases
}

fn cases_of(area: &str, group: &Json) -> Vec<Case> {
    let base = &group["base"];
    let kind = base["kind"].as_str().unwrap();
    let make = |(name, changes): (&String, &Json)| {
        let mut manifest = base.clone();
        for (pointer, value) in changes.as_object().unwrap() {
            if pointer.starts_with('/') {
                set(&mut manifest, pointer, value);
            }
        }
        Case {
            name: format!("{area}: {kind}: {name}"),
            manifest,
            stricter: changes
                .get("stricter")
                .and_then(Json::as_str)
                .map(str::to_owned),
        }
    };
    group["cases"]
        .as_object()
        .unwrap()
        .iter()
        .map(make)
        .collect()
}

/// Sets what the pointer names, making maps on the way; an index at the end of a list adds.
fn set(target: &mut Json, pointer: &str, value: &Json) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let mut at = target;
    for step in parent.split('/').skip(1) {
        at = match at {
            Json::Array(list) => &mut list[step.parse::<usize>().unwrap()],
            other => &mut other[step],
        };
    }
    match at {
        Json::Array(list) => {
            let index: usize = last.parse().unwrap();
            match index == list.len() {
                true => list.push(value.clone()),
                false => list[index] = value.clone(),
            }
        }
        other if value.is_null() => {
            other
                .as_object_mut()
                .unwrap()
                .remove(last)
                .expect("the case removes something");
        }
        other => other[last] = value.clone(),
    }
}

/// Name and manifest of each case, whether the server took it, and whether we are stricter.
pub fn recorded() -> Vec<(String, String, bool, bool)> {
    let text = std::fs::read_to_string(folder().join("recorded.tsv")).unwrap();
    let accepted = |name: &str| text.contains(&format!("{name}\taccepted\t"));
    let cases = cases().into_iter();
    cases
        .map(|case| {
            let accepted = accepted(&case.name);
            let manifest = case.manifest.to_string();
            (case.name, manifest, accepted, case.stricter.is_some())
        })
        .collect()
}

/// The version that gave the verdicts.
fn schema_findings(object: &Value) -> Vec<String> {
    let text = |key| object.get(key).and_then(Value::as_str).unwrap();
    let schemas = tiphys::schema::Schemas::bundled();
    let kind = schemas
        .lookup("1.36", text("apiVersion"), text("kind"))
        .unwrap();
    let mut findings = Vec::new();
    kind.check(object, &mut findings);
    findings
        .into_iter()
        .map(|finding| finding.message)
        .collect()
}

#[test]
fn cases_are_well_formed() {
    let cases = cases();
    let names: BTreeMap<&str, ()> = cases.iter().map(|case| (case.name.as_str(), ())).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    let Some(out) = std::env::var_os("VERDICT_CASES") else {
        return;
    };
    for (index, case) in cases.iter().enumerate() {
        let file = Path::new(&out).join(format!("{index:04}.json"));
        std::fs::write(&file, case.manifest.to_string()).unwrap();
        std::fs::write(file.with_extension("name"), &case.name).unwrap();
    }
}

#[test]
fn our_checks_reject_what_the_api_server_rejects() {
    let text = std::fs::read_to_string(folder().join("recorded.tsv")).unwrap();
    let verdicts: BTreeMap<&str, (&str, &str)> = text
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, '\t');
            Some((parts.next()?, (parts.next()?, parts.next()?)))
        })
        .collect();
    let mut wrong = Vec::new();
    for case in cases() {
        let Some((verdict, words)) = verdicts.get(case.name.as_str()) else {
            wrong.push(format!("{}: not recorded", case.name));
            continue;
        };
        let object = to_value(&case.manifest);
        let findings = tiphys::verify::object::check(&object, &tiphys::verify::Target::default());
        let unknown = schema_findings(&object);
        if *verdict == "accepted" && !unknown.is_empty() {
            wrong.push(format!(
                "{}: the schema check refuses it: {unknown:?}",
                case.name
            ));
        }
        // What the server says of a custom kind it reads from a schema, and so do we.
        let by_schema = case.name.starts_with("custom: ") && !unknown.is_empty();
        let refused = by_schema
            || findings
                .iter()
                .any(|finding| finding.severity == tiphys::diagnostic::Severity::Error);
        let expected = *verdict == "rejected" || case.stricter.is_some();
        if refused != expected {
            let ours: Vec<&str> = findings
                .iter()
                .map(|finding| finding.message.as_str())
                .collect();
            wrong.push(format!(
                "{}: the server {verdict} it ({words}), we say {ours:?}",
                case.name
            ));
        }
        if *verdict == "rejected" && case.stricter.is_some() {
            wrong.push(format!(
                "{}: the server rejects it as well, so we are not stricter",
                case.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        verdicts.len(),
        cases().len(),
        "a recorded verdict has no case"
    );
}
