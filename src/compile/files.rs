//! Where objects are written: the trees of the environments, and two objects for one file.

use super::{Item, Options, Session, locate};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::emit::tree::{EnvironmentTree, Scope as Covered, Tree};
use crate::model::Fleet;
use crate::source::Span;
use crate::verify::references::OBJECT_DUPLICATE;

crate::codes! {
    /// Two objects would be written to one file. Names differ only where file names cannot: for
    /// example a manifest of `also/` beside a built-in object of the same kind and name. Rename
    /// one of the two.
    SAME_PATH = "same-path": "two objects that would be written to one file";
}

/// Trees that know what this build speaks of, still without files.
pub fn trees(fleet: &Fleet, options: &Options) -> Tree {
    let mut tree = Tree {
        is_complete: options.environments.is_empty() && options.services.is_empty(),
        ..Tree::default()
    };
    for environment in &fleet.environments {
        let name = environment.name.text.to_string();
        if !options.environments.is_empty() && !options.environments.contains(&name) {
            continue;
        }
        let folders = options
            .services
            .iter()
            .map(|service| format!("{name}/services/{service}/"));
        let scope = match options.services.is_empty() {
            true => Covered::Whole,
            false => Covered::Paths(folders.collect()),
        };
        tree.environments.insert(
            name,
            EnvironmentTree {
                scope,
                ..EnvironmentTree::default()
            },
        );
    }
    tree
}

/// Adds the files of an item; gives the paths that were taken, with the number of the item.
pub fn insert(
    tree: &mut Tree,
    number: usize,
    item: &Item,
    files: Vec<(String, String)>,
) -> Vec<(usize, String)> {
    let name = item.scope().environment.name.text.as_str();
    let Some(environment) = tree.environments.get_mut(name) else {
        return Vec::new();
    };
    let mut taken = Vec::new();
    for (path, text) in files {
        if environment.files.insert(path.clone(), text).is_some() {
            taken.push((number, path));
        }
    }
    taken
}

/// Two objects for one file, each with its place; not where they are one object described twice.
pub fn report(
    session: &Session,
    items: &[Item],
    twins: &[(usize, String)],
    diags: &mut Diagnostics,
) {
    for (number, path) in twins {
        let quoted = format!("of `{path}`");
        let is_told = |one: &Diagnostic| {
            one.code == OBJECT_DUPLICATE && one.notes.iter().any(|note| note.contains(&quoted))
        };
        if diags.iter().any(is_told) {
            continue;
        }
        let message = format!("two objects would be written to `{path}`");
        let found = Diagnostic::error(SAME_PATH, message).help("rename one of the two");
        let places = places(session, items, *number, path);
        let found = places
            .into_iter()
            .fold(found, |found, span| found.at(span, "one of them"));
        diags.push(found);
    }
}

/// Where the objects of that path come from, among the items up to that number.
fn places(session: &Session, items: &[Item], number: usize, path: &str) -> Vec<Span> {
    let last = &items[number];
    let here = |item: &&Item| item.scope().environment.name == last.scope().environment.name;
    let planned = items[..=number].iter().filter(here);
    let planned = planned.flat_map(|item| item.planned(&mut Diagnostics::new()));
    let own = planned.filter(|planned| *planned.path == *path);
    let mut places: Vec<_> = own
        .flat_map(|planned| locate::places(session, &planned))
        .collect();
    places.reverse();
    let mut seen = Vec::new();
    places.retain(|place| {
        !seen.contains(place) && {
            seen.push(*place);
            true
        }
    });
    places
}
