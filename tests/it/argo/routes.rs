//! What a rollout names of routers and Services, changed by hand in a valid case of `wild/`.

use serde_json::{Value as Json, json};
use tiphys::diagnostic::Severity;
use tiphys::verify::Target;

use super::controller::ours;
use super::generate;

/// Messages about the documents of the case once `value` stands at `pointer` of the object with
/// the kind; a null takes the field away.
fn told(seed: &str, kind: &str, pointer: &str, value: Json) -> Vec<String> {
    let (_, mut documents) = generate::valid("wild")
        .into_iter()
        .find(|(name, _)| name == seed)
        .unwrap();
    let own = documents.iter_mut().filter(|one| one["kind"] == kind);
    for document in own.take(1) {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        match document.pointer_mut(parent).unwrap() {
            Json::Array(list) => list[last.parse::<usize>().unwrap()] = value.clone(),
            map => map[last] = value.clone(),
        }
    }
    ours(&documents, &Target::default())
        .into_iter()
        .filter(|(_, finding)| finding.severity == Severity::Error)
        .map(|(_, finding)| format!("{}: {}", finding.code.name, finding.message))
        .collect()
}

#[test]
fn routers_are_asked_for_what_the_controller_looks_for_in_them() {
    let rollout = "Rollout";
    let router = "/spec/strategy/canary/trafficRouting";
    for (seed, kind, pointer, value, expected) in [
        (
            "mapped",
            "Mapping",
            "/spec/weight",
            json!(10),
            "route-unfit: Mapping `pay` has the weight 10",
        ),
        (
            "mapped",
            rollout,
            &format!("{router}/ambassador/mappings/1"),
            json!("gone"),
            "reference-missing: Mapping `gone`",
        ),
        (
            "weighted",
            "TraefikService",
            "/spec/weighted/services/0/name",
            json!("x"),
            "route-unfit: TraefikService `pay` does not weigh `pay`",
        ),
        (
            "apisix",
            rollout,
            &format!("{router}/apisix/route/rules/0"),
            json!("x"),
            "route-unfit: ApisixRoute `pay` has no rule `x`",
        ),
        (
            "apisix",
            "ApisixRoute",
            "/spec/http/1/backends",
            json!([]),
            "route-unfit: rule `two` of ApisixRoute `pay` has no backend `pay`",
        ),
        (
            "appmesh",
            "VirtualService",
            "/spec/provider",
            json!({}),
            "route-unfit: VirtualService `pay` is not provided by a VirtualRouter",
        ),
        (
            "appmesh",
            "VirtualRouter",
            "/spec/routes",
            json!([]),
            "route-unfit: the VirtualRouter of `pay` has no routes",
        ),
        (
            "appmesh",
            "VirtualNode",
            "/metadata/name",
            json!("x"),
            "reference-missing: VirtualNode `pay-now`",
        ),
        (
            "subsets",
            "DestinationRule",
            "/spec/subsets/1/name",
            json!("x"),
            "route-unfit: DestinationRule `pay` has no subset `next`",
        ),
        (
            "mesh",
            "VirtualService",
            "/spec/http/0/route/0/weight",
            json!("100"),
            "route-unfit: VirtualService `pay` has something below `http`",
        ),
        (
            "mesh",
            rollout,
            &format!("{router}/istio/virtualServices/1/tlsRoutes/0/port"),
            json!(8443),
            "route-unfit: VirtualService `pay-tls` has no TLS route of port 8443",
        ),
        (
            "mesh",
            rollout,
            &format!("{router}/istio/virtualServices/2/tcpRoutes/0/port"),
            json!(1),
            "route-unfit: VirtualService `pay-tcp` has no TCP route of port 1",
        ),
        (
            "classic",
            "Ingress",
            "/metadata/name",
            json!("pay-pay-canary"),
            "reference-missing: Ingress `pay`",
        ),
    ] {
        let told = told(seed, kind, pointer, value);
        assert!(
            told.iter().any(|one| one.starts_with(expected)),
            "{expected}: {told:#?}"
        );
    }
}

#[test]
fn services_and_pods_are_those_of_one_rollout() {
    let managed = json!({"argo-rollouts.argoproj.io/managed-by-rollouts": "other"});
    for (seed, kind, pointer, value, expected) in [
        (
            "switched",
            "Service",
            "/spec/selector/tier",
            json!("front"),
            "service-not-own: Service `pay` does not select",
        ),
        (
            "switched",
            "Service",
            "/metadata/annotations",
            managed,
            "service-not-own: Service `pay` is managed by the rollout `other`",
        ),
        (
            "taken",
            "Service",
            "/spec/selector/app",
            json!("x"),
            "service-not-own: Service `pay` does not select",
        ),
        (
            "taken",
            "Rollout",
            "/spec/selector",
            json!(null),
            "selector-mismatch: PodTemplate `pay` has no selector",
        ),
        (
            "taken",
            "Rollout",
            "/spec/selector/matchLabels/app",
            json!("x"),
            "selector-mismatch: the `selector` of the rollout",
        ),
    ] {
        let told = told(seed, kind, pointer, value);
        assert!(
            told.iter().any(|one| one.starts_with(expected)),
            "{expected}: {told:#?}"
        );
    }
}

#[test]
fn an_ingress_of_alb_asks_for_the_weights() {
    let (_, mut documents) = generate::valid("valid")
        .into_iter()
        .find(|(name, _)| name == "alb")
        .unwrap();
    let told = |documents: &[Json]| {
        let found = ours(documents, &Target::default());
        let mut codes = found.iter().map(|(_, finding)| finding.code.name);
        codes.any(|code| code == "action-unused")
    };
    assert!(!told(&documents));
    let ingress = documents.iter_mut().find(|one| one["kind"] == "Ingress");
    let port = "/spec/rules/0/http/paths/0/backend/service/port";
    *ingress.unwrap().pointer_mut(port).unwrap() = json!({"number": 80});
    assert!(told(&documents));
}
