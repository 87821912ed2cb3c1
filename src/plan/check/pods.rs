//! Canaries by the number of pods: shares that can be reached, and connections that stay open.

use super::{POD_SHARE, UNREACHABLE_STEP};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::ports::Protocol;
use crate::plan::replicas::split;
use crate::plan::unit::{Unit, Workload};
use crate::pods::Pods;
use crate::spec::field::At;
use crate::spec::language::{Canary, Rollout, Weight};

/// Points by which a share of the pods may miss the share that is asked for.
const TOLERANCE: f64 = 5.0;

pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    if unit.workload() != Workload::Rollout || unit.is_blue_green() || unit.is_routed() {
        return;
    }
    open_connections(unit, diags);
    if let Some(Rollout::Canary(canary)) = &unit.spec().rollout {
        reachable(unit, canary, diags);
    }
}

fn open_connections(unit: &Unit, diags: &mut Diagnostics) {
    let mut main = unit.ports.iter().filter(|port| port.main);
    let Some(port) = main.find(|port| port.protocol != Protocol::Http) else {
        return;
    };
    let protocol = match port.protocol {
        Protocol::Grpc => "gRPC",
        _ => "TCP",
    };
    let message = format!(
        "`{}` speaks {protocol}, and its canary is a share of pods, not of requests",
        unit.name
    );
    let finding =
        Diagnostic::warning(POD_SHARE, message).at(port.span, "its connections stay open");
    let finding = match &unit.spec().rollout {
        Some(rollout) => finding.at(rollout.span(), "a canary without a router"),
        None => finding,
    };
    diags.push(finding.help(match port.protocol {
        Protocol::Grpc => {
            "use a mesh (`traffic \"inside\" mesh=\"istio\"`), or `rollout blue-green`"
        }
        _ => "write `rollout blue-green` or `rollout rolling`: no router shares out connections",
    }));
}

/// Steps from defaults fit no service in particular: for them shares are derived.
fn reachable(unit: &Unit, canary: &Canary, diags: &mut Diagnostics) {
    let least = unit.replicas.0.value;
    let mut before: Option<Pods> = None;
    for step in canary
        .steps
        .0
        .iter()
        .filter(|step| step.value.0 < 100 && !step.layer.is_default())
    {
        let split = split(least, u32::from(step.value.0));
        let share = 100.0 * split.canary as f64 / (split.total() as f64).max(1.0);
        let misses = (share - f64::from(step.value.0)).abs() > TOLERANCE;
        if misses || split.canary == 0 || split.stable == 0 || before == Some(split) {
            diags.push(unreachable(unit, step, split, share));
        }
        before = Some(split);
    }
}

/// Whether a router could share out what it gets.
fn is_routable(unit: &Unit) -> bool {
    let mut main = unit.ports.iter().filter(|port| port.main);
    main.any(|port| matches!(port.protocol, Protocol::Http | Protocol::Grpc))
}

fn unreachable(
    unit: &Unit,
    step: &At<Weight>,
    Pods { canary, stable }: Pods,
    share: f64,
) -> Diagnostic {
    let least = unit.replicas.0.value;
    let weight = step.value.0;
    let message = format!(
        "{weight} percent of `{}` cannot be made of {least} pods",
        unit.name
    );
    let needed = 100u32.div_ceil(u32::from(weight.min(100 - weight.min(99))));
    Diagnostic::error(UNREACHABLE_STEP, message)
        .at(
            step.span,
            format!(
                "{canary} of {} pods, which is {share:.0} percent",
                canary + stable
            ),
        )
        .note("without a router a canary's share is a share of the pods")
        .help(match is_routable(unit) {
            true => format!("raise `replicas min` to about {needed}, leave `steps` out, or add a mesh or a gateway"),
            false => format!("raise `replicas min` to about {needed}, or leave `steps` out"),
        })
}
