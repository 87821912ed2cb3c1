//! Single files: whole or not at all.

use std::os::unix::fs::{PermissionsExt, symlink};

use tiphys::io::write_file_atomic;

use super::put;

#[test]
fn a_file_is_replaced_and_keeps_its_permissions() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("releases.yaml");
    write_file_atomic(&path, "new").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    write_file_atomic(&path, "newer").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "newer");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
    assert_eq!(
        std::fs::read_dir(root.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_link_stays_a_link() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "real", "old");
    let link = root.path().join("link");
    symlink("real", &link).unwrap();
    write_file_atomic(&link, "new").unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        std::fs::read_to_string(root.path().join("real")).unwrap(),
        "new"
    );
}

#[test]
fn what_cannot_be_written_stays_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), "folder/x", "");
    put(root.path(), "fixed", "old");
    let fixed = root.path().join("fixed");
    std::fs::set_permissions(&fixed, std::fs::Permissions::from_mode(0o444)).unwrap();
    symlink("nowhere", root.path().join("dangling")).unwrap();
    for (name, cause) in [
        ("folder", "it is not a file"),
        ("fixed", "permission denied"),
        ("dangling", "a link to nowhere"),
        ("missing/x", "no such file"),
        ("fixed/x", "not a directory"),
    ] {
        let error = write_file_atomic(&root.path().join(name), "new")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("could not write `") && error.contains(cause),
            "{error}"
        );
    }
    assert_eq!(std::fs::read_to_string(&fixed).unwrap(), "old");
    assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 3);
}
