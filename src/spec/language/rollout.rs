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
        /// The share of failed requests that ends the rollout at once, at any stage; five times
        /// that of `errors`, from 5% to 50%, where none is given.
        "safety" safety: Option<At<ShareLimit>> = "<5%",
        /// Values of one's own that must hold at every stage.
        "measure" measure: Named<Measure>,
    }

    /// A complete new set, then the switch.
    BlueGreen {
        /// A plan that the other fields refine.
        "preset" preset: Option<At<Preset>>,
        /// How long the new version is watched after the switch.
        "observe" observe: Option<At<Duration>>,
        /// How long the old version stays, for a quick way back.
        "keep-old" keep_old: Option<At<Duration>> = "1h",
        /// What must hold before the switch.
        "before" before: Option<Criteria>,
        /// What must hold after it.
        "after" after: Option<Criteria>,
        /// Values of one's own that must hold after it.
        "measure" measure: Named<Measure>,
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
        /// The share of the error budget that must be left, before the first request and at every stage.
        "budget" budget: Option<At<ShareFloor>>,
        /// No more errors than the stable version has, but for chance.
        "compare" compare: Option<Compare>,
        /// A path on the first port that must answer with success.
        "smoke" smoke: Option<At<UrlPath>> = "/",
        /// What a path on the first port must say of itself, in JSON.
        "health" health: Option<Health>,
    }

    /// A path that answers with success and JSON, and what a field of it must be.
    Health {
        /// The path.
        arg "path" path: Option<At<UrlPath>>,
        /// The field, through objects by dots.
        "field" field: Option<At<JsonField>>,
        /// Its value: a text, or a number, `true` or `false` as JSON has it; `true` where none is given.
        "is" is: Option<At<Line>> = "ok",
    }

    /// A statistical test of the new version's errors against the stable one's, and of its slow
    /// requests where `slower` says what is slow.
    Compare {
        /// The chance, over all stages, that a version no worse is refused; 5% where none is given.
        "alpha" alpha: Option<At<Percent>> = "5%",
        /// The requests of each version that a stage must have seen; 100 where none is given.
        "least" least: Option<At<Count>> = "100",
        /// Requests that take longer are compared as well: a bound of a bucket.
        "slower" slower: Option<At<Duration>> = "250ms",
        /// How long a stage goes on while there are too few requests; then somebody decides.
        "extend" extend: Option<At<Duration>>,
    }

    /// A value of one's own, asked of Prometheus.
    Measure {
        /// PromQL with one value as its answer; `$namespace`, `$service`, `$version`, `$stable` and
        /// `$window` are filled in.
        "query" query: Option<At<Text>> = "sum(queue_length{service='$service'})",
        /// What the value must meet.
        "require" require: Option<At<Bound>>,
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
