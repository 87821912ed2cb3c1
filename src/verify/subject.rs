//! The numbers of one object that proofs over several objects need: small, and all that is kept.
//!
//! What has a wrong type, or is left out, is read as the controllers' default.

use crate::value::{Map, Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::object::group_and_kind;
use crate::verify::object::{resources, selector};
use crate::verify::quantity::Quantity;

/// One object, as far as proofs look at it.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Workload(Box<Workload>),
    Autoscaler(Autoscaler),
    Budget(Budget),
    /// `spec.hard` of a quota without scopes.
    Quota(Vec<(Str, Quantity)>),
    Limits(Limits),
    Policy(Policy),
    Application(Application),
    Route(Route),
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

/// How pods of one workload share zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerZone {
    /// They refuse to share one.
    One,
    /// With fewer zones than `domains`, this many at most in each.
    Below { domains: i64, skew: i64 },
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

/// An Argo CD Application: what it leaves alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Application {
    pub namespace: Str,
    /// Kinds whose `/spec/replicas` is not compared.
    pub leaves_replicas: Vec<Str>,
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
            ("autoscaling", "HorizontalPodAutoscaler") => Subject::Autoscaler(autoscaler(&root)),
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
            ("", "LimitRange") => Subject::Limits(limits(&root)),
            ("networking.k8s.io", "NetworkPolicy") => Subject::Policy(policy(&root)),
            ("argoproj.io", "Application") => Subject::Application(application(&root)),
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => {
                Subject::Route(route(&root))
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
        per_zone: per_zone(&template),
        requests: requests(&pod),
        unasked: unasked(&pod),
        grace: pod.int("terminationGracePeriodSeconds").unwrap_or(30),
        pre_stop: pre_stop(&pod),
        startup: startup(&pod),
        min_ready: root.int("spec/minReadySeconds").unwrap_or(0),
        deadline: root.int("spec/progressDeadlineSeconds").unwrap_or(600),
        aborts: is_rollout && root.flag("spec/progressDeadlineAbort") == Some(true),
        window: root.int("spec/rollbackWindow/revisions").unwrap_or(0),
        history: root.int("spec/revisionHistoryLimit").unwrap_or(10),
        is_judged: is_judged(root),
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

const ZONE: &str = "topology.kubernetes.io/zone";

/// Source: Kubernetes, "Pod Topology Spread Constraints": with fewer domains than `minDomains` the
/// global minimum counts as 0.
fn per_zone(template: &Cursor) -> Vec<(String, PerZone)> {
    let labels = template.map("metadata/labels");
    let is_own = |at: &Cursor| {
        let selector = at.find("labelSelector");
        selector.is_some_and(|selector| selector::matches(selector, labels))
    };
    let terms = "spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let apart = template
        .list(terms)
        .filter(|term| term.text("topologyKey") == ZONE && is_own(term))
        .map(|term| (term.pointer(), PerZone::One));
    let spread = template
        .list("spec/topologySpreadConstraints")
        .filter(|rule| rule.text("topologyKey") == ZONE && is_own(rule))
        .filter(|rule| rule.text("whenUnsatisfiable") == "DoNotSchedule")
        .filter_map(|rule| {
            let domains = rule.int("minDomains")?;
            let skew = rule.int("maxSkew").unwrap_or(1);
            Some((rule.pointer(), PerZone::Below { domains, skew }))
        });
    apart.chain(spread).collect()
}

/// Containers, and init containers that stay (`restartPolicy: Always`), add up; other init
/// containers run before them, one at a time. Source: k8s.io/component-helpers `resource`.
fn requests(pod: &Cursor) -> Vec<(Str, Quantity)> {
    let mut sum: Vec<(Str, Quantity)> = Vec::new();
    let mut before: Vec<(Str, Quantity)> = Vec::new();
    for container in pod.list("initContainers") {
        let own = asked(&container);
        if container.text("restartPolicy") == "Always" {
            own.into_iter().for_each(|one| add(&mut sum, one));
        } else {
            for (name, amount) in own {
                let with = (name.clone(), amount.plus(of(&sum, &name)));
                raise(&mut before, with);
            }
        }
    }
    for container in pod.list("containers") {
        asked(&container)
            .into_iter()
            .for_each(|one| add(&mut sum, one));
    }
    before.into_iter().for_each(|one| raise(&mut sum, one));
    sum
}

/// What a container asks for: a limit without a request is one.
fn asked(container: &Cursor) -> Vec<(Str, Quantity)> {
    let mut own = amounts(container.map("resources/requests"));
    for (name, amount) in amounts(container.map("resources/limits")) {
        if !own.iter().any(|(known, _)| *known == name) {
            own.push((name, amount));
        }
    }
    own
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

fn add(list: &mut Vec<(Str, Quantity)>, (name, amount): (Str, Quantity)) {
    match list.iter_mut().find(|(known, _)| *known == name) {
        Some((_, sum)) => *sum = sum.plus(amount),
        None => list.push((name, amount)),
    }
}

fn raise(list: &mut Vec<(Str, Quantity)>, (name, amount): (Str, Quantity)) {
    match list.iter_mut().find(|(known, _)| *known == name) {
        Some((_, most)) => *most = (*most).max(amount),
        None => list.push((name, amount)),
    }
}

fn unasked(pod: &Cursor) -> Vec<Unasked> {
    let mut missing = Vec::new();
    for (part, is_init) in [("initContainers", true), ("containers", false)] {
        for container in pod.list(part) {
            let own = asked(&container);
            for resource in ["cpu", "memory"] {
                if !own.iter().any(|(name, _)| name == resource) {
                    missing.push(Unasked {
                        container: container.text("name").into(),
                        is_init,
                        resource,
                    });
                }
            }
        }
    }
    missing
}

fn pre_stop(pod: &Cursor) -> Option<(Str, i64)> {
    let containers = pod.list("containers").filter_map(|container| {
        let seconds = container.int("lifecycle/preStop/sleep/seconds")?;
        Some((Str::from(container.text("name")), seconds))
    });
    containers.max_by_key(|(_, seconds)| *seconds)
}

/// Until the startup probe has failed for good, or without one the readiness probe is first asked.
fn startup(pod: &Cursor) -> Vec<(String, Str, i64)> {
    let containers = pod.list("containers").filter_map(|container| {
        let probe = container.at("startupProbe")?;
        let number = |field, default: i64| probe.int(field).unwrap_or(default).max(0);
        let tries = number("failureThreshold", 3).saturating_mul(number("periodSeconds", 10));
        let seconds = tries.saturating_add(number("initialDelaySeconds", 0));
        let pointer = probe.pointer();
        Some((pointer, Str::from(container.text("name")), seconds))
    });
    containers.collect()
}

fn autoscaler(root: &Cursor) -> Autoscaler {
    let target = "spec/scaleTargetRef";
    let api = root.at(target).map_or("", |at| at.text("apiVersion"));
    let shares = root
        .list("spec/metrics")
        .enumerate()
        .filter_map(|(index, metric)| {
            let (part, container) = match metric.text("type") {
                "Resource" => ("resource", None),
                "ContainerResource" => (
                    "containerResource",
                    Some(Str::from(metric.text("containerResource/container"))),
                ),
                _ => return None,
            };
            let source = metric.at(part)?;
            source.has("target/averageUtilization").then_some(())?;
            Some((index, Str::from(source.text("name")), container))
        });
    Autoscaler {
        group: api.rsplit_once('/').map_or("", |(group, _)| group).into(),
        kind: root.text("spec/scaleTargetRef/kind").into(),
        name: root.text("spec/scaleTargetRef/name").into(),
        min: root.int("spec/minReplicas").unwrap_or(1),
        max: root.int("spec/maxReplicas").unwrap_or(i64::MAX),
        shares: shares.collect(),
    }
}

fn limits(root: &Cursor) -> Limits {
    let mut limits = Limits::default();
    for rule in root.list("spec/limits") {
        if rule.text("type") != "Container" {
            continue;
        }
        for field in ["defaultRequest", "default", "max"] {
            let names = rule.map(field).map_or(&[][..], Map::entries);
            limits
                .defaults
                .extend(names.iter().map(|(name, _)| name.clone()));
        }
        limits.max.extend(amounts(rule.map("max")));
    }
    limits
}

fn policy(root: &Cursor) -> Policy {
    let types: Vec<&str> = root
        .list("spec/policyTypes")
        .filter_map(|one| one.value().as_str())
        .collect();
    let rules = |field: &str| match root.find(field) {
        Some(Value::List(rules)) => rules.clone(),
        _ => Vec::new(),
    };
    // Without types a policy speaks of ingress, and of egress where it has rules for it.
    let ingress = types.is_empty() || types.contains(&"Ingress");
    let egress = match types.is_empty() {
        true => root.len("spec/egress") > 0,
        false => types.contains(&"Egress"),
    };
    Policy {
        selector: root
            .find("spec/podSelector")
            .cloned()
            .unwrap_or(Value::Null),
        ingress: ingress.then(|| rules("spec/ingress")),
        egress: egress.then(|| rules("spec/egress")),
    }
}

fn application(root: &Cursor) -> Application {
    let respects = root
        .list("spec/syncPolicy/syncOptions")
        .any(|option| option.value().as_str() == Some("RespectIgnoreDifferences=true"));
    let left = root.list("spec/ignoreDifferences").filter(|rule| {
        let pointer = rule
            .list("jsonPointers")
            .any(|pointer| pointer.value().as_str() == Some("/spec/replicas"));
        let path = rule
            .list("jqPathExpressions")
            .any(|path| path.value().as_str() == Some(".spec.replicas"));
        respects && (pointer || path)
    });
    Application {
        namespace: root.text("spec/destination/namespace").into(),
        leaves_replicas: left.map(|rule| rule.text("kind").into()).collect(),
    }
}

fn route(root: &Cursor) -> Route {
    let timeouts = root.list("spec/rules").filter_map(|rule| {
        let seconds = gateway_seconds(rule.str("timeouts/request")?)?;
        let backends = rule
            .list("backendRefs")
            .map(|backend| backend.text("name").into());
        let pointer = format!("{}/timeouts/request", rule.pointer());
        Some((pointer, seconds, backends.collect()))
    });
    Route {
        timeouts: timeouts.collect(),
    }
}

/// A duration of the Gateway API (GEP-2257): `1h30m`, `500ms`; whole seconds, rounded up. Zero means
/// no limit.
fn gateway_seconds(text: &str) -> Option<i64> {
    let nanos = crate::verify::object::schedule::go_duration(text)?;
    let seconds = nanos.checked_add(999_999_999)? / 1_000_000_000;
    (seconds > 0).then_some(seconds)
}
