//! Canaries by the number of pods: shares that can be reached, and connections that stay open.

use super::{POD_SHARE, UNREACHABLE_STEP};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Origin;
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
    let mut before: Option<u8> = None;
    for step in canary
        .steps
        .0
        .iter()
        .filter(|step| step.value.0 < 100 && !step.layer.is_default())
    {
        if !fits(least, step.value.0, before) {
            diags.push(unreachable(unit, step, before));
        }
        before = Some(step.value.0);
    }
}

/// Whether so many pods make the share, and other shares than of the step `before`.
fn fits(replicas: u32, weight: u8, before: Option<u8>) -> bool {
    let pods = split(replicas, u32::from(weight));
    let misses = (share(pods) - f64::from(weight)).abs() > TOLERANCE;
    let same = before.is_some_and(|before| split(replicas, u32::from(before)) == pods);
    !misses && pods.canary > 0 && pods.stable > 0 && !same
}

fn share(pods: Pods) -> f64 {
    100.0 * pods.canary as f64 / (pods.total() as f64).max(1.0)
}

/// Whether a router could share out what it gets.
fn is_routable(unit: &Unit) -> bool {
    let mut main = unit.ports.iter().filter(|port| port.main);
    main.any(|port| matches!(port.protocol, Protocol::Http | Protocol::Grpc))
}

fn unreachable(unit: &Unit, step: &At<Weight>, before: Option<u8>) -> Diagnostic {
    /// More pods than anybody would raise the least number to.
    const MOST: u32 = 1000;
    let (least, weight) = (unit.replicas.0.value, step.value.0);
    let pods = split(least, u32::from(weight));
    let same = before.filter(|before| split(least, u32::from(*before)) == pods);
    let (name, environment) = (&unit.name, &unit.scope.environment.name.text);
    let of = match least {
        1 => "1 pod".to_string(),
        least => format!("{least} pods"),
    };
    let message = match same {
        Some(before) => format!(
            "in `{environment}` the step {weight} of `{name}` changes nothing: of {of} it makes the same as {before}"
        ),
        None => format!("{weight} percent of `{name}` cannot be made of {of} in `{environment}`"),
    };
    let label = format!(
        "{} new of {}, which is {:.0} percent",
        pods.canary,
        pods.total(),
        share(pods)
    );
    let finding = Diagnostic::error(UNREACHABLE_STEP, message).at(step.span, label);
    let finding = match unit.replicas.0.origin {
        Origin::Spec(span) => finding.at(span, format!("the fewest pods in `{environment}`")),
        _ => finding,
    };
    let raise = (least..MOST).find(|replicas| fits(*replicas, weight, before));
    let mut ways: Vec<_> = raise
        .map(|replicas| format!("raise `replicas min` to {replicas}"))
        .into_iter()
        .collect();
    ways.push(match same {
        Some(before) => format!("take out {before} or {weight}"),
        None => "leave `steps` out".into(),
    });
    if is_routable(unit) {
        ways.push("add a mesh or a gateway".into());
    }
    let last = ways.pop().unwrap_or_default();
    let help = match ways.is_empty() {
        true => last,
        false => format!("{}, or {last}", ways.join(", ")),
    };
    finding
        .note("without a router a canary's share is a share of the pods")
        .help(help)
}
