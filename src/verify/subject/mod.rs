//! The numbers of one object that proofs over several objects need: small, and all that is kept.
//!
//! What has a wrong type, or is left out, is read as the controllers' default.

mod others;
mod pod;

use crate::value::{Map, Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::object::group_and_kind;
use crate::verify::object::resources;
use crate::verify::pod_security::Level;
use crate::verify::quantity::Quantity;

/// One object, as far as proofs look at it.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Workload(Box<Workload>),
    Tasks(Tasks),
    Autoscaler(Autoscaler),
    Budget(Budget),
    /// `spec.hard` of a quota without scopes.
    Quota(Vec<(Str, Quantity)>),
    Limits(Limits),
    Policy(Policy),
    Application(Application),
    Project(Project),
    Route(Route),
    /// What a Namespace enforces.
    Namespace(Level),
    /// A PersistentVolumeClaim that is for one node or pod.
    Claim(Access),
}

/// Where a claim may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `ReadWriteOnce`, and nothing wider.
    OneNode,
    /// `ReadWriteOncePod`.
    OnePod,
}

/// What runs pods for as long as it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    /// What the manifest says.
    pub replicas: Option<i64>,
    pub selector: Value,
    pub style: Style,
    /// How many pods one zone may have: pointer and number, where something limits it.
    pub per_zone: Vec<(String, PerZone)>,
    /// Requests of one pod, with what its limits imply.
    pub requests: Vec<(Str, Quantity)>,
    /// Containers that ask for nothing of a resource.
    pub unasked: Vec<Unasked>,
    /// Requests and limits as each container writes them.
    pub written: Vec<Written>,
    /// Seconds between the signal and the kill.
    pub grace: i64,
    /// The longest `preStop` sleep.
    pub pre_stop: Option<(Str, i64)>,
    /// How long a container may take to start: pointer of the probe, container and seconds.
    pub startup: Vec<(String, Str, i64)>,
    pub min_ready: i64,
    pub deadline: i64,
    /// A rollout that gives up at the deadline and goes back.
    pub aborts: bool,
    /// Revisions within which a rollback skips steps and analyses; 0 without such a window.
    pub window: i64,
    pub history: i64,
    /// Whether anything judges a new version.
    pub is_judged: bool,
}

/// A Job or CronJob: pods that come and go.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// At a time; none while it is suspended.
    pub pods: i64,
    /// Requests of one pod, with what its limits imply.
    pub requests: Vec<(Str, Quantity)>,
    /// Containers that ask for nothing of a resource.
    pub unasked: Vec<Unasked>,
}

/// How pods of one workload share zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerZone {
    /// They refuse to share one.
    One,
    /// With fewer zones than `domains`, this many at most in each.
    Below { domains: i64, skew: i64 },
}

/// A request or limit of a container.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub pointer: String,
    pub container: Str,
    pub resource: Str,
    pub amount: Quantity,
}

/// A container without a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Unasked {
    pub container: Str,
    pub is_init: bool,
    /// `cpu` or `memory`.
    pub resource: &'static str,
}

/// How pods are replaced.
#[derive(Clone, Debug, PartialEq)]
pub enum Style {
    /// Old and new together exceed the replicas by this much.
    Surge(Amount),
    /// A full second set.
    BlueGreen {
        /// The preview Service; empty where there is none.
        preview: Str,
        promotes: bool,
    },
    /// Old pods first; never more than the replicas.
    InPlace,
    /// A second set, shifted by a router: full beside the first one, unless that shrinks meanwhile.
    Routed { keeps_stable: bool },
}

/// A number of pods, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Pods(i64),
    Percent(i64),
}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscaler {
    pub group: Str,
    pub kind: Str,
    pub name: Str,
    pub min: i64,
    pub max: i64,
    /// Resources that it reads as a share of the request: index of the metric, resource, and the
    /// container where it looks at one only.
    pub shares: Vec<(usize, Str, Option<Str>)>,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    pub selector: Value,
    pub min_available: Option<Amount>,
    pub max_unavailable: Option<Amount>,
}

/// A LimitRange: what a container gets, and may have at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    pub defaults: Vec<Str>,
    pub max: Vec<(Str, Quantity)>,
}

/// A NetworkPolicy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    pub selector: Value,
    /// The rules; `None` where it does not speak of that direction.
    pub ingress: Option<Vec<Value>>,
    pub egress: Option<Vec<Value>>,
}

/// An Argo CD Application: where it goes, and what it leaves alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    pub project: Str,
    /// Address of the API server; empty where the cluster has a name.
    pub server: Str,
    pub cluster: Str,
    pub namespace: Str,
    /// Pointer and address of each repository.
    pub sources: Vec<(String, Str)>,
    /// Kinds whose `/spec/replicas` is not compared.
    pub leaves_replicas: Vec<Str>,
}

/// An AppProject: what its Applications may read, and where they may deploy to.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub sources: Vec<Str>,
    pub destinations: Vec<Destination>,
}

/// Patterns of clusters and namespaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    pub server: Str,
    pub cluster: Str,
    pub namespace: Str,
}

/// A route with a limit of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Pointer of the timeout, seconds, and the Services behind it.
    pub timeouts: Vec<(String, i64, Vec<Str>)>,
}

impl Subject {
    pub fn of(object: &Value) -> Option<Subject> {
        let root = Cursor::root(object);
        Some(match group_and_kind(object) {
            ("apps", "Deployment" | "StatefulSet") | ("argoproj.io", "Rollout") => {
                Subject::Workload(Box::new(workload(&root)?))
            }
            ("batch", "Job" | "CronJob") => Subject::Tasks(tasks(&root)?),
            ("autoscaling", "HorizontalPodAutoscaler") => {
                Subject::Autoscaler(others::autoscaler(&root))
            }
            ("policy", "PodDisruptionBudget") => Subject::Budget(Budget {
                selector: root.find("spec/selector")?.clone(),
                min_available: root.find("spec/minAvailable").and_then(Amount::read),
                max_unavailable: root.find("spec/maxUnavailable").and_then(Amount::read),
            }),
            ("", "ResourceQuota")
                if root.len("spec/scopes") + root.len("spec/scopeSelector") == 0 =>
            {
                Subject::Quota(amounts(root.map("spec/hard")))
            }
            ("", "LimitRange") => Subject::Limits(others::limits(&root)),
            ("", "Namespace") => Subject::Namespace(Level::enforced(object)?),
            ("", "PersistentVolumeClaim") => Subject::Claim(others::claim(&root)?),
            ("networking.k8s.io", "NetworkPolicy") => Subject::Policy(others::policy(&root)),
            ("argoproj.io", "Application") => Subject::Application(others::application(&root)),
            ("argoproj.io", "AppProject") => Subject::Project(others::project(&root)),
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => {
                Subject::Route(others::route(&root))
            }
            _ => return None,
        })
    }
}

impl Amount {
    pub fn read(value: &Value) -> Option<Amount> {
        match value {
            Value::Int(number) => Some(Amount::Pods(*number)),
            Value::Str(text) => {
                let number = text.strip_suffix('%')?.parse().ok()?;
                Some(Amount::Percent(number))
            }
            _ => None,
        }
    }

    /// Of `replicas` pods, rounded up; never below zero.
    pub fn up(self, replicas: i64) -> i64 {
        match self {
            Amount::Pods(pods) => pods.max(0),
            Amount::Percent(percent) => {
                let product = i128::from(replicas.max(0)) * i128::from(percent.max(0));
                i64::try_from((product + 99) / 100).unwrap_or(i64::MAX)
            }
        }
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Amount::Pods(pods) => write!(f, "{pods}"),
            Amount::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl Workload {
    /// The most pods that there are while `replicas` are replaced.
    pub fn peak(&self, replicas: i64) -> i64 {
        let replicas = replicas.max(0);
        match &self.style {
            Style::Surge(surge) => replicas.saturating_add(surge.up(replicas)),
            Style::BlueGreen { .. } | Style::Routed { keeps_stable: true } => {
                replicas.saturating_mul(2)
            }
            Style::Routed { .. } => replicas.saturating_add(1),
            Style::InPlace => replicas,
        }
    }
}

fn workload(root: &Cursor) -> Option<Workload> {
    let template = root.at("spec/template")?;
    let pod = template.at("spec")?;
    let is_rollout = root.text("kind") == "Rollout";
    Some(Workload {
        replicas: root.int("spec/replicas"),
        selector: root.find("spec/selector").cloned().unwrap_or(Value::Null),
        style: style(root),
        per_zone: pod::per_zone(&template),
        requests: pod::requests(&pod),
        unasked: pod::unasked(&pod),
        written: pod::written(&pod),
        grace: pod.int("terminationGracePeriodSeconds").unwrap_or(30),
        pre_stop: pod::pre_stop(&pod),
        startup: pod::startup(&pod),
        min_ready: root.int("spec/minReadySeconds").unwrap_or(0),
        deadline: root.int("spec/progressDeadlineSeconds").unwrap_or(600),
        aborts: is_rollout && root.flag("spec/progressDeadlineAbort") == Some(true),
        window: root.int("spec/rollbackWindow/revisions").unwrap_or(0),
        history: root.int("spec/revisionHistoryLimit").unwrap_or(10),
        is_judged: is_judged(root),
    })
}

fn tasks(root: &Cursor) -> Option<Tasks> {
    let job = match root.text("kind") {
        "CronJob" => root.at("spec/jobTemplate/spec")?,
        _ => root.at("spec")?,
    };
    let pod = job.at("template/spec")?;
    let suspended = root.flag("spec/suspend") == Some(true) || job.flag("suspend") == Some(true);
    Some(Tasks {
        pods: if suspended {
            0
        } else {
            job.int("parallelism").unwrap_or(1)
        },
        requests: pod::requests(&pod),
        unasked: pod::unasked(&pod),
    })
}

fn is_judged(root: &Cursor) -> bool {
    let parts = [
        "spec/strategy/canary/analysis",
        "spec/strategy/blueGreen/prePromotionAnalysis",
        "spec/strategy/blueGreen/postPromotionAnalysis",
    ];
    parts.iter().any(|part| root.has(part))
        || root
            .list("spec/strategy/canary/steps")
            .any(|step| step.has("analysis"))
}

fn style(root: &Cursor) -> Style {
    let quarter = Amount::Percent(25);
    let amount = |path: &str| root.find(path).and_then(Amount::read).unwrap_or(quarter);
    if let Some(blue_green) = root.at("spec/strategy/blueGreen") {
        return Style::BlueGreen {
            preview: blue_green.text("previewService").into(),
            promotes: blue_green.flag("autoPromotionEnabled") != Some(false),
        };
    }
    if root.len("spec/strategy/canary/trafficRouting") > 0 {
        let dynamic = root.flag("spec/strategy/canary/dynamicStableScale") == Some(true);
        return Style::Routed {
            keeps_stable: !dynamic,
        };
    }
    if root.has("spec/strategy/canary") {
        return Style::Surge(amount("spec/strategy/canary/maxSurge"));
    }
    let is_deployment = root.text("kind") == "Deployment";
    match is_deployment && root.text("spec/strategy/type") != "Recreate" {
        true => Style::Surge(amount("spec/strategy/rollingUpdate/maxSurge")),
        false => Style::InPlace,
    }
}

fn amounts(map: Option<&Map>) -> Vec<(Str, Quantity)> {
    let entries = map.map_or(&[][..], Map::entries).iter();
    entries
        .filter_map(|(name, value)| Some((name.clone(), resources::read(value)?)))
        .collect()
}

/// How much of `name` there is; nothing where it is not named.
pub fn of(list: &[(Str, Quantity)], name: &str) -> Quantity {
    let found = list.iter().find(|(known, _)| known == name);
    found.map_or(Quantity::whole(0), |(_, amount)| *amount)
}
