//! References, cycles, layers and names.

use super::fleet::{RELEASES, all};
use super::{Fleet, refused};

const CART: &str = "environments/services/cart.kdl";
const ENVIRONMENT: &str = "environments/test/environment.kdl";

fn lines(path: &str, cases: &[(&str, &[&str])]) {
    all(cases.iter().map(|(line, codes)| {
        let fleet = Fleet::sound();
        fleet.add(path, line);
        fleet.refusal(line, codes)
    }));
}

#[test]
fn a_service_cannot_name_what_is_not_there() {
    lines(
        CART,
        &[
            ("calls \"catr\"", &["unknown-name"]),
            ("calls { CART_ADDR \"catr\" }", &["unknown-name"]),
            ("expose via=\"ghost\" host=\"a\"", &["unknown-name"]),
            ("depends \"ghost\"", &["unknown-name"]),
            (
                "volume \"a\" mount=\"/a\" secret=\"ghost\"",
                &["unknown-name"],
            ),
            ("live \"/\" port=\"ghost\"", &["impossible-probe"]),
            ("also \"also/ghost.yaml\"", &["missing-file"]),
            (
                "volume \"a\" mount=\"/a\" config=\"also/ghost.sh\"",
                &["missing-file"],
            ),
        ],
    );
}

#[test]
fn an_environment_cannot_name_what_is_not_there() {
    lines(
        ENVIRONMENT,
        &[
            ("deploy \"ghost\"", &["unknown-name"]),
            ("install \"ghost\"", &["unknown-name"]),
            ("remove { deploy \"ghost\" }", &["remove-nothing"]),
            ("remove { window \"ghost\" }", &["remove-nothing"]),
        ],
    );
}

#[test]
fn layers_that_contradict_each_other_are_refused() {
    lines(
        ENVIRONMENT,
        &[
            (
                "everywhere { size { replicas max=2 } }",
                &["wrong-replicas"],
            ),
            (
                "everywhere { port \"admin\" http=8080 }",
                &["duplicate-port"],
            ),
            (
                "everywhere { port \"a\" http=1 tcp=2 }",
                &["exclusive-fields"],
            ),
            (
                "everywhere { remove { config \"NOT_THERE\" } }",
                &["remove-nothing"],
            ),
            (
                "everywhere { drain \"60s\"; grace \"30s\" }",
                &["drain-beyond-grace"],
            ),
        ],
    );
}

#[test]
fn things_that_wait_for_each_other_are_refused() {
    let cart = "service \"cart\" owner=\"shop\" { http 8080 as=80; depends \"shop\"; }";
    let shop = "service \"shop\" owner=\"shop\" { http 8080 as=80; depends \"cart\"; }";
    refused(&[
        (
            "two services",
            &[(CART, cart), ("environments/services/shop.kdl", shop)],
            &["dependency-cycle"],
        ),
        (
            "a service and itself",
            &[(
                CART,
                "service \"cart\" owner=\"shop\" { http 8080 as=80; depends \"cart\"; }",
            )],
            &["names-itself"],
        ),
        (
            "an environment like itself",
            &[(
                "environments/b/environment.kdl",
                "environment \"b\" like=\"b\"",
            )],
            &["wrong-like"],
        ),
        (
            "an environment like none",
            &[(
                "environments/b/environment.kdl",
                "environment \"b\" like=\"a\"",
            )],
            &["unknown-name"],
        ),
        (
            "environments like each other",
            &[
                (
                    "environments/a/environment.kdl",
                    "environment \"a\" like=\"b\"",
                ),
                (
                    "environments/b/environment.kdl",
                    "environment \"b\" like=\"a\"",
                ),
            ],
            &["wrong-like"],
        ),
    ]);
}

#[test]
fn a_long_circle_of_dependencies_is_refused() {
    let fleet = Fleet::sound();
    let mut releases = RELEASES.to_string();
    let mut names = String::new();
    for number in 0..300 {
        let next = (number + 1) % 300;
        let spec =
            format!("service \"s{number}\" owner=\"shop\" {{ http 8080; depends \"s{next}\"; }}");
        fleet.write(&format!("environments/services/s{number}.kdl"), spec);
        let cart = RELEASES.lines().next().unwrap();
        releases += &format!("{}\n", cart.replace("cart", &format!("s{number}")));
        names += &format!(" \"s{number}\"");
    }
    fleet.add(ENVIRONMENT, &format!("deploy{names}"));
    fleet.write("environments/test/releases.yaml", releases);
    let run = fleet.refuses("300 services in a circle", &["dependency-cycle"]);
    assert!(
        run.text.len() < 50_000,
        "{} bytes of message",
        run.text.len()
    );
}

#[test]
fn names_are_given_once() {
    let service = "service \"cart\" owner=\"shop\" { http 8080 as=80; }";
    let yaml = "service: {cart: {owner: shop, http: {port: 8080, as: 80}}}\n";
    let component =
        "component \"cart\" { chart \"cart\" repository=\"https://charts.example.com\"; }";
    let environment = "environment: {test: {}}\n";
    refused(&[
        (
            "in KDL and in YAML",
            &[("environments/services/cart.yaml", yaml)],
            &["duplicate-name"],
        ),
        (
            "in YAML and in YAML",
            &[
                ("environments/services/cart.yaml", yaml),
                ("environments/services/cart.yml", yaml),
            ],
            &["duplicate-name"],
        ),
        (
            "service and component",
            &[
                (CART, service),
                ("environments/components/cart.kdl", component),
            ],
            &["duplicate-name"],
        ),
        (
            "environment twice",
            &[("environments/test/environment.yaml", environment)],
            &["duplicate-name"],
        ),
        (
            "fleet twice",
            &[("environments/fleet.yaml", "fleet: {attacked: {}}\n")],
            &["duplicate-name"],
        ),
    ]);
}

#[test]
fn a_fleet_needs_a_fleet_an_environment_and_releases() {
    let fleet = Fleet::empty();
    let run = fleet.refuses("an empty folder", &["environments-missing"]);
    assert_eq!(run.errors(), ["environments-missing"]);
    fleet.write("environments/.keep", "");
    fleet.refuses("an empty `environments`", &["missing-fleet"]);
    fleet.write("environments/fleet.kdl", "fleet \"a\"");
    fleet.refuses("a fleet without environment", &["empty-fleet"]);

    let fleet = Fleet::sound();
    fleet.write(
        "environments/test/releases.yaml",
        RELEASES.replace("cart", "crt"),
    );
    fleet.refuses("a release of something else", &["no-release"]);
    fleet.write("environments/test/releases.yaml", "{}\n");
    fleet.refuses("no releases", &["no-release"]);
    std::fs::remove_file(fleet.root().join("environments/test/releases.yaml")).unwrap();
    fleet.refuses("no file of releases", &["no-release"]);
}
