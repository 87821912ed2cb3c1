//! Queries of Prometheus: what they give, and what is no query; compared with `promtool` where it
//! is at hand.
#![allow(clippy::disallowed_methods)]

use std::path::PathBuf;
use std::process::Command;
use tiphys::promql::{Kind, Query};

/// Queries that are right, with what they give; a `+` for those that are never empty.
const RIGHT: &str = include_str!("promql/right.txt");
/// Queries that are wrong, with a part of why.
const WRONG: &str = include_str!("promql/wrong.txt");

fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table.lines().filter_map(|line| line.split_once('\t'))
}

fn shown(query: &Query) -> String {
    let kind = match query.kind {
        Kind::Scalar => "scalar",
        Kind::Vector => "vector",
        Kind::Range => "range",
        Kind::Text => "text",
    };
    let always = query.never_empty && query.kind == Kind::Vector;
    format!("{kind}{}", if always { "+" } else { "" })
}

#[test]
fn queries_give_what_prometheus_says() {
    for (expected, query) in rows(RIGHT) {
        match Query::parse(query) {
            Ok(found) => assert_eq!(shown(&found), expected, "{query}"),
            Err(fault) => panic!("{query}: {fault:?}"),
        }
    }
}

#[test]
fn what_is_no_query_is_told_why() {
    for (expected, query) in rows(WRONG) {
        match Query::parse(query) {
            Ok(found) => panic!("{query}: {found:?}"),
            Err(fault) => assert!(fault.message.contains(expected), "{query}: {fault:?}"),
        }
    }
}

fn promtool() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")?;
    let path = PathBuf::from(home).join(".cache/tiphys/cluster/promtool");
    path.is_file().then_some(path)
}

/// Which of the queries promtool refuses; `None` where it is not at hand.
fn refused(queries: &[String]) -> Option<Vec<bool>> {
    let promtool = promtool()?;
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join("rules.json");
    let rule = |(number, query): (usize, &String)| serde_json::json!({"record": format!("r{number}"), "expr": query});
    let rules: Vec<_> = queries.iter().enumerate().map(rule).collect();
    let file = serde_json::json!({"groups": [{"name": "all", "rules": rules}]});
    std::fs::write(&path, file.to_string()).ok()?;
    let output = Command::new(promtool)
        .args(["check", "rules"])
        .arg(&path)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    let is_refused = |number| text.contains(&format!("\"r{number}\": could not parse"));
    let refused: Vec<bool> = (0..queries.len()).map(is_refused).collect();
    let is_heard = output.status.success() || refused.iter().any(|refused| *refused);
    is_heard.then_some(refused)
}

/// Newer than the promtool that may be here.
fn is_newer(query: &str) -> bool {
    const NEWER: [&str; 9] = [
        "{\"",
        "limit_ratio",
        "limitk",
        "mad_over_time",
        "sort_by_label",
        "histogram_avg",
        "double_exponential",
        "first_over_time",
        "info(",
    ];
    let is_plain_duration = query.contains("-5m") && !query.starts_with("x offset -5m");
    NEWER.iter().any(|part| query.contains(part)) || is_plain_duration
}

#[test]
fn promtool_takes_and_refuses_the_same() {
    let rows = rows(RIGHT).chain(rows(WRONG)).map(|row| row.1.to_owned());
    let mut queries: Vec<String> = rows
        .filter(|query| !query.is_empty() && !is_newer(query))
        .collect();
    let whole = queries.clone();
    for query in &whole {
        queries.extend(mutants(query));
    }
    let Some(refused) = refused(&queries) else {
        return;
    };
    let differ = |(query, refused): &(&String, bool)| Query::parse(query).is_err() != *refused;
    let wrong: Vec<_> = queries.iter().zip(refused).filter(differ).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        queries.len()
    );
}

/// The query with one token dropped, doubled or exchanged.
fn mutants(query: &str) -> Vec<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        parts.push(&rest[..length]);
        rest = &rest[length..];
    }
    let mut mutants = Vec::new();
    for at in 0..parts.len() {
        let without = [&parts[..at], &parts[at + 1..]].concat().concat();
        let twice = [&parts[..=at], &parts[at..]].concat().concat();
        mutants.extend([without, twice]);
        if at + 1 < parts.len() {
            let mut swapped = parts.clone();
            swapped.swap(at, at + 1);
            mutants.push(swapped.concat());
        }
    }
    mutants.retain(|query| !query.trim().is_empty() && !is_newer(query));
    mutants
}

/// The queries of every template below a folder.
fn emitted(folder: &std::path::Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            emitted(&path, out);
        } else if path.extension().is_some_and(|ext| ext == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains("\nkind: AnalysisTemplate\n") {
                queries(&serde_yaml::from_str(&text).unwrap(), out);
            }
        }
    }
}

fn queries(template: &serde_json::Value, out: &mut Vec<String>) {
    for metric in template["spec"]["metrics"].as_array().unwrap() {
        if let Some(query) = metric["provider"]["prometheus"]["query"].as_str() {
            out.push(filled(query));
        }
    }
}

/// As the controller would fill it in.
fn filled(query: &str) -> String {
    let mut filled = String::new();
    let mut rest = query;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (_, after) = behind.split_once("}}").unwrap();
        filled.push_str(before);
        filled.push_str(if before.ends_with('"') { "5f6d" } else { "10" });
        rest = after;
    }
    filled + rest
}

#[test]
fn every_query_that_we_emit_is_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    emitted(&root.join("generated"), &mut all);
    emitted(&root.join("tests/golden"), &mut all);
    all.sort();
    all.dedup();
    assert!(all.len() > 10);
    for query in &all {
        let read = Query::parse(query).unwrap_or_else(|fault| panic!("{query}: {fault:?}"));
        assert_eq!(read.kind, Kind::Vector, "{query}");
        let contradictions = read.selectors.iter().filter_map(|one| one.contradiction());
        assert_eq!(contradictions.count(), 0, "{query}");
    }
    if let Some(refused) = refused(&all) {
        let refused: Vec<_> = all.iter().zip(refused).filter(|row| row.1).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
