//! What each rule of the language opens, and for whom. Every pod may ask for names; that line is
//! left out here.

use tiphys::value::Value;

use super::{fleet, objects, part, paths, reference};

const TEMPLATES: &[&str] = &["network-policy"];
const DNS: &str = "out kube-system/*, 169.254.20.10/32: 53/UDP 53";

/// One line a rule: `in edge/*: 8080`. Peers are a service (`web`), pods or all of a namespace
/// (`other/web`, `edge/*`), ranges with the number of their exceptions.
fn rules(policy: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (list, peers, word) in [("ingress", "from", "in"), ("egress", "to", "out")] {
        for rule in policy
            .at(&["spec", list])
            .and_then(Value::as_list)
            .unwrap_or(&[])
        {
            let peers = match rule.get(peers) {
                Some(list) => words(list, ", ", peer),
                None => "everyone".to_string(),
            };
            lines.push(format!(
                "{word} {peers}: {}",
                words(rule.get("ports").unwrap(), " ", port)
            ));
        }
    }
    lines.retain(|line| line != DNS);
    lines
}

fn words(list: &Value, between: &str, word: impl Fn(&Value) -> String) -> String {
    let words: Vec<_> = list.as_list().unwrap().iter().map(word).collect();
    words.join(between)
}

fn port(port: &Value) -> String {
    let number = port.get("port").and_then(Value::as_int).unwrap();
    match port.get("protocol").and_then(Value::as_str) {
        Some("TCP") => number.to_string(),
        protocol => format!("{number}/{}", protocol.unwrap()),
    }
}

fn peer(peer: &Value) -> String {
    let label = |selector, label| {
        let found = peer.at(&[selector, "matchLabels", label]);
        found.and_then(Value::as_str)
    };
    let namespace = label("namespaceSelector", "kubernetes.io/metadata.name");
    let pods = label("podSelector", "app.kubernetes.io/name");
    match (namespace, pods) {
        (Some(namespace), pods) => format!("{namespace}/{}", pods.unwrap_or("*")),
        (None, Some(pods)) => pods.to_string(),
        (None, None) => {
            let cidr = peer.at(&["ipBlock", "cidr"]).and_then(Value::as_str);
            let except = peer.at(&["ipBlock", "except"]).and_then(Value::as_list);
            match except {
                Some(list) => format!("{} but {}", cidr.unwrap(), list.len()),
                None => cidr.unwrap().to_string(),
            }
        }
    }
}

/// The rules of `policy` of the service `web` in an environment.
fn of_web(environment: &str, others: &[&str], web: &str, policy: &str) -> Vec<String> {
    let services: Vec<_> = others.iter().copied().chain([web]).collect();
    let found = objects(fleet(environment, &services), "test", TEMPLATES);
    let path = format!("services/web/{policy}.yaml");
    let object = found.iter().find(|(found, _)| *found == path);
    rules(&object.unwrap_or_else(|| panic!("no `{path}`")).1)
}

#[test]
fn every_rule_opens_what_it_says_and_no_more() {
    const ROLLING: &str = r#"service "web" { http 8080 as=80; port "admin" tcp=9000; port "metrics" http=9090; rollout rolling }"#;
    const ARGO: &str = r#"component "argo" { namespace "workflows"; endpoint "server" service="server" port=2746; endpoint "more" service="more" port=2746 }"#;
    const EVENTS: &str = r#"component "events" { namespace "events"; calls "web" }"#;
    const EVENTS_2: &str = r#"component "events-2" { namespace "events"; calls "web" }"#;
    const CALLER: &str = r#"service "shop" { calls "web" }"#;
    const FAR_CALLER: &str = r#"service "shop" { namespace "other"; calls "web" }"#;
    const CART: &str = r#"service "cart" { grpc 7070 as=70; port "metrics" http=9090 }"#;
    const FAR_CART: &str = r#"service "cart" { namespace "other"; grpc 7070 }"#;
    const GATEWAY: &str =
        r#"traffic "edge" gateway="edge/public" domain="example.com" convention="otel""#;
    const ENVOY: &str =
        r#"traffic "edge" gateway="edge/public" domain="example.com" convention="envoy-gateway""#;
    const NGINX: &str = r#"traffic "edge" nginx="ingress/nginx" domain="example.com""#;
    const SCRAPER: &str = r#"metrics scraper="monitoring""#;
    const EXPOSED: &str =
        r#"service "web" { http 8080 as=80; port "admin" tcp=9000; expose; rollout rolling }"#;
    let cases: &[(&str, &[&str], &str, &[&str])] = &[
        // Nobody calls it: nothing comes in.
        ("", &[], ROLLING, &[]),
        ("", &[CALLER], ROLLING, &["in shop: 8080 9000"]),
        ("", &[FAR_CALLER], ROLLING, &["in other/shop: 8080 9000"]),
        (
            "",
            &[EVENTS, EVENTS_2],
            ROLLING,
            &["in events/*: 8080 9000"],
        ),
        (
            "",
            &[CALLER, EVENTS],
            ROLLING,
            &["in shop, events/*: 8080 9000"],
        ),
        (SCRAPER, &[], ROLLING, &["in monitoring/*: 9090"]),
        (SCRAPER, &[], EXPOSED, &[]),
        (GATEWAY, &[], EXPOSED, &["in edge/*: 8080"]),
        (NGINX, &[], EXPOSED, &["in ingress/*: 8080"]),
        (
            ENVOY,
            &[],
            EXPOSED,
            &["in edge/*, envoy-gateway-system/*: 8080"],
        ),
        // A worker has no port to open.
        ("", &[CALLER], r#"service "web" { rollout rolling }"#, &[]),
        (
            "",
            &[CART],
            r#"service "web" { calls "cart"; rollout rolling }"#,
            &["out cart: 7070"],
        ),
        (
            "",
            &[FAR_CART],
            r#"service "web" { calls "cart"; rollout rolling }"#,
            &["out other/cart: 7070"],
        ),
        (
            "",
            &[ARGO],
            r#"service "web" { calls "argo"; rollout rolling }"#,
            &["out workflows/*: 2746"],
        ),
        (
            "",
            &[],
            r#"service "web" { external "api.example.com:443" "b.example.com:443" "c.example.com:5432"; rollout rolling }"#,
            &["out 0.0.0.0/0 but 11, ::/0 but 4: 443 5432"],
        ),
        (
            "",
            &[],
            r#"service "web" { external "203.0.113.0/24:443" "[2001:db8::]/32:443"; rollout rolling }"#,
            &["out 203.0.113.0/24: 443", "out 2001:db8::/32: 443"],
        ),
        (
            "",
            &[],
            r#"service "web" { tcp 5432; volume "d" mount="/d" claim="default"; size { replicas min=3 max=3 }; rollout rolling }"#,
            &["in web: 5432", "out web: 5432"],
        ),
        (
            "",
            &[],
            r#"service "web" { tcp 5432; volume "d" mount="/d" claim="default"; size { replicas min=1 max=1 }; rollout rolling }"#,
            &[],
        ),
        (
            "",
            &[],
            r#"service "web" { kubernetes-api; rollout rolling }"#,
            &["out everyone: 443 6443"],
        ),
    ];
    for (environment, others, web, expected) in cases {
        let found = of_web(environment, others, web, "network-policy");
        assert_eq!(found, *expected, "{environment} {others:?} {web}");
    }
}

#[test]
fn a_mesh_needs_its_control_plane_and_shows_its_telemetry() {
    let web = r#"service "web" { http 8080; rollout rolling }"#;
    let caller = r#"service "shop" { calls "web" }"#;
    let cases = [
        (
            "istio",
            vec![
                "in shop: 8080",
                "in monitoring/*: 15020 15090",
                "out istio-system/*: 15012",
            ],
        ),
        (
            "linkerd",
            vec![
                "in shop: 8080 4143",
                "in monitoring/*: 4191 4143",
                "out linkerd/*: 8080 8086 8090",
            ],
        ),
    ];
    for (mesh, expected) in cases {
        let environment = format!("traffic \"in\" mesh=\"{mesh}\"\nmetrics scraper=\"monitoring\"");
        let found = of_web(&environment, &[caller], web, "network-policy");
        assert_eq!(found, expected, "{mesh}");
    }
}

#[test]
fn web_checks_reach_the_pods_that_they_judge() {
    let gateway = r#"traffic "edge" gateway="edge/public" domain="example.com" convention="otel""#;
    let smoke = "in argo-rollouts/*: 8080";
    // Strategy, whether it is routed, the policy of judged pods, whom the controller asks.
    let cases = [
        (
            r#"canary { require smoke="/up" }"#,
            true,
            "canary",
            (false, true),
        ),
        (
            r#"canary { require smoke="/up" }"#,
            false,
            "canary",
            (false, true),
        ),
        (
            r#"canary { require errors="<1%" }"#,
            true,
            "canary",
            (false, false),
        ),
        (
            r#"blue-green { before smoke="/up" }"#,
            true,
            "preview",
            (false, true),
        ),
        (
            r#"blue-green { after smoke="/up" }"#,
            true,
            "preview",
            (true, true),
        ),
    ];
    for (rollout, is_routed, role, (main, judged)) in cases {
        let expose = ["", "expose;"][usize::from(is_routed)];
        let web = format!(r#"service "web" {{ http 8080; {expose} rollout {rollout} }}"#);
        let asks = |policy: &str| {
            of_web(gateway, &[], &web, policy)
                .iter()
                .any(|line| line == smoke)
        };
        let found = (
            asks("network-policy"),
            asks(&format!("network-policy-{role}")),
        );
        assert_eq!(found, (main, judged), "{rollout} {is_routed}");
    }
}

#[test]
fn policies_of_one_service_never_select_the_same_pod() {
    let cases = [
        ("canary", &["", "-canary"][..]),
        ("blue-green", &["", "-preview"]),
        ("rolling", &[""]),
        ("recreate", &[""]),
    ];
    for (rollout, suffixes) in cases {
        let web = format!(r#"service "web" {{ http 8080; rollout {rollout} }}"#);
        let found = objects(fleet("", &[&web]), "test", TEMPLATES);
        let expected: Vec<_> = suffixes
            .iter()
            .map(|suffix| format!("services/web/network-policy{suffix}.yaml"))
            .collect();
        assert_eq!(paths(&found), expected, "{rollout}");
        let operator = "/spec/podSelector/matchExpressions/0/operator";
        let operators: Vec<_> = expected
            .iter()
            .map(|path| part(&found, path, operator))
            .collect();
        match suffixes.len() {
            1 => assert_eq!(operators, [""], "{rollout}"),
            _ => assert_eq!(operators, ["NotIn\n", "In\n"], "{rollout}"),
        }
    }
}

#[test]
fn a_policy_of_the_reference_fleet_reads_like_this() {
    let found = objects(reference(), "production", TEMPLATES);
    let object = found
        .iter()
        .find(|(path, _)| path == "services/orchestrator/network-policy-canary.yaml");
    assert_eq!(
        rules(&object.unwrap().1),
        [
            "in argo-events/*: 8080",
            "in ingress-nginx/*: 8080",
            "in monitoring/*: 9090 15020 15090",
            "in orchestrator-caller: 8080",
            "out argo/*: 2746",
            "out 0.0.0.0/0 but 11, ::/0 but 4: 443",
            "out istio-system/*: 15012",
            "out everyone: 443 6443",
        ]
    );
}
