//! Several objects: references whose other end may be elsewhere, and gaps between policies.

use super::{files, options, said, told};
use tiphys::lint::Options;

const PODS: [&str; 6] = [
    "container-",
    "seccomp-",
    "capabilities-",
    "resources-",
    "root-",
    "privilege-",
];

fn rollout(canary: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: shop, namespace: shop}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: shop}}}}
  template:
    metadata: {{labels: {{app: shop}}}}
    spec:
      containers: [{{name: shop, image: 'shop:1'}}]
  strategy:
    canary:
      stableService: shop
      canaryService: {canary}
      steps: [{{setWeight: 20}}, {{pause: {{duration: 1m}}}}]
      trafficRouting: {{nginx: {{stableIngress: shop}}}}
"
    )
}

fn service(name: &str) -> String {
    format!(
        "---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{app: shop}}
  ports: [{{port: 80}}]
"
    )
}

#[test]
fn a_missing_service_is_an_error_beside_other_services() {
    let without: Vec<&str> = PODS.into_iter().chain(["network-"]).collect();
    let manifest = rollout("shop-canary") + &service("shop");
    let told = said(&manifest, &without);
    assert!(
        told.contains(&"error reference-missing 14".to_string()),
        "{told:?}"
    );
    assert!(
        told.contains(&"warning reference-missing 16".to_string()),
        "{told:?}"
    );
    let manifest = rollout("shop-canary") + &service("shop") + &service("shop-canary");
    let told = said(&manifest, &without);
    assert!(!told.iter().any(|one| one.starts_with("error")), "{told:?}");
    let told = said(&rollout("shop-canary"), &without);
    assert!(
        told.contains(&"warning reference-missing 14".to_string()),
        "{told:?}"
    );
}

#[test]
fn what_others_provide_is_counted_and_an_error_on_demand() {
    let manifest = "apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  serviceAccountName: reader
  containers:
  - name: a
    image: a:1
    envFrom: [{secretRef: {name: keys}}]
";
    let without: Vec<&str> = PODS.into_iter().chain(["network-"]).collect();
    assert_eq!(said(manifest, &without), ["note references-outside"]);
    let options = Options {
        complete: true,
        ..options()
    };
    let (sources, report) = files(&[("a.yaml", manifest)], &options);
    let told = told(&sources, &report);
    for expected in ["error reference-missing 5", "error reference-missing 9"] {
        assert!(told.contains(&expected.to_string()), "{told:?}");
    }
}

#[test]
fn gaps_between_policies_are_told() {
    let pod = |name: &str, namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\nspec: {{containers: [{{name: a, image: 'a:1'}}]}}\n"
        )
    };
    let policy = |selector: &str, rest: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: x}}\nspec: {{podSelector: {selector}, {rest}}}\n"
        )
    };
    let closed = "policyTypes: [Ingress]";
    let cases: &[(String, &[&str])] = &[
        (pod("a", "x"), &["warning network-policy-missing 4"]),
        (
            pod("a", "x") + &pod("b", "x"),
            &["warning network-policy-missing 4"],
        ),
        (
            pod("a", "x") + &pod("b", "z"),
            &[
                "warning network-policy-missing 4",
                "warning network-policy-missing 9",
            ],
        ),
        (pod("a", "x") + &policy("{}", closed), &[]),
        (
            pod("a", "x") + &policy("{}", "policyTypes: [Egress]"),
            &["warning network-policy-missing 4"],
        ),
        (
            pod("a", "x") + &pod("b", "x") + &policy("{matchLabels: {app: b}}", closed),
            &["warning network-policy-missing 4"],
        ),
        (
            pod("a", "x")
                + &policy("{}", closed)
                + &policy("{matchLabels: {app: c}}", closed).replace("name: p,", "name: q,"),
            &["warning selects-nothing 15"],
        ),
        (
            pod("a", "x") + &policy("{}", "ingress: [{}]"),
            &["warning network-policy-open 10"],
        ),
        (
            pod("a", "x") + &policy("{}", "ingress: [{from: }]"),
            &["warning network-policy-open 10"],
        ),
        (
            pod("a", "x")
                + &policy(
                    "{}",
                    "ingress: [{from: [{namespaceSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0}}]}]",
                ),
            &[
                "warning network-policy-open 10",
                "warning network-policy-open 10",
            ],
        ),
        (
            pod("a", "x")
                + &policy(
                    "{}",
                    "ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: b}}}]}]",
                ),
            &[],
        ),
    ];
    for (manifest, expected) in cases {
        let without: Vec<&str> = PODS.into_iter().chain(["references-"]).collect();
        assert_eq!(&said(manifest, &without), expected, "{manifest}");
    }
}

#[test]
fn one_object_described_twice_names_both_places() {
    let one = service("shop");
    let (sources, report) = files(&[("a.yaml", &one), ("b.yaml", &one)], &options());
    let told = told(&sources, &report);
    assert!(
        told.contains(&"error object-duplicate 4".to_string()),
        "{told:?}"
    );
    let duplicate = report
        .findings
        .iter()
        .find(|one| one.code.name == "object-duplicate");
    assert_eq!(duplicate.unwrap().notes, ["the other one is in `a.yaml`"]);
}

#[test]
fn definitions_among_the_manifests_count_for_their_objects() {
    let definition = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Boat, plural: boats, singular: boat, listKind: BoatList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {oars: {type: integer}}}}
";
    let boat = "apiVersion: example.com/v1
kind: Boat
metadata: {name: a}
spec: {oars: many}
";
    assert_eq!(said(boat, &[]), ["error object-kind-unknown 2"]);
    let told = said(&format!("{definition}---\n{boat}"), &[]);
    assert_eq!(told, ["error object-type-wrong 20"]);
}

#[test]
fn a_backend_in_an_annotation_is_no_service() {
    let ingress = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  rules:
  - http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: forward, port: {name: PORT}}}}
---
apiVersion: v1
kind: Service
metadata: {name: forward}
spec: {clusterIP: None, ports: [{port: 80}]}
";
    let named = |port: &str| said(&ingress.replace("PORT", port), &[]);
    assert_eq!(named("web"), ["error service-port-missing 8"]);
    assert_eq!(named("use-annotation"), [] as [&str; 0]);
}
