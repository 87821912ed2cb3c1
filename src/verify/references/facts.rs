//! What one object offers to others and needs of them: small, and all that is kept of it.

use std::sync::Arc;

use crate::value::{Map, Str, Value};
use crate::verify::cursor::Cursor;
use crate::verify::object::group_and_kind;
use crate::verify::pod_security::{self, Refusal};
use crate::verify::references::collect;
use crate::verify::references::router::{self, Router, Wish};
use crate::verify::references::series::Series;
use crate::verify::subject::Subject;

/// A summary of one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub group: Str,
    pub kind: Str,
    /// Empty for what has none.
    pub namespace: Str,
    pub name: Str,
    /// Its pods, where it runs pods.
    pub pods: Option<Pods>,
    /// What a Service selects.
    pub selector: Option<Arc<Value>>,
    /// Ports of a Service: name and number.
    pub ports: Vec<(Str, u16)>,
    /// Keys of a ConfigMap, a Secret or what an ExternalSecret makes; none where they are not
    /// known.
    pub keys: Option<Vec<Str>>,
    /// The Secret that an ExternalSecret makes.
    pub makes: Str,
    /// What an AnalysisTemplate consists of.
    pub template: Option<Arc<Template>>,
    /// Where a VirtualService sends requests.
    pub routes: Option<Arc<Routes>>,
    /// What the object of another router says.
    pub router: Option<Arc<Router>>,
    /// Services that the rules of an Ingress or of a route name.
    pub backends: Vec<Str>,
    pub needs: Vec<Need>,
    /// The sync wave; `None` for hooks.
    pub wave: Option<i64>,
    pub subject: Option<Subject>,
    /// Why a namespace may refuse its pods.
    pub refusals: Vec<Refusal>,
}

/// The pods of a workload.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pods {
    /// The labels of the template; after them, with what a Rollout adds to some of its pods.
    pub labels: Vec<Map>,
    /// Ports of all containers: name and number.
    pub ports: Vec<(Str, u16)>,
}

/// An argument that is declared or given.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    pub name: Str,
    /// It has a value, so nobody needs to give one.
    pub valued: bool,
    /// It has a value and is read from elsewhere.
    pub doubly: bool,
    /// The value, where it is known before the run begins.
    pub value: Option<Str>,
}

/// What an AnalysisTemplate consists of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    pub args: Vec<Arg>,
    pub metrics: Vec<Metric>,
    pub rules: Rules,
    /// Templates that it takes in, each with whether it is a cluster's.
    pub nested: Vec<(Str, bool)>,
}

/// What arguments may change of a metric, as it is written; empty where nothing is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    pub name: Str,
    /// In the order of the limits of `object::argo`, `count` first.
    pub limits: [Str; 5],
    pub interval: Str,
    pub delay: Str,
    /// An address that must be a URL.
    pub address: Str,
}

/// Names in rules about metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    pub dry: Vec<Str>,
    pub kept: Vec<Str>,
}

/// How an analysis is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Something waits for its end.
    Inline,
    Background,
    Experiment,
    /// By another template.
    Nested,
}

/// Routes of a VirtualService; none where it does not have that list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routes {
    pub http: Option<Vec<Route>>,
    pub tls: Option<Vec<Route>>,
    pub tcp: Option<Vec<Route>>,
    /// A list with something that the controller cannot read.
    pub unreadable: Option<&'static str>,
}

/// One route: its name, and host and subset of each destination.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    pub name: Str,
    pub to: Vec<(Str, Str)>,
    /// The one port that all its matches name, 0 where they name none; none for several.
    pub port: Option<i64>,
    /// Names of servers in its matches, each once.
    pub servers: Vec<Str>,
}

/// A route of TLS or TCP that a rollout picks: its port, and names of servers.
pub type Pick = (i64, Vec<Str>);

/// What a Rollout patches in a VirtualService.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patched {
    pub namespace: Str,
    pub name: Str,
    /// Names of HTTP routes; without any there must be one route alone.
    pub http: Vec<Str>,
    pub tls: Vec<Pick>,
    pub tcp: Vec<Pick>,
    pub managed: Vec<Str>,
    /// Stable and canary: hosts, or subsets where there is a DestinationRule.
    pub ends: (Str, Str),
    pub by_subset: bool,
}

/// Something that must exist, and where it is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// JSON pointer into the object.
    pub pointer: Str,
    pub what: Target,
}

/// What is needed. An empty namespace is that of a cluster-scoped object.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    Object {
        group: Str,
        kind: Str,
        namespace: Str,
        name: Str,
    },
    /// An entry of a ConfigMap or Secret; the object itself is needed too.
    Key { kind: Str, name: Str, key: Str },
    /// A Service, and a port of it by number or name.
    ServicePort {
        namespace: Str,
        name: Str,
        port: PortRef,
    },
    /// A Service whose selector matches this object's own pods.
    OwnService { name: Str },
    /// Pods with these labels exist in the namespace.
    Selected { selector: Arc<Value>, by: Selecting },
    /// The pods that a Service selects have this port.
    PodPort { selector: Arc<Value>, port: PortRef },
    /// Templates, each with whether it is a cluster's, and what is given to all of them.
    Analysis {
        templates: Vec<(Str, bool)>,
        given: Vec<Arg>,
        rules: Rules,
        by: Use,
    },
    /// What the series that a query asks for come from.
    Series(Series),
    /// A VirtualService, where it is there, has the routes that are patched.
    Patched(Arc<Patched>),
    /// The object of a router, and what the controller looks for in it.
    Shifted(Arc<Wish>),
    /// An Ingress, where it is there, sends requests to the Service; whether it is one of ALB.
    Backend {
        ingress: Str,
        service: Str,
        of_alb: bool,
    },
    /// A route of the Gateway API, where it is there, sends requests to each of the Services.
    RouteBackends {
        kind: &'static str,
        namespace: Str,
        name: Str,
        services: [Str; 2],
    },
    /// A workload whose pods a Rollout takes over, and the selector that the Rollout has itself.
    TakenPods {
        group: Str,
        kind: Str,
        name: Str,
        selector: Option<Arc<Value>>,
    },
}

/// What selects pods: it decides how bad an empty selection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selecting {
    Service,
    Budget,
    Policy,
}

/// A port by number or by name.
#[derive(Clone, Debug, PartialEq)]
pub enum PortRef {
    Number(u16),
    Name(Str),
}

impl Facts {
    /// Reads what an object offers and needs. What has a wrong type is left out: the schema check
    /// reports it.
    pub fn of(object: &Value) -> Facts {
        let (group, kind) = group_and_kind(object);
        let text = |path: &[&str]| object.at(path).and_then(Value::as_str).unwrap_or("");
        let mut facts = Facts {
            group: group.into(),
            kind: kind.into(),
            namespace: text(&["metadata", "namespace"]).into(),
            name: text(&["metadata", "name"]).into(),
            ..Facts::default()
        };
        facts.wave = wave(object);
        let root = Cursor::root(object);
        facts.router = router::of(group, kind, &facts.namespace, &root).map(Arc::new);
        facts.subject = Subject::of(object);
        facts.refusals = pod_security::refusals(object);
        collect::object(object, &mut facts);
        facts
    }

    pub(super) fn need(&mut self, pointer: impl AsRef<str>, what: Target) {
        let pointer = pointer.as_ref().into();
        self.needs.push(Need { pointer, what });
    }

    /// An object of the same namespace.
    pub(super) fn need_beside(
        &mut self,
        pointer: impl AsRef<str>,
        group: &str,
        kind: &str,
        name: &str,
    ) {
        if !name.is_empty() {
            let namespace = self.namespace.clone();
            let (group, kind, name) = (group.into(), kind.into(), name.into());
            self.need(
                pointer,
                Target::Object {
                    group,
                    kind,
                    namespace,
                    name,
                },
            );
        }
    }
}

/// Source: argo-cd, "Sync Phases and Waves": without a wave it is 0, and hooks have phases.
fn wave(object: &Value) -> Option<i64> {
    let annotations = object.at(&["metadata", "annotations"]);
    let text = |key| {
        annotations
            .and_then(|all| all.get(key))
            .and_then(Value::as_str)
    };
    if text("argocd.argoproj.io/hook").is_some() {
        return None;
    }
    text("argocd.argoproj.io/sync-wave").map_or(Some(0), |wave| wave.parse().ok())
}
