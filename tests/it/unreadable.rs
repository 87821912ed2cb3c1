//! One mistake, one error: whatever cannot be read, nothing is told that only follows from it.
//!
//! `tests/fields` holds every field of the language. Each word in it is misspelt, each value is made
//! unreadable, in both spellings, one at a time.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;
use tiphys::compile::{Options, compile, complete};
use tiphys::diagnostic::{Diagnostic, Diagnostics, Severity};
use tiphys::edit::convert::{Spelling, convert};
use tiphys::io;
use tiphys::source::{FileId, SourceFile, SourceTree, Span};
use tiphys::spec::document::Role;
use tiphys::spec::reference;
use tiphys::spec::shape::{Shape, StructShape};
use tiphys::syntax::{Node, kdl};

fn fleet() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fields");
    io::load(&root, &mut Diagnostics::new())
        .unwrap()
        .into_files()
}

fn specs() -> Vec<SourceFile> {
    let is_spec =
        |file: &SourceFile| !matches!(Role::of(&file.path), None | Some(Role::Releases(_)));
    fleet().into_iter().filter(is_spec).collect()
}

/// The errors of the fleet with this file in the place of the one of its name.
fn errors(fleet: &[SourceFile], file: &SourceFile) -> Vec<Diagnostic> {
    let stem = |path: &str| path.rsplit_once('.').map(|(stem, _)| stem.to_string());
    let others = fleet
        .iter()
        .filter(|one| stem(&one.path) != stem(&file.path));
    let sources = complete(SourceTree::new(others.cloned().chain([file.clone()])));
    // After a mistake in one service others are rendered: one of them will do.
    let other = if file.path.contains("/batch.") {
        "mail"
    } else {
        "batch"
    };
    let is_service = file.path.contains("/services/");
    let options = Options {
        date: "2027-01-01".into(),
        services: is_service.then(|| other.to_string()).into_iter().collect(),
        ..Options::default()
    };
    let found = compile(&sources, &options).findings;
    found
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
        .collect()
}

/// A file with one mistake, what the mistake is, and whether it must be an error.
struct Case {
    file: SourceFile,
    what: String,
    is_error: bool,
}

/// Mistakes after which more is told, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("/environment/qa/traffic", WAYS_IN),
    ("/environment/qa/traffic/edge", WAYS_IN),
    ("/environment/qa/traffic/ops", WAYS_IN),
];

const WAYS_IN: &str = "whether a way in is a gateway, a controller or a mesh decides what a rollout \
                       can do and measure, and no stand-in is all of them";

fn assert_one_error_each(cases: &[Case]) {
    let fleet = fleet();
    let is_excepted = |case: &&Case| EXCEPTIONS.iter().any(|(what, _)| case.what == *what);
    let failures: Vec<String> = cases
        .par_iter()
        .filter(|case| !is_excepted(case))
        .filter_map(|case| {
            let found = errors(&fleet, &case.file);
            let is_right = found.len() == 1 || found.is_empty() && !case.is_error;
            let line = |one: &Diagnostic| format!("\n    {}: {}", one.code.name, one.message);
            let told: String = found.iter().map(line).collect();
            (!is_right).then(|| format!("{}: {}{told}", case.file.path, case.what))
        })
        .collect();
    let n_failures = failures.len();
    assert!(
        failures.is_empty(),
        "{n_failures} of {}\n{}",
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn the_fleet_with_every_field_is_sound() {
    let fleet = fleet();
    let found = errors(&fleet, &fleet[0]);
    assert!(found.is_empty(), "{found:#?}");
}

/// Fields that nothing can hold beside the others of the fleet, and why.
const NOT_THERE: &[(&str, &str)] =
    &[("Login.token", "a login is by token or by user and password")];

#[test]
fn the_fleet_with_every_field_has_every_field() {
    let mut there = BTreeSet::new();
    for file in specs() {
        let role = Role::of(&file.path).unwrap();
        let yaml = convert(&file, Spelling::Yaml).unwrap();
        let tree: Value = serde_yaml::from_str(&yaml.text).unwrap();
        let content = tree.as_object().unwrap().values().next().unwrap();
        let thing = content.as_object().unwrap().values().next().unwrap();
        note(role.shape(), thing, &mut there);
    }
    let nouns = reference::nouns();
    let fields = nouns.iter().flat_map(|(_, shape)| {
        let fields = shape.fields.iter();
        fields.map(|field| format!("{}.{}", shape.name, field.name))
    });
    let is_listed = |field: &String| NOT_THERE.iter().any(|(name, _)| name == field);
    let of_release = |field: &String| field.starts_with("Release.");
    let missing: Vec<_> = fields
        .filter(|one| !there.contains(one) && !is_listed(one) && !of_release(one))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

fn note(shape: &StructShape, value: &Value, there: &mut BTreeSet<String>) {
    let Some(map) = value.as_object() else {
        let argument = shape.fields.iter().find(|field| field.argument);
        there.extend(argument.map(|field| format!("{}.{}", shape.name, field.name)));
        return;
    };
    for (key, value) in map {
        let field = shape.fields.iter().find(|field| field.name == key).unwrap();
        there.insert(format!("{}.{key}", shape.name));
        let values = || value.as_object().into_iter().flat_map(|map| map.values());
        match field.shape {
            Shape::Struct(shape) => note(shape, value, there),
            Shape::Map(shape) | Shape::Group(shape) => {
                values().for_each(|value| note(shape, value, there))
            }
            Shape::List(shape) => match value {
                Value::Array(list) => list.iter().for_each(|value| note(shape, value, there)),
                one => note(shape, one, there),
            },
            Shape::Tagged(tags) => {
                for (tag, content) in value.as_object().into_iter().flatten() {
                    let (_, shape) = tags.iter().find(|(name, _)| name == tag).unwrap();
                    note(shape, content, there);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_misspelt_word_in_kdl_is_one_error() {
    let cases = in_kdl(&mut |node, file, cases| {
        let names = node.props.iter().map(|(name, _)| name);
        for name in names.chain([&node.name]) {
            let case = replaced(file, name.span, &misspelt(&name.text));
            cases.push((name.text.to_string(), case));
        }
    });
    assert_one_error_each(&cases);
}

#[test]
fn an_unreadable_value_in_kdl_is_one_error() {
    let mut cases = in_kdl(&mut |node, file, cases| {
        for (name, value) in &node.props {
            cases.push((name.text.to_string(), replaced(file, value.span, "#null")));
        }
        for value in &node.args {
            cases.push((value.text.to_string(), replaced(file, value.span, "#null")));
        }
    });
    cases.iter_mut().for_each(|case| case.is_error = true);
    assert_one_error_each(&cases);
}

#[test]
fn an_unreadable_value_in_yaml_is_one_error() {
    let mut cases = Vec::new();
    for file in specs() {
        let yaml = convert(&file, Spelling::Yaml).unwrap();
        let tree: Value = serde_yaml::from_str(&yaml.text).unwrap();
        let mut pointers = Vec::new();
        places(&tree, "", &mut pointers);
        for pointer in pointers {
            let mut tree = tree.clone();
            // Single values are read as in KDL.
            let is_single = |value: &Value| !value.is_object() && !value.is_array();
            if tree.pointer(&pointer).is_some_and(is_single) {
                continue;
            }
            *tree.pointer_mut(&pointer).unwrap() = serde_json::json!([[{"a": 1}]]);
            let text = serde_json::to_string(&tree).unwrap();
            let file = SourceFile {
                path: yaml.path.clone(),
                text,
            };
            cases.push(Case {
                file,
                what: pointer,
                is_error: true,
            });
        }
    }
    assert_one_error_each(&cases);
}

/// Every value below the thing that a file holds.
fn places(value: &Value, pointer: &str, out: &mut Vec<String>) {
    if pointer.matches('/').count() > 2 {
        out.push(pointer.to_string());
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        let key = key.replace('~', "~0").replace('/', "~1");
        places(value, &format!("{pointer}/{key}"), out);
    }
    for (at, value) in value.as_array().into_iter().flatten().enumerate() {
        places(value, &format!("{pointer}/{at}"), out);
    }
}

/// Adds cases of one node; each with what makes it another one than those under the same words.
type See<'a> = dyn FnMut(&Node, &SourceFile, &mut Vec<(String, Case)>) + 'a;

/// Cases of every word, but for those that stand under the same words elsewhere.
fn in_kdl(see: &mut See) -> Vec<Case> {
    let (mut cases, mut seen) = (Vec::new(), BTreeSet::new());
    for file in specs() {
        let nodes = kdl::read(FileId(0), &file.text, &mut Diagnostics::new()).unwrap();
        let role = Role::of(&file.path).unwrap().word();
        walk(
            nodes[0].children.as_deref().unwrap(),
            role,
            &mut |node, path| {
                let mut own = Vec::new();
                see(node, &file, &mut own);
                for (what, case) in own {
                    if seen.insert(format!("{path} {what}")) {
                        cases.push(case);
                    }
                }
            },
        );
    }
    cases
}

fn walk(nodes: &[Node], path: &str, see: &mut dyn FnMut(&Node, &str)) {
    for node in nodes {
        let path = format!("{path}.{}", node.name.text);
        see(node, &path);
        walk(node.children.as_deref().unwrap_or(&[]), &path, see);
    }
}

/// With two letters in the other order, or one twice.
fn misspelt(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    match letters[..] {
        [.., a, b] if a != b && letters.len() > 3 => {
            let at = letters.len() - 2;
            letters.swap(at, at + 1);
        }
        _ => letters.push('x'),
    }
    letters.into_iter().collect()
}

fn replaced(file: &SourceFile, span: Span, word: &str) -> Case {
    let (start, end) = (span.start as usize, span.end as usize);
    let line = file.text[..start].matches('\n').count() + 1;
    let what = format!("line {line}: {} for {}", word, &file.text[start..end]);
    let text = format!("{}{word}{}", &file.text[..start], &file.text[end..]);
    let path = file.path.clone();
    Case {
        file: SourceFile { path, text },
        what,
        is_error: false,
    }
}
