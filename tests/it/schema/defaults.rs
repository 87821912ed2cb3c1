//! Custom resources are completed as the API server stores them.

use tiphys::schema::Schemas;
use tiphys::value::Value;

use super::documents;

/// Fills the first document of `text` and compares it with the second.
fn fills(text: &str) {
    let documents = documents(text);
    let mut object = documents[0].clone();
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let schemas = Schemas::bundled();
    let kind = schemas.lookup("1.36", &api_version, &kind).unwrap();
    kind.fill_defaults(&mut object);
    assert_eq!(sorted(&object), documents[1]);
    let once = object.clone();
    kind.fill_defaults(&mut object);
    assert_eq!(object, once);
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::List(list) => list.iter().map(sorted).collect::<Vec<_>>().into(),
        Value::Map(map) => {
            let mut members: Vec<_> = map
                .iter()
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            tiphys::value::Map::from_iter(members).into()
        }
        scalar => scalar.clone(),
    }
}

#[test]
fn http_route_gets_its_defaults() {
    fills(
        r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: a, port: 80}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: a}
spec:
  parentRefs: [{name: edge, group: gateway.networking.k8s.io, kind: Gateway}]
  rules:
    - backendRefs: [{name: a, port: 80, group: "", kind: Service, weight: 1}]
      matches: [{path: {type: PathPrefix, value: /}}]
"#,
    );
}

#[test]
fn external_secret_gets_defaults_only_below_what_is_there() {
    fills(
        r#"
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a}
spec:
  data: [{secretKey: A, remoteRef: {key: a}}]
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: a}
spec:
  refreshInterval: 1h0m0s
  target: {creationPolicy: Owner, deletionPolicy: Retain}
  data:
    - secretKey: A
      remoteRef: {key: a}
"#,
    );
}

#[test]
fn status_of_a_gateway_is_not_written() {
    fills(
        r#"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: a}
spec: {gatewayClassName: a, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: a}
spec:
  gatewayClassName: a
  listeners: [{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Same}}}]
"#,
    );
}

#[test]
fn built_in_kinds_stay_as_they_are() {
    fills(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n",
    );
}
