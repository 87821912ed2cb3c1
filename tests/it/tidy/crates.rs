//! Each foreign crate is named in its own places alone, so that it can be replaced there.

use std::fs;
use std::path::Path;

use super::{ROOT, sources};

/// A crate as code names it, and the beginnings of the paths where it may be named.
const PLACES: &[(&str, &[&str])] = &[
    ("cel", &["src/schema/"]),
    ("clap", &["src/cli/"]),
    ("clap_complete", &["src/cli/"]),
    ("clap_mangen", &["src/cli/"]),
    ("croner", &["src/model/", "src/verify/"]),
    ("ecow", &["src/value.rs"]),
    (
        "jiff",
        &["src/io/", "src/model/", "src/verify/object/schedule.rs"],
    ),
    ("jsonschema", &["src/policy/"]),
    ("kdl", &["src/syntax/kdl"]),
    ("miette", &["src/report/"]),
    ("mimalloc", &["src/main.rs"]),
    ("minijinja", &["src/render/"]),
    ("miniz_oxide", &["src/schema/"]),
    ("rayon", &["src/"]),
    ("regex", &["src/re2.rs", "src/schema/"]),
    ("rustc_hash", &["src/"]),
    ("saphyr_parser", &["src/syntax/yaml", "src/render/"]),
    (
        "serde",
        &[
            "src/io/",
            "src/report/",
            "src/schema/",
            "src/syntax/yaml/lenient.rs",
        ],
    ),
    ("serde_json", &["src/"]),
    ("serde_yaml", &["src/syntax/yaml/lenient.rs"]),
    ("sha2", &["src/emit/", "src/io/", "src/plan/config.rs"]),
    ("similar", &["src/io/", "src/report/"]),
    ("terminal_size", &["src/io/terminal.rs"]),
    ("walkdir", &["src/io/"]),
];

#[test]
fn foreign_crates_stay_in_their_places() {
    let mut offenders = Vec::new();
    for source in sources(&["src"]).iter().filter(|source| !source.is_test()) {
        let code = source.code();
        for (name, places) in PLACES {
            let is_home = places.iter().any(|place| source.path.starts_with(place));
            if !is_home && names(&code, name) {
                offenders.push(format!(
                    "{} names {name}, which is of {places:?}",
                    source.path
                ));
            }
        }
    }
    assert!(offenders.is_empty(), "{offenders:#?}");
}

#[test]
fn every_dependency_has_a_place() {
    let manifest = fs::read_to_string(Path::new(ROOT).join("Cargo.toml")).expect("Cargo.toml");
    let dependencies = manifest
        .split("\n[dependencies]\n")
        .nth(1)
        .expect("a table");
    let lines = dependencies
        .lines()
        .take_while(|line| !line.starts_with('['));
    for line in lines.filter(|line| line.contains('=') && !line.starts_with('#')) {
        let name = line
            .split(['=', '.'])
            .next()
            .unwrap_or(line)
            .trim()
            .replace('-', "_");
        let has_place = PLACES.iter().any(|(other, _)| *other == name);
        assert!(has_place, "say in PLACES where `{name}` may be named");
    }
}

/// Whether a path of `code` begins with the crate, and not with a module of ours of that name.
fn names(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let is_use = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub ");
        line.strip_prefix("use ")
            .is_some_and(|rest| rest.starts_with(&path))
    };
    code.lines().any(is_use)
        || !has_module(code, name) && code.match_indices(&path).any(|(at, _)| begins(code, at))
}

/// Whether a path begins at this byte, rather than going on.
fn begins(code: &str, at: usize) -> bool {
    let before = code[..at].chars().next_back().unwrap_or(' ');
    let is_global = code[..at].ends_with(" ::") || code[..at].ends_with("(::");
    is_global || !(before.is_alphanumeric() || before == '_' || before == ':')
}

/// Whether the file declares or imports a module of that name.
fn has_module(code: &str, name: &str) -> bool {
    let is_name = |word: &str| word == name;
    let is_part = |c: char| !(c.is_alphanumeric() || c == '_');
    let statements = code.split(';').filter_map(|text| {
        let at = text.rfind("use ").or_else(|| text.rfind("mod "))?;
        Some(&text[at..])
    });
    let ours = |text: &&str| {
        let roots = ["use crate::", "use super::", "use self::", "mod "];
        roots.iter().any(|root| text.starts_with(root))
    };
    statements
        .filter(ours)
        .any(|text| text.split(is_part).any(is_name))
}

#[test]
fn a_crate_is_told_from_a_module_of_its_name() {
    let crates = [
        "use kdl::KdlDocument;",
        "let x = kdl::parse();",
        "fn f(x: ::kdl::Doc) {}",
        "pub use kdl::Node;",
    ];
    for code in crates {
        assert!(names(code, "kdl"), "{code}");
    }
    let ours = [
        "use crate::syntax::kdl;\nkdl::read();",
        "use crate::syntax::{kdl, yaml};\nkdl::read();",
        "pub mod kdl;\nkdl::read();",
        "super::kdl::read();",
        "my_kdl::read();",
    ];
    for code in ours {
        assert!(!names(code, "kdl"), "{code}");
    }
}
