//! Disks that are full, read-only or vanish, and signals.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::Duration;

use super::Fleet;
use super::fleet::{RELEASES, files, finish};

const CART: &str = "environments/services/cart.kdl";

#[test]
fn a_root_that_is_not_there_is_a_failure_of_the_world() {
    let fleet = Fleet::empty();
    fs::remove_dir(fleet.root()).unwrap();
    for verb in ["check", "build"] {
        let run = fleet.run(&[verb]);
        assert_eq!(run.exit, 1, "{}", run.text);
        assert!(run.text.contains("no such file"), "{}", run.text);
    }
}

#[test]
fn an_output_that_cannot_be_written_is_a_failure_of_the_world() {
    let fleet = Fleet::sound();
    for out in ["/proc/nothing", "/dev/null/out", "/dev/null"] {
        let run = fleet.run(&["build", "--out", out]);
        assert!([1, 4].contains(&run.exit), "{out}: {}", run.text);
    }
    fleet.write("generated", "a file");
    let run = fleet.run(&["build"]);
    assert!([1, 4].contains(&run.exit), "{}", run.text);
    assert_eq!(fs::read(fleet.root().join("generated")).unwrap(), b"a file");
}

#[test]
fn an_output_that_leads_away_is_refused() {
    let fleet = Fleet::sound();
    let target = fleet.root().parent().unwrap().join("target");
    fs::create_dir(&target).unwrap();
    symlink(&target, fleet.root().join("generated")).unwrap();
    let run = fleet.run(&["build"]);
    assert!([0, 1, 4].contains(&run.exit), "{}", run.text);

    let fleet = Fleet::sound();
    let target = fleet.root().parent().unwrap().join("target");
    fs::create_dir(&target).unwrap();
    fs::create_dir(fleet.root().join("generated")).unwrap();
    symlink(&target, fleet.root().join("generated/test")).unwrap();
    let run = fleet.run(&["build"]);
    assert_eq!(run.exit, 4, "{}", run.text);
    assert_eq!(run.errors(), ["output-symlink"]);
    assert_eq!(
        files(&target).len(),
        1,
        "nothing was written through the link"
    );
}

#[test]
fn a_file_edited_by_hand_stays_until_it_is_forced() {
    let fleet = Fleet::sound();
    assert_eq!(fleet.run(&["build"]).exit, 0);
    let generated = files(&fleet.root().join("generated/test"));
    let edited = generated
        .iter()
        .find(|(path, _)| path.ends_with("service.yaml"));
    let (edited, _) = edited.expect("a Service was written");
    fs::write(edited, "by hand\n").unwrap();
    fleet.add(CART, "drain \"21s\"");
    let before = files(&fleet.root());
    let run = fleet.run(&["build"]);
    assert_eq!(
        (run.exit, run.errors()),
        (4, vec!["output-edited".to_string()]),
        "{}",
        run.text
    );
    assert_eq!(files(&fleet.root()), before);
    assert_eq!(fleet.run(&["build", "--force"]).exit, 0);
    assert_ne!(fs::read(edited).unwrap(), b"by hand\n");
}

fn skipped(what: &str) {
    eprintln!("SKIPPED {what}");
}

/// A small file system at `at`, where this user may mount one.
fn mounted(at: &std::path::Path, size: &str) -> bool {
    fs::create_dir_all(at).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(at);
    mount.output().is_ok_and(|output| output.status.success())
}

fn unmount(at: &std::path::Path) {
    let status = Command::new("umount").arg("-l").arg(at).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_full_disk_leaves_the_old_tree_and_the_next_build_completes() {
    let fleet = Fleet::sound();
    let out = fleet.root().join("disk");
    if !mounted(&out, "size=40k,nr_inodes=14") {
        skipped("a full disk: this user may not mount a file system");
        return;
    }
    let place = out.join("out").to_string_lossy().into_owned();
    let run = fleet.run(&["build", "--out", &place]);
    assert_eq!(run.exit, 1, "{}", run.text);
    assert!(run.text.contains("no space left"), "{}", run.text);
    let remount = ["-o", "remount,size=50m,nr_inodes=10000"];
    let status = Command::new("mount")
        .args(remount)
        .arg(&out)
        .status()
        .unwrap();
    assert!(status.success());
    let run = fleet.run(&["build", "--out", &place]);
    assert_eq!(run.exit, 0, "{}", run.text);
    let run = fleet.run(&["build", "--check", "--out", &place]);
    unmount(&out);
    assert_eq!(run.exit, 0, "{}", run.text);
}

#[test]
fn a_read_only_disk_is_a_failure_of_the_world() {
    let fleet = Fleet::sound();
    let out = fleet.root().join("disk");
    if !mounted(&out, "size=1m,ro") {
        skipped("a read-only disk: this user may not mount a file system");
        return;
    }
    let run = fleet.run(&["build", "--out", &out.join("out").to_string_lossy()]);
    unmount(&out);
    assert_eq!(run.exit, 1, "{}", run.text);
    assert!(run.text.contains("read-only"), "{}", run.text);
}

#[test]
fn what_may_not_be_read_is_refused() {
    let fleet = Fleet::sound();
    let path = fleet.root().join(CART);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        skipped("a file without permissions: this user reads everything");
        return;
    }
    fleet.refuses("a file without permissions", &["file-unreadable"]);
}

/// A fleet of many services, so that a build takes a while.
fn large(services: usize) -> Fleet {
    let fleet = Fleet::sound();
    let mut releases = RELEASES.to_string();
    let mut names = String::new();
    let cart = RELEASES.lines().next().unwrap();
    for number in 0..services {
        let name = format!("s{number}");
        let spec = format!("service \"{name}\" owner=\"shop\" {{ http 8080 as=80; }}\n");
        fleet.write(&format!("environments/services/{name}.kdl"), spec);
        releases += &format!("{}\n", cart.replace("cart", &name));
        names += &format!(" \"{name}\"");
    }
    fleet.add(
        "environments/test/environment.kdl",
        &format!("deploy{names}"),
    );
    fleet.write("environments/test/releases.yaml", releases);
    fleet
}

#[test]
fn a_build_that_is_ended_by_a_signal_is_completed_by_the_next_one() {
    let fleet = large(120);
    let reference = fleet
        .root()
        .join("reference")
        .to_string_lossy()
        .into_owned();
    let run = fleet.run(&["build", "--out", &reference]);
    assert_eq!(run.exit, 0, "{}", run.text);
    let expected = relative(&fleet, "reference");
    assert!(expected.len() > 500, "{} files", expected.len());
    for (number, signal) in ["TERM", "INT", "KILL", "TERM"].into_iter().enumerate() {
        let _ = fs::remove_dir_all(fleet.root().join("generated"));
        let child = fleet.command(&["build"]).spawn().unwrap();
        wait_until_it_writes(&fleet, number * 100);
        let id = child.id().to_string();
        let _ = Command::new("kill").args(["-s", signal, &id]).status();
        let ended = finish(child);
        assert!(!ended.text.contains("panicked"), "{}", ended.text);
        let run = fleet.run(&["build"]);
        assert_eq!(run.exit, 0, "{signal}: {}", run.text);
        assert_eq!(relative(&fleet, "generated"), expected, "{signal}");
    }
}

fn relative(fleet: &Fleet, folder: &str) -> Vec<(String, u64)> {
    let root = fleet.root().join(folder);
    let found = files(&root).into_iter();
    let found = found.filter(|(path, _)| !path.to_string_lossy().ends_with("lock"));
    // What a build remembers is of this machine and moment.
    let found = found.filter(|(path, _)| !path.starts_with(root.join(".tiphys/cache")));
    let name = |path: &std::path::Path| {
        path.strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    found.map(|(path, size)| (name(&path), size)).collect()
}

fn wait_until_it_writes(fleet: &Fleet, at_least: usize) {
    for _ in 0..20_000 {
        if files(&fleet.root().join("generated")).len() > at_least {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
