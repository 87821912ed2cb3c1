//! Every value of the output has an origin, and `why` finds it.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;
use tiphys::compile::{Options, Session, complete, items};
use tiphys::diagnostic::Diagnostics;
use tiphys::model::resolve;
use tiphys::spec::defaults;
use tiphys::why::{self, Object, Source};
use tiphys::{io, source::SourceTree};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn sources() -> SourceTree {
    complete(io::load(Path::new(ROOT), &mut Diagnostics::new()).expect("the fleet can be read"))
}

/// The pointers of an object without an origin, and the lines that no pointer stands for.
fn orphans(object: &Object) -> Vec<String> {
    let lines = object.lines();
    let mut found: Vec<_> = lines
        .iter()
        .enumerate()
        .filter(|(_, pointer)| pointer.is_empty() || object.sources(pointer).is_empty())
        .map(|(at, pointer)| format!("{}:{}: {pointer}", object.path, at + 1))
        .collect();
    if lines.len() != object.text.lines().count() {
        found.push(format!("{}: lines without a pointer", object.path));
    }
    let values = why::pointers(&object.value);
    let is_orphan = |pointer: &&String| object.sources(pointer).is_empty();
    let values = values.iter().skip(1).filter(is_orphan);
    found.extend(values.map(|pointer| format!("{}: {pointer}", object.path)));
    found
}

#[test]
fn no_value_of_the_reference_fleet_is_without_an_origin() {
    let sources = sources();
    let mut diags = Diagnostics::new();
    let session = Session::new(&sources, &mut diags);
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let items = items(&sources, &fleet, &Options::default());
    let objects: Vec<_> = items
        .par_iter()
        .flat_map_iter(|item| why::objects(&session, item))
        .collect();
    assert!(objects.len() > 100, "{} objects", objects.len());
    let orphans: Vec<_> = objects.par_iter().flat_map_iter(orphans).collect();
    assert_eq!(orphans, Vec::<String>::new());
}

#[test]
fn every_default_that_the_code_names_is_described() {
    let mut named = BTreeSet::new();
    for entry in walkdir::WalkDir::new(Path::new(ROOT).join("src")) {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        #[allow(clippy::disallowed_methods, reason = "tests stand at the edge")]
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        for start in ["by_default(\"", "Origin::Default(\""] {
            for rest in code.split(start).skip(1) {
                named.insert(rest.split('"').next().unwrap_or("").to_string());
            }
        }
    }
    let described: Vec<_> = defaults::DEFAULTS.iter().map(|(name, _)| *name).collect();
    assert!(described.is_sorted(), "sorted by name");
    let named: Vec<_> = named.iter().map(String::as_str).collect();
    assert_eq!(described, named, "the rows of src/spec/defaults.rs");
}

#[test]
fn a_value_of_the_spec_is_found_with_the_layers_below_it() {
    let sources = sources();
    let mut diags = Diagnostics::new();
    let session = Session::new(&sources, &mut diags);
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let path = "./generated/production/services/redis-cart/deployment.yaml";
    let object = why::by_path(&session, &fleet, path).unwrap();
    let answer = why::pointer(&object, "/spec/replicas").unwrap();
    let span = answer
        .sources
        .iter()
        .find_map(|source| match source {
            Source::Spec(span) => Some(*span),
            _ => None,
        })
        .unwrap();
    assert_eq!(
        sources.path(span.file),
        "environments/services/redis-cart.kdl"
    );
    let layers = why::Layers::of(&sources, "production", Some("redis-cart"));
    let below = &layers.find(span).unwrap().below;
    let below: Vec<_> = below
        .iter()
        .map(|(_, span)| sources.path(span.file))
        .collect();
    assert_eq!(below, ["environments/fleet.kdl"]);
    let same = why::line(&object, answer.line).unwrap();
    assert_eq!(same, answer);
}
