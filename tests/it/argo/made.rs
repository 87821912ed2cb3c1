//! What the controller makes and the API server refuses: each case hung or was aborted on the real
//! one. A warning stands behind `?`.

use super::rules::{PODS, canary, check, object, routed};

fn step(template: &str) -> String {
    canary(&format!(
        "steps: [{{setWeight: 10}}, {{experiment: {{duration: 5m, templates: [{{name: a, specRef: canary, {template}}}]}}}}]"
    ))
}

#[test]
fn pods_of_a_version_stay_within_the_selector_and_have_sound_labels() {
    check(&[
        (
            canary("canaryMetadata: {labels: {role: next}, annotations: {note: any text}}"),
            &[],
        ),
        (
            canary("canaryMetadata: {labels: {a b: c}}"),
            &["label-malformed /canaryMetadata/labels/a b"],
        ),
        (
            canary("stableMetadata: {labels: {role: b c}}"),
            &["label-malformed /stableMetadata/labels/role"],
        ),
        (
            canary("canaryMetadata: {annotations: {a b: c}}"),
            &["annotation-malformed /canaryMetadata/annotations/a b"],
        ),
        (
            canary("stableMetadata: {labels: {a: other}}"),
            &["selector-mismatch /stableMetadata/labels"],
        ),
        (canary("stableMetadata: {labels: {a: b}}"), &[]),
    ]);
}

#[test]
fn runs_get_sound_labels() {
    let with = |labels: &str| {
        canary(&format!(
            "steps: [{{setWeight: 10}}, {{analysis: {{templates: [{{templateName: t}}], analysisRunMetadata: {{labels: {{{labels}}}}}}}}}]"
        ))
    };
    check(&[
        (with("team: pay"), &[]),
        (
            with("a b: c"),
            &["label-malformed /steps/1/analysis/analysisRunMetadata/labels/a b"],
        ),
    ]);
}

#[test]
fn templates_of_an_experiment_select_their_pods() {
    let at = "/steps/1/experiment/templates/0";
    let cases = [
        ("metadata: {labels: {arm: b}}", None),
        (
            "selector: {matchLabels: {a: b}}, metadata: {labels: {arm: b}}",
            None,
        ),
        ("selector: {}", Some("selector-empty {}/selector")),
        (
            "selector: {matchLabels: {a: c}}",
            Some("selector-mismatch {}/selector"),
        ),
        (
            "selector: {matchLabels: {a: c}}, metadata: {labels: {a: c}}",
            None,
        ),
        (
            "selector: {matchExpressions: [{key: a, operator: Exists}]}, metadata: {labels: {arm: b}}",
            Some("selector-without-labels {}/selector"),
        ),
        (
            "selector: {matchExpressions: [{key: a, operator: Exists}]}",
            None,
        ),
        (
            "metadata: {labels: {arm: b c}}",
            Some("label-malformed {}/metadata/labels/arm"),
        ),
    ];
    for (template, expected) in cases {
        let expected = expected.map(|one| one.replace("{}", at));
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(&[(step(template), &expected)]);
    }
}

#[test]
fn services_of_an_experiment_can_be_made() {
    let ported = |ports: &str, rollout: &str, template: &str| {
        step(template)
            .replace("image: i", &format!("image: i, ports: [{ports}]"))
            .replace("name: x,", &format!("name: {rollout},"))
    };
    let one = "{containerPort: 80}";
    let at = "/steps/1/experiment/templates/0/service";
    let unfit: &[&str] = &["experiment-service-unfit /steps/1/experiment/templates/0/service"];
    let long = "a".repeat(50);
    check(&[
        (ported(one, "pay", "service: {}"), &[]),
        (
            step("service: {}"),
            &["? field-void /steps/1/experiment/templates/0/service"],
        ),
        (ported(one, "pay.v1", "service: {}"), unfit),
        (ported(one, "pay.v1", "service: {name: trial}"), &[]),
        (ported(one, &long, "service: {}"), unfit),
        (
            ported(one, &long[..46], "service: {}"),
            &["? experiment-service-unfit /steps/1/experiment/templates/0/service"],
        ),
        (
            ported(
                "{containerPort: 80}, {containerPort: 81, name: m}",
                "pay",
                "service: {}",
            ),
            unfit,
        ),
        (
            ported(
                "{containerPort: 80, name: a}, {containerPort: 81, name: m}",
                "pay",
                "service: {}",
            ),
            &[],
        ),
        (
            ported(one, "pay", "service: {name: A_b}"),
            &[&format!("part-name-malformed {at}/name")],
        ),
    ]);
}

#[test]
fn names_become_parts_of_names() {
    let arm = |name: &str, analysis: &str| {
        let pods = "selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}";
        object(
            "Experiment",
            &format!(
                "duration: 5m, templates: [{{name: {name}, {pods}}}], analyses: [{{name: {analysis}, templateName: t}}]"
            ),
        )
    };
    let long = object("Rollout", &format!("{PODS}, strategy: {{canary: {{}}}}"));
    let long = long.replace("name: x,", &format!("name: {},", "a".repeat(245)));
    check(&[
        (arm("next", "rate"), &[]),
        (
            arm("A_b", "rate"),
            &["part-name-malformed /spec/templates/0/name"],
        ),
        (
            arm("next", "A_b"),
            &["part-name-malformed /spec/analyses/0/name"],
        ),
        (long, &["name-malformed /metadata/name"]),
    ]);
}

#[test]
fn jobs_and_arguments_can_be_written() {
    let job = |more: &str, spec: &str| {
        object(
            "AnalysisTemplate",
            &format!(
                "metrics: [{{name: m, provider: {{job: {{{more}spec: {{backoffLimit: 0, {spec}template: {{spec: {{restartPolicy: Never, containers: [{{name: c, image: i}}]}}}}}}}}}}}}]"
            ),
        )
    };
    let with = |value: &str, query: &str| {
        object(
            "AnalysisTemplate",
            &format!(
                "args: [{{name: v, value: {value}}}], metrics: [{{name: m, provider: {{prometheus: {{address: http://p, query: {query}}}}}}}]"
            ),
        )
    };
    check(&[
        (job("metadata: {labels: {team: pay}}, ", ""), &[]),
        (
            job("metadata: {labels: {a b: c}}, ", ""),
            &["label-malformed /spec/metrics/0/provider/job/metadata/labels/a b"],
        ),
        (
            job("", "selector: {matchLabels: {a: b}}, "),
            &["fields-contradict /spec/metrics/0/provider/job/spec/selector"],
        ),
        (with("\"a\\tb\"", "'{{args.v}}'"), &[]),
        (
            with("\"a\\ab\"", "'{{args.v}}'"),
            &["argument-unwritable /spec/args/0/value"],
        ),
        (with("\"a\\ab\"", "up"), &[]),
    ]);
}

#[test]
fn annotations_of_the_ingress_for_the_canary_have_sound_keys() {
    let nginx = |fields: &str| routed(&format!("nginx: {{stableIngress: i, {fields}}}"), "");
    check(&[
        (
            nginx("additionalIngressAnnotations: {canary-by-header: x}"),
            &[],
        ),
        (
            nginx("annotationPrefix: a b"),
            &["annotation-malformed /trafficRouting/nginx/annotationPrefix"],
        ),
        (
            nginx("additionalIngressAnnotations: {a b: x}"),
            &["annotation-malformed /trafficRouting/nginx/additionalIngressAnnotations/a b"],
        ),
        (
            nginx("canaryIngressAnnotations: {a b: x}"),
            &["annotation-malformed /trafficRouting/nginx/canaryIngressAnnotations/a b"],
        ),
    ]);
}

#[test]
fn weights_that_few_pods_cannot_show_are_told() {
    let pods = |replicas: &str, fields: &str| {
        canary(fields).replace("replicas: 10", &format!("replicas: {replicas}"))
    };
    let steps = "steps: [{setWeight: 10}, {pause: {}}, {setWeight: 20}, {pause: {}}]";
    check(&[
        (pods("10", steps), &[]),
        (pods("2", steps), &["? weight-rounded /steps/2/setWeight"]),
        (
            pods(
                "1",
                "maxSurge: 0, steps: [{setWeight: 10}, {setWeight: 60}]",
            ),
            &[
                "? weight-rounded /steps/0/setWeight",
                "? weight-rounded /steps/1/setWeight",
            ],
        ),
        (pods("1", "steps: [{setWeight: 50}]"), &[]),
        (
            routed("plugins: {a/b: {}}", "{setWeight: 1}").replace("replicas: 10", "replicas: 1"),
            &[],
        ),
        // An autoscaler says how many there are.
        (pods("10", steps).replace("replicas: 10, ", ""), &[]),
    ]);
}
