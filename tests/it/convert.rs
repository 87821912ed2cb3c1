//! The two spellings say the same.

use std::path::Path;

use proptest::prelude::*;
use tiphys::compile::{Options, complete};
use tiphys::diagnostic::Diagnostics;
use tiphys::edit::convert::{Spelling, convert};
use tiphys::source::{FileId, SourceFile, SourceTree};
use tiphys::spec::document::Role;
use tiphys::spec::words;
use tiphys::syntax::kdl;
use tiphys::{compile, io};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn fleet() -> Vec<SourceFile> {
    let sources = io::load(Path::new(ROOT), &mut Diagnostics::new());
    sources.expect("the fleet can be read").into_files()
}

fn is_spec(file: &SourceFile) -> bool {
    !matches!(Role::of(&file.path), None | Some(Role::Releases(_)))
}

fn converted(file: &SourceFile, to: Spelling) -> SourceFile {
    let found = convert(file, to).unwrap_or_else(|found| panic!("{}: {found:?}", file.path));
    SourceFile {
        path: found.path,
        text: found.text,
    }
}

/// [`convert`] itself refuses what would not read as the same.
#[test]
fn every_file_of_the_reference_fleet_goes_to_yaml_and_back() {
    for file in fleet().iter().filter(|file| is_spec(file)) {
        let yaml = converted(file, Spelling::Yaml);
        let kdl = converted(&yaml, Spelling::Kdl);
        assert_eq!(kdl.path, file.path);
        assert_eq!(
            converted(&kdl, Spelling::Yaml),
            yaml,
            "nothing is left to change"
        );
        let formatted = kdl::format::format(FileId(0), &kdl.text, &words::stays_bare);
        assert_eq!(formatted.ok(), Some(kdl.text), "{}", file.path);
    }
}

#[test]
fn the_reference_fleet_is_in_canonical_layout() {
    for file in fleet().iter().filter(|file| file.path.ends_with(".kdl")) {
        let formatted = kdl::format::format(FileId(0), &file.text, &words::stays_bare);
        assert_eq!(formatted.ok().as_ref(), Some(&file.text), "{}", file.path);
    }
}

#[test]
fn the_reference_fleet_in_yaml_compiles_to_the_same_bytes() {
    let compiled = |files: Vec<SourceFile>| {
        let options = Options {
            date: "2026-01-01".into(),
            ..Options::default()
        };
        let result = compile::compile(&complete(SourceTree::new(files)), &options);
        let codes: Vec<_> = result
            .findings
            .iter()
            .map(|found| found.message.clone())
            .collect();
        let files: Vec<_> = result
            .tree
            .files()
            .map(|(path, text)| (path.to_string(), text.to_string()))
            .collect();
        (files, codes)
    };
    let yaml = fleet().into_iter().map(|file| match is_spec(&file) {
        true => converted(&file, Spelling::Yaml),
        false => file,
    });
    let (kdl, yaml) = (compiled(fleet()), compiled(yaml.collect()));
    assert!(kdl.0.len() > 100, "it compiles: {:?}", kdl.1);
    assert_eq!(kdl.0, yaml.0);
    assert_eq!(kdl.1.len(), yaml.1.len());
}

/// Texts that one of the spellings could take for something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("yes"),
        Just("null"),
        Just("1.10"),
        Just("007"),
        Just(""),
        Just("#true"),
        Just("a: b"),
        Just("- x"),
        Just("// y"),
        Just("# z"),
        Just("\"q\" \\\\ '"),
        Just("a\nb\tc"),
        Just("{{x}}"),
        Just("~"),
        Just("é \u{2028}"),
    ]
    .prop_map(str::to_string)
}

/// A service in JSON, which is YAML.
fn service() -> impl Strategy<Value = String> {
    let config = prop::collection::btree_map("[A-Z][A-Z0-9_]{0,6}", text(), 0..5);
    let command = prop::collection::vec(text(), 1..4);
    let calls = prop::collection::btree_map("[a-z][a-z0-9]{0,4}", any::<bool>(), 0..5);
    let plain = (
        any::<bool>(),
        1u16..65535,
        prop::sample::select(vec!["rolling", "recreate"]),
    );
    (config, command, calls, plain).prop_map(|(config, command, calls, (api, port, rollout))| {
        let calls: Vec<_> = calls
            .iter()
            .map(|(name, has_variable)| match has_variable {
                true => serde_json::json!({format!("{}_ADDR", name.to_uppercase()): name}),
                false => serde_json::json!(name),
            })
            .collect();
        let service = serde_json::json!({
            "config": config, "command": command, "calls": calls, "kubernetes-api": api,
            "http": {"port": port, "as": 80}, "rollout": rollout,
            "remove": {"external": ["a:1", "b:2"], "expose": true},
        });
        let text = serde_json::json!({"service": {"cart": service}}).to_string();
        text.replace('\u{2028}', "\\u2028")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// [`convert`] compares what both texts decode to.
    #[test]
    fn any_service_goes_to_kdl_and_back(text in service()) {
        let path = "environments/services/cart.yaml".to_string();
        let yaml = converted(&SourceFile { path, text }, Spelling::Yaml);
        let kdl = converted(&yaml, Spelling::Kdl);
        prop_assert_eq!(converted(&kdl, Spelling::Yaml).text, yaml.text);
    }
}
