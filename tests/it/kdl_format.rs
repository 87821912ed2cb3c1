//! The canonical form of KDL.

use proptest::prelude::*;
use tiphys::diagnostic::Diagnostics;
use tiphys::source::FileId;
use tiphys::syntax::kdl;

use crate::kdl_oracle::{Plain, plain};
use crate::kdl_text;

/// Enumerations of the language, by the node whose argument they are.
fn keep_bare(path: &[&str], word: &str) -> bool {
    match path.last() {
        Some(&"sync") => word == "auto",
        Some(&"rollout") => ["canary", "blue-green", "rolling"].contains(&word),
        Some(&"window") => word == "deny",
        _ => false,
    }
}

fn format(text: &str) -> String {
    let formatted = kdl::format::format(FileId(0), text, &keep_bare);
    formatted.unwrap_or_else(|errors| panic!("{text:?}: {errors:?}"))
}

fn nodes(text: &str) -> Vec<Plain> {
    let mut diags = Diagnostics::new();
    let nodes = kdl::read(FileId(0), text, &mut diags).filter(|_| diags.is_empty());
    plain(&nodes.unwrap_or_else(|| panic!("{text:?}: {diags:?}")))
}

/// Files as people write them, which are canonical already.
const CANONICAL: &[&str] = &[
    "",
    r#"// The shop's web pages.
service "frontend" owner="storefront" tier="critical" {
    http 8080 as=80
    live "/_healthz" delay="10s" { headers Cookie="shop_session-id=x-liveness-probe" }
    size { replicas min=6 max=30 }
    calls {
        AD_SERVICE_ADDR "adservice"
        CART_SERVICE_ADDR "cartservice"
    }
    config SHOPPING_ASSISTANT_SERVICE_ADDR="shoppingassistantservice:80" // must be set, is never called
    kubernetes-api // what it may do there stands in the Role
    rollout canary preset="rapid" { require smoke="/health" }
}
"#,
    r#"fleet "boutique" {
    registries "us-central1-docker.pkg.dev" "docker.io" "registry.example.com"

    team "storefront" oncall="storefront-primary" group="boutique:storefront" {
        approvers "dana@example.com" "eli@example.com"
    }

    defaults { // what a service gets where it says nothing else
        size cpu="100m..200m" memory="64Mi..128Mi" { replicas min=2 max=6 }
        rollout canary {
            steps 5 25 50 75 100
            require errors="<1%" p95="<500ms" throughput=">95% of stable"
        }
    }
}
"#,
    r#"// Every change passes here first.
environment "staging" like="production" {
    sync auto prune="confirm"
    window "weekend" deny cron="0 16 * * FRI" for="64h" zone="Europe/Berlin"
    remove { window "weekend" }

    everywhere { size { replicas min=1 max=1 } } // whatever the service names
    deploy "orchestrator" { config LOG_LEVEL="debug" }
    deploy "cart" "ledger"
}
"#,
    "a {}\nb /-\"c\" /-{}\n",
    "a 1 -0x1F 1.50 #true #null b=1_000 c=#\"\\d\"#\n",
    "a \\\n    \"b\" \\ // why\n    \"c\" {\n    d\n}\n",
    "/- kdl-version 2\n/- a 1 /-2 { b; c }\n",
    "/* first */ a\n/* two\n   lines */\n",
    "a \"\"\"\n    text\n      more\n\n    end\n    \"\"\" b=#\"\"\"\n    \\d\n    \"\"\"#\n",
];

/// What is written, and what it becomes.
const CHANGED: &[(&str, &str)] = &[
    ("a", "a\n"),
    ("\u{feff}a;b\r\n\tc", "a\nb\nc\n"),
    ("\n\n\na\n\n\n\nb\n\n", "a\n\nb\n"),
    ("a {\n\n b\n\n\n}\n", "a {\n    b\n}\n"),
    (
        "\"a\" x \"b\"=y \"c d\"=\"z\"",
        "a \"x\" b=\"y\" \"c d\"=\"z\"\n",
    ),
    (
        "rollout canary; sync never; sync \"auto\"",
        "rollout canary\nsync \"never\"\nsync \"auto\"\n",
    ),
    ("a  1   b = 2  {c;d;}", "a 1 b=2 { c; d }\n"),
    ("a {}; b { }; c {\n}", "a {}\nb {}\nc {\n}\n"),
    ("a /* x */ 1 // y  \n", "a /* x */ 1 // y\n"),
    ("a; // x\n// y\nb", "a // x\n// y\nb\n"),
    (
        "a { // x\n// y\nb // z\n}",
        "a { // x\n    // y\n    b // z\n}\n",
    ),
    (
        "a { /* x */ b; /* y */ c /* z */ }",
        "a { /* x */ b; /* y */ c /* z */ }\n",
    ),
    ("a \\\n{ b }", "a { b }\n"),
    ("a 1 \\\n\n", "a 1\n"),
    ("a 1 \\ // x\n\n", "a 1 // x\n"),
    ("/-a\nb /- 1 /- { c }", "/- a\nb /-1 /-{ c }\n"),
    ("/- // x\n a", "// x\n/- a\n"),
    (
        "a {\n  b \"\"\"\n\tx\n\t  y\n\t\"\"\"\n}",
        "a {\n    b \"\"\"\n        x\n          y\n        \"\"\"\n}\n",
    ),
    ("a b /* x */ = c", "a b /* x */ = c\n"),
];

#[test]
fn canonical_text_stays_as_it_is() {
    for text in CANONICAL {
        assert_eq!(format(text), *text);
    }
}

#[test]
fn other_text_becomes_canonical() {
    for (text, expected) in CHANGED {
        assert_eq!(format(text), *expected, "{text:?}");
        assert_eq!(format(expected), *expected, "{text:?}");
    }
}

#[test]
fn a_block_that_is_too_long_for_one_line_gets_several() {
    let text = format!("a {{ b \"{0}\"; c {{ d \"{0}\" }} }}", "x".repeat(60));
    let expected = "a {\n    b \"X\"\n    c { d \"X\" }\n}\n".replace('X', &"x".repeat(60));
    assert_eq!(format(&text), expected);
}

#[test]
fn text_with_errors_is_not_formatted() {
    let errors = kdl::format::format(FileId(0), "a 500m\nb {", &keep_bare).unwrap_err();
    let codes: Vec<_> = errors.iter().map(|error| error.code.name).collect();
    assert_eq!(codes, ["kdl-unquoted", "kdl-unclosed-block"]);
}

#[test]
fn words_are_judged_with_the_names_of_the_nodes_around_them() {
    let paths = std::cell::RefCell::new(Vec::new());
    let keep = |path: &[&str], word: &str| {
        paths
            .borrow_mut()
            .push(format!("{} {word}", path.join("/")));
        true
    };
    kdl::format::format(FileId(0), "a { \"b c\" d e=f { g h } }\ni j", &keep).unwrap();
    assert_eq!(paths.into_inner(), ["a/b c d", "a/b c/g h", "i j"]);
}

proptest! {
    #![proptest_config(kdl_text::cases(300))]

    #[test]
    fn formatting_keeps_nodes_and_comments_and_changes_nothing_the_second_time(
        text in kdl_text::document(),
    ) {
        let formatted = format(&text);
        prop_assert_eq!(nodes(&formatted), nodes(&text), "{}", formatted);
        let remarks = |text: &str| text.matches("remark").count();
        prop_assert_eq!(remarks(&formatted), remarks(&text), "{}", formatted);
        prop_assert_eq!(format(&formatted), formatted);
    }
}
