//! Words of the language in the wrong place, number or form.

use super::fleet::all;
use super::{Fleet, refused};

const CART: &str = "environments/services/cart.kdl";
const SHOP: &str = "environments/services/shop.kdl";

/// A line in a service that is sound without it, and the code that it gets.
const LINES: &[(&str, &str)] = &[
    ("replicaz 3", "unknown-field"),
    ("size cpus=\"1\"", "unknown-field"),
    ("size cpu=\"1\" cpu=\"2\"", "kdl-property-twice"),
    ("size cpu=\"1\" { cpu \"2\" }", "repeated"),
    ("drain \"1s\"\n drain \"2s\"", "repeated"),
    ("http 8081", "repeated"),
    ("config A=\"1\" { A \"2\" }", "repeated"),
    ("config A=\"1\"\n config A=\"2\"", "repeated"),
    (
        "secret \"a\" path=\"a\"\n secret \"a\" path=\"b\"",
        "repeated",
    ),
    ("tier #true", "wrong-type"),
    ("tier \"urgent\"", "wrong-form"),
    ("drain 20", "wrong-form"),
    ("drain \"20\"", "wrong-form"),
    ("drain \"20 seconds\"", "wrong-form"),
    ("drain \"-1s\"", "wrong-form"),
    ("drain \"99999999999999999999s\"", "wrong-form"),
    ("drain 1.5", "wrong-type"),
    ("drain #null", "wrong-type"),
    ("drain", "wrong-arguments"),
    ("drain \"1s\" \"2s\"", "wrong-arguments"),
    ("drain \"1s\" { every \"1s\" }", "wrong-arguments"),
    ("size cpu=500m", "kdl-unquoted"),
    ("slo availability=99.95%", "kdl-unquoted"),
    ("slo availability=\"101%\"", "wrong-form"),
    ("slo availability=99.95", "wrong-type"),
    ("size memory=\"512MB\"", "wrong-form"),
    ("size memory=\"512mi\"", "wrong-form"),
    ("size memory=\"128Mi..64Mi\"", "wrong-form"),
    ("size cpu=\"\"", "wrong-form"),
    ("size { replicas min=\"3\" }", "wrong-type"),
    ("size { replicas min=0 }", "wrong-form"),
    ("size { replicas min=-3 }", "wrong-form"),
    (
        "size { replicas min=99999999999999999999999 }",
        "wrong-form",
    ),
    ("tcp 65536", "wrong-form"),
    ("tcp \"9000\"", "wrong-type"),
    ("load usual=\"40 per second\"", "wrong-form"),
    ("live \"healthz\"", "wrong-form"),
    ("calls=\"cart\"", "kdl-unexpected"),
    ("size replicas=3", "not-a-property"),
    ("config A=1.10", "wrong-type"),
    ("config A=#true", "wrong-type"),
    ("config \"A B\"=\"1\"", "wrong-form"),
    ("config A=#inf", "kdl-not-finite"),
    ("(number)drain \"1s\"", "kdl-type-annotation"),
    ("expose host=\"a\" \"b\"", "kdl-late-argument"),
    ("rollout", "wrong-arguments"),
    ("rollout bluegreen", "wrong-type"),
    ("rollout canary { steps 5 101 }", "wrong-form"),
    ("rollout canary { steps \"5%\" }", "wrong-type"),
    ("cron \"nightly\"", "reserved-word"),
    ("also \"../secret.yaml\"", "wrong-form"),
    ("also \"/etc/passwd\"", "wrong-form"),
    ("also \"also/../../secret.yaml\"", "wrong-form"),
    ("also \"also\\\\..\\\\secret.yaml\"", "wrong-form"),
    ("remove { calls \"cart\" }", "remove-nothing"),
    ("remove { nothing }", "unknown-field"),
];

#[test]
fn a_line_that_the_language_does_not_have_is_refused() {
    all(LINES.iter().map(|(line, code)| {
        let fleet = Fleet::sound();
        fleet.add(CART, line);
        fleet.refusal(line, &[code])
    }));
}

#[test]
fn all_findings_come_in_one_run() {
    let fleet = Fleet::sound();
    fleet.add(CART, "drain \"1\"\n replicaz 3");
    fleet.add(SHOP, "tier #true\n size cpu=500m");
    fleet.write("environments/test/releases.yaml", "cart: {version: 1.10}\n");
    let codes = ["kdl-unquoted", "unknown-field", "wrong-form", "wrong-type"];
    fleet.refuses("several mistakes", &codes);
}

#[test]
fn a_document_that_is_not_what_its_path_says_is_refused() {
    let cart = "service \"cart\" owner=\"shop\" { http 8080 as=80; }\n";
    let two = format!("{cart}{}", cart.replace("cart", "other"));
    let again = format!("{cart}{cart}");
    refused(&[
        (
            "another name",
            &[(
                CART,
                "service \"other\" owner=\"shop\" { http 8080 as=80; }",
            )],
            &["wrong-file"],
        ),
        (
            "another noun",
            &[(CART, "component \"cart\" owner=\"shop\"")],
            &["wrong-file"],
        ),
        ("nothing", &[(CART, "")], &["wrong-file"]),
        ("a comment", &[(CART, "// later")], &["wrong-file"]),
        ("two services", &[(CART, &two)], &["wrong-file"]),
        ("one service twice", &[(CART, &again)], &["wrong-file"]),
        (
            "a file where none is read",
            &[("environments/cart.kdl", cart)],
            &["wrong-file"],
        ),
        (
            "a file too deep",
            &[("environments/services/more/cart.kdl", cart)],
            &["wrong-file"],
        ),
        (
            "a name with capitals",
            &[(
                "environments/services/Cart2.kdl",
                "service \"Cart2\" owner=\"shop\"",
            )],
            &["wrong-form"],
        ),
    ]);
}
