//! The generated policies allow what the shop's authors allow by hand, and no more.

use std::collections::BTreeSet;

use tiphys::value::Value;

use super::evaluate::{Pod, is_allowed, selecting};
use super::{objects, reference};
use crate::schema::documents;

const BY_HAND: &str = include_str!("../../data/online-boutique/network-policies.yaml");
const MANIFESTS: &str = include_str!("../../data/online-boutique/kubernetes-manifests.yaml");
const NAMESPACE: &str = "boutique-staging";

/// Caller, callee, port.
type Way = (String, String, i64);

fn generated() -> Vec<Value> {
    let found = objects(reference(), "staging", &["network-policy"]);
    found.into_iter().map(|(_, object)| object).collect()
}

/// The shop's workloads and the ports of their containers, from the authors' manifests.
fn workloads() -> Vec<(String, Vec<i64>)> {
    let mut workloads = Vec::new();
    for object in documents(MANIFESTS) {
        if object.get("kind").and_then(Value::as_str) != Some("Deployment") {
            continue;
        }
        let name = object.at(&["metadata", "name"]).and_then(Value::as_str);
        let ports = object.at(&["spec", "template", "spec", "containers", "0", "ports"]);
        let ports = ports.and_then(Value::as_list).unwrap_or(&[]).iter();
        let ports = ports.map(|port| port.get("containerPort").and_then(Value::as_int).unwrap());
        workloads.push((name.unwrap().to_string(), ports.collect()));
    }
    workloads
}

/// Callers: the shop's own pods, the gateway's, and a stranger's.
fn matrix(policies: &[Value], pod: impl Fn(&str) -> Pod) -> BTreeSet<Way> {
    let workloads = workloads();
    let mut callers: Vec<_> = workloads
        .iter()
        .map(|(name, _)| (name.clone(), pod(name)))
        .collect();
    for namespace in ["edge", "stranger"] {
        callers.push((namespace.into(), Pod::new(namespace, &[("app", "any")])));
    }
    let mut ways = BTreeSet::new();
    for (callee, ports) in &workloads {
        for port in ports {
            for (caller, from) in &callers {
                if is_allowed(policies, "ingress", from, &pod(callee), *port) {
                    ways.insert((caller.clone(), callee.clone(), *port));
                }
            }
        }
    }
    ways
}

fn theirs(name: &str) -> Pod {
    Pod::new("default", &[("app", name)])
}

fn ours(name: &str) -> Pod {
    Pod::new(NAMESPACE, &[("app.kubernetes.io/name", name)])
}

fn with_role(name: &str, role: &str) -> Pod {
    let labels = [("app.kubernetes.io/name", name), ("tiphys.dev/role", role)];
    Pod::new(NAMESPACE, &labels)
}

#[test]
fn who_may_call_whom_is_what_the_authors_wrote_but_for_the_open_frontend() {
    let by_hand: Vec<_> = documents(BY_HAND)
        .into_iter()
        .map(|mut policy| {
            let metadata = policy.as_map_mut().and_then(|map| map.get_mut("metadata"));
            let metadata = metadata.and_then(Value::as_map_mut).unwrap();
            metadata.insert("namespace", "default");
            policy
        })
        .collect();
    let (theirs, ours) = (matrix(&by_hand, theirs), matrix(&generated(), ours));
    assert!(ours.len() >= 15);
    let more: Vec<_> = ours.difference(&theirs).collect();
    assert_eq!(more, Vec::<&Way>::new());
    let less = theirs.difference(&ours);
    let frontend = ("frontend".to_string(), 8080);
    let (narrowed, other): (Vec<_>, Vec<_>) =
        less.partition(|way| (way.1.clone(), way.2) == frontend);
    assert_eq!(other, Vec::<&Way>::new());
    // By hand the frontend is open to everyone; here to the gateway and the load generator.
    let kept: Vec<_> = ours.iter().filter(|way| way.1 == "frontend").collect();
    let kept: Vec<_> = kept.iter().map(|way| way.0.as_str()).collect();
    assert_eq!(kept, ["edge", "loadgenerator"]);
    assert_eq!(narrowed.len(), workloads().len() + 2 - kept.len());
}

#[test]
fn every_pod_falls_under_exactly_one_policy_that_denies_by_default() {
    let policies = generated();
    for (name, _) in workloads() {
        let mut pods = vec![ours(&name)];
        if !["redis-cart", "loadgenerator"].contains(&name.as_str()) {
            let roles = ["stable", "canary", "active", "preview"];
            pods.extend(roles.map(|role| with_role(&name, role)));
        }
        for pod in pods {
            let found = selecting(&policies, "Ingress", &pod);
            assert_eq!(found.len(), 1, "{pod:?}");
            assert_eq!(selecting(&policies, "Egress", &pod), found, "{pod:?}");
        }
    }
}

#[test]
fn what_may_come_in_at_a_callee_may_go_out_at_the_caller_and_the_reverse() {
    let policies = generated();
    let mut pairs = 0;
    for (callee, ports) in workloads() {
        for port in ports {
            for (caller, _) in workloads() {
                let way = [&caller, &callee].map(|name| ours(name));
                let [comes, goes] = ["ingress", "egress"]
                    .map(|side| is_allowed(&policies, side, &way[0], &way[1], port));
                assert_eq!(comes, goes, "{caller} to {callee}:{port}");
                pairs += usize::from(comes);
            }
        }
    }
    assert!(pairs >= 15);
}

#[test]
fn a_canary_is_reached_and_reaches_exactly_as_the_stable_pods() {
    let policies = generated();
    let mut names: Vec<_> = workloads().into_iter().map(|(name, _)| name).collect();
    names.retain(|name| !["redis-cart", "loadgenerator"].contains(&name.as_str()));
    names.push("orchestrator".into());
    let mut others: Vec<_> = names.iter().map(|name| ours(name)).collect();
    let namespaces = [
        "edge",
        "monitoring",
        "ingress-nginx",
        "istio-system",
        "argo",
        "stranger",
    ];
    others.extend(namespaces.map(|name| Pod::new(name, &[("app", "any")])));
    let ports = [
        53, 80, 443, 2746, 5050, 7070, 8080, 9090, 15012, 15020, 15090, 50051,
    ];
    for name in &names {
        let [stable, canary] = ["stable", "canary"].map(|role| with_role(name, role));
        for other in &others {
            for port in ports {
                let way = |side, from, to| is_allowed(&policies, side, from, to, port);
                assert_eq!(
                    way("ingress", other, &stable),
                    way("ingress", other, &canary),
                    "{other:?} to {name}:{port}"
                );
                assert_eq!(
                    way("egress", &stable, other),
                    way("egress", &canary, other),
                    "{name} to {other:?}:{port}"
                );
                // Whom it calls does not tell it apart either.
                assert_eq!(
                    way("ingress", &stable, other),
                    way("ingress", &canary, other)
                );
            }
        }
    }
}
