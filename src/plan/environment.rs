//! What an environment needs beside its services: namespaces, Applications, the bootstrap.

use super::Planned;
use super::scope::Scope;
use crate::diagnostic::Diagnostics;
use crate::manifest::ObjectId;
use crate::value::Str;

/// All of them.
pub fn objects(_scope: &Scope, _diags: &mut Diagnostics) -> Vec<Planned> {
    Vec::new()
}

/// What is there without an object of ours.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    pub objects: Vec<ObjectId>,
    /// Namespaces in which others make objects that we do not know.
    pub namespaces: Vec<Str>,
}

/// What the environment's objects may refer to although no object here makes it.
pub fn outside(_scope: &Scope) -> Outside {
    Outside::default()
}
