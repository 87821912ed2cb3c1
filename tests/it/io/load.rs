//! Every way in which a file on disk cannot be an input, and the code that says so.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;
use tiphys::diagnostic::Diagnostics;
use tiphys::io::load;
use tiphys::source::SourceTree;

use super::put;

const SPEC: &str = "environments/fleet.kdl";

fn fleet() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), SPEC, "fleet \"shop\"\n");
    root
}

/// The tree, and each finding as `code: message`.
fn loaded(root: &Path) -> (SourceTree, Vec<String>) {
    let mut diags = Diagnostics::new();
    let tree = load(root, &mut diags).unwrap();
    let lines = diags
        .into_sorted()
        .iter()
        .map(|finding| format!("{}: {}", finding.code.name, finding.message))
        .collect();
    (tree, lines)
}

fn paths(tree: &SourceTree) -> Vec<&str> {
    tree.iter().map(|(_, file)| file.path.as_str()).collect()
}

/// Exactly one finding, with this code and this text in it, and the rest of the fleet is read.
#[track_caller]
fn check_refusal(prepare: impl FnOnce(&Path), code: &str, text: &str) {
    let root = fleet();
    prepare(root.path());
    let (tree, findings) = loaded(root.path());
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(
        findings[0].starts_with(&format!("{code}: ")),
        "{findings:?}"
    );
    assert!(findings[0].contains(text), "{findings:?}");
    assert_eq!(paths(&tree), [SPEC]);
}

#[test]
fn all_folders_of_a_fleet_are_read_sorted_by_path() {
    let root = fleet();
    for path in [
        "environments/services/cart.kdl",
        "environments/production/releases.yaml",
        "environments/production/environment.yml",
        "environments/also/check.sh",
        "environments/also/deep/values.toml",
        "templates/rollout.yaml.j2",
        "schemas/policy/house.yaml",
        "schemas/crds/widgets.yaml",
    ] {
        put(root.path(), path, "");
    }
    for not_read in [
        "generated/production/x.yaml",
        "schemas/spec/x.yaml",
        "environments/.git/config",
        "environments/.draft.kdl",
        "environments/README.md",
    ] {
        put(root.path(), not_read, "");
    }
    let (tree, findings) = loaded(root.path());
    assert_eq!(findings, [""; 0]);
    assert_eq!(
        paths(&tree),
        [
            "environments/also/check.sh",
            "environments/also/deep/values.toml",
            "environments/fleet.kdl",
            "environments/production/environment.yml",
            "environments/production/releases.yaml",
            "environments/services/cart.kdl",
            "schemas/crds/widgets.yaml",
            "schemas/policy/house.yaml",
            "templates/rollout.yaml.j2",
        ]
    );
}

#[test]
fn many_files_are_read_like_few() {
    let root = fleet();
    for n in 0..300 {
        put(
            root.path(),
            &format!("environments/services/s{n}.kdl"),
            format!("service {n}"),
        );
    }
    let (tree, findings) = loaded(root.path());
    assert_eq!(findings, [""; 0]);
    assert_eq!(tree.len(), 301);
    let file = tree.find("environments/services/s142.kdl").unwrap();
    assert_eq!(tree.text(file), "service 142");
}

#[test]
fn a_byte_order_mark_is_dropped_and_line_ends_are_kept() {
    let root = fleet();
    put(root.path(), SPEC, "\u{feff}fleet \"shop\"\r\n");
    let (tree, findings) = loaded(root.path());
    assert_eq!(findings, [""; 0]);
    assert_eq!(tree.text(tree.find(SPEC).unwrap()), "fleet \"shop\"\r\n");
}

#[test]
fn a_root_without_environments_is_told_about_init() {
    let root = tempfile::tempdir().unwrap();
    let mut diags = Diagnostics::new();
    assert!(load(root.path(), &mut diags).unwrap().is_empty());
    let finding = &diags.into_sorted()[0];
    assert_eq!(finding.code.name, "environments-missing");
    assert!(finding.help.as_ref().unwrap().contains("tiphys init"));
}

#[test]
fn a_root_that_is_no_folder_is_an_error_of_the_world() {
    let root = fleet();
    let missing = load(&root.path().join("nowhere"), &mut Diagnostics::new()).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("could not read the folder `"),
        "{missing}"
    );
    assert!(load(&root.path().join(SPEC), &mut Diagnostics::new()).is_err());
}

#[test]
fn links_are_refused_wherever_they_point() {
    let outside = tempfile::tempdir().unwrap();
    put(outside.path(), "secret.kdl", "secret");
    let file = outside.path().join("secret.kdl");
    let (code, text) = ("input-symlink", "`environments/x");
    check_refusal(
        |root| symlink(&file, root.join("environments/x.kdl")).unwrap(),
        code,
        text,
    );
    check_refusal(
        |root| symlink("fleet.kdl", root.join("environments/x.kdl")).unwrap(),
        code,
        text,
    );
    check_refusal(
        |root| symlink("nowhere", root.join("environments/x.kdl")).unwrap(),
        code,
        text,
    );
    check_refusal(
        |root| symlink(outside.path(), root.join("environments/x")).unwrap(),
        code,
        text,
    );
    check_refusal(
        |root| symlink(".", root.join("environments/x")).unwrap(),
        code,
        text,
    );
    check_refusal(
        |root| symlink(outside.path(), root.join("templates")).unwrap(),
        code,
        "templates",
    );
    check_refusal(
        |root| symlink(outside.path(), root.join("schemas")).unwrap(),
        code,
        "schemas",
    );
}

#[test]
fn environments_itself_may_not_be_a_link() {
    let outside = fleet();
    let root = tempfile::tempdir().unwrap();
    symlink(
        outside.path().join("environments"),
        root.path().join("environments"),
    )
    .unwrap();
    let (tree, findings) = loaded(root.path());
    assert!(tree.is_empty());
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].starts_with("input-symlink: `environments` is"),
        "{findings:?}"
    );
}

#[test]
fn pipes_and_sockets_are_refused_without_opening_them() {
    let listen = |root: &Path| {
        std::os::unix::net::UnixListener::bind(root.join("environments/x.kdl")).unwrap();
    };
    check_refusal(listen, "input-special-file", "`environments/x.kdl`");
    let file_as_folder = |root: &Path| put(root, "templates", "");
    check_refusal(
        file_as_folder,
        "input-special-file",
        "a folder was expected",
    );
}

#[test]
fn names_must_exist_on_every_system() {
    for name in [
        "aux.kdl",
        "CON.yaml",
        "a:b.kdl",
        "what?.kdl",
        "a\\b.kdl",
        "x.kdl ",
        "nul",
    ] {
        let path = format!("environments/{name}");
        check_refusal(|root| put(root, &path, ""), "file-name-unportable", &path);
    }
    let folder = |root: &Path| put(root, "environments/con/x.kdl", "");
    check_refusal(folder, "file-name-unportable", "`environments/con`");
    let escape = |root: &Path| put(root, "environments/\u{1b}[31mred.kdl", "");
    check_refusal(escape, "file-name-unportable", "\\u{1b}[31mred.kdl");
    let bytes = std::ffi::OsStr::from_bytes(b"environments/caf\xe9.kdl");
    let latin1 = |root: &Path| std::fs::write(root.join(bytes), "").unwrap();
    check_refusal(latin1, "file-name-not-utf8", "environments/caf");
}

#[test]
fn names_that_differ_in_case_only_are_refused() {
    let file = |root: &Path| put(root, "environments/Fleet.kdl", "");
    let root = fleet();
    file(root.path());
    let (_, findings) = loaded(root.path());
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].starts_with("file-names-differ-in-case: "),
        "{findings:?}"
    );
    for path in ["environments/Services/a.kdl", "environments/services/b.kdl"] {
        put(root.path(), path, "");
    }
    assert_eq!(loaded(root.path()).1.len(), 2, "folders as well");
}

#[test]
fn contents_must_be_text() {
    let x = "environments/x.kdl";
    let latin1 = |root: &Path| put(root, x, b"one\ntwo caf\xe9");
    check_refusal(latin1, "file-not-utf8", "byte 0xe9 at offset 11, in line 2");
    let nul = |root: &Path| put(root, x, "one\0");
    check_refusal(nul, "file-has-nul", "offset 3, in line 1");
    let utf16 = |root: &Path| put(root, x, b"\xff\xfef\0l\0");
    check_refusal(utf16, "file-has-nul", "offset 3");
    let also = |root: &Path| put(root, "environments/also/logo.png", b"\x89PNG\xff");
    check_refusal(also, "file-not-utf8", "offset 0");
}

#[test]
fn sizes_are_bounded_for_each_file_and_for_all() {
    let x = "environments/x.kdl";
    check_refusal(
        |root| put(root, x, vec![b' '; (1 << 20) + 1]),
        "file-too-large",
        "1 MiB",
    );
    let also = |root: &Path| put(root, "environments/also/x", vec![b' '; (8 << 20) + 1]);
    check_refusal(also, "file-too-large", "8 MiB");

    let root = fleet();
    put(root.path(), x, vec![b' '; 1 << 20]);
    put(root.path(), "environments/also/x", vec![b' '; 8 << 20]);
    assert_eq!(loaded(root.path()).1, [""; 0], "a limit may be reached");

    for n in 0..8 {
        let file = root.path().join(format!("environments/also/sparse{n}"));
        std::fs::File::create(file)
            .unwrap()
            .set_len(8 << 20)
            .unwrap();
    }
    let (tree, findings) = loaded(root.path());
    assert!(tree.is_empty());
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("input-too-large: "), "{findings:?}");
}

#[test]
fn more_than_twenty_thousand_files_are_refused() {
    let root = fleet();
    for n in 0..20_000 {
        std::fs::File::create(root.path().join(format!("environments/s{n}.kdl"))).unwrap();
    }
    let (tree, findings) = loaded(root.path());
    assert!(tree.is_empty());
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("too-many-files: "), "{findings:?}");
}

#[test]
fn unexpected_endings_are_a_warning() {
    for (path, text) in [
        ("environments/cart.kld", "`.kdl`, `.yaml`, `.yml`"),
        ("environments/cart.kdl~", "`.kdl`, `.yaml`, `.yml`"),
        ("templates/rollout.yml.j2", "`.yaml.j2`"),
        ("schemas/policy/house.json", "`.yaml`"),
    ] {
        check_refusal(|root| put(root, path, "\0"), "file-ignored", text);
    }
}

#[test]
fn what_cannot_be_read_is_an_error_with_its_cause() {
    use std::os::unix::fs::PermissionsExt;
    let root = fleet();
    put(root.path(), "environments/x/y.kdl", "");
    put(root.path(), "environments/z.kdl", "");
    let lock = |path: &str| {
        let path = root.path().join(path);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    };
    lock("environments/z.kdl");
    if std::fs::read(root.path().join("environments/z.kdl")).is_ok() {
        eprintln!("skipped: this user can read everything");
        return;
    }
    lock("environments/x");
    let (_, findings) = loaded(root.path());
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(root.path().join("environments/x"), open).unwrap();
    let expected = ["x", "z.kdl"].map(|name| {
        format!("file-unreadable: cannot read `environments/{name}`: permission denied")
    });
    assert_eq!(findings, expected);
}

#[test]
fn everything_that_is_wrong_is_said_in_one_run() {
    let root = fleet();
    put(root.path(), "environments/a.kdl", "\0");
    put(root.path(), "environments/b.kdl", b"\xff");
    put(root.path(), "environments/aux", "");
    symlink("a.kdl", root.path().join("environments/c.kdl")).unwrap();
    assert_eq!(loaded(root.path()).1.len(), 4);
}
