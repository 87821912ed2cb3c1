//! Verdicts of the controller's own code (`tests/argo-rollouts`, a Go program) on generated cases
//! next to ours. Where Go or its modules are not at hand, the recorded verdicts are compared.
//!
//! `UPDATE=1 cargo test argo` records; `ARGO_CASES=20000` tries so many others, and `ARGO_REPORT=file`
//! lists where we differ.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use tiphys::diagnostic::Severity;
use tiphys::manifest::{Finding, ObjectId};
use tiphys::schema::Schemas;
use tiphys::verify::references::{Externals, Facts, resolve};
use tiphys::verify::{RolloutsVersion, Target, object};

use super::generate::{self, Case};
use super::wild;
use crate::verify::to_value;

pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/argo-rollouts");
const MODULE: &str = "github.com/argoproj/argo-rollouts";
/// Cases of the first generator, and of the second.
const CASES: usize = 4_000;
const WILD: usize = 4_000;
/// Where the modules of the oracle are listed for each version, and its verdicts.
const VERSIONS: [(RolloutsVersion, &str, &str); 3] = [
    (RolloutsVersion::V1_10, "go.mod", "recorded.txt"),
    (RolloutsVersion::V1_9, "go-1.9.mod", "recorded-1.9.txt"),
    (RolloutsVersion::V1_8, "go-1.8.mod", "recorded-1.8.txt"),
];
/// Of the older ones, a case in so many is asked.
const OLDER: usize = 4;
/// Cases whose verdicts share a line of the record.
const LINE: usize = 50;

/// What the controller's code lets pass at first, and what it ends with an error or hangs on later:
/// `tests/cluster/checks/42-traps.sh` shows it on the real one. So these do not count as accepted.
/// Each with what its error says, where a code stands for more than that.
const TRAPS: &[(&str, &str)] = &[
    ("address-malformed", ""),
    ("analysis-empty", ""),
    ("annotation-malformed", ""),
    ("annotation-prefixed-twice", ""),
    ("argument-path", ""),
    ("deadline-too-short", "a deadline of 0"),
    ("experiment-service-unfit", ""),
    ("field-empty", "experiment/templates"),
    ("job-name-unfit", ""),
    ("label-malformed", ""),
    ("name-malformed", ""),
    ("number-out-of-range", "`maxSurge` must"),
    ("number-out-of-range", "`maxUnavailable` must"),
    ("part-name-malformed", ""),
    ("preview-size", ""),
    ("provider-incomplete", ""),
    ("selector-mismatch", ""),
    ("threshold-unreachable", ""),
];

/// Errors of ours on what the controller's code lets pass, and what comes of it.
const STRICTER: &[(&str, &str)] = &[
    (
        "entry-duplicate",
        "two rules about one metric in a run: the later one is void",
    ),
    (
        "field-empty",
        "a DestinationRule without a name is not found; a template without metrics cannot run alone",
    ),
    (
        "fields-contradict",
        "weights of an experiment and the canary above all traffic: a negative weight for the rest",
    ),
    (
        "hash-word-unknown",
        "the value is empty, and the query measures nothing",
    ),
    (
        "number-out-of-range",
        "text that is no number counts as 0, and a number as text is a share: `\"2\"` is 2 %",
    ),
    (
        "placeholder-unknown",
        "it only works next to a template that declares the argument",
    ),
    (
        "plugin-without-route",
        "the plugin reports an error at every step",
    ),
    (
        "reference-missing",
        "a Secret, or what a plugin or router changes, is missed when it is needed",
    ),
    (
        "route-unfit",
        "a field of a VirtualService in another case: its definition drops it, Go's reader does not",
    ),
    (
        "target-port-missing",
        "the Service has no endpoints; this is about the Service, not the rollout",
    ),
    (
        "weights-not-of-100",
        "the router is told weights that are no percentages",
    ),
    (
        "word-unknown",
        "the ReplicaSet of the experiment is refused by the API server",
    ),
];

/// The code at the head of an error.
fn code(error: &str) -> &str {
    error.split(' ').next().unwrap_or_default()
}

/// What is compared: how often, and where we differ.
#[derive(Default)]
struct Tally {
    /// What the controller refuses and we accept, where only its own fields were changed.
    missed: Vec<String>,
    /// The same, where fields of pods were changed as well.
    missed_pods: Vec<String>,
    /// What we refuse for a reason that is in no list.
    unexplained: Vec<String>,
    /// Cases that only we refuse, and all that we refuse.
    stricter: Vec<String>,
    refused: usize,
    /// The errors in those cases.
    accepted_errors: usize,
    errors: usize,
    pods: usize,
}

impl Tally {
    fn count(&mut self, number: usize, case: &Case, refused: bool, why: &str, target: &Target) {
        let mut errors = errors(&ours(&case.documents, target));
        if !refused {
            let is_trap = |error: &str| {
                let mut traps = TRAPS.iter();
                traps.any(|(known, what)| *known == code(error) && error.contains(what))
            };
            errors.retain(|(_, error)| !is_trap(error));
        }
        // The controller's code says nothing of what is wrong with other kinds by themselves.
        if !refused && !case.alone {
            errors.retain(|(number, _)| wild::is_own(&case.documents[*number]));
        }
        self.pods += usize::from(!case.own);
        self.refused += usize::from(!errors.is_empty());
        self.errors += errors.len();
        self.accepted_errors += if refused { 0 } else { errors.len() };
        let told = || format!("{number} {:?}: {why} | {errors:?}", case.changes);
        match (errors.is_empty(), refused) {
            (true, true) if case.own => self.missed.push(told()),
            (true, true) => self.missed_pods.push(told()),
            (false, false) => {
                self.stricter.push(told());
                let known = |(_, error): &(usize, String)| {
                    STRICTER.iter().any(|(known, _)| *known == code(error))
                };
                if !errors.iter().all(known) {
                    self.unexplained.push(told());
                }
            }
            _ => {}
        }
    }

    /// Nothing missed of the controller's own fields, at most 0.5 % for pods; at most 1 % of what
    /// we refuse is accepted, by errors and by cases, each for a reason that is known.
    fn judge(&self) {
        assert_eq!(self.missed, Vec::<String>::new());
        assert_eq!(self.unexplained, Vec::<String>::new());
        assert!(
            self.missed_pods.len() * 200 <= self.pods,
            "{:#?}",
            self.missed_pods
        );
        assert!(
            self.accepted_errors * 100 <= self.errors,
            "{} of {} errors, {:#?}",
            self.accepted_errors,
            self.errors,
            self.stricter
        );
        assert!(
            self.stricter.len() * 100 <= self.refused,
            "{} of {} cases, {:#?}",
            self.stricter.len(),
            self.refused,
            self.stricter
        );
        assert!(self.refused > 500);
    }
}

/// The reasons for which the controller's code refuses each case; none where Go cannot run.
fn go(cases: &[String], modules: &str) -> Option<Vec<Vec<String>>> {
    let modules = format!("-modfile={modules}");
    let run = |arguments: &[&str]| {
        let mut command = Command::new("go");
        command
            .arg(arguments[0])
            .arg(&modules)
            .args(&arguments[1..])
            .current_dir(FOLDER)
            .env("GOFLAGS", "-mod=readonly")
            .env("GOPROXY", "off")
            .env("GOTOOLCHAIN", "local")
            .env("DD_API_KEY", "a")
            .env("DD_APP_KEY", "a")
            .env("DD_ADDRESS", "http://a")
            .env("AWS_ACCESS_KEY_ID", "a")
            .env("AWS_SECRET_ACCESS_KEY", "a")
            .env("ARGO_ROLLOUTS_PROMETHEUS_ADDRESS", "http://a")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    };
    let found = run(&["list", "-m", "-f", "{{.Dir}}", MODULE])
        .output()
        .ok()?;
    let module = String::from_utf8(found.stdout).ok()?;
    if !found.status.success() || module.trim().is_empty() {
        return None;
    }
    let crds = format!("{}/manifests/crds", module.trim());
    let mut child = run(&["run", ".", &crds])
        .stderr(Stdio::inherit())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = cases.join("\0") + "\0";
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    feeder.join().ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let lines: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (output.status.success() && lines.len() == cases.len()).then_some(lines)
}

/// Everything that we say of a case: schemas, objects alone, references among them.
pub fn ours(documents: &[Json], target: &Target) -> Vec<(usize, Finding)> {
    let schemas = Schemas::bundled();
    let mut findings = Vec::new();
    let mut facts = Vec::new();
    for (number, document) in documents.iter().enumerate() {
        let mut value = to_value(document);
        let text = |key: &str| document[key].as_str().unwrap_or_default().to_owned();
        let Some(kind) = schemas.lookup("1.36", &text("apiVersion"), &text("kind")) else {
            facts.push(Facts::of(&value));
            continue;
        };
        let mut found = Vec::new();
        kind.check(&value, &mut found);
        object::fill(&mut value, target, |value| kind.fill_defaults(value));
        if found.iter().all(|one| one.severity != Severity::Error) {
            found.extend(object::check(&value, target));
        }
        findings.extend(found.into_iter().map(|finding| (number, finding)));
        facts.push(Facts::of(&value));
    }
    let listed: Vec<_> = facts.iter().enumerate().collect();
    let related = resolve(&listed, &externals());
    findings.extend(related);
    findings
}

/// What the cases use without having it.
fn externals() -> Externals {
    let mut externals = Externals::new();
    let mut add = |group: &str, kind: &str, namespace: &str, name: &str| {
        externals.add(ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        });
    };
    add("", "Namespace", "", "shop");
    externals
}

fn text(case: &Case) -> String {
    let documents: Vec<String> = case.documents.iter().map(Json::to_string).collect();
    documents.join("\n---\n")
}

/// Conditions and queries are compared elsewhere, with the library that evaluates them.
pub fn is_language(finding: &Finding) -> bool {
    let prefixes = ["condition-", "query-"];
    prefixes
        .iter()
        .any(|prefix| finding.code.name.starts_with(prefix))
}

/// Each with the number of its document.
fn errors(findings: &[(usize, Finding)]) -> Vec<(usize, String)> {
    findings
        .iter()
        .filter(|(_, finding)| finding.severity == Severity::Error && !is_language(finding))
        .map(|(number, finding)| {
            let (code, pointer) = (finding.code.name, &finding.pointer);
            (*number, format!("{code} {pointer}: {}", finding.message))
        })
        .collect()
}

/// Those of both generators. `ARGO_CASES=20000` takes so many of the second alone, from number
/// `ARGO_SKIP` on.
fn cases() -> Vec<Case> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<usize>().ok();
    let seeds = generate::valid("wild");
    let pool = generate::pool(&seeds);
    let wild = |number| wild::case(number, &seeds, &pool);
    if let Some(count) = number("ARGO_CASES") {
        let skip = number("ARGO_SKIP").unwrap_or(WILD);
        return (skip..skip + count).map(wild).collect();
    }
    let valid = generate::valid("valid");
    let pool = generate::pool(&valid);
    let first = (0..CASES).map(|number| generate::case(number, &valid, &pool));
    first.chain((0..WILD).map(wild)).collect()
}

#[test]
fn valid_cases_are_accepted() {
    let both = ["valid", "wild"].into_iter().flat_map(generate::valid);
    for (name, documents) in both {
        let errors = errors(&ours(&documents, &Target::default()));
        assert_eq!(errors, [], "{name}");
    }
}

/// A line of the record: a hash of the cases, and a letter for each verdict.
fn line(texts: &[String], verdicts: &[bool]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in texts.iter().flat_map(|text| text.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let letters: String = verdicts
        .iter()
        .map(|refused| if *refused { 'r' } else { 'a' })
        .collect();
    format!("{hash:016x} {letters}\n")
}

fn record(texts: &[String], verdicts: &[bool]) -> String {
    texts
        .chunks(LINE)
        .zip(verdicts.chunks(LINE))
        .map(|(texts, verdicts)| line(texts, verdicts))
        .collect()
}

/// The recorded verdicts; none where they are of other cases.
fn recorded(texts: &[String], file: &str) -> Option<Vec<bool>> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let verdicts: Vec<bool> = text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .flat_map(|(_, letters)| letters.chars().map(|letter| letter == 'r'))
        .collect();
    (record(texts, &verdicts) == text && verdicts.len() == texts.len()).then_some(verdicts)
}

/// Compares the verdicts on all cases, or on some, with those of one version.
fn compared((version, modules, file): (RolloutsVersion, &str, &str), cases: &[&Case]) -> Tally {
    let texts: Vec<String> = cases.iter().map(|case| text(case)).collect();
    let file = format!("{FOLDER}/{file}");
    let reasons = go(&texts, modules);
    let verdicts = match &reasons {
        Some(reasons) => reasons.iter().map(|reasons| !reasons.is_empty()).collect(),
        None => recorded(&texts, &file).expect("stale: UPDATE=1 cargo test argo, with Go"),
    };
    if reasons.is_some() && std::env::var("ARGO_CASES").is_err() {
        let fresh = record(&texts, &verdicts);
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(&file, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(kept == fresh, "stale: UPDATE=1 cargo test argo");
    }
    let target = Target { rollouts: version };
    let mut tally = Tally::default();
    for (number, (case, refused)) in cases.iter().zip(verdicts).enumerate() {
        let why = reasons
            .as_ref()
            .map(|reasons| format!("{:?}", reasons[number]));
        tally.count(number, case, refused, &why.unwrap_or_default(), &target);
    }
    tally
}

#[test]
fn our_verdicts_are_those_of_the_controller() {
    let cases = cases();
    let all: Vec<&Case> = cases.iter().collect();
    let tally = compared(VERSIONS[0], &all);
    if let Ok(file) = std::env::var("ARGO_REPORT") {
        let lists = [
            &tally.missed,
            &tally.missed_pods,
            &tally.unexplained,
            &tally.stricter,
        ];
        let all: Vec<&str> = lists.into_iter().flatten().map(String::as_str).collect();
        let counts = format!(
            "{} of {} errors, {} of {} cases, {} with pods\n",
            tally.accepted_errors,
            tally.errors,
            tally.stricter.len(),
            tally.refused,
            tally.pods
        );
        std::fs::write(file, counts + &all.join("\n")).unwrap();
    }
    tally.judge();
}

#[test]
fn our_verdicts_are_those_of_older_controllers() {
    let cases = cases();
    let some: Vec<&Case> = cases.iter().step_by(OLDER).collect();
    for version in &VERSIONS[1..] {
        let tally = compared(*version, &some);
        if let Ok(file) = std::env::var("ARGO_REPORT") {
            let lists = [&tally.missed, &tally.missed_pods, &tally.unexplained];
            let all: Vec<&str> = lists.into_iter().flatten().map(String::as_str).collect();
            std::fs::write(format!("{file}-{}", version.0.text()), all.join("\n")).unwrap();
        }
        tally.judge();
    }
}
