//! The reference fleet in `environments/`.

use tiphys::diagnostic::{Diagnostics, Severity};
use tiphys::io;
use tiphys::model::resolve;

#[test]
fn the_reference_fleet_resolves_without_a_finding() {
    let mut diags = Diagnostics::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = io::load(root, &mut diags).unwrap();
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let found: Vec<_> = diags
        .into_sorted()
        .iter()
        .map(|one| one.message.clone())
        .collect();
    assert_eq!(found, Vec::<String>::new());
    let names: Vec<_> = fleet
        .environments
        .iter()
        .map(|env| env.name.text.as_str())
        .collect();
    assert_eq!(names, ["production", "staging"]);
    assert_eq!(fleet.environments[0].services.len(), 12);
    assert_eq!(fleet.environments[1].services.len(), 13);
}

#[test]
fn the_reference_fleet_passes_every_check_but_for_the_warnings_about_nginx() {
    let mut diags = Diagnostics::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = io::load(root, &mut diags).unwrap();
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    tiphys::model::check::check(&fleet, &sources, &mut diags);
    tiphys::plan::check::check(&fleet, &sources, &mut diags);
    let found: Vec<_> = diags
        .into_sorted()
        .iter()
        .map(|one| (one.severity, one.code.name))
        .collect();
    let warnings = ["nginx-end-of-life", "inside-callers"];
    assert_eq!(found, warnings.map(|name| (Severity::Warning, name)));
}

#[test]
fn the_reference_fleet_breaks_no_policy_and_needs_every_waiver() {
    let mut diags = Diagnostics::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = io::load(root, &mut diags).unwrap();
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let policies = tiphys::policy::Policies::load(&sources, &mut diags);
    let judge = policies.judge(&fleet, &mut diags);
    judge.check_model(&sources, &mut diags);
    judge.finish("2027-01-01", true, true, &mut diags);
    let found = diags.into_sorted();
    assert!(found.is_empty(), "{found:#?}");
}
