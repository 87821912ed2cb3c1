//! The model to drafts: what each service and environment needs.
//!
//! [`unit::Unit`] is one service as all kinds see it; each kind of object is one file of `kind/`
//! and one row of [`kind::KINDS`].

pub mod also;
pub mod scope;
pub mod ports;
pub mod traffic;
pub mod unit;
pub mod route;
pub mod network;
pub mod pod;
pub mod workload;
pub mod replicas;
pub mod inside;
pub mod query;
pub mod criterion;
pub mod delivery;
pub mod statistics;
pub mod chance;
pub mod held;
pub mod promql;
pub mod series;
pub mod timing;
pub mod fit;
pub mod obstacle;
pub mod analysis;
pub mod call;
pub mod login;
pub mod ask;
pub mod delivery_check;
pub mod strategy;
pub mod address;
pub mod config;
pub mod order;
pub mod environment;
pub mod kind;
pub mod check;

use crate::diagnostic::Diagnostics;
use crate::draft::Draft;
use crate::value::Str;

/// An object to emit, and where it goes.
#[derive(Clone, Debug)]
pub struct Planned {
    pub content: Content,
    /// Below the output folder: `production/services/cart/service-canary.yaml`.
    pub path: Str,
}

/// Where an object comes from.
#[derive(Clone, Debug)]
pub enum Content {
    /// Rendered from a template.
    Draft(Draft),
    /// The user's own, read from a file of `also/`.
    Manifest(also::Manifest),
}

/// All objects of one service.
pub fn service(unit: &unit::Unit, diags: &mut Diagnostics) -> Vec<Planned> {
    let mut planned: Vec<_> = kind::KINDS
        .iter()
        .flat_map(|kind| (kind.lower)(unit))
        .collect();
    delivery_check::check(unit, diags);
    planned.extend(also::service(unit, diags));
    network::report(unit, diags);
    planned
}

/// All objects of an environment that belong to no single service.
pub fn environment(scope: &scope::Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    environment::objects(scope, diags)
}
