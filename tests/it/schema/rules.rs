//! The rules of custom resources, in CEL.

use tiphys::diagnostic::Severity;
use tiphys::schema::Schemas;
use tiphys::source::FileId;

use super::{documents, findings, said};

fn says(head: &str, spec: &str, expected: &[&str]) {
    let (api_version, kind) = head.rsplit_once(' ').unwrap();
    let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n{spec}");
    assert_eq!(said(&text), expected, "{text}");
}

const ROUTE: &str = "gateway.networking.k8s.io/v1 HTTPRoute";

#[test]
fn broken_rules_speak_in_the_words_of_the_definition() {
    says(
        ROUTE,
        "spec: {rules: [{filters: [{type: URLRewrite}], backendRefs: [{name: a}]}]}",
        &[
            "object-rule-broken /spec/rules/0/backendRefs/0: `spec.rules[0].backendRefs[0]` breaks a rule: Must have port for Service reference",
            "object-rule-broken /spec/rules/0/filters/0: `spec.rules[0].filters[0]` breaks a rule: filter.urlRewrite must be specified for URLRewrite filter.type",
        ],
    );
    says(
        ROUTE,
        "spec: {rules: [{matches: [{path: {value: a//b}}]}]}",
        &[
            "object-rule-broken /spec/rules/0/matches/0/path: `spec.rules[0].matches[0].path` breaks a rule: value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
            "object-rule-broken /spec/rules/0/matches/0/path: `spec.rules[0].matches[0].path` breaks a rule: must not contain '//' when type one of ['Exact', 'PathPrefix']",
        ],
    );
    says(
        "promoter.argoproj.io/v1alpha1 CommitStatus",
        "spec: {name: a, phase: pending, sha: 0123456789abcdef0123456789abcdef01234567, gitRepositoryRef: {name: a}, description: a, url: 'https://exa mple'}",
        &["object-rule-broken /spec/url: `spec.url` breaks a rule: must be a valid URL"],
    );
}

#[test]
fn rules_see_the_defaults() {
    says(
        ROUTE,
        "spec: {parentRefs: [{name: a}, {name: a, kind: Gateway}]}",
        &[
            "object-rule-broken /spec/parentRefs: `spec.parentRefs` breaks a rule: sectionName must be unique when parentRefs includes 2 or more references to the same parent",
        ],
    );
}

#[test]
fn durations_are_compared_by_length() {
    let rules = |request, backend| {
        format!(
            "spec: {{rules: [{{timeouts: {{request: {request}, backendRequest: {backend}}}}}]}}"
        )
    };
    says(ROUTE, &rules("1m", "30s"), &[]);
    says(
        ROUTE,
        &rules("1m", "90s"),
        &[
            "object-rule-broken /spec/rules/0/timeouts: `spec.rules[0].timeouts` breaks a rule: backendRequest timeout cannot be longer than request timeout",
        ],
    );
}

#[test]
fn rules_of_the_bundle_that_need_a_cluster_are_listed() {
    let schemas = Schemas::bundled();
    let line = |kind: tiphys::schema::Kind| {
        let rules = kind.not_checked();
        let name = format!("{} {}", kind.api_version(), kind.kind());
        rules
            .into_iter()
            .map(|(_, reason)| format!("{name}: {reason}"))
            .collect::<Vec<_>>()
    };
    let lines: Vec<_> = schemas.kinds("1.36").flat_map(line).collect();
    assert_eq!(
        lines,
        [
            "apisix.apache.org/v1alpha1 GatewayProxy: it compares with the stored object",
            "argoproj.io/v1alpha1 Rollout: it compares with the stored object",
            "extensions.istio.io/v1alpha1 TrafficExtension: it uses `getScheme`, which is not available here",
            "extensions.istio.io/v1alpha1 WasmPlugin: it uses `getScheme`, which is not available here",
            "gateway.networking.k8s.io/v1 GatewayClass: it compares with the stored object",
            "gateway.networking.k8s.io/v1beta1 GatewayClass: it compares with the stored object",
            "promoter.argoproj.io/v1alpha1 PullRequest: it compares with the stored object",
            "security.istio.io/v1 RequestAuthentication: it uses `getScheme`, which is not available here",
            "security.istio.io/v1beta1 RequestAuthentication: it uses `getScheme`, which is not available here",
        ]
    );
}

const CRD: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.org}
spec:
  group: example.org
  names: {kind: Thing, plural: things, listKind: ThingList, singular: thing}
  scope: Cluster
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                a-b: {type: string}
                namespace: {type: string}
                data: {type: string, format: byte}
                free: {x-kubernetes-preserve-unknown-fields: true}
                list: {type: array, items: {type: integer}}
                rate: {type: number}
              x-kubernetes-validations:
                - rule: RULE
                  message: "it must
                    hold"
"#;

/// What an object says under one rule of its spec; rules that are left out are listed instead.
fn under(rule: &str, spec: &str) -> Vec<String> {
    let crd = CRD.replace("RULE", &serde_json::to_string(rule).unwrap());
    let (schemas, problems) =
        Schemas::bundled().with_crds(&[(FileId(0), documents(&crd).remove(0))]);
    assert_eq!(problems, []);
    let text =
        format!("apiVersion: example.org/v1\nkind: Thing\nmetadata: {{name: a}}\nspec: {spec}");
    let kind = schemas.lookup("1.36", "example.org/v1", "Thing").unwrap();
    let left_out = kind
        .not_checked()
        .into_iter()
        .map(|(_, reason)| format!("left out: {reason}"));
    let line = |finding: tiphys::manifest::Finding| match finding.severity {
        Severity::Error => format!("error {}", finding.message),
        _ => format!(
            "{} {} ({})",
            finding.code.name,
            finding.message,
            finding.notes.join(", ")
        ),
    };
    let found = findings(&schemas, &documents(&text)[0]);
    left_out.chain(found.into_iter().map(line)).collect()
}

#[test]
fn own_rules_are_evaluated_or_said_not_to_be() {
    let broken = "error `spec` breaks a rule: it must hold";
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "self.__namespace__ == 'x' && self.a__dash__b == 'y'",
            "{namespace: x, a-b: y}",
            &[],
        ),
        ("self.__namespace__ == 'x'", "{namespace: z}", &[broken]),
        ("self.rate > 1.5", "{rate: 2}", &[]),
        (
            "self.list.all(x, self.list.exists_one(y, x == y))",
            "{list: [1, 2, 1]}",
            &[broken],
        ),
        (
            "isQuantity(self.a__dash__b) && isCIDR('10.0.0.0/8') && isIP('::1')",
            "{a-b: 1Gi}",
            &[],
        ),
        ("self.a__dash__b.find('[0-9]+') == '12'", "{a-b: a12b}", &[]),
        ("has(self.data)", "{data: aGVsbG8=}", &[]),
        ("self.data == b'hello'", "{data: aGVsbG8=}", &[]),
        (
            "self.a__dash__b > 1",
            "{a-b: x}",
            &[
                "not-checked `spec` was not checked against a rule: it must hold (it failed: found no matching overload for '_>_' applied to '(string, int)')",
            ],
        ),
        (
            "self.a__dash__b",
            "{a-b: x}",
            &[
                "not-checked `spec` was not checked against a rule: it must hold (its result is neither true nor false)",
            ],
        ),
    ];
    for (rule, spec, expected) in cases {
        assert_eq!(under(rule, spec), *expected, "{rule}");
    }
}

#[test]
fn own_rules_that_cannot_be_evaluated_are_left_out() {
    let unknown = ["left out: its syntax is not understood here"];
    let deep = format!("{}true{}", "(".repeat(5000), ")".repeat(5000));
    let long = format!("true{}", " && true".repeat(2000));
    for rule in ["self.(", &deep, &long] {
        assert_eq!(under(rule, "{}"), unknown);
    }
    assert_eq!(
        under("self == oldSelf", "{}"),
        ["left out: it compares with the stored object"]
    );
    assert_eq!(
        under("url(self.a__dash__b).getHost() == 'a'", "{}"),
        ["left out: it uses `getHost`, which is not available here"]
    );
}

#[test]
fn values_too_large_for_a_rule_are_not_checked() {
    let numbers: Vec<_> = (0..6000).map(|at| at.to_string()).collect();
    let said = under(
        "self.list.all(x, x >= 0)",
        &format!("{{list: [{}]}}", numbers.join(",")),
    );
    assert_eq!(
        said,
        [
            "not-checked `spec` was not checked against a rule: it must hold (the value is too large to evaluate it)"
        ]
    );
}
