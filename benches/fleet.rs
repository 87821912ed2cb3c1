//! Writes a fleet of N services in two environments, in the spec language: the input of `run.sh`.
//!
//! Usage: `cargo bench --bench fleet -- N DIR`. Deterministic: the same N gives the same bytes. A
//! service has the shape of the one in `peers/service.py`: port, probes, size, route, configuration,
//! secret, canary with two criteria, and what it differs in by environment.
#![allow(
    clippy::disallowed_methods,
    reason = "a program of its own, at the edge"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const TEAMS: [&str; 10] = [
    "payments", "catalog", "checkout", "search", "identity", "shipping", "pricing", "media",
    "ledger", "support",
];

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1).filter(|arg| !arg.starts_with("--"));
    let n_services = args.next().and_then(|n| n.parse().ok());
    let (Some(n_services), Some(out)) = (n_services, args.next()) else {
        return Ok(()); // run without arguments by `cargo bench`
    };
    let root = PathBuf::from(out).join("environments");
    write(&root, "fleet.kdl", &fleet())?;
    for index in 0..n_services {
        write(
            &root,
            &format!("services/{}.kdl", name(index)),
            &service(index),
        )?;
        write(
            &root,
            &format!("also/{}.properties", name(index)),
            &properties(index),
        )?;
    }
    for (environment, production) in [("production", true), ("staging", false)] {
        write(
            &root,
            &format!("{environment}/environment.kdl"),
            &spec(production, n_services),
        )?;
        write(
            &root,
            &format!("{environment}/releases.yaml"),
            &releases(production, n_services),
        )?;
    }
    Ok(())
}

fn write(root: &Path, path: &str, text: &str) -> io::Result<()> {
    let path = root.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

fn name(index: usize) -> String {
    format!("svc-{index:04}")
}

fn team(index: usize) -> &'static str {
    TEAMS[index % TEAMS.len()]
}

fn fleet() -> String {
    let mut text = String::from(
        r#"fleet "bench" {
    publish repository="https://git.example.com/bench/deploy.git" branch="main" path="generated"
    images "registry.example.com/bench"
    registries "registry.example.com"
"#,
    );
    for team in TEAMS {
        let _ = write!(
            text,
            r#"    team "{team}" oncall="{team}-primary" group="bench:{team}" {{
        approvers "dana@example.com" "eli@example.com"
    }}
"#
        );
    }
    text + "}\n"
}

/// Callees have lower numbers, so that nobody waits in a circle and waves stay few.
fn service(index: usize) -> String {
    let (name, team) = (name(index), team(index));
    let port = 8080 + index % 10;
    // No two alike: what is worked out from a load cannot be shared.
    let load = 40 + index;
    let calls: String = [("FIRST_ADDR", index / 2), ("SECOND_ADDR", index / 3)]
        .into_iter()
        .filter(|(variable, callee)| {
            *callee != index && (*variable == "FIRST_ADDR" || *callee != index / 2)
        })
        .map(|(variable, callee)| format!("\n        {variable} \"svc-{callee:04}\""))
        .collect();
    let calls = if calls.is_empty() {
        calls
    } else {
        format!("\n    calls {{{calls}\n    }}")
    };
    format!(
        r#"service "{name}" owner="{team}" {{
    http {port} as=80
    live "/healthz" every="20s"
    ready "/readyz"
    start "/healthz" every="5s"
    size cpu="100m..1" memory="128Mi..256Mi" {{ replicas min=2 max=8 }}
    load usual="{load}rps"
    expose via="edge" host="{team}" path="/{team}/{index:04}"{calls}
    rollout canary {{
        steps 10 50 100
        observe "10m"
        require errors="<{errors}%" p95="<{latency}ms"
    }}
    secret "{name}" path="{team}/{name}" {{
        env API_KEY="api_key"
    }}
    config SERVICE_NAME="{name}" LISTEN_ADDRESS=":{port}" LOG_LEVEL="info"
    config OTEL_EXPORTER_OTLP_ENDPOINT="http://collector.telemetry:4317"
    volume "settings" mount="/etc/settings" config="also/{name}.properties"
}}
"#,
        errors = 1 + index % 5,
        latency = [100, 250, 500, 1000, 2500][index % 5],
    )
}

fn properties(index: usize) -> String {
    format!(
        "service={}\nteam={}\npath=/{}/{index:04}\n",
        name(index),
        team(index),
        team(index)
    )
}

/// Staging is production, but smaller; every service has a size of its own in both.
fn spec(production: bool, n_services: usize) -> String {
    let mut text = String::from(if production { PRODUCTION } else { STAGING });
    for index in 0..n_services {
        let size = if production { 3 } else { 2 } + index % 3;
        let _ = writeln!(
            text,
            r#"    deploy "{}" {{ size cpu="{}m..2" memory="{}Mi..{}Mi" {{ replicas min={size} max={} }}; }}"#,
            name(index),
            100 * size,
            128 * size,
            256 * size,
            4 * size,
        );
    }
    text + "}\n"
}

const PRODUCTION: &str = r#"environment "production" {
    target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
    cluster server="https://kubernetes.default.svc" zones=3
    sync auto prune="confirm"
    traffic "edge" gateway="edge/public" convention="envoy-gateway" domain="example.com"
    metrics prometheus="http://prometheus.monitoring:9090" scraper="monitoring" scrape="15s"
    secrets store="ClusterSecretStore/vault" prefix="production/" refresh="1h"
"#;

const STAGING: &str = r#"environment "staging" like="production" {
    sync prune="auto"
    traffic "edge" domain="staging.example.com"
    secrets prefix="staging/"
    everywhere { config LOG_LEVEL="debug"; }
"#;

/// Digests are made up, but differ between services and environments.
fn releases(production: bool, n_services: usize) -> String {
    let stage = if production { "a" } else { "b" };
    (0..n_services)
        .map(|index| {
            format!(
                "{}: {{version: \"1.{index}.0\", digest: \"sha256:{stage}{index:063x}\"}}\n",
                name(index)
            )
        })
        .collect()
}
