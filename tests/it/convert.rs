//! The two spellings say the same.

use std::path::Path;

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
    assert_eq!(kdl.0, yaml.0);
    assert_eq!(kdl.1.len(), yaml.1.len());
}
