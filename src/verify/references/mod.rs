//! References between objects: everything that one object names is there, and fits.
//!
//! [`Facts::of`] keeps the little that matters of each object, so that the object itself can be
//! dropped; [`resolve`] then looks at all of them at once, in linear time.

use rustc_hash::FxHashSet;

use crate::codes;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Value;

mod analysis;
mod collect;
mod externals;
mod facts;
pub(super) mod index;
mod merged;
mod own;
mod patched;
mod router;
mod routing;
mod series;
mod shifted;

pub use externals::Externals;
pub use facts::{Arg, Facts, Need, Pods, PortRef, Selecting, Target, Template, Use};
pub use index::Index;
pub use series::CODES as SERIES_CODES;

codes! {
    /// An object names another one (a ServiceAccount, a Secret, a Role, a route …) that is neither
    /// emitted nor known to exist. In the cluster the pod would wait for ever, or the reference
    /// would quietly do nothing.
    ///
    /// Correct the name, or add the object, for example below `also`.
    REFERENCE_MISSING = "reference-missing": "an object that is named and does not exist";

    /// A pod needs an entry of a ConfigMap or Secret that has other entries. The container would
    /// not start: `CreateContainerConfigError`.
    ///
    /// Correct the key, or add it to the ConfigMap, or to the secret in the spec.
    KEY_MISSING = "key-missing": "an entry that its ConfigMap or Secret does not have";

    /// A route or Ingress sends traffic to a port that the Service does not have; callers would
    /// get 503. Name one of the ports of the Service: by its own number, not the container's.
    SERVICE_PORT_MISSING = "service-port-missing": "a port that its Service does not have";

    /// A Service, budget or network policy selects pods, and no workload of its namespace has such
    /// pods. A Service like that has no endpoints, a budget protects nothing, and a policy neither
    /// allows nor denies anything.
    ///
    /// Compare the selector with the labels of the pod template.
    SELECTS_NOTHING = "selects-nothing": "a selector that matches no pods";

    /// A Service forwards to a port by name, and no container of its pods has a port of that name:
    /// the Service has no endpoints for it. By number it may work, if the container listens there
    /// without saying so: then it is a warning.
    TARGET_PORT_MISSING = "target-port-missing": "a port that no container has";

    /// A rollout switches traffic by rewriting the selector of its Services, so each of them must
    /// select its own pods, by labels of its pod template, and belong to no other rollout. The
    /// controller refuses anything else: `InvalidSpec`.
    ///
    /// Give each rollout Services of its own, with a selector that its pod template matches.
    SERVICE_NOT_OWN = "service-not-own": "a Service of a rollout that selects other pods";

    /// An AnalysisTemplate declares an argument without a value, and the rollout that uses it gives
    /// none. The analysis would end as `Error` and abort the rollout.
    ARGUMENT_MISSING = "argument-missing": "an analysis without an argument that it needs";

    /// A rollout gives its analysis an argument that no template declares; it is ignored, so the
    /// value that was meant for something goes nowhere.
    /// Declare it in the template, or take it out of the rollout.
    ARGUMENT_UNDECLARED = "argument-undeclared": "an argument that no analysis template declares";

    /// Templates of one analysis become one run, and it cannot have two metrics of a name, two rules
    /// about a name, or two values for an argument. The controller refuses the rollout:
    /// `InvalidSpec`. Rules of any step count for every analysis of the rollout.
    ///
    /// Rename a metric, remove a rule, or give both templates one value.
    TEMPLATES_CLASH = "templates-clash": "templates of one analysis that do not go together";

    /// A template takes in another that takes in the first again. The controller follows them
    /// without end: its worker dies, and with it every rollout that it looks after.
    ///
    /// Take one of them out of the circle.
    TEMPLATE_CYCLE = "template-cycle": "templates that take each other in";

    /// Something waits for the end of this analysis, and one of its metrics has an `interval` and no
    /// `count`, so it never ends. The controller refuses the rollout. It looks at the values that
    /// the template itself has: a `count` that only the rollout gives does not help.
    ///
    /// Give the metric a `count` of 1 or more.
    ANALYSIS_ENDLESS = "analysis-endless": "an analysis without end that something waits for";

    /// A value is filled in where the template needs a number, a duration or a URL, and is none. The
    /// run ends as `Error`, and the rollout is aborted.
    ///
    /// Give the argument another value.
    ARGUMENT_UNFIT = "argument-unfit": "a value that does not fit where the template uses it";

    /// A rollout changes the weights of a route that is not there, or that does not lead to both of
    /// its versions. For Istio, NGINX, ALB, Ambassador and App Mesh the controller refuses the
    /// rollout: `InvalidSpec`. For Traefik, APISIX, SMI and subsets of Istio it fails each time it
    /// sets a weight, and the rollout stays at its first step.
    ///
    /// Name a route of the VirtualService, Ingress, TraefikService …, and let it lead to both
    /// Services or subsets.
    ROUTE_UNFIT = "route-unfit": "a route that a rollout cannot shift";

    /// With ALB the controller writes its weights into the annotation
    /// `alb.ingress.kubernetes.io/actions.SERVICE` of the Ingress. The AWS load balancer controller
    /// only reads it for backends whose port is called `use-annotation`; others send every request
    /// to the Service that they name, and no step of the rollout moves any traffic.
    ///
    /// Write the backend so:
    ///
    ///     backend: {service: {name: pay, port: {name: use-annotation}}}
    ACTION_UNUSED = "action-unused": "an Ingress that does not ask for the weights of its rollout";

    /// Objects are put into a namespace that nobody makes. Each environment makes its own
    /// namespaces; one that exists already has to be declared.
    NAMESPACE_MISSING = "namespace-missing": "a namespace that does not exist";

    /// Two manifests describe the same object: same kind, namespace and name. Whichever is applied
    /// last would win, at every sync anew.
    ///
    /// Rename or remove one of them.
    OBJECT_DUPLICATE = "object-duplicate": "one object described twice";
}

/// Looks at all objects of one cluster, at references first and at [proofs](super::proof) then.
/// `all` gives each a number of the caller's, by which its
/// findings come back, in the order of `all`.
pub fn resolve(all: &[(usize, &Facts)], externals: &Externals) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    let mut index = Index::with_capacity(all.len());
    for (number, facts) in all {
        if index.add(facts) {
            let message = format!("`{}` is described twice", described(facts));
            let finding = Finding::error(OBJECT_DUPLICATE, "/metadata/name", message);
            findings.push((*number, finding.help("rename or remove one of the two")));
        }
    }
    let mut missing = FxHashSet::default();
    for (number, facts) in all {
        let mut resolver = Resolver {
            index: &index,
            externals,
            facts,
            out: Vec::new(),
        };
        if !missing.contains(&facts.namespace) && !resolver.namespace() {
            missing.insert(&facts.namespace);
        }
        for need in &facts.needs {
            resolver.need(need);
        }
        findings.extend(resolver.out.into_iter().map(|finding| (*number, finding)));
    }
    findings.extend(own::shared(all));
    findings.extend(super::proof::prove(all, &index, externals.zones()));
    findings
}

fn described(facts: &Facts) -> String {
    match facts.namespace.as_str() {
        "" => format!("{} {}", facts.kind, facts.name),
        namespace => format!("{} {} in {namespace}", facts.kind, facts.name),
    }
}

struct Resolver<'r> {
    index: &'r Index<'r>,
    externals: &'r Externals,
    facts: &'r Facts,
    out: Vec<Finding>,
}

impl<'r> Resolver<'r> {
    fn error(
        &mut self,
        code: &'static crate::diagnostic::Code,
        pointer: impl Into<String>,
        message: String,
        help: &str,
    ) {
        self.out
            .push(Finding::error(code, pointer, message).help(help));
    }

    fn warning(
        &mut self,
        code: &'static crate::diagnostic::Code,
        pointer: &str,
        message: String,
        help: &str,
    ) {
        let mut finding = Finding::error(code, pointer, message).help(help);
        finding.severity = Severity::Warning;
        self.out.push(finding);
    }

    fn exists(&self, group: &str, kind: &str, namespace: &str, name: &str) -> bool {
        let secret =
            || group.is_empty() && kind == "Secret" && self.index.secret(namespace, name).is_some();
        self.index.object(group, kind, namespace, name).is_some()
            || secret()
            || self.externals.has(group, kind, namespace, name)
    }

    /// Does the namespace of the object exist? Reported once for all its objects.
    fn namespace(&mut self) -> bool {
        let name = self.facts.namespace.as_str();
        if name.is_empty() || self.externals.is_open(name) || self.exists("", "Namespace", "", name)
        {
            return true;
        }
        let message = format!("the namespace `{name}` does not exist");
        self.error(
            NAMESPACE_MISSING,
            "/metadata/namespace",
            message,
            "declare the namespace, or correct its name",
        );
        false
    }

    fn need(&mut self, need: &'r Need) {
        let pointer = need.pointer.as_str();
        match &need.what {
            Target::Object {
                group,
                kind,
                namespace,
                name,
            } => {
                if !self.exists(group, kind, namespace, name) {
                    self.missing(pointer, kind, namespace, name);
                }
            }
            Target::Key { kind, name, key } => self.key(pointer, kind, name, key),
            Target::ServicePort {
                namespace,
                name,
                port,
            } => self.service_port(pointer, namespace, name, port),
            Target::OwnService { name } => self.own_service(pointer, name),
            Target::Selected { selector, by } => self.selected(pointer, selector, *by),
            Target::PodPort { selector, port } => self.pod_port(pointer, selector, port),
            Target::Analysis {
                templates,
                given,
                rules,
                by,
            } => self.analysis(
                pointer,
                templates,
                &merged::Asked {
                    given,
                    rules,
                    by: *by,
                },
            ),
            Target::Patched(patched) => self.patched(pointer, patched),
            Target::Shifted(wish) => self.shifted(pointer, wish),
            Target::Backend {
                ingress,
                service,
                of_alb,
            } => self.backend(pointer, ingress, service, *of_alb),
            Target::RouteBackends {
                kind,
                namespace,
                name,
                services,
            } => self.route_backends(pointer, (kind, namespace, name), services),
            Target::TakenPods {
                group,
                kind,
                name,
                selector,
            } => self.taken_pods(pointer, (group, kind, name), selector.as_deref()),
            Target::Series(wanted) => series::resolve(self, pointer, wanted),
        }
    }

    fn missing(&mut self, pointer: &str, kind: &str, namespace: &str, name: &str) {
        let place = if namespace.is_empty() {
            String::new()
        } else {
            format!(" in `{namespace}`")
        };
        let message = format!("{kind} `{name}` is needed{place} and does not exist");
        self.error(
            REFERENCE_MISSING,
            pointer,
            message,
            "correct the name, or add the object",
        );
    }

    fn key(&mut self, pointer: &str, kind: &str, name: &str, key: &str) {
        let namespace = self.facts.namespace.as_str();
        let found = match kind {
            "Secret" => self.index.secret(namespace, name),
            _ => self.index.object("", kind, namespace, name),
        };
        let Some(found) = found else {
            if !self.externals.has("", kind, namespace, name) {
                self.missing(pointer, kind, namespace, name);
            }
            return;
        };
        if let Some(keys) = found
            .keys
            .as_ref()
            .filter(|keys| !keys.iter().any(|known| known == key))
        {
            let message = format!("{kind} `{name}` has no entry `{key}`");
            let finding = Finding::error(KEY_MISSING, pointer, message)
                .help("correct the key, or add the entry");
            self.out
                .push(finding.note(format!("it has {}", listed(keys))));
        }
    }

    fn service_port(&mut self, pointer: &str, namespace: &str, name: &str, port: &PortRef) {
        let Some(service) = self.index.object("", "Service", namespace, name) else {
            if !self.externals.has("", "Service", namespace, name) {
                self.missing(pointer, "Service", namespace, name);
            }
            return;
        };
        if !has_port(&service.ports, port) {
            let message = format!("Service `{name}` has no port {}", shown(port));
            self.error(
                SERVICE_PORT_MISSING,
                pointer,
                message,
                "correct the port, or add it to the Service",
            );
        }
    }

    fn selected(&mut self, pointer: &str, selector: &Value, by: Selecting) {
        let namespace = self.facts.namespace.as_str();
        if self.externals.is_open(namespace)
            || self.index.selected(namespace, selector).next().is_some()
        {
            return;
        }
        let message = format!(
            "the {} `{}` selects no pods of `{namespace}`",
            self.facts.kind, self.facts.name
        );
        let mut finding = Finding::error(SELECTS_NOTHING, pointer, message);
        if by == Selecting::Policy {
            finding.severity = Severity::Warning;
        }
        self.out
            .push(finding.help("compare the selector with the labels of the pods"));
    }

    /// Says nothing where nothing is selected: that has been reported.
    fn pod_port(&mut self, pointer: &str, selector: &Value, port: &PortRef) {
        let mut pods = self
            .index
            .selected(&self.facts.namespace, selector)
            .peekable();
        let has = |facts: &Facts| {
            let pods = facts.pods.as_ref();
            pods.is_some_and(|pods| has_port(&pods.ports, port))
        };
        if pods.peek().is_none() || pods.any(has) {
            return;
        }
        let message = format!(
            "no container behind `{}` has a port {}",
            self.facts.name,
            shown(port)
        );
        let mut finding = Finding::error(TARGET_PORT_MISSING, pointer, message);
        if matches!(port, PortRef::Number(_)) {
            finding.severity = Severity::Warning;
        }
        self.out
            .push(finding.help("correct `targetPort`, or add the port to the container"));
    }
}

fn has_port(ports: &[(crate::value::Str, u16)], wanted: &PortRef) -> bool {
    ports.iter().any(|(name, number)| match wanted {
        PortRef::Number(wanted) => wanted == number,
        PortRef::Name(wanted) => wanted == name,
    })
}

fn shown(port: &PortRef) -> String {
    match port {
        PortRef::Number(number) => number.to_string(),
        PortRef::Name(name) => format!("`{name}`"),
    }
}

fn listed(names: &[crate::value::Str]) -> String {
    match names {
        [] => "no entries".to_owned(),
        _ => names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
