//! What a rule on pods sees: one pod of any object as plain data, all its containers in one list.
//!
//! A container shows the security context that it runs with, its pod's included, so that a rule
//! reads one place. Pointers into the view lead back into the object.

use serde_json::Value as Json;

use super::mask::Mask;
use crate::value::{Map, Str, Value};
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

/// `{name, kind, namespace, spec, containers[]}`, made in the spelling that a rule needs.
#[derive(Debug)]
pub struct View<'a> {
    object: &'a Value,
    pod: &'a Pod<'a>,
    /// In the order of the list.
    pub containers: Vec<Container<'a>>,
}

/// One pod of `object`.
pub fn view<'a>(object: &'a Value, pod: &'a Pod<'a>) -> View<'a> {
    let containers = pod.containers().collect();
    View {
        object,
        pod,
        containers,
    }
}

/// The security context that a container runs with, where its pod says anything.
fn effective<'a>(container: &'a Value, spec: &'a Value) -> Option<Vec<(&'a Str, &'a Value)>> {
    let map = container.as_map()?;
    let of_pod = spec.get("securityContext").and_then(Value::as_map)?;
    let own = map.get("securityContext").and_then(Value::as_map);
    let mut context: Vec<_> = own.into_iter().flat_map(Map::iter).collect();
    let is_own = |key: &Str| own.is_some_and(|own| own.get(key).is_some());
    let of_pod = of_pod
        .iter()
        .filter(|(key, _)| INHERITED.contains(&key.as_str()) && !is_own(key));
    context.extend(of_pod);
    Some(context)
}

impl View<'_> {
    /// The members, but for the containers.
    fn members(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let metadata = |key| self.object.at(&["metadata", key]);
        let members = [
            ("name", metadata("name")),
            ("kind", self.object.get("kind")),
            ("namespace", metadata("namespace")),
            ("spec", Some(self.pod.spec)),
        ];
        let members = members.into_iter();
        members.filter_map(|(key, value)| Some((key, value?)))
    }

    pub fn name(&self) -> Option<&str> {
        self.object
            .at(&["metadata", "name"])
            .and_then(Value::as_str)
    }

    pub fn value(&self) -> Value {
        let shown = self.containers.iter().map(|one| {
            let mut container = one.value.clone();
            let context = effective(one.value, self.pod.spec);
            if let (Some(map), Some(context)) = (container.as_map_mut(), context) {
                let context = context.into_iter();
                let context = context.map(|(key, value)| (key.clone(), value.clone()));
                map.insert("securityContext", Value::Map(context.collect()));
            }
            container
        });
        let members = self.members();
        let members = members.map(|(key, value)| (Str::from(key), value.clone()));
        let containers = ("containers".into(), Value::List(shown.collect()));
        Value::Map(members.chain([containers]).collect())
    }

    /// What `mask` keeps of it.
    pub fn json(&self, mask: &Mask) -> Json {
        let members = self.members().filter_map(|(key, value)| {
            let mask = mask.member(key)?;
            Some((key.to_string(), mask.json(value)))
        });
        let containers = mask.member("containers").map(|mask| {
            let mask = mask.items();
            let shown = self.containers.iter();
            let shown = shown.map(|one| self.container(one.value, mask));
            ("containers".to_string(), Json::Array(shown.collect()))
        });
        Json::Object(members.chain(containers).collect())
    }

    fn container(&self, container: &Value, mask: &Mask) -> Json {
        let mut json = mask.json(container);
        let context = effective(container, self.pod.spec);
        let mask = mask.member("securityContext");
        if let (Some(map), Some(context), Some(mask)) = (json.as_object_mut(), context, mask) {
            let context = context.into_iter().filter_map(|(key, value)| {
                let mask = mask.member(key)?;
                Some((key.to_string(), mask.json(value)))
            });
            map.insert("securityContext".into(), Json::Object(context.collect()));
        }
        json
    }

    /// The place in the object that a place in the view stands for.
    pub fn pointer(&self, inner: &str) -> String {
        let mut steps = inner.splitn(4, '/').skip(1);
        match (steps.next(), steps.next(), steps.next()) {
            (Some("spec"), ..) => format!("{}{inner}", self.pod.pointer),
            (Some("containers"), Some(at), rest) => {
                let place = at
                    .parse()
                    .ok()
                    .and_then(|at: usize| self.containers.get(at));
                let place = place.map_or(&self.pod.pointer, |one| &one.pointer);
                match rest {
                    Some(rest) => format!("{place}/{rest}"),
                    None => place.clone(),
                }
            }
            _ => self.pod.pointer.clone(),
        }
    }
}
