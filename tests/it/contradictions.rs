//! Demands that contradict each other, each written in other words than its golden case: what is
//! found, and with which numbers.

use tiphys::compile::{self, Options, complete};
use tiphys::diagnostic::Diagnostic;
use tiphys::source::{SourceFile, SourceTree};

const FLEET: &str = r#"fleet "shop" {
    publish repository="https://git.example.com/shop/deploy.git" branch="main" path="generated"
    images "registry.example.com/shop"
    registries "registry.example.com"
    team "web" oncall="web" group="shop:web"
}"#;

const EDGE: &str = r#"traffic "edge" gateway="edge/public" convention="istio" domain="example.com"
    traffic "inside" mesh="istio""#;

/// One contradiction. Where the traffic is empty a canary is a share of the pods.
struct Case {
    name: &'static str,
    traffic: &'static str,
    /// In the environment, beside target, metrics and the deployment.
    environment: &'static str,
    /// In the service, beside its port and size.
    service: &'static str,
    code: &'static str,
    /// Parts of message, labels, notes and help.
    says: &'static [&'static str],
}

const fn case(
    name: &'static str,
    environment: &'static str,
    service: &'static str,
    code: &'static str,
    says: &'static [&'static str],
) -> Case {
    Case {
        name,
        traffic: EDGE,
        environment,
        service,
        code,
        says,
    }
}

const BROKEN: &str = "broken-objective";

const CASES: &[Case] = &[
    // Four stages of a quarter of an hour in half an hour.
    case(
        "C1: nothing is said, and the safest plan takes an hour",
        r#"objective deploy="30m""#,
        "",
        BROKEN,
        &[
            "watched for 1h",
            "30m are promised",
            "15m + 15m + 15m + 15m",
        ],
    ),
    case(
        "C1: stages of different lengths",
        r#"objective deploy="30m""#,
        r#"rollout canary { steps 10 50 75 100; observe "20m" "5m" "6m"; require errors="<1%" }"#,
        BROKEN,
        &["watched for 31m", "20m + 5m + 6m = 31m"],
    ),
    case(
        "C1: one watch after a switch",
        r#"objective deploy="30m""#,
        r#"rollout blue-green { observe "45m"; after errors="<1%" }"#,
        BROKEN,
        &["watched for 45m"],
    ),
    // 2 + 2 + 5 + 5 in ten minutes.
    case(
        "C2: the plan of one deployment",
        r#"objective deploy="10m""#,
        "#deploy: rollout canary { steps 10 25 50 75 100; observe \"2m\" \"2m\" \"5m\" \"5m\"; require errors=\"<1%\" }",
        BROKEN,
        &[
            "watched for 14m",
            "2m + 2m + 5m + 5m = 14m",
            "for 2m at most",
        ],
    ),
    case(
        "C2: seven of two minutes",
        r#"objective deploy="10m""#,
        r#"rollout canary { steps 10 20 30 40 50 60 70 100; observe "2m"; require errors="<1%" }"#,
        BROKEN,
        &["watched for 14m"],
    ),
    case(
        "C2: what is watched would fit, and pods take the rest",
        r#"objective deploy="10m""#,
        r#"ready "/ready" delay="40s"; rollout canary { steps 10 25 50 75 100; observe "2m"; require errors="<1%" }"#,
        BROKEN,
        // Of 3 pods 1, 1, 2 and 3: three waves of 45 s, and five passes beside four analyses of 120.2 s.
        &["takes 10m17s", "8m watched", "2m17s for pods"],
    ),
    // Thresholds that are six and five times apart.
    case(
        "C3: a preset against a promise",
        "",
        r#"slo p95="500ms"; rollout canary preset="rapid""#,
        "weak-criterion",
        &["lets 3s pass", "500ms are promised", "6 times as much"],
    ),
    case(
        "C3: after a switch",
        "",
        r#"slo p95="500ms"; rollout blue-green { after errors="<1%" p95="<1s" }"#,
        "weak-criterion",
        &["lets 1s pass", "2 times as much"],
    ),
    case(
        "C3: one deployment is laxer than its preset",
        "",
        "#deploy: rollout canary preset=\"enterprise\" { require errors=\"<=5%\" }",
        "weak-criterion",
        &["lets 5% pass", "`enterprise` asks for 1%: 5 times"],
    ),
    // Abort, restore, recover: each within the next.
    case(
        "C4: restoring longer than recovering",
        r#"objective rollback="20m" recover="15m""#,
        "",
        BROKEN,
        &["`rollback` may take 20m", "`recover`", "15m"],
    ),
    case(
        "C4: noticing longer than recovering",
        r#"objective detect="16m" recover="15m""#,
        "",
        BROKEN,
        &["`detect` may take 16m"],
    ),
    Case {
        traffic: r#"traffic "pods" mesh="istio""#,
        ..case(
            "C4: noticed and withdrawn in longer than is promised",
            r#"objective recover="90s""#,
            "",
            BROKEN,
            // The second of two failed measurements at 90 s and a pass; a pass and the mesh.
            &[
                "recovering from a bad version of `web` takes 1m33s",
                "90s are promised",
            ],
        )
    },
    // Two minutes to notice.
    case(
        "C5: metrics that come too seldom",
        r#"objective detect="2m""#,
        "#scrape=60s rollout canary { require errors=\"<1%\" }",
        BROKEN,
        // Four scrapes, and the second failed measurement two scrapes later.
        &["100% errors: after 6m1s"],
    ),
    case(
        "C5: three calls in a row",
        r#"objective detect="30s""#,
        r#"rollout canary { steps 50 100; observe "15m"; require smoke="/health" }"#,
        BROKEN,
        // Asked after 30 s, and twice again after 10 s.
        &["100% errors: after 50.2s"],
    ),
    case(
        "C5: nothing that counts errors",
        r#"objective detect="2m""#,
        r#"rollout canary { steps 50 100; observe "15m"; require p95="<500ms" }"#,
        BROKEN,
        &["noticed by nothing", "2m are promised"],
    ),
    // Too little traffic to tell twice the errors.
    case(
        "C6: a small service by the safest plan",
        "",
        r#"load usual="5rps""#,
        "too-few-requests",
        &["225 requests", "needs 1711", "38.1 requests a second"],
    ),
    case(
        "C6: a first step of one percent",
        "",
        r#"load usual="40rps"; rollout canary { steps 1 50 100; observe "15m"; require errors="<1%" }"#,
        "too-few-requests",
        &["360 requests in the stage `1%`"],
    ),
    case(
        "C6: a test that asks for more than comes",
        "",
        r#"load usual="40rps"; rollout canary { steps 5 50 100; observe "5m"; require { compare least=5000 } }"#,
        "too-few-requests",
        &["600 requests", "needs 5000"],
    ),
    // Half a minute by way of Git.
    case(
        "C7: the same for a switch",
        r#"objective rollback="30s""#,
        r#"rollout blue-green { observe "15m"; after errors="<1%" }"#,
        BROKEN,
        &["30s are promised", "3m until Argo CD has seen the commit"],
    ),
    case(
        "C7: a webhook, and pods that are slow",
        r#"objective rollback="30s"
        sync auto { webhook "gitlab" path="argo-cd" key="secret" }
        secrets store="ClusterSecretStore/vault""#,
        r#"ready "/ready" delay="60s""#,
        BROKEN,
        &[
            "takes 1m8s",
            "0.2s until Argo CD has seen the commit",
            "make pods ready sooner",
        ],
    ),
    case(
        "C7: a window that lets nobody through",
        r#"objective rollback="5m"
        window "weekend" deny cron="0 16 * * FRI" for="64h" zone="Europe/Berlin" hard=#true"#,
        "",
        BROKEN,
        &["forbids every sync for 64h", "within 5m"],
    ),
    // Nearly all releases without anybody.
    case(
        "C8: syncs by hand of what has no stages",
        "sync manual\n    objective unattended=\"98%\"",
        "rollout rolling",
        BROKEN,
        &["0 of 1 services", "somebody starts every sync"],
    ),
    case(
        "C8: syncs by hand of a switch",
        "sync manual\n    objective unattended=\"98%\"",
        r#"rollout blue-green { after errors="<1%" }"#,
        BROKEN,
        &["0 of 1 services"],
    ),
    case(
        "C8: syncs by hand where half is promised",
        "sync manual prune=\"never\"\n    objective unattended=\"50%\"",
        "",
        BROKEN,
        &["50% are promised"],
    ),
    // 95 % against the stable version, 90 % of the whole.
    case(
        "C9: the preset lets more be lost than is promised",
        r#"objective throughput="98%""#,
        r#"rollout canary preset="enterprise""#,
        BROKEN,
        &[
            "95% of its share",
            "98% of the whole",
            "after the promotion 95%",
        ],
    ),
    case(
        "C9: one deployment",
        r#"objective throughput="90%""#,
        "#deploy: rollout canary { require errors=\"<1%\" throughput=\">=70% of stable\" }",
        BROKEN,
        &["70% of its share", "at half of the traffic 85%"],
    ),
    case(
        "C9: by a tenth of a percent",
        r#"objective throughput="90%""#,
        r#"rollout canary { require errors="<1%" throughput=">89.9% of stable" }"#,
        BROKEN,
        &["89.9% of its share"],
    ),
];

/// A service that begins with `#deploy:` says it where it is deployed, and `#scrape=` sets how often
/// metrics come.
fn found(case: &Case, promised: &str) -> Vec<Diagnostic> {
    let (own, deployed) = match case.service.strip_prefix("#deploy: ") {
        Some(deployed) => ("", format!(" {{ {deployed} }}")),
        None => (case.service, String::new()),
    };
    let (scrape, own) = match own.strip_prefix("#scrape=") {
        Some(rest) => rest.split_once(' ').unwrap_or((rest, "")),
        None => ("15s", own),
    };
    let environment = format!(
        "environment \"test\" {{
    target kubernetes=\"1.36\" argo-cd=\"3.5\" argo-rollouts=\"1.10\"
    cluster server=\"https://kubernetes.default.svc\" zones=3
    {}
    metrics prometheus=\"http://prometheus.monitoring:9090\" scraper=\"monitoring\" scrape=\"{scrape}\"
    {}
    deploy \"web\"{deployed}
}}",
        case.traffic, promised
    );
    let exposed = match case.traffic == EDGE {
        true => "expose host=\"www\" path=\"/\"",
        false => "",
    };
    let service = format!(
        "service \"web\" owner=\"web\" {{
    http 8080 as=80
    {exposed}
    size cpu=\"100m..200m\" memory=\"64Mi\" {{ replicas min=3 max=6 }}
    {own}
}}"
    );
    let release = format!(
        "web: {{version: 1.2.3, digest: \"sha256:{}\"}}\n",
        "0".repeat(64)
    );
    let files = [
        ("fleet.kdl", FLEET.to_string()),
        ("test/environment.kdl", environment),
        ("test/releases.yaml", release),
        ("services/web.kdl", service),
    ];
    let files = files.map(|(path, text)| SourceFile {
        path: format!("environments/{path}"),
        text,
    });
    let sources = complete(SourceTree::new(files));
    compile::compile(&sources, &Options::default()).findings
}

fn words(found: &Diagnostic) -> String {
    let labels = found.labels.iter().map(|label| label.text.as_str());
    let notes = found.notes.iter().map(String::as_str);
    let all = [found.message.as_str()]
        .into_iter()
        .chain(labels)
        .chain(notes);
    let all: Vec<_> = all.chain(found.help.as_deref()).collect();
    all.join("\n")
}

#[test]
fn each_contradiction_is_found_in_other_words_as_well() {
    let mut wrong = Vec::new();
    for case in CASES {
        let all = found(case, case.environment);
        let said: Vec<_> = all
            .iter()
            .filter(|one| one.code.name == case.code)
            .map(words)
            .collect();
        let whole = said.join("\n");
        for part in case.says {
            if !whole.contains(part) {
                let others: Vec<_> = all
                    .iter()
                    .map(|one| (one.code.name, &one.message))
                    .collect();
                wrong.push(format!(
                    "{}: no `{part}` in\n{whole}\n{others:?}\n",
                    case.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without its promise the same plan contradicts nothing.
#[test]
fn what_is_not_promised_is_not_broken() {
    for case in CASES.iter().filter(|case| case.code == BROKEN) {
        let kept: Vec<&str> = case
            .environment
            .lines()
            .filter(|line| !line.trim_start().starts_with("objective"))
            .collect();
        let broken = found(case, &kept.join("\n"));
        let broken: Vec<_> = broken
            .iter()
            .filter(|one| one.code.name == BROKEN)
            .collect();
        assert!(broken.is_empty(), "{}: {broken:?}", case.name);
    }
}
