//! `tests/golden/<case>/`: `in/` is a fleet root; `out/` is the tree that it compiles to, byte for
//! byte, or `findings.txt` is what is wrong with it. `UPDATE=1` rewrites what is expected.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tiphys::compile::{self, Compilation, Options};
use tiphys::diagnostic::Diagnostics;
use tiphys::io;
use tiphys::report::{self, Format, Look};

/// The day by which all cases are judged.
const DATE: &str = "2026-11-01";

fn compile(root: &Path) -> (tiphys::source::SourceTree, Compilation) {
    let mut diags = Diagnostics::new();
    let sources = compile::complete(io::load(root, &mut diags).unwrap());
    let options = Options {
        date: DATE.into(),
        ..Options::default()
    };
    let mut result = compile::compile(&sources, &options);
    diags.extend(result.findings);
    result.findings = diags.into_sorted();
    (sources, result)
}

fn files(root: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            (path, fs::read_to_string(entry.path()).unwrap())
        })
        .filter(|(path, _)| !path.starts_with(".tiphys/"))
        .collect()
}

fn update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// The first line that differs, for a message that a person can act on.
fn first_difference(expected: &str, found: &str) -> String {
    let (mut old, mut new) = (expected.lines(), found.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (None, None) => return "only the last newline differs".into(),
            (a, b) if a != b => return format!("line {number}: expected {a:?}, found {b:?}"),
            _ => {}
        }
    }
}

fn compare(
    what: &str,
    expected: &BTreeMap<String, String>,
    found: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in found {
        match expected.get(path) {
            None => wrong.push(format!("{what}: {path} is new")),
            Some(old) if old != text => {
                wrong.push(format!("{what}: {path}: {}", first_difference(old, text)));
            }
            Some(_) => {}
        }
    }
    let gone = expected.keys().filter(|path| !found.contains_key(*path));
    wrong.extend(gone.map(|path| format!("{what}: {path} is no longer there")));
    wrong
}

fn case(folder: &Path) -> Vec<String> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    let (sources, result) = compile(&folder.join("in"));
    let found: BTreeMap<_, _> = result
        .tree
        .files()
        .map(|(path, text)| (path.to_string(), text.to_string()))
        .collect();
    let findings = match result.findings.is_empty() {
        true => String::new(),
        false => report::render(Format::Human, &result.findings, &sources, &Look::default()),
    };
    let (out, text) = (folder.join("out"), folder.join("findings.txt"));
    if update() {
        fs::remove_dir_all(&out).ok();
        fs::remove_file(&text).ok();
        for (path, content) in &found {
            let path = out.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        if !findings.is_empty() {
            fs::write(&text, &findings).unwrap();
        }
        return Vec::new();
    }
    let mut wrong = compare(&name, &files(&out), &found);
    let expected = fs::read_to_string(&text).unwrap_or_default();
    if expected != findings {
        wrong.push(format!(
            "{name}: findings: {}",
            first_difference(&expected, &findings)
        ));
    }
    wrong
}

#[test]
fn every_case_compiles_to_what_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "there are cases");
    let wrong: Vec<_> = cases.iter().flat_map(|folder| case(folder)).collect();
    assert!(
        wrong.is_empty(),
        "{}\nrewrite with UPDATE=1 cargo test golden",
        wrong.join("\n")
    );
}
#[test]
fn the_reference_fleet_compiles_to_what_is_committed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (_, result) = compile(root);
    let found: BTreeMap<_, _> = result
        .tree
        .files()
        .map(|(path, text)| (path.to_string(), text.to_string()))
        .collect();
    assert!(
        !found.is_empty(),
        "it compiles: {:?}",
        result.findings.first()
    );
    if update() {
        let options = io::tree::Options {
            force: true,
            allow_deletions: true,
            ..Default::default()
        };
        io::tree::write(&root.join("generated"), &result.tree, &options, &|_| Ok(())).unwrap();
    }
    let wrong = compare("generated", &files(&root.join("generated")), &found);
    assert!(
        wrong.is_empty(),
        "{}\nrun `tiphys build` and look at what changed",
        wrong.join("\n")
    );
}
