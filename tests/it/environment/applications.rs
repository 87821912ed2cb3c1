//! Applications and AppProjects: waves, syncs, windows, teams, components.

use super::{Fleet, fleet, part};

const CHART: &str = "chart \"x\" repository=\"https://charts.example.com/x\"";

fn component(fleet: Fleet, name: &str, body: &str) -> Fleet {
    let text = format!("component \"{name}\" owner=\"platform\" {{\n{body}\n}}");
    fleet.file(&format!("components/{name}.kdl"), &text)
}

/// `name=wave` of everything but projects, in the order of names.
fn waves(fleet: Fleet) -> String {
    let objects = fleet.objects();
    let pointer = "/metadata/annotations/argocd.argoproj.io~1sync-wave";
    let wave = |path: &String| {
        let name = path
            .strip_prefix("apps/application-")?
            .strip_suffix(".yaml")?;
        let wave = part(&objects, path, pointer);
        (name != "namespaces").then(|| format!("{name}={}", wave.trim_matches('"')))
    };
    objects
        .keys()
        .filter_map(wave)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn waves_follow_what_each_thing_waits_for() {
    let table = [
        ("nothing waits", "", "", "", "a=0 b=0 c=0"),
        (
            "a chain of depends",
            "depends \"b\"",
            "depends \"c\"",
            "",
            "a=2 b=1 c=0",
        ),
        (
            "a chain of calls",
            "calls \"b\"",
            "calls \"c\"",
            "",
            "a=2 b=1 c=0",
        ),
        (
            "the longest way counts",
            "calls \"b\" \"c\"",
            "calls \"c\"",
            "",
            "a=2 b=1 c=0",
        ),
        (
            "a circle of calls counts for nothing",
            "calls \"b\"",
            "calls \"a\"",
            "",
            "a=0 b=0 c=0",
        ),
        (
            "depends holds inside of a circle of calls",
            "calls \"b\"",
            "calls \"c\"",
            "calls \"a\"\ndepends \"b\"",
            "a=0 b=0 c=1",
        ),
        (
            "calls beside a circle still count",
            "calls \"b\"",
            "calls \"a\" \"c\"",
            "",
            "a=0 b=1 c=0",
        ),
    ];
    for (what, a, b, c, wanted) in table {
        let fleet = fleet("deploy \"a\" \"b\" \"c\"")
            .service("a", &format!("http 80\n{a}"))
            .service("b", &format!("http 80\n{b}"))
            .service("c", &format!("http 80\n{c}"));
        assert_eq!(waves(fleet), wanted, "{what}");
    }
}

#[test]
fn a_service_waits_for_the_components_that_serve_it() {
    let environment = r#"deploy "web"
install "ingress" "external-secrets"
traffic "edge" nginx="ingress/nginx" domain="example.com"
secrets store="ClusterSecretStore/vault""#;
    let table = [
        ("", "external-secrets=0 ingress=0 web=0"),
        ("expose", "external-secrets=0 ingress=1 web=2"),
        (
            "secret \"key\" path=\"key\" { env KEY=\"key\" }",
            "external-secrets=0 ingress=1 web=1",
        ),
    ];
    for (body, wanted) in table {
        // The ingress controller waits for secrets too, so that the two differ.
        let depends = if body.is_empty() {
            ""
        } else {
            "\ndepends \"external-secrets\""
        };
        let mut fleet = fleet(environment)
            .service("web", &format!("http 80\n{body}"))
            .file(
                "test/releases.yaml",
                "ingress: {version: \"1.0.0\"}\nexternal-secrets: {version: \"1.0.0\"}\n",
            );
        fleet = component(
            fleet,
            "ingress",
            &format!("{CHART}\nnamespace \"ingress\"{depends}"),
        );
        let secrets = "chart \"external-secrets\" repository=\"https://charts.example.com/x\"";
        fleet = component(
            fleet,
            "external-secrets",
            &format!("{secrets}\nnamespace \"secrets\""),
        );
        assert_eq!(waves(fleet), wanted, "{body}");
    }
}

#[test]
fn projects_come_first_and_then_the_namespaces() {
    let objects = fleet("deploy \"cart\"")
        .service("cart", "http 80")
        .objects();
    let waves = ["app-project", "application-namespaces", "application-cart"].map(|name| {
        let path = format!("apps/{name}.yaml");
        part(
            &objects,
            &path,
            "/metadata/annotations/argocd.argoproj.io~1sync-wave",
        )
    });
    assert_eq!(waves, ["\"-2\"", "\"-1\"", "\"0\""]);
}

#[test]
fn prune_decides_on_the_finalizer_the_option_and_the_policy() {
    let finalizer = "- resources-finalizer.argocd.argoproj.io/foreground";
    let both = "prune: true\nselfHeal: true";
    let table = [
        ("", both, "- Prune=confirm", finalizer),
        (
            "sync auto prune=\"confirm\"",
            both,
            "- Prune=confirm",
            finalizer,
        ),
        ("sync auto prune=\"auto\"", both, "", finalizer),
        (
            "sync auto prune=\"never\"",
            "selfHeal: true",
            "- Prune=false",
            "",
        ),
        ("sync manual prune=\"auto\"", "", "", finalizer),
        ("sync manual prune=\"never\"", "", "- Prune=false", ""),
    ];
    for (sync, automated, option, finalizers) in table {
        let environment = format!("deploy \"cart\"\n{sync}");
        let objects = fleet(&environment).service("cart", "http 80").objects();
        let get = |pointer| part(&objects, "apps/application-cart.yaml", pointer);
        assert_eq!(get("/spec/syncPolicy/automated"), automated, "{sync}");
        let options = get("/spec/syncPolicy/syncOptions");
        let prune: Vec<_> = options
            .lines()
            .filter(|line| line.contains("Prune"))
            .collect();
        assert_eq!(prune.join("\n"), option, "{sync}");
        assert_eq!(get("/metadata/finalizers"), finalizers, "{sync}");
    }
}

#[test]
fn only_what_others_write_is_ignored() {
    let replicas =
        "- kind: Rollout\n  name: cart\n  group: argoproj.io\n  jsonPointers:\n  - /spec/replicas";
    let weights = "- kind: HTTPRoute\n  name: cart\n  group: gateway.networking.k8s.io\n  jqPathExpressions:\n  - .spec.rules[].backendRefs[].weight";
    let grpc = weights.replace("HTTPRoute", "GRPCRoute");
    let pinned = |name: &str| {
        format!(
            "- kind: Service\n  name: {name}\n  jsonPointers:\n  - /spec/selector/rollouts-pod-template-hash"
        )
    };
    let mesh = "traffic \"inside\" mesh=\"istio\"";
    let table = [
        ("", "http 80", ""),
        ("", "http 80; size { replicas min=2 max=4 }", replicas),
        (
            "",
            "http 80; rollout rolling; size { replicas min=2 max=4 }",
            &replicas
                .replace("argoproj.io", "apps")
                .replace("Rollout", "Deployment"),
        ),
        (
            mesh,
            "http 80",
            &[weights, &pinned("cart"), &pinned("cart-canary")].join("\n"),
        ),
        (
            mesh,
            "grpc 80",
            &[grpc.as_str(), &pinned("cart"), &pinned("cart-canary")].join("\n"),
        ),
        (
            mesh,
            "http 80; rollout blue-green",
            &[pinned("cart"), pinned("cart-preview")].join("\n"),
        ),
    ];
    for (traffic, body, wanted) in table {
        let environment = format!("deploy \"cart\"\n{traffic}");
        let objects = fleet(&environment).service("cart", body).objects();
        let get = |pointer| part(&objects, "apps/application-cart.yaml", pointer);
        assert_eq!(get("/spec/ignoreDifferences"), wanted, "{traffic} {body}");
        let respects =
            get("/spec/syncPolicy/syncOptions").contains("RespectIgnoreDifferences=true");
        assert_eq!(respects, !wanted.is_empty(), "{traffic} {body}");
    }
}

#[test]
fn a_window_lets_people_sync_unless_it_is_hard() {
    let window = "window \"weekend\" deny cron=\"0 16 * * FRI\" for=\"64h\"";
    let common = "kind: deny\napplications:\n- \"*\"\ndescription: weekend\nduration: 64h";
    let table = [
        ("", "manualSync: true\nschedule: 0 16 * * FRI"),
        (" hard=#true", "schedule: 0 16 * * FRI"),
        (
            " zone=\"Europe/Berlin\"",
            "manualSync: true\nschedule: 0 16 * * FRI\ntimeZone: Europe/Berlin",
        ),
    ];
    for (more, wanted) in table {
        let environment = format!("deploy \"cart\"\n{window}{more}");
        let objects = fleet(&environment).service("cart", "http 80").objects();
        let found = part(&objects, "apps/app-project.yaml", "/spec/syncWindows/0");
        assert_eq!(found, format!("{common}\n{wanted}"), "{more}");
    }
}

#[test]
fn a_team_sees_everything_and_syncs_what_it_owns() {
    let objects = fleet("deploy \"cart\"")
        .service("cart", "http 80")
        .objects();
    let roles = part(&objects, "apps/app-project.yaml", "/spec/roles");
    let wanted = "\
- name: payments
  groups:
  - shop:payments
  policies:
  - p, proj:shop-test:payments, applications, get, shop-test/*, allow
  - p, proj:shop-test:payments, applications, sync, shop-test/shop-test-cart, allow
- name: platform
  groups:
  - shop:platform
  policies:
  - p, proj:shop-test:platform, applications, get, shop-test/*, allow";
    assert_eq!(roles, wanted);
}

#[test]
fn a_component_is_a_chart_with_values_or_a_pinned_directory() {
    let chart = "chart: x\nrepoURL: https://charts.example.com/x\ntargetRevision: \"1.0.0\"";
    let with_values = "chart: x\nhelm:\n  valuesObject:\n    replicas: 2\nrepoURL: https://charts.example.com/x\ntargetRevision: \"1.0.0\"";
    let directory =
        "path: deploy\nrepoURL: https://git.example.com/x.git\ntargetRevision: \"1.0.0\"";
    let table = [
        (CHART, chart),
        (&format!("{CHART}\nvalues \"also/x.yaml\""), with_values),
        (&format!("{CHART}\nvalues \"also/empty.yaml\""), chart),
        (
            "directory \"https://git.example.com/x.git\" path=\"deploy\"",
            directory,
        ),
    ];
    for (body, wanted) in table {
        let fleet = fleet("install \"x\"")
            .file("test/releases.yaml", "x: {version: \"1.0.0\"}\n")
            .file("also/x.yaml", "replicas: 2\n")
            .file("also/empty.yaml", "{}\n");
        let objects = component(fleet, "x", &format!("{body}\nnamespace \"x\"")).objects();
        assert_eq!(
            part(&objects, "apps/application-x.yaml", "/spec/source"),
            wanted,
            "{body}"
        );
        let project = part(&objects, "apps/application-x.yaml", "/spec/project");
        assert_eq!(project, "shop-test-components");
    }
}

#[test]
fn manifests_beside_a_component_are_its_second_source() {
    let fleet = fleet("install \"x\"")
        .file("test/releases.yaml", "x: {version: \"1.0.0\"}\n")
        .file(
            "also/extra.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n",
        );
    let objects = component(
        fleet,
        "x",
        &format!("{CHART}\nnamespace \"x\"\nalso \"also/extra.yaml\""),
    )
    .objects();
    let path = part(&objects, "apps/application-x.yaml", "/spec/sources/1/path");
    assert_eq!(path, "generated/test/components/x");
    let namespace = part(
        &objects,
        "components/x/config-map-extra.yaml",
        "/metadata/namespace",
    );
    assert_eq!(namespace, "x");
}

#[test]
fn the_environments_own_manifests_stand_between_components_and_services() {
    let fleet = fleet("install \"x\"\ndeploy \"cart\"\nalso \"also/class.yaml\"")
        .service("cart", "http 80")
        .file("test/releases.yaml", "x: {version: \"1.0.0\"}\n")
        .file(
            "also/class.yaml",
            "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n",
        );
    let fleet = component(fleet, "x", &format!("{CHART}\nnamespace \"x\""));
    let objects = fleet.objects();
    let wave = |name: &str| {
        let path = format!("apps/application-{name}.yaml");
        part(
            &objects,
            &path,
            "/metadata/annotations/argocd.argoproj.io~1sync-wave",
        )
    };
    assert_eq!(
        [wave("x"), wave("also"), wave("cart")],
        ["\"0\"", "\"1\"", "\"2\""]
    );
    assert!(objects.contains_key("also/priority-class-high.yaml"));
    let kinds = part(
        &objects,
        "apps/app-project.yaml",
        "/spec/clusterResourceWhitelist",
    );
    assert!(kinds.contains("PriorityClass"), "{kinds}");
}

#[test]
fn the_root_may_deploy_only_projects_and_applications_beside_argo_cd() {
    let objects = fleet("deploy \"cart\"")
        .service("cart", "http 80")
        .objects();
    let get = |pointer| part(&objects, "bootstrap/app-project.yaml", pointer);
    let kinds =
        "- kind: AppProject\n  group: argoproj.io\n- kind: Application\n  group: argoproj.io";
    assert_eq!(get("/spec/namespaceResourceWhitelist"), kinds);
    assert_eq!(get("/spec/clusterResourceWhitelist"), "");
    assert_eq!(get("/spec/destinations/0/namespace"), "argocd");
    let finalizers = part(
        &objects,
        "bootstrap/application.yaml",
        "/metadata/finalizers",
    );
    assert_eq!(finalizers, "");
    assert!(!objects.contains_key("bootstrap/config-map-argo-rollouts-config.yaml"));
}

#[test]
fn a_canary_behind_a_route_needs_the_plugin() {
    let objects = fleet("deploy \"cart\"\ntraffic \"inside\" mesh=\"istio\"")
        .service("cart", "http 80")
        .objects();
    let plugin = part(
        &objects,
        "bootstrap/config-map-argo-rollouts-config.yaml",
        "/data/trafficRouterPlugins",
    );
    assert!(plugin.contains("argoproj-labs/gatewayAPI"), "{plugin}");
}

#[test]
fn what_argo_cd_cannot_do_is_refused() {
    let long = "a".repeat(54);
    let deploy = |name: &str| format!("deploy \"{name}\"");
    let table = [
        (
            fleet(&deploy(&long)).service(&long, "http 80"),
            "argo-name-too-long",
        ),
        (
            fleet(&deploy("cart")).service("cart", "http 80; namespace \"argocd\""),
            "argo-cd-namespace",
        ),
        (
            fleet(&deploy("cart")).service("cart", "http 80").file(
                "fleet.kdl",
                "fleet \"shop\" { images \"registry.example.com/shop\"; team \"payments\"; }",
            ),
            "no-publish",
        ),
    ];
    for (fleet, code) in table {
        assert_eq!(fleet.findings(), [code]);
    }
}
