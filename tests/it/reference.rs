//! Generated pages and schemas are what the tables say; `UPDATE=1` rewrites them.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::path::Path;

use serde_json::{Value, json};
use tiphys::edit::convert::{Spelling, convert};
use tiphys::spec::document::Role;
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
