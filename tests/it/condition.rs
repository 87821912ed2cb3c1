//! Conditions of analyses: the controller's own verdict for every case of a table, live where Go
//! and its modules are at hand, and as it was recorded anywhere. `UPDATE=1 cargo test condition`
//! records.
#![allow(clippy::disallowed_methods)]

use std::io::Write;
use std::process::{Command, Stdio};
use tiphys::condition::{Answer, Condition, Phase, measure};
use tiphys::value::Value;
use tiphys::verify::references::{Externals, Facts, resolve};

const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go-condition");
const TABLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/it/condition/recorded.tsv"
);
const CONDITIONS: &str = include_str!("condition/conditions.txt");
const PAIRS: &str = include_str!("condition/pairs.txt");

/// Go types, and values of them; numbers outside of JSON as text.
const ANSWERS: &[(&str, &str)] = &[
    ("floats", r"[]"),
    ("floats", r#"["0.5"]"#),
    ("floats", r#"["NaN"]"#),
    ("floats", r#"["0.5","2"]"#),
    ("float", r#""0.5""#),
    ("float", r#""NaN""#),
    ("missing", "null"),
    ("json", r#"{"a":3}"#),
    ("json", r#"{"a":"ok","list":[1,2]}"#),
    ("json", r#"[{"a":1}]"#),
    ("json", "true"),
];

const PAIRED: &[(&str, &str)] = &[
    ("floats", r"[]"),
    ("floats", r#"["0.5"]"#),
    ("floats", r#"["1.5"]"#),
    ("floats", r#"["3"]"#),
    ("floats", r#"["NaN"]"#),
    ("floats", r#"["+Inf"]"#),
    ("float", r#""0.5""#),
    ("float", r#""1.5""#),
    ("missing", "null"),
    ("json", r#"{"a":3}"#),
    ("json", r#""ok""#),
];

#[derive(Clone, Debug)]
struct Case {
    success: String,
    failure: String,
    kind: &'static str,
    value: &'static str,
}

impl Case {
    fn line(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            r#"{{"success":{},"failure":{},"type":"{}","value":{}}}"#,
            text(&self.success),
            text(&self.failure),
            self.kind,
            self.value
        )
    }

    fn answer(&self) -> Answer {
        let value: serde_json::Value = serde_json::from_str(self.value).unwrap();
        let number = |value: &serde_json::Value| value.as_str().unwrap().parse::<f64>().unwrap();
        match self.kind {
            "floats" => Answer::floats(value.as_array().unwrap().iter().map(number)),
            "float" => Answer::Float(number(&value)),
            "missing" => Answer::Nil,
            _ => Answer::json(&own(&value)),
        }
    }

    /// Our verdict, in the controller's words; none where it is not worked out.
    fn ours(&self) -> Option<&'static str> {
        let read = |text: &str| match text {
            "" => Ok(None),
            text => Condition::parse(text).map(Some),
        };
        let (Ok(success), Ok(failure)) = (read(&self.success), read(&self.failure)) else {
            return Some("Syntax");
        };
        match measure(success.as_ref(), failure.as_ref(), &self.answer()) {
            Phase::Successful => Some("Successful"),
            Phase::Failed => Some("Failed"),
            Phase::Inconclusive => Some("Inconclusive"),
            Phase::Error => Some("Error"),
            Phase::Unknown => None,
        }
    }
}

fn own(value: &serde_json::Value) -> Value {
    let tree = tiphys::syntax::yaml::read_manifests(
        tiphys::source::FileId(0),
        &value.to_string(),
        &mut tiphys::diagnostic::Diagnostics::new(),
    );
    tree.first()
        .map(tiphys::syntax::yaml::to_value)
        .unwrap_or_default()
}

fn cases() -> Vec<Case> {
    let case = |success: &str, failure: &str, answer: &(&'static str, &'static str)| Case {
        success: success.to_owned(),
        failure: failure.to_owned(),
        kind: answer.0,
        value: answer.1,
    };
    let single = CONDITIONS
        .lines()
        .flat_map(|line| ANSWERS.iter().map(move |answer| case(line, "", answer)));
    let paired = PAIRS.lines().flat_map(|line| {
        let (success, failure) = line.split_once('\t').unwrap();
        PAIRED
            .iter()
            .map(move |answer| case(success, failure, answer))
    });
    single.chain(paired).collect()
}

/// The controller's verdict on each line; `None` where Go cannot run.
fn controller(lines: &[String]) -> Option<Vec<String>> {
    let mut child = Command::new("go")
        .args(["run", "."])
        .current_dir(MODULE)
        .env("GOFLAGS", "-mod=readonly")
        .env("GOPROXY", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = lines.join("\n") + "\n";
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    feeder.join().ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let verdicts: Vec<_> = text.lines().map(str::to_owned).collect();
    (output.status.success() && verdicts.len() == lines.len()).then_some(verdicts)
}

fn recorded() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(TABLE).unwrap_or_default();
    let row = |line: &str| {
        line.split_once('\t')
            .map(|(v, l)| (l.to_owned(), v.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn table_of_conditions_is_fresh() {
    let lines: Vec<_> = cases().iter().map(Case::line).collect();
    let Some(verdicts) = controller(&lines) else {
        let known: Vec<_> = recorded().into_iter().map(|row| row.0).collect();
        assert_eq!(known, lines);
        return;
    };
    let rows = lines.iter().zip(&verdicts);
    let fresh: String = rows
        .map(|(line, verdict)| format!("{verdict}\t{line}\n"))
        .collect();
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(TABLE, &fresh).unwrap();
    }
    assert!(
        std::fs::read_to_string(TABLE).unwrap_or_default() == fresh,
        "stale: UPDATE=1 cargo test condition"
    );
}

#[test]
fn our_verdict_on_every_condition_is_the_controllers() {
    let (cases, recorded) = (cases(), recorded());
    assert!(cases.len() > 3000 && recorded.len() == cases.len());
    let (mut unknown, mut wrong) = (0, Vec::new());
    for (case, (line, verdict)) in cases.iter().zip(recorded) {
        match case.ours() {
            None => unknown += 1,
            Some(ours) if ours == verdict => {}
            Some(ours) => wrong.push(format!("{verdict}, we say {ours}: {line}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        unknown * 40 < cases.len(),
        "{unknown} of {} are not worked out",
        cases.len()
    );
}

/// What the rules say of one object.
fn check(text: &str, rollouts: &str) -> Vec<tiphys::manifest::Finding> {
    let mut diags = tiphys::diagnostic::Diagnostics::new();
    let file = tiphys::source::FileId(0);
    let trees = tiphys::syntax::yaml::read_manifests(file, text, &mut diags);
    assert!(diags.into_sorted().is_empty(), "{text}");
    let object = tiphys::syntax::yaml::to_value(&trees[0]);
    let rollouts = tiphys::verify::RolloutsVersion::parse(rollouts).unwrap();
    tiphys::verify::object::check(&object, &tiphys::verify::Target { rollouts })
}

/// The codes of what is found in a template with this metric, with an `!` behind errors.
fn found(metric: &str, rollouts: &str) -> Vec<String> {
    let metric = metric.replace('\n', "\n    ");
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: a, namespace: b}}\n\
         spec:\n  args: [{{name: most, value: \"0.05\"}}, {{name: open}}]\n  metrics:\n  - name: m\n    {metric}\n"
    );
    let findings = check(&text, rollouts);
    // Of every web metric with conditions; tested for itself.
    let told = findings
        .iter()
        .filter(|finding| finding.code.name != "condition-passes-on-text");
    let shown = told.map(|finding| {
        let is_error = finding.severity == tiphys::diagnostic::Severity::Error;
        format!("{}{}", finding.code.name, if is_error { "!" } else { "" })
    });
    shown.collect()
}

const PROMETHEUS: &str = "provider: {prometheus: {address: http://p, query: up}}";

#[test]
fn each_mistake_in_a_condition_has_its_code() {
    for (conditions, expected) in [
        ("successCondition: result[0] < 0.05", ""),
        (
            "successCondition: len(result) == 1 && result[0] < {{args.most}}",
            "",
        ),
        ("successCondition: result[0] < {{args.open}}", ""),
        ("successCondition: result[0] {{args.open}} 3", ""),
        ("successCondition: result[0", "condition-syntax!"),
        ("successCondition: result[0] = 1", "condition-syntax!"),
        (
            "successCondition: \"'result[0] < 1'\"",
            "condition-not-boolean!",
        ),
        ("successCondition: result[0]", "condition-not-boolean!"),
        ("successCondition: results[0] < 1", "condition-name!"),
        ("successCondition: isnan(result[0])", "condition-name!"),
        ("successCondition: result < 1", "condition-type!"),
        ("successCondition: isNaN(result)", "condition-type!"),
        (
            "successCondition: default(result, 0) < 1",
            "condition-type!",
        ),
        ("successCondition: result.value < 1", "condition-type!"),
        (
            "failureCondition: result[0] > 0.05",
            "condition-passes-on-nothing",
        ),
        (
            "successCondition: 'len(result) == 0 || result[0] < 1'",
            "condition-passes-on-nothing",
        ),
        (
            "successCondition: 'all(result, # < 1)'",
            "condition-passes-on-nothing",
        ),
        ("successCondition: 'true'", "condition-always"),
        ("failureCondition: 'false'", "condition-always"),
        (
            "successCondition: result[0] < 1 && result[0] > 2",
            "condition-never!",
        ),
        (
            "successCondition: result[0] < 1\nfailureCondition: result[0] < 2",
            "condition-never!",
        ),
        (
            "successCondition: result[0] > 1\nfailureCondition: result[0] < 2",
            "",
        ),
        ("interval: 1m", "condition-missing"),
    ] {
        let found = found(&format!("{PROMETHEUS}\n{conditions}"), "1.10");
        assert_eq!(found.join(" "), expected, "{conditions}");
    }
}

#[test]
fn conditions_are_judged_by_what_their_provider_answers() {
    for (metric, expected) in [
        ("provider: {web: {url: http://a}}", ""),
        (
            "provider: {web: {url: http://a}}\nsuccessCondition: result.status == 'ok'",
            "",
        ),
        (
            "provider: {web: {url: http://a}}\nsuccessCondition: result == nil || result.ok",
            "",
        ),
        (
            "provider: {web: {url: http://a}}\nfailureCondition: result.a == nil",
            "",
        ),
        (
            "provider: {web: {url: http://a}}\nsuccessCondition: '!isNil(result)'",
            "",
        ),
        (
            "provider: {web: {url: http://a}}\nfailureCondition: isNil(result)",
            "",
        ),
        (
            "provider: {web: {url: http://a}}\nfailureCondition: '!isNil(result)'",
            "condition-passes-on-nothing",
        ),
        (
            "provider: {prometheus: {address: http://p, query: up}}\nsuccessCondition: isInf(result[0])",
            "",
        ),
        (
            "provider: {web: {url: http://a}}\nfailureCondition: result == 'down'",
            "condition-passes-on-nothing",
        ),
        (
            "provider: {web: {url: http://a}}\nsuccessCondition: result.a > 1 && result.a == 'x'",
            "condition-never!",
        ),
        (
            "provider: {datadog: {query: q}}\nsuccessCondition: default(result, 0) < 1",
            "condition-passes-on-nothing",
        ),
        (
            "provider: {datadog: {query: q}}\nsuccessCondition: default(result, 9) < 1",
            "",
        ),
        (
            "provider: {datadog: {query: q}}\nsuccessCondition: result < 1",
            "",
        ),
        (
            "provider: {graphite: {address: http://a, query: q}}\nsuccessCondition: result < 1",
            "condition-type!",
        ),
        (
            "provider: {graphite: {address: http://a, query: q}}\nsuccessCondition: 'all(result, # < 1)'",
            "condition-passes-on-nothing",
        ),
        (
            "provider: {cloudWatch: {metricDataQueries: [{id: a, expression: e}]}}\nsuccessCondition: result[0].Values[0] < 1",
            "",
        ),
        (
            "provider: {newRelic: {query: q}}\nsuccessCondition: result.rate > 1",
            "",
        ),
        ("provider: {newRelic: {query: q}}", "condition-missing"),
    ] {
        assert_eq!(found(metric, "1.10").join(" "), expected, "{metric}");
    }
}

#[test]
fn older_controllers_cannot_read_everything() {
    for condition in [
        "0 < result[0] < 1",
        "max(result) < 1",
        "reverse(result)[0] < 1",
    ] {
        let metric = format!("{PROMETHEUS}\nsuccessCondition: {condition}");
        assert_eq!(found(&metric, "1.10").join(" "), "", "{condition}");
        assert_eq!(
            found(&metric, "1.9").join(" "),
            "condition-newer!",
            "{condition}"
        );
    }
}

#[test]
fn queries_are_read_and_decide_what_fits() {
    for (query, condition, expected) in [
        ("up", "result[0] > 0", ""),
        ("scalar(up)", "result[0] > 0", "condition-type!"),
        ("scalar(up)", "result > 0", ""),
        (
            "1 + 1",
            "isNaN(result) || result < 3",
            "condition-passes-on-nothing",
        ),
        (
            "sum(x) or vector(0)",
            "len(result) == 0 || result[0] < 1",
            "",
        ),
        (
            "sum(x)",
            "len(result) == 0 || result[0] < 1",
            "condition-passes-on-nothing",
        ),
        ("sum(rate(x[5m])", "result[0] > 0", "query-syntax!"),
        ("rate(x)", "result[0] > 0", "query-type!"),
        ("{}", "result[0] > 0", "query-syntax!"),
        ("'a'", "result[0] > 0", "query-result!"),
        ("x[5m]", "result[0] > 0", "query-result"),
        (r#"x{a="b",a="c"}"#, "result[0] > 0", "query-contradiction!"),
        (
            r#"x{code="200",code=~"5.."}"#,
            "result[0] > 0",
            "query-contradiction!",
        ),
        (r#"x{code=~"5..",code!~"4.."}"#, "result[0] > 0", ""),
        (r#"x{a="{{args.open}}",a="c"}"#, "result[0] > 0", ""),
        (
            r#"x{a="{{args.most}}"}[{{args.open}}]"#,
            "result[0] > 0",
            "query-result",
        ),
        ("rate(x[{{args.open}}])", "result[0] > 0", ""),
        ("{{args.open}}", "result[0] > 0", ""),
        ("{{args.open}}", "result > 0", ""),
    ] {
        let metric = format!(
            "provider: {{prometheus: {{address: http://p, query: {}}}}}\nsuccessCondition: {condition}",
            serde_json::Value::from(query)
        );
        assert_eq!(found(&metric, "1.10").join(" "), expected, "{query}");
    }
}

/// The condition with one token dropped, doubled or exchanged with the next.
fn mutants(text: &str) -> Vec<String> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        parts.push(&rest[..length]);
        rest = &rest[length..];
    }
    let mut mutants = Vec::new();
    for at in 0..parts.len() {
        let without = [&parts[..at], &parts[at + 1..]].concat().concat();
        let twice = [&parts[..=at], &parts[at..]].concat().concat();
        mutants.extend([without, twice]);
        if at + 1 < parts.len() {
            let mut swapped = parts.clone();
            swapped.swap(at, at + 1);
            mutants.push(swapped.concat());
        }
    }
    mutants.retain(|text| !text.trim().is_empty());
    mutants
}

#[test]
fn mutants_of_conditions_get_the_controllers_verdict() {
    let answers = [ANSWERS[1], ANSWERS[7]];
    let mutants = CONDITIONS.lines().flat_map(mutants);
    let cases: Vec<Case> = mutants
        .flat_map(|text| {
            answers.map(|(kind, value)| Case {
                success: text.clone(),
                failure: String::new(),
                kind,
                value,
            })
        })
        .collect();
    let lines: Vec<_> = cases.iter().map(Case::line).collect();
    let Some(verdicts) = controller(&lines) else {
        return;
    };
    let mut wrong = Vec::new();
    for ((case, line), verdict) in cases.iter().zip(&lines).zip(&verdicts) {
        match case.ours() {
            None => {}
            Some(ours) if ours == verdict => {}
            Some(ours) => wrong.push(format!("{verdict}, we say {ours}: {line}")),
        }
    }
    assert!(cases.len() > 10_000);
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

/// The codes of what is found about a template with this query beside a workload `cart` and its
/// Service `front` in the namespace `shop`.
fn found_beside(query: &str) -> Vec<String> {
    let query = serde_json::Value::from(query);
    let text = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {{name: a, namespace: shop}}\n\
         spec:\n  args: [{{name: open}}]\n  metrics:\n  - name: m\n    provider: {{prometheus: {{query: {query}}}}}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cart, namespace: shop}}\n\
         spec:\n  template:\n    metadata: {{labels: {{app.kubernetes.io/name: basket}}}}\n    spec: {{containers: []}}\n---\n\
         apiVersion: v1\nkind: Service\nmetadata: {{name: front, namespace: shop}}\nspec: {{ports: []}}\n---\n\
         apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop}}\n---\n\
         apiVersion: v1\nkind: Namespace\nmetadata: {{name: bare}}\n"
    );
    let mut diags = tiphys::diagnostic::Diagnostics::new();
    let file = tiphys::source::FileId(0);
    let trees = tiphys::syntax::yaml::read_manifests(file, &text, &mut diags);
    assert!(diags.into_sorted().is_empty(), "{text}");
    let objects = trees.iter().map(tiphys::syntax::yaml::to_value);
    let facts: Vec<_> = objects.map(|object| Facts::of(&object)).collect();
    let all: Vec<_> = facts.iter().enumerate().collect();
    let found = resolve(&all, &Externals::new());
    found
        .iter()
        .map(|(_, one)| one.code.name.to_owned())
        .collect()
}

#[test]
fn queries_name_what_is_there() {
    for (query, expected) in [
        (r#"x{namespace="shop"}"#, ""),
        (r#"x{namespace="shop",app_kubernetes_io_name="cart"}"#, ""),
        (r#"x{namespace="shop",app_kubernetes_io_name="basket"}"#, ""),
        (r#"x{namespace="shop",service="front"}"#, ""),
        (r#"x{app_kubernetes_io_name="cart"}"#, ""),
        (r#"x{namespace=~"shop|other"}"#, ""),
        (
            r#"x{namespace=~"sh.+",destination_workload="{{args.open}}"}"#,
            "",
        ),
        (r#"x{namespace!="nowhere",job="nobody"}"#, ""),
        (r#"x{namespace="bare",destination_workload="nobody"}"#, ""),
        (
            r#"nginx_ingress_controller_requests{namespace="ingress-nginx"}"#,
            "",
        ),
        (r#"x{namespace="shopp"}"#, "series-of-nobody"),
        (r#"x{namespace=~"a|b"}"#, "series-of-nobody"),
        (
            r#"x{namespace="shop",app_kubernetes_io_name="carts"}"#,
            "series-of-nobody",
        ),
        (r#"x{destination_workload="nobody"}"#, "series-of-nobody"),
        (
            r#"x{namespace="shop",service="back"} / x{namespace="shop",service="back"}"#,
            "series-of-nobody",
        ),
    ] {
        assert_eq!(found_beside(query).join(" "), expected, "{query}");
    }
}

#[test]
fn a_web_metric_with_conditions_is_told_that_texts_pass() {
    let web = "apiVersion: argoproj.io/v1alpha1\nkind: AnalysisTemplate\nmetadata: {name: a, namespace: b}\n\
         spec:\n  metrics:\n  - {name: m, provider: {web: {url: http://a}}";
    for (condition, is_told) in [
        (", successCondition: result.ok", true),
        (", failureCondition: result.bad", true),
        ("", false),
    ] {
        let findings = check(&format!("{web}{condition}}}\n"), "1.8");
        let is_it = |finding: &tiphys::manifest::Finding| {
            finding.code.name == "condition-passes-on-text"
                && finding.severity == tiphys::diagnostic::Severity::Note
        };
        assert_eq!(findings.iter().any(is_it), is_told, "{condition}");
    }
}
