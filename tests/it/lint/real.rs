//! Manifests of real programs, and the verdicts of a real API server.

use std::path::{Path, PathBuf};

use super::{files, options};
use crate::verdicts;
use tiphys::diagnostic::{Diagnostics, Severity};
use tiphys::io::load_manifests;
use tiphys::lint::{Input, lint};
use tiphys::schema::Schemas;
use tiphys::source::{FileId, SourceTree};
use tiphys::syntax::yaml;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> SourceTree {
    let mut diags = Diagnostics::new();
    let found = load_manifests(Path::new(ROOT), &[PathBuf::from(path)], &mut diags).unwrap();
    assert!(diags.is_empty());
    SourceTree::new(found.into_iter().map(|one| one.file))
}

#[test]
fn what_tiphys_writes_is_in_order() {
    let sources = read("generated");
    let inputs: Vec<Input> = sources
        .iter()
        .map(|(file, _)| Input {
            file,
            is_named: false,
        })
        .collect();
    assert!(inputs.len() > 200);
    let report = lint(&sources, &inputs, &[], Schemas::bundled(), &options());
    let bad: Vec<&str> = report
        .findings
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(bad, [] as [&str; 0]);
    assert!(
        report
            .findings
            .iter()
            .any(|one| one.code.name == "separate-clusters")
    );
}

#[test]
fn the_quick_reader_says_what_the_slow_one_says() {
    let mut texts: Vec<String> = ["generated", "tests/data/online-boutique", "tests/verdicts"]
        .into_iter()
        .flat_map(|path| read(path).into_files())
        .map(|file| file.text)
        .collect();
    assert!(texts.len() > 200);
    let odd = [
        "a: &x 1\nb: *x\n---\nc: &x [1]\nd: {<<: {e: 1}, f: *x}\n",
        "a: !!str 1\nb: !!map {c: d}\n",
        "a: yes\nb: 0x1F\nc: 012\nd: 1e3\ne: 1_000\nf: ~\ng:\nh: '1'\ni: |\n  x\n  y\n",
        "a: {<<: [{b: 1}, {b: 2, c: 3}], c: 4}\n",
        "[1, {a: b}]\n",
        "? a\n: b\n",
        "a: \"\\u00e9\"\n",
        "\"<<\": 1\n",
        "80: x\n",
    ];
    texts.extend(odd.map(str::to_string));
    for text in texts {
        let mut diags = Diagnostics::new();
        let trees = yaml::read_foreign(FileId(0), &text, &mut diags);
        let slow: Vec<_> = trees.iter().map(yaml::to_value).collect();
        assert!(diags.is_empty(), "{text}");
        assert_eq!(yaml::read_values(&text), Some(slow), "{text}");
    }
    for text in [
        "a: *x\n",
        "a: !x 1\n",
        "a: !x '1'\n",
        "a: 1\na: 2\n",
        "{a: b}: c\n",
        "yes: 1\n",
        ": 1\n",
        "a: [\n",
        "a: .inf\n",
    ] {
        assert_eq!(yaml::read_values(text), None, "{text}");
        let mut diags = Diagnostics::new();
        yaml::read_foreign(FileId(0), text, &mut diags);
        assert!(diags.has_errors(), "{text}");
    }
}

#[test]
fn verdicts_are_those_of_the_api_server() {
    let elsewhere = [tiphys::verify::references::CODES];
    let mut wrong = Vec::new();
    let mut n = 0;
    for (name, manifest, accepted, stricter) in verdicts::recorded() {
        let (_, report) = files(&[("case.json", &manifest)], &options());
        let errors: Vec<&str> = report
            .findings
            .iter()
            .filter(|one| one.severity == Severity::Error)
            .filter(|one| !elsewhere.iter().any(|codes| codes.contains(&one.code)))
            .map(|one| one.message.as_str())
            .collect();
        n += 1;
        if !stricter && errors.is_empty() != accepted {
            wrong.push(format!("{name}: {errors:?}"));
        }
    }
    assert!(n > 400, "{n} cases");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
