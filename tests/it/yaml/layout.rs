//! Layouts that people write and strict readers refuse: what Go's reader makes of them, we do.
//! Live where Go is at hand, and as a recorded table anywhere. `UPDATE=1 cargo test layout` records.
#![allow(clippy::disallowed_methods)]

use super::{go, json, same};
use tiphys::diagnostic::Diagnostics;
use tiphys::source::FileId;
use tiphys::syntax::yaml;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/go_yaml_layouts.txt");

/// Documents, `¶` for a line's end.
const LAYOUTS: &[&str] = &[
    // Quoted text goes on wherever it likes.
    "a:¶    b: 'one¶  two'¶",
    "a:¶    b: \"one¶  two\"¶",
    "a:¶  b: 'one¶two'¶  c: 1¶",
    "- description: 'one¶two'¶  name: x¶",
    "a: 'one¶¶two'¶",
    "a: \"one\\¶   two\"¶",
    "a: \"one¶---¶two\"¶",
    // Brackets close where they like.
    "a:¶  args: [¶    x¶  ]¶  b: 1¶",
    "a:¶  args: [¶    x¶]¶",
    "a:¶  args: [¶x,¶y¶  ]¶",
    "a:¶  args: {¶    x: 1¶  }¶",
    "a:¶  args: {¶x: 1¶}¶",
    "a: [¶  x, # one¶  y¶  ]¶",
    "a: [x,]¶",
    "a: [x, , y]¶",
    "a: [, x]¶",
    "a: {x, y: }¶",
    "a: {x:1}¶",
    "a: {\"x\":1}¶",
    "a: [x: 1, y]¶",
    "a: [\"x\": 1]¶",
    "{¶\"a\": 1¶}¶",
    "{\"a\":¶1}¶",
    "{\"a\": [1,¶2]}¶",
    // Lists.
    "a:¶- x¶- y¶b: 1¶",
    "a:¶  - x¶  - y¶b: 1¶",
    "- - x¶  - y¶- z¶",
    "-¶  x: 1¶",
    "a:¶  -¶    x: 1¶",
    "a: - x¶",
    "a:¶ - x¶  - y¶",
    "a:¶  - x¶ - y¶",
    // Maps.
    "a:¶  b: 1¶ c: 2¶",
    "a:¶  b: 1¶   c: 2¶",
    " a: 1¶ b: 2¶",
    " a: 1¶b: 2¶",
    "a: b: c¶",
    "a: 'b': c¶",
    "? a¶: b¶",
    "? [a]¶: b¶",
    "a : 1¶",
    "a :1¶",
    "a:1¶",
    "'a' : 1¶",
    "a: 1 # b¶",
    "a: 1#b¶",
    "a: # b¶  c¶",
    "a:¶# b¶  c¶",
    // Plain text of several lines.
    "a: b¶  c¶",
    "a: b¶ c¶",
    "a: b¶c¶",
    "a: b¶  c: d¶",
    "a: b¶¶  c¶",
    "a: b # c¶  d¶",
    // Block text.
    "a: |¶  b¶   c¶  d¶",
    "a: |¶  b¶ c¶",
    "a: |¶    b¶  c¶",
    "a: |2¶    b¶  c¶",
    "a: |1¶ b¶",
    "a: |-¶  b¶¶¶c: 1¶",
    "a: |+¶  b¶¶¶c: 1¶",
    "a: >¶  b¶  c¶¶  d¶",
    "a: >-¶  b¶    c¶  d¶",
    "a: |¶c: 1¶",
    "a: |¶¶  b¶",
    "a: |¶   ¶  b¶",
    "a: |¶     ¶  b¶",
    "a: | # b¶  c¶",
    "a: |b¶  c¶",
    "a: |¶  b¶# c¶d: 1¶",
    "a: |¶  b",
    "a: |¶  b¶  ",
    "a: |+¶  b",
    "a: >¶  b¶  c",
    "a:¶  - |-¶    b",
    "|¶ a¶",
    "--- |¶a¶b¶",
    // Tabs.
    "a:\t1¶",
    "a: 1\t# b¶",
    "a:¶\tb: 1¶",
    "a:¶  b: 1¶\t¶",
    "\ta: 1¶",
    "a: 'b\tc'¶",
    "a: [¶\tb¶]¶",
    "- \ta¶",
    "-\ta: 1¶",
    // Documents.
    "---¶a: 1¶",
    "--- # x¶a: 1¶",
    "--- a¶",
    "a: 1¶...¶",
    "a: 1¶---¶",
    "# only¶",
    "%YAML 1.1¶---¶a: 1¶",
    "%YAML 1.2¶---¶a: 1¶",
    "%YAML 2.0¶---¶a: 1¶",
    "%TAG ! tag:x,1:¶---¶a: 1¶",
    "%FOO bar¶---¶a: 1¶",
    // Anchors and tags.
    "a: &x 1¶b: *x¶",
    "a: &x {b: 1}¶c:¶  <<: *x¶  d: 1¶",
    "a: &x¶  b: 1¶c: *x¶",
    "&x a: 1¶b: *x¶",
    "a: !!str 1¶",
    "a: !!int '1'¶",
    "a: ! 1¶",
    // Indicators in plain text.
    "a: @b¶",
    "a: `b`¶",
    "a: %b¶",
    "a: !b¶",
    "a: &b¶",
    "a: *b¶",
    "a: ?b¶",
    "a: -b¶",
    "a: :b¶",
    "a: b:¶",
    "a: {{ b }}¶",
    "a: {{b}}¶",
    "a: }¶",
    "a: ]¶",
    "a: \"b\"c¶",
    "a: 'b' c¶",
    "a: \"\\q\"¶",
    "a: \"\\x4g\"¶",
    "a: \"\\/\"¶",
    "a: 'b¶",
    "a: [b¶",
    "a: {b¶",
    "a:¶  - b¶  c: 1¶",
    "a¶b: 1¶",
    "a: 1¶b¶",
    "a: 1¶b¶c: 1¶",
    "a: ''''¶",
    "a: '''b'''¶",
];

/// Where we say no and Go does not: it reads half of what is written, or something that no object holds.
const STRICTER: &[(&str, &str)] = &[
    ("a: {x, y: }¶", "a key that is read as a boolean"),
    (" a: 1¶b: 2¶", "all behind the first map is dropped"),
    ("a: !!int '1'¶", "a tag that changes what a value is"),
    ("a: ! 1¶", "a tag that changes what a value is"),
    ("a: !b¶", "a tag of nobody, and nothing behind it"),
];

/// Where Go says no, or reads something else, and we do not follow.
const LOOSER: &[(&str, &str)] = &[
    (
        "a: \"\\/\"¶",
        "an escape of JSON, which YAML 1.2 has as well",
    ),
    ("--- |¶a¶b¶", "a text alone, which is no object"),
];

fn documents() -> Vec<String> {
    LAYOUTS.iter().map(|one| one.replace('¶', "\n")).collect()
}

type Row = (String, Option<serde_json::Value>);

fn table() -> Vec<Row> {
    let text = std::fs::read_to_string(TABLE).unwrap_or_default();
    let row = |line: &str| {
        let (document, read) = line.split_once('\t')?;
        let document = serde_json::from_str(document).ok()?;
        let read = (read != "error").then(|| serde_json::from_str(read).unwrap());
        Some((document, read))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_table_of_layouts_is_fresh() {
    let documents = documents();
    let Some(read) = go::read(&documents) else {
        let recorded: Vec<_> = table().into_iter().map(|row| row.0).collect();
        assert_eq!(recorded, documents);
        return;
    };
    let rows = documents.iter().zip(read).map(|(document, read)| {
        let read = read.map_or("error".to_owned(), |read| read.to_string());
        let document = serde_json::Value::from(document.as_str());
        format!("{document}\t{read}\n")
    });
    let fresh: String = rows.collect();
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(TABLE, &fresh).unwrap();
    }
    let recorded = std::fs::read_to_string(TABLE).unwrap_or_default();
    assert!(recorded == fresh, "stale: UPDATE=1 cargo test layout");
}

#[test]
fn a_layout_means_what_it_means_to_go() {
    let mut wrong = Vec::new();
    for (document, go) in table() {
        let mut diags = Diagnostics::new();
        let trees = yaml::read_foreign(FileId(0), &document, &mut diags);
        let ours = trees.first().map(|tree| json(&yaml::to_value(tree)));
        let refused = diags.has_errors();
        let null = serde_json::Value::Null;
        let key = document.replace('\n', "¶");
        let known = |list: &[(&str, &str)]| list.iter().any(|(one, _)| *one == key);
        let agree = match &go {
            Some(_) if known(STRICTER) => refused,
            _ if known(LOOSER) => !refused,
            None => refused,
            Some(go) => !refused && same(ours.as_ref().unwrap_or(&null), go),
        };
        if !agree {
            let why: Vec<_> = diags.iter().map(|one| one.message.clone()).collect();
            wrong.push(format!("{document:?}: Go {go:?}, ours {ours:?} {why:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
