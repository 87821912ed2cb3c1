//! Namespaces, and what stands in them for everyone.

use super::{fleet, part};

#[test]
fn each_namespace_is_there_once_whoever_asks_for_it() {
    let objects = fleet("deploy \"cart\" \"web\" \"ledger\"\ninstall \"events\" \"flows\"")
        .service("cart", "http 80")
        .service("web", "http 80")
        .service("ledger", "http 80; namespace \"books\"")
        .file(
            "components/events.kdl",
            r#"component "events" { chart "events" repository="https://charts.example.com/x"; namespace "argo" }"#,
        )
        .file(
            "components/flows.kdl",
            r#"component "flows" { chart "flows" repository="https://charts.example.com/x"; namespace "argo" pods="baseline" }"#,
        )
        .file(
            "test/releases.yaml",
            "events: {version: \"1.0.0\"}\nflows: {version: \"1.0.0\"}\n",
        )
        .objects();
    let levels = ["argo", "books", "shop-test"].map(|name| {
        part(
            &objects,
            &format!("namespaces/namespace-{name}.yaml"),
            "/metadata/labels/pod-security.kubernetes.io~1enforce",
        )
    });
    assert_eq!(levels, ["baseline", "restricted", "restricted"]);
    let denied: Vec<_> = objects
        .keys()
        .filter(|path| path.contains("network-policy"))
        .collect();
    // What a component's traffic is, nobody here knows.
    assert_eq!(
        denied,
        [
            "namespaces/network-policy-books.yaml",
            "namespaces/network-policy-shop-test.yaml"
        ]
    );
}

#[test]
fn everything_is_denied_in_both_directions() {
    let objects = fleet("deploy \"cart\"")
        .service("cart", "http 80")
        .objects();
    let spec = part(
        &objects,
        "namespaces/network-policy-shop-test.yaml",
        "/spec",
    );
    assert_eq!(spec, "podSelector: {}\npolicyTypes:\n- Ingress\n- Egress");
}

#[test]
fn a_namespace_is_never_pruned_and_only_deleted_after_a_confirmation() {
    let objects = fleet("deploy \"cart\"")
        .service("cart", "http 80")
        .objects();
    let options = part(
        &objects,
        "namespaces/namespace-shop-test.yaml",
        "/metadata/annotations/argocd.argoproj.io~1sync-options",
    );
    assert_eq!(options, "Prune=false,Delete=confirm");
}

#[test]
fn the_quota_is_of_the_environments_own_namespace() {
    let objects = fleet("deploy \"cart\" \"ledger\"\nquota cpu=\"64\" memory=\"96Gi\" pods=200")
        .service("cart", "http 80")
        .service("ledger", "http 80; namespace \"books\"")
        .objects();
    let hard = part(
        &objects,
        "namespaces/resource-quota-shop-test.yaml",
        "/spec/hard",
    );
    assert_eq!(
        hard,
        "pods: \"200\"\nrequests.cpu: \"64\"\nrequests.memory: 96Gi"
    );
    assert!(!objects.contains_key("namespaces/resource-quota-books.yaml"));
}

#[test]
fn limits_are_what_is_given_and_never_above_the_most() {
    let table = [
        (
            "",
            "default: {memory: 512Mi}, defaultRequest: {cpu: 100m, memory: 128Mi}",
        ),
        (
            "limits cpu=\"50m..200m\" memory=\"64Mi\"",
            "default: {cpu: 200m, memory: 64Mi}, defaultRequest: {cpu: 50m, memory: 64Mi}",
        ),
        (
            "limits max-cpu=\"50m\" max-memory=\"256Mi\"",
            "default: {cpu: 50m, memory: 256Mi}, defaultRequest: {cpu: 50m, memory: 128Mi}, max: {cpu: 50m, memory: 256Mi}",
        ),
    ];
    for (given, wanted) in table {
        let objects = fleet(&format!("deploy \"cart\"\n{given}"))
            .service("cart", "http 80")
            .objects();
        let limits = part(
            &objects,
            "namespaces/limit-range-shop-test.yaml",
            "/spec/limits/0",
        );
        assert_eq!(
            flow(&limits),
            format!("{wanted}, type: Container"),
            "{given}"
        );
    }
}

/// Two levels of block maps on one line.
fn flow(text: &str) -> String {
    let mut out = String::new();
    let mut is_open = false;
    for line in text.lines() {
        let inner = line.starts_with(' ');
        if is_open && !inner {
            out.push('}');
            is_open = false;
        }
        if !out.is_empty() && !out.ends_with('{') {
            out.push_str(", ");
        }
        out.push_str(line.trim());
        if line.ends_with(':') {
            out.push_str(" {");
            is_open = true;
        }
    }
    out
}

#[test]
fn namespaces_of_services_ask_for_the_proxies_of_the_mesh() {
    for (mesh, label, annotation) in [
        ("istio", "enabled", ""),
        ("linkerd", "", "enabled"),
        ("", "", ""),
    ] {
        let traffic = match mesh {
            "" => String::new(),
            mesh => format!("traffic \"inside\" mesh=\"{mesh}\""),
        };
        let objects = fleet(&format!("deploy \"cart\"\ninstall \"flows\"\n{traffic}"))
            .service("cart", "http 80")
            .file(
                "components/flows.kdl",
                r#"component "flows" { chart "flows" repository="https://charts.example.com/x"; namespace "argo" }"#,
            )
            .file("test/releases.yaml", "flows: {version: \"1.0.0\"}\n")
            .objects();
        let found = |name: &str, pointer: &str| {
            let path = format!("namespaces/namespace-{name}.yaml");
            part(&objects, &path, &format!("/metadata/{pointer}"))
        };
        let (of_istio, of_linkerd) = ("labels/istio-injection", "annotations/linkerd.io~1inject");
        assert_eq!(found("shop-test", of_istio), label, "{mesh}");
        assert_eq!(found("shop-test", of_linkerd), annotation, "{mesh}");
        assert_eq!(found("argo", of_istio) + &found("argo", of_linkerd), "");
    }
}
