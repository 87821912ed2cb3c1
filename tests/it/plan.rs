//! `plan`: against what the real controller did, against bad input, and in its documents.
#![allow(clippy::disallowed_methods, reason = "tests stand at the edge")]

use std::fs;
use std::path::{Path, PathBuf};

use tiphys::diagnostic::Diagnostics;
use tiphys::forecast::setting::Setting;
use tiphys::forecast::{self, Forecast, Objects, Pace, Timeline, What};
use tiphys::source::{SourceFile, SourceTree};
use tiphys::syntax::yaml;
use tiphys::value::Value;

use crate::cli::{run, transcript};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn values(text: &str) -> Vec<Value> {
    let tree = SourceTree::new([SourceFile {
        path: "x.yaml".into(),
        text: text.into(),
    }]);
    let mut diags = Diagnostics::new();
    let (id, file) = tree.iter().next().unwrap();
    let trees = yaml::read_manifests(id, &file.text, &mut diags);
    assert!(diags.is_empty(), "{:?}", diags.into_sorted());
    trees.iter().map(yaml::to_value).collect()
}

fn counted(text: &str, pace: &Pace) -> Result<Forecast, String> {
    let values = values(text);
    let objects = Objects::new(&values);
    let rollout = objects.of_kind("Rollout").next().unwrap();
    let found = forecast::forecast(rollout, &objects, &Setting::default(), pace);
    found.map_err(|refused| format!("{}: {}", refused.pointer, refused.message))
}

/// Name and plan of each manifest that the real controller walked.
fn walked() -> Vec<Forecast> {
    let pace = Pace {
        pod_start: Some(200),
        ..Pace::default()
    };
    let folder = Path::new(ROOT).join("tests/cluster/plan");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| counted(&fs::read_to_string(path).unwrap(), &pace).unwrap();
    paths.iter().map(read).collect()
}

/// Differences between a plan and one recorded moment.
fn differences(plan: &Timeline, moment: usize, cells: &[&str], routed: bool) -> Vec<String> {
    let planned = &plan.moments[moment];
    let number = |at: usize| cells[at].parse::<f64>().unwrap();
    let (seconds, pods) = (number(3), |at: usize| number(at) as i64);
    let ends = planned.end.expected as f64 / 1000.0;
    let mut wrong = Vec::new();
    if (seconds - ends).abs() > (0.02 * ends).max(5.0) {
        wrong.push(format!("ends after {seconds} s, planned {ends} s"));
    }
    let mut expected = vec![
        ("new", planned.pods.canary, pods(4)),
        ("old", planned.pods.stable, pods(5)),
    ];
    if planned.what == What::Experiment {
        expected.push(("experiment", planned.extra, pods(6)));
    }
    if routed && planned.step.is_some() {
        expected.push(("weight", planned.weight, pods(7)));
    }
    for (what, planned, real) in expected {
        if planned != real {
            wrong.push(format!("{what} {real}, planned {planned}"));
        }
    }
    wrong
}

#[test]
fn five_plans_are_what_the_real_controller_did() {
    let recorded = fs::read_to_string(Path::new(ROOT).join("tests/cluster/plan/recorded.tsv"));
    let recorded = recorded.unwrap();
    let plans = walked();
    assert_eq!(plans.len(), 5);
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for line in recorded.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let plan = plans.iter().find(|plan| plan.rollout.name == cells[0]);
        let plan = plan.unwrap_or_else(|| panic!("no plan of {}", cells[0]));
        let moment: usize = cells[1].parse().unwrap();
        assert_eq!(plan.low.moments[moment].what.name(), cells[2], "{line}");
        let routed = ["gateway", "nginx"].contains(&cells[0]);
        let found = differences(&plan.low, moment, &cells, routed);
        wrong.extend(
            found
                .into_iter()
                .map(|one| format!("{}: {one}", cells[..3].join(" "))),
        );
        seen += 1;
    }
    assert!(seen >= 38, "{seen} moments");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pods_without_stages_are_replaced_as_the_real_controllers_replaced_them() {
    let folder = Path::new(ROOT).join("tests/cluster/replaced");
    let values = values(&fs::read_to_string(folder.join("workloads.yaml")).unwrap());
    let objects = Objects::new(&values);
    let pace = Pace {
        pod_start: Some(200),
        ..Pace::default()
    };
    let recorded = fs::read_to_string(folder.join("recorded.tsv")).unwrap();
    let rows = recorded.lines().filter(|line| !line.starts_with('#'));
    let mut seen = 0;
    for (value, row) in values.iter().zip(rows) {
        let plan = forecast::replaced(value, &objects, &Setting::default(), &pace);
        let plan = plan.unwrap().unwrap();
        let (last, served) = (plan.low.moments.last().unwrap(), plan.served().unwrap());
        let cells: Vec<&str> = row.split('\t').collect();
        let planned = [
            plan.low.peak(),
            served.least,
            last.pods.canary,
            last.pods.stable,
        ];
        let planned = planned.map(|number| number.to_string());
        assert_eq!(plan.rollout.name, cells[0]);
        assert_eq!(planned.as_slice(), &cells[2..], "{row}");
        let (ends, seconds) = (
            last.end.expected as f64 / 1e3,
            cells[1].parse::<f64>().unwrap(),
        );
        assert!((seconds - ends).abs() <= 5.0, "{row}: planned {ends} s");
        seen += 1;
    }
    assert_eq!(seen, values.len());
}

/// A workload without a Rollout, of three pods that take 20 s.
fn replaced(kind: &str, spec: &str) -> String {
    format!(
        "\
apiVersion: apps/v1
kind: {kind}
metadata: {{name: cache, namespace: shop}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: cache}}}}
  template:
    metadata: {{labels: {{app: cache}}}}
    spec:
      terminationGracePeriodSeconds: 40
      containers:
      - name: cache
        image: cache:1
        lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
        resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}
{spec}"
    )
}

#[test]
fn a_workload_without_stages_has_a_plan_that_says_what_nobody_judges() {
    let folder = tempfile::tempdir().unwrap();
    let stateful = "  serviceName: cache\n";
    for (text, lines) in [
        (
            replaced("Deployment", ""),
            &[
                "cache  Deployment, pods replaced in waves, 3 pods",
                "takes      1m1s, 30m1s at the latest",
                "served     by 3 pods at least, of 3",
                "nothing judges this release",
                "a pod that does not become ready stops it: the release is `Degraded` after 10m",
                "withdrawn  by nothing: only a change in Git",
                "restored   4m1s by a change in Git: 3m until Argo CD has seen it, then 1m1s",
                "capacity   4 pods, cpu 400m, memory 256Mi at its peak, 3 pods",
            ][..],
        ),
        (
            replaced("Deployment", "  strategy: {type: Recreate}\n"),
            &[
                "cache  Deployment, pods replaced at once, 3 pods",
                "old pods stop   0s    5s     0%     0         0",
                "new pods start  5s    25.2s  100%   3         0",
                "takes      25.2s, 10m41s at the latest",
                "served     by nobody for 25.2s",
                "5s for a pod to end, 40s at the latest",
            ][..],
        ),
        (
            replaced("StatefulSet", stateful),
            &[
                "cache  StatefulSet, pods replaced in their order, 3 pods",
                "takes      1m16s, no bound",
                "served     by 2 pods at least, of 3",
                "the release waits for it without an end",
                "1 pod at a time",
            ][..],
        ),
        (
            replaced("StatefulSet", &format!("{stateful}  updateStrategy: {{type: OnDelete}}\n")),
            &["pods replaced by hand", "as long as somebody takes"][..],
        ),
        (
            format!(
                "{}---\n{}",
                replaced("Deployment", "").replace("replicas: 3", "replicas: 0"),
                whole("steps: [{setWeight: 50}]", "name: a, provider: {web: {url: 'http://a'}}")
                    .replace("template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: 'web:1'}]}", "workloadRef: {apiVersion: apps/v1, kind: Deployment, name: cache}")
                    .replace("app: web", "app: cache")
            ),
            &["web  canary by the share of the pods"][..],
        ),
    ] {
        fs::write(folder.path().join("x.yaml"), &text).unwrap();
        let shown = said("tiphys plan --manifest x.yaml --pod-start 20s", folder.path());
        for line in lines {
            assert!(shown.contains(line), "no `{line}` in\n{shown}\n{text}");
        }
        // Whose pods a Rollout has taken over is released by that.
        assert_eq!(shown.matches("  takes  ").count(), 1, "{shown}");
    }
}

fn rollout(strategy: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: web}}\nspec:\n  replicas: 4\n  strategy: {strategy}\n"
    )
}

fn canary(steps: &str) -> String {
    rollout(&format!(
        "{{canary: {{maxSurge: 1, maxUnavailable: 0, steps: [{steps}]}}}}"
    ))
}

/// A Rollout that the API server takes, and a template `t` with one metric.
fn whole(strategy: &str, metric: &str) -> String {
    format!(
        "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: web, namespace: shop}}
spec:
  replicas: 4
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: web, image: 'web:1'}}]}}
  strategy: {{canary: {{{strategy}}}}}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{name: t, namespace: shop}}
spec: {{metrics: [{{{metric}}}]}}
"
    )
}

#[test]
fn what_the_controller_refuses_has_no_figures() {
    let folder = tempfile::tempdir().unwrap();
    const STEPS: &str = "steps: [{setWeight: 50}, {analysis: {templates: [{templateName: t}]}}]";
    const GOOD: &str = "name: errors, interval: 10s, count: 5, failureLimit: 1, successCondition: 'len(result) == 1 && !isNaN(result[0]) && result[0] < 0.05', provider: {prometheus: {address: 'http://p', query: 'sum(x)'}}";
    let circle = "---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: u, namespace: shop}
spec: {templates: [{templateName: t}]}
";
    let taken_in = |text: String| {
        text.replace(
            "spec: {metrics:",
            "spec: {templates: [{templateName: u}], metrics:",
        )
    };
    let list = |text: &str| {
        let items: Vec<_> = text
            .split("---\n")
            .map(|one| format!("- {}", one.trim_end().replace('\n', "\n  ")))
            .collect();
        format!("apiVersion: v1\nkind: List\nitems:\n{}\n", items.join("\n"))
    };
    let good = whole(STEPS, GOOD);
    for (text, refused) in [
        (good.clone(), None),
        (list(&good), None),
        (
            whole(&format!("maxSurge: 0, maxUnavailable: 0, {STEPS}"), GOOD),
            Some("update-stuck"),
        ),
        (
            good.replace("replicas: 4", "replicas: 4\n  minReadySeconds: 900"),
            Some("deadline-too-short"),
        ),
        (
            whole(STEPS, &GOOD.replace("failureLimit: 1", "failureLimit: 10")),
            Some("count-unreachable"),
        ),
        (
            whole(STEPS, &GOOD.replace("failureLimit: 1", "failureLimit: -1")),
            Some("count-unreachable"),
        ),
        (
            whole(
                STEPS,
                &GOOD.replace(
                    "failureLimit: 1",
                    "failureLimit: 4, consecutiveSuccessLimit: 2",
                ),
            ),
            Some("count-unreachable"),
        ),
        (
            list(&whole(STEPS, &GOOD.replace("count: 5", "count: -5"))),
            Some("error["),
        ),
        (taken_in(good.clone()) + circle, Some("template-cycle")),
    ] {
        fs::write(folder.path().join("x.yaml"), &text).unwrap();
        let shown = said("tiphys plan --manifest x.yaml", folder.path());
        assert_eq!(
            shown.contains("takes "),
            refused.is_none(),
            "{shown}\n{text}"
        );
        if let Some(code) = refused {
            assert!(
                shown.contains(code) && shown.contains("x.yaml:"),
                "{shown}\n{text}"
            );
        }
    }
}

#[test]
fn what_cannot_be_counted_is_refused_at_its_field() {
    let many = vec!["{setWeight: 1}"; 1001].join(", ");
    let analysis = "{analysis: {templates: [{templateName: t}]}}";
    let template = |metric: &str| {
        format!(
            "{}---\nkind: AnalysisTemplate\nmetadata: {{name: t}}\nspec: {{metrics: [{metric}]}}\n",
            canary(analysis)
        )
    };
    let circle = format!(
        "{}---\nkind: AnalysisTemplate\nmetadata: {{name: t}}\nspec: {{templates: [{{templateName: t}}], metrics: [{{name: a, interval: 1s}}]}}\n",
        canary(analysis)
    );
    let slow = ["{pause: {duration: 400000h}}"; 3].join(", ");
    for (text, expected) in [
        (canary(&many), "/spec/strategy/canary/steps: 1001 steps"),
        (
            canary("{setWeight: 101}"),
            "/steps/0/setWeight: `setWeight` is `101`",
        ),
        (
            canary("{setWeight: -1}"),
            "/steps/0/setWeight: `setWeight` is `-1`",
        ),
        (
            canary("{setWeight: 1.5}"),
            "/steps/0/setWeight: `setWeight` is `1.5`",
        ),
        (
            canary("{pause: {duration: 5 minutes}}"),
            "/steps/0/pause/duration: a pause of",
        ),
        (
            canary("{pause: {duration: -5}}"),
            "/steps/0/pause/duration: a pause of `-5`",
        ),
        (
            canary("{pause: {duration: 10d}}"),
            "/steps/0/pause/duration: a pause of `10d`",
        ),
        (
            canary("{pause: {duration: 9223372036854775807}}"),
            "is no time that can be waited",
        ),
        (canary(&slow), "longer than a century"),
        (canary("{}"), "/steps/0: a step says nothing"),
        (canary("{analysis: {templates: []}}"), "names no template"),
        (canary(analysis), "`t` is not there to be read"),
        (
            template("{name: a, interval: 1s}"),
            "measured without an end",
        ),
        (
            template("{name: a, interval: 0s, count: 2}"),
            "`interval` of metric `a`",
        ),
        (
            template("{name: a, interval: soon, count: 2}"),
            "`interval` of metric `a` in `t` is `soon`",
        ),
        (
            template("{name: a, count: 2}"),
            "`count` of metric `a` in `t` is `2`",
        ),
        (template("{name: a, count: -2}"), "`count` of metric `a`"),
        (
            template("{name: a, interval: 1h, count: 999999999}"),
            "without an end",
        ),
        (circle, "measured without an end"),
        (rollout("{canary: {}, blueGreen: {}}"), "two strategies"),
        (rollout("{}"), "no strategy"),
        (
            canary("{setWeight: 50}").replace("replicas: 4", "replicas: 99999999999"),
            "/spec/replicas",
        ),
        (
            canary("{experiment: {templates: [{name: a, specRef: canary}]}}"),
            "never ends",
        ),
    ] {
        let refused = counted(&text, &Pace::default()).map(|plan| plan.low.promoted);
        let message = refused.expect_err(&text);
        assert!(message.contains(expected), "{message}\nfor {text}");
    }
}

#[test]
fn a_plan_is_counted_whatever_the_numbers_that_the_controller_takes() {
    let pods = [0, 1, 2, 3, 7, 100, 1_000_000];
    for replicas in pods {
        for (surge, unavailable) in [("1", "0"), ("0", "1"), ("25%", "25%"), ("100%", "100%")] {
            for weights in [
                "{setWeight: 0}, {setWeight: 100}",
                "{setWeight: 90}, {setWeight: 10}",
            ] {
                let text = canary(weights)
                    .replace("replicas: 4", &format!("replicas: {replicas}"))
                    .replace("maxSurge: 1", &format!("maxSurge: {surge}"))
                    .replace(
                        "maxUnavailable: 0",
                        &format!("maxUnavailable: {unavailable}"),
                    );
                match counted(&text, &Pace::default()) {
                    Ok(plan) => {
                        let last = plan.low.moments.last().unwrap();
                        assert_eq!((last.pods.canary, last.pods.stable), (replicas, 0));
                    }
                    Err(message) => {
                        let said = ["more waves", "longer than a century", "stop at"];
                        assert!(said.iter().any(|one| message.contains(one)), "{message}");
                        assert!(
                            replicas > 100 || message.contains("stop at"),
                            "{message}\n{text}"
                        );
                    }
                }
            }
        }
    }
}

fn said(command: &str, folder: &Path) -> String {
    transcript(&run(command, folder).unwrap(), folder)
}

#[test]
fn plans_fit_the_terminal() {
    let folder = Path::new(ROOT);
    let lines = said("tiphys plan --env production --service frontend", folder);
    let long: Vec<_> = lines
        .lines()
        .filter(|line| line.chars().count() > 100)
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
    assert!(lines.contains("judged by"));
}

#[test]
fn pictures_stand_alone_and_say_in_words_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "<script>alert(1)</script> | `x` \"&";
    let hostile = whole(
        "steps: [{setWeight: 50}, {pause: {}}, {analysis: {templates: [{templateName: t}]}}]",
        &format!(
            "name: '{hostile}', count: 5, interval: 1s, successCondition: 'len(result) > 0 && result[0] < 0.05', provider: {{prometheus: {{address: 'http://p', query: 'sum(x)'}}}}"
        ),
    );
    fs::write(folder.path().join("x.yaml"), hostile).unwrap();
    let text = said(
        "tiphys plan --manifest x.yaml --format markdown",
        folder.path(),
    );
    let bare = text.replace("`<script", "");
    assert!(
        text.contains("```text") && !text.contains("<svg") && !bare.contains("<script"),
        "{text}"
    );
    said(
        "tiphys plan --manifest x.yaml --format markdown --out p.md",
        folder.path(),
    );
    let page = fs::read_to_string(folder.path().join("p.md")).unwrap();
    let picture = fs::read_to_string(folder.path().join("p-1.svg")).unwrap();
    assert!(
        page.contains("](p-1.svg)") && picture.starts_with("<svg "),
        "{page}"
    );
    for format in ["html", "svg"] {
        let text = said(
            &format!("tiphys plan --manifest x.yaml --format {format}"),
            folder.path(),
        );
        assert!(text.contains("<title") && text.contains("<desc"), "{text}");
        for forbidden in ["<script", "href=", "src=", "url(", "@import", "onload"] {
            assert!(!text.contains(forbidden), "{format}: {forbidden}\n{text}");
        }
    }
}

/// A pause of five minutes, then one look at the last two.
const AFTER_A_PAUSE: &str = "steps: [{setWeight: 50}, {pause: {duration: 5m}}, {analysis: {templates: [{templateName: t}]}}]";
const ONE_LOOK: &str = "name: errors, count: 1, successCondition: 'result[0] < 0.05', provider: {prometheus: {address: 'http://p', query: 'sum(rate(r{pod=~\"canary\",code=~\"5..\"}[2m])) / sum(rate(r{pod=~\"canary\"}[2m]))'}}";

#[test]
fn windows_see_the_pause_before_their_run() {
    let folder = tempfile::tempdir().unwrap();
    for (steps, lines) in [
        (
            AFTER_A_PAUSE.to_string(),
            &[
                "10% errors: after 5m1s by `errors`",
                "a good version is held back in less than 0.1 of 100",
                "needs 714, 11.9rps in all; 2220 come",
            ][..],
        ),
        (
            AFTER_A_PAUSE.replace("{pause: {duration: 5m}}, ", ""),
            &["10% errors: not noticed", "only 0 come"][..],
        ),
    ] {
        fs::write(folder.path().join("x.yaml"), whole(&steps, ONE_LOOK)).unwrap();
        let shown = said("tiphys plan --manifest x.yaml --load 37rps", folder.path());
        for line in lines {
            assert!(shown.contains(line), "no `{line}` in\n{shown}");
        }
    }
}

#[test]
fn what_watches_beside_the_steps_watches_every_stage() {
    let folder = tempfile::tempdir().unwrap();
    let steps = "analysis: {templates: [{templateName: t}]}, trafficRouting: {nginx: {stableIngress: web}}, stableService: a, canaryService: b, steps: [{setWeight: 5}, {pause: {duration: 15m}}, {setWeight: 50}, {analysis: {templates: [{templateName: t}]}}, {pause: {duration: 15m}}]";
    let metric = ONE_LOOK.replace("count: 1", "count: 30, interval: 30s");
    fs::write(folder.path().join("x.yaml"), whole(steps, &metric)).unwrap();
    let shown = said(
        "tiphys plan --manifest x.yaml --load 40rps --format json",
        folder.path(),
    );
    let plan: serde_json::Value =
        serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{shown}"));
    let turning = &plan["environments"][0]["releases"][0]["turningBad"];
    // At the next look, and one pass: not at the end of the stage.
    let noticed: Vec<_> = turning
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["noticed"].as_u64().unwrap())
        .collect();
    assert!(
        !noticed.is_empty() && noticed.iter().all(|after| *after <= 31_000),
        "{turning}"
    );
}

#[test]
fn a_quota_without_a_namespace_holds_in_every_one() {
    let folder = tempfile::tempdir().unwrap();
    let quota =
        "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: 4}}\n";
    let text = replaced("Deployment", "").replace("replicas: 3", "replicas: 4") + quota;
    fs::write(folder.path().join("x.yaml"), text).unwrap();
    let shown = said("tiphys plan --manifest x.yaml", folder.path());
    assert!(
        shown.contains(
            "shop: 5 pods, cpu 500m, memory 320Mi while `cache` is released, of 4 pods: too"
        ),
        "{shown}"
    );
}

/// Plans of the reference fleet in `docs/plan.md`, and the picture of one beside it.
#[test]
fn the_documents_show_the_plan_as_it_is() {
    let root = Path::new(ROOT);
    let command = "tiphys plan --env production --service frontend";
    let picture = said(&format!("{command} --format svg"), root);
    let (page, image) = (
        root.join("docs/plan.md"),
        root.join("docs/plan-frontend.svg"),
    );
    let text = fs::read_to_string(&page).unwrap();
    let replaced = "tiphys plan --env production --service redis-cart";
    let fresh = [command, replaced]
        .iter()
        .fold(text.clone(), |text, command| {
            let fence = format!("```console\n$ {command}\n");
            let (before, rest) = text.split_once(&fence).expect("the page shows the command");
            let (_, after) = rest.split_once("```").expect("the block ends");
            format!("{before}{fence}{}```{after}", said(command, root))
        });
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&page, &fresh).unwrap();
        fs::write(&image, &picture).unwrap();
        return;
    }
    assert!(text == fresh, "UPDATE=1 rewrites docs/plan.md\n{fresh}");
    let shown = fs::read_to_string(&image).unwrap_or_default();
    assert!(shown == picture, "UPDATE=1 rewrites docs/plan-frontend.svg");
}

#[test]
fn steps_that_go_down_are_a_finding_of_their_plan() {
    for (steps, places) in [
        ("{setWeight: 10}, {setWeight: 50}, {setWeight: 100}", vec![]),
        ("{setWeight: 50}, {setWeight: 50}", vec![]),
        ("{setWeight: 50}, {setWeight: 20}", vec![1]),
        (
            "{setWeight: 50}, {pause: {duration: 1}}, {setWeight: 0}, {setWeight: 60}, {setWeight: 40}",
            vec![2, 4],
        ),
    ] {
        let plan = counted(&canary(steps), &Pace::default()).unwrap();
        let found: Vec<_> = plan.doubts.iter().map(|one| one.pointer.as_str()).collect();
        let expected: Vec<_> = places
            .iter()
            .map(|at| format!("/spec/strategy/canary/steps/{at}/setWeight"))
            .collect();
        assert_eq!(found, expected, "{steps}");
    }
}

#[test]
fn behind_a_plugin_every_time_is_a_lower_bound() {
    let steps = "{setWeight: 50}, {plugin: {name: a/b}}, {pause: {duration: 30}}";
    let plan = counted(&canary(steps), &Pace::default()).unwrap();
    let known: Vec<_> = plan
        .low
        .moments
        .iter()
        .map(|one| one.start.is_least)
        .collect();
    assert_eq!(known, [false, false, true, true, true]);
    assert!(plan.low.promoted.is_least && plan.low.promoted.worst.is_none());
}

#[test]
fn names_are_looked_up_in_the_namespace_of_the_rollout() {
    let text = "\
kind: Rollout
metadata: {name: web, namespace: a}
spec: {replicas: 1, strategy: {canary: {steps: [{analysis: {templates: [{templateName: t}]}}]}}}
---
kind: AnalysisTemplate
metadata: {name: t, namespace: b}
spec: {metrics: [{name: x, interval: 1h, count: 3}]}
---
kind: AnalysisTemplate
metadata: {name: t, namespace: a}
spec: {metrics: [{name: x, interval: 1m, count: 3}]}
---
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: b}
spec: {minReplicas: 50, maxReplicas: 60, scaleTargetRef: {kind: Rollout, name: web}}
";
    let plan = counted(text, &Pace::default()).unwrap();
    assert_eq!(
        (plan.rollout.replicas, plan.low.moments[0].length()),
        (1, 120_200)
    );
    let upside_down = text
        .replace("namespace: b", "namespace: a")
        .replace("maxReplicas: 60", "maxReplicas: 6");
    let refused = counted(&upside_down, &Pace::default())
        .map(|_| ())
        .unwrap_err();
    assert!(
        refused.contains("keeps 50 pods at least and 6 at most"),
        "{refused}"
    );
}

#[test]
fn the_old_version_of_a_switch_comes_back_at_once_while_it_stands() {
    let text = rollout(
        "{blueGreen: {activeService: web, scaleDownDelaySeconds: 600, postPromotionAnalysis: {templates: [{templateName: t}]}}}",
    ) + "---\nkind: AnalysisTemplate\nmetadata: {name: t}\nspec: {metrics: [{name: x, interval: 1m, count: 16}]}\n";
    let plan = counted(&text, &Pace::default()).unwrap();
    let restore = plan.restore.unwrap();
    // One pass and the router; afterwards pods of 5 s, two passes and the router, and no watch.
    assert_eq!(restore.kept, Some((600_000, 2_200)));
    assert_eq!(restore.after, 5_200 + 200 + 2_000);
    // The watch of 15 minutes, and then 10 minutes: counted from the promotion.
    let gone = plan.low.moments.last().unwrap().end.expected;
    assert_eq!(gone, 5_200 + 200 + 900_200 + 600_200);
}
