//! Sound objects pass; broken ones get a message that can be acted on.

use tiphys::schema::Schemas;

use super::{documents, findings, said};

/// Checks each object of `text` and expects nothing to be said.
fn passes(text: &str) {
    let schemas = Schemas::bundled();
    for object in documents(text) {
        assert_eq!(findings(&schemas, &object), [], "{object:?}");
    }
}

/// Puts `spec` into an object and compares what is said about it.
fn says(head: &str, spec: &str, expected: &[&str]) {
    let (api_version, kind) = head.rsplit_once(' ').unwrap();
    let text = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\n{spec}");
    assert_eq!(said(&text), expected, "{text}");
}

#[test]
fn real_shop_passes() {
    passes(include_str!("shop.yaml"));
}

#[test]
fn sound_objects_of_all_projects_pass() {
    passes(include_str!("sound.yaml"));
}

#[test]
fn unknown_fields_are_errors_with_the_nearest_name() {
    says(
        "v1 Service",
        "spec: {port: [{port: 80}]}",
        &[
            "object-field-unknown /spec/port: `spec.port` is not a field of Service (write `ports`, or remove the field)",
        ],
    );
    says(
        "v1 ConfigMap",
        "data: {a: b}\nspec: {}",
        &[
            "object-field-unknown /spec: `spec` is not a field of ConfigMap (remove it, or use one of `apiVersion`, `binaryData`, `data`, `immutable`, `kind`, `metadata`)",
        ],
    );
    says(
        "argoproj.io/v1alpha1 AnalysisTemplate",
        "spec: {metrics: [{name: a, provider: {web: {url: x, jsonpath: y}}}]}",
        &[
            "object-field-unknown /spec/metrics/0/provider/web/jsonpath: `spec.metrics[0].provider.web.jsonpath` is not a field of AnalysisTemplate (write `jsonPath`, or remove the field)",
        ],
    );
}

#[test]
fn types_are_named_in_plain_words() {
    says(
        "autoscaling/v2 HorizontalPodAutoscaler",
        "spec: {maxReplicas: '3', minReplicas: 1.0, scaleTargetRef: []}",
        &[
            "object-type-wrong /spec/maxReplicas: `spec.maxReplicas` is the string `\"3\"`, an integer is expected (write 3 without quotes)",
            "object-type-wrong /spec/minReplicas: `spec.minReplicas` is the float `1.0`, an integer is expected (write 1 without a fraction)",
            "object-type-wrong /spec/scaleTargetRef: `spec.scaleTargetRef` is a list, a map is expected",
        ],
    );
    says(
        "v1 ConfigMap",
        "data: {PORT: 8080, a.b/c: true}",
        &[
            "object-type-wrong /data/PORT: `data.PORT` is the integer `8080`, a string is expected (put it in quotes)",
            "object-type-wrong /data/a.b~1c: `data[\"a.b/c\"]` is the boolean `true`, a string is expected (put it in quotes)",
        ],
    );
}

#[test]
fn nulls_and_status_are_errors() {
    says(
        "networking.k8s.io/v1 NetworkPolicy",
        "spec: {podSelector: {}, ingress: [{from: null}]}\nstatus: {}",
        &[
            "object-value-null /spec/ingress/0/from: `spec.ingress[0].from` is null, a list is expected (remove the key, or give it a value)",
            "object-field-unknown /status: `status` is not a field of NetworkPolicy (remove it, or use one of `apiVersion`, `kind`, `metadata`, `spec`)",
        ],
    );
    says(
        "argoproj.io/v1alpha1 Rollout",
        "spec: {}\nstatus: {phase: Healthy}",
        &[
            "object-status-present /status: `status` of Rollout is the controller's to write (remove `status` from the manifest)",
        ],
    );
}

#[test]
fn missing_fields_are_named() {
    says(
        "apps/v1 Deployment",
        "spec: {template: {spec: {containers: [{image: a}]}}}",
        &[
            "object-field-missing /spec/template/spec/containers/0: `spec.template.spec.containers[0].name` is missing; Deployment requires it (add `name`)",
            "object-field-missing /spec: `spec.selector` is missing; Deployment requires it (add `selector`)",
        ],
    );
    says(
        "argoproj.io/v1alpha1 Application",
        "spec: {destination: {}}",
        &[
            "object-field-missing /spec: `spec.project` is missing; Application requires it (add `project`)",
        ],
    );
}

#[test]
fn objects_without_a_name_are_errors() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}";
    assert_eq!(
        said(text),
        [
            "object-field-missing /metadata: `metadata.name` is missing; ConfigMap requires it (add `name`)",
        ]
    );
    let text =
        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: a, label: {}}\nspec: {}";
    assert_eq!(
        said(text),
        [
            "object-field-unknown /metadata/label: `metadata.label` is not a field of Rollout (write `labels`, or remove the field)",
        ]
    );
}

#[test]
fn values_outside_of_words_patterns_and_limits_are_errors() {
    let route = "spec: {rules: [{backendRefs: [{name: a, port: 99999}], matches: [{path: {type: prefix, value: /}}]}], hostnames: [UPPER]}";
    says(
        "gateway.networking.k8s.io/v1 HTTPRoute",
        route,
        &[
            "object-value-wrong /spec/hostnames/0: `spec.hostnames[0]` is `\"UPPER\"`, which does not match `^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`",
            "object-value-out-of-range /spec/rules/0/backendRefs/0/port: `spec.rules[0].backendRefs[0].port` is `99999`, at most 65535 is allowed",
            "object-value-wrong /spec/rules/0/matches/0/path/type: `spec.rules[0].matches[0].path.type` is `\"prefix\"`, which is none of `Exact`, `PathPrefix`, `RegularExpression`",
        ],
    );
    says(
        "external-secrets.io/v1 ExternalSecret",
        "spec: {secretStoreRef: {name: a, kind: Secretstore}}",
        &[
            "object-value-wrong /spec/secretStoreRef/kind: `spec.secretStoreRef.kind` is `\"Secretstore\"`, which is none of `SecretStore`, `ClusterSecretStore` (write `SecretStore`)",
        ],
    );
    says(
        "apps/v1 Deployment",
        "spec: {selector: {}, replicas: 3000000000, template: {spec: {containers: [{name: a, resources: {limits: {cpu: 1 core}}}]}}}",
        &[
            "object-value-out-of-range /spec/replicas: `spec.replicas` is `3000000000`, which does not fit 32 bits (write a number between -2147483648 and 2147483647)",
            "object-value-wrong /spec/template/spec/containers/0/resources/limits/cpu: `spec.template.spec.containers[0].resources.limits.cpu` is `\"1 core\"`, an amount such as `500m` or `1Gi` is expected (write a number with one of the suffixes `m`, `k`, `M`, `G`, `Ki`, `Mi`, `Gi` or none)",
        ],
    );
    says(
        "v1 Secret",
        "data: {a: hello!}",
        &[
            "object-value-wrong /data/a: `data.a` is `\"hello!\"`, base64 such as `aGVsbG8=` is expected",
        ],
    );
}

#[test]
fn entries_with_equal_keys_are_errors() {
    says(
        "v1 Service",
        "spec: {ports: [{port: 53, name: a}, {port: 53, protocol: UDP, name: b}, {port: 53, protocol: TCP, name: c}]}",
        &[
            "object-entry-duplicate /spec/ports/2: `spec.ports` holds port `53` and protocol `\"TCP\"` twice, as entries 0 and 2 (remove one of the two)",
        ],
    );
    let many: String = (0..40)
        .map(|at| format!("{{name: v{}, value: a}},", at % 39))
        .collect();
    says(
        "v1 Pod",
        &format!("spec: {{containers: [{{name: a, env: [{many}]}}]}}"),
        &[
            "object-entry-duplicate /spec/containers/0/env/39: `spec.containers[0].env` holds name `\"v0\"` twice, as entries 0 and 39 (remove one of the two)",
        ],
    );
    let finalizers = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, finalizers: [x/y, x/y]}";
    assert_eq!(
        said(finalizers),
        [
            "object-entry-duplicate /metadata/finalizers/1: `metadata.finalizers` holds `\"x/y\"` twice, as entries 0 and 1 (remove one of the two)"
        ]
    );
}

#[test]
fn unknown_kinds_get_the_nearest_one() {
    assert_eq!(
        said("apiVersion: apps/v1beta1\nkind: Deployment"),
        [
            "object-kind-unknown /apiVersion: no schema is known for `Deployment` of `apps/v1beta1` (write `apiVersion` as `apps/v1`)",
        ]
    );
    assert_eq!(
        said("apiVersion: argoproj.io/v1alpha1\nkind: Rolout"),
        [
            "object-kind-unknown /kind: no schema is known for `Rolout` of `argoproj.io/v1alpha1` (write `Rollout`, or add its definition to `schemas/crds/`)",
        ]
    );
    assert_eq!(
        said("apiVersion: example.org/v1\nkind: Xyzzy"),
        [
            "object-kind-unknown /kind: no schema is known for `Xyzzy` of `example.org/v1` (add its CustomResourceDefinition to `schemas/crds/`)",
        ]
    );
}

#[test]
fn versions_of_kubernetes_differ() {
    let schemas = Schemas::bundled();
    assert_eq!(
        schemas.kubernetes_versions(),
        ["1.34", "1.35", "1.36", "1.37"]
    );
    for version in ["1.34", "1.35.4", "v1.37"] {
        let kind = schemas.lookup(version, "apps/v1", "Deployment").unwrap();
        assert!(
            kind.source().starts_with("kubernetes 1.3"),
            "{}",
            kind.source()
        );
        assert!(kind.is_namespaced() && !kind.is_custom());
    }
    assert!(schemas.lookup("1.20", "apps/v1", "Deployment").is_none());
    assert!(
        schemas
            .lookup("1.20", "argoproj.io/v1alpha1", "Rollout")
            .is_some()
    );
    assert!(
        !schemas
            .lookup("1.36", "v1", "Namespace")
            .unwrap()
            .is_namespaced()
    );
    let served = |version| {
        schemas
            .kinds(version)
            .filter(|kind| !kind.is_custom())
            .count()
    };
    assert!(served("1.34") >= 65, "{}", served("1.34"));
    assert!(served("1.37") >= served("1.34"));
}

#[test]
fn kinds_that_manifests_hold_seldom_are_known_too() {
    let schemas = Schemas::bundled();
    let kinds = "
        apiregistration.k8s.io/v1 APIService cluster
        authentication.k8s.io/v1 SelfSubjectReview cluster
        authentication.k8s.io/v1 TokenReview cluster
        authorization.k8s.io/v1 LocalSubjectAccessReview namespaced
        authorization.k8s.io/v1 SelfSubjectAccessReview cluster
        authorization.k8s.io/v1 SelfSubjectRulesReview cluster
        authorization.k8s.io/v1 SubjectAccessReview cluster
        autoscaling/v1 HorizontalPodAutoscaler namespaced
        certificates.k8s.io/v1 CertificateSigningRequest cluster
        discovery.k8s.io/v1 EndpointSlice namespaced
        events.k8s.io/v1 Event namespaced
        flowcontrol.apiserver.k8s.io/v1 FlowSchema cluster
        flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration cluster
        node.k8s.io/v1 RuntimeClass cluster
        resource.k8s.io/v1 DeviceClass cluster
        resource.k8s.io/v1 ResourceClaim namespaced
        resource.k8s.io/v1 ResourceClaimTemplate namespaced
        resource.k8s.io/v1 ResourceSlice cluster
        v1 Binding namespaced
        v1 Endpoints namespaced";
    for version in ["1.34", "1.35", "1.36", "1.37"] {
        for line in kinds.trim().lines() {
            let [api, kind, scope] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            let known = schemas.lookup(version, api, kind);
            let known = known.unwrap_or_else(|| panic!("{kind} in {version}"));
            assert_eq!(known.is_namespaced(), scope == "namespaced", "{line}");
        }
    }
    for kind in [
        "certificates.k8s.io/v1 ClusterTrustBundle",
        "resource.k8s.io/v1 DeviceTaintRule",
    ] {
        let (api, kind) = kind.split_once(' ').unwrap();
        let known = |version| schemas.lookup(version, api, kind);
        assert!(known("1.36").is_none(), "{kind}");
        assert!(!known("1.37").unwrap().is_namespaced(), "{kind}");
    }
}
