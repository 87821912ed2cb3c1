//! Proofs over several objects: `tests/proofs/<code>.yaml` are manifests as people write them,
//! `<code>.txt` what is said about them. `UPDATE=1 cargo test` writes that anew.

use std::fmt::Write as _;
use std::path::Path;

use tiphys::diagnostic::Diagnostics;
use tiphys::manifest::ObjectId;
use tiphys::source::FileId;
use tiphys::syntax::yaml;
use tiphys::verify::proof;
use tiphys::verify::references::{Externals, Facts, resolve};

/// In a cluster of three zones: `severity code: object pointer`, the message, notes and help of each proof.
fn proved(text: &str) -> String {
    let mut diags = Diagnostics::new();
    let trees = yaml::read_manifests(FileId(0), text, &mut diags);
    assert!(!diags.has_errors(), "{:?}", diags.into_sorted());
    let facts: Vec<_> = trees
        .iter()
        .map(|tree| Facts::of(&yaml::to_value(tree)))
        .collect();
    let listed: Vec<_> = facts.iter().enumerate().collect();
    let mut got = String::new();
    let mut externals = Externals::new();
    externals.set_zones(3);
    for (at, finding) in resolve(&listed, &externals) {
        if !proof::CODES
            .iter()
            .any(|table| table.contains(&finding.code))
        {
            continue;
        }
        let id = ObjectId::of(&yaml::to_value(&trees[at]));
        let severity = format!("{:?}", finding.severity).to_lowercase();
        writeln!(
            got,
            "{severity} {}: {id} {}",
            finding.code.name, finding.pointer
        )
        .unwrap();
        writeln!(got, "  {}", finding.message).unwrap();
        for note in &finding.notes {
            writeln!(got, "  note: {note}").unwrap();
        }
        if let Some(help) = &finding.help {
            writeln!(got, "  help: {help}").unwrap();
        }
    }
    got
}

fn cases() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_proof_is_found_where_it_is_bad_and_nowhere_else() {
    for file in cases() {
        let got = proved(&std::fs::read_to_string(&file).unwrap());
        let record = file.with_extension("txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&record, &got).unwrap();
        }
        let recorded = std::fs::read_to_string(&record).unwrap_or_default();
        assert_eq!(
            got,
            recorded,
            "{}: UPDATE=1 records it anew",
            file.display()
        );
        let code = file.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(got.contains(&format!(" {code}: ")), "{code} is not found");
        assert!(!got.contains("in good "), "{code}: a false alarm");
    }
}

#[test]
fn every_code_of_a_proof_has_a_case() {
    let named: Vec<_> = cases()
        .iter()
        .map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    for code in proof::CODES.iter().copied().flatten() {
        assert!(named.iter().any(|name| name == code.name), "{}", code.name);
    }
}
