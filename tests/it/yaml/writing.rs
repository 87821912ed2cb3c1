//! Properties of the canonical writer, over arbitrary values.

use super::{go, json, read, same};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tiphys::emit::yaml::{to_string, write_all};
use tiphys::value::{Map, Value};

/// Texts and parts of texts that YAML readers trip over.
pub(super) const NASTY: &[&str] = &[
    "yes",
    "No",
    "ON",
    "off",
    "y",
    "N",
    "true",
    "False",
    "null",
    "~",
    "1e3",
    "0o7",
    "012",
    "0x1F",
    "1_000",
    "0b11",
    "0b-1",
    "089",
    "+1",
    "-0",
    ".5",
    "5.",
    "1.10",
    ".inf",
    "-.Inf",
    ".NaN",
    "- x",
    "-",
    "--",
    "---",
    "--- a",
    "...",
    "a: b",
    "a:",
    ":",
    ": x",
    " lead",
    "trail ",
    " ",
    "#c",
    "x #y",
    "x#y",
    "? ",
    "?",
    "| ",
    "|",
    ">",
    "%",
    "@",
    "`",
    "&a",
    "*a",
    "!t",
    "=",
    "<<",
    "'",
    "\"",
    "\\",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\r\n",
    " \n",
    "\n ",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "\u{e000}",
    "\u{10ffff}",
    "\u{a0}",
    "\u{200b}",
    "\u{202e}",
    "\0",
    "\x1b",
    "\x7f",
    "é",
    "日本",
    "🚀",
    "2001-12-14",
    "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43.10 -5",
    "12:30:45",
    "1:30",
    "[",
    "]",
    "{",
    "}",
    ",",
    "a, b",
    "{}",
    "[]",
    "1.8.2",
    "10Gi",
    "500m",
    "1,000",
    "0",
    "9223372036854775808",
    "1e400",
    "key",
    "word",
    "a b",
    "http://x:80/#y",
    "${x}",
    "{{x}}",
];

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => proptest::sample::select(NASTY).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[ -~]{0,6}",
    ];
    prop_oneof![
        3 => proptest::sample::select(NASTY).prop_map(str::to_owned),
        4 => vec(part, 0..6).prop_map(|parts| parts.concat()),
        2 => vec("[ \t]{0,2}[a-z:#-]{0,4}[ \t]{0,1}", 0..6).prop_map(|lines| lines.join("\n")),
        1 => any::<String>(),
        1 => "[0-9a-fxob_.eE+:-]{1,8}",
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => (-1e6..1e6).prop_map(Value::Float),
        1 => proptest::num::f64::NORMAL.prop_map(Value::Float),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::List),
            vec((key(), inner), 0..5).prop_map(map),
        ]
    })
}

/// Keys that stand first, keys that are too long to be implicit, and any others.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => text(),
        2 => proptest::sample::select(&["name", "kind", "metadata", "apiVersion"][..]).prop_map(str::to_owned),
        1 => text().prop_map(|text| format!("{text}{}", "k".repeat(1100))),
    ]
}

fn map(entries: Vec<(String, Value)>) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        map.insert(key, value);
    }
    Value::Map(map)
}

/// A document that is not empty, with the value in every position.
fn around(value: Value) -> Value {
    map(vec![
        ("item".into(), Value::List(vec![value.clone()])),
        (
            "nested".into(),
            Value::List(vec![Value::List(vec![value.clone(), value.clone()])]),
        ),
        ("value".into(), value),
    ])
}

fn from_serde(value: &serde_yaml::Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn our_reader_reads_what_was_written(value in value().prop_map(around)) {
        let written = to_string(&value);
        let back = read(&written).map_err(|found| TestCaseError::fail(format!("{found:?}\n{written}")))?;
        prop_assert_eq!(back.len(), 1, "{}", written);
        prop_assert!(same(&json(&back[0]), &json(&value)), "{}", written);
        prop_assert_eq!(to_string(&back[0]), written);
    }

    #[test]
    fn a_yaml_1_2_reader_reads_what_was_written(value in value().prop_map(around)) {
        let written = to_string(&value);
        let back: serde_yaml::Value = serde_yaml::from_str(&written)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
        prop_assert!(same(&from_serde(&back), &json(&value)), "{}", written);
    }

    #[test]
    fn keys_and_scalars_of_any_text_come_back(text in text()) {
        let value = map(vec![(text.clone(), text.as_str().into())]);
        prop_assert_eq!(read(&to_string(&value)), Ok(vec![value]));
        let alone = Value::from(text);
        prop_assert_eq!(read(&to_string(&alone)), Ok(vec![alone]));
    }

    #[test]
    fn a_stream_comes_back_as_its_documents(values in vec(value().prop_map(around), 0..4)) {
        let mut written = String::new();
        write_all(&values, &mut written);
        let back = read(&written).map_err(|found| TestCaseError::fail(format!("{found:?}\n{written}")))?;
        prop_assert_eq!(back.len(), values.len());
        for (back, value) in back.iter().zip(&values) {
            prop_assert!(same(&json(back), &json(value)), "{}", written);
        }
    }

    #[test]
    fn every_line_is_clean(value in value()) {
        let written = to_string(&value);
        prop_assert!(written.ends_with('\n') && !written.contains('\r'));
        let unseen = ['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}', '\0'];
        prop_assert!(!written.contains(unseen));
    }
}

#[test]
fn go_reads_what_was_written() {
    let mut runner = TestRunner::deterministic();
    let mut draw = || {
        value()
            .prop_map(around)
            .new_tree(&mut runner)
            .map(|tree| tree.current())
    };
    let mut values: Vec<Value> = (0..2000).map(|_| draw().unwrap()).collect();
    values.extend(
        NASTY
            .iter()
            .map(|text| map(vec![((*text).into(), (*text).into())])),
    );
    let documents: Vec<String> = values.iter().map(to_string).collect();
    let Some(read) = go::read(&documents) else {
        return;
    };
    for ((value, document), read) in values.iter().zip(&documents).zip(read) {
        let read = read.unwrap_or_else(|error| panic!("{error}\n{document}"));
        assert!(same(&read, &json(value)), "{document}\n{read}");
    }
}
