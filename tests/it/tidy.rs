//! The house rules that a compiler does not check.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests stand at the edge"
)]

mod crates;
mod layers;
mod text;

use std::fs;
use std::path::Path;
use std::process::Command;

use walkdir::WalkDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A source file: its path from the root, `/`-separated, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The code without unit tests and without comment lines.
    fn code(&self) -> String {
        let code = match self.text.split_once("\n#[cfg(test)]\nmod ") {
            Some((code, _)) => code,
            None => &self.text,
        };
        let lines = code.lines();
        let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
        lines.map(|line| format!("{line}\n")).collect()
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.split('/').any(|part| part.starts_with("tests"))
    }
}

/// The Rust files below these folders, sorted.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in folders {
        let entries = WalkDir::new(Path::new(ROOT).join(folder)).sort_by_file_name();
        for entry in entries.into_iter().filter_map(Result::ok) {
            let path = entry.path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                let inner = path.strip_prefix(ROOT).expect("it is below the root");
                sources.push(Source {
                    path: inner.to_string_lossy().replace('\\', "/"),
                    text: fs::read_to_string(path).expect("sources are UTF-8"),
                });
            }
        }
    }
    sources
}

#[test]
fn files_begin_with_what_they_are_for() {
    let sources = sources(&["src", "tests/it", "benches", "fuzz"]);
    let is_silent = |source: &&Source| !source.text.starts_with("//!");
    let silent = sources.iter().filter(is_silent);
    let silent: Vec<&str> = silent.map(|source| source.path.as_str()).collect();
    assert!(silent.is_empty(), "begin with `//!`: {silent:#?}");
}

#[test]
fn files_stay_short() {
    let mut long = Vec::new();
    for source in sources(&["src"]) {
        let n_lines = source.text.lines().count();
        match n_lines {
            601.. if !source.is_test() => long.push(format!("{} {n_lines}", source.path)),
            401.. => eprintln!("long: {} has {n_lines} lines", source.path),
            _ => {}
        }
    }
    assert!(long.is_empty(), "split what has over 600 lines: {long:#?}");
}

#[test]
fn code_is_formatted() {
    let run = |args: &[&str]| Command::new("cargo").args(args).current_dir(ROOT).output();
    if !run(&["fmt", "--version"]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: rustfmt is not installed");
        return;
    }
    let output = run(&["fmt", "--check"]).expect("cargo runs");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "run `cargo fmt`\n{shown}");
}
