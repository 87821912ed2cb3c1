//! A second build that compiles nothing says what a full one would say, and is never wrong.
//!
//! To see whether a build compiled, a seal is given words that no compilation says.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

mod damage;

const BINARY: &str = env!("CARGO_BIN_EXE_tiphys");
/// Before the waiver of the fleet ends.
const DAY: &str = "2026-06-01";
/// Said by nobody but a seal that was tampered with.
const PLANTED: &str = "a seal said this";

/// A fleet that uses every kind of input, with a warning of its own rules and one of the loader.
const FLEET: &[(&str, &str)] = &[
    (
        "environments/fleet.kdl",
        r#"fleet "shop" {
    publish repository="https://git.example.com/shop/deploy.git" branch="main" path="generated"
    images "registry.example.com/shop"
    registries "registry.example.com"
    team "payments" oncall="payments-primary" group="shop:payments" {
        approvers "dana@example.com" "eli@example.com"
    }
    defaults {
        run-as user=1000
        size cpu="100m" memory="64Mi" { replicas min=3 max=3 }
        rollout rolling
    }
}
"#,
    ),
    (
        "environments/services/cart.kdl",
        r#"service "cart" owner="payments" tier="critical" {
    http 8080 as=80
    size cpu="100m" memory="64Mi" { replicas min=1 max=1 }
    also "also/more.yaml"
    waive "single-replica" reason="a demo" ticket="SHOP-17" by="payments" until="2026-12-01"
}
"#,
    ),
    (
        "environments/production/environment.kdl",
        r#"environment "production" {
    target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
    cluster server="https://kubernetes.default.svc" zones=3
    sync auto
    deploy "cart"
}
"#,
    ),
    (
        "environments/production/releases.yaml",
        "cart: {version: \"1.0.0\", digest: \"sha256:1010101010101010101010101010101010101010101010101010101010101010\"}\n",
    ),
    (
        "environments/also/more.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata: {a: b}\n",
    ),
    ("environments/notes.txt", "not read\n"),
    (
        "schemas/policy/house.yaml",
        r#"policy: house
rules:
- code: critical-has-slo
  severity: warning
  selects: service
  schema:
    if: {properties: {tier: {const: critical}}, required: [tier]}
    then: {required: [slo]}
  message: "`{name}` is critical, and nothing is promised"
  help: write `slo availability="99.9%"`
  explain: What is critical has an objective.
"#,
    ),
    (
        "schemas/crds/boats.yaml",
        r#"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
"#,
    ),
    (
        "templates/service-account.yaml.j2",
        include_str!("../../templates/service-account.yaml.j2"),
    ),
];

struct Fleet(TempDir);

impl Fleet {
    /// Not built yet.
    fn new() -> Fleet {
        let fleet = Fleet(tempfile::tempdir().unwrap());
        for (path, text) in FLEET {
            fleet.put(path, text);
        }
        fleet
    }

    /// Built, and its seal says what no build says.
    fn planted() -> Fleet {
        let fleet = Fleet::new();
        assert_eq!(fleet.build().code, Some(0));
        fleet.plant();
        fleet
    }

    fn plant(&self) {
        let text = fs::read_to_string(self.seal()).unwrap();
        let (_, body) = text.split_once('\n').unwrap();
        let said = "is critical, and nothing is promised";
        assert!(body.contains(said), "{body}");
        self.reseal(&body.replace(said, PLANTED));
    }

    fn reseal(&self, body: &str) {
        let digest = Sha256::digest(body.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(self.seal(), format!("tiphys seal 1 {hex}\n{body}")).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn cache(&self) -> PathBuf {
        self.path("generated/.tiphys/cache")
    }

    fn seal(&self) -> PathBuf {
        self.cache().join("seal")
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(from), "{path}: {text}");
        fs::write(self.path(path), text.replacen(from, to, 1)).unwrap();
    }

    fn build(&self) -> Said {
        self.run(&["build", "--date", DAY])
    }

    fn run(&self, args: &[&str]) -> Said {
        let output = command(self.0.path(), args).output().unwrap();
        Said::from(output)
    }

    /// What a build says that finds no seal.
    fn cold(&self, args: &[&str]) -> Said {
        let _ = fs::remove_dir_all(self.cache());
        self.run(args)
    }
}

fn command(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.current_dir(root).args(args);
    command.env_clear().stdin(Stdio::null());
    command
}

#[derive(Debug, PartialEq, Eq)]
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Said {
    /// Whether the seal was taken at its word.
    fn is_sealed(&self) -> bool {
        self.stdout.contains(PLANTED) || self.stderr.contains(PLANTED)
    }
}

#[test]
fn a_second_build_compiles_nothing() {
    let fleet = Fleet::planted();
    let again = fleet.build();
    assert!(again.is_sealed(), "{again:?}");
    assert!(again.stderr.contains("is up to date"), "{again:?}");
}

#[test]
fn a_second_build_says_what_a_full_one_says_in_every_format() {
    let fleet = Fleet::new();
    for format in ["human", "json", "sarif", "github", "junit", "gitlab"] {
        let args = ["build", "--date", DAY, "--format", format];
        fleet.run(&args);
        let full = fleet.cold(&args);
        assert!(fleet.seal().exists());
        let all = format!("{}{}", full.stdout, full.stderr);
        assert!(
            all.contains("critical-has-slo") && all.contains("notes.txt"),
            "{all}"
        );
        assert_eq!(fleet.run(&args), full, "{format}");
    }
}

#[test]
fn a_changed_input_of_any_kind_is_compiled() {
    let cases: &[(&str, &str, &str)] = &[
        ("environments/fleet.kdl", "64Mi", "65Mi"),
        ("environments/services/cart.kdl", "8080", "8081"),
        (
            "environments/production/environment.kdl",
            "zones=3",
            "zones=2",
        ),
        ("environments/production/releases.yaml", "1.0.0", "1.0.1"),
        ("environments/also/more.yaml", "a: b", "a: c"),
        ("schemas/policy/house.yaml", "nothing is", "naught is"),
        ("schemas/crds/boats.yaml", "type: object", "type:  object"),
        ("templates/service-account.yaml.j2", "kind:", "kind: "),
    ];
    let fleet = Fleet::planted();
    for (path, from, to) in cases {
        fleet.edit(path, from, to);
        let said = fleet.build();
        assert!(
            !said.is_sealed() && said.code == Some(0),
            "{path}: {said:?}"
        );
        let again = fleet.build();
        assert_eq!(again, fleet.cold(&["build", "--date", DAY]), "{path}");
        fleet.edit(path, to, from);
        fleet.build();
        fleet.plant();
        assert!(fleet.build().is_sealed());
    }
}

#[test]
fn files_that_appear_vanish_or_change_their_kind_are_seen() {
    let fleet = Fleet::planted();
    fleet.put("environments/more.txt", "");
    let said = fleet.build();
    assert!(
        !said.is_sealed() && said.stderr.contains("more.txt"),
        "{said:?}"
    );

    fleet.plant();
    fs::remove_file(fleet.path("environments/more.txt")).unwrap();
    let said = fleet.build();
    assert!(
        !said.is_sealed() && !said.stderr.contains("more.txt"),
        "{said:?}"
    );

    fleet.plant();
    fleet.put("templates/.hidden", "");
    assert!(
        fleet.build().is_sealed(),
        "what is never looked at may come and go"
    );

    fs::remove_file(fleet.path("environments/notes.txt")).unwrap();
    fs::create_dir(fleet.path("environments/notes.txt")).unwrap();
    let said = fleet.build();
    assert!(
        !said.is_sealed() && !said.stderr.contains("notes.txt"),
        "{said:?}"
    );

    fleet.plant();
    fs::remove_dir(fleet.path("environments/notes.txt")).unwrap();
    std::os::unix::fs::symlink("fleet.kdl", fleet.path("environments/notes.txt")).unwrap();
    let said = fleet.build();
    assert!(!said.is_sealed() && said.code == Some(3), "{said:?}");
}

#[test]
fn a_waiver_that_ends_is_told_on_its_day() {
    let fleet = Fleet::planted();
    let later = fleet.run(&["build", "--date", "2026-12-02"]);
    assert!(
        !later.is_sealed() && later.stderr.contains("expired-waiver"),
        "{later:?}"
    );
    let before = fleet.build();
    assert!(!before.stderr.contains("expired-waiver"), "{before:?}");
}

#[test]
fn what_is_to_do_everything_never_asks_a_seal() {
    let fleet = Fleet::planted();
    let seal = fs::read(fleet.seal()).unwrap();
    let cases: &[&[&str]] = &[
        &["check"],
        &["build", "--check"],
        &["build", "--dry-run"],
        &["build", "--stdout"],
        &["build", "--env", "production"],
        &["build", "--service", "cart"],
        &["build", "--force"],
    ];
    for case in cases {
        let said = fleet.run(&[case, &["--date", DAY][..]].concat());
        assert!(
            !said.is_sealed() && said.code == Some(0),
            "{case:?}: {said:?}"
        );
        let is_same = fs::read(fleet.seal()).unwrap() == seal;
        assert_eq!(is_same, !case.contains(&"--force"), "{case:?}");
    }
}

#[test]
fn git_never_sees_a_seal() {
    let fleet = Fleet::planted();
    let git = |args: &[&str]| {
        Command::new("git")
            .current_dir(fleet.0.path())
            .args(args)
            .output()
    };
    let Ok(true) = git(&["init", "-q"]).map(|output| output.status.success()) else {
        return;
    };
    let listed = git(&["ls-files", "--others", "--exclude-standard"]).unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains(".tiphys/production.ledger"), "{listed}");
    assert!(!listed.contains("cache"), "{listed}");
}
