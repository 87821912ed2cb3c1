//! Releases by real processes, all at once.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::fs;
use std::process::{Command, Stdio};

const FLEET: &[(&str, &str)] = &[
    ("fleet.kdl", "fleet \"shop\"\n"),
    ("services/a.kdl", "service \"a\" { http 8080 }\n"),
    ("services/b.kdl", "service \"b\" { http 8080 }\n"),
    ("services/c.kdl", "service \"c\" { http 8080 }\n"),
    (
        "production/environment.kdl",
        "environment \"production\" { deploy \"a\" \"b\" \"c\" }\n",
    ),
];

#[test]
fn no_release_is_lost_when_several_come_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in FLEET {
        let path = folder.path().join("environments").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    for round in 0..6 {
        let release = |name: &str| {
            let release = format!("{round}.0.0@sha256:{}", "a".repeat(64));
            let mut command = Command::new(env!("CARGO_BIN_EXE_tiphys"));
            command.args(["release", "production", name, &release]);
            command.current_dir(folder.path()).stdout(Stdio::null());
            command.stderr(Stdio::null()).spawn().unwrap()
        };
        let children: Vec<_> = ["a", "b", "c"].iter().map(|name| release(name)).collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let path = folder.path().join("environments/production/releases.yaml");
        let text = fs::read_to_string(path).unwrap();
        let version = format!("version: \"{round}.0.0\"");
        assert_eq!(text.matches(&version).count(), 3, "{text}");
    }
}
