//! Two sides of a fleet that could not be read in full: with stand-ins for what could not be read,
//! and with nothing there. What is found on one side alone only follows from the mistake.

use std::collections::BTreeSet;

use super::fleet;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::load::{self, Documents};
use crate::model::{Fleet, resolve};
use crate::source::{SourceTree, Span};

/// So many names of each kind are tried in the place of one that could not be read.
const MOST: usize = 8;

/// The fleet; where something could not be read, with stand-ins and then without. `None` where
/// there is no fleet to speak of.
pub fn fleets(sources: &SourceTree, diags: &mut Diagnostics) -> Option<Vec<Fleet>> {
    let documents = load::documents(sources, diags);
    let mut sides = Vec::new();
    if documents.has_stand_ins {
        sides.push(documents.clone().without_stand_ins());
        sides.extend(renamed(&documents, sources, diags));
    }
    sides.insert(0, documents);
    let mut fleets = Vec::new();
    agreed(diags, sides, |documents, found| {
        fleets.push(resolve::fleet(documents, found));
    });
    fleets.into_iter().collect()
}

/// With names that are asked for in the place of those that could not be read: what is then right
/// was only missed.
fn renamed(documents: &Documents, sources: &SourceTree, diags: &Diagnostics) -> Vec<Documents> {
    let mut one = documents.clone();
    if !one.set_lost_names("") {
        return Vec::new();
    }
    let mut found = diags.clone();
    if let Some(fleet) = resolve::fleet(documents.clone(), &mut found) {
        fleet::check(&fleet, sources, &mut found);
    }
    let known: BTreeSet<_> = diags.iter().map(identity).collect();
    let new = found.iter().filter(|one| !known.contains(&identity(one)));
    let mut names: Vec<String> = Vec::new();
    for word in new.flat_map(|one| words(&one.message)) {
        if !names.contains(&word) && names.len() < MOST {
            names.push(word);
        }
    }
    if names.is_empty() {
        return Vec::new();
    }
    let traffic = documents.traffic_names();
    names.extend(traffic.iter().take(MOST).map(ToString::to_string));
    let renamed = names.iter().map(|name| {
        let mut one = documents.clone();
        one.set_lost_names(name);
        one
    });
    renamed.collect()
}

/// The words in backticks.
fn words(message: &str) -> impl Iterator<Item = String> {
    let quoted = message.split('`').skip(1).step_by(2);
    quoted.flat_map(|text| text.split_whitespace().map(str::to_string))
}

/// Adds to `diags` what `stage` finds on every side, in the order of the first.
pub fn agreed<T>(
    diags: &mut Diagnostics,
    sides: impl IntoIterator<Item = T>,
    mut stage: impl FnMut(T, &mut Diagnostics),
) {
    let mut sides = sides.into_iter().peekable();
    let Some(first) = sides.next() else {
        return;
    };
    if sides.peek().is_none() {
        stage(first, diags);
        return;
    }
    let known = diags.clone();
    stage(first, diags);
    for side in sides {
        let mut found = known.clone();
        stage(side, &mut found);
        let told: BTreeSet<_> = found.iter().map(identity).collect();
        diags.retain(|one| told.contains(&identity(one)));
    }
}

fn identity(one: &Diagnostic) -> (&'static str, &str, Option<Span>) {
    let place = one.labels.first().map(|label| label.span);
    (one.code.name, &one.message, place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::TOO_MANY_FINDINGS;

    #[test]
    fn what_one_side_alone_finds_is_not_told() {
        let error = |text: &str| Diagnostic::error(TOO_MANY_FINDINGS, text);
        let mut diags = Diagnostics::new();
        diags.push(error("known"));
        let sides = [["both", "first"], ["second", "both"]];
        agreed(&mut diags, sides, |side, found| {
            found.extend(side.map(error));
        });
        let told: Vec<_> = diags.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(told, ["known", "both"]);
        assert_eq!(diags.n_errors(), 2);
        agreed(&mut diags, [["alone"]], |side, found| {
            found.extend(side.map(error))
        });
        assert_eq!(diags.n_errors(), 3);
    }
}
