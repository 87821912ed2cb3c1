//! Rollouts: how a new version replaces the old one.

use super::*;

structs! {
    /// New pods beside the old, step by step.
    Canary {
        /// A plan that the other fields refine.
        "preset" preset: Option<At<Preset>>,
        /// Shares of the traffic; 100 means promotion.
        "steps" steps: Sequence<Weight>,
        /// How long each stage is watched: one duration, or one for each stage before 100.
        "observe" observe: Sequence<Duration>,
        /// What must hold at every stage.
        "require" require: Option<Criteria>,
    }

    /// A complete new set, then the switch.
    BlueGreen {
        /// A plan that the other fields refine.
        "preset" preset: Option<At<Preset>>,
        /// How long the new version is watched after the switch.
        "observe" observe: Option<At<Duration>>,
        /// How long the old version stays, for a quick way back.
        "keep-old" keep_old: Option<At<Duration>>,
        /// What must hold before the switch.
        "before" before: Option<Criteria>,
        /// What must hold after it.
        "after" after: Option<Criteria>,
    }

    /// Pod by pod, without a judgement: a Deployment, or a StatefulSet where there is a claim.
    Rolling {}

    /// First the old pods go, then the new ones come.
    Recreate {}

    /// What must hold. What is empty, NaN or unreadable does not hold.
    Criteria {
        /// The share of failed requests.
        "errors" errors: Option<At<ShareLimit>>,
        /// The median latency.
        "p50" p50: Option<At<TimeLimit>>,
        /// The latency that 90 of 100 requests stay below.
        "p90" p90: Option<At<TimeLimit>>,
        /// The latency that 95 of 100 requests stay below.
        "p95" p95: Option<At<TimeLimit>>,
        /// The latency that 99 of 100 requests stay below.
        "p99" p99: Option<At<TimeLimit>>,
        /// Requests for each pod, against the stable version.
        "throughput" throughput: Option<At<StableShare>>,
        /// A path on the first port that must answer with success.
        "smoke" smoke: Option<At<UrlPath>>,
    }
}

/// How a new version replaces the old one.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a service has one, and most are canaries"
)]
pub enum Rollout {
    Canary(Canary),
    BlueGreen(BlueGreen),
    Rolling(Rolling),
    Recreate(Recreate),
}

impl Field for Option<Rollout> {
    const SHAPE: Shape = Shape::Tagged(&[
        ("canary", Canary::STRUCT),
        ("blue-green", BlueGreen::STRUCT),
        ("rolling", Rolling::STRUCT),
        ("recreate", Recreate::STRUCT),
    ]);

    fn read(datum: Option<&Datum>) -> Self {
        let Some(Kind::Tagged(tag, content)) = datum.map(|datum| &datum.kind) else {
            return None;
        };
        Some(match tag {
            0 => Rollout::Canary(Canary::read_struct(content)),
            1 => Rollout::BlueGreen(BlueGreen::read_struct(content)),
            2 => Rollout::Rolling(Rolling::read_struct(content)),
            _ => Rollout::Recreate(Recreate::read_struct(content)),
        })
    }
}

impl Rollout {
    pub fn span(&self) -> crate::source::Span {
        match self {
            Rollout::Canary(canary) => canary.span,
            Rollout::BlueGreen(blue_green) => blue_green.span,
            Rollout::Rolling(rolling) => rolling.span,
            Rollout::Recreate(recreate) => recreate.span,
        }
    }
}
