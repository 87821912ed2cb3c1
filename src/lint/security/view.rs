//! Pods as their security rules see them: the pod's spec, and each container with what it inherits.

use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::pods;

/// The spec of pods that an object makes.
pub struct Pod<'v> {
    pub spec: &'v Value,
    /// `metadata` of the pods.
    pub metadata: Option<&'v Value>,
    /// JSON pointer of the spec.
    pub pointer: String,
    /// Whether pods stay: those of Jobs end, and nothing is sent to them.
    pub serves: bool,
}

/// The lists of containers in a pod.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

impl<'v> Pod<'v> {
    /// All pods of an object, be it a workload, or an analysis that starts a Job.
    pub fn of(kind: &str, object: &'v Value) -> Vec<Pod<'v>> {
        const ENDING: [&str; 6] = [
            "Job",
            "CronJob",
            "AnalysisTemplate",
            "ClusterAnalysisTemplate",
            "AnalysisRun",
            "Experiment",
        ];
        let pods = pods::of(object).into_iter();
        pods.map(|pod| Pod {
            spec: pod.spec,
            metadata: pod.metadata,
            pointer: format!("{}/spec", pod.pointer),
            serves: !ENDING.contains(&kind),
        })
        .collect()
    }

    pub fn cursor(&self) -> Cursor<'v, '_> {
        Cursor::root(self.spec)
    }

    /// Every container, those that run before and beside the others included.
    pub fn containers(&self) -> impl Iterator<Item = Container<'v>> {
        LISTS.into_iter().flat_map(|list| {
            let items = self.spec.get(list).and_then(Value::as_list);
            let items = items.unwrap_or(&[]).iter().enumerate();
            items.map(move |(index, value)| Container { list, index, value })
        })
    }

    /// What a field of the security context is for a container: its own, else the pod's.
    pub fn inherited(&self, container: &Container<'v>, path: &str) -> Option<&'v Value> {
        let own = container
            .cursor()
            .at("securityContext")
            .and_then(|at| at.find(path));
        own.or_else(|| Cursor::root(self.spec).at("securityContext")?.find(path))
    }

    pub fn is_windows(&self) -> bool {
        self.cursor().text("os/name") == "windows"
    }

    /// An annotation of the pods.
    pub fn annotations(&self) -> impl Iterator<Item = (&'v str, &'v str)> {
        let map = self.metadata.and_then(|at| at.get("annotations")?.as_map());
        let entries = map.into_iter().flat_map(|map| map.iter());
        entries.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
    }
}

/// One container of a pod.
#[derive(Clone, Copy)]
pub struct Container<'v> {
    pub list: &'static str,
    pub index: usize,
    pub value: &'v Value,
}

impl<'v> Container<'v> {
    pub fn cursor(&self) -> Cursor<'v, '_> {
        Cursor::root(self.value)
    }

    pub fn name(&self) -> &'v str {
        self.value.get("name").and_then(Value::as_str).unwrap_or("")
    }

    /// It runs as long as the pod does: no init container, save one that is a sidecar.
    pub fn stays(&self) -> bool {
        match self.list {
            "containers" => true,
            "initContainers" => self.cursor().text("restartPolicy") == "Always",
            _ => false,
        }
    }
}
