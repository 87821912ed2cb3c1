//! Hostile and broken fleets against the real program: every refusal has a code that `explain`
//! knows, nothing is written anywhere, nothing panics, memory stays bounded, and every run ends.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

mod expressions;
mod fleet;

mod disk;
mod files;
mod kdl;
mod models;
mod objects;
mod templates;
mod words;
mod yaml;

use fleet::Fleet;

/// What is wrong, the files that make it wrong (path and text), and the codes that say so.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

/// Every case in a sound fleet of its own, with `check` and with `build`.
fn refused(cases: &[Case]) {
    fleet::all(cases.iter().map(|(what, files, codes)| {
        let fleet = Fleet::sound();
        for (path, text) in *files {
            fleet.write(path, text);
        }
        fleet.refusal(what, codes)
    }));
}

#[test]
fn the_fleet_that_is_attacked_is_sound() {
    let fleet = Fleet::sound();
    let check = fleet.run(&["check"]);
    assert_eq!((check.exit, check.errors()), (0, vec![]), "{}", check.text);
    let build = fleet.run(&["build"]);
    assert_eq!(build.exit, 0, "{}", build.text);
    assert!(fleet.exists("generated/test"));
}
