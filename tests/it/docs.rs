//! What the documents say is so: links lead somewhere, files that are named exist, commands run.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::cli::{run, transcript, write};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Paths of the documents that people read, and their texts.
fn documents() -> Vec<(String, String)> {
    let skipped = ["target", "generated", ".git", "data"];
    let entries = walkdir::WalkDir::new(ROOT).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        !skipped.contains(&&*name)
    });
    let entries = entries.filter_map(Result::ok);
    let documents: Vec<_> = entries
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "md")
        })
        .map(|entry| {
            let path = entry.path().strip_prefix(ROOT).unwrap();
            let path = path.to_string_lossy().replace('\\', "/");
            let text = read(&path);
            (path, text)
        })
        .collect();
    assert!(documents.len() > 8, "there are documents");
    documents
}

/// The bodies of fenced blocks of `language`.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    let starts = text.split(&fence).skip(1);
    starts
        .map(|rest| rest.split_once("```").map_or(rest, |(body, _)| body))
        .collect()
}

/// All that stands in code spans.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

#[test]
fn every_link_leads_to_a_file() {
    let link = Regex::new(r"\]\(([^)#\s]+)(#[^)]*)?\)").unwrap();
    let mut broken = Vec::new();
    for (path, text) in documents() {
        let folder = Path::new(ROOT).join(&path).parent().unwrap().to_path_buf();
        for found in link.captures_iter(&text) {
            let target = &found[1];
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !is_elsewhere && !folder.join(target).exists() {
                broken.push(format!("{path}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_that_the_architecture_names_exists() {
    let folders = [
        "src/",
        "tests/",
        "docs/",
        "templates/",
        "schemas/",
        "fuzz/",
        "benches/",
        ".ci/",
    ];
    let mut missing = Vec::new();
    for path in ["docs/ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"] {
        for span in spans(&read(path)) {
            let is_path = folders.iter().any(|folder| span.starts_with(folder));
            let is_pattern = span.contains(['<', '*', ' ']);
            if is_path && !is_pattern && !Path::new(ROOT).join(span).exists() {
                missing.push(format!("{path}: {span}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_invariant_names_a_guard_that_exists() {
    let architecture = read("docs/ARCHITECTURE.md");
    let rows = architecture.lines().filter(|line| {
        let number = line
            .strip_prefix("| ")
            .and_then(|rest| rest.split(' ').next());
        number.is_some_and(|number| number.parse::<u8>().is_ok())
    });
    let rows: Vec<_> = rows.collect();
    assert_eq!(rows.len(), 11, "eleven invariants");
    for row in rows {
        let guard = row.rsplit('|').nth(1).unwrap();
        let named: Vec<_> = spans(guard)
            .filter(|span| span.contains(['/', '.']))
            .collect();
        assert!(!named.is_empty(), "a file stands in: {row}");
        for path in named {
            assert!(Path::new(ROOT).join(path).exists(), "{path} of: {row}");
        }
    }
}

#[test]
fn every_verb_that_a_document_shows_is_there() {
    let help = said("tiphys --help", Path::new(ROOT));
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let verbs: BTreeSet<_> = list
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.contains("build"), "{help}");
    let shown = Regex::new(r"(?m)(?:`|^\$ |&& |^ *)tiphys(?: -C \S+)? ([a-z]+)").unwrap();
    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for found in shown.captures_iter(&text) {
            if !verbs.contains(&found[1]) && !path.starts_with("tests/cli/") {
                wrong.push(format!("{path}: tiphys {}", &found[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a command says, all of it.
fn said(command: &str, folder: &Path) -> String {
    transcript(&run(command, folder).unwrap(), folder)
}

fn run_well(command: &str, folder: &Path) {
    let output = run(command, folder).unwrap();
    let said = transcript(&output, folder);
    assert!(output.status.success(), "$ {command}\n{said}");
}

/// A fleet as `init` makes it, built.
fn fleet() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    run_well("tiphys init --name shop && tiphys build", folder.path());
    folder
}

#[test]
fn the_commands_of_the_readme_are_those_of_ci() {
    let readme = read("README.md");
    let script = read(".ci/run");
    let commands = blocks(&readme, "sh");
    let commands: Vec<_> = commands
        .iter()
        .flat_map(|block| block.trim().split(" && "))
        .collect();
    let ours: Vec<_> = commands
        .iter()
        .filter(|one| one.starts_with("cargo "))
        .collect();
    assert_eq!(ours.len(), 3, "fetch, build, test: {ours:?}");
    for command in ours {
        assert!(script.contains(command), ".ci/run runs `{command}`");
    }
}

#[test]
fn a_new_fleet_works_as_the_readme_says() {
    let readme = read("README.md");
    let mut lines = blocks(&readme, "sh").into_iter().flat_map(str::lines);
    let command = lines.find(|line| line.starts_with("tiphys ")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    run_well(command, folder.path());
    assert!(folder.path().join("generated").is_dir());
    run_well("tiphys build --check", folder.path());
}

#[test]
fn the_message_in_the_readme_is_what_is_printed() {
    let readme = read("README.md");
    let blocks = blocks(&readme, "text");
    let shown = blocks
        .iter()
        .find(|block| block.starts_with("error["))
        .unwrap();
    let folder = fleet();
    let cart = "service \"cart\" owner=\"web\" {\n    http 8080\n    health \"/\"\n    size replcas=3\n}\n";
    write(&folder.path().join("environments/services/cart.kdl"), cart).unwrap();
    let output = run("tiphys check", folder.path()).unwrap();
    let text =
        String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    assert!(text.contains(shown.trim_end()), "{text}");
}

#[test]
fn the_example_of_the_readme_becomes_what_it_says() {
    let readme = read("README.md");
    let spec = blocks(&readme, "kdl")[0];
    let (name, spec) = spec.split_once('\n').unwrap();
    let file = read(name.strip_prefix("// ").unwrap());
    let bare = file.lines().filter(|line| !line.starts_with("//"));
    let bare: String = bare.map(|line| format!("{line}\n")).collect();
    assert_eq!(spec, bare, "the example is {name}");

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    run_well(
        &format!("tiphys -C {ROOT} build --env production --out {out}"),
        Path::new(ROOT),
    );
    let listed = Regex::new(r"[a-z*-]+\.yaml").unwrap();
    let shown: Vec<Regex> = listed
        .find_iter(blocks(&readme, "text")[0])
        .map(|name| Regex::new(&format!("^{}$", name.as_str().replace('*', "[a-z0-9-]*"))).unwrap())
        .collect();
    let files = fs::read_dir(folder.path().join("production/services/currencyservice")).unwrap();
    let files = files.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let files: Vec<String> = files.collect();
    for file in &files {
        assert!(
            shown.iter().any(|one| one.is_match(file)),
            "{file} is not shown"
        );
    }
    for one in shown {
        assert!(
            files.iter().any(|file| one.is_match(file)),
            "{one} is not there"
        );
    }
}

#[test]
fn hooks_and_workflows_pass_on_a_fleet_that_is_built() {
    let folder = fleet();
    let hooks = read(".pre-commit-hooks.yaml");
    let hooks = hooks
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: "));
    let workflow = read("docs/examples/github-actions.yaml");
    let steps = workflow
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run: tiphys "));
    let steps = steps.map(|rest| format!("tiphys {rest}"));
    // pre-commit names the files that changed.
    let named = |hook: &str| match hook {
        "tiphys lint" => format!("{hook} generated"),
        hook => hook.to_string(),
    };
    let commands: Vec<_> = hooks.map(named).chain(steps).collect();
    assert_eq!(commands.len(), 5, "{commands:?}");
    for command in &commands {
        run_well(command, folder.path());
    }
    write(
        &folder
            .path()
            .join("generated/production/services/hello/service.yaml"),
        "a: 1\n",
    )
    .unwrap();
    let output = run("tiphys build --check", folder.path()).unwrap();
    assert_eq!(output.status.code(), Some(2), "an edit is a difference");
}
