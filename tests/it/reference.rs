//! Generated pages and schemas are what the tables say; `UPDATE=1` rewrites them.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::path::Path;

use serde_json::{Value, json};
use tiphys::edit::convert::{Spelling, convert};
use tiphys::source::{SourceFile, SourceTree};
use tiphys::spec::document::{self, Role};
use tiphys::spec::{json_schema, reference};
use tiphys::{cli, diagnostic::Diagnostics, io};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn is_fresh(path: &str, text: &str) -> bool {
    let full = Path::new(ROOT).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(full.parent().expect("a folder")).expect("a folder");
        std::fs::write(&full, text).expect("can be written");
    }
    std::fs::read_to_string(&full).is_ok_and(|found| found == text)
}

#[test]
fn reference_pages_are_fresh() {
    let pages = [
        ("docs/reference/language.md", reference::page()),
        ("docs/reference/codes.md", cli::reference::codes()),
        ("docs/reference/verbs.md", cli::reference::verbs()),
    ];
    for (path, text) in &pages {
        assert!(is_fresh(path, text), "UPDATE=1 cargo test rewrites {path}");
    }
}

#[test]
fn schemas_of_the_language_are_fresh() {
    for root in json_schema::ROOTS {
        let path = format!("schemas/spec/{root}.schema.json");
        let text = json_schema::text(&json_schema::schema(root).expect("a schema"));
        assert!(
            is_fresh(&path, &text),
            "UPDATE=1 cargo test rewrites {path}"
        );
    }
}

fn validator(root: &str) -> jsonschema::Validator {
    let schema = json_schema::schema(root).expect("a schema");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

fn json(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

#[test]
fn the_reference_fleet_in_yaml_is_valid() {
    let sources = io::load(Path::new(ROOT), &mut Diagnostics::new()).expect("the fleet");
    let mut n_checked = 0;
    for (_, file) in sources.iter() {
        let Some(role) = Role::of(&file.path) else {
            continue;
        };
        let text = match role {
            Role::Releases(_) => file.text.clone(),
            _ => convert(file, Spelling::Yaml).expect("a file").text,
        };
        let validator = validator(role.word());
        let errors: Vec<_> = validator
            .iter_errors(&json(&text))
            .map(|error| format!("{}: {error}", file.path))
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        n_checked += 1;
    }
    assert!(n_checked > 15);
}

#[test]
fn typical_mistakes_are_not_valid() {
    let service = |content: Value| json!({"service": {"cart": content}});
    let cases = [
        ("service", service(json!({"replicas": 3}))),
        ("service", service(json!({"drain": "15"}))),
        ("service", service(json!({"tier": "urgent"}))),
        (
            "service",
            service(json!({"size": {"replicas": {"min": "2"}}})),
        ),
        (
            "service",
            service(json!({"rollout": {"canary": {}, "rolling": {}}})),
        ),
        ("service", service(json!({"rollout": "weekly"}))),
        ("service", service(json!({"calls": [["a"]]}))),
        ("service", json!({"service": {"Cart": {}}})),
        ("service", json!({"service": {"a": {}, "b": {}}})),
        ("service", json!({"environment": {"a": {}}})),
        (
            "environment",
            json!({"environment": {"a": {"target": {"kubernetes": 1.36}}}}),
        ),
        (
            "releases",
            json!({"cart": {"version": "1", "digest": "sha256:12"}}),
        ),
    ];
    for (root, document) in cases {
        assert!(!validator(root).is_valid(&document), "{document}");
    }
    let valid = service(json!({"http": 8080, "drain": "15s", "rollout": "rolling"}));
    assert!(validator("service").is_valid(&valid));
}

/// What a reader of the page fills in for `…`.
fn filled_in(example: &str) -> String {
    let digest = example.replace("4f53…", &"4f53".repeat(16));
    let digest = digest.replace("sha256:…", &format!("sha256:{}", "4f53".repeat(16)));
    digest.replace("{ … }", "{ }").replace("\"…\"", "\"cart\"")
}

/// A file in which the field of the noun at `path` is written as `line`, and the file's path.
fn file_with(path: &str, line: &str) -> (&'static str, String) {
    let mut words = path.split('.').peekable();
    let root = words.next().unwrap_or_default();
    let (file, head) = match root {
        "fleet" => ("environments/fleet.kdl", "fleet \"shop\""),
        "environment" => ("environments/test/environment.kdl", "environment \"test\""),
        "service" => ("environments/services/cart.kdl", "service \"cart\""),
        _ => ("environments/components/cart.kdl", "component \"cart\""),
    };
    let named = [
        "team", "traffic", "window", "install", "port", "measure", "secret", "volume",
    ];
    let named = [&named[..], &["init", "sidecar", "tolerate", "endpoint"]].concat();
    let (mut open, mut n_open) = (format!("{head} {{\n"), 1);
    while let Some(word) = words.next() {
        let next = words.peek().copied();
        // `traffic` and `metrics` of an environment, but the `measure` of a rollout.
        let kind = next.filter(|_| word == "rollout").map(|_| words.next());
        let head = match (kind.flatten(), named.contains(&word)) {
            (Some(kind), _) => format!("{word} {kind}"),
            (None, true) => format!("{word} \"edge\""),
            (None, false) => word.to_string(),
        };
        open.push_str(&format!("{head} {{\n"));
        n_open += 1;
    }
    (file, format!("{open}{line}\n{}", "}\n".repeat(n_open)))
}

/// What the reader says of a file with these texts.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: path.to_string(),
        text: text.to_string(),
    });
    let sources = SourceTree::new(files);
    let (id, file) = sources.iter().next().expect("a file");
    let role = Role::of(&file.path).expect("a role");
    let mut diags = Diagnostics::new();
    document::read(&sources, id, role, &mut diags);
    diags.iter().map(|one| one.message.to_string()).collect()
}

#[test]
fn every_example_of_the_reference_is_accepted_by_the_reader() {
    let (mut noun, mut refused, mut n_checked) = (String::new(), Vec::new(), 0);
    for line in reference::page().lines() {
        if let Some(path) = line.strip_prefix("## `") {
            noun = path.trim_end_matches('`').to_string();
        }
        let cells: Vec<_> = line.split(" | ").collect();
        let [_, _, _, example, _] = cells[..] else {
            continue;
        };
        if noun == "releases" || !example.starts_with('`') {
            continue;
        }
        let example = filled_in(&example.trim_matches('`').replace("\\|", "|"));
        let (path, text) = file_with(&noun, &example);
        n_checked += 1;
        let found = findings(&[(path, &text)]);
        if !found.is_empty() {
            refused.push(format!("{noun}: {example}: {found:?}\n{text}"));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(n_checked > 200, "{n_checked}");
}

/// Where a form of the table at the end of the page stands: a service's field unless it is
/// another root's or deeper.
fn context(form: &str) -> &'static str {
    match form.split([' ', ':', '=']).next().unwrap_or_default() {
        "steps" => "service.rollout.canary",
        "team" => "fleet",
        "deploy" => "environment",
        _ => "service",
    }
}

#[test]
fn every_form_of_the_reference_is_accepted_in_both_spellings() {
    let page = reference::page();
    let (_, table) = page
        .split_once("## How fields are written")
        .expect("the table");
    let mut n_checked = 0;
    for row in table.lines().filter(|row| row.contains('`')) {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").collect();
        let [_, kdl, yaml] = cells[..] else {
            panic!("three columns: {row}");
        };
        let forms = |cell: &str| {
            let parts = cell.split('`').enumerate().filter(|(at, _)| at % 2 == 1);
            parts.map(|(_, part)| part.to_string()).collect::<Vec<_>>()
        };
        for form in forms(kdl).iter().filter(|form| !form.starts_with("drain=")) {
            let (path, text) = file_with(context(form), form);
            assert_eq!(findings(&[(path, &text)]), [""; 0], "{text}");
            n_checked += 1;
        }
        for form in forms(yaml) {
            let (path, text) = yaml_with(context(&form), &form);
            assert_eq!(findings(&[(&path, &text)]), [""; 0], "{text}");
            n_checked += 1;
        }
    }
    assert!(n_checked > 20, "{n_checked}");
}

fn yaml_with(path: &str, line: &str) -> (String, String) {
    let (file, _) = file_with(path, "");
    let root = path.split('.').next().unwrap_or_default();
    let name = match root {
        "fleet" => "shop",
        "environment" => "test",
        _ => "cart",
    };
    let fields = match path {
        "service.rollout.canary" => format!("rollout: {{canary: {{{line}}}}}"),
        _ => line.to_string(),
    };
    let text = format!("{root}:\n  {name}:\n    {fields}\n");
    (file.replace(".kdl", ".yaml"), text)
}
