//! What each check says: `tests.txt` has one row for each mistake, and rows that are fine.

use crate::diagnostic::Diagnostics;
use crate::model::resolve;
use crate::model::testing::{assert_table, tree};
use crate::source::SourceTree;

fn check(sources: &SourceTree, diags: &mut Diagnostics) {
    if let Some(fleet) = resolve::resolve(sources, diags) {
        super::check(&fleet, sources, diags);
    }
}

#[test]
fn each_mistake_of_the_table_is_found_where_it_is_written() {
    assert_table(include_str!("tests.txt"), check);
}

#[test]
fn every_code_is_in_the_table_or_in_a_test_here() {
    let (table, here) = (include_str!("tests.txt"), include_str!("tests.rs"));
    for code in super::CODES {
        let name = code.name;
        let is_there =
            table.contains(&format!("| {name}")) || here.contains(&format!("\"{name}\""));
        assert!(is_there, "no test of `{name}`");
    }
}

#[test]
fn callers_inside_of_what_nginx_exposes_are_named() {
    let sources = tree(&[
        (
            "prod/env",
            "gateway=\"edge/public\"",
            "nginx=\"edge/public\"",
        ),
        ("cart", "+", "calls \"web\""),
    ]);
    let mut diags = Diagnostics::new();
    check(&sources, &mut diags);
    let found: Vec<_> = diags.iter().map(|one| one.code.name).collect();
    assert_eq!(found, ["nginx-end-of-life", "inside-callers"]);
}

#[test]
fn a_list_that_holds_no_objects_is_found_when_its_service_is_planned() {
    use crate::plan::{scope::Scope, service, unit::Unit};
    let list = "apiVersion: v1\nkind: List\n";
    for (items, expected) in [
        ("", vec!["empty-list"]),
        ("items: []\n", vec!["empty-list"]),
        ("items: {}\n", vec!["empty-list"]),
        (
            "items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]\n",
            vec![],
        ),
        (
            "items: [{kind: ConfigMap, metadata: {name: a}}]\n---\nnot: kube\n",
            vec!["not-an-object", "not-an-object"],
        ),
    ] {
        let sources = tree(&[
            ("cart", "+", "also \"also/a.yaml\""),
            ("also/a.yaml", "+", &format!("{list}{items}")),
        ]);
        let mut diags = Diagnostics::new();
        let fleet = resolve::resolve(&sources, &mut diags).unwrap();
        let scope = Scope {
            sources: &sources,
            fleet: &fleet,
            environment: fleet.environment("prod").unwrap(),
        };
        let cart = scope.environment.service("cart").unwrap();
        service(&Unit::new(scope, cart), &mut diags);
        let found: Vec<_> = diags.iter().map(|one| one.code.name).collect();
        assert_eq!(found, expected, "{items}");
    }
}

/// A second environment with its own `cluster` and further lines.
fn second(name: &str, cluster: &str, more: &str) -> Vec<&'static str> {
    let text = format!(
        r#"environment "{name}" {{
            target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
            {cluster}
            secrets store="ClusterSecretStore/vault"
            {more}
        }}"#
    );
    let releases = "job: {version: '1.0.2', digest: 'sha256:DIGEST'}\nvault: {version: '2.0.0'}\n";
    let releases = releases.replace("DIGEST", &"0123456789abcdef".repeat(4));
    let sources = tree(&[
        (&format!("{name}/environment.kdl"), "", &text),
        (&format!("{name}/releases.yaml"), "", &releases),
    ]);
    let mut diags = Diagnostics::new();
    check(&sources, &mut diags);
    diags.iter().map(|one| one.code.name).collect()
}

#[test]
fn environments_on_one_cluster_have_no_namespace_in_common() {
    let same = r#"cluster server="https://prod.example.com/""#;
    let other = r#"cluster server="https://test.example.com""#;
    let both = r#"install "vault"; deploy "job""#;
    for (cluster, more, expected) in [
        (same, both, vec!["shared-namespace"]),
        (same, r#"deploy "job""#, vec![]),
        (other, both, vec![]),
        ("", both, vec![]),
    ] {
        assert_eq!(second("test", cluster, more), expected, "{cluster} {more}");
    }
}

#[test]
fn no_two_environments_get_one_name_in_argo_cd() {
    let own = r#"cluster server="https://test.example.com""#;
    let none: [&str; 0] = [];
    assert_eq!(second("prod-east", own, r#"deploy "job""#), none);
    assert_eq!(second("prod-vault", own, ""), ["argo-name-clash"]);
}

fn codes(edits: &[(&str, &str, &str)]) -> Vec<&'static str> {
    let mut diags = Diagnostics::new();
    check(&tree(edits), &mut diags);
    let found = diags.into_sorted();
    found.iter().map(|one| one.code.name).collect()
}

#[test]
fn services_stay_out_of_the_namespaces_of_the_platform() {
    let mesh = ("prod/env", "+", r#"traffic "inside" mesh="istio""#);
    let gateway = ("prod/env", "convention=\"envoy-gateway\"", "");
    let otel = ("web", "+", r#"metrics convention="otel""#);
    for (namespace, edits, expected) in [
        ("istio-system", vec![mesh], vec!["reserved-namespace"]),
        ("istio-system", vec![], vec![]),
        ("edge", vec![gateway, otel], vec!["reserved-namespace"]),
        ("edge", vec![], vec![]), // where Envoy Gateway runs no proxies
    ] {
        let text = format!("namespace \"{namespace}\"");
        let own = ("services/job", "+", text.as_str());
        let edits = [vec![own], edits].concat();
        let found = codes(&edits);
        assert_eq!(found, expected, "{namespace}");
    }
}

#[test]
fn a_slash_at_the_end_makes_no_other_route() {
    let web = ("web", "path=\"/\"", "path=\"/a\"");
    for (path, expected) in [
        ("/a/", vec!["route-clash"]),
        ("/a/b", vec![]),
        ("/", vec![]),
    ] {
        let text = format!("expose host=\"www.example.com\" path=\"{path}\"");
        assert_eq!(
            codes(&[web, ("services/cart", "+", &text)]),
            expected,
            "{path}"
        );
    }
}
