//! KDL that is too deep, too much, or not text.

use super::Fleet;
use super::fleet::all;

const CART: &str = "environments/services/cart.kdl";

fn documents(cases: &[(&str, String, &[&str])]) {
    all(cases.iter().map(|(what, text, codes)| {
        let fleet = Fleet::sound();
        fleet.write(CART, text);
        let run = fleet.refusal(what, codes)?;
        match run.text.len() {
            0..200_000 => Ok(run),
            length => Err(format!("{what}: {length} bytes of message")),
        }
    }));
}

fn with(line: &str) -> String {
    format!("service \"cart\" owner=\"shop\" {{\n    http 8080 as=80\n    {line}\n}}\n")
}

#[test]
fn deep_nesting_is_refused_without_an_overflow() {
    let deep = 100_000;
    documents(&[
        ("blocks", "a{".repeat(deep), &["kdl-too-deep"]),
        (
            "closed blocks",
            format!("{}{}", "a{".repeat(deep), "}".repeat(deep)),
            &["kdl-too-deep"],
        ),
        (
            "blocks in a service",
            with(&format!("{}{}", "a{".repeat(deep), "}".repeat(deep))),
            &["kdl-too-deep"],
        ),
        ("comments", "/*".repeat(deep), &["kdl-unclosed-comment"]),
        ("slashdashes", "/-".repeat(deep), &["kdl-unexpected"]),
        ("slashdashed blocks", "/-a{".repeat(deep), &["kdl-too-deep"]),
        ("annotations", "(".repeat(deep), &["kdl-unexpected"]),
        ("closing braces", "}".repeat(deep), &["kdl-stray-brace"]),
    ]);
}

#[test]
fn many_findings_are_cut_short() {
    documents(&[
        (
            "unquoted values",
            with(&"size cpu=500m\n".repeat(20_000)),
            &["kdl-unquoted"],
        ),
        (
            "unknown fields",
            with(&"aaa 1\n".repeat(20_000)),
            &["unknown-field"],
        ),
        (
            "properties twice",
            with(&format!("size{}", " cpu=\"1\"".repeat(20_000))),
            &["kdl-property-twice"],
        ),
    ]);
}

#[test]
fn what_kdl_has_and_the_language_has_not_is_refused() {
    documents(&[
        ("KDL 1", with("kubernetes-api true"), &["kdl-bare-keyword"]),
        (
            "a raw string of KDL 1",
            with("drain r\"20s\""),
            &["kdl-version-one"],
        ),
        (
            "an annotation",
            with("drain (u8)\"20s\""),
            &["kdl-type-annotation"],
        ),
        ("an escape", with("drain \"20\\q\""), &["kdl-escape"]),
        ("a surrogate", with("drain \"\\u{d800}\""), &["kdl-escape"]),
        (
            "a marker by its escape",
            with("config A=\"\\u{e000}\""),
            &["kdl-marker-character"],
        ),
        (
            "a marker",
            with("config A=\"\u{e000}\""),
            &["kdl-marker-character"],
        ),
        (
            "a control character",
            with("config A=\"\u{1}\""),
            &["kdl-forbidden-character"],
        ),
        (
            "a bidirectional override",
            with("config A=\"\u{202e}\""),
            &["kdl-forbidden-character"],
        ),
        (
            "an escaped override",
            with("drain \"\\u{202e}\""),
            &["wrong-form"],
        ),
        (
            "an open string",
            with("config A=\"a"),
            &["kdl-unclosed-string"],
        ),
        (
            "an open block",
            "service \"cart\" {".into(),
            &["kdl-unclosed-block"],
        ),
        (
            "a huge number",
            with(&format!("config A={}", "9".repeat(500_000))),
            &["wrong-type"],
        ),
        (
            "a huge exponent",
            with("config A=1e999999999"),
            &["wrong-type"],
        ),
        ("JSON", "{\"service\": {}}".into(), &["kdl-unexpected"]),
    ]);
}

#[test]
fn a_service_cut_off_anywhere_is_never_a_crash() {
    let text = with("config A=\"ä\\n\" { B #\"x\"#; /* c */ }\n calls \"\"\"\n shop\n \"\"\"");
    let fleet = Fleet::sound();
    for (at, _) in text.char_indices() {
        fleet.write(CART, &text[..at]);
        let run = fleet.run(&["check"]);
        assert!(
            [0, 3].contains(&run.exit),
            "{at}: {} {}",
            run.exit,
            run.text
        );
    }
}
