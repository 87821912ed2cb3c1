//! Trees of the readers, and the places of their parts.

use super::read as read_values;
use tiphys::diagnostic::Diagnostics;
use tiphys::emit::yaml::to_string;
use tiphys::source::{FileId, Span};
use tiphys::syntax::{Scalar, ScalarKind, Yaml, YamlKind, yaml};
use tiphys::value::Value;

fn read(text: &str) -> Yaml {
    let mut diags = Diagnostics::new();
    let tree = yaml::read(FileId(0), text, &mut diags);
    tree.unwrap_or_else(|| panic!("{text:?}: {:?}", diags.into_sorted()))
}

fn at(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

/// Every scalar as it stands in the text, in order; maps and lists as a whole in front of theirs.
fn places<'a>(text: &'a str, yaml: &Yaml, out: &mut Vec<&'a str>) {
    out.push(at(text, yaml.span));
    match &yaml.kind {
        YamlKind::Scalar(scalar) => assert_eq!(scalar.span, yaml.span),
        YamlKind::List(items) => items.iter().for_each(|item| places(text, item, out)),
        YamlKind::Map(entries) => {
            for (key, value) in entries {
                out.push(at(text, key.span));
                places(text, value, out);
            }
        }
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "a flat table")]
fn every_part_knows_its_bytes() {
    let table: [(&str, &[&str]); 11] = [
        ("a: 1", &["a: 1", "a", "1"]),
        (
            "\u{feff}é: \"日\" # \"x\"\r\nb: 'c' # 'x'\r\n",
            &["é: \"日\" # \"x\"\r\nb: 'c'", "é", "\"日\"", "b", "'c'"],
        ),
        (
            "# 🚀\na:\n- x\n- y: z\n",
            &["a:\n- x\n- y: z", "a", "- x\n- y: z", "x", "y: z", "y", "z"],
        ),
        (
            "a: {b: [1, é], c: }\nd: 2\n",
            &[
                "a: {b: [1, é], c: }\nd: 2",
                "a",
                "{b: [1, é], c: }",
                "b",
                "[1, é]",
                "1",
                "é",
                "c",
                "",
                "d",
                "2",
            ],
        ),
        ("a:\nb:\n", &["a:\nb:", "a", "", "b", ""]),
        (
            "- - 1\n  - 2\n- 3\n",
            &["- - 1\n  - 2\n- 3", "- 1\n  - 2", "1", "2", "3"],
        ),
        (
            "a:\n- [x]\n- {}\n",
            &["a:\n- [x]\n- {}", "a", "- [x]\n- {}", "[x]", "x", "{}"],
        ),
        (
            "a:\n- # c\n  -x\n",
            &["a:\n- # c\n  -x", "a", "- # c\n  -x", "-x"],
        ),
        (
            "a: |\n  \"x\n\n# c\nb: [c: d]\n",
            &[
                "a: |\n  \"x\n\n# c\nb: [c: d]",
                "a",
                "\"x",
                "b",
                "[c: d]",
                "c: d",
                "c",
                "d",
            ],
        ),
        (
            "a: one\n  two\nb: 1\n",
            &["a: one\n  two\nb: 1", "a", "one\n  two", "b", "1"],
        ),
        ("---\na: 1\n", &["a: 1", "a", "1"]),
    ];
    for (text, expected) in table {
        let mut found = Vec::new();
        places(text, &read(text), &mut found);
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn long_texts_beyond_ascii_keep_their_places() {
    let text: String = (0..500)
        .map(|at| format!("k{at}: \"é🚀 {at}\"\r\n"))
        .collect();
    let YamlKind::Map(entries) = read(&text).kind else {
        panic!("not a map");
    };
    assert_eq!(entries.len(), 500);
    for (n, (key, value)) in entries.iter().enumerate() {
        assert_eq!(at(&text, key.span), format!("k{n}"));
        assert_eq!(at(&text, value.span), format!("\"é🚀 {n}\""));
    }
}

#[test]
fn lines_that_are_indented_too_little_keep_their_places() {
    let text = "é:\n    a: [\nx,\nyy\n]\n    b: 'one\ntwo'\n    c:\tz\n";
    let mut diags = Diagnostics::new();
    let trees = yaml::read_foreign(FileId(0), text, &mut diags);
    assert!(diags.is_empty(), "{:?}", diags.into_sorted());
    let mut parts = Vec::new();
    places(text, &trees[0], &mut parts);
    let parts: Vec<_> = parts.into_iter().filter(|part| part.len() < 12).collect();
    let wanted = [
        "é",
        "a",
        "[\nx,\nyy\n]",
        "x",
        "yy",
        "b",
        "'one\ntwo'",
        "c",
        "z",
    ];
    assert_eq!(parts, wanted);
}

#[test]
fn scalars_keep_their_text_and_strings_their_value() {
    let text = "a: 0x1F\nb: 1_0.50\nc: yes\nd: \"x\\ty\"\ne: |\n  one\n  two\nf: >-\n  one\n  two\ng: 'it''s'\nh: true\ni:\n1: ~\n";
    let YamlKind::Map(entries) = read(text).kind else {
        panic!("not a map");
    };
    let scalars: Vec<_> = entries
        .iter()
        .map(|(_, value)| match &value.kind {
            YamlKind::Scalar(Scalar { kind, text, .. }) => (*kind, text.as_str()),
            _ => panic!("not a scalar"),
        })
        .collect();
    let expected = [
        (ScalarKind::Integer, "0x1F"),
        (ScalarKind::Float, "1_0.50"),
        (ScalarKind::String, "yes"),
        (ScalarKind::String, "x\ty"),
        (ScalarKind::String, "one\ntwo\n"),
        (ScalarKind::String, "one two"),
        (ScalarKind::String, "it's"),
        (ScalarKind::Bool(true), "true"),
        (ScalarKind::Null, ""),
        (ScalarKind::Null, "~"),
    ];
    assert_eq!(scalars, expected);
}

#[test]
fn an_empty_spec_is_null() {
    for text in ["", "# nothing\n", "---\n", "\u{feff}", "\n\n"] {
        assert_eq!(yaml::to_value(&read(text)), Value::Null, "{text:?}");
    }
}

#[test]
fn a_manifest_file_is_a_stream() {
    let text = "# first\n---\na: yes\n---\n# nothing\n---\nb: |\n  #!/bin/sh\n  echo\n...\n---\n- 012\n- 1e3\n- \"no\"\n- 1.50\n";
    let values = read_values(text).unwrap();
    let written: Vec<_> = values.iter().map(to_string).collect();
    assert_eq!(
        written,
        [
            "a: true\n",
            "b: |\n  #!/bin/sh\n  echo\n",
            "- 10\n- 1000\n- \"no\"\n- 1.5\n"
        ]
    );
}

#[test]
fn a_pointer_leads_to_the_nearest_place() {
    let text = "a:\n  b/c: 1\n  d: [x, {e: f}]\n  n:\n";
    let tree = read(text);
    let table = [
        ("", "a:\n  b/c: 1\n  d: [x, {e: f}]\n  n:"),
        ("/a", "a"),
        ("/a/b~1c", "1"),
        ("/a/b~1c/deeper", "1"),
        ("/a/d", "d"),
        ("/a/d/0", "x"),
        ("/a/d/1", "{e: f}"),
        ("/a/d/1/e", "f"),
        ("/a/d/7", "d"),
        ("/a/n", "n"),
        ("/a/missing/part", "a"),
    ];
    for (pointer, expected) in table {
        let span = yaml::span_at(&tree, pointer).unwrap();
        assert_eq!(at(text, span), expected, "{pointer}");
    }
    assert_eq!(yaml::span_at(&tree, "a"), None);
}

#[test]
fn numbers_too_large_for_a_value_stay_strings() {
    let value = yaml::to_value(&read("a: 99999999999999999999\nb: 007\nc: 2.5\n"));
    assert_eq!(
        to_string(&value),
        "a: \"99999999999999999999\"\nb: 7\nc: 2.5\n"
    );
}
