//! Rules about Argo's kinds, and references between objects.
#![allow(
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "tables read best in one piece"
)]

use serde_json::Value as Json;
use tiphys::diagnostic::Severity;
use tiphys::manifest::ObjectId;
use tiphys::value::{Map, Value};
use tiphys::verify::references::{Externals, Facts, resolve};
use tiphys::verify::{Target, object};

pub fn to_value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().unwrap()),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(list) => Value::List(list.iter().map(to_value).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (key.as_str().into(), to_value(value)))
                .collect::<Map>(),
        ),
    }
}

/// The documents of a YAML stream.
fn documents(text: &str) -> Vec<Value> {
    text.split("\n---\n")
        .map(|text| to_value(&serde_yaml::from_str(text).unwrap()))
        .collect()
}

const HEAD: &str = "apiVersion: argoproj.io/v1alpha1\nmetadata: {name: x, namespace: n}\n";

/// `code pointer` of each finding about an object of Argo.
fn findings(kind: &str, spec: &str) -> Vec<String> {
    let text = format!("{HEAD}kind: {kind}\nspec: {spec}\n");
    let shown =
        |finding: tiphys::manifest::Finding| format!("{} {}", finding.code.name, finding.pointer);
    object::check(&documents(&text)[0], &Target::default())
        .into_iter()
        .filter(|finding| finding.severity != tiphys::diagnostic::Severity::Note)
        .map(shown)
        .collect()
}

fn check(kind: &str, table: &[(&str, &[&str])]) {
    for (spec, expected) in table {
        assert_eq!(findings(kind, spec), *expected, "{spec}");
    }
}

#[test]
fn rollouts_are_checked_as_their_controller_does() {
    let pods = "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    let nginx = "trafficRouting: {nginx: {stableIngress: i}}, stableService: s, canaryService: c";
    for (strategy, expected) in [
        ("canary: {}".into(), vec![]),
        ("blueGreen: {activeService: a}".into(), vec![]),
        (
            "canary: {}, blueGreen: {activeService: a}".into(),
            vec!["not-exactly-one /spec/strategy"],
        ),
        ("{}".into(), vec!["not-exactly-one /spec/strategy"]),
        (
            "blueGreen: {}".into(),
            vec!["field-empty /spec/strategy/blueGreen/activeService"],
        ),
        (
            "blueGreen: {activeService: a, previewService: a}".into(),
            vec!["services-same /spec/strategy/blueGreen/previewService"],
        ),
        (
            "canary: {stableService: a, canaryService: a}".into(),
            vec!["services-same /spec/strategy/canary/canaryService"],
        ),
        (
            "canary: {maxSurge: 0, maxUnavailable: 0}".into(),
            vec!["update-stuck /spec/strategy/canary/maxUnavailable"],
        ),
        (
            "canary: {dynamicStableScale: true}".into(),
            vec!["routing-incomplete /spec/strategy/canary/dynamicStableScale"],
        ),
        (
            "canary: {trafficRouting: {nginx: {stableIngress: i}}}".into(),
            vec![
                "routing-incomplete /spec/strategy/canary/stableService",
                "routing-incomplete /spec/strategy/canary/canaryService",
            ],
        ),
        (
            format!(
                "canary: {{{nginx}, steps: [{{setWeight: 50}}, {{pause: {{}}}}, {{pause: {{duration: 15m}}}}, {{pause: {{duration: 90}}}}]}}"
            ),
            vec![],
        ),
        (
            format!("canary: {{{nginx}, steps: [{{setWeight: 101}}]}}"),
            vec!["number-out-of-range /spec/strategy/canary/steps/0/setWeight"],
        ),
        (
            "canary: {steps: [{}]}".into(),
            vec!["step-malformed /spec/strategy/canary/steps/0"],
        ),
        (
            "canary: {steps: [{setWeight: 5, pause: {}}]}".into(),
            vec!["step-malformed /spec/strategy/canary/steps/0"],
        ),
        (
            "canary: {steps: [{pause: {duration: 1d}}]}".into(),
            vec!["pause-malformed /spec/strategy/canary/steps/0/pause/duration"],
        ),
        (
            "canary: {steps: [{setCanaryScale: {weight: 5}}]}".into(),
            vec!["routing-incomplete /spec/strategy/canary/steps/0/setCanaryScale"],
        ),
        (
            "canary: {antiAffinity: {}}".into(),
            vec!["not-exactly-one /spec/strategy/canary/antiAffinity"],
        ),
    ] {
        let strategy = strategy.trim_start_matches("{}");
        let spec = format!("{{{pods}, strategy: {{{strategy}}}}}");
        assert_eq!(findings("Rollout", &spec), expected, "{strategy}");
    }
    let deadline = format!("{{{pods}, minReadySeconds: 600, strategy: {{canary: {{}}}}}}");
    assert_eq!(
        findings("Rollout", &deadline),
        ["deadline-too-short /spec/progressDeadlineSeconds"]
    );
}

#[test]
fn analysis_templates_are_checked_before_a_run_begins() {
    check(
        "AnalysisTemplate",
        &[
            (
                "{metrics: [{name: a, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &[],
            ),
            ("{metrics: []}", &["field-empty /spec/metrics"]),
            (
                "{metrics: [{name: a, provider: {}}]}",
                &["not-exactly-one /spec/metrics/0/provider"],
            ),
            (
                "{metrics: [{name: a, provider: {prometheus: {address: http://p, query: up}, web: {url: http://u}}}]}",
                &["not-exactly-one /spec/metrics/0/provider"],
            ),
            (
                "{metrics: [{name: a, provider: {plugin: {a/b: {}, c/d: {}}}}]}",
                &["not-exactly-one /spec/metrics/0/provider"],
            ),
            (
                "{metrics: [{name: a, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}, {name: a, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &["entry-duplicate /spec/metrics/1/name"],
            ),
            (
                "{metrics: [{name: a, count: 3, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &["count-unreachable /spec/metrics/0/interval"],
            ),
            (
                "{metrics: [{name: a, count: 3, interval: 60s, failureLimit: 5, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &["count-unreachable /spec/metrics/0/count"],
            ),
            (
                "{metrics: [{name: a, count: 5, interval: 60s, failureLimit: 3, consecutiveSuccessLimit: 2, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &["inconclusive-waits /spec/metrics/0/consecutiveSuccessLimit"],
            ),
            (
                "{metrics: [{name: a, interval: 1d, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &["duration-malformed /spec/metrics/0/interval"],
            ),
            (
                "{args: [{name: every}], metrics: [{name: a, interval: '{{args.every}}', successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &[],
            ),
            (
                "{metrics: [{name: a, failureLimit: 25%, successCondition: 'result[0] > 0', provider: {prometheus: {address: http://p, query: up}}}]}",
                &["number-out-of-range /spec/metrics/0/failureLimit"],
            ),
        ],
    );
}

#[test]
fn applications_name_one_destination_and_keep_no_empty_fields() {
    let rest = "project: p, destination: {server: s, namespace: n}, source: {repoURL: r, path: a, targetRevision: main}";
    for (spec, expected) in [
        (format!("{{{rest}}}"), vec![]),
        (format!("{{{rest}, syncPolicy: {{}}}}"), vec!["normalised-away /spec/syncPolicy"]),
        (format!("{{{rest}, syncPolicy: {{automated: {{prune: false}}}}}}"), vec!["normalised-away /spec/syncPolicy/automated/prune"]),
        (format!("{{{rest}, syncPolicy: {{syncOptions: [ServerSideApply]}}}}"), vec!["sync-option-unknown /spec/syncPolicy/syncOptions/0"]),
        (format!("{{{rest}, syncPolicy: {{syncOptions: [ServerSideApply=true, PruneLast=true, Prune=confirm]}}}}"), vec![]),
        (format!("{{{rest}, syncPolicy: {{retry: {{backoff: {{duration: 5x}}}}}}}}"), vec!["duration-malformed /spec/syncPolicy/retry/backoff/duration"]),
        ("{project: p, destination: {server: s, name: n}, source: {repoURL: r, path: a}}".into(), vec!["not-exactly-one /spec/destination"]),
        ("{project: p, destination: {server: s}, source: {repoURL: r}}".into(), vec!["source-incomplete /spec/source"]),
        ("{project: p, destination: {server: s}, source: {repoURL: r, chart: c}}".into(), vec!["source-incomplete /spec/source"]),
        ("{project: p, destination: {server: s}, sources: [{repoURL: r, ref: v}, {repoURL: r, ref: v}, {repoURL: r, chart: c, targetRevision: '1'}]}".into(), vec!["entry-duplicate /spec/sources/1/ref"]),
    ] {
        assert_eq!(findings("Application", &spec), expected, "{spec}");
    }
}

#[test]
fn projects_have_readable_policies_and_windows() {
    check(
        "AppProject",
        &[
            ("{destinations: [{server: s, namespace: n}]}", &[]),
            (
                "{destinations: [{server: s, namespace: n}, {server: s, namespace: n}]}",
                &["entry-duplicate /spec/destinations/1"],
            ),
            (
                "{destinations: [{server: '!*', namespace: n}]}",
                &["denies-everything /spec/destinations/0/server"],
            ),
            (
                "{roles: [{name: dev, policies: ['p, proj:x:dev, applications, sync, x/*, allow']}]}",
                &[],
            ),
            (
                "{roles: [{name: dev, policies: ['p, proj:y:dev, applications, sync, x/*, allow']}]}",
                &["project-policy-malformed /spec/roles/0/policies/0"],
            ),
            (
                "{roles: [{name: dev, policies: ['p, proj:x:dev, applications, deploy, x/*, allow']}]}",
                &["project-policy-malformed /spec/roles/0/policies/0"],
            ),
            (
                "{roles: [{name: dev, policies: ['p, proj:x:dev, applications, sync, y/*, allow']}]}",
                &["project-policy-malformed /spec/roles/0/policies/0"],
            ),
            (
                "{roles: [{name: dev, groups: ['a, b']}]}",
                &["part-name-malformed /spec/roles/0/groups/0"],
            ),
            (
                "{syncWindows: [{kind: deny, schedule: 0 16 * * FRI, duration: 64h, timeZone: Europe/Berlin, applications: ['*']}]}",
                &[],
            ),
            (
                "{syncWindows: [{kind: never, schedule: 0 16 * *, duration: 3d, timeZone: Europe/Atlantis}]}",
                &[
                    "word-unknown /spec/syncWindows/0/kind",
                    "cron-malformed /spec/syncWindows/0/schedule",
                    "duration-malformed /spec/syncWindows/0/duration",
                    "zone-unknown /spec/syncWindows/0/timeZone",
                    "window-empty /spec/syncWindows/0",
                ],
            ),
            ("{sourceRepos: []}", &["normalised-away /spec/sourceRepos"]),
        ],
    );
}

/// A service with everything around it.
const SHOP: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: shop}
data: {a: b}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web-stripe, namespace: shop}
spec:
  secretStoreRef: {kind: ClusterSecretStore, name: vault}
  target: {name: stripe}
  data: [{secretKey: key, remoteRef: {key: k}}]
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors, namespace: shop}
spec: {args: [{name: hash}, {name: limit, value: '1'}], metrics: []}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
        - name: c
          ports: [{name: http, containerPort: 8080}]
          env:
            - {name: A, valueFrom: {configMapKeyRef: {name: conf, key: a}}}
            - {name: B, valueFrom: {secretKeyRef: {name: stripe, key: key}}}
            - {name: C, valueFrom: {secretKeyRef: {name: nowhere, key: key, optional: true}}}
  strategy:
    canary:
      stableService: web
      canaryMetadata: {labels: {role: canary}}
      steps: [{analysis: {templates: [{templateName: errors}], args: [{name: hash, value: h}]}}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: edge}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {scaleTargetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web-canary, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}, matchExpressions: [{key: role, operator: In, values: [canary]}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]";

/// `kind code pointer` of each finding, warnings with `?`.
fn resolved(text: &str) -> Vec<String> {
    let objects = documents(text);
    let facts: Vec<Facts> = objects.iter().map(Facts::of).collect();
    let all: Vec<(usize, &Facts)> = facts.iter().enumerate().collect();
    let id = |group: &str, kind: &str, namespace: &str, name: &str| ObjectId {
        group: group.into(),
        kind: kind.into(),
        namespace: namespace.into(),
        name: name.into(),
    };
    let mut externals = Externals::new();
    externals.add(id("external-secrets.io", "ClusterSecretStore", "", "vault"));
    externals.add_open_namespace("edge");
    let shown = |(index, finding): (usize, tiphys::manifest::Finding)| {
        let mark = if finding.severity == Severity::Warning {
            "? "
        } else {
            ""
        };
        format!(
            "{mark}{} {} {}",
            facts[index].kind, finding.code.name, finding.pointer
        )
    };
    resolve(&all, &externals).into_iter().map(shown).collect()
}

#[test]
fn a_whole_service_resolves() {
    assert_eq!(resolved(SHOP), [""; 0]);
}

#[test]
fn each_broken_reference_is_found_at_its_place() {
    let canary = "/spec/strategy/canary";
    let pod = "/spec/template/spec";
    for (from, to, expected) in [
        (
            "kind: Namespace\nmetadata: {name: shop}",
            "kind: Namespace\nmetadata: {name: store}",
            vec!["ServiceAccount namespace-missing /metadata/namespace".to_owned()],
        ),
        (
            "serviceAccountName: web",
            "serviceAccountName: wob",
            vec![format!(
                "Rollout reference-missing {pod}/serviceAccountName"
            )],
        ),
        (
            "{name: conf, key: a}",
            "{name: conf, key: b}",
            vec![format!(
                "Rollout key-missing {pod}/containers/0/env/0/valueFrom/configMapKeyRef/key"
            )],
        ),
        (
            "{name: conf, key: a}",
            "{name: cnof, key: a}",
            vec![format!(
                "Rollout reference-missing {pod}/containers/0/env/0/valueFrom/configMapKeyRef/key"
            )],
        ),
        (
            "target: {name: stripe}",
            "target: {}",
            vec![format!(
                "Rollout reference-missing {pod}/containers/0/env/1/valueFrom/secretKeyRef/key"
            )],
        ),
        (
            "secretKey: key",
            "secretKey: token",
            vec![format!(
                "Rollout key-missing {pod}/containers/0/env/1/valueFrom/secretKeyRef/key"
            )],
        ),
        (
            "name: vault",
            "name: safe",
            vec!["ExternalSecret reference-missing /spec/secretStoreRef/name".to_owned()],
        ),
        (
            "stableService: web",
            "stableService: webb",
            vec![format!("Rollout reference-missing {canary}/stableService")],
        ),
        (
            "spec: {selector: {app: web}, ports",
            "spec: {selector: {app: wob}, ports",
            vec![
                format!("Rollout service-not-own {canary}/stableService"),
                "Service selects-nothing /spec/selector".to_owned(),
            ],
        ),
        (
            "targetPort: http",
            "targetPort: web",
            vec!["Service target-port-missing /spec/ports/0/targetPort".to_owned()],
        ),
        (
            "targetPort: http",
            "targetPort: 9090",
            vec!["? Service target-port-missing /spec/ports/0/targetPort".to_owned()],
        ),
        (
            "{name: web, port: 80}]",
            "{name: web, port: 81}]",
            vec!["HTTPRoute service-port-missing /spec/rules/0/backendRefs/0".to_owned()],
        ),
        (
            "{name: public, namespace: edge}",
            "{name: public, namespace: rim}",
            vec!["HTTPRoute reference-missing /spec/parentRefs/0/name".to_owned()],
        ),
        (
            "kind: Rollout, name: web",
            "kind: Deployment, name: web",
            vec![
                "HorizontalPodAutoscaler reference-missing /spec/scaleTargetRef/name".to_owned(),
                "? Rollout replicas-omitted /spec/replicas".to_owned(),
            ],
        ),
        (
            "templateName: errors",
            "templateName: error",
            vec![format!(
                "Rollout reference-missing {canary}/steps/0/analysis"
            )],
        ),
        (
            "args: [{name: hash, value: h}]",
            "args: []",
            vec![format!(
                "Rollout argument-missing {canary}/steps/0/analysis"
            )],
        ),
        (
            "{name: hash, value: h}",
            "{name: hash, value: h}, {name: x, value: h}",
            vec![format!(
                "? Rollout argument-undeclared {canary}/steps/0/analysis"
            )],
        ),
        (
            "values: [canary]",
            "values: [preview]",
            vec!["? NetworkPolicy selects-nothing /spec/podSelector".to_owned()],
        ),
        (
            "spec: {selector: {matchLabels: {app: web}}}",
            "spec: {selector: {matchLabels: {app: wob}}}",
            vec!["PodDisruptionBudget selects-nothing /spec/selector".to_owned()],
        ),
        (
            "kind: ClusterRole, name: view",
            "kind: Role, name: view",
            vec!["RoleBinding reference-missing /roleRef/name".to_owned()],
        ),
        (
            "kind: ServiceAccount, name: web",
            "kind: ServiceAccount, name: wob",
            vec!["RoleBinding reference-missing /subjects/0/name".to_owned()],
        ),
    ] {
        let broken = SHOP.replacen(from, to, 1);
        assert_ne!(broken, SHOP, "{from} is not there");
        assert_eq!(resolved(&broken), expected, "{to}");
    }
}

#[test]
fn pods_of_an_analysis_are_selected_like_others() {
    let text = |label: &str| {
        format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: n}}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{name: call, namespace: n}}
spec: {{metrics: [{{name: call, provider: {{job: {{spec: {{template: {{metadata: {{labels: {{role: caller}}}}}}}}}}}}}}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: call, namespace: n}}
spec: {{podSelector: {{matchLabels: {{role: {label}}}}}}}
"
        )
    };
    assert_eq!(resolved(&text("caller")), Vec::<String>::new());
    let missed = "? NetworkPolicy selects-nothing /spec/podSelector";
    assert_eq!(resolved(&text("other")), [missed]);
}

#[test]
fn two_objects_of_one_identity_are_an_error() {
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: shop}";
    let twice = format!("{SHOP}\n---\n{account}");
    assert_eq!(
        resolved(&twice),
        ["ServiceAccount object-duplicate /metadata/name"]
    );
}

#[test]
fn values_of_the_wrong_shape_never_panic() {
    let odd = [
        "null",
        "true",
        "-1",
        "1.5",
        "''",
        "a",
        "[]",
        "[null]",
        "[[]]",
        "{}",
        "{a: null}",
        "[{}]",
        "[{name: 1}]",
    ];
    for document in documents(SHOP) {
        let keys: Vec<_> = document
            .get("spec")
            .and_then(Value::as_map)
            .map(|map| map.iter().map(|(key, _)| key.clone()).collect())
            .unwrap_or_default();
        for key in keys {
            for text in odd {
                let mut broken = document.clone();
                let value = to_value(&serde_yaml::from_str(text).unwrap());
                let spec = broken.as_map_mut().unwrap().get_mut("spec").unwrap();
                spec.as_map_mut().unwrap().insert(key.clone(), value);
                let _ = object::check(&broken, &Target::default());
                let facts = Facts::of(&broken);
                let _ = resolve(&[(0, &facts)], &Externals::new());
            }
        }
    }
}
