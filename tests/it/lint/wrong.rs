//! One wrong value: what it hides, and what it does not.

use super::{files, line, options, said};
use tiphys::lint::{Filter, Options};

/// Findings about security and networks that these objects have anyway.
const ANYWAY: &[&str] = &[
    "container-",
    "seccomp",
    "capab",
    "resources",
    "root-",
    "privilege",
    "network",
    "readiness",
    "image",
    "references",
    "rollback",
    "replicas-omitted",
    "service-account",
];

fn rollout(fields: &str, labels: &str, canary: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: r}}
spec:
  {fields}
  selector: {{matchLabels: {{app: r}}}}
  template:
    metadata: {{labels: {{app: {labels}}}}}
    spec: {{containers: [{{name: c, image: 'x:1'}}]}}
  strategy:
    canary:
      {canary}
"
    )
}

#[test]
fn a_wrong_type_hides_nothing_else() {
    let text = rollout("replicas: '3'", "other", "steps: [{setWeight: 101}]");
    let expected = [
        "error object-type-wrong 5",
        "error selector-mismatch 8",
        "error number-out-of-range 12",
    ];
    assert_eq!(said(&text, ANYWAY), expected);
    let text = rollout(
        "replicas: 3",
        "r",
        "steps: [{setWeight: [1]}, {setWeight: -1}]",
    );
    let got = said(&text, ANYWAY);
    assert!(
        got.contains(&"error number-out-of-range 12".to_owned()),
        "{got:?}"
    );
    assert!(
        got.iter().all(|one| !one.contains("step-malformed")),
        "{got:?}"
    );
}

#[test]
fn what_could_not_be_checked_is_told_whatever_is_selected() {
    let text = "apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: t}
spec:
  metrics:
  - name: m
    interval: 30
    count: 3
    successCondition: 'result > '
    provider: {prometheus: {address: 'http://p:9090', query: 'rate(x'}}
";
    let select = |codes: &[&str]| {
        let filter = Filter {
            select: codes.iter().map(|code| code.to_string()).collect(),
            ..Filter::default()
        };
        let options = Options {
            filter,
            ..options()
        };
        let (sources, report) = files(&[("a.yaml", text)], &options);
        let told = report.findings.iter().map(|one| line(&sources, one));
        told.collect::<Vec<_>>()
    };
    let read = [
        "error object-type-wrong 7",
        "error condition-syntax 9",
        "error query-syntax 10",
    ];
    assert_eq!(select(&["condition", "query"]), read);
    assert_eq!(select(&["label"]), ["error object-type-wrong 7"]);
}

#[test]
fn placeholders_in_jobs_are_filled_in_before_anything_is_judged() {
    let template = |spec: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {{name: t}}
spec:
  args: [{{name: rev}}, {{name: policy}}]
  metrics:
  - name: m
    provider:
      job:
        metadata: {{labels: {{rev: '{{{{ args.rev }}}}'}}}}
        spec:
          backoffLimit: 0
          template:
            metadata: {{labels: {{rev: '{{{{ args.rev }}}}'}}}}
            spec: {{{spec}}}
"
        )
    };
    let open = "restartPolicy: '{{args.policy}}', containers: [{name: '{{args.rev}}', image: 'x:{{args.rev}}'}]";
    assert_eq!(said(&template(open), ANYWAY), [] as [&str; 0]);
    let wrong = "restartPolicy: Always, containers: [{name: 'A', image: 'x:1'}]";
    let expected = ["error part-name-malformed 15", "error word-unknown 15"];
    let mut got = said(&template(wrong), ANYWAY);
    got.sort();
    assert_eq!(got, expected);
}

#[test]
fn what_server_and_controller_accept_is_no_error() {
    let application = |destination: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: a}}
spec:
  project: default
  destination: {{{destination}}}
  source: {{repoURL: 'https://a/b', path: p}}
"
        )
    };
    let service = "apiVersion: v1
kind: Service
metadata: {name: s}
spec: {selector: {app: r}, ports: [{port: 80, targetPort: http}]}
---
";
    let without_ports = rollout("replicas: 3", "r", "steps: [{setWeight: 20}]");
    let experiment = |selector: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1
kind: Experiment
metadata: {{name: e}}
spec:
  duration: 1m
  templates:
  - name: a
    selector: {selector}
    template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: 'x:1'}}]}}}}
"
        )
    };
    let room = |share: &str| {
        rollout(
            "replicas: 3",
            "r",
            &format!("maxUnavailable: {share}\n      steps: [{{setWeight: 20}}]"),
        )
    };
    let table: Vec<(String, &[&str])> = vec![
        (application("name: in-cluster, server: ''"), &[]),
        (
            application("name: '', server: ''"),
            &["error not-exactly-one 6"],
        ),
        (
            application("name: a, server: 'https://b'"),
            &["error not-exactly-one 6"],
        ),
        (
            format!("{service}{without_ports}"),
            &["warning target-port-missing 4"],
        ),
        (room("101%"), &["warning number-out-of-range 12"]),
        (room("100%"), &[]),
        (
            experiment("{matchLabels: {}}"),
            &["warning selector-empty 8"],
        ),
        (experiment("{}"), &["error selector-empty 8"]),
    ];
    for (text, expected) in table {
        assert_eq!(said(&text, ANYWAY), expected, "{text}");
    }
}

#[test]
fn arguments_read_what_is_there() {
    let with = |path: &str, fields: &str| {
        let steps = format!(
            "steps: [{{setWeight: 5}}]
      analysis: {{templates: [{{templateName: t, clusterScope: true}}], args: [{{name: a, valueFrom: {{fieldRef: {{fieldPath: \"{path}\"}}}}}}]}}"
        );
        said(&rollout(fields, "r", &steps), ANYWAY)
    };
    let table: &[(&str, &[&str])] = &[
        ("metadata.name", &[]),
        ("spec.template.metadata.labels.app", &[]),
        ("spec.template.spec.containers[0].image", &[]),
        ("status.podIP", &[]),
        ("spec.foo", &["error argument-path 13"]),
        (
            "spec.template.metadata.labels.foo",
            &["error argument-path 13"],
        ),
        ("spec.restartAt", &["warning argument-path 13"]),
    ];
    for (path, expected) in table {
        assert_eq!(with(path, "replicas: 3"), *expected, "{path}");
    }
}

#[test]
fn placeholders_of_experiments_name_what_the_experiment_has() {
    let step = |value: &str| {
        let canary = format!(
            "steps:
      - setWeight: 20
      - experiment:
          duration: 1m
          templates: [{{name: base, specRef: stable}}]
          analyses: [{{name: x, templateName: t, clusterScope: true, args: [{{name: h, value: '{value}'}}]}}]"
        );
        said(&rollout("replicas: 3", "r", &canary), ANYWAY)
    };
    let none: [&str; 0] = [];
    assert_eq!(step("{{templates.base.podTemplateHash}}"), none);
    assert_eq!(step("{{ templates.base.replicaset.name }}"), none);
    assert_eq!(step("{{experiment.finishedAt}}"), none);
    assert_eq!(step("plain"), none);
    for wrong in [
        "{{templates.zz.podTemplateHash}}",
        "{{templates.base.hash}}",
        "{{base}}",
        "{{",
    ] {
        assert_eq!(step(wrong), ["error placeholder-unknown 17"], "{wrong}");
    }
}

#[test]
fn values_that_no_controller_can_read_are_found_in_open_parts_of_definitions() {
    let pods = |container: &str, rest: &str| {
        rollout("replicas: 3", "r", "steps: [{setWeight: 20}]").replace(
            "{containers: [{name: c, image: 'x:1'}]}",
            &format!("{{containers: [{{name: c, image: 'x:1'{container}}}]{rest}}}"),
        )
    };
    let table: &[(&str, &str, &[&str])] = &[
        (
            ", resources: {limits: x}",
            "",
            &["error object-type-wrong 9"],
        ),
        (
            ", resources: {requests: 3}",
            "",
            &["error object-type-wrong 9"],
        ),
        (
            "",
            ", volumes: [{name: v, emptyDir: 1h}]",
            &["error object-type-wrong 9"],
        ),
        (", restartPolicy: Foo", "", &["error word-unknown 9"]),
        (", restartPolicy: Always", "", &[]),
        (
            "",
            ", securityContext: {seLinuxChangePolicy: Foo}",
            &["error word-unknown 9"],
        ),
        (
            ", env: [{name: 1m, value: x}]",
            "",
            &["error part-name-malformed 9"],
        ),
        (
            ", env: [{name: \"metadata.labels['a']\", value: x}]",
            "",
            &["error part-name-malformed 9"],
        ),
        (", env: [{name: a.b-c_D, value: x}]", "", &[]),
        (
            ", env: [{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: p, key: k}}}]",
            "",
            &["error volume-unknown 9"],
        ),
        (
            ", volumeMounts: [{name: v, mountPath: /v, readOnly: true, recursiveReadOnly: Foo}]",
            ", volumes: [{name: v, emptyDir: {}}]",
            &["error word-unknown 9"],
        ),
        (
            ", volumeMounts: [{name: v, mountPath: /v, recursiveReadOnly: Enabled}]",
            ", volumes: [{name: v, emptyDir: {}}]",
            &["error fields-contradict 9"],
        ),
    ];
    for (container, rest, expected) in table {
        let got = said(&pods(container, rest), ANYWAY);
        assert_eq!(got, *expected, "{container}{rest}");
    }
}

#[test]
fn traps_of_running_rollouts_are_told() {
    let routed = |steps: &str| {
        rollout(
            "replicas: 3",
            "r",
            &format!("stableService: s, canaryService: c, trafficRouting: {{plugins: {{a/b: {{x: y}}}}}}, steps: [{steps}]")
                .replace(", steps", "\n      steps")
                .replace(", canaryService", "\n      canaryService")
                .replace(", trafficRouting", "\n      trafficRouting"),
        )
    };
    let analysis = "{analysis: {templates: [{templateName: t, clusterScope: true}]}}";
    let with = |from: &str, to: &str| {
        let text = rollout("replicas: 3", "r", "steps: [{setWeight: 20}]");
        assert!(text.contains(from));
        text.replace(from, to)
    };
    let spec = "containers: [{name: c, image: 'x:1'}]";
    let blue_green = "blueGreen: {activeService: a, prePromotionAnalysis: {templates: [{templateName: t, clusterScope: true}]}}";
    let slow = "containers: [{name: c, image: 'x:1', readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 400}}]";
    let table: Vec<(String, &[&str])> = vec![
        (
            with("canary:\n      steps: [{setWeight: 20}]", blue_green),
            &["warning preview-absent 11"],
        ),
        (routed(&format!("{analysis}, {{setWeight: 20}}")), &[]),
        (
            routed(&format!("{{setWeight: 0}}, {analysis}, {{setWeight: 20}}")),
            &["warning canary-absent 15"],
        ),
        (
            with(spec, slow).replace(
                "replicas: 3",
                "progressDeadlineSeconds: 300\n  progressDeadlineAbort: true",
            ),
            &["error startup-past-deadline 10"],
        ),
        (
            with(
                spec,
                "containers: [{name: c, image: 'x:1', lifecycle: {preStop: {exec: {command: [sh, -c, sleep 60]}}}}]",
            ),
            &["warning drain-too-long 9"],
        ),
        (
            with(
                spec,
                "containers: [{name: c, image: 'x:1', lifecycle: {preStop: {exec: {command: [sleep, '10']}}}}]",
            ),
            &[],
        ),
        (
            with(
                spec,
                "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, matchLabelKeys: [pod-template-hash], labelSelector: {matchLabels: {app: r}}}], containers: [{name: c, image: 'x:1'}]",
            ),
            &["warning hash-label-absent 9"],
        ),
        (
            routed("{setWeight: 50}, {setWeight: 150}"),
            &["error number-out-of-range 15"],
        ),
    ];
    for (text, expected) in table {
        let mut got = said(&text, ANYWAY);
        got.retain(|one| {
            !one.contains("reference-missing") && !one.contains("last-weight-unjudged")
        });
        assert_eq!(got, expected, "{text}");
    }
}

#[test]
fn a_route_of_the_gateway_api_leads_to_both_versions() {
    let text = |first: &str, second: &str| {
        let service = |name: &str| {
            format!(
                "---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: r}}, ports: [{{port: 80}}]}}\n"
            )
        };
        let route = format!(
            "apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: h}}
spec:
  parentRefs: [{{name: g}}]
  rules: [{{backendRefs: [{{name: {first}, port: 80}}, {{name: {second}, port: 80}}]}}]
---
"
        );
        let canary = "stableService: sta
      canaryService: can
      trafficRouting: {plugins: {argoproj-labs/gatewayAPI: {httpRoute: h, namespace: default}}}
      steps: [{setWeight: 20}]";
        let rollout = rollout("replicas: 3", "r", canary)
            .replace("image: 'x:1'", "image: 'x:1', ports: [{containerPort: 80}]");
        format!(
            "{route}{rollout}{}{}{}",
            service("sta"),
            service("can"),
            service("other")
        )
    };
    assert_eq!(said(&text("sta", "can"), ANYWAY), [] as [&str; 0]);
    assert_eq!(
        said(&text("sta", "other"), ANYWAY),
        ["error route-unfit 21"]
    );
    assert_eq!(
        said(&text("other", "can"), ANYWAY),
        ["error route-unfit 21"]
    );
}

#[test]
fn what_the_api_server_demands_in_code_of_other_kinds_is_told() {
    let table: &[(&str, &[&str])] = &[
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a}}",
            &["error field-empty 1"],
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: '5'}, spec: {clusterIP: None}}",
            &[],
        ),
        (
            "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {clusterIP: None, sessionAffinityConfig: {clientIP: {timeoutSeconds: 10}}}}",
            &["warning fields-contradict 1"],
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}}",
            &["error field-empty 1"],
        ),
        (
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: AlwaysAllow}, spec: {minAvailable: 1, selector: {}}}",
            &[],
        ),
        (
            "{apiVersion: v1, kind: LimitRange, metadata: {name: a}, spec: {}}",
            &["warning object-field-missing 1"],
        ),
        (
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {schedule: '* * * * *', jobTemplate: {}}}",
            &["error field-empty 1"],
        ),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'x:1', ports: [{containerPort: 80}, {containerPort: 80}], env: [{name: A, value: x}, {name: A, value: x}]}]}}",
            &[
                "warning object-entry-duplicate 1",
                "warning object-entry-duplicate 1",
            ],
        ),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: 'x:1'}, {name: c, image: 'x:1'}]}}",
            &["error entry-duplicate 1"],
        ),
    ];
    for (text, expected) in table {
        let got = said(text, ANYWAY);
        let got: Vec<_> = got
            .iter()
            .filter(|one| !one.contains("pod-alone"))
            .collect();
        assert_eq!(got, *expected, "{text}");
    }
    let claims = |metadata: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: a}}, spec: {{serviceName: a, selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: 'x:1'}}]}}}}, volumeClaimTemplates: [{{{metadata}spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}]}}}}"
        )
    };
    assert_eq!(
        said(&claims("metadata: {name: w}, "), ANYWAY),
        [] as [&str; 0]
    );
    assert_eq!(said(&claims(""), ANYWAY), ["error field-empty 1"]);
    assert_eq!(
        said(&claims("metadata: {name: a.b}, "), ANYWAY),
        ["error part-name-malformed 1"]
    );
}

#[test]
fn templates_may_take_in_each_other_in_long_chains() {
    let chain = |length: usize, end: &str| {
        let one = |at: usize| {
            let below = if at + 1 == length {
                end.to_owned()
            } else {
                format!("templates: [{{templateName: t{}}}]", at + 1)
            };
            format!(
                "{{apiVersion: argoproj.io/v1alpha1, kind: AnalysisTemplate, metadata: {{name: t{at}}}, spec: {{{below}}}}}\n---\n"
            )
        };
        let text: String = (0..length).map(one).collect();
        let mut told = said(&text, ANYWAY);
        told.retain(|one| one.contains("template"));
        told
    };
    let end = "metrics: [{name: m, count: 1, successCondition: 'result.ok', provider: {web: {url: 'http://a/b'}}}]";
    assert_eq!(chain(40, end), [] as [&str; 0]);
    assert!(!chain(3, "templates: [{templateName: t0}]").is_empty());
}
