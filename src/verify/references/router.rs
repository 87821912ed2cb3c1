//! What the objects of routers say, as far as the controller of Rollouts asks them: mappings of
//! Ambassador, services of Traefik, routes of APISIX, App Mesh, SMI, subsets of Istio.
//!
//! Source: argo-rollouts `rollout/trafficrouting/*`,
//! `pkg/apis/rollouts/validation/validation_references.go`.

use crate::value::{Str, Value};
use crate::verify::cursor::Cursor;

/// One such object. Lists end where the controller stops to read: at an entry that it cannot.
#[derive(Clone, Debug, PartialEq)]
pub enum Router {
    /// With its weight.
    Mapping(i64),
    /// Services; none where there is no list.
    Traefik(Option<Vec<Str>>),
    /// Rules by name, each with its backends; none where there is no list.
    Apisix(Option<Vec<(Str, Option<Vec<Str>>)>>),
    /// Namespace and name of the router behind a virtual service; none where there is none.
    MeshService(Option<(Str, Str)>),
    MeshRoutes(Vec<MeshRoute>),
    /// A Service that is managed by this Rollout.
    Managed(Str),
    /// An Ingress: its class, and the Rollout that owns it; empty where there is none. Services
    /// whose action is asked for instead of their port.
    Ingress {
        class: Str,
        owner: Str,
        actions: Vec<Str>,
    },
    /// The Rollout that owns a traffic split; empty where it is someone else's.
    Split(Str),
    /// Names of the subsets of a DestinationRule.
    Subsets(Vec<Str>),
}

/// Services of backends that the AWS load balancer controller reads from an annotation.
fn actions(root: &Cursor) -> Vec<Str> {
    let mut found = Vec::new();
    let is_action = |backend: &Cursor| backend.text("service/port/name") == "use-annotation";
    for rule in root.list("spec/rules") {
        for path in rule.list("http/paths") {
            let backend = path.at("backend").filter(is_action);
            found.extend(backend.map(|backend| Str::from(backend.text("service/name"))));
        }
    }
    found
}

/// A route of App Mesh.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshRoute {
    pub name: Str,
    /// Virtual nodes, and whether each has a weight; none where the route cannot be read.
    pub targets: Option<Vec<(Str, bool)>>,
}

/// What a Rollout wants of such an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Wish {
    pub name: Str,
    /// Stable and canary: Services, virtual nodes or subsets.
    pub ends: (Str, Str),
    /// Rules of APISIX, or routes of App Mesh; none means all, or the one of the same name.
    pub rules: Vec<Str>,
    pub router: Wanted,
}

impl Wish {
    /// A wish for all that there is, not for rules by name.
    pub fn new(router: Wanted, name: Str, ends: &(Str, Str)) -> Wish {
        Wish {
            name,
            ends: ends.clone(),
            rules: Vec::new(),
            router,
        }
    }

    /// Kinds and names of the objects that must be there.
    pub fn objects(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let kind = match self.router {
            Wanted::Mapping => "Mapping",
            Wanted::Traefik => "TraefikService",
            Wanted::Apisix => "ApisixRoute",
            Wanted::AppMesh => "VirtualService",
            Wanted::Split => "TrafficSplit",
            Wanted::Subsets => "DestinationRule",
        };
        let nodes = [&self.ends.0, &self.ends.1].map(|node| ("VirtualNode", node.as_str()));
        let nodes = nodes.into_iter().filter(|_| self.router == Wanted::AppMesh);
        std::iter::once((kind, self.name.as_str())).chain(nodes)
    }
}

/// The kind of object that a wish is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    Mapping,
    Traefik,
    Apisix,
    AppMesh,
    Split,
    Subsets,
}

/// The object of a router; none for any other kind.
pub fn of(group: &str, kind: &str, namespace: &str, root: &Cursor) -> Option<Router> {
    Some(match (group, kind) {
        ("getambassador.io" | "x.getambassador.io", "Mapping") => {
            Router::Mapping(root.int("spec/weight").unwrap_or(0))
        }
        ("traefik.io" | "traefik.containo.us", "TraefikService") => {
            Router::Traefik(listed(root, "spec/weighted/services", |at| at.str("name")))
        }
        ("apisix.apache.org", "ApisixRoute") => Router::Apisix(apisix(root)),
        ("appmesh.k8s.aws", "VirtualService") => Router::MeshService(mesh_service(namespace, root)),
        ("appmesh.k8s.aws", "VirtualRouter") => {
            Router::MeshRoutes(root.list("spec/routes").map(|at| mesh_route(&at)).collect())
        }
        ("networking.k8s.io", "Ingress") => {
            let old = annotation(root, "kubernetes.io/ingress.class");
            Router::Ingress {
                class: root.str("spec/ingressClassName").unwrap_or(old).into(),
                owner: owner(root),
                actions: actions(root),
            }
        }
        ("", "Service") => {
            let key = "argo-rollouts.argoproj.io/managed-by-rollouts";
            match annotation(root, key) {
                "" => return None,
                rollout => Router::Managed(rollout.into()),
            }
        }
        ("split.smi-spec.io", "TrafficSplit") => Router::Split(owner(root)),
        ("networking.istio.io", "DestinationRule") => Router::Subsets(
            root.list("spec/subsets")
                .map(|at| at.text("name").into())
                .collect(),
        ),
        _ => return None,
    })
}

/// What `read` gives of each entry, up to the first that it cannot read.
fn listed<T>(
    root: &Cursor,
    path: &str,
    read: impl for<'v> Fn(&Cursor<'v, '_>) -> Option<&'v T>,
) -> Option<Vec<Str>>
where
    T: ?Sized,
    for<'t> Str: From<&'t T>,
{
    root.find(path)?.as_list()?;
    let mut all = Vec::new();
    for at in root.list(path) {
        let Some(one) = read(&at) else { break };
        all.push(Str::from(one));
    }
    Some(all)
}

fn apisix(root: &Cursor) -> Option<Vec<(Str, Option<Vec<Str>>)>> {
    root.find("spec/http")?.as_list()?;
    let mut rules = Vec::new();
    for at in root.list("spec/http") {
        let Some(name) = at.str("name") else { break };
        let backends = listed(&at, "backends", |backend| backend.str("serviceName"));
        rules.push((name.into(), backends));
    }
    Some(rules)
}

fn mesh_service(namespace: &str, root: &Cursor) -> Option<(Str, Str)> {
    let router = root.at("spec/provider/virtualRouter/virtualRouterRef")?;
    let namespace = match router.text("namespace") {
        "" => namespace,
        other => other,
    };
    Some((namespace.into(), router.str("name")?.into()))
}

fn mesh_route(at: &Cursor) -> MeshRoute {
    const KINDS: [&str; 4] = ["httpRoute", "tcpRoute", "http2Route", "grpcRoute"];
    let rule = KINDS.iter().find_map(|kind| at.at(kind));
    let targets = rule.filter(|_| at.str("name").is_some()).and_then(|rule| {
        let list = rule.find("action/weightedTargets")?.as_list()?;
        let target = |value: &Value| {
            let at = Cursor::root(value);
            let named = at
                .find("virtualNodeRef")
                .is_some_and(|node| node.as_map().is_some());
            let weighs = named && at.find("weight").is_some_and(is_number);
            (at.text("virtualNodeRef/name").into(), weighs)
        };
        Some(list.iter().map(target).collect())
    });
    MeshRoute {
        name: at.text("name").into(),
        targets,
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

/// The annotation, or empty where there is none.
fn annotation<'v>(root: &Cursor<'v, '_>, key: &str) -> &'v str {
    let annotations = root.map("metadata/annotations");
    let value = annotations.and_then(|all| all.get(key));
    value.and_then(Value::as_str).unwrap_or("")
}

fn owner(root: &Cursor) -> Str {
    let mut owners = root.list("metadata/ownerReferences");
    let owner =
        owners.find(|at| at.flag("controller") == Some(true) && at.text("kind") == "Rollout");
    owner.map_or_else(Str::new, |at| at.text("name").into())
}
