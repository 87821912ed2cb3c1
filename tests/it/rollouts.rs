//! Strategies and analyses: what short specs come to.
//!
//! `rollouts/<case>.yaml` records the objects of a case; `UPDATE=1 cargo test` writes them anew.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests read the repository's own files"
)]

use std::path::Path;

use tiphys::compile;
use tiphys::diagnostic::Diagnostics;
use tiphys::model::resolve;
use tiphys::plan::delivery_check;
use tiphys::plan::scope::Scope;
use tiphys::plan::unit::Unit;
use tiphys::source::{SourceFile, SourceTree};

use crate::network::{fleet, objects, yaml};

const METRICS: &str = r#"metrics prometheus="http://prometheus.monitoring:9090" scrape="15s""#;
const GATEWAY: &str =
    r#"traffic "edge" gateway="edge/public" domain="example.com" convention="otel""#;
const TARGET: &str = r#"target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10""#;
const NGINX: &str = r#"traffic "ops" nginx="ingress-nginx/nginx" domain="example.com""#;
const MESH: &str = r#"traffic "inside" mesh="istio""#;

const KINDS: &[&str] = &["analysis-template", "external-secret", "pod-monitor"];

/// Templates, monitors, and the strategy of each Rollout.
fn compiled(sources: &SourceTree) -> String {
    let mut out = String::new();
    let clone = || SourceTree::new(sources.iter().map(|(_, file)| file.clone()));
    for (path, value) in objects(clone(), "test", KINDS) {
        out += &format!("# {path}\n{}", yaml(&value));
    }
    for (path, value) in objects(clone(), "test", &["rollout"]) {
        let strategy = value.at(&["spec", "strategy"]).unwrap();
        out += &format!("# the strategy of {path}\n{}", yaml(strategy));
    }
    out
}

/// With a release of the service.
fn released(sources: SourceTree, name: &str) -> SourceTree {
    let digest = "0".repeat(64);
    let release = SourceFile {
        path: "environments/test/releases.yaml".into(),
        text: format!("{name}: {{version: 1.2.3, digest: \"sha256:{digest}\"}}\n"),
    };
    SourceTree::new(sources.into_files().into_iter().chain([release]))
}

fn assert_recorded(case: &str, traffic: &str, service: &str) {
    let environment = format!("{METRICS}\n{traffic}");
    let name = service.split('"').nth(1).unwrap();
    let got = compiled(&released(fleet(&environment, &[service]), name));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join(format!("tests/it/rollouts/{case}.yaml"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &got).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, recorded, "{case}: UPDATE=1 records it anew");
}

#[test]
fn a_canary_behind_a_gateway_is_judged_by_its_own_metrics() {
    assert_recorded(
        "gateway",
        GATEWAY,
        r#"service "web" {
            http 8080 as=80
            port "metrics" http=9090
            size { replicas min=4 max=4 }
            expose host="www" path="/"
            rollout canary {
                steps 10 50 100
                observe "5m" "10m"
                require smoke="/ready" errors="<1%" p95="<500ms" p99="<=2500ms" throughput=">95% of stable"
            }
        }"#,
    );
}

#[test]
fn a_canary_with_every_criterion_is_asked_before_beside_and_at_the_end_of_its_stages() {
    assert_recorded(
        "criteria",
        MESH,
        r#"service "shop" {
            http 8080 as=80
            size { replicas min=4 max=4 }
            slo availability="99.95%" window="30d"
            rollout canary {
                steps 10 50 100
                observe "10m"
                require errors="<1%" budget=">=5%" { compare alpha="1%" least=500 }
                safety "<20%"
                measure "completed" query="sum(rate(done{ns=\"$namespace\"}[$window])) / sum(rate(begun[$window]))" require=">=97%"
                measure "memory" query="max(memory{hash=\"$version\"})" require="<=120% of stable"
            }
        }"#,
    );
}

#[test]
fn a_canary_whose_requests_are_slower_than_those_of_the_stable_version_is_found_by_a_test() {
    assert_recorded(
        "slower",
        MESH,
        r#"service "shop" {
            http 8080 as=80
            size { replicas min=4 max=4 }
            rollout canary {
                steps 10 50 100
                observe "10m"
                require { compare slower="500ms" extend="5m" }
            }
        }"#,
    );
}

#[test]
fn backends_are_counted_apart_by_envoy_gateway_because_each_has_a_filter() {
    let traffic = |convention: &str| {
        format!(
            r#"{METRICS}
            traffic "edge" gateway="edge/public" domain="example.com" convention="{convention}""#
        )
    };
    let service = |port: &str, rollout: &str| {
        format!(r#"service "api" {{ {port} 8080; expose host="api"; rollout {rollout} }}"#)
    };
    for (convention, port, rollout, filters) in [
        ("envoy-gateway", "http", "canary", 2),
        ("envoy-gateway", "grpc", "canary", 2),
        ("envoy-gateway", "http", "blue-green", 0),
        ("otel", "http", "canary", 0),
    ] {
        let sources = fleet(&traffic(convention), &[&service(port, rollout)]);
        let objects = objects(sources, "test", &["http-route", "grpc-route"]);
        let text: String = objects.iter().map(|(_, value)| yaml(value)).collect();
        let found = text.matches("name: x-backend").count();
        assert_eq!(found, filters, "{convention} {port} {rollout}\n{text}");
    }
}

#[test]
fn the_old_version_of_a_switch_is_kept_from_the_promotion() {
    for (rollout, seconds) in [
        (r#"observe "15m"; after errors="<1%""#, "30\n"),
        (
            r#"observe "15m"; keep-old "5m"; after errors="<1%""#,
            "300\n",
        ),
        // Nothing judges: people watch from the switch on, which is the promotion.
        (r#"observe "15m"; before smoke="/""#, "930\n"),
        (
            r#"observe "15m"; keep-old "30m"; before smoke="/""#,
            "1800\n",
        ),
    ] {
        let service =
            format!(r#"service "api" {{ http 8080; rollout blue-green {{ {rollout} }} }}"#);
        let sources = released(fleet(&format!("{METRICS}\n{MESH}"), &[&service]), "api");
        let objects = objects(sources, "test", &["rollout"]);
        let delay = crate::network::part(
            &objects,
            "services/api/rollout.yaml",
            "/spec/strategy/blueGreen/scaleDownDelaySeconds",
        );
        assert_eq!(delay, seconds, "{rollout}");
    }
}

#[test]
fn a_query_that_prometheus_would_not_take_is_found_where_it_is_written() {
    for (query, place, part) in [
        (
            r#"sum(rate(a{h=\"$version\"}[$window]"#,
            None,
            "never closed",
        ),
        (r#"sum(rate(a{h=\"$version\"})) > 0"#, Some("a"), "range"),
        (
            r#"summ(rate(a{h=\"$version\"}[$window]))"#,
            Some("s"),
            "summ",
        ),
        (r#"a{h=\"$version\",n=~\"(\"}"#, Some(r#"\""#), "("),
        (r#"a{h=\"$version\"}[$window]"#, None, "range vector"),
        (r#"sum(a{h=\"$version\"}) by (x) y"#, Some("y"), "y"),
    ] {
        let text = format!(
            r#"service "api" {{ http 8080; rollout canary {{ measure "own" query="{query}" require=">1" }} }}"#
        );
        let sources = compile::complete(released(
            fleet(&format!("{TARGET}\n{METRICS}\n{MESH}"), &[&text]),
            "api",
        ));
        let result = compile::compile(&sources, &compile::Options::default());
        let found: Vec<_> = result
            .findings
            .iter()
            .filter(|one| one.severity == tiphys::diagnostic::Severity::Error)
            .filter(|one| one.code.name != "missing-field")
            .collect();
        let [one] = found[..] else {
            panic!("{query}: {found:#?}");
        };
        assert_eq!(one.code.name, "wrong-query", "{query}");
        assert!(one.message.contains(part), "{query}: {}", one.message);
        let written = sources.slice(one.labels[0].span);
        match place {
            Some(place) => assert_eq!(written, place, "{query}: {}", one.message),
            None => assert!(written.len() > 10, "{query}: {written}"),
        }
    }
}

#[test]
fn what_a_service_says_of_itself_is_read_by_a_pod_that_only_reaches_it() {
    let service = r#"service "api" {
        http 8080 as=80
        rollout canary {
            steps 50 100
            observe "10m"
            require { health "/health" field="checks.database" is="up" }
        }
    }"#;
    let digest = "0".repeat(64);
    let environment = format!(
        "caller image=\"docker.io/library/python:3.14-alpine@sha256:{digest}\"\n{METRICS}\n{MESH}"
    );
    let sources = fleet(&environment, &[service]);
    let kinds = ["analysis-template", "network-policy"];
    let objects = objects(sources, "test", &kinds);
    let part = |path: &str, pointer: &str| crate::network::part(&objects, path, pointer);
    let template = "services/api/analysis-template-health.yaml";
    let pod = "/spec/metrics/0/provider/job/spec/template";
    let command = part(template, &format!("{pod}/spec/containers/0/command"));
    let words = "- http://api-canary.demo-test.svc:80/health\n- checks.database\n- up\n";
    assert!(command.ends_with(words), "{command}");
    let label = "app.kubernetes.io/name: api-caller\nsidecar.istio.io/inject: \"false\"\n";
    assert_eq!(part(template, &format!("{pod}/metadata/labels")), label);
    let timing = ["count", "interval", "failureLimit"].map(|field| {
        let text = part(template, &format!("/spec/metrics/0/{field}"));
        text.trim().to_string()
    });
    assert_eq!(timing, ["5", "2m", "1"]);

    let policy = "services/api/network-policy-caller.yaml";
    let peer = "- podSelector:\n    matchLabels:\n      app.kubernetes.io/name: ";
    assert_eq!(part(policy, "/spec/ingress"), "");
    assert_eq!(part(policy, "/spec/egress/1/to"), format!("{peer}api\n"));
    assert_eq!(part(policy, "/spec/egress/2/to"), "");
    let judged = "services/api/network-policy-canary.yaml";
    let ingress = part(judged, "/spec/ingress");
    assert!(
        ingress.contains("app.kubernetes.io/name: api-caller"),
        "{ingress}"
    );
}

#[test]
fn a_prometheus_behind_a_login_is_asked_with_a_header_that_no_manifest_holds() {
    let service = r#"service "api" { http 8080; rollout canary { require errors="<1%" } }"#;
    for (login, header, keys) in [
        (r#"token="t""#, "Bearer {{ .token }}", vec![("token", "t")]),
        (
            r#"user="u" password="p""#,
            r#"Basic {{ printf "%s:%s" .user .password | b64enc }}"#,
            vec![("user", "u"), ("password", "p")],
        ),
    ] {
        let environment = format!(
            r#"metrics prometheus="https://prometheus.example.com" timeout="20s" {{
                login path="monitoring" {login}
            }}
            secrets store="ClusterSecretStore/vault" prefix="test/"
            {MESH}"#
        );
        let objects = objects(fleet(&environment, &[service]), "test", KINDS);
        let part = |path: &str, pointer: &str| crate::network::part(&objects, path, pointer);
        let template = "services/api/analysis-template-errors.yaml";
        let provider = "/spec/metrics/0/provider/prometheus";
        assert_eq!(part(template, &format!("{provider}/timeout")), "20\n");
        assert_eq!(
            part(template, &format!("{provider}/headers/0/value")),
            "\"{{args.login}}\"\n"
        );
        assert_eq!(
            part(template, "/spec/args/1/valueFrom/secretKeyRef"),
            "name: api-prometheus\nkey: authorization\n"
        );
        let secret = "services/api/external-secret-prometheus.yaml";
        let data = part(secret, "/spec/target/template/data/authorization");
        assert!(data.contains(header.split('"').next().unwrap()), "{data}");
        for (at, (key, property)) in keys.iter().enumerate() {
            let entry = part(secret, &format!("/spec/data/{at}"));
            assert!(entry.contains(&format!("secretKey: {key}")), "{entry}");
            assert!(entry.contains(&format!("property: {property}")), "{entry}");
            assert!(entry.contains("key: test/monitoring"), "{entry}");
        }
    }
}

#[test]
fn a_canary_in_a_mesh_is_judged_by_the_proxies_of_its_pods() {
    assert_recorded(
        "mesh",
        MESH,
        r#"service "cart" {
            grpc 7000
            port "admin" http=9000
            health "/ok" port="admin"
        }"#,
    );
}

#[test]
fn a_canary_behind_nginx_is_judged_by_the_upstream_that_it_is() {
    assert_recorded(
        "nginx",
        NGINX,
        r#"service "desk" {
            http 8080 as=80
            expose host="desk"
            rollout canary preset="rapid" { require smoke="/health" errors="<2%" }
        }"#,
    );
}

#[test]
fn a_canary_by_pod_count_has_shares_that_its_pods_can_give() {
    assert_recorded(
        "pods",
        "",
        r#"service "worker" {
            http 8080
            metrics convention="otel"
            rollout canary preset="enterprise"
        }"#,
    );
}

#[test]
fn a_switch_is_judged_before_and_after_it() {
    assert_recorded(
        "blue-green",
        MESH,
        r#"service "ledger" {
            http 8080
            rollout blue-green {
                observe "15m"
                keep-old "30m"
                before smoke="/selftest" errors="<1%"
                after errors="<1%" p95="<500ms"
            }
        }"#,
    );
}

/// The codes of what is wrong with how `service` is delivered.
fn found(environment: &str, service: &str) -> Vec<&'static str> {
    let (codes, _) = judged(environment, service);
    codes
}

fn judged(environment: &str, service: &str) -> (Vec<&'static str>, Vec<String>) {
    let sources = compile::complete(fleet(environment, &[service]));
    let mut diags = Diagnostics::new();
    let fleet = resolve::resolve(&sources, &mut diags).unwrap();
    let environment = &fleet.environments[0];
    let scope = Scope {
        sources: &sources,
        fleet: &fleet,
        environment,
    };
    let unit = Unit::new(scope, &environment.services[0]);
    let mut diags = Diagnostics::new();
    delivery_check::check(&unit, &mut diags);
    let codes = diags
        .into_sorted()
        .iter()
        .map(|one| one.code.name)
        .collect();
    let skipped = delivery_check::skipped(&unit);
    let skipped = skipped
        .iter()
        .map(|(criterion, reason)| format!("{}: {reason:?}", criterion.check.name()));
    (codes, skipped.collect())
}

#[test]
fn what_cannot_be_measured_is_found() {
    let mesh = format!("{METRICS}\n{MESH}");
    let nginx = format!("{METRICS}\n{NGINX}");
    for (environment, rollout, expected) in [
        (
            mesh.as_str(),
            r#"http 80; rollout canary { require errors="<1%" }"#,
            &[][..],
        ),
        (
            r#"metrics scraper="monitoring"; traffic "m" mesh="istio""#,
            r#"http 80; rollout canary { require errors="<1%" }"#,
            &["criterion-unmeasurable"],
        ),
        (
            mesh.as_str(),
            r#"http 80; rollout blue-green { after throughput=">95% of stable" }"#,
            &["criterion-unmeasurable"],
        ),
        (
            nginx.as_str(),
            r#"http 80; expose host="x"; rollout blue-green { before smoke="/" errors="<1%" }"#,
            &["criterion-unmeasurable"],
        ),
        (
            METRICS,
            r#"http 80; metrics convention="ingress-nginx"; rollout canary { require errors="<1%" }"#,
            &["criterion-unmeasurable"],
        ),
        (
            nginx.as_str(),
            r#"http 80; expose host="x"; rollout canary { require p95="<11s" }"#,
            &["off-bucket"],
        ),
        (
            mesh.as_str(),
            r#"http 80; rollout canary { require p95="<3s" }"#,
            &["off-bucket"],
        ),
        (
            mesh.as_str(),
            r#"http 80; rollout canary { require { compare slower="3s" } }"#,
            &["off-bucket"],
        ),
        (
            mesh.as_str(),
            r#"http 80; metrics { buckets "1s" "3s" }; rollout canary { require p95="<3s" }"#,
            &[],
        ),
        (
            mesh.as_str(),
            r#"http 80; rollout canary { require { health "/health" field="status" is="ok" } }"#,
            &["criterion-unmeasurable"],
        ),
        (
            mesh.as_str(),
            r#"http 80; rollout canary { require budget=">=5%" }"#,
            &["criterion-unmeasurable"],
        ),
        (
            METRICS,
            r#"http 80; metrics convention="otel""#,
            &["metrics-without-port"],
        ),
        ("", "rollout blue-green", &["switch-without-port"]),
        (
            mesh.as_str(),
            r#"http 80; rollout blue-green { before errors="<1%" }"#,
            &["preview-without-requests"],
        ),
    ] {
        let service = format!("service \"api\" {{ {rollout} }}");
        assert_eq!(found(environment, &service), expected, "{rollout}");
    }
}

#[test]
fn what_defaults_ask_for_and_cannot_be_measured_is_skipped_with_its_reason() {
    for (environment, service, expected) in [
        (
            "",
            r#"service "worker""#,
            &[
                "errors: NoPrometheus",
                "p95: NoPrometheus",
                "throughput: NoPrometheus",
                "safety: NoPrometheus",
            ],
        ),
        (
            METRICS,
            r#"service "worker""#,
            &[
                "errors: NoConvention",
                "p95: NoConvention",
                "throughput: NoConvention",
                "safety: NoConvention",
            ],
        ),
    ] {
        let (codes, skipped) = judged(environment, service);
        assert_eq!(codes, ["judged-by-nothing"]);
        assert_eq!(skipped, expected);
    }
}
