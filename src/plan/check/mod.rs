//! What contradicts itself once it is derived: ways in, names, and rollouts that cannot go as
//! they are written.

mod buckets;
mod claim;
mod codes;
mod criteria;
mod entrance;
mod login;
mod mesh;
mod measure;
mod name;
mod namespace;
mod objective;
mod pods;
mod promise;
mod steps;
#[cfg(test)]
mod tests;

pub use codes::*;

use super::delivery::Delivery;
use super::scope::Scope;
use super::unit::Unit;
use crate::diagnostic::Diagnostics;
use crate::model::Fleet;
use crate::source::SourceTree;

/// All checks, in no order that matters.
pub fn check(fleet: &Fleet, sources: &SourceTree, diags: &mut Diagnostics) {
    namespace::check(fleet, diags);
    name::across(fleet, diags);
    for environment in &fleet.environments {
        let scope = Scope {
            sources,
            fleet,
            environment,
        };
        let units: Vec<_> = environment
            .services
            .iter()
            .map(|service| Unit::new(scope, service))
            .collect();
        entrance::check(&scope, &units, diags);
        objective::windows(&scope, diags);
        promise::nested(&scope, diags);
        mesh::check(&scope, diags);
        name::installs(&scope, diags);
        buckets::traffic(&scope, diags);
        login::check(&scope, diags);
        for unit in &units {
            name::check(unit, diags);
            buckets::service(unit, diags);
            measure::check(unit, diags);
            claim::check(unit, diags);
            pods::check(unit, diags);
            if let Some(delivery) = Delivery::of(unit) {
                steps::check(unit, &delivery, diags);
                criteria::check(unit, &delivery, diags);
                objective::check(unit, &delivery, diags);
                promise::check(unit, &delivery, diags);
            }
        }
    }
}
