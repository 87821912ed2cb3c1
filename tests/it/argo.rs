//! The rules of Argo Rollouts: each by hand, and all of them against the controller's own code.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests stand at the edge"
)]

mod controller;
mod generate;
mod made;
mod routes;
mod rules;
mod wild;
