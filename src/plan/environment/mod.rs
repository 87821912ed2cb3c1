//! RIB: what an environment needs beside its services: one file for each part.
//!
//! `<environment>/namespaces/`, `also/` and `components/` hold objects of their own; `apps/` is
//! what the root Application deploys, `bootstrap/` is what people apply once by hand.

mod also;
mod app_project;
mod application;
mod argo_cd_config;
pub mod argo_cd_webhook;
mod argo_rollouts_config;
mod limit_range;
mod namespace;
mod network_policy;
mod outside;
mod publish;
mod resource_quota;
mod root;
pub mod spaces;
mod whitelist;

pub use outside::{ARGO_CD, ARGO_ROLLOUTS, Outside, outside};

use super::scope::Scope;
use super::{Content, Planned};
use crate::diagnostic::Diagnostics;
use crate::draft::{Draft, Origin, Traced};
use crate::spec::language::Component;
use crate::value::Str;

/// The cluster that Argo CD itself runs in, as it calls it.
pub const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// One kind of object that an environment asks for.
pub struct Part {
    /// As Kubernetes writes it.
    pub kind: &'static str,
    /// `templates/<template>.yaml.j2`.
    pub template: &'static str,
    /// The objects that an environment needs: none, one or several.
    pub lower: fn(&Scope, &mut Diagnostics) -> Vec<Planned>,
}

/// In the order in which they appear in reports.
pub const PARTS: &[Part] = &[
    namespace::PART,
    network_policy::PART,
    resource_quota::PART,
    limit_range::PART,
    app_project::PART,
    application::PART,
    root::PROJECT,
    root::APPLICATION,
    argo_cd_config::PART,
    argo_cd_webhook::PART,
    argo_rollouts_config::PART,
];

crate::codes! {
    /// Applications name the repository that Argo CD reads, and the fleet does not say which one.
    /// Write the place that the rendered tree is pushed to:
    /// `publish repository="https://git.example.com/shop/deploy.git" branch="main" path="generated"`.
    NO_PUBLISH = "no-publish": "no repository for Argo CD to read";
    /// Argo CD calls a service `<fleet>-<environment>-<service>` and writes that into labels,
    /// which hold at most 63 characters. Shorten one of the three names.
    ARGO_NAME_TOO_LONG = "argo-name-too-long": "a name that is too long for Argo CD";
    /// Whoever may write into the namespace of Argo CD may make Applications of any project, and
    /// so do everything that Argo CD may do. Nothing of a fleet runs there. Choose another
    /// namespace.
    ARGO_CD_NAMESPACE = "argo-cd-namespace": "something that would run beside Argo CD";
}

/// All of them.
pub fn objects(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let mut planned: Vec<_> = PARTS
        .iter()
        .flat_map(|part| (part.lower)(scope, diags))
        .collect();
    planned.extend(also::objects(scope, diags));
    planned
}

impl<'a> Scope<'a> {
    /// A draft of an object in `<environment>/<path>.yaml`.
    fn planned(&self, path: &str, template: &str, context: Traced, origin: Origin) -> Planned {
        let path = format!("{}/{path}.yaml", self.environment.name.text).into();
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

    /// The environment as its file names it.
    fn origin(&self) -> Origin {
        Origin::Spec(self.environment.name.span)
    }

    /// Where Argo CD deploys to: the cluster that it runs in where nothing else is said.
    fn server(&self) -> Traced {
        let server = Traced::from(self.address());
        let cluster = self.environment.spec.cluster.as_ref();
        match cluster.and_then(|cluster| cluster.server.as_ref()) {
            Some(at) => server.at(at.span),
            None => server.by_default("server"),
        }
    }

    /// The same as a text.
    pub fn address(&self) -> &'a str {
        let cluster = self.environment.spec.cluster.as_ref();
        let server = cluster.and_then(|cluster| cluster.server.as_ref());
        server.map_or(IN_CLUSTER, |at| at.value.as_str().trim_end_matches('/'))
    }

    /// The namespace of a component; the environment's where it names none.
    fn namespace_of_component(&self, component: &Component) -> (Str, Origin) {
        let named = component.namespace.as_ref().and_then(|at| at.name.as_ref());
        match named {
            Some(at) => (at.value.0.clone(), Origin::Spec(at.span)),
            None => (self.namespace(), self.origin()),
        }
    }

    /// Labels of what belongs to the environment as a whole.
    fn labels(&self) -> Traced {
        let fleet = &self.fleet.name;
        Traced::map()
            .with(
                "app.kubernetes.io/part-of",
                Traced::from(&fleet.text).at(fleet.span),
            )
            .with("app.kubernetes.io/managed-by", "tiphys")
            .with(
                "tiphys.dev/environment",
                Traced::from(&self.environment.name.text).from_origin(self.origin()),
            )
    }
}
