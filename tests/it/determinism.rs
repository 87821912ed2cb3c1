//! The same inputs give the same bytes: order of files, threads, locale, time zone and place on
//! disk make no difference.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use tiphys::compile::{self, Compilation, Options};
use tiphys::diagnostic::Diagnostics;
use tiphys::io;
use tiphys::source::{SourceFile, SourceTree};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn sources() -> Vec<SourceFile> {
    let mut diags = Diagnostics::new();
    let sources = io::load(Path::new(ROOT), &mut diags).unwrap();
    compile::complete(sources)
        .into_files()
        .into_iter()
        .collect()
}

fn compiled(files: Vec<SourceFile>) -> Compilation {
    let options = Options {
        date: "2026-01-01".into(),
        ..Options::default()
    };
    compile::compile(&SourceTree::new(files), &options)
}

fn files(of: &Compilation) -> BTreeMap<String, String> {
    let files = of.tree.files();
    files
        .map(|(path, text)| (path.into(), text.into()))
        .collect()
}

#[test]
fn the_order_of_files_and_the_number_of_threads_change_nothing() {
    let expected = compiled(sources());
    assert!(!files(&expected).is_empty(), "{:?}", expected.findings);
    for threads in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let mut shuffled = sources();
        shuffled.reverse();
        let half = shuffled.len() / 2;
        shuffled.rotate_left(half / threads);
        let other = pool.build().unwrap().install(|| compiled(shuffled));
        assert_eq!(files(&other), files(&expected), "{threads} threads");
        assert_eq!(other.findings, expected.findings, "{threads} threads");
    }
}

#[test]
fn findings_of_a_broken_fleet_are_the_same_with_any_number_of_threads() {
    let broken = || {
        let mut files = sources();
        for file in &mut files {
            if file.path.starts_with("environments/services/") {
                file.text = file
                    .text
                    .replacen("http", "htpp", 1)
                    .replace("size", "sice");
            }
        }
        files
    };
    let expected = compiled(broken());
    assert!(expected.findings.len() > 5);
    for threads in [1, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let other = pool.build().unwrap().install(|| compiled(broken()));
        assert_eq!(other.findings, expected.findings, "{threads} threads");
    }
}

#[test]
fn locale_time_zone_and_place_change_nothing() {
    let run = |folder: &Path, lang: &str, zone: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tiphys"))
            .args(["build", "--stdout", "--date", "2026-01-01"])
            .current_dir(folder)
            .env("LANG", lang)
            .env("LC_ALL", lang)
            .env("TZ", zone)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(!output.stdout.is_empty());
        output.stdout
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("a place").join("ä");
    for file in sources() {
        if file.path.starts_with("environments/") {
            let path = folder.join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &file.text).unwrap();
        }
    }
    let expected = run(Path::new(ROOT), "C", "UTC");
    let cases = [
        ("tr_TR.UTF-8", "Asia/Kathmandu"),
        ("de_DE.ISO-8859-1", "America/St_Johns"),
    ];
    for (lang, zone) in cases {
        assert!(
            run(Path::new(ROOT), lang, zone) == expected,
            "{lang} {zone}"
        );
        assert!(
            run(&folder, lang, zone) == expected,
            "{lang} {zone} elsewhere"
        );
    }
}
