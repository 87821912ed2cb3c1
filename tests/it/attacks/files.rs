//! Files and folders that are not what a fleet is made of.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use super::fleet::files;
use super::{Fleet, refused};

const CART: &str = "environments/services/cart.kdl";

#[test]
fn bytes_that_are_no_text_are_refused() {
    let cases: &[(&str, &[u8], &str)] = &[
        ("NUL", b"service \"cart\" {\0}", "file-has-nul"),
        ("Latin-1", b"service \"caf\xe9\"", "file-not-utf8"),
        (
            "an overlong slash",
            b"service \"a\xc0\xafb\"",
            "file-not-utf8",
        ),
        ("a surrogate", b"service \"\xed\xa0\x80\"", "file-not-utf8"),
        ("UTF-16", b"\xff\xfes\0e\0", "file-has-nul"),
        ("UTF-32", b"\xff\xfe\0\0s\0\0\0", "file-has-nul"),
    ];
    for (what, bytes, code) in cases {
        let fleet = Fleet::sound();
        fleet.write("environments/services/other.kdl", bytes);
        fleet.refuses(what, &[code]);
    }
}

#[test]
fn names_that_not_every_system_can_hold_are_refused() {
    let service = |name: &str| format!("environments/services/{name}");
    for name in [
        "aux.kdl",
        "CON",
        "nul.tar.kdl",
        "a:b.kdl",
        "a?.kdl",
        "a .kdl ",
        "a.",
        "a\\b.kdl",
    ] {
        let fleet = Fleet::sound();
        fleet.write(&service(name), "");
        fleet.refuses(name, &["file-name-unportable"]);
    }
    let fleet = Fleet::sound();
    fleet.write(&service("Cart.kdl"), "service \"Cart\"");
    fleet.refuses("case", &["file-names-differ-in-case"]);
    let fleet = Fleet::sound();
    let folder = fleet.root().join("environments/services");
    std::fs::write(folder.join(OsStr::from_bytes(b"\xff.kdl")), "").unwrap();
    fleet.refuses("no text", &["file-name-not-utf8"]);
    for name in ["a\u{1b}[31m.kdl", "a\nb.kdl", "a\u{202e}b.kdl"] {
        let fleet = Fleet::sound();
        fleet.write(&service(name), "");
        let run = fleet.run(&["check"]);
        assert_eq!(run.exit, 3, "{}", run.text);
        assert!(!run.text.contains(name), "{}", run.text);
    }
}

#[test]
fn links_pipes_and_folders_are_refused() {
    let places = [
        CART,
        "environments/services",
        "environments",
        "environments/test/releases.yaml",
    ];
    for place in places {
        let fleet = Fleet::sound();
        let (path, aside) = (fleet.root().join(place), fleet.root().join("aside"));
        std::fs::rename(&path, &aside).unwrap();
        symlink(&aside, &path).unwrap();
        let run = fleet.run(&["check"]);
        assert!(
            run.errors().contains(&"input-symlink".to_string()),
            "{place}: {}",
            run.text
        );
    }
    let fleet = Fleet::sound();
    symlink(
        "../../../secret.yaml",
        fleet.root().join("environments/also"),
    )
    .unwrap();
    fleet.refuses("a link out", &["input-symlink"]);
    let fleet = Fleet::sound();
    symlink(".", fleet.root().join("environments/services/loop")).unwrap();
    fleet.refuses("a link to itself", &["input-symlink"]);
    let fleet = Fleet::sound();
    let pipe = fleet.root().join("environments/services/pipe.kdl");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(pipe)
            .status()
            .unwrap()
            .success()
    );
    fleet.refuses("a pipe", &["input-special-file"]);
    let fleet = Fleet::sound();
    std::fs::create_dir_all(fleet.root().join("environments/services/dir.kdl")).unwrap();
    let run = fleet.run(&["check"]);
    assert!([0, 3].contains(&run.exit), "{}", run.text);
}

#[test]
fn the_limits_of_size_and_number_hold() {
    let fleet = Fleet::sound();
    fleet.write("environments/services/big.kdl", vec![b' '; (1 << 20) + 1]);
    fleet.refuses("a large file", &["file-too-large"]);

    let fleet = Fleet::sound();
    for number in 0..9 {
        fleet.write(
            &format!("environments/also/{number}.txt"),
            vec![b' '; 8 << 20],
        );
    }
    fleet.refuses("72 MiB together", &["input-too-large"]);

    let fleet = Fleet::sound();
    for number in 0..20_000 {
        fleet.write(&format!("environments/also/{number}.txt"), "");
    }
    fleet.refuses("20,005 files", &["too-many-files"]);
}

#[test]
fn inputs_at_the_limits_fit_into_memory() {
    let fleet = Fleet::sound();
    let block = format!("{}\n", "a b c\n".repeat(170_000));
    for number in 0..12 {
        fleet.write(&format!("environments/services/s{number}.kdl"), &block);
    }
    let run = fleet.run(&["check"]);
    assert_eq!(run.exit, 3, "{}", run.text);
    assert!(run.errors().contains(&"wrong-file".to_string()));

    let fleet = Fleet::sound();
    let block = format!(
        "service:\n  a:\n    config:\n{}",
        (0..60_000)
            .map(|n| format!("      A{n}: b\n"))
            .collect::<String>()
    );
    assert!(block.len() < 1 << 20);
    for number in 0..12 {
        fleet.write(&format!("environments/services/s{number}.yaml"), &block);
    }
    let run = fleet.run(&["check"]);
    assert_eq!(run.exit, 3, "{}", run.text);
    assert!(run.errors().contains(&"wrong-file".to_string()));
}

#[test]
fn output_outside_the_tree_is_never_written() {
    let manifest =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \"{name}\"}}\n");
    for name in [
        "../../../../outside",
        "/etc/outside",
        "a/../../b",
        "..",
        "a\\\\b",
        "C:x",
        "con",
        "A",
    ] {
        let fleet = Fleet::sound();
        fleet.write("environments/also/a.yaml", manifest(name));
        fleet.add(CART, "also \"also/a.yaml\"");
        let before = files(fleet.root().parent().unwrap());
        let run = fleet.run(&["build"]);
        if run.exit != 0 {
            assert!([3, 4].contains(&run.exit), "{name}: {}", run.text);
            assert_eq!(files(fleet.root().parent().unwrap()), before, "{name}");
        } else {
            assert_eq!(name, "con", "{}", run.text);
        }
    }
    refused(&[(
        "an environment of a reserved name",
        &[("environments/con/environment.kdl", "environment \"con\"")],
        &["file-name-unportable"],
    )]);
}
