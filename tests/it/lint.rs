//! `lint` on manifests as people write them.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

mod hostile;
mod pods;
mod real;
mod together;
mod wrong;

use tiphys::diagnostic::{Diagnostic, Severity};
use tiphys::lint::security::Level;
use tiphys::lint::{Input, Options, Report, lint};
use tiphys::schema::Schemas;
use tiphys::source::{SourceFile, SourceTree};

pub fn options() -> Options {
    Options {
        kubernetes: "1.36".into(),
        namespace: "default".into(),
        date: "2026-11-25".into(),
        known: tiphys::cli::explain::all_codes().collect(),
        ..Options::default()
    }
}

/// Lints files that somebody named.
pub fn files(files: &[(&str, &str)], options: &Options) -> (SourceTree, Report) {
    let sources = SourceTree::new(files.iter().map(|(path, text)| SourceFile {
        path: path.to_string(),
        text: text.to_string(),
    }));
    let inputs: Vec<Input> = sources
        .iter()
        .map(|(file, _)| Input {
            file,
            is_named: true,
        })
        .collect();
    let report = lint(&sources, &inputs, &[], Schemas::bundled(), options);
    (sources, report)
}

pub fn text(text: &str) -> (SourceTree, Report) {
    files(&[("a.yaml", text)], &options())
}

/// Only rules of the standards up to `level`, those of good practice left out by their codes.
pub fn at_level(level: Level) -> Options {
    Options {
        pod_security: level,
        ..options()
    }
}

/// `error code line` of each finding with a place, `error code` of the others.
pub fn told(sources: &SourceTree, report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .map(|one| line(sources, one))
        .collect()
}

fn line(sources: &SourceTree, one: &Diagnostic) -> String {
    let severity = match one.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    match one.labels.first() {
        Some(label) => {
            let (line, _) = sources.position(label.span);
            format!("{severity} {} {line}", one.code.name)
        }
        None => format!("{severity} {}", one.code.name),
    }
}

/// What is told of a text, save what the words of `without` begin with.
pub fn said(manifest: &str, without: &[&str]) -> Vec<String> {
    let (sources, report) = text(manifest);
    let mut told = told(&sources, &report);
    told.retain(|one| {
        let code = one.split(' ').nth(1).unwrap_or("");
        !without.iter().any(|head| code.starts_with(head))
    });
    told
}
