//! Which routes a service gets, by traffic, port and rollout.

use super::{fleet, objects, part, parts, paths, reference};

const TEMPLATES: &[&str] = &["http-route", "grpc-route", "ingress"];
const GATEWAY: &str =
    r#"traffic "edge" gateway="edge/public" domain="shop.example.com" convention="istio""#;
const NGINX: &str = r#"traffic "edge" nginx="ingress-nginx/nginx" domain="shop.example.com""#;
const ISTIO: &str = r#"traffic "inside" mesh="istio""#;
const LINKERD: &str = r#"traffic "inside" mesh="linkerd""#;

fn routes(traffic: &[&str], service: &str) -> super::Objects {
    objects(fleet(&traffic.join("\n"), &[service]), "test", TEMPLATES)
}

#[test]
fn each_service_gets_the_routes_that_its_traffic_needs() {
    let exposed = r#"service "web" { http 8080; expose host="www" }"#;
    let below = r#"service "web" { http 8080; expose host="www" path="/shop" }"#;
    let grpc = r#"service "web" { grpc 9000; expose host="www" }"#;
    let inside = r#"service "web" { http 8080 }"#;
    let inside_grpc = r#"service "web" { grpc 9000 }"#;
    let rolling = r#"service "web" { http 8080; rollout rolling }"#;
    let exposed_rolling = r#"service "web" { http 8080; expose; rollout rolling }"#;
    let tcp = r#"service "web" { tcp 6379 }"#;
    let worker = r#"service "web" { }"#;
    let cases: &[(&[&str], &str, &[&str])] = &[
        (&[GATEWAY], exposed, &["http-route"]),
        (&[GATEWAY], grpc, &["grpc-route"]),
        (&[GATEWAY], exposed_rolling, &["http-route"]),
        (&[GATEWAY], inside, &[]),
        (&[NGINX], exposed, &["ingress"]),
        (&[NGINX], inside, &[]),
        (&[GATEWAY, ISTIO], exposed, &["http-route"]),
        (&[GATEWAY, ISTIO], below, &["http-route", "http-route-mesh"]),
        (
            &[GATEWAY, LINKERD],
            exposed,
            &["http-route", "http-route-mesh"],
        ),
        (&[NGINX, ISTIO], exposed, &["ingress"]),
        (&[ISTIO], inside, &["http-route"]),
        (&[ISTIO], inside_grpc, &["grpc-route"]),
        (&[ISTIO], rolling, &[]),
        (&[GATEWAY, ISTIO], exposed_rolling, &["http-route"]),
        (&[ISTIO], tcp, &[]),
        (&[ISTIO], worker, &[]),
        (&[], inside, &[]),
    ];
    for (traffic, service, expected) in cases {
        let found = routes(traffic, service);
        let expected: Vec<_> = expected
            .iter()
            .map(|name| format!("services/web/{name}.yaml"))
            .collect();
        assert_eq!(paths(&found), expected, "{traffic:?} {service}");
    }
}

#[test]
fn a_canary_behind_a_gateway_in_a_mesh_has_two_parents_and_two_backends() {
    let found = routes(
        &[GATEWAY, ISTIO],
        r#"service "web" { http 8080 as=80; expose host="www" }"#,
    );
    let expected = "\
hostnames:
- www.shop.example.com
parentRefs:
- kind: Gateway
  name: public
  namespace: edge
  group: gateway.networking.k8s.io
- kind: Service
  name: web
  namespace: demo-test
  group: \"\"
  port: 80
rules:
- backendRefs:
  - kind: Service
    name: web
    group: \"\"
    port: 80
    weight: 100
  - kind: Service
    name: web-canary
    group: \"\"
    port: 80
    weight: 0
  matches:
  - path:
      type: PathPrefix
      value: /
";
    assert_eq!(
        part(&found, "services/web/http-route.yaml", "/spec"),
        expected
    );
}

#[test]
fn what_no_router_shifts_has_one_backend_and_no_service_as_parent() {
    let strategies = ["rolling", "recreate", "blue-green"];
    for strategy in strategies {
        let service =
            format!(r#"service "web" {{ http 8080; expose host="www"; rollout {strategy} }}"#);
        let found = routes(&[GATEWAY, ISTIO], &service);
        let path = "services/web/http-route.yaml";
        let parents = part(&found, path, "/spec/parentRefs");
        assert_eq!(parents.matches("kind:").count(), 1, "{strategy}: {parents}");
        let backends = part(&found, path, "/spec/rules/0/backendRefs");
        let expected = "- kind: Service\n  name: web\n  group: \"\"\n  port: 8080\n  weight: 1\n";
        assert_eq!(backends, expected, "{strategy}");
    }
}

#[test]
fn callers_inside_are_not_bound_to_the_path_that_is_exposed() {
    let found = routes(
        &[GATEWAY, ISTIO],
        r#"service "web" { http 8080; expose host="www" path="/shop" }"#,
    );
    let matches = "/spec/rules/0/matches/0/path/value";
    let (outside, inside) = (
        "services/web/http-route.yaml",
        "services/web/http-route-mesh.yaml",
    );
    assert_eq!(part(&found, outside, matches), "/shop\n");
    assert_eq!(part(&found, inside, matches), "/\n");
    assert_eq!(part(&found, inside, "/metadata/name"), "web-mesh\n");
    assert_eq!(part(&found, inside, "/spec/hostnames"), "");
    assert_eq!(part(&found, inside, "/spec/parentRefs/0/kind"), "Service\n");
}

#[test]
fn a_grpc_path_is_a_service_or_a_method() {
    let cases = [
        ("/", ""),
        (
            "/shop.Cart",
            "- method:\n    service: shop.Cart\n    type: Exact\n",
        ),
        (
            "/shop.Cart/Get",
            "- method:\n    method: Get\n    service: shop.Cart\n    type: Exact\n",
        ),
    ];
    for (path, expected) in cases {
        let service = format!(r#"service "cart" {{ grpc 9000; expose path="{path}" }}"#);
        let found = routes(&[GATEWAY], &service);
        let route = "services/cart/grpc-route.yaml";
        assert_eq!(
            part(&found, route, "/spec/rules/0/matches"),
            expected,
            "{path}"
        );
    }
}

#[test]
fn an_ingress_names_its_class_and_the_protocol_behind_it() {
    let cases = [
        (
            r#"service "web" { http 8080 as=80; expose host="www" }"#,
            "",
        ),
        (
            r#"service "web" { grpc 8080 as=80; expose host="www" }"#,
            "GRPC\n",
        ),
    ];
    for (service, protocol) in cases {
        let found = routes(&[NGINX], service);
        let ingress = "services/web/ingress.yaml";
        let annotation = "/metadata/annotations/nginx.ingress.kubernetes.io~1backend-protocol";
        assert_eq!(part(&found, ingress, annotation), protocol);
        let expected = "\
ingressClassName: nginx
rules:
- host: www.shop.example.com
  http:
    paths:
    - backend:
        service:
          name: web
          port:
            number: 80
      path: /
      pathType: Prefix
";
        assert_eq!(part(&found, ingress, "/spec"), expected);
    }
}

#[test]
fn an_ingress_names_the_certificate_of_its_host() {
    let web = r#"service "web" { http 8080; expose host="www" tls="web-tls" }"#;
    let found = routes(&[NGINX], web);
    let tls = part(&found, "services/web/ingress.yaml", "/spec/tls");
    assert_eq!(
        tls,
        "- hosts:\n  - www.shop.example.com\n  secretName: web-tls\n"
    );
}

#[test]
fn a_route_of_its_own_is_in_the_wave_between_services_and_rollouts() {
    for environment in ["staging", "production"] {
        let found = objects(reference(), environment, TEMPLATES);
        assert!(found.len() > 10);
        for (path, object) in &found {
            let wave = object.at(&["metadata", "annotations", "argocd.argoproj.io/sync-wave"]);
            assert_eq!(wave.and_then(|wave| wave.as_str()), Some("-1"), "{path}");
        }
    }
}

#[test]
fn a_rollout_shifts_the_weights_of_every_route_of_its_service() {
    let below = r#"service "web" { http 8080; expose host="www" path="/shop" }"#;
    let grpc = r#"service "web" { grpc 9000; expose host="www" }"#;
    let cases = [
        (
            below,
            ISTIO,
            "httpRoutes",
            "- name: web\n- name: web-mesh\n",
        ),
        (grpc, ISTIO, "grpcRoutes", "- name: web\n"),
        (
            grpc,
            LINKERD,
            "grpcRoutes",
            "- name: web\n- name: web-mesh\n",
        ),
    ];
    for (service, mesh, list, expected) in cases {
        let traffic = [GATEWAY, mesh].join("\n");
        let rollout = parts(fleet(&traffic, &[service]), "test", "strategy");
        let pointer = "/canary/trafficRouting/plugins/argoproj-labs~1gatewayAPI";
        let routes = part(&rollout, "web", &format!("{pointer}/{list}"));
        assert_eq!(routes, expected, "{service} {mesh}");
    }
}
