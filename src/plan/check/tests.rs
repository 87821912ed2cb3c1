//! What each check says: `tests.txt` has one row for each mistake, and rows that are fine.

use crate::diagnostic::Diagnostics;
use crate::model::resolve;
use crate::model::testing::{assert_table, tree};
use crate::source::SourceTree;

fn check(sources: &SourceTree, diags: &mut Diagnostics) {
    if let Some(fleet) = resolve::resolve(sources, diags) {
        super::check(&fleet, sources, diags);
    }
}

#[test]
fn each_mistake_of_the_table_is_found_where_it_is_written() {
    assert_table(include_str!("tests.txt"), check);
}

#[test]
fn every_code_is_in_the_table_or_in_a_test_here() {
    let (table, here) = (include_str!("tests.txt"), include_str!("tests.rs"));
    for code in super::CODES {
        let name = code.name;
        let is_there =
            table.contains(&format!("| {name}")) || here.contains(&format!("\"{name}\""));
        assert!(is_there, "no test of `{name}`");
    }
}

#[test]
fn callers_inside_of_what_nginx_exposes_are_named() {
    let sources = tree(&[
        (
            "prod/env",
            "gateway=\"edge/public\"",
            "nginx=\"edge/public\"",
        ),
        ("cart", "+", "calls \"web\""),
    ]);
    let mut diags = Diagnostics::new();
    check(&sources, &mut diags);
    let found: Vec<_> = diags.iter().map(|one| one.code.name).collect();
    assert_eq!(found, ["nginx-end-of-life", "inside-callers"]);
}

#[test]
fn a_list_that_holds_no_objects_is_found_when_its_service_is_planned() {
    use crate::plan::{scope::Scope, service, unit::Unit};
    let list = "apiVersion: v1\nkind: List\n";
    for (items, expected) in [
        ("", vec!["empty-list"]),
        ("items: []\n", vec!["empty-list"]),
        ("items: {}\n", vec!["empty-list"]),
        ("items: [{kind: ConfigMap, metadata: {name: a}}]\n", vec![]),
    ] {
        let sources = tree(&[
            ("cart", "+", "also \"also/a.yaml\""),
            ("also/a.yaml", "+", &format!("{list}{items}")),
        ]);
        let mut diags = Diagnostics::new();
        let fleet = resolve::resolve(&sources, &mut diags).unwrap();
        let scope = Scope {
            sources: &sources,
            fleet: &fleet,
            environment: fleet.environment("prod").unwrap(),
        };
        let cart = scope.environment.service("cart").unwrap();
        service(&Unit::new(scope, cart), &mut diags);
        let found: Vec<_> = diags.iter().map(|one| one.code.name).collect();
        assert_eq!(found, expected, "{items}");
    }
}
