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

fn found(edits: &[(&str, &str, &str)]) -> Vec<(&'static str, String)> {
    let mut diags = Diagnostics::new();
    check(&tree(edits), &mut diags);
    let found = diags.into_sorted().into_iter();
    found.map(|one| (one.code.name, one.message)).collect()
}

#[test]
fn what_runs_elsewhere_only_cannot_be_called() {
    let late = "service \"late\" owner=\"payments\" { http 80; rollout rolling; }";
    let found = found(&[
        ("services/late.kdl", "", late),
        ("web", "+", "calls \"late\""),
    ]);
    let wanted = (
        "not-deployed-here",
        "`late` does not run in `prod`".to_string(),
    );
    assert!(found.contains(&wanted), "{found:?}");
}

#[test]
fn circles_of_dependencies_are_shown() {
    let found = found(&[
        ("cart", "+", "depends \"web\""),
        ("web", "+", "depends \"job\""),
        ("job", "+", "depends \"cart\" \"vault\""),
    ]);
    let message = "a circle of `depends`: `cart` → `web` → `job` → `cart`";
    assert_eq!(found, [("dependency-cycle", message.to_string())]);
}

#[test]
fn circles_of_calls_are_a_note() {
    let found = found(&[
        ("cart", "+", "calls \"web\""),
        ("web", "+", "calls \"cart\""),
    ]);
    let message = "calls go in a circle: `cart` → `web` → `cart`";
    assert!(
        found.contains(&("call-cycle", message.to_string())),
        "{found:?}"
    );
}
