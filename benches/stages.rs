//! Says where the time of a build goes: each stage alone, on one thread, in its own units.
//!
//! Usage: `cargo bench --bench stages -- [ROOT [ROUNDS]]`, the reference fleet by default. The best
//! of the rounds counts, because whatever else the machine does can only slow them down. The sum is
//! what `check` costs on one core; `write` comes on top in `build`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, at the edge"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tiphys::compile::{Options, Session, complete, items};
use tiphys::diagnostic::Diagnostics;
use tiphys::emit;
use tiphys::io;
use tiphys::model::{load, resolve};
use tiphys::plan::Content;
use tiphys::source::SourceTree;
use tiphys::syntax::{kdl, yaml};
use tiphys::value::Value;
use tiphys::verify::{self, references};

/// The best time of each stage, and of each kind in the check of schemas.
#[derive(Default)]
struct Times {
    stages: Vec<(&'static str, Duration, usize, usize)>,
    kinds: BTreeMap<String, (Duration, usize)>,
}

impl Times {
    /// Runs `work`, which says how many things it did and of how many bytes.
    fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> (T, usize, usize)) -> T {
        let begin = Instant::now();
        let (result, count, bytes) = work();
        let time = begin.elapsed();
        match self.stages.iter_mut().find(|stage| stage.0 == name) {
            Some(stage) if stage.1 <= time => {}
            Some(stage) => *stage = (name, time, count, bytes),
            None => self.stages.push((name, time, count, bytes)),
        }
        result
    }

    fn print(&self) {
        println!(
            "{:<12}{:>10}{:>9}{:>10}{:>9}",
            "stage", "ms", "count", "us each", "MB/s"
        );
        for (name, time, count, bytes) in &self.stages {
            let (seconds, each) = (time.as_secs_f64(), (*count).max(1) as f64);
            print!(
                "{name:<12}{:>10.2}{count:>9}{:>10.2}",
                seconds * 1e3,
                seconds * 1e6 / each
            );
            match bytes {
                0 => println!(),
                bytes => println!("{:>9.0}", *bytes as f64 / 1e6 / seconds.max(1e-9)),
            }
        }
        let sum: f64 = self.stages.iter().map(|stage| stage.1.as_secs_f64()).sum();
        println!("{:<12}{:>10.2}\n", "sum", sum * 1e3);
        println!("schema check by kind, us each");
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, (time, _))| std::cmp::Reverse(*time));
        for (kind, (time, count)) in kinds {
            println!(
                "{kind:<28}{count:>8}{:>10.2}",
                time.as_secs_f64() * 1e6 / *count as f64
            );
        }
    }
}

fn main() {
    let mut args = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"));
    let root = args
        .next()
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let rounds = args.next().and_then(|n| n.parse().ok()).unwrap_or(5);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let mut times = Times::default();
    if let Ok(pool) = one_thread {
        pool.install(|| (0..rounds).for_each(|_| round(&root, &mut times)));
    }
    times.print();
}

fn round(root: &Path, times: &mut Times) {
    let mut diags = Diagnostics::new();
    let sources = times.stage("load", || {
        let sources = complete(io::load(root, &mut Diagnostics::new()).unwrap_or_default());
        let bytes = sources.iter().map(|(_, file)| file.text.len()).sum();
        let n_files = sources.len();
        (sources, n_files, bytes)
    });
    read(&sources, times);
    times.stage("decode", || {
        let documents = load::documents(&sources, &mut Diagnostics::new());
        (documents, sources.len(), 0)
    });
    let fleet = times.stage("resolve", || {
        let fleet = resolve::resolve(&sources, &mut diags);
        let services = fleet.iter().flat_map(|fleet| &fleet.environments);
        let count = services.map(|environment| environment.services.len()).sum();
        (fleet, count, 0)
    });
    let Some(fleet) = fleet else {
        println!("no fleet: {:?}", diags.into_sorted().first());
        return;
    };
    let session = times.stage("session", || (Session::new(&sources, &mut diags), 1, 0));
    let items = items(&sources, &fleet, &Options::default());
    let planned = times.stage("plan", || {
        let planned = items.iter().flat_map(|item| item.planned(&mut diags));
        let planned: Vec<_> = planned.collect();
        let count = planned.len();
        (planned, count, 0)
    });
    let mut values = times.stage("render", || {
        let values: Vec<Value> = planned
            .iter()
            .filter_map(|planned| match &planned.content {
                Content::Draft(draft) => session.renderer.render(draft, &mut diags),
                Content::Manifest(manifest) => Some(manifest.value.clone()),
            })
            .collect();
        let count = values.len();
        (values, count, 0)
    });
    check(&session, &mut values, times);
    times.stage("emit", || {
        let mut bytes = 0;
        for value in &values {
            let mut text = String::with_capacity(1024);
            emit::yaml::write(value, &mut text);
            bytes += text.len();
        }
        ((), values.len(), bytes)
    });
}

/// The two readers alone, without decoding.
fn read(sources: &SourceTree, times: &mut Times) {
    let of = |extension: &'static str| {
        let files = sources.iter();
        files.filter(move |(_, file)| {
            file.path.starts_with("environments/") && file.path.ends_with(extension)
        })
    };
    times.stage("read kdl", || {
        let (mut count, mut bytes) = (0, 0);
        for (id, file) in of(".kdl") {
            std::hint::black_box(kdl::read(id, &file.text, &mut Diagnostics::new()));
            (count, bytes) = (count + 1, bytes + file.text.len());
        }
        ((), count, bytes)
    });
    times.stage("read yaml", || {
        let (mut count, mut bytes) = (0, 0);
        for (id, file) in of("releases.yaml") {
            std::hint::black_box(yaml::read(id, &file.text, &mut Diagnostics::new()));
            (count, bytes) = (count + 1, bytes + file.text.len());
        }
        ((), count, bytes)
    });
}

fn text(value: &Value, key: &str) -> String {
    let text = value.get(key).and_then(Value::as_str);
    text.unwrap_or("").to_owned()
}

fn check(session: &Session, values: &mut [Value], times: &mut Times) {
    let count = values.len();
    let version = session
        .schemas
        .kubernetes_versions()
        .pop()
        .unwrap_or_default();
    let types: Vec<_> = values
        .iter()
        .map(|value| (text(value, "apiVersion"), text(value, "kind")))
        .collect();
    let kinds: Vec<_> = types
        .iter()
        .map(|(api, kind)| session.schemas.lookup(&version, api, kind))
        .collect();
    times.stage("defaults", || {
        for (value, kind) in values.iter_mut().zip(&kinds) {
            if let Some(kind) =
                kind.filter(|kind| kind.source().split(' ').next() != Some("argo-cd"))
            {
                kind.fill_defaults(value);
            }
        }
        ((), count, 0)
    });
    let mut by_kind: BTreeMap<String, (Duration, usize)> = BTreeMap::new();
    times.stage("schema", || {
        for (value, kind) in values.iter().zip(&kinds) {
            let Some(kind) = kind else { continue };
            let begin = Instant::now();
            kind.check(value, &mut Vec::new());
            let entry = by_kind.entry(kind.kind().to_owned()).or_default();
            *entry = (entry.0 + begin.elapsed(), entry.1 + 1);
        }
        ((), count, 0)
    });
    for (kind, found) in by_kind {
        let best = times.kinds.entry(kind).or_insert(found);
        *best = (*best).min(found);
    }
    times.stage("verify", || {
        for value in values.iter() {
            std::hint::black_box(verify::object::check(value, &verify::Target::default()));
        }
        ((), count, 0)
    });
    let facts = times.stage("facts", || {
        let facts: Vec<_> = values.iter().map(references::Facts::of).collect();
        (facts, count, 0)
    });
    times.stage("references", || {
        let listed: Vec<_> = facts.iter().enumerate().collect();
        let findings = references::resolve(&listed, &references::Externals::new());
        std::hint::black_box(findings);
        ((), count, 0)
    });
}
