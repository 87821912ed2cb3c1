//! Walks through `docs/guide.md` twice, once in each spelling, and compares what comes out.
//!
//! A block that names a file (`kdl file=…`) writes it; a `kdl` block is followed by its twin in
//! YAML. A `console` block runs its commands in a shell; what they say stands below them. In YAML
//! only exit codes are compared, since findings show the text of the spec. `UPDATE=1` rewrites
//! what the commands say.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use similar::TextDiff;

use crate::cli::{run, transcript, write};

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide.md");

#[derive(Clone, Copy, Debug, PartialEq)]
enum Spelling {
    Kdl,
    Yaml,
}

/// A fenced block; `Text` is everything around blocks.
#[derive(Debug, PartialEq)]
enum Part {
    Text(String),
    Console(Vec<String>),
    File {
        spelling: Option<Spelling>,
        fence: String,
        path: String,
        text: String,
    },
}

fn parts(guide: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else {
            parts.push(Part::Text(line.to_string()));
            continue;
        };
        let body: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        let text: String = body.iter().map(|line| format!("{line}\n")).collect();
        parts.push(match fence.split_once(" file=") {
            Some((language, path)) => Part::File {
                spelling: spelling(language, path, parts.last_file()),
                fence: fence.to_string(),
                path: path.to_string(),
                text,
            },
            None if fence == "console" => {
                let commands = body.iter().filter_map(|line| line.strip_prefix("$ "));
                Part::Console(commands.map(str::to_string).collect())
            }
            None => {
                assert_ne!(fence, "kdl", "each example names its file:\n{text}");
                Part::Text(format!("```{fence}\n{text}```"))
            }
        });
    }
    parts
}

trait LastFile {
    fn last_file(&self) -> Option<&str>;
}

impl LastFile for Vec<Part> {
    fn last_file(&self) -> Option<&str> {
        self.iter().rev().find_map(|part| match part {
            Part::File { path, .. } => Some(path.as_str()),
            _ => None,
        })
    }
}

/// The spelling of a block that has a twin; none where it is the same file in both.
fn spelling(language: &str, path: &str, before: Option<&str>) -> Option<Spelling> {
    let twin = path.strip_suffix(".yaml").map(|stem| format!("{stem}.kdl"));
    match language {
        "kdl" => Some(Spelling::Kdl),
        "yaml" if twin.as_deref() == before => Some(Spelling::Yaml),
        _ => None,
    }
}

/// What a walk through the guide left behind.
struct Walk {
    /// The guide with what its commands say now.
    guide: String,
    exits: Vec<(String, Option<i32>)>,
    /// `generated/` after each console block: path and text.
    trees: Vec<BTreeMap<String, String>>,
}

fn walk(parts: &[Part], own: Spelling) -> Walk {
    let folder = tempfile::tempdir().unwrap();
    let mut walk = Walk {
        guide: String::new(),
        exits: Vec::new(),
        trees: Vec::new(),
    };
    for part in parts {
        match part {
            Part::Text(text) => walk.guide += &format!("{text}\n"),
            Part::File {
                spelling,
                fence,
                path,
                text,
            } => {
                walk.guide += &format!("```{fence}\n{text}```\n");
                if spelling.is_none_or(|spelling| spelling == own) {
                    write(&folder.path().join(path), text).unwrap();
                }
            }
            Part::Console(commands) => {
                let said = commands
                    .iter()
                    .map(|command| walk.run(command, own, folder.path()));
                let said: Vec<_> = said.collect();
                walk.guide += &format!("```console\n{}```\n", said.join("\n"));
                walk.trees.push(tree(&folder.path().join("generated")));
            }
        }
    }
    walk
}

impl Walk {
    fn new_exit(&mut self, command: &str, code: Option<i32>) {
        self.exits.push((command.to_string(), code));
    }

    fn run(&mut self, command: &str, own: Spelling, folder: &Path) -> String {
        let spelled = match own {
            Spelling::Kdl => command.to_string(),
            Spelling::Yaml => command
                .replace("tiphys init", "tiphys init --spelling yaml")
                .replace(".kdl", ".yaml"),
        };
        let output = run(&spelled, folder).unwrap();
        self.new_exit(command, output.status.code());
        let both = Output {
            stdout: [output.stdout, output.stderr].concat(),
            stderr: Vec::new(),
            status: output.status,
        };
        format!("$ {command}\n{}", transcript(&both, folder))
    }
}

fn tree(root: &Path) -> BTreeMap<String, String> {
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_map(Result::ok);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(root).unwrap();
            let path = path.to_string_lossy().replace('\\', "/");
            (path, fs::read_to_string(entry.path()).unwrap())
        })
        // What a build remembers is of its inputs and this machine.
        .filter(|(path, _)| !path.starts_with(".tiphys/cache/"))
        .collect()
}

#[test]
fn each_example_of_the_guide_has_a_twin_in_yaml() {
    let parts = parts(&fs::read_to_string(GUIDE).unwrap());
    let files = parts.iter().filter_map(|part| match part {
        Part::File { spelling, path, .. } => Some((*spelling, path.as_str())),
        _ => None,
    });
    let files: Vec<_> = files.collect();
    let kdl: Vec<_> = (0..files.len())
        .filter(|at| files[*at].0 == Some(Spelling::Kdl))
        .collect();
    assert!(kdl.len() >= 6, "the guide has examples");
    for at in kdl {
        let twin = files.get(at + 1).and_then(|file| file.0);
        assert_eq!(twin, Some(Spelling::Yaml), "the twin of {}", files[at].1);
    }
}

#[test]
fn the_guide_says_what_happens_and_both_spellings_give_the_same_bytes() {
    let guide = fs::read_to_string(GUIDE).unwrap();
    let parts = parts(&guide);
    let kdl = walk(&parts, Spelling::Kdl);
    let yaml = walk(&parts, Spelling::Yaml);
    is_said(&guide, &kdl.guide);
    assert_eq!(kdl.exits, yaml.exits);
    assert!(kdl.trees.iter().any(|tree| tree.len() > 20), "it builds");
    for (number, (kdl, yaml)) in kdl.trees.iter().zip(&yaml.trees).enumerate() {
        let differing: Vec<_> = kdl
            .iter()
            .filter(|(path, text)| yaml.get(*path) != Some(text))
            .map(|(path, _)| path)
            .chain(yaml.keys().filter(|path| !kdl.contains_key(*path)))
            .collect();
        assert!(
            differing.is_empty(),
            "after console block {number}: {differing:?}"
        );
    }
}

fn is_said(guide: &str, said: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(GUIDE, said).unwrap();
        return;
    }
    let diff = TextDiff::from_lines(guide, said);
    let shown = diff
        .unified_diff()
        .header("guide.md", "what happens")
        .to_string();
    assert!(
        guide == said,
        "UPDATE=1 rewrites what commands say\n{shown}"
    );
}
