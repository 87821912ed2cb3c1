//! YAML that means something else than it shows, or too much.

use super::fleet::all;
use super::{Fleet, refused};

const CART: &str = "environments/services/cart.kdl";
const YAML: &str = "environments/services/cart.yaml";

/// A document in place of the service `cart`, and what it is refused for.
fn documents(cases: &[(&str, String, &[&str])]) {
    all(cases.iter().map(|(what, text, codes)| {
        let fleet = Fleet::sound();
        std::fs::remove_file(fleet.root().join(CART)).unwrap();
        fleet.write(YAML, text);
        fleet.refusal(what, codes)
    }));
}

const HEAD: &str = "service:\n  cart:\n    owner: shop\n    http: {port: 8080, as: 80}\n";

fn with(line: &str) -> String {
    format!("{HEAD}    {line}\n")
}

#[test]
fn the_document_that_is_attacked_is_sound() {
    let fleet = Fleet::sound();
    std::fs::remove_file(fleet.root().join(CART)).unwrap();
    fleet.write(YAML, with("drain: \"20s\""));
    let run = fleet.run(&["check"]);
    assert_eq!(run.exit, 0, "{}", run.text);
}

#[test]
fn what_yaml_has_and_the_language_has_not_is_refused() {
    documents(&[
        ("an anchor", with("drain: &a 20s"), &["yaml-anchor"]),
        (
            "an alias",
            with("drain: &a 20s\n    grace: *a"),
            &["yaml-alias", "yaml-anchor"],
        ),
        (
            "an alias of nothing",
            with("drain: *nothing"),
            &["yaml-alias"],
        ),
        ("a tag", with("drain: !!str 20s"), &["yaml-tag"]),
        (
            "a tag that runs code",
            with("drain: !!python/object:os.system ls"),
            &["yaml-tag"],
        ),
        ("a merge key", with("<<: {drain: 20s}"), &["yaml-merge-key"]),
        (
            "a key twice",
            with("drain: 20s\n    drain: 30s"),
            &["yaml-duplicate-key"],
        ),
        (
            "a key twice, once quoted",
            with("drain: 20s\n    \"drain\": 30s"),
            &["yaml-duplicate-key"],
        ),
        (
            "a key that is a list",
            with("? [a]\n    : b"),
            &["yaml-key"],
        ),
        (
            "two documents",
            format!("{HEAD}---\n{HEAD}"),
            &["yaml-documents"],
        ),
        ("a tab", with("slo:\n\t    p95: 1s"), &["yaml-tab"]),
        ("an open quote", with("drain: \"20s"), &["yaml-syntax"]),
        ("an open bracket", with("calls: [shop"), &["yaml-syntax"]),
        (
            "a private-use character",
            with("drain: \"20s\u{e000}\""),
            &["yaml-character"],
        ),
        (
            "a control character",
            with("drain: \"20s\u{1}\""),
            &["yaml-character"],
        ),
        ("nothing", String::new(), &["wrong-file"]),
        ("null", "~\n".into(), &["wrong-file"]),
        ("a string", "cart\n".into(), &["wrong-file"]),
        ("a list", "[service]\n".into(), &["wrong-file"]),
    ]);
}

#[test]
fn what_yaml_takes_for_something_else_is_refused() {
    documents(&[
        ("Norway", with("kubernetes-api: no"), &["wrong-type"]),
        (
            "a version",
            with("config: {VERSION: 1.10}"),
            &["wrong-type"],
        ),
        (
            "an octal number",
            with("http: {port: 0o17}").replace("    http: {port: 8080, as: 80}\n", ""),
            &["wrong-form"],
        ),
        ("a null", with("drain:"), &["wrong-type"]),
        ("a map for a word", with("drain: {a: b}"), &["wrong-type"]),
        ("a list for a word", with("drain: [20s]"), &["wrong-type"]),
        (
            "a huge number",
            with(&format!("config: {{A: {}}}", "9".repeat(100_000))),
            &["wrong-type"],
        ),
    ]);
}

#[test]
fn bombs_do_not_go_off() {
    let mut laughs = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n".to_string();
    for level in 1..20 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        laughs += &format!("a{level}: &a{level} [{before}]\n");
    }
    let quadratic = format!(
        "a: &a \"{}\"\nb: [{}]\n",
        "x".repeat(50_000),
        "*a, ".repeat(50_000)
    );
    let itself = "a: &a [*a]\n".to_string();
    let many = format!(
        "{HEAD}    config:\n{}",
        (0..60_000)
            .map(|n| format!("      A{n}: b\n"))
            .collect::<String>()
    );
    let keys = format!(
        "{HEAD}{}",
        (0..60_000)
            .map(|n| format!("    a{n}: b\n"))
            .collect::<String>()
    );
    let fleet = Fleet::sound();
    fleet.write("environments/also/bomb.yaml", &laughs);
    fleet.add(CART, "also \"also/bomb.yaml\"");
    fleet.refuses("laughs in `also`", &["yaml-alias", "yaml-anchor"]);
    let fleet = Fleet::sound();
    std::fs::remove_file(fleet.root().join(CART)).unwrap();
    fleet.write(YAML, many);
    let run = fleet.run(&["check"]);
    assert!([0, 3].contains(&run.exit), "{}", run.exit);
    documents(&[
        ("a billion laughs", laughs, &["yaml-alias", "yaml-anchor"]),
        (
            "quadratic aliases",
            quadratic,
            &["yaml-alias", "yaml-anchor"],
        ),
        (
            "an anchor that holds itself",
            itself,
            &["yaml-alias", "yaml-anchor"],
        ),
        ("60,000 unknown fields", keys, &["unknown-field"]),
        (
            "deep flow",
            with(&format!("calls: {}", "[".repeat(100_000))),
            &["yaml-depth"],
        ),
        (
            "deep maps",
            with(&format!("calls: {}", "{a: ".repeat(100_000))),
            &["yaml-depth"],
        ),
        (
            "deep blocks",
            with(&format!("calls:\n      {}", "- ".repeat(100_000))),
            &["yaml-depth"],
        ),
        (
            "100,000 documents",
            "---\n".repeat(100_000),
            &["yaml-documents"],
        ),
        (
            "one long line",
            format!("a: {}", "x".repeat(1 << 19)),
            &["wrong-file"],
        ),
    ]);
}

#[test]
fn line_ends_and_byte_order_marks_change_nothing() {
    let fleet = Fleet::sound();
    fleet.run(&["build", "--out", &fleet.root().join("a").to_string_lossy()]);
    for path in [
        CART,
        "environments/test/releases.yaml",
        "environments/test/environment.kdl",
    ] {
        let text = std::fs::read_to_string(fleet.root().join(path)).unwrap();
        fleet.write(path, format!("\u{feff}{}", text.replace('\n', "\r\n")));
    }
    let out = fleet.root().join("a");
    let run = fleet.run(&["build", "--check", "--out", &out.to_string_lossy()]);
    assert_eq!(run.exit, 0, "{}", run.text);
    refused(&[(
        "a mark in the middle",
        &[("environments/test/releases.yaml", "cart: \u{feff}{}\n")],
        &["yaml-character"],
    )]);
}
