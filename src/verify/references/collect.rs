//! Reads the facts of each kind: one function a family.

use std::sync::Arc;

use crate::value::{Map, Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::object::selector;
use crate::verify::object::workload::template_of;
use crate::verify::references::facts::{Facts, Pods, PortRef, Selecting, Target};
use crate::verify::references::{analysis, routing, series};

const ARGO: &str = "argoproj.io";
const RBAC: &str = "rbac.authorization.k8s.io";

pub fn object(object: &Value, facts: &mut Facts) {
    let root = Cursor::root(object);
    match (facts.group.as_str(), facts.kind.as_str()) {
        ("apps" | "batch", _) | ("", "Pod" | "PodTemplate" | "ReplicationController") => {
            workload(object, facts);
        }
        (ARGO, "Rollout") => {
            workload(object, facts);
            analysis::rollout(&root, facts);
        }
        (ARGO, "AnalysisTemplate" | "ClusterAnalysisTemplate" | "AnalysisRun") => {
            analysis::template(&root, facts);
            facts.pods = job_pods(&root);
            if facts.kind != "AnalysisRun" {
                series::template(&root, facts);
            }
        }
        (ARGO, "Experiment") => analysis::experiment(&root, facts),
        ("networking.istio.io", "VirtualService") => routing::virtual_service(&root, facts),
        (ARGO, "Application") => {
            facts.need_beside(
                "/spec/project",
                ARGO,
                "AppProject",
                root.text("spec/project"),
            );
        }
        ("", "Service") => service(&root, facts),
        ("", "ConfigMap" | "Secret") => facts.keys = Some(keys(&root)),
        ("external-secrets.io", "ExternalSecret") => external_secret(&root, facts),
        ("cert-manager.io", "Certificate") => facts.makes = root.text("spec/secretName").into(),
        ("networking.k8s.io", "Ingress") => ingress(&root, facts),
        ("networking.k8s.io", "NetworkPolicy") => {
            selects(&root, "spec/podSelector", Selecting::Policy, facts)
        }
        ("gateway.networking.k8s.io", _) => route(&root, facts),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            let target = "spec/scaleTargetRef";
            let group = group_of(root.at(target).map_or("", |at| at.text("apiVersion")));
            let (kind, name) = (
                root.text("spec/scaleTargetRef/kind"),
                root.text("spec/scaleTargetRef/name"),
            );
            facts.need_beside("/spec/scaleTargetRef/name", group, kind, name);
        }
        ("policy", "PodDisruptionBudget") => {
            selects(&root, "spec/selector", Selecting::Budget, facts)
        }
        (RBAC, "RoleBinding" | "ClusterRoleBinding") => binding(&root, facts),
        _ => {}
    }
}

fn group_of(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

fn port_number(value: &Value) -> Option<u16> {
    value.as_int().and_then(|number| u16::try_from(number).ok())
}

fn port_ref(value: &Value) -> Option<PortRef> {
    match value {
        Value::Str(name) => Some(PortRef::Name(name.clone())),
        other => port_number(other).map(PortRef::Number),
    }
}

fn workload(object: &Value, facts: &mut Facts) {
    let root = Cursor::root(object);
    if let Some(target) = root.at("spec/workloadRef") {
        let group = group_of(target.text("apiVersion"));
        let (kind, name) = (target.text("kind"), target.text("name"));
        facts.need_beside("/spec/workloadRef/name", group, kind, name);
        let taken = Target::TakenPods {
            group: group.into(),
            kind: kind.into(),
            name: name.into(),
            selector: root.find("spec/selector").cloned().map(Arc::new),
        };
        facts.need("/spec/workloadRef", taken);
    }
    let Some(template) = template_of(object) else {
        return;
    };
    let at = Cursor::root(template);
    let prefix = match facts.kind.as_str() {
        "CronJob" => "/spec/jobTemplate/spec/template",
        "Pod" => "",
        "PodTemplate" => "/template",
        _ => "/spec/template",
    };
    facts.pods = Some(Pods {
        labels: pod_labels(&root, &at),
        ports: container_ports(&at),
    });
    facts.need_beside(
        format!("{prefix}/spec/serviceAccountName"),
        "",
        "ServiceAccount",
        at.text("spec/serviceAccountName"),
    );
    for (index, secret) in at.list("spec/imagePullSecrets").enumerate() {
        facts.need_beside(
            format!("{prefix}/spec/imagePullSecrets/{index}/name"),
            "",
            "Secret",
            secret.text("name"),
        );
    }
    for part in ["spec/containers", "spec/initContainers"] {
        for container in at.list(part) {
            environment(&container, prefix, facts);
        }
    }
    volumes(&at, prefix, facts);
    if facts.kind == "StatefulSet" {
        facts.need_beside(
            "/spec/serviceName",
            "",
            "Service",
            root.text("spec/serviceName"),
        );
    }
}

/// A Rollout labels its stable and its new pods apart.
fn pod_labels(root: &Cursor, template: &Cursor) -> Vec<Map> {
    const ADDED: [&str; 4] = [
        "spec/strategy/canary/stableMetadata/labels",
        "spec/strategy/canary/canaryMetadata/labels",
        "spec/strategy/blueGreen/activeMetadata/labels",
        "spec/strategy/blueGreen/previewMetadata/labels",
    ];
    let base = template.map("metadata/labels").cloned().unwrap_or_default();
    let added = ADDED
        .iter()
        .filter_map(|path| root.map(path))
        .map(|labels| {
            let mut all = base.clone();
            for (key, value) in labels.iter() {
                all.insert(key, value.clone());
            }
            all
        });
    let variants: Vec<Map> = added.collect();
    std::iter::once(base).chain(variants).collect()
}

/// The pods of an analysis' jobs; none where it asks otherwise.
fn job_pods(root: &Cursor) -> Option<Pods> {
    let mut labels = Vec::new();
    for metric in root.list("spec/metrics") {
        if let Some(job) = metric.at("provider/job/spec/template") {
            labels.push(job.map("metadata/labels").cloned().unwrap_or_default());
        }
    }
    (!labels.is_empty()).then(|| Pods {
        labels,
        ..Pods::default()
    })
}

fn container_ports(template: &Cursor) -> Vec<(Str, u16)> {
    let containers = ["spec/containers", "spec/initContainers"];
    let mut ports = Vec::new();
    for part in containers {
        for container in template.list(part) {
            for port in container.list("ports") {
                if let Some(number) = port.find("containerPort").and_then(port_number) {
                    ports.push((port.text("name").into(), number));
                }
            }
        }
    }
    ports
}

fn environment(container: &Cursor, prefix: &str, facts: &mut Facts) {
    for variable in container.list("env") {
        for (field, kind) in [
            ("valueFrom/configMapKeyRef", "ConfigMap"),
            ("valueFrom/secretKeyRef", "Secret"),
        ] {
            if let Some(reference) = variable.at(field) {
                keyed(&reference, kind, "name", prefix, facts);
            }
        }
    }
    for source in container.list("envFrom") {
        for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
            if let Some(reference) = source.at(field) {
                keyed(&reference, kind, "name", prefix, facts);
            }
        }
    }
}

/// A reference to a ConfigMap or Secret, with its key where it names one. Optional ones may be
/// missing.
fn keyed(reference: &Cursor, kind: &str, field: &str, prefix: &str, facts: &mut Facts) {
    let name = reference.text(field);
    if reference.flag("optional") == Some(true) || name.is_empty() {
        return;
    }
    let pointer = format!("{prefix}{}", reference.pointer());
    match reference.str("key") {
        Some(key) => {
            let (kind, name, key) = (kind.into(), name.into(), key.into());
            facts.need(format!("{pointer}/key"), Target::Key { kind, name, key });
        }
        None => facts.need_beside(format!("{pointer}/{field}"), "", kind, name),
    }
    for item in reference.list("items") {
        let (kind, name, key) = (kind.into(), name.into(), item.text("key").into());
        facts.need(
            format!("{prefix}{}/key", item.pointer()),
            Target::Key { kind, name, key },
        );
    }
}

fn volumes(template: &Cursor, prefix: &str, facts: &mut Facts) {
    for volume in template.list("spec/volumes") {
        if let Some(map) = volume.at("configMap") {
            keyed(&map, "ConfigMap", "name", prefix, facts);
        }
        if let Some(secret) = volume.at("secret") {
            keyed(&secret, "Secret", "secretName", prefix, facts);
        }
        for source in volume.list("projected/sources") {
            for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
                if let Some(part) = source.at(field) {
                    keyed(&part, kind, "name", prefix, facts);
                }
            }
        }
        if let Some(claim) = volume.at("persistentVolumeClaim") {
            let pointer = format!("{prefix}{}/claimName", claim.pointer());
            facts.need_beside(
                pointer,
                "",
                "PersistentVolumeClaim",
                claim.text("claimName"),
            );
        }
    }
}

fn service(root: &Cursor, facts: &mut Facts) {
    for port in root.list("spec/ports") {
        if let Some(number) = port.find("port").and_then(port_number) {
            facts.ports.push((port.text("name").into(), number));
        }
    }
    let Some(labels) = root
        .map("spec/selector")
        .filter(|labels| !labels.is_empty())
    else {
        return;
    };
    let selector = Arc::new(match_labels(labels));
    facts.selector = Some(selector.clone());
    facts.need(
        "/spec/selector",
        Target::Selected {
            selector: selector.clone(),
            by: Selecting::Service,
        },
    );
    for at in root.list("spec/ports") {
        let number = || at.find("port").filter(|port| port.as_int().is_some());
        let target = at.find("targetPort").or_else(number);
        if let Some(port) = target.and_then(port_ref) {
            let selector = selector.clone();
            facts.need(
                format!("{}/targetPort", at.pointer()),
                Target::PodPort { selector, port },
            );
        }
    }
}

/// A Service's selector as a label selector.
fn match_labels(labels: &Map) -> Value {
    let mut selector = Map::with_capacity(1);
    selector.push("matchLabels".into(), Value::Map(labels.clone()));
    Value::Map(selector)
}

fn selects(root: &Cursor, path: &str, by: Selecting, facts: &mut Facts) {
    if let Some(found) = root.find(path).filter(|found| !selector::is_empty(found)) {
        facts.need(
            format!("/{path}"),
            Target::Selected {
                selector: Arc::new(found.clone()),
                by,
            },
        );
    }
}

fn keys(root: &Cursor) -> Vec<Str> {
    ["data", "binaryData", "stringData"]
        .iter()
        .flat_map(|part| root.entries(part).map(|(key, _)| key.into()))
        .collect()
}

/// The Secret has the name of the ExternalSecret unless `target.name` says otherwise. With
/// `dataFrom` or a template its keys are only known at run time.
fn external_secret(root: &Cursor, facts: &mut Facts) {
    let target = root.text("spec/target/name");
    facts.makes = if target.is_empty() {
        facts.name.clone()
    } else {
        target.into()
    };
    if root.text("spec/target/creationPolicy") == "None" {
        facts.makes = Str::new();
    }
    let open = root.len("spec/dataFrom") > 0
        || root.has("spec/target/template")
        || root.text("spec/target/creationPolicy") == "Merge";
    if !open {
        facts.keys = Some(
            root.list("spec/data")
                .map(|entry| entry.text("secretKey").into())
                .collect(),
        );
    }
    let (kind, name) = (
        root.text("spec/secretStoreRef/kind"),
        root.text("spec/secretStoreRef/name"),
    );
    let pointer = "/spec/secretStoreRef/name";
    if kind == "ClusterSecretStore" && !name.is_empty() {
        let (group, kind, namespace) = (facts.group.clone(), kind.into(), Str::new());
        facts.need(
            pointer,
            Target::Object {
                group,
                kind,
                namespace,
                name: name.into(),
            },
        );
    } else {
        facts.need_beside(pointer, "external-secrets.io", "SecretStore", name);
    }
}

fn ingress(root: &Cursor, facts: &mut Facts) {
    if let Some(default) = root.at("spec/defaultBackend") {
        ingress_backend(&default, facts);
    }
    for rule in root.list("spec/rules") {
        for path in rule.list("http/paths") {
            if let Some(backend) = path.at("backend") {
                facts.backends.push(backend.text("service/name").into());
                ingress_backend(&backend, facts);
            }
        }
    }
    // cert-manager makes the Secret of an Ingress with one of its annotations.
    let made = root
        .entries("metadata/annotations")
        .any(|(key, _)| key.starts_with("cert-manager.io/"));
    for tls in root.list("spec/tls").filter(|_| !made) {
        facts.need_beside(
            format!("{}/secretName", tls.pointer()),
            "",
            "Secret",
            tls.text("secretName"),
        );
    }
}

fn ingress_backend(backend: &Cursor, facts: &mut Facts) {
    let name = backend.text("service/name");
    // The AWS load balancer controller reads an annotation of that name instead.
    if backend.text("service/port/name") == "use-annotation" {
        return;
    }
    let port = backend
        .find("service/port/name")
        .or(backend.find("service/port/number"));
    if let (false, Some(port)) = (name.is_empty(), port.and_then(port_ref)) {
        let (namespace, name) = (facts.namespace.clone(), name.into());
        facts.need(
            format!("{}/service", backend.pointer()),
            Target::ServicePort {
                namespace,
                name,
                port,
            },
        );
    }
}

/// HTTPRoute, GRPCRoute and their like: parents, and backends with a port.
fn route(root: &Cursor, facts: &mut Facts) {
    for parent in root.list("spec/parentRefs") {
        let kind = parent.str("kind").unwrap_or("Gateway");
        let core = parent.str("group") == Some("");
        let group = if core {
            ""
        } else {
            parent.str("group").unwrap_or("gateway.networking.k8s.io")
        };
        let namespace = parent
            .str("namespace")
            .map_or_else(|| facts.namespace.clone(), Str::from);
        let (group, kind, name) = (group.into(), kind.into(), parent.text("name").into());
        facts.need(
            format!("{}/name", parent.pointer()),
            Target::Object {
                group,
                kind,
                namespace,
                name,
            },
        );
    }
    for rule in root.list("spec/rules") {
        for backend in rule.list("backendRefs") {
            let service = backend.str("kind").is_none_or(|kind| kind == "Service")
                && backend.text("group").is_empty();
            if service {
                facts.backends.push(backend.text("name").into());
            }
            let Some(port) = backend.find("port").and_then(port_ref).filter(|_| service) else {
                continue;
            };
            let namespace = backend
                .str("namespace")
                .map_or_else(|| facts.namespace.clone(), Str::from);
            let name = backend.text("name").into();
            facts.need(
                backend.pointer(),
                Target::ServicePort {
                    namespace,
                    name,
                    port,
                },
            );
        }
    }
}

fn binding(root: &Cursor, facts: &mut Facts) {
    let (kind, name) = (root.text("roleRef/kind"), root.text("roleRef/name"));
    if kind == "ClusterRole" && !name.is_empty() {
        let (group, namespace) = (RBAC.into(), Str::new());
        facts.need(
            "/roleRef/name",
            Target::Object {
                group,
                kind: kind.into(),
                namespace,
                name: name.into(),
            },
        );
    } else {
        facts.need_beside("/roleRef/name", RBAC, kind, name);
    }
    for subject in root.list("subjects") {
        if subject.text("kind") != "ServiceAccount" {
            continue;
        }
        let namespace = subject
            .str("namespace")
            .map_or_else(|| facts.namespace.clone(), Str::from);
        let (group, kind, name) = (
            Str::new(),
            "ServiceAccount".into(),
            subject.text("name").into(),
        );
        facts.need(
            format!("{}/name", subject.pointer()),
            Target::Object {
                group,
                kind,
                namespace,
                name,
            },
        );
    }
}
