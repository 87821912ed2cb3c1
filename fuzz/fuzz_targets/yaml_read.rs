//! The YAML readers: no panic, and every place that they name lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tiphys::diagnostic::Diagnostics;
use tiphys::source::FileId;
use tiphys::syntax::{Yaml, YamlKind, yaml};

fuzz_target!(|text: &str| {
    let mut diags = Diagnostics::new();
    let tree = yaml::read(FileId(0), text, &mut diags);
    assert!(
        tree.is_some() || !diags.is_empty(),
        "nothing is read without a finding"
    );
    let manifests = yaml::read_manifests(FileId(0), text, &mut diags);
    let foreign = yaml::read_foreign(FileId(0), text, &mut diags);
    let _ = yaml::read_values(text);
    for label in diags.iter().flat_map(|diagnostic| &diagnostic.labels) {
        within(text, label.span.start, label.span.end);
    }
    for tree in tree.iter().chain(&manifests).chain(&foreign) {
        walk(text, tree);
        let _ = yaml::to_value(tree);
    }
});

fn walk(text: &str, tree: &Yaml) {
    within(text, tree.span.start, tree.span.end);
    match &tree.kind {
        YamlKind::Scalar(_) => {}
        YamlKind::List(items) => items.iter().for_each(|item| walk(text, item)),
        YamlKind::Map(entries) => entries.iter().for_each(|(_, value)| walk(text, value)),
    }
}

fn within(text: &str, start: u32, end: u32) {
    assert!(
        text.get(start as usize..end as usize).is_some(),
        "{start}..{end} is no part of the text"
    );
}
