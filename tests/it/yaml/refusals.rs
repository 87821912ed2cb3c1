//! What the readers refuse, where they point, and that no input harms them.

use proptest::collection::vec;
use proptest::prelude::*;
use tiphys::diagnostic::{Diagnostic, Diagnostics};
use tiphys::source::FileId;
use tiphys::syntax::yaml;

fn spec(text: &str) -> Vec<Diagnostic> {
    let mut diags = Diagnostics::new();
    let read = yaml::read(FileId(0), text, &mut diags);
    assert_eq!(read.is_none(), !diags.is_empty());
    diags.into_sorted()
}

fn manifests(text: &str) -> Vec<Diagnostic> {
    let mut diags = Diagnostics::new();
    yaml::read_manifests(FileId(0), text, &mut diags);
    diags.into_sorted()
}

/// `code at text, text; code at text` of all findings.
fn shown(text: &str, found: &[Diagnostic]) -> String {
    let one = |finding: &Diagnostic| {
        assert!(finding.help.is_some() && !finding.message.is_empty());
        let at = |span: tiphys::source::Span| &text[span.start as usize..span.end as usize];
        let places: Vec<_> = finding
            .labels
            .iter()
            .map(|label| format!("{:?}", at(label.span)))
            .collect();
        format!("{} at {}", finding.code.name, places.join(", "))
    };
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_surprises_is_refused_at_its_place() {
    let table = [
        (
            "a: &x 1\nb: *x\n",
            r#"yaml-anchor at "&x 1"; yaml-alias at "*x""#,
        ),
        ("a: *x\n", r#"yaml-alias at "*""#),
        (
            "a: !!str 1\nb: !x {}\n",
            r#"yaml-tag at "!!str 1"; yaml-tag at "!x {""#,
        ),
        ("a: !e!x 1\n", r#"yaml-tag at "!""#),
        ("<<: {a: 1}\n", r#"yaml-merge-key at "<<""#),
        ("é: 1\nb: 2\né: 3\n", r#"yaml-duplicate-key at "é", "é""#),
        (
            "a: {b: 1, \"b\": 2}\n",
            r#"yaml-duplicate-key at "\"b\"", "b""#,
        ),
        ("a:\n\tb: 1\n", r#"yaml-tab at "\t""#),
        ("- \ta: 1\n", r#"yaml-tab at "\t""#),
        ("a:\n  b: c\n\td: 1\n", r#"yaml-tab at "\t""#),
        ("a:\n  b: c d\n  \n\t\td: 1\n", r#"yaml-tab at "\t""#),
        ("? [a]\n: 1\n", r#"yaml-key at "[""#),
        ("? {a: 1}\n: 1\n", r#"yaml-key at "{""#),
        ("a:\n  : 1\n", r#"yaml-key at """#),
        ("~: 1\n", r#"yaml-key at "~""#),
        ("a: \u{1}\n", r#"yaml-character at "\u{1}""#),
        ("é: \0\n", r#"yaml-character at "\0""#),
        ("a: b\rc: d\n", r#"yaml-character at "\r""#),
        ("a: x\u{2028}\n", r#"yaml-character at "\u{2028}""#),
        ("a: x\u{feff}\n", r#"yaml-character at "\u{feff}""#),
        (
            "é: &x\u{20}1\r\né: *x\r\n",
            r#"yaml-anchor at "&x 1"; yaml-alias at "*x"; yaml-duplicate-key at "é", "é""#,
        ),
    ];
    for (text, expected) in table {
        let mut found = spec(text);
        found.sort_by_key(|finding| {
            (
                finding.code.name.starts_with("yaml-dup"),
                finding.labels[0].span,
            )
        });
        assert_eq!(shown(text, &found), expected, "{text:?}");
        let mut found = manifests(text);
        found.sort_by_key(|finding| {
            (
                finding.code.name.starts_with("yaml-dup"),
                finding.labels[0].span,
            )
        });
        assert_eq!(shown(text, &found), expected, "{text:?}");
    }
}

#[test]
fn a_spec_is_stricter_than_a_manifest() {
    let table = [
        ("a: 1\n---\nb: 2\n", r#"yaml-documents at "---", """#),
        ("---\na: 1\n---\n", r#"yaml-documents at "---", "---""#),
        ("a: \u{e000}\n", r#"yaml-character at "\u{e000}""#),
        ("a: \"\\uE000\"\n", r#"yaml-character at "\"\\uE000\"""#),
        ("a: \"\\0\"\n", r#"yaml-character at "\"\\0\"""#),
        ("a: \u{10fffd}\n", r#"yaml-character at "\u{10fffd}""#),
    ];
    for (text, expected) in table {
        assert_eq!(shown(text, &spec(text)), expected);
        assert_eq!(manifests(text), [], "{text:?}");
    }
}

#[test]
fn a_manifest_may_not_hold_what_kubernetes_would_change() {
    let table = [
        ("yes: 1\n", r#"yaml-key at "yes""#),
        ("012: 1\n", r#"yaml-key at "012""#),
        ("1.10: 1\n", r#"yaml-key at "1.10""#),
        (
            "a: 9223372036854775808\n",
            r#"yaml-number at "9223372036854775808""#,
        ),
        ("a: .inf\n", r#"yaml-number at ".inf""#),
    ];
    for (text, expected) in table {
        assert_eq!(shown(text, &manifests(text)), expected);
        assert_eq!(spec(text), [], "{text:?}");
    }
}

#[test]
fn mistakes_are_explained_in_plain_words() {
    let table = [
        ("a: b: c\n", "a second `: ` stands in this line"),
        ("a: \"b\n", "a quote is never closed"),
        ("a: [1, 2\nb: 3\n", "closing bracket is missing"),
        ("a: {b: 1\n", "closing bracket is missing"),
        ("a:\n  b: 1\n c: 2\n", "indented"),
        ("a: 1\nb\n", "neither `key: value`"),
        ("a: @b\n", "cannot start with this character"),
        ("a: \"\\q\"\n", "no such escape"),
        ("a: - b\n", "a list item cannot start here"),
        ("a: ]\n", "bracket closes nothing"),
    ];
    for (text, words) in table {
        for found in [spec(text), manifests(text)] {
            assert_eq!(found.len(), 1, "{text:?}");
            assert_eq!(found[0].code.name, "yaml-syntax");
            assert!(
                found[0].message.contains(words),
                "{text:?}: {}",
                found[0].message
            );
        }
    }
}

#[test]
fn bombs_are_refused_quickly() {
    let nine = |name: char, of: char| {
        format!(
            "{name}: &{name} [{}]\n",
            vec![format!("*{of}"); 9].join(", ")
        )
    };
    let laughs = "a: &a [lol]\n".to_owned()
        + &('b'..='i')
            .map(|name| nine(name, (name as u8 - 1) as char))
            .collect::<String>();
    let n = 100_000;
    let table = [
        (laughs, "yaml-anchor"),
        ("[".repeat(n), "yaml-depth"),
        ("{a: ".repeat(n), "yaml-depth"),
        ("- ".repeat(n), "yaml-depth"),
        ("? ".repeat(n), "yaml-key"),
        ("[".repeat(65) + &"]".repeat(65), "yaml-depth"),
        (
            (0..200).map(|depth| " ".repeat(depth) + "a:\n").collect(),
            "yaml-depth",
        ),
        ("a: &x 1\n".repeat(n), "yaml-anchor"),
        ("\u{1}".repeat(n), "yaml-character"),
    ];
    for (text, code) in table {
        for found in [spec(&text), manifests(&text)] {
            assert!(
                found.len() <= 200 && found.iter().any(|finding| finding.code.name == code),
                "{code}: {found:?}"
            );
        }
    }
}

#[test]
fn sixty_four_levels_are_enough_and_allowed() {
    let text = "[".repeat(64) + &"]".repeat(64);
    assert_eq!(spec(&text), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_readers_panic(parts in vec(prop_oneof![
        4 => proptest::sample::select(&["a", "b: ", ":", "- ", "-", "? ", "\n", "\n  ", "\n ", "[", "]", "{", "}", ", ", "\"", "'", "|", ">-", "|+2", "#", " #",
            "&a ", "*a ", "!t ", "!!str ", "%YAML 1.1\n", "%TAG ! x\n", "---", "\n---\n", "\n...\n", "\t", "\r\n", "\r", "<<: ", "\\", "\\x", "\\u", "é", "🚀", "\u{feff}", "1e3", "0x", "~", " "][..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ], 0..20)) {
        let text = parts.concat();
        for found in [spec(&text), manifests(&text)] {
            for label in found.iter().flat_map(|finding| &finding.labels) {
                prop_assert!(text.get(label.span.start as usize..label.span.end as usize).is_some(), "{:?}: {:?}", text, label);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        spec(&text);
        manifests(&text);
    }
}
