//! The writer on a real disk: ownership, refusals, second builds.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tiphys::emit::tree::{EnvironmentTree, Scope, Tree};
use tiphys::io::tree::{Changes, Event, Options, interrupted, plan, write};

use super::put;

mod crash;

/// Quiet, and gives up at once when another build runs.
const PLAIN: Options = Options {
    force: false,
    allow_deletions: false,
    wait: std::time::Duration::ZERO,
};
const FORCE: Options = Options {
    force: true,
    ..PLAIN
};
const DELETE: Options = Options {
    allow_deletions: true,
    ..PLAIN
};

/// All environments, from `path → text`.
fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree {
        is_complete: true,
        ..Tree::default()
    };
    for (path, text) in files {
        let name = path.split('/').next().unwrap().to_string();
        let environment = tree.environments.entry(name).or_default();
        environment.files.insert(path.to_string(), text.to_string());
    }
    tree
}

/// `n` small files of one environment, in folders of ten.
fn many(environment: &str, n: usize, text: &str) -> Tree {
    let path = |n| format!("{environment}/services/s{}/o{n}.yaml", n / 10);
    let files = (0..n).map(|n| (path(n), format!("{text}{n}\n"))).collect();
    let scope = Scope::Whole;
    let environments = BTreeMap::from([(environment.into(), EnvironmentTree { scope, files })]);
    Tree {
        environments,
        is_complete: true,
    }
}

/// A tree that speaks of `paths` alone, and has these files.
fn scoped(paths: &[&str], files: &[(&str, &str)]) -> Tree {
    let mut tree = tree(files);
    tree.is_complete = false;
    let environment = tree.environments.entry("p".into()).or_default();
    environment.scope = Scope::Paths(paths.iter().map(|path| path.to_string()).collect());
    tree
}

/// A place for an output that does not exist yet.
fn output() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("generated");
    (root, out)
}

fn build<'a>(out: &Path, wanted: &'a Tree, options: &Options) -> Changes<'a> {
    write(out, wanted, options, &|_| Ok(())).unwrap()
}

#[track_caller]
fn done<'a>(out: &Path, wanted: &'a Tree, options: &Options) -> Changes<'a> {
    let changes = build(out, wanted, options);
    assert_eq!(changes.refusals, []);
    changes
}

/// The build is refused with just this code, says this, and leaves every byte as it was.
#[track_caller]
fn refused(out: &Path, wanted: &Tree, code: &str, text: &str) {
    let before = on_disk(out);
    let changes = build(out, wanted, &PLAIN);
    let found: Vec<_> = changes
        .refusals
        .iter()
        .map(|r| (r.code.name, &r.message))
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, code, "{found:?}");
    assert!(found[0].1.contains(text), "{found:?}");
    assert!(changes.refusals[0].help.is_some());
    assert_eq!(on_disk(out), before);
}

/// Every file below `out`, and where it is a link, its target.
fn on_disk(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(out)
        .into_iter()
        .filter_map(Result::ok)
    {
        let path = entry.path().strip_prefix(out).unwrap_or(entry.path());
        let path = path.to_string_lossy().into_owned();
        if entry.file_type().is_file() {
            found.insert(path, std::fs::read(entry.path()).unwrap());
        } else if entry.file_type().is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap();
            found.insert(path, target.as_os_str().as_encoded_bytes().to_vec());
        }
    }
    found
}

fn paths(out: &Path) -> Vec<String> {
    on_disk(out).into_keys().collect()
}

/// What a change of a file or folder cannot hide.
fn stamps(out: &Path) -> BTreeMap<PathBuf, (u64, i64, i64, i64)> {
    let entries = walkdir::WalkDir::new(out).into_iter().map(Result::unwrap);
    let stamp = |at: std::fs::Metadata| (at.ino(), at.mtime(), at.mtime_nsec(), at.ctime_nsec());
    entries
        .map(|entry| (entry.path().to_path_buf(), stamp(entry.metadata().unwrap())))
        .collect()
}

#[test]
fn a_first_build_writes_the_files_and_a_ledger_for_each_environment() {
    let (_root, out) = output();
    let wanted = tree(&[("p/a.yaml", "a\n"), ("p/s/b.yaml", "b\n"), ("q/a.yaml", "")]);
    let changes = done(&out, &wanted, &PLAIN);
    assert_eq!(changes.created, ["p/a.yaml", "p/s/b.yaml", "q/a.yaml"]);
    let expected = [
        ".tiphys/p.ledger",
        ".tiphys/q.ledger",
        "p/a.yaml",
        "p/s/b.yaml",
        "q/a.yaml",
    ];
    assert_eq!(paths(&out), expected);
    assert_eq!(on_disk(&out)["p/s/b.yaml"], b"b\n");
    let ledger = String::from_utf8(on_disk(&out)[".tiphys/p.ledger"].clone()).unwrap();
    let lines: Vec<_> = ledger.lines().collect();
    assert!(lines[0].starts_with("# tiphys ledger 1"));
    // The digest as sha256sum prints it.
    let a = "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7";
    assert_eq!(lines[1], format!("{a}  p/a.yaml"));
    assert_eq!(lines.len(), 3);
    assert!(!interrupted(&out));
}

#[test]
fn a_second_build_writes_nothing() {
    let (_root, out) = output();
    let wanted = many("p", 200, "x");
    done(&out, &wanted, &PLAIN);
    let before = stamps(&out);
    let events = std::sync::Mutex::new(Vec::new());
    let watch = |event: Event| {
        events.lock().unwrap().push(format!("{event:?}"));
        Ok(())
    };
    let changes = write(&out, &wanted, &PLAIN, &watch).unwrap();
    assert!(changes.is_empty());
    assert_eq!(changes.n_unchanged, 200);
    assert_eq!(events.into_inner().unwrap(), [""; 0]);
    assert_eq!(stamps(&out), before);
}

#[test]
fn a_build_touches_only_what_changed() {
    let (_root, out) = output();
    done(
        &out,
        &tree(&[("p/a", "a"), ("p/b", "b"), ("p/s/c", "c"), ("p/s/d", "d")]),
        &PLAIN,
    );
    let before = stamps(&out);
    let wanted = tree(&[("p/a", "a"), ("p/b", "B"), ("p/t/e", "e"), ("p/s/d", "d")]);
    let changes = done(&out, &wanted, &PLAIN);
    assert_eq!(changes.created, ["p/t/e"]);
    assert_eq!(changes.changed, ["p/b"]);
    assert_eq!(changes.removed, ["p/s/c"]);
    assert_eq!(changes.n_unchanged, 2);
    assert_eq!(
        paths(&out),
        [".tiphys/p.ledger", "p/a", "p/b", "p/s/d", "p/t/e"]
    );
    assert_eq!(on_disk(&out)["p/b"], b"B");
    for same in ["p/a", "p/s/d"] {
        let same = out.join(same);
        assert_eq!(stamps(&out)[&same], before[&same]);
    }
}

#[test]
fn a_plan_tells_the_same_and_writes_nothing() {
    let (_root, out) = output();
    let first = tree(&[("p/a", "a"), ("p/b", "b")]);
    assert_eq!(plan(&out, &first, &PLAIN).unwrap().created, ["p/a", "p/b"]);
    assert!(!out.exists());
    done(&out, &first, &PLAIN);
    let second = tree(&[("p/a", "A"), ("p/c", "c")]);
    let before = stamps(&out);
    let changes = plan(&out, &second, &PLAIN).unwrap();
    let found = (
        &changes.created[..],
        &changes.changed[..],
        &changes.removed[..],
    );
    assert_eq!(
        found,
        (
            &["p/c".into()][..],
            &["p/a".into()][..],
            &["p/b".into()][..]
        )
    );
    assert!(!changes.is_empty());
    assert_eq!(stamps(&out), before);
}

#[test]
fn the_way_to_a_tree_leaves_no_trace_in_it() {
    let (_one, direct) = output();
    let (_two, detour) = output();
    let last = tree(&[("p/a", "1"), ("q/b", "2")]);
    done(&direct, &last, &PLAIN);
    for step in [
        tree(&[("p/a", "0"), ("p/old/x", "x"), ("r/x", "x")]),
        tree(&[("q/b", "2")]),
        last.clone(),
    ] {
        done(&detour, &step, &PLAIN);
    }
    assert_eq!(on_disk(&direct), on_disk(&detour));
    assert!(!detour.join("p/old").exists() && !detour.join("r").exists());
}

#[test]
fn a_file_of_ours_that_went_missing_comes_back() {
    let (_root, out) = output();
    let wanted = tree(&[("p/a", "a"), ("p/s/b", "b")]);
    done(&out, &wanted, &PLAIN);
    std::fs::remove_dir_all(out.join("p/s")).unwrap();
    assert_eq!(done(&out, &wanted, &PLAIN).created, ["p/s/b"]);
    std::fs::remove_dir_all(&out).unwrap();
    assert_eq!(done(&out, &wanted, &PLAIN).created, ["p/a", "p/s/b"]);
}

#[test]
fn files_that_are_not_ours_are_never_touched() {
    let (_root, out) = output();
    done(&out, &tree(&[("p/a", "a"), ("p/s/b", "b")]), &PLAIN);
    put(&out, "p/s/notes.txt", "mine");
    put(&out, "p/README.md", "mine");
    put(&out, "other/x", "mine");
    done(&out, &tree(&[]), &FORCE);
    assert_eq!(paths(&out), ["other/x", "p/README.md", "p/s/notes.txt"]);
}

#[test]
fn a_foreign_file_in_the_way_is_refused_until_forced() {
    let (_root, out) = output();
    put(&out, "p/a", "mine");
    let wanted = tree(&[("p/a", "a"), ("p/b", "b")]);
    refused(
        &out,
        &wanted,
        "output-foreign-file",
        "generated/p/a` is in the way",
    );
    assert_eq!(done(&out, &wanted, &FORCE).changed, ["p/a"]);
    assert_eq!(on_disk(&out)["p/a"], b"a");
}

#[test]
fn a_foreign_file_with_the_wanted_text_becomes_ours() {
    let (_root, out) = output();
    put(&out, "p/a", "a");
    assert_eq!(done(&out, &tree(&[("p/a", "a")]), &PLAIN).n_unchanged, 1);
    assert_eq!(done(&out, &tree(&[]), &PLAIN).removed, ["p/a"]);
}

#[test]
fn an_edited_file_of_ours_is_refused_until_forced() {
    let (_root, out) = output();
    let first = tree(&[("p/a", "a"), ("p/b", "b")]);
    done(&out, &first, &PLAIN);
    put(&out, "p/a", "edited");
    for wanted in [
        first.clone(),
        tree(&[("p/a", "new"), ("p/b", "b")]),
        tree(&[("p/b", "b")]),
    ] {
        refused(
            &out,
            &wanted,
            "output-edited",
            "generated/p/a` is edited by hand",
        );
        assert_eq!(plan(&out, &wanted, &PLAIN).unwrap().edited, ["p/a"]);
    }
    let changes = done(&out, &first, &FORCE);
    assert_eq!(
        (changes.edited, changes.changed),
        (vec!["p/a".into()], vec!["p/a".into()])
    );
    assert_eq!(on_disk(&out)["p/a"], b"a");
}

#[test]
fn an_edit_that_the_spec_has_caught_up_with_is_none() {
    let (_root, out) = output();
    done(&out, &tree(&[("p/a", "a")]), &PLAIN);
    put(&out, "p/a", "b");
    let wanted = tree(&[("p/a", "b")]);
    assert!(
        !done(&out, &wanted, &PLAIN).is_empty(),
        "the ledger is out of date"
    );
    assert!(done(&out, &wanted, &PLAIN).is_empty());
}

#[test]
fn many_files_in_the_way_are_one_finding() {
    let (_root, out) = output();
    let wanted = many("p", 30, "x");
    done(&out, &wanted, &PLAIN);
    for path in wanted.environments["p"].files.keys() {
        put(&out, path, "edited");
    }
    refused(
        &out,
        &wanted,
        "output-edited",
        "30 files are edited by hand",
    );
    let notes = &build(&out, &wanted, &PLAIN).refusals[0].notes;
    assert_eq!(
        (notes.len(), notes.last().unwrap().as_str()),
        (11, "and 20 more")
    );
}

#[test]
fn most_of_an_environment_goes_only_with_leave() {
    let (_root, out) = output();
    done(&out, &many("p", 42, "x"), &PLAIN);
    let (fewer, half) = (many("p", 20, "x"), many("p", 21, "x"));
    refused(
        &out,
        &fewer,
        "output-deletions",
        "22 of 42 files of `p` would be removed",
    );
    refused(&out, &tree(&[]), "output-deletions", "42 of 42");
    assert_eq!(plan(&out, &half, &PLAIN).unwrap().refusals, []);
    assert_eq!(done(&out, &fewer, &DELETE).removed.len(), 22);
    assert_eq!(
        done(&out, &tree(&[]), &PLAIN).removed.len(),
        20,
        "few may always go"
    );
}

#[test]
fn objects_that_keep_data_go_only_with_leave() {
    for kind in ["StatefulSet", "PersistentVolumeClaim", "Namespace"] {
        let (_root, out) = output();
        let object = format!("apiVersion: v1\nkind: {kind}\n");
        done(&out, &tree(&[("p/a", &object), ("p/b", "b")]), &PLAIN);
        let wanted = tree(&[("p/b", "b")]);
        refused(
            &out,
            &wanted,
            "output-stateful-deletion",
            "p/a` is to be removed",
        );
        assert_eq!(done(&out, &wanted, &DELETE).removed, ["p/a"]);
    }
}

#[test]
fn a_scoped_build_removes_only_in_its_scope() {
    let (_root, out) = output();
    let all = tree(&[
        ("p/apps/a", "a"),
        ("p/s/a/1", "1"),
        ("p/s/a/2", "2"),
        ("p/s/b/1", "1"),
        ("q/x", "x"),
    ]);
    done(&out, &all, &PLAIN);
    let wanted = scoped(
        &["p/s/a/", "p/apps/a"],
        &[("p/s/a/1", "one"), ("p/apps/a", "a")],
    );
    let changes = done(&out, &wanted, &PLAIN);
    assert_eq!(changes.removed, ["p/s/a/2"]);
    assert_eq!(changes.changed, ["p/s/a/1"]);
    let expected = [
        ".tiphys/p.ledger",
        ".tiphys/q.ledger",
        "p/apps/a",
        "p/s/a/1",
        "p/s/b/1",
        "q/x",
    ];
    assert_eq!(paths(&out), expected);
    let whole = tree(&[
        ("p/apps/a", "a"),
        ("p/s/a/1", "one"),
        ("p/s/b/1", "1"),
        ("q/x", "x"),
    ]);
    assert!(
        done(&out, &whole, &PLAIN).is_empty(),
        "the ledger is that of a whole build"
    );
}

#[test]
fn a_scoped_build_does_not_see_edits_elsewhere() {
    let (_root, out) = output();
    done(
        &out,
        &tree(&[("p/a", "a"), ("p/b", "b"), ("q/c", "c")]),
        &PLAIN,
    );
    put(&out, "p/b", "edited");
    put(&out, "q/c", "edited");
    done(&out, &scoped(&["p/a"], &[("p/a", "A")]), &PLAIN);
    let wanted = tree(&[("p/a", "A"), ("p/b", "b"), ("q/c", "c")]);
    assert_eq!(plan(&out, &wanted, &PLAIN).unwrap().edited, ["p/b", "q/c"]);
}

#[test]
fn links_in_the_output_are_never_followed() {
    let outside = tempfile::tempdir().unwrap();
    let wanted = tree(&[("p/s/a", "a"), ("p/b", "b")]);
    for at in ["", "p", "p/s", "p/s/a", ".tiphys"] {
        let (_root, out) = output();
        let link = out.join(at);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(outside.path(), out.join(at).components().as_path()).unwrap();
        refused(&out, &wanted, "output-symlink", "a symbolic link");
        assert_eq!(
            build(&out, &wanted, &FORCE).refusals.len(),
            1,
            "force does not help"
        );
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_ledger_never_reaches_through_a_link() {
    let (_root, out) = output();
    let outside = tempfile::tempdir().unwrap();
    done(&out, &tree(&[("p/s/a", "a"), ("p/b", "b")]), &PLAIN);
    put(outside.path(), "a", "a");
    std::fs::remove_dir_all(out.join("p/s")).unwrap();
    symlink(outside.path(), out.join("p/s")).unwrap();
    refused(
        &out,
        &tree(&[("p/b", "b")]),
        "output-symlink",
        "generated/p/s` is",
    );
    assert!(outside.path().join("a").exists());
}

#[test]
fn what_stands_in_the_way_is_named() {
    let wanted = tree(&[("p/s/a", "a")]);
    for (at, shown) in [
        ("p/s/a/x", "generated/p/s/a`"),
        ("p/s", "generated/p/s`"),
        ("p", "generated/p`"),
    ] {
        let (_root, out) = output();
        put(&out, at, "");
        refused(&out, &wanted, "output-obstacle", shown);
        assert_eq!(
            build(&out, &wanted, &FORCE).refusals.len(),
            1,
            "force does not help"
        );
    }
    let (root, out) = output();
    put(root.path(), "generated", "");
    refused(
        &out,
        &wanted,
        "output-obstacle",
        "generated` is not a folder",
    );
}

#[test]
fn impossible_paths_are_never_written() {
    for (environment, path) in [
        ("p", "p/../../x"),
        ("p", "q/x"),
        ("p", "p"),
        ("..", "../x"),
        ("", "/etc/x"),
        (".tiphys", ".tiphys/p.ledger"),
        ("p", "p/aux.yaml"),
        ("p", "p/a\\b"),
        ("p", "p/s//x"),
    ] {
        let (_root, out) = output();
        let mut wanted = Tree::default();
        let files = &mut wanted
            .environments
            .entry(environment.into())
            .or_default()
            .files;
        files.insert(path.into(), String::new());
        refused(&out, &wanted, "output-path-unportable", path);
        assert!(!out.exists());
    }
    let (_root, out) = output();
    refused(
        &out,
        &tree(&[("p/A", ""), ("p/a", "")]),
        "output-path-unportable",
        "in case only",
    );
    refused(
        &out,
        &tree(&[("p/a", ""), ("p/a/b", "")]),
        "output-path-unportable",
        "`p/a` is a file",
    );
}

#[test]
fn a_damaged_ledger_is_refused_and_force_takes_what_can_be_read() {
    let (_root, out) = output();
    done(&out, &tree(&[("p/a", "a"), ("p/b", "b")]), &PLAIN);
    let ours = std::fs::read_to_string(out.join(".tiphys/p.ledger")).unwrap();
    let (head, tail) = ours.split_once('\n').unwrap();
    put(
        &out,
        ".tiphys/p.ledger",
        format!("{head}\n<<<<<<< ours\n{tail}=======\n>>>>>>> theirs\n"),
    );
    let wanted = tree(&[("p/a", "a")]);
    refused(&out, &wanted, "output-ledger-damaged", "line 2 of");
    assert_eq!(done(&out, &wanted, &FORCE).removed, ["p/b"]);
    assert!(done(&out, &wanted, &PLAIN).is_empty());
}

#[test]
fn a_ledger_cannot_make_a_build_delete_elsewhere() {
    let (root, out) = output();
    done(&out, &tree(&[("p/a", "a")]), &PLAIN);
    put(root.path(), "precious", "a");
    let ledger = std::fs::read_to_string(out.join(".tiphys/p.ledger")).unwrap();
    put(
        &out,
        ".tiphys/p.ledger",
        ledger.replace("p/a", "p/../../precious"),
    );
    done(&out, &tree(&[("p/a", "a")]), &FORCE);
    assert!(root.path().join("precious").exists());
}

#[test]
fn all_that_is_in_the_way_is_said_in_one_run() {
    let (_root, out) = output();
    done(
        &out,
        &tree(&[("p/a", "a"), ("p/ns", "kind: Namespace\n")]),
        &PLAIN,
    );
    put(&out, "p/a", "edited");
    put(&out, "p/b", "mine");
    put(&out, "p/c/x", "");
    let wanted = tree(&[("p/a", "a"), ("p/b", "b"), ("p/c", "c")]);
    let changes = build(&out, &wanted, &PLAIN);
    let codes: BTreeSet<_> = changes
        .refusals
        .iter()
        .map(|finding| finding.code.name)
        .collect();
    assert_eq!(
        codes,
        BTreeSet::from([
            "output-edited",
            "output-foreign-file",
            "output-obstacle",
            "output-stateful-deletion"
        ])
    );
}
