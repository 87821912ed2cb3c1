//! The pods inside of any object: those of workloads, of jobs that analyses run, of experiments.
//!
//! One place knows where a kind keeps its pods, so that a rule on pods holds for every kind.

use crate::value::Value;
use crate::verify::object::group_and_kind;

/// One pod, or the template of pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod<'v> {
    /// JSON pointer of the template; empty for a Pod.
    pub pointer: String,
    pub metadata: Option<&'v Value>,
    pub spec: &'v Value,
}

/// One container of a pod, and its JSON pointer into the object.
#[derive(Clone, Debug, PartialEq)]
pub struct Container<'v> {
    pub pointer: String,
    pub value: &'v Value,
}

/// The order in which the API server looks at them.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Every pod of an object, in the order of its pointers; most objects have none.
pub fn of(object: &Value) -> Vec<Pod<'_>> {
    let places = match group_and_kind(object) {
        ("", "Pod") => vec![String::new()],
        ("", "PodTemplate") => vec!["/template".to_string()],
        ("batch", "CronJob") => vec!["/spec/jobTemplate/spec/template".to_string()],
        ("apps" | "batch", _) | ("", "ReplicationController") | ("argoproj.io", "Rollout") => {
            vec!["/spec/template".to_string()]
        }
        ("argoproj.io", "AnalysisTemplate" | "ClusterAnalysisTemplate" | "AnalysisRun") => {
            each(object, "/spec/metrics", "/provider/job/spec/template")
        }
        ("argoproj.io", "Experiment") => each(object, "/spec/templates", "/template"),
        _ => Vec::new(),
    };
    places
        .into_iter()
        .filter_map(|pointer| pod(object, pointer))
        .collect()
}

fn each(object: &Value, list: &str, inner: &str) -> Vec<String> {
    let length = object
        .pointer(list)
        .and_then(Value::as_list)
        .map(<[_]>::len);
    (0..length.unwrap_or(0))
        .map(|at| format!("{list}/{at}{inner}"))
        .collect()
}

fn pod(object: &Value, pointer: String) -> Option<Pod<'_>> {
    let template = object.pointer(&pointer)?;
    Some(Pod {
        metadata: template.get("metadata"),
        spec: template.get("spec")?,
        pointer,
    })
}

impl<'v> Pod<'v> {
    /// Init containers, containers and ephemeral ones.
    pub fn containers(&self) -> impl Iterator<Item = Container<'v>> + use<'v> {
        let (spec, start) = (self.spec, format!("{}/spec", self.pointer));
        LISTS.into_iter().flat_map(move |list| {
            let start = format!("{start}/{list}");
            let items = spec.get(list).and_then(Value::as_list).unwrap_or_default();
            items.iter().enumerate().map(move |(at, value)| Container {
                pointer: format!("{start}/{at}"),
                value,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::source::FileId;
    use crate::syntax::yaml;

    fn object(text: &str) -> Value {
        let tree = yaml::read(FileId(0), text, &mut Diagnostics::new()).unwrap();
        yaml::to_value(&tree)
    }

    #[test]
    fn every_kind_with_pods_shows_all_containers() {
        const SPEC: &str = "spec: {containers: [{name: a}], initContainers: [{name: i}]}";
        for (head, body, place) in [
            ("v1, kind: Pod", SPEC.to_string(), ""),
            (
                "v1, kind: PodTemplate",
                format!("template: {{{SPEC}}}"),
                "/template",
            ),
            (
                "apps/v1, kind: DaemonSet",
                format!("spec: {{template: {{{SPEC}}}}}"),
                "/spec/template",
            ),
            (
                "batch/v1, kind: Job",
                format!("spec: {{template: {{{SPEC}}}}}"),
                "/spec/template",
            ),
            (
                "batch/v1, kind: CronJob",
                format!("spec: {{jobTemplate: {{spec: {{template: {{{SPEC}}}}}}}}}"),
                "/spec/jobTemplate/spec/template",
            ),
            (
                "argoproj.io/v1alpha1, kind: AnalysisTemplate",
                format!(
                    "spec: {{metrics: [{{}}, {{provider: {{job: {{spec: {{template: {{{SPEC}}}}}}}}}}}]}}"
                ),
                "/spec/metrics/1/provider/job/spec/template",
            ),
        ] {
            let object = object(&format!("{{apiVersion: {head}, {body}}}"));
            let pods = of(&object);
            let containers: Vec<_> = pods.iter().flat_map(Pod::containers).collect();
            let pointers: Vec<_> = containers.iter().map(|one| one.pointer.as_str()).collect();
            let expected = [
                format!("{place}/spec/initContainers/0"),
                format!("{place}/spec/containers/0"),
            ];
            assert_eq!(pointers, expected, "{head}");
        }
        assert_eq!(of(&object("{apiVersion: v1, kind: Service, spec: {}}")), []);
    }
}
