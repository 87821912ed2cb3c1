//! What network policies allow, as a network plugin would decide it (networking.k8s.io/v1):
//! a pod that no policy selects is open, else some rule of some policy must allow the packet.

use tiphys::value::Value;

/// A pod that is on either end.
#[derive(Clone, Debug)]
pub struct Pod {
    namespace: String,
    labels: Vec<(String, String)>,
}

impl Pod {
    pub fn new(namespace: &str, labels: &[(&str, &str)]) -> Pod {
        let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
        Pod {
            namespace: namespace.into(),
            labels: labels.iter().map(owned).collect(),
        }
    }

    /// `kubernetes.io/metadata.name` is the label that every namespace has.
    fn namespace_labels(&self) -> Vec<(String, String)> {
        vec![("kubernetes.io/metadata.name".into(), self.namespace.clone())]
    }
}

/// Whether one side (`ingress` or `egress`) lets TCP pass. Pods have no address here: ranges
/// match nobody.
pub fn is_allowed(policies: &[Value], side: &str, from: &Pod, to: &Pod, port: i64) -> bool {
    let (own, other, kind, peers) = match side {
        "ingress" => (to, from, "Ingress", "from"),
        _ => (from, to, "Egress", "to"),
    };
    let selecting = selecting(policies, kind, own);
    let mut rules = selecting
        .iter()
        .flat_map(|policy| list(policy.at(&["spec", side])));
    selecting.is_empty()
        || rules.any(|rule| has_port(rule, port) && has_peer(rule, peers, &own.namespace, other))
}

/// The policies of that type that a pod falls under.
pub fn selecting<'a>(policies: &'a [Value], kind: &str, pod: &Pod) -> Vec<&'a Value> {
    let is_for = |policy: &&Value| {
        let namespace = policy
            .at(&["metadata", "namespace"])
            .and_then(Value::as_str);
        let mut kinds = list(policy.at(&["spec", "policyTypes"])).iter();
        let selector = policy.at(&["spec", "podSelector"]).unwrap();
        namespace == Some(pod.namespace.as_str())
            && kinds.any(|found| found.as_str() == Some(kind))
            && selects(selector, &pod.labels)
    };
    policies.iter().filter(is_for).collect()
}

fn has_port(rule: &Value, number: i64) -> bool {
    let ports = list(rule.get("ports"));
    let is_open = |port: &Value| {
        port.get("protocol")
            .and_then(Value::as_str)
            .unwrap_or("TCP")
            == "TCP"
            && port
                .get("port")
                .is_none_or(|port| port.as_int() == Some(number))
    };
    ports.is_empty() || ports.iter().any(is_open)
}

fn has_peer(rule: &Value, peers: &str, namespace: &str, other: &Pod) -> bool {
    let peers = list(rule.get(peers));
    let is_peer = |peer: &Value| {
        let in_namespace = match peer.get("namespaceSelector") {
            Some(selector) => selects(selector, &other.namespace_labels()),
            None => peer.get("ipBlock").is_none() && other.namespace == namespace,
        };
        let pods = peer.get("podSelector");
        in_namespace && pods.is_none_or(|selector| selects(selector, &other.labels))
    };
    peers.is_empty() || peers.iter().any(is_peer)
}

fn selects(selector: &Value, labels: &[(String, String)]) -> bool {
    let label = |key: &str| {
        labels
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    };
    let exact = selector.get("matchLabels").and_then(Value::as_map);
    let mut exact = exact.into_iter().flat_map(|map| map.iter());
    let is_met = |expression: &Value| {
        let text = |key| expression.get(key).and_then(Value::as_str).unwrap();
        let found = label(text("key"));
        let mut values = list(expression.get("values")).iter();
        let mut is_in = || values.any(|value| found.is_some() && value.as_str() == found);
        match text("operator") {
            "In" => is_in(),
            "NotIn" => !is_in(),
            "Exists" => found.is_some(),
            _ => found.is_none(),
        }
    };
    exact.all(|(key, value)| label(key) == value.as_str())
        && list(selector.get("matchExpressions")).iter().all(is_met)
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_list).unwrap_or(&[])
}
