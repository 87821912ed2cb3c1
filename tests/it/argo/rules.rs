//! Each rule by hand: a change of a valid case, and what is said of it. A warning stands behind `?`.

use tiphys::diagnostic::Severity;
use tiphys::verify::references::{Externals, Facts, resolve};
use tiphys::verify::{RolloutsVersion, Target, object};

use super::controller::is_language;
use crate::verify::to_value;

pub const PODS: &str = "replicas: 10, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";

/// `code place` of each finding, save for those about conditions and queries.
fn said(object: &str, target: &Target) -> Vec<String> {
    let json = serde_yaml::from_str(object).unwrap();
    object::check(&to_value(&json), target)
        .into_iter()
        .filter(|finding| !is_language(finding) && finding.severity != Severity::Note)
        .map(|finding| {
            let mark = match finding.severity {
                Severity::Error => "",
                _ => "? ",
            };
            assert!(finding.help.is_some(), "{} has no help", finding.code.name);
            format!("{mark}{} {}", finding.code.name, finding.pointer)
        })
        .collect()
}

pub fn object(kind: &str, spec: &str) -> String {
    format!(
        "{{apiVersion: argoproj.io/v1alpha1, kind: {kind}, metadata: {{name: x, namespace: n}}, spec: {{{spec}}}}}"
    )
}

pub fn canary(fields: &str) -> String {
    object(
        "Rollout",
        &format!("{PODS}, strategy: {{canary: {{{fields}}}}}"),
    )
}

pub fn routed(router: &str, steps: &str) -> String {
    canary(&format!(
        "stableService: s, canaryService: c, trafficRouting: {{{router}}}, steps: [{steps}]"
    ))
}

/// Places stand without `/spec/strategy/canary`.
pub fn check(table: &[(String, &[&str])]) {
    for (text, expected) in table {
        let got: Vec<String> = said(text, &Target::default())
            .into_iter()
            .map(|finding| {
                finding
                    .replace(" /spec/strategy/canary", " ")
                    .trim_end()
                    .to_owned()
            })
            .collect();
        assert_eq!(got, *expected, "{text}");
    }
}

#[test]
fn fields_of_a_rollout() {
    let rest = "strategy: {canary: {}}";
    let from = |fields: &str| object("Rollout", &format!("workloadRef: {{{fields}}}, {rest}"));
    check(&[
        (from("apiVersion: apps/v1, kind: Deployment, name: w"), &[]),
        (
            from("apiVersion: apps/v1, kind: StatefulSet, name: w"),
            &["workload-unsupported /spec/workloadRef/kind"],
        ),
        (
            from("apiVersion: apps/v1, kind: Deployment, name: w, scaleDown: never ever"),
            &["? word-ignored /spec/workloadRef/scaleDown"],
        ),
        (
            object("Rollout", &format!("{PODS}, paused: true, {rest}")),
            &["? rollout-paused /spec/paused"],
        ),
        (
            object(
                "Rollout",
                &format!(
                    "{PODS}, revisionHistoryLimit: 2, rollbackWindow: {{revisions: 3}}, {rest}"
                ),
            ),
            &["? window-beyond-history /spec/rollbackWindow/revisions"],
        ),
    ]);
}

#[test]
fn fields_of_blue_green() {
    let green = |fields: &str| {
        object(
            "Rollout",
            &format!("{PODS}, strategy: {{blueGreen: {{activeService: a, {fields}}}}}"),
        )
    };
    let at = "/spec/strategy/blueGreen";
    for (fields, expected) in [
        ("previewReplicaCount: 2", None),
        (
            "previewReplicaCount: 0",
            Some("? preview-size {}/previewReplicaCount"),
        ),
        (
            "previewReplicaCount: 11",
            Some("? preview-size {}/previewReplicaCount"),
        ),
        (
            "autoPromotionEnabled: false, autoPromotionSeconds: 5",
            Some("? field-void {}/autoPromotionSeconds"),
        ),
        (
            "scaleDownDelaySeconds: 0",
            Some("? delay-never-ends {}/scaleDownDelaySeconds"),
        ),
        (
            "scaleDownDelayRevisionLimit: 11",
            Some("fields-contradict {}/scaleDownDelayRevisionLimit"),
        ),
        (
            "prePromotionAnalysis: {templates: []}",
            Some("analysis-empty {}/prePromotionAnalysis/templates"),
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|text| text.replace("{}", at)).collect();
        assert_eq!(
            said(&green(fields), &Target::default()),
            expected,
            "{fields}"
        );
    }
}

#[test]
fn fields_of_a_canary() {
    check(&[
        (
            canary("maxSurge: '2'"),
            &["? number-out-of-range /maxSurge"],
        ),
        (
            canary("maxSurge: '0', maxUnavailable: 0"),
            &["update-stuck /maxUnavailable"],
        ),
        (
            canary("maxSurge: 99999999999"),
            &["number-out-of-range /maxSurge"],
        ),
        (
            canary("replicaProgressThreshold: {type: Percent, value: 101}"),
            &["threshold-unreachable /replicaProgressThreshold/value"],
        ),
        (
            canary("replicaProgressThreshold: {type: Pods, value: 11}"),
            &["threshold-unreachable /replicaProgressThreshold/value"],
        ),
        (
            canary("replicaProgressThreshold: {type: percent, value: 0}"),
            &[
                "? word-ignored /replicaProgressThreshold/type",
                "? threshold-zero /replicaProgressThreshold/value",
            ],
        ),
        (
            canary(
                "analysis: {templates: [{templateName: t}], startingStep: 2}, steps: [{setWeight: 5}, {pause: {}}]",
            ),
            &["? starting-step-beyond /analysis/startingStep"],
        ),
        (
            canary("analysis: {}"),
            &["? analysis-empty /analysis/templates"],
        ),
        (
            canary("minPodsPerReplicaSet: 2"),
            &["? field-void /minPodsPerReplicaSet"],
        ),
    ]);
}

#[test]
fn routers() {
    let step = "{setWeight: 5}, {pause: {}}";
    check(&[
        (routed("", step), &["? router-missing /trafficRouting"]),
        (
            routed("nginx: {}", step),
            &["not-exactly-one /trafficRouting/nginx"],
        ),
        (
            routed("nginx: {stableIngress: a, stableIngresses: [b]}", step),
            &["not-exactly-one /trafficRouting/nginx"],
        ),
        (
            routed("nginx: {stableIngresses: ['']}", step),
            &["field-empty /trafficRouting/nginx/stableIngresses/0"],
        ),
        (
            routed(
                "nginx: {stableIngress: a, additionalIngressAnnotations: {other.io/x: y}}",
                step,
            ),
            &[
                "annotation-prefixed-twice /trafficRouting/nginx/additionalIngressAnnotations/other.io~1x",
            ],
        ),
        (
            routed(
                "maxTrafficWeight: 0, nginx: {stableIngress: a}",
                "{setWeight: 0}",
            ),
            &["number-out-of-range /trafficRouting/maxTrafficWeight"],
        ),
        (
            routed(
                "maxTrafficWeight: 1000, nginx: {stableIngress: a}, smi: {}",
                step,
            ),
            &["weights-not-of-100 /trafficRouting/maxTrafficWeight"],
        ),
        (
            routed(
                "maxTrafficWeight: 2000000000, nginx: {stableIngress: a}",
                step,
            ),
            &["fields-contradict /trafficRouting/maxTrafficWeight"],
        ),
        (
            routed(
                "alb: {ingress: a, servicePort: 80, stickinessConfig: {enabled: true, durationSeconds: 0}}",
                step,
            ),
            &["number-out-of-range /trafficRouting/alb/stickinessConfig/durationSeconds"],
        ),
        (
            routed(
                "istio: {virtualService: {name: v}, destinationRule: {name: d, canarySubsetName: a, stableSubsetName: a}}",
                step,
            ),
            &["? subsets-same /trafficRouting/istio/destinationRule/canarySubsetName"],
        ),
        (
            routed("istio: {virtualService: {name: .shop}}", step),
            &["field-empty /trafficRouting/istio/virtualService/name"],
        ),
        (
            routed(
                "istio: {virtualService: {name: web.example.shop.cluster.local}}",
                step,
            ),
            &[],
        ),
        (
            routed("ambassador: {mappings: []}", step),
            &["field-empty /trafficRouting/ambassador/mappings"],
        ),
        (
            routed("plugins: {argoproj-labs/gatewayAPI: {namespace: n}}", step),
            &["plugin-without-route /trafficRouting/plugins/argoproj-labs~1gatewayAPI"],
        ),
    ]);
}

#[test]
fn steps_alone() {
    let istio = "managedRoutes: [{name: r}], istio: {virtualService: {name: v}}";
    let alb = "managedRoutes: [{name: r}], alb: {ingress: a, servicePort: 80}";
    let nginx = "nginx: {stableIngress: a}";
    let first = |step: &str| format!("{{setWeight: 5}}, {{{step}}}");
    check(&[
        (
            routed(nginx, "{setWeight: 5, setCanaryScale: {weight: 5}}"),
            &["? step-malformed /steps/0"],
        ),
        (
            routed(nginx, "{pause: {duration: 999999999h}}"),
            &["pause-malformed /steps/0/pause/duration"],
        ),
        (
            routed(nginx, "{pause: {duration: '2147483648'}}"),
            &["pause-malformed /steps/0/pause/duration"],
        ),
        (
            routed(nginx, "{pause: {duration: 500ms}}"),
            &["? pause-rounded /steps/0/pause/duration"],
        ),
        (
            routed(nginx, "{setCanaryScale: {weight: 5, replicas: 1}}"),
            &["? scale-unclear /steps/0/setCanaryScale"],
        ),
        (
            routed(nginx, &first("setHeaderRoute: {name: r}")),
            &[
                "routing-incomplete /steps/1/setHeaderRoute",
                "routing-incomplete /steps/1/setHeaderRoute/name",
            ],
        ),
        (
            routed(
                istio,
                &first(
                    "setHeaderRoute: {name: r, match: [{headerName: h, headerValue: {exact: a, regex: b}}]}",
                ),
            ),
            &["match-unclear /steps/1/setHeaderRoute/match/0/headerValue"],
        ),
        (
            routed(
                alb,
                &first(
                    "setHeaderRoute: {name: r, match: [{headerName: h, headerValue: {prefix: a}}]}",
                ),
            ),
            &["match-unclear /steps/1/setHeaderRoute/match/0/headerValue"],
        ),
        (
            routed(
                istio,
                &first("setMirrorRoute: {name: q, percentage: 101, match: [{path: {}}]}"),
            ),
            &[
                "match-unclear /steps/1/setMirrorRoute/match/0/path",
                "? field-void /steps/1/setMirrorRoute/percentage",
                "routing-incomplete /steps/1/setMirrorRoute/name",
            ],
        ),
        (
            routed(nginx, &first("analysis: {templates: []}")),
            &["analysis-empty /steps/1/analysis/templates"],
        ),
        (
            routed(
                nginx,
                &first(
                    "experiment: {duration: 5m, templates: [{name: a, specRef: old, weight: 5}]}",
                ),
            ),
            &[
                "routing-incomplete /steps/1/experiment/templates/0/weight",
                "spec-ref-unknown /steps/1/experiment/templates/0/specRef",
            ],
        ),
        (
            routed(
                nginx,
                &first("experiment: {templates: [{name: a, specRef: stable}]}"),
            ),
            &["? experiment-endless /steps/1/experiment/duration"],
        ),
    ]);
}

#[test]
fn steps_in_their_order() {
    let nginx = "nginx: {stableIngress: a}";
    let look = "{analysis: {templates: [{templateName: t}], args: [{name: h, value: x}]}}";
    check(&[
        (routed(nginx, &format!("{{setWeight: 5}}, {look}")), &[]),
        (routed(nginx, look), &["? canary-absent /steps/0/analysis"]),
        (
            routed(
                nginx,
                &format!("{{setCanaryScale: {{replicas: 1}}}}, {look}"),
            ),
            &[],
        ),
        (
            routed(nginx, "{setWeight: 20}, {setWeight: 20}"),
            &["? field-void /steps/1/setWeight"],
        ),
        (
            routed(nginx, "{setWeight: 50}, {setWeight: 20}"),
            &["? weight-falls /steps/1/setWeight"],
        ),
        (
            routed(nginx, "{setCanaryScale: {replicas: 1}}, {setWeight: 20}"),
            &["? canary-too-small /steps/1/setWeight"],
        ),
        (
            routed(
                nginx,
                "{setCanaryScale: {matchTrafficWeight: true}}, {setWeight: 20}",
            ),
            &["? scale-without-weight /steps/0/setCanaryScale/matchTrafficWeight"],
        ),
        (
            routed(
                "istio: {virtualService: {name: v}}",
                "{setWeight: 90}, {experiment: {duration: 1m, templates: [{name: a, specRef: canary, weight: 20}]}}",
            ),
            &["fields-contradict /steps/1/experiment/templates"],
        ),
    ]);
}

#[test]
fn arguments() {
    let given = |arg: &str| {
        canary(&format!(
            "steps: [{{setWeight: 50}}, {{analysis: {{templates: [{{templateName: t}}], args: [{{name: a, {arg}}}]}}}}]"
        ))
    };
    let at = "/steps/1/analysis/args/0/valueFrom";
    for (arg, expected) in [
        ("valueFrom: {fieldRef: {fieldPath: metadata.name}}", None),
        (
            "valueFrom: {fieldRef: {fieldPath: \"metadata.labels['x.io/y']\"}}",
            None,
        ),
        (
            "valueFrom: {fieldRef: {fieldPath: 'spec.template.spec.containers[0].image'}}",
            None,
        ),
        ("valueFrom: {fieldRef: {fieldPath: status.abort}}", None),
        (
            "valueFrom: {fieldRef: {fieldPath: metadata.generation}}",
            Some("argument-path {}/fieldRef/fieldPath"),
        ),
        (
            "valueFrom: {fieldRef: {fieldPath: spec.nothing}}",
            Some("argument-path {}/fieldRef/fieldPath"),
        ),
        (
            "valueFrom: {podTemplateHashValue: latest}",
            Some("hash-word-unknown {}/podTemplateHashValue"),
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|text| text.replace("{}", at)).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&[(given(arg), &expected)]);
    }
}

fn metric(fields: &str) -> String {
    object(
        "AnalysisTemplate",
        &format!(
            "args: [{{name: n, value: '3'}}, {{name: open}}], metrics: [{{name: m, {fields}}}]"
        ),
    )
}

fn provider(provider: &str) -> String {
    metric(&format!("provider: {{{provider}}}"))
}

#[test]
fn metrics_and_providers() {
    let up = "provider: {prometheus: {address: http://p, query: up}}";
    let at = " /spec/metrics/0";
    for (text, expected) in [
        (
            metric(&format!("failureLimit: -1, {up}")),
            vec!["count-unreachable{}/failureLimit"],
        ),
        (
            metric(&format!(
                "failureLimit: -1, consecutiveSuccessLimit: 2, interval: 1m, {up}"
            )),
            vec![],
        ),
        (
            metric(&format!("count: 2, interval: 1m, failureLimit: 2, {up}")),
            vec!["? metric-never-fails{}/failureLimit"],
        ),
        (
            metric(&format!("count: '{{{{args.n}}}}', {up}")),
            vec!["count-unreachable{}/interval"],
        ),
        (metric(&format!("count: '{{{{args.open}}}}', {up}")), vec![]),
        (
            metric(&format!("count: '9223372036854775808', {up}")),
            vec!["count-unreachable{}/interval"],
        ),
        (
            metric(&format!(
                "count: '99999999999999999999x', interval: 1m, {up}"
            )),
            vec!["number-out-of-range{}/count"],
        ),
        (
            metric(&format!("interval: '{{{{args.open}}}}m', {up}")),
            vec![],
        ),
        (
            metric(&format!("interval: 'every {{{{args.open}}}}', {up}")),
            vec!["duration-malformed{}/interval"],
        ),
        (
            metric(&format!("interval: -5s, {up}")),
            vec!["number-out-of-range{}/interval"],
        ),
        (
            metric(&format!("count: 99999999999, interval: 1s, {up}")),
            vec!["number-out-of-range{}/count"],
        ),
        (
            metric(&format!(
                "successCondition: 'result < {{{{args.x}}}}', {up}"
            )),
            vec!["placeholder-unknown{}/successCondition"],
        ),
        (
            metric(&format!("successCondition: 'a {{{{ b', {up}")),
            vec!["placeholder-unknown{}/successCondition"],
        ),
        (
            provider("prometheus: {query: up}"),
            vec!["? address-from-controller{}/provider/prometheus/address"],
        ),
        (
            provider("prometheus: {address: p:9090, query: up}"),
            vec!["address-malformed{}/provider/prometheus/address"],
        ),
        (
            provider("prometheus: {address: http://p, query: up, timeout: -1}"),
            vec!["number-out-of-range{}/provider/prometheus/timeout"],
        ),
        (
            provider(
                "prometheus: {address: http://p, query: up, rangeQuery: {start: now(), end: now() - duration('1h'), step: 5}}",
            ),
            vec!["provider-incomplete{}/provider/prometheus/rangeQuery/step"],
        ),
        (
            provider("web: {url: http://w, jsonPath: '{$.a'}"),
            vec!["json-path-malformed{}/provider/web/jsonPath"],
        ),
        (
            provider("web: {url: http://w, jsonPath: $.a}"),
            vec!["? json-path-malformed{}/provider/web/jsonPath"],
        ),
        (
            provider("web: {url: http://w, body: x}"),
            vec!["fields-contradict{}/provider/web/body"],
        ),
        (
            provider("web: {url: http://w, method: POST, body: x, jsonBody: {}}"),
            vec!["fields-contradict{}/provider/web/jsonBody"],
        ),
        (
            provider("datadog: {query: a, queries: {b: c}}"),
            vec!["fields-contradict{}/provider/datadog/queries"],
        ),
        (
            provider("datadog: {apiVersion: v2, queries: {a: b, c: d}}"),
            vec!["provider-incomplete{}/provider/datadog/formula"],
        ),
        (
            provider("datadog: {query: a, aggregator: sum}"),
            vec!["fields-contradict{}/provider/datadog/aggregator"],
        ),
        (
            provider("datadog: {query: a, requestTimeout: 0s}"),
            vec!["fields-contradict{}/provider/datadog/requestTimeout"],
        ),
        (
            provider("skywalking: {address: http://s, query: q}"),
            vec!["provider-incomplete{}/provider/skywalking/interval"],
        ),
        (
            provider("wavefront: {query: q}"),
            vec!["provider-incomplete{}/provider/wavefront/address"],
        ),
        (
            provider(
                "kayenta: {scopes: [{controlScope: {start: a, end: b}, experimentScope: {end: b}}]}",
            ),
            vec!["fields-contradict{}/provider/kayenta/scopes/0/controlScope"],
        ),
    ] {
        let expected: Vec<String> = expected.iter().map(|text| text.replace("{}", at)).collect();
        assert_eq!(said(&text, &Target::default()), expected, "{text}");
    }
}

#[test]
fn jobs_rules_runs_and_experiments() {
    let pods = "spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}";
    let job = |name: &str, spec: &str| {
        object(
            "AnalysisTemplate",
            &format!("metrics: [{{name: {name}, provider: {{job: {{{spec}}}}}}}]"),
        )
    };
    let up = "provider: {prometheus: {address: http://p, query: up}}";
    let arm = "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
    let experiment = |fields: &str| {
        object(
            "Experiment",
            &format!("{fields}, templates: [{{name: a, {arm}}}]"),
        )
    };
    check(&[
        (job("smoke", pods), &[]),
        (
            job("Smoke_Test", pods),
            &["job-name-unfit /spec/metrics/0/name"],
        ),
        (
            job("a-name-that-is-much-too-long", pods),
            &["? job-name-unfit /spec/metrics/0/name"],
        ),
        (
            job("smoke", &pods.replace("backoffLimit: 0, ", "")),
            &["? job-retries /spec/metrics/0/provider/job/spec/backoffLimit"],
        ),
        (
            object(
                "AnalysisTemplate",
                &format!(
                    "dryRun: [{{metricName: '*'}}, {{metricName: other}}], metrics: [{{name: m, {up}}}]"
                ),
            ),
            &[
                "metric-rule-unreadable /spec/dryRun/0/metricName",
                "metric-rule-void /spec/dryRun/1/metricName",
            ],
        ),
        (
            object(
                "AnalysisRun",
                &format!("args: [{{name: a}}], metrics: [{{name: m, {up}}}]"),
            ),
            &["run-argument-open /spec/args/0/value"],
        ),
        (experiment("duration: 5m"), &[]),
        (
            experiment("duration: 5d"),
            &["duration-malformed /spec/duration"],
        ),
        (
            experiment("progressDeadlineSeconds: 60"),
            &["? experiment-endless /spec/duration"],
        ),
        (
            experiment("duration: 5m").replace(
                "name: a, selector",
                "name: a, minReadySeconds: 601, selector",
            ),
            &["deadline-too-short /spec/templates/0/minReadySeconds"],
        ),
        (
            experiment("duration: 5m").replace("matchLabels: {a: b}", "matchLabels: {a: c}"),
            &["selector-mismatch /spec/templates/0/template/metadata/labels"],
        ),
    ]);
}

#[test]
fn older_controllers_know_less() {
    use RolloutsVersion::{V1_8, V1_9, V1_10};
    let mirror = routed(
        "managedRoutes: [{name: r}], plugins: {a/b: {c: d}}",
        "{setWeight: 5}, {setMirrorRoute: {name: r}}",
    );
    let pair = canary(
        "pingPong: {pingService: a, pongService: b}, trafficRouting: {plugins: {a/b: {c: d}}}",
    );
    let threshold = canary("replicaProgressThreshold: {type: Pods, value: 1}");
    let timeout = provider("datadog: {query: a, requestTimeout: 10s}");
    let least = routed("nginx: {stableIngress: a}", "{pause: {}}").replace(
        "canaryService: c",
        "canaryService: c, minPodsPerReplicaSet: 11",
    );
    for (text, version, expected) in [
        (&mirror, V1_10, None),
        (&mirror, V1_9, Some("routing-incomplete")),
        (&pair, V1_10, None),
        (&pair, V1_8, Some("routing-incomplete")),
        (&threshold, V1_9, None),
        (&threshold, V1_8, Some("field-too-new")),
        (&timeout, V1_10, None),
        (&timeout, V1_9, Some("field-too-new")),
        (&least, V1_10, None),
        (&least, V1_9, Some("? min-pods-beyond")),
    ] {
        let got = said(text, &Target { rollouts: version });
        let codes: Vec<&str> = got
            .iter()
            .filter_map(|finding| finding.split(" /").next())
            .collect();
        assert_eq!(
            codes,
            expected.into_iter().collect::<Vec<_>>(),
            "{version:?} {text}"
        );
    }
}

#[test]
fn defaults_that_the_controller_does_not_know_are_not_filled_in() {
    let schemas = tiphys::schema::Schemas::bundled();
    let kind = schemas
        .lookup("1.36", "argoproj.io/v1alpha1", "AnalysisTemplate")
        .unwrap();
    for (fields, version, expected) in [
        ("query: a", RolloutsVersion::V1_10, true),
        ("query: a", RolloutsVersion::V1_9, false),
        ("query: a, requestTimeout: 10s", RolloutsVersion::V1_9, true),
    ] {
        let text = provider(&format!("datadog: {{{fields}}}"));
        let mut value = to_value(&serde_yaml::from_str(&text).unwrap());
        let target = Target { rollouts: version };
        object::fill(&mut value, &target, |value| kind.fill_defaults(value));
        let at = value.pointer("/spec/metrics/0/provider/datadog/requestTimeout");
        assert_eq!(at.is_some(), expected, "{version:?} {fields}");
    }
}

/// A rollout that uses templates, and what is said of them together.
fn together(analysis: &str, templates: &[(&str, &str)]) -> Vec<String> {
    let used = canary(&format!(
        "steps: [{{setWeight: 50}}, {{analysis: {{{analysis}}}}}]"
    ));
    let mut objects = vec![
        "{apiVersion: v1, kind: Namespace, metadata: {name: n}}".to_owned(),
        used,
    ];
    for (name, spec) in templates {
        objects.push(object("AnalysisTemplate", spec).replace("name: x", &format!("name: {name}")));
    }
    let facts: Vec<Facts> = objects
        .iter()
        .map(|text| Facts::of(&to_value(&serde_yaml::from_str(text).unwrap())))
        .collect();
    let listed: Vec<_> = facts.iter().enumerate().collect();
    resolve(&listed, &Externals::new())
        .into_iter()
        .filter(|(number, _)| *number == 1)
        .map(|(_, finding)| finding.code.name.to_owned())
        .collect()
}

#[test]
fn templates_of_one_analysis_are_taken_together() {
    let metric = |name: &str, rest: &str| {
        format!(
            "metrics: [{{name: {name}, {rest}, provider: {{prometheus: {{address: http://p, query: up}}}}}}]"
        )
    };
    let once = metric("a", "count: 1");
    let other = metric("b", "count: 1");
    let endless = metric("a", "interval: 1m");
    let counted = metric("a", "interval: 1m, count: '{{args.n}}'");
    let two = "templates: [{templateName: s}, {templateName: t}]";
    let with = |args: &str, spec: &str| format!("args: [{args}], {spec}");
    for (analysis, s, t, expected) in [
        (two, once.clone(), other.clone(), vec![]),
        (two, once.clone(), once.clone(), vec!["templates-clash"]),
        (
            two,
            with("{name: n, value: a}", &once),
            with("{name: n, value: b}", &other),
            vec!["templates-clash"],
        ),
        (
            two,
            with("{name: n}", &once),
            with("{name: n, value: b}", &other),
            vec![],
        ),
        (
            two,
            with("{name: n}", &once),
            other.clone(),
            vec!["argument-missing"],
        ),
        (two, endless, other.clone(), vec!["analysis-endless"]),
        // A count that only the rollout gives comes too late.
        (
            "templates: [{templateName: s}, {templateName: t}], args: [{name: n, value: '3'}]",
            with("{name: n}", &counted),
            other.clone(),
            vec!["analysis-endless"],
        ),
        (
            "templates: [{templateName: s}, {templateName: t}], args: [{name: n, value: '3'}]",
            with("{name: n, value: '2'}", &counted),
            other.clone(),
            vec![],
        ),
        (
            "templates: [{templateName: s}, {templateName: t}], args: [{name: n, value: soon}]",
            with(
                "{name: n, value: 1m}",
                &metric("a", "interval: '{{args.n}}', count: 2"),
            ),
            other.clone(),
            vec!["argument-unfit"],
        ),
        (
            "templates: [{templateName: s}, {templateName: t}], dryRun: [{metricName: c}]",
            once.clone(),
            other.clone(),
            vec!["metric-rule-void"],
        ),
        (
            "templates: [{templateName: s}, {templateName: t}], dryRun: [{metricName: a}]",
            format!("dryRun: [{{metricName: a}}], {once}"),
            other.clone(),
            vec!["templates-clash"],
        ),
        (
            "templates: [{templateName: s}]",
            "templates: [{templateName: t}]".into(),
            "templates: [{templateName: s}]".into(),
            vec!["template-cycle"],
        ),
    ] {
        let mut got = together(analysis, &[("s", &s), ("t", &t)]);
        got.retain(|code| code != "argument-undeclared");
        assert_eq!(got, expected, "{analysis} {s} {t}");
    }
}

#[test]
fn a_long_rollout_is_looked_at_in_one_pass() {
    let steps: Vec<String> = (0..5_000)
        .map(|step| format!("{{setWeight: {}}}", step % 101))
        .collect();
    let found = said(
        &canary(&format!("steps: [{}]", steps.join(", "))),
        &Target::default(),
    );
    let falls = found.iter().filter(|one| one.starts_with("? weight-falls"));
    assert_eq!(falls.count(), 49);
}

#[test]
fn what_waits_for_a_person_is_told() {
    let metric = |limits: &str| {
        let provider = "provider: {prometheus: {address: http://p, query: up}}";
        object(
            "AnalysisTemplate",
            &format!("metrics: [{{name: m, {limits}, {provider}}}]"),
        )
    };
    let judge = "{analysis: {templates: [{templateName: t}]}}";
    let waits = |text: &str| -> Vec<String> {
        let json = serde_yaml::from_str(text).unwrap();
        let codes = [
            "pause-without-end",
            "inconclusive-waits",
            "last-weight-unjudged",
        ];
        object::check(&to_value(&json), &Target::default())
            .into_iter()
            .filter(|finding| codes.contains(&finding.code.name))
            .map(|finding| format!("{} {}", finding.code.name, finding.pointer))
            .collect()
    };
    let (success, failure) = ("result[0] < 1", "result[0] >= 1");
    for (text, expected) in [
        (
            canary("steps: [{setWeight: 5}, {pause: {}}]"),
            Some("pause-without-end /spec/strategy/canary/steps/1/pause"),
        ),
        (
            canary("steps: [{setWeight: 5}, {pause: {duration: 5}}]"),
            None,
        ),
        (
            object(
                "Rollout",
                &format!(
                    "{PODS}, strategy: {{blueGreen: {{activeService: a, autoPromotionEnabled: false}}}}"
                ),
            ),
            Some("pause-without-end /spec/strategy/blueGreen/autoPromotionEnabled"),
        ),
        (
            canary(&format!(
                "steps: [{{setWeight: 5}}, {judge}, {{setWeight: 50}}, {{pause: {{duration: 5}}}}]"
            )),
            Some("last-weight-unjudged /spec/strategy/canary/steps/2/setWeight"),
        ),
        (
            canary(&format!(
                "steps: [{{setWeight: 5}}, {judge}, {{setWeight: 100}}]"
            )),
            None,
        ),
        (
            canary(&format!(
                "steps: [{{setWeight: 5}}, {{pause: {{duration: 5}}}}, {judge}]"
            )),
            None,
        ),
        (
            canary(&format!(
                "analysis: {{templates: [{{templateName: t}}]}}, steps: [{{setWeight: 5}}, {judge}, {{setWeight: 50}}]"
            )),
            None,
        ),
        (
            metric("successCondition: \"result[0] < 1\", failureCondition: \"result[0] > 2\""),
            Some("inconclusive-waits /spec/metrics/0/failureCondition"),
        ),
        (
            metric(&format!(
                "successCondition: {success:?}, failureCondition: {failure:?}"
            )),
            None,
        ),
        (metric(&format!("successCondition: {success:?}")), None),
        (
            metric(&format!(
                "successCondition: {success:?}, count: 9, interval: 1m, failureLimit: 2, consecutiveSuccessLimit: 3"
            )),
            Some("inconclusive-waits /spec/metrics/0/consecutiveSuccessLimit"),
        ),
    ] {
        assert_eq!(waits(&text).first().map(String::as_str), expected, "{text}");
    }
}
