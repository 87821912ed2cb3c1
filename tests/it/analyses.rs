//! The verdicts of every criterion in every convention, as a real Prometheus and the real controller
//! gave them on canned series (`tests/cluster/checks/30-analyses.sh` records them).

use std::collections::BTreeMap;
use std::path::Path;

use tiphys::condition::{Answer, Condition, measure};
use tiphys::diagnostic::Diagnostics;
use tiphys::value::Value;

use crate::network::objects;

/// The scenarios, and which criteria do what the column's head says: the others succeed.
///
/// What is empty, NaN or a single sample is no success, but for what needs no more: a gauge has a
/// value with one sample, and `safety` ends a rollout only for failures that it has seen.
const TABLE: &[(&str, Rule)] = &[
    ("good", Rule::AllHold),
    ("alike", Rule::AllHold),
    ("few", Rule::OnlyFails(&["compare", "compare-slow"])),
    ("slower", Rule::OnlyFails(&["compare-slow"])),
    ("worse", Rule::OnlyFails(&["compare"])),
    ("bad", Rule::OnlyHolds(&[])),
    ("empty", Rule::OnlyHolds(&["safety"])),
    ("nan", Rule::OnlyHolds(&["safety"])),
    (
        "single",
        Rule::OnlyHolds(&["safety", "measure-memory", "smoke"]),
    ),
    ("stale", Rule::OnlyHolds(&["safety", "budget", "smoke"])),
];

enum Rule {
    AllHold,
    OnlyFails(&'static [&'static str]),
    OnlyHolds(&'static [&'static str]),
}

impl Rule {
    fn holds(&self, template: &str) -> bool {
        let is_in = |checks: &[&str]| checks.iter().any(|check| template.ends_with(check));
        match self {
            Rule::AllHold => true,
            Rule::OnlyFails(checks) => !is_in(checks),
            Rule::OnlyHolds(checks) => is_in(checks),
        }
    }
}

struct Row {
    template: String,
    scenario: String,
    verdict: String,
    /// What was measured: `[0.5]`.
    value: String,
    digest: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn recorded() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join("tests/verdicts/analyses.tsv")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('\t').map(String::from);
        let mut next = || cells.next().unwrap();
        let (template, scenario, verdict) = (next(), next(), next());
        Row {
            template,
            scenario,
            verdict,
            value: next(),
            digest: next(),
        }
    };
    text.lines().map(row).collect()
}

/// The templates of the fleet, by name: the only metric of each.
fn templates() -> BTreeMap<String, Value> {
    let place = root().join("tests/cluster/judged");
    let sources = tiphys::io::load(&place, &mut Diagnostics::new()).unwrap();
    let objects = objects(sources, "test", &["analysis-template"]);
    let one = |(_, value): &(String, Value)| {
        let name = value.pointer("/metadata/name").and_then(Value::as_str);
        let metric = value.pointer("/spec/metrics/0").unwrap();
        // What a Job says the check tries without the controller.
        let is_job = metric.pointer("/provider/job").is_some();
        (!is_job).then(|| (name.unwrap().to_string(), metric.clone()))
    };
    objects.iter().filter_map(one).collect()
}

#[test]
fn every_criterion_in_every_convention_got_the_right_verdict() {
    let mut wrong = Vec::new();
    for row in recorded() {
        let rule = TABLE.iter().find(|(name, _)| *name == row.scenario);
        let (_, rule) = rule.unwrap_or_else(|| panic!("no rule for `{}`", row.scenario));
        let holds = rule.holds(&row.template);
        // What answers an HTTP call with anything but 2xx is an Error, and ends the run alike.
        let got = match row.verdict.as_str() {
            "Successful" => true,
            "Failed" | "Error" => false,
            // A stage that goes on while it sees too little, and somebody decides at its end.
            "Inconclusive" if row.template.starts_with("otel-grpc-compare") => false,
            other => panic!("`{other}` is no verdict that ends a run"),
        };
        if got != holds {
            wrong.push(format!(
                "{} {}: {}",
                row.template, row.scenario, row.verdict
            ));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_verdicts_are_those_of_what_is_asked_today() {
    let rows = recorded();
    let templates = templates();
    for (name, metric) in &templates {
        let scenarios = rows.iter().filter(|row| row.template == *name).count();
        assert_eq!(scenarios, TABLE.len(), "{name} is not recorded: {RECORD}");
        let text = |at: &str| metric.pointer(at).and_then(Value::as_str);
        let Some(query) = text("/provider/prometheus/query") else {
            continue;
        };
        let conditions = ["/successCondition", "/failureCondition"].map(|at| text(at).unwrap());
        let asked = format!("{query}\n{}\n{}", conditions[0], conditions[1]);
        let is_good = |row: &&Row| row.template == *name && row.scenario == "good";
        let row = rows.iter().find(is_good).unwrap();
        assert_eq!(
            digest(&asked),
            row.digest,
            "{name} asks something else: {RECORD}"
        );
    }
    assert_eq!(rows.len(), templates.len() * TABLE.len());
}

#[test]
fn our_reading_of_the_conditions_comes_to_the_recorded_verdicts() {
    let templates = templates();
    for row in recorded() {
        let Some(metric) = templates.get(&row.template) else {
            panic!("`{}` is recorded and not made: {RECORD}", row.template);
        };
        let condition = |at: &str| {
            let text = metric.pointer(at).and_then(Value::as_str)?;
            Some(Condition::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}")))
        };
        let conditions = ["/successCondition", "/failureCondition"].map(condition);
        let (Some(success), Some(failure)) = (&conditions[0], &conditions[1]) else {
            continue;
        };
        let values = row.value.trim_start_matches('[').trim_end_matches(']');
        let values = values.split(',').filter(|text| !text.is_empty());
        let answer = Answer::floats(values.map(|text| text.parse::<f64>().unwrap()));
        let phase = measure(Some(success), Some(failure), &answer);
        assert_eq!(
            format!("{phase:?}"),
            row.verdict,
            "{} {}",
            row.template,
            row.scenario
        );
    }
}

const RECORD: &str = "`RECORD=1 tests/cluster/run.sh --only analyses` records it anew";

/// FNV-1a, as `tests/cluster/checks/table.py` computes it.
fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    format!("{hash:016x}")
}
