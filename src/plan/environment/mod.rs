//! RIB: what an environment needs beside its services: one file for each part.
//!
//! `<environment>/namespaces/`, `also/` and `components/` hold objects of their own; `apps/` is
//! what the root Application deploys, `bootstrap/` is what people apply once by hand.

mod limit_range;
mod namespace;
mod network_policy;
mod outside;
mod resource_quota;
pub mod spaces;

pub use outside::{Outside, outside};

use super::scope::Scope;
use super::{Content, Planned};
use crate::diagnostic::Diagnostics;
use crate::draft::{Draft, Origin, Traced};

/// One kind of object that an environment asks for.
pub struct Part {
    /// As Kubernetes writes it.
    pub kind: &'static str,
    /// `templates/<template>.yaml.j2`.
    pub template: &'static str,
    /// The objects that an environment needs: none, one or several.
    pub lower: fn(&Scope) -> Vec<Planned>,
}

/// In the order in which they appear in reports.
pub const PARTS: &[Part] = &[
    namespace::PART,
    network_policy::PART,
    resource_quota::PART,
    limit_range::PART,
];

/// All of them.
pub fn objects(scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    PARTS.iter().flat_map(|part| (part.lower)(scope)).collect()
}

impl Scope<'_> {
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
