//! A small sound fleet in a folder of its own, to be spoiled, and what the program makes of it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tiphys::cli::explain::all_codes;

const SOUND: &[(&str, &str)] = &[
    (
        "environments/fleet.kdl",
        r#"fleet "attacked" {
    publish repository="https://git.example.com/attacked/deploy.git" branch="main" path="generated"
    images "registry.example.com/attacked"
    registries "registry.example.com"
    team "shop" oncall="shop-primary" group="attacked:shop" {
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
        "service \"cart\" owner=\"shop\" {\n    http 8080 as=80\n}\n",
    ),
    (
        "environments/services/shop.kdl",
        "service \"shop\" owner=\"shop\" {\n    http 8080 as=80\n    calls \"cart\"\n}\n",
    ),
    (
        "environments/test/environment.kdl",
        r#"environment "test" {
    target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
    cluster server="https://kubernetes.default.svc" zones=3
    sync auto
    deploy "cart" "shop"
}
"#,
    ),
    ("environments/test/releases.yaml", RELEASES),
];

/// What runs in the sound fleet.
pub const RELEASES: &str = "\
cart: {version: \"1.0.0\", digest: \"sha256:1000000000000000000000000000000000000000000000000000000000000000\"}
shop: {version: \"1.0.0\", digest: \"sha256:1000000000000000000000000000000000000000000000000000000000000000\"}
";

/// Bytes of private memory that a run may have: 512 MiB.
const MEMORY_KIB: &str = "524288";
/// When a run is taken for one that never ends.
const PATIENCE: Duration = Duration::from_secs(300);

pub struct Fleet {
    /// Holds the fleet in `fleet` and beside it things that nobody may touch.
    outside: TempDir,
}

impl Fleet {
    pub fn empty() -> Fleet {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.yaml"), "outside: secret\n").unwrap();
        fs::create_dir(outside.path().join("fleet")).unwrap();
        Fleet { outside }
    }

    pub fn sound() -> Fleet {
        let fleet = Fleet::empty();
        for (path, text) in SOUND {
            fleet.write(path, text);
        }
        fleet
    }

    pub fn root(&self) -> PathBuf {
        self.outside.path().join("fleet")
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Puts `more` before the last closing brace of a file.
    pub fn add(&self, path: &str, more: &str) {
        let text = fs::read_to_string(self.root().join(path)).unwrap();
        let (body, _) = text.rsplit_once('}').unwrap();
        self.write(path, format!("{body}{more}\n}}\n"));
    }

    pub fn exists(&self, path: &str) -> bool {
        self.root().join(path).exists()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -d \"$0\" && exec \"$@\"", MEMORY_KIB])
            .arg(env!("CARGO_BIN_EXE_tiphys"))
            .arg("-C")
            .arg(self.root())
            .args(args)
            .env("RUST_BACKTRACE", "0")
            .env("RAYON_NUM_THREADS", "4")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, args: &[&str]) -> Run {
        let run = finish(self.command(args).spawn().unwrap());
        assert!(!run.text.contains("panicked"), "{}", run.text);
        for code in &run.codes {
            let known = all_codes().any(|one| one.name == code);
            assert!(known, "`explain` does not know `{code}`");
        }
        run
    }

    /// `check` and `build` refuse it, with these error codes at least, and write nothing.
    pub fn refuses(&self, what: &str, codes: &[&str]) -> Run {
        self.refusal(what, codes)
            .unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// The same for tables, which report all their failures at once.
    pub fn refusal(&self, what: &str, codes: &[&str]) -> Result<Run, String> {
        let before = files(self.outside.path());
        let run = self.run(&["check"]);
        let build = self.run(&["build"]);
        let said = |run: &Run| {
            codes
                .iter()
                .all(|code| run.errors().iter().any(|one| one == code))
        };
        for run in [&run, &build] {
            if run.exit != 3 || !said(run) {
                let (exit, errors) = (run.exit, run.errors());
                return Err(format!(
                    "{what}: exit {exit} with {errors:?}, not {codes:?}"
                ));
            }
        }
        match files(self.outside.path()) == before {
            true => Ok(run),
            false => Err(format!("{what}: something was written")),
        }
    }
}

/// Fails with all that did not hold.
pub fn all(results: impl IntoIterator<Item = Result<Run, String>>) {
    let failures: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Paths and sizes of everything below a folder.
pub fn files(folder: &Path) -> BTreeSet<(PathBuf, u64)> {
    let entries = walkdir::WalkDir::new(folder).into_iter();
    let entries = entries.filter_map(Result::ok);
    entries
        .map(|entry| {
            let is_file = entry.file_type().is_file();
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            (entry.into_path(), if is_file { size } else { 0 })
        })
        .collect()
}

/// What a run said and how it ended.
pub struct Run {
    /// -1 where a signal ended it.
    pub exit: i32,
    /// Standard output, then standard error.
    pub text: String,
    /// The codes of all findings.
    pub codes: BTreeSet<String>,
}

impl Run {
    /// The codes of errors, sorted.
    pub fn errors(&self) -> Vec<String> {
        codes(&self.text, "error[").into_iter().collect()
    }
}

fn codes(text: &str, before: &str) -> BTreeSet<String> {
    let found = text.lines().filter_map(|line| line.strip_prefix(before));
    let codes = found.filter_map(|rest| rest.split(']').next());
    codes.map(str::to_string).collect()
}

/// Waits for the end, reading along.
pub fn finish(mut child: Child) -> Run {
    let outputs = [
        reader(child.stdout.take().unwrap()),
        reader(child.stderr.take().unwrap()),
    ];
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text: String = outputs.map(|output| output.join().unwrap()).concat();
    let mut all = codes(&text, "error[");
    all.extend(codes(&text, "warning["));
    Run {
        exit: status.code().unwrap_or(-1),
        text,
        codes: all,
    }
}

fn reader(mut output: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        output.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).expect("what is said is UTF-8")
    })
}
