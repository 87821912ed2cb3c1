//! Compiles one short release spec per environment into every manifest that Argo CD and Argo
//! Rollouts need.
//!
//! ```text
//! SourceTree ─syntax─▶ raw trees ─spec─▶ documents ─model─▶ Fleet ─plan─▶ drafts
//!            ─render─▶ manifests ─verify─▶ findings ─emit─▶ Tree ─io─▶ disk
//! ```
//! Modules stand in dependency order: each uses only those above it.

pub mod source;
pub mod diagnostic;
pub mod value;
pub mod draft;
pub mod manifest;
pub mod re2;
pub mod condition;
pub mod promql;
pub mod pods;
pub mod syntax;
pub mod spec;
pub mod model;
pub mod render;
pub mod plan;
pub mod schema;
pub mod verify;
pub mod policy;
pub mod forecast;
pub mod emit;
pub mod compile;
pub mod lint;
pub mod why;
pub mod edit;
pub mod report;
pub mod io;
pub mod cli;
