//! The KDL reader: no panic, and every place that it names lies in the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tiphys::diagnostic::Diagnostics;
use tiphys::source::FileId;
use tiphys::syntax::{Node, kdl};

fuzz_target!(|text: &str| {
    let mut diags = Diagnostics::new();
    let nodes = kdl::read(FileId(0), text, &mut diags);
    assert!(
        nodes.is_some() || diags.has_errors(),
        "nothing is read without a finding"
    );
    for label in diags.iter().flat_map(|diagnostic| &diagnostic.labels) {
        within(text, label.span.start, label.span.end);
    }
    nodes.iter().flatten().for_each(|node| walk(text, node));
});

fn walk(text: &str, node: &Node) {
    within(text, node.span.start, node.span.end);
    node.children
        .iter()
        .flatten()
        .for_each(|child| walk(text, child));
}

fn within(text: &str, start: u32, end: u32) {
    assert!(
        text.get(start as usize..end as usize).is_some(),
        "{start}..{end} is no part of the text"
    );
}
