//! Trees that somebody touched, seals that somebody made.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::{DAY, Fleet, command};

const SERVICE: &str = "generated/production/services/cart/service.yaml";

#[test]
fn an_edited_file_is_refused_as_ever() {
    let fleet = Fleet::planted();
    fleet.edit(SERVICE, "port: 80", "port: 81");
    let said = fleet.build();
    assert!(!said.is_sealed() && said.code == Some(4), "{said:?}");
    assert!(said.stderr.contains("output-edited"), "{said:?}");
}

#[test]
fn a_removed_file_is_written_again() {
    let fleet = Fleet::planted();
    let text = fs::read(fleet.path(SERVICE)).unwrap();
    fs::remove_file(fleet.path(SERVICE)).unwrap();
    let said = fleet.build();
    assert!(
        !said.is_sealed() && said.stderr.contains("1 new"),
        "{said:?}"
    );
    assert_eq!(fs::read(fleet.path(SERVICE)).unwrap(), text);
    fleet.plant();
    assert!(fleet.build().is_sealed());
}

#[test]
fn a_link_in_the_tree_is_refused_as_ever() {
    for path in [
        SERVICE,
        "generated/production/services/cart",
        "generated/production",
        "generated",
    ] {
        let fleet = Fleet::planted();
        let away = fleet.path("away");
        fs::rename(fleet.path(path), &away).unwrap();
        symlink(&away, fleet.path(path)).unwrap();
        let said = fleet.build();
        assert!(
            !said.is_sealed() && said.code == Some(4),
            "{path}: {said:?}"
        );
        assert!(said.stderr.contains("output-symlink"), "{path}: {said:?}");
    }
}

#[test]
fn a_stray_is_told_without_a_compilation() {
    let fleet = Fleet::planted();
    fleet.put("generated/production/services/cart/mine.yaml", "a: 1\n");
    let said = fleet.build();
    assert!(
        said.is_sealed() && said.stderr.contains("output-stray"),
        "{said:?}"
    );
    let sealed = said
        .stderr
        .replace(super::PLANTED, "is critical, and nothing is promised");
    assert_eq!(fleet.cold(&["build", "--date", DAY]).stderr, sealed);
}

#[test]
fn ledgers_that_somebody_touched_are_compared_with_a_compilation() {
    let fleet = Fleet::planted();
    let ledger = fleet.path("generated/.tiphys/production.ledger");
    let text = fs::read_to_string(&ledger).unwrap();
    // As a checkout leaves it: the same bytes in another file.
    fs::remove_file(&ledger).unwrap();
    fs::write(&ledger, &text).unwrap();
    assert!(!fleet.build().is_sealed());

    fleet.plant();
    let other = fleet.path("generated/.tiphys/staging.ledger");
    fs::write(&other, text.lines().next().unwrap()).unwrap();
    let said = fleet.build();
    assert!(!said.is_sealed() && !other.exists(), "{said:?}");

    fleet.plant();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(&ledger, lines[..lines.len() - 1].join("\n")).unwrap();
    let said = fleet.build();
    assert!(!said.is_sealed() && said.code == Some(0), "{said:?}");
    assert_eq!(fs::read_to_string(&ledger).unwrap(), text);
}

#[test]
fn an_interrupted_build_is_completed() {
    let fleet = Fleet::planted();
    fleet.put(
        "generated/.tiphys/journal",
        "tiphys journal 1\nremove production/x\nend\n",
    );
    assert!(!fleet.build().is_sealed());
    assert!(!fleet.path("generated/.tiphys/journal").exists());
}

#[test]
fn a_tree_that_was_copied_or_committed_with_its_seal_is_compiled() {
    let fleet = Fleet::planted();
    fs::rename(fleet.path("generated"), fleet.path("old")).unwrap();
    let copied = Command::new("cp")
        .arg("-a")
        .args([fleet.path("old"), fleet.path("generated")])
        .status();
    assert!(copied.unwrap().success());
    assert!(!fleet.build().is_sealed());
}

#[test]
fn a_damaged_seal_is_no_seal() {
    let fleet = Fleet::planted();
    let full = fleet.cold(&["build", "--date", DAY]);
    let good = fs::read(fleet.seal()).unwrap();
    let mut cases = vec![
        Vec::new(),
        b"\xff\xfe".to_vec(),
        b"tiphys seal 1 \n".to_vec(),
    ];
    for n in [1, 20, 90, 160, good.len() / 2, good.len() - 1] {
        cases.push(good[..n].to_vec());
        let mut flipped = good.clone();
        flipped[n] ^= 1;
        cases.push(flipped);
    }
    cases.push([b"tiphys seal 2 ", &good[14..]].concat());
    for case in cases {
        fs::write(fleet.seal(), &case).unwrap();
        assert_eq!(fleet.build(), full, "{:?}", String::from_utf8_lossy(&case));
        assert_eq!(fs::read(fleet.seal()).unwrap(), good);
    }
}

#[test]
fn a_seal_of_the_right_digest_that_says_odd_things_is_no_seal() {
    let fleet = Fleet::planted();
    let full = fleet.cold(&["build", "--date", DAY]);
    let text = fs::read_to_string(fleet.seal()).unwrap();
    let (_, good) = text.split_once('\n').unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let (key, environment, findings) = (lines[0], lines[1], lines[2]);
    let zeros = "0".repeat(64);
    let nested = "[".repeat(200_000);
    for body in [
        String::new(),
        format!("{key}\n"),
        format!("{key}\n{environment}\n"),
        format!("{key}\n{environment}\nfindings \n"),
        format!("{key}\n{environment}\nfindings {nested}\n"),
        format!("{zeros}\n{environment}\n{findings}\n"),
        format!("{key}\n{findings}\n"),
        format!("{key}\n- - production\n{findings}\n"),
        format!("{key}\n{environment}\n- - ../..\n{findings}\n"),
        format!("{key}\n{environment}\n{environment}\n{findings}\n"),
        format!(
            "{key}\n{}\n{findings}\n",
            environment.replace("production", "../production")
        ),
        format!("{key}\n{}\n{findings}\n", &environment[1..]),
        format!("{key}\n{environment}\n{}\n", findings.replace("[[", "[[9")),
    ] {
        fleet.reseal(&body);
        assert_eq!(fleet.build(), full, "{body}");
        assert_eq!(fs::read_to_string(fleet.seal()).unwrap(), text);
    }
}

#[test]
fn whatever_stands_where_the_seal_belongs_a_build_succeeds() {
    type Obstacle = fn(&Fleet);
    let obstacles: [(&str, Obstacle); 6] = [
        ("a file for the folder", |fleet| {
            fs::write(fleet.cache(), "").unwrap()
        }),
        ("a link for the folder", |fleet| {
            fs::create_dir(fleet.path("away")).unwrap();
            symlink(fleet.path("away"), fleet.cache()).unwrap();
        }),
        ("a link to nowhere for the folder", |fleet| {
            symlink("nowhere", fleet.cache()).unwrap()
        }),
        ("links for the files", |fleet| {
            fs::create_dir(fleet.cache()).unwrap();
            for name in ["seal", "seal.new", ".gitignore"] {
                symlink(fleet.path("kept"), fleet.cache().join(name)).unwrap();
            }
        }),
        ("a folder for the seal", |fleet| {
            fs::create_dir_all(fleet.seal().join("full")).unwrap();
        }),
        ("a pipe for the seal", |fleet| {
            fs::create_dir(fleet.cache()).unwrap();
            let made = Command::new("mkfifo").arg(fleet.seal()).status();
            assert!(made.unwrap().success());
        }),
    ];
    let fleet = Fleet::new();
    fleet.build();
    let full = fleet.cold(&["build", "--date", DAY]);
    for (name, obstacle) in obstacles {
        fs::remove_dir_all(fleet.cache())
            .or_else(|_| fs::remove_file(fleet.cache()))
            .unwrap();
        fleet.put("kept", "kept");
        obstacle(&fleet);
        assert_eq!(fleet.build(), full, "{name}");
        assert_eq!(fleet.build(), full, "{name}, again");
        assert_eq!(
            fs::read_to_string(fleet.path("kept")).unwrap(),
            "kept",
            "{name}"
        );
        let away = fleet.path("away");
        assert!(
            !away.exists() || fs::read_dir(away).unwrap().next().is_none(),
            "{name}"
        );
    }
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    use std::os::unix::fs::PermissionsExt as _;
    let fleet = Fleet::planted();
    let seal = fs::read(fleet.seal()).unwrap();
    let mode = |mode| fs::set_permissions(fleet.cache(), fs::Permissions::from_mode(mode));
    mode(0o555).unwrap();
    fleet.edit("environments/services/cart.kdl", "8080", "8081");
    let said = fleet.build();
    let is_all_powerful = fs::read(fleet.seal()).unwrap() != seal;
    mode(0o755).unwrap();
    assert!(!said.is_sealed() && said.code == Some(0), "{said:?}");
    assert!(is_all_powerful || !fleet.build().is_sealed());
}

#[test]
fn builds_at_once_leave_a_seal_that_is_true() {
    let fleet = Fleet::planted();
    for round in 0..3 {
        fleet.edit(
            "environments/services/cart.kdl",
            &format!("808{round}"),
            &format!("808{}", round + 1),
        );
        let builds: Vec<_> = (0..4)
            .map(|_| {
                let mut command = command(fleet.0.path(), &["build", "--date", DAY]);
                command.stderr(std::process::Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut build in builds {
            assert!(build.wait().unwrap().success());
        }
        let again = fleet.build();
        assert!(again.stderr.contains("is up to date"), "{again:?}");
        assert_eq!(fleet.cold(&["build", "--date", DAY]), again);
    }
}
