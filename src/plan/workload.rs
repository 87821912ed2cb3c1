//! What Rollout, Deployment and StatefulSet have in common.

use super::unit::{Number, Unit};
use super::{Content, Planned, pod};
use crate::draft::Traced;

impl From<Number> for Traced {
    fn from(number: Number) -> Traced {
        Traced::from(number.value).from_origin(number.origin)
    }
}

impl Unit<'_> {
    /// A workload's draft with its pod template.
    pub fn workload_draft(&self, template: &str, context: Traced) -> Planned {
        let context = context
            .with("versioned", self.versioned_labels())
            .with("annotations", self.promises())
            .with("replicas", Traced::from(self.replicas.0))
            .with("deadline", Traced::from(progress_deadline(self)));
        let mut planned = self.planned(template, "", context);
        if let Content::Draft(draft) = &mut planned.content {
            draft.parts.push(("pod".into(), pod::draft(self)));
        }
        planned
    }

    /// What the service promises, for people and tools that read the cluster.
    fn promises(&self) -> Traced {
        let spec = self.spec();
        let mut promises = Traced::map();
        if let Some(tier) = &spec.tier {
            promises = promises.with(
                "tiphys.dev/tier",
                Traced::from(tier.value.as_str()).at(tier.span),
            );
        }
        if let Some(slo) = &spec.slo {
            let availability = slo
                .availability
                .as_ref()
                .map(|at| (at.value.to_string(), at.span));
            let window = slo
                .window
                .as_ref()
                .map(|at| (at.value.to_string(), at.span));
            let p95 = slo.p95.as_ref().map(|at| (at.value.to_string(), at.span));
            let entries = [
                ("tiphys.dev/slo-availability", availability),
                ("tiphys.dev/slo-window", window),
                ("tiphys.dev/slo-p95", p95),
            ];
            for (key, entry) in entries {
                if let Some((text, span)) = entry {
                    promises = promises.with(key, Traced::from(text).at(span));
                }
            }
        }
        if let Some(load) = &spec.load {
            for (key, rate) in [
                ("tiphys.dev/load-usual", &load.usual),
                ("tiphys.dev/load-peak", &load.peak),
            ] {
                if let Some(at) = rate {
                    let text = format!("{}rps", crate::spec::unit::ratio_text(at.value.0, 1000));
                    promises = promises.with(key, Traced::from(text).at(at.span));
                }
            }
        }
        match &promises.node {
            crate::draft::Node::Map(entries) if entries.is_empty() => Traced::default(),
            _ => promises,
        }
    }
}

/// Seconds: twice the longest start of a pod and two minutes for image and node, in whole minutes.
fn progress_deadline(unit: &Unit) -> u64 {
    (2 * pod::startup_seconds(unit) + 120).div_ceil(60) * 60
}
