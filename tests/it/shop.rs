//! The reference fleet against the manifests that the shop's authors write by hand: what a
//! container is, as lines of text, and all that we deliberately do otherwise.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "these tests read the repository's own files"
)]

use std::collections::{BTreeMap, BTreeSet};

use tiphys::value::Value;

use crate::network::{objects, parts, reference};
use crate::schema::documents;

const BY_HAND: &str = include_str!("../data/online-boutique/kubernetes-manifests.yaml");

/// `-` is theirs alone, `+` is ours alone.
const DIFFERENCES: &[&str] = &[
    // Without a registry an image comes from wherever the node's configuration says.
    "- loadgenerator frontend-check image busybox",
    "+ loadgenerator frontend-check image docker.io/library/busybox",
    "- redis-cart main image redis",
    "+ redis-cart main image docker.io/library/redis",
    // What asks for nothing may take everything: an init container gets what the service gets.
    "+ loadgenerator frontend-check limits cpu 500m",
    "+ loadgenerator frontend-check limits memory 512Mi",
    "+ loadgenerator frontend-check requests cpu 300m",
    "+ loadgenerator frontend-check requests memory 256Mi",
    // A LoadBalancer of its own; here the Gateway leads in.
    "- frontend-external service 80 to 8080",
    // The platform's part, which the shop does not have.
    "+ orchestrator",
];

type Facts = BTreeSet<String>;

#[test]
fn containers_are_what_the_authors_wrote_but_for_listed_differences() {
    let (theirs, ours) = (by_hand(), generated());
    assert!(ours.len() > 120, "{}", ours.len());
    // The last one stands for all lines of its service.
    let is_listed =
        |line: &String| DIFFERENCES.contains(&line.as_str()) || line.starts_with("+ orchestrator ");
    let less = theirs.difference(&ours).map(|line| format!("- {line}"));
    let more = ours.difference(&theirs).map(|line| format!("+ {line}"));
    let (listed, unlisted): (Vec<_>, Vec<_>) = less.chain(more).partition(is_listed);
    assert_eq!(unlisted, Vec::<String>::new());
    for expected in DIFFERENCES {
        let is_found = listed.iter().any(|line| line.starts_with(expected));
        assert!(is_found, "`{expected}` is no difference any more");
    }
}

fn by_hand() -> Facts {
    let (mut facts, mut services) = (Facts::new(), Vec::new());
    let mut named = BTreeMap::new();
    for object in documents(BY_HAND) {
        let name = text(&object, &["metadata", "name"]);
        match text(&object, &["kind"]).as_str() {
            "Deployment" => {
                let pod = object.at(&["spec", "template", "spec"]).unwrap();
                of_pod(&name, pod, &mut facts);
                named.insert(name, ports(pod));
            }
            "Service" => services.push(object),
            _ => {}
        }
    }
    services
        .iter()
        .for_each(|object| of_service(object, &named, &mut facts));
    facts
}

fn generated() -> Facts {
    let (mut facts, mut named) = (Facts::new(), BTreeMap::new());
    for (name, pod) in parts(reference(), "staging", "pod") {
        let spec = pod.get("spec").unwrap();
        of_pod(&name, spec, &mut facts);
        named.insert(name, ports(spec));
    }
    for (path, object) in objects(reference(), "staging", &["service"]) {
        // The twins of canaries have the ports of their service.
        if path.ends_with("/service.yaml") {
            of_service(&object, &named, &mut facts);
        }
    }
    facts
}

/// Names and numbers of a pod's ports.
fn ports(pod: &Value) -> BTreeMap<String, i64> {
    let all = list(pod, &["containers"])
        .iter()
        .flat_map(|one| list(one, &["ports"]));
    let named = all.filter_map(|port| {
        Some((
            port.get("name")?.as_str()?.to_string(),
            number(port, "containerPort")?,
        ))
    });
    named.collect()
}

fn of_service(object: &Value, named: &BTreeMap<String, BTreeMap<String, i64>>, facts: &mut Facts) {
    let name = text(object, &["metadata", "name"]);
    for port in list(object, &["spec", "ports"]) {
        let own = number(port, "port").unwrap();
        let target = match port.get("targetPort") {
            Some(Value::Str(target)) => named[&name][target.as_str()],
            _ => number(port, "targetPort").unwrap_or(own),
        };
        facts.insert(format!("{name} service {own} to {target}"));
    }
}

/// The one container is `main` here: we call it as the service, the authors `server` or `main`.
fn of_pod(name: &str, pod: &Value, facts: &mut Facts) {
    for container in list(pod, &["containers"]) {
        of_container(&format!("{name} main"), container, &ports(pod), facts);
    }
    for container in list(pod, &["initContainers"]) {
        let own = text(container, &["name"]);
        of_container(&format!("{name} {own}"), container, &ports(pod), facts);
    }
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        let id = pod.at(&["securityContext", key]).and_then(Value::as_int);
        facts.insert(format!("{name} {key} {}", id.unwrap()));
    }
}

fn of_container(name: &str, container: &Value, named: &BTreeMap<String, i64>, facts: &mut Facts) {
    let image = text(container, &["image"]);
    let image = image.split('@').next().unwrap();
    let end = image.rfind(':').unwrap_or(image.len());
    facts.insert(format!("{name} image {}", &image[..end]));
    for port in list(container, &["ports"]) {
        facts.insert(format!(
            "{name} port {}",
            number(port, "containerPort").unwrap()
        ));
    }
    for variable in list(container, &["env"]) {
        let (key, value) = (text(variable, &["name"]), text(variable, &["value"]));
        facts.insert(format!("{name} env {key}={value}"));
    }
    for group in ["requests", "limits"] {
        let amounts = container.at(&["resources", group]).and_then(Value::as_map);
        for (key, amount) in amounts.into_iter().flat_map(|map| map.iter()) {
            facts.insert(format!("{name} {group} {key} {}", amount.as_str().unwrap()));
        }
    }
    for mount in list(container, &["volumeMounts"]) {
        // The script of the check is inline by hand.
        let path = text(mount, &["mountPath"]);
        if path != "/scripts" {
            facts.insert(format!("{name} mount {path}"));
        }
    }
    for kind in ["startupProbe", "readinessProbe", "livenessProbe"] {
        if let Some(probe) = container.get(kind) {
            facts.insert(format!("{name} {kind} {}", asked(probe, named)));
        }
    }
}

/// How a probe asks, with the defaults of core/v1 `Probe` where nothing is said.
fn asked(probe: &Value, named: &BTreeMap<String, i64>) -> String {
    let handler = ["httpGet", "grpc", "tcpSocket"];
    let kind = handler
        .into_iter()
        .find(|kind| probe.get(kind).is_some())
        .unwrap();
    let handler = probe.get(kind).unwrap();
    let port = match handler.get("port") {
        Some(Value::Str(port)) => named[port.as_str()],
        _ => number(handler, "port").unwrap(),
    };
    let path = text(handler, &["path"]);
    let headers = list(handler, &["httpHeaders"]).iter();
    let headers: Vec<_> = headers
        .map(|header| format!("{}: {}", text(header, &["name"]), text(header, &["value"])))
        .collect();
    let timing = [
        ("initialDelaySeconds", 0),
        ("periodSeconds", 10),
        ("timeoutSeconds", 1),
        ("failureThreshold", 3),
    ];
    let timing = timing.map(|(key, or)| number(probe, key).unwrap_or(or));
    format!("{kind} {port} {path} {headers:?} {timing:?}")
}

fn text(value: &Value, path: &[&str]) -> String {
    value
        .at(path)
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_string()
}

fn number(value: &Value, key: &str) -> Option<i64> {
    value.get(key)?.as_int()
}

fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    value.at(path).and_then(Value::as_list).unwrap_or(&[])
}
