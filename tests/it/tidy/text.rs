//! What tracked files may not hold, and what codes must.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use tiphys::cli::explain::all_codes;

use super::{ROOT, sources};

#[test]
fn tracked_files_know_nothing_of_the_machine_they_were_written_on() {
    // Joined here, so that this file does not hold them.
    let words =
        [["/wor", "k/"], ["/ro", "ot/"], ["TO", "DO"], ["FIX", "ME"]].map(|two| two.concat());
    let mut offenders = Vec::new();
    for path in tracked() {
        let Ok(text) = fs::read_to_string(Path::new(ROOT).join(&path)) else {
            continue;
        };
        for (line, n) in text.lines().zip(1..) {
            if let Some(word) = words.iter().find(|word| line.contains(word.as_str())) {
                offenders.push(format!("{path}:{n} holds `{word}`"));
            }
        }
    }
    assert!(offenders.is_empty(), "{offenders:#?}");
}

/// The paths that git knows; without a repository (a source archive) there is nothing to check.
fn tracked() -> Vec<String> {
    let git = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(ROOT)
        .output();
    let Some(output) = git.ok().filter(|output| output.status.success()) else {
        eprintln!("skipped: not a git repository");
        return Vec::new();
    };
    let paths = output.stdout.split(|byte| *byte == 0);
    let paths = paths.filter_map(|path| std::str::from_utf8(path).ok());
    paths
        .filter(|path| !path.is_empty())
        .map(str::to_string)
        .collect()
}

#[test]
fn every_declared_code_can_be_explained() {
    let listed: BTreeSet<&str> = all_codes().map(|code| code.name).collect();
    let mut missing = Vec::new();
    for source in sources(&["src"]).iter().filter(|source| !source.is_test()) {
        for name in declared(&source.code()) {
            if !listed.contains(name.as_str()) {
                missing.push(format!("{}: {name}", source.path));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "add their CODES to src/cli/explain.rs: {missing:#?}"
    );
}

/// The names in `codes! { … }` blocks, whose comments are gone: `NAME = "name": "summary";` each.
fn declared(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for block in code.split("codes! {").skip(1) {
        let lines: Vec<&str> = block.lines().take_while(|line| *line != "}").collect();
        let block = lines.join("\n");
        names.extend(block.split('"').skip(1).step_by(4).map(str::to_string));
    }
    names
}

#[test]
fn declared_codes_are_found() {
    let code = "codes! {\n    A_B = \"a-b\": \"s\";\n    C =\n        \"c\": \"s\";\n}\nX = \"x\"";
    assert_eq!(declared(code), ["a-b", "c"]);
}
