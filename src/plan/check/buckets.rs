//! Bounds of latency buckets that are written: they grow, and none is zero.

use super::WRONG_BUCKETS;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::scope::Scope;
use crate::plan::unit::Unit;
use crate::spec::field::At;
use crate::spec::unit::Duration;

/// Those of the environment's traffic.
pub fn traffic(scope: &Scope, diags: &mut Diagnostics) {
    for (_, traffic) in &scope.environment.spec.traffic.0 {
        grow(&traffic.buckets.0, diags);
    }
}

/// Those of the service's own metrics.
pub fn service(unit: &Unit, diags: &mut Diagnostics) {
    if let Some(metrics) = &unit.spec().metrics {
        grow(&metrics.buckets.0, diags);
    }
}

fn grow(bounds: &[At<Duration>], diags: &mut Diagnostics) {
    let mut last = Duration(0);
    for at in bounds {
        if at.value <= last {
            let message = format!(
                "the bucket up to {} does not end after {last}, where the one before it does",
                at.value
            );
            diags.push(
                Diagnostic::error(WRONG_BUCKETS, message)
                    .at(at.span, "does not grow")
                    .help("let the bounds grow: `buckets \"100ms\" \"500ms\" \"3s\"`"),
            );
        }
        last = at.value;
    }
}
