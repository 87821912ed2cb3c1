//! One service in one environment, as every kind of object sees it.

use std::cell::OnceCell;

use super::ports::{PortPlan, ports};
use super::scope::Scope;
use super::series::Series;
use super::traffic::{TrafficPlan, traffic};
use super::{Content, Planned};
use crate::draft::{Draft, Origin, Traced};
use crate::model::Service;
use crate::source::Span;
use crate::spec::language::{self, Rollout};
use crate::value::Str;

/// Derived once, read by all kinds.
pub struct Unit<'a> {
    pub scope: Scope<'a>,
    pub service: &'a Service,
    pub name: Str,
    pub namespace: Str,
    pub ports: Vec<PortPlan>,
    pub traffic: Option<TrafficPlan<'a>>,
    /// The fewest and the most pods.
    pub replicas: (Number, Number),
    /// Its request metrics, found when they are first asked for.
    pub(super) requests: OnceCell<Option<Series>>,
}

/// A number and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub value: u32,
    pub origin: Origin,
}

/// What object runs the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    Rollout,
    Deployment,
    StatefulSet,
}

impl<'a> Unit<'a> {
    pub fn new(scope: Scope<'a>, service: &'a Service) -> Unit<'a> {
        let ports = ports(&service.spec);
        Unit {
            scope,
            service,
            name: service.name.text.clone(),
            namespace: scope.namespace_of(&service.spec),
            traffic: traffic(&scope, &service.spec, &ports),
            replicas: replicas(&service.spec),
            ports,
            requests: OnceCell::new(),
        }
    }

    pub fn spec(&self) -> &'a language::Service {
        &self.service.spec
    }

    /// The service as its file names it.
    pub fn span(&self) -> Span {
        self.service.name.span
    }

    pub fn workload(&self) -> Workload {
        let claims = self
            .spec()
            .volume
            .0
            .iter()
            .any(|(_, volume)| volume.claim.is_some());
        match &self.spec().rollout {
            Some(Rollout::Rolling(_)) if claims => Workload::StatefulSet,
            Some(Rollout::Rolling(_) | Rollout::Recreate(_)) => Workload::Deployment,
            // Without a word the plan is a canary: the language's own default.
            Some(Rollout::Canary(_) | Rollout::BlueGreen(_)) | None => Workload::Rollout,
        }
    }

    /// Whether a router shifts the weight of this canary. Only then the Rollout names Services.
    pub fn is_routed(&self) -> bool {
        let canary = matches!(&self.spec().rollout, Some(Rollout::Canary(_)) | None);
        canary && self.traffic.is_some()
    }

    pub fn is_blue_green(&self) -> bool {
        matches!(&self.spec().rollout, Some(Rollout::BlueGreen(_)))
    }

    /// What selects the pods of this service: never changes while it lives.
    pub fn selector(&self) -> Traced {
        let name = Traced::from(&self.name).at(self.span());
        Traced::from([("app.kubernetes.io/name", name)])
    }

    /// The recommended labels (Kubernetes documentation, "Recommended Labels").
    pub fn labels(&self) -> Traced {
        let scope = &self.scope;
        let labels = self
            .selector()
            .with(
                "app.kubernetes.io/instance",
                Traced::from(scope.argo_name(&self.name)),
            )
            .with(
                "app.kubernetes.io/part-of",
                Traced::from(&scope.fleet.name.text).at(scope.fleet.name.span),
            )
            .with("app.kubernetes.io/managed-by", Traced::from("tiphys"));
        match &self.spec().owner {
            Some(owner) => labels.with(
                "tiphys.dev/owner",
                Traced::from(&owner.value.0).at(owner.span),
            ),
            None => labels,
        }
    }

    /// The labels, and the version: for pods and the workload.
    pub fn versioned_labels(&self) -> Traced {
        let version = self
            .service
            .release
            .as_ref()
            .and_then(|release| release.version.as_ref());
        match version {
            Some(version) => {
                let text = version.value.as_str().replace('+', "_");
                let text: String = text.chars().take(63).collect();
                let text = text
                    .trim_end_matches(|c: char| !c.is_ascii_alphanumeric())
                    .to_string();
                self.labels().with(
                    "app.kubernetes.io/version",
                    Traced::from(text).at(version.span),
                )
            }
            None => self.labels(),
        }
    }

    /// What every template of a service's object sees.
    pub fn context(&self, name: &str) -> Traced {
        self.context_of(name, self.selector())
    }

    /// The same for an object about other pods.
    pub fn context_of(&self, name: &str, selector: Traced) -> Traced {
        Traced::map()
            .with("name", Traced::from(name).at(self.span()))
            .with("namespace", self.namespace_traced())
            .with("service", Traced::from(&self.name).at(self.span()))
            .with("labels", self.labels())
            .with("selector", selector)
    }

    fn namespace_traced(&self) -> Traced {
        let namespace = Traced::from(&self.namespace);
        match &self.spec().namespace {
            Some(at) => namespace.at(at.span),
            None => namespace.at(self.scope.environment.name.span),
        }
    }

    /// A draft of an object named `<service>` or `<service>-<suffix>`, in `<template>[-<suffix>]`.
    pub fn planned(&self, template: &str, suffix: &str, context: Traced) -> Planned {
        let stem = match suffix {
            "" => Str::from(template),
            suffix => format!("{template}-{suffix}").into(),
        };
        let environment = &self.scope.environment.name.text;
        let path = format!("{environment}/services/{}/{stem}.yaml", self.name).into();
        let origin = Origin::Spec(self.span());
        let draft = Draft {
            template: template.into(),
            context,
            parts: Vec::new(),
            origin,
        };
        Planned {
            content: Content::Draft(draft),
            path,
        }
    }

    /// `<service>-<suffix>`.
    pub fn suffixed(&self, suffix: &str) -> Str {
        format!("{}-{suffix}", self.name).into()
    }
}

/// Two pods at least where nothing is said: one pod cannot be replaced without a gap.
fn replicas(service: &language::Service) -> (Number, Number) {
    let given = service
        .size
        .as_ref()
        .and_then(|size| size.replicas.as_ref());
    let number = |at: &Option<crate::spec::field::At<language::Count>>| {
        at.as_ref().map(|at| Number {
            value: at.value.0,
            origin: Origin::Spec(at.span),
        })
    };
    let (min, max) = given.map_or((None, None), |given| {
        (number(&given.min), number(&given.max))
    });
    let default = Number {
        value: 2,
        origin: Origin::Default("replicas"),
    };
    let min = min.or(max.filter(|max| max.value < 2)).unwrap_or(default);
    (min, max.unwrap_or(min))
}
