//! Claims: a volume that outlives its pod, and versions that stand side by side.

use super::SPLIT_CLAIM;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::language::{Rollout, Volume};

pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    let Some((name, volume, span)) = claim(unit) else {
        return;
    };
    let (message, help) = match &unit.spec().rollout {
        Some(Rollout::Rolling(_)) if volume.claim.is_some() => return,
        Some(Rollout::Rolling(_) | Rollout::Recreate(_))
            if unit.replicas.1.value < 2 && !is_rolling(unit) =>
        {
            return;
        }
        Some(Rollout::Rolling(_) | Rollout::Recreate(_)) => (
            format!(
                "up to {} pods of `{}` share the claim `{name}`",
                unit.replicas.1.value, unit.name
            ),
            "write `rollout recreate` and `size { replicas min=1 max=1 }`, or `claim=` with `rollout rolling`",
        ),
        other => {
            let kind = if matches!(other, Some(Rollout::BlueGreen(_))) {
                "blue-green"
            } else {
                "canary"
            };
            (
                format!(
                    "two versions of `{}` share the claim `{name}` during a {kind} rollout",
                    unit.name
                ),
                "write `rollout rolling`, or `rollout recreate` for a single pod",
            )
        }
    };
    let finding = Diagnostic::error(SPLIT_CLAIM, message).at(span, "belongs to one pod");
    let finding = match &unit.spec().rollout {
        Some(rollout) => finding.at(rollout.span(), "how versions are replaced"),
        None => finding,
    };
    diags.push(finding.help(help));
}

fn is_rolling(unit: &Unit) -> bool {
    matches!(&unit.spec().rollout, Some(Rollout::Rolling(_)))
}

fn claim<'a>(unit: &Unit<'a>) -> Option<(&'a str, &'a Volume, Span)> {
    let volumes = unit.spec().volume.0.iter();
    let is_flag = |volume: &Volume| volume.read_only.as_ref().is_some_and(|at| at.value);
    let mut claims = volumes.filter_map(|(name, volume)| {
        // Many may read one volume, where its access modes say so: nobody here knows them.
        if volume.existing.is_some() && is_flag(volume) {
            return None;
        }
        let span = volume.claim.as_ref().or(volume.existing.as_ref())?.span;
        Some((name.value.as_str(), volume, span))
    });
    claims.next()
}
