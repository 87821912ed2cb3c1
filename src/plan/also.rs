//! The user's own manifests: read from `also/`, completed with their namespace, owned like ours.

use crate::source::{FileId, Span};
use crate::value::Value;

/// One object of a file below `also/`.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub value: Value,
    pub file: FileId,
    /// The `also` entry that names the file.
    pub asked: Span,
}
