//! What a rule on pods sees: one pod of any object as plain data, all its containers in one list.
//!
//! A container shows the security context that it runs with, its pod's included, so that a rule
//! reads one place. Pointers into the view lead back into the object.

use crate::value::{Map, Value};
use crate::verify::pods::{Container, Pod};

/// The word by which a rule selects pods.
pub const WORD: &str = "pod";

/// What containers take over from their pod. Source: k8s.io/kubernetes
/// `pkg/securitycontext/util.go`, `DetermineEffectiveSecurityContext`.
const INHERITED: [&str; 6] = [
    "runAsNonRoot",
    "runAsUser",
    "runAsGroup",
    "seccompProfile",
    "appArmorProfile",
    "seLinuxOptions",
];

/// `{name, kind, namespace, spec, containers[]}`.
#[derive(Debug)]
pub struct View {
    pub value: Value,
    pointer: String,
    /// Pointers of the containers, in the order of the list.
    containers: Vec<String>,
}

/// One pod of `object`.
pub fn view(object: &Value, pod: &Pod) -> View {
    let mut map = Map::new();
    let metadata = |key| object.at(&["metadata", key]).cloned();
    let fields = [
        ("name", metadata("name")),
        ("kind", object.get("kind").cloned()),
        ("namespace", metadata("namespace")),
        ("spec", Some(pod.spec.clone())),
    ];
    for (key, value) in fields {
        if let Some(value) = value {
            map.insert(key, value);
        }
    }
    let all: Vec<Container> = pod.containers().collect();
    let shown = all.iter().map(|one| effective(one.value, pod.spec));
    map.insert("containers", Value::List(shown.collect()));
    View {
        value: Value::Map(map),
        pointer: pod.pointer.clone(),
        containers: all.into_iter().map(|one| one.pointer).collect(),
    }
}

/// The container with what its pod sets for it.
fn effective(container: &Value, spec: &Value) -> Value {
    let mut container = container.clone();
    let of_pod = spec.get("securityContext").and_then(Value::as_map);
    let (Some(map), Some(of_pod)) = (container.as_map_mut(), of_pod) else {
        return container;
    };
    let own = map.get("securityContext").and_then(Value::as_map);
    let mut context = own.cloned().unwrap_or_default();
    for key in INHERITED {
        if let (None, Some(value)) = (context.get(key), of_pod.get(key)) {
            context.insert(key, value.clone());
        }
    }
    map.insert("securityContext", Value::Map(context));
    container
}

impl View {
    /// The place in the object that a place in the view stands for.
    pub fn pointer(&self, inner: &str) -> String {
        let mut steps = inner.splitn(4, '/').skip(1);
        match (steps.next(), steps.next(), steps.next()) {
            (Some("spec"), ..) => format!("{}{inner}", self.pointer),
            (Some("containers"), Some(at), rest) => {
                let place = at
                    .parse()
                    .ok()
                    .and_then(|at: usize| self.containers.get(at));
                let place = place.unwrap_or(&self.pointer);
                match rest {
                    Some(rest) => format!("{place}/{rest}"),
                    None => place.clone(),
                }
            }
            _ => self.pointer.clone(),
        }
    }
}
