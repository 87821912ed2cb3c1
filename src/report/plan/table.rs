//! The stages of a release as a table: one for all spellings, which only draw it.

use super::facts::{last, range, share, since};
use crate::forecast::Forecast;
use crate::forecast::stage::Stage;
use crate::forecast::timeline::Moment;

pub const HEADER: [&str; 7] = [
    "stage",
    "from",
    "to",
    "share",
    "new pods",
    "old pods",
    "judged by",
];

/// One row for each stage, in their order; names of the user's are made visible.
pub fn rows(forecast: &Forecast) -> Vec<[String; 7]> {
    let row = |stage| {
        let (low, _) = last(forecast, stage)?;
        let extra = match low.extra {
            0 => String::new(),
            extra => format!(" + {extra} of an experiment"),
        };
        let mut judges: Vec<_> = stage.judges.iter().map(|one| super::name(one)).collect();
        if stage.needs_person {
            judges.push("a person".into());
        }
        Some([
            super::name(&stage.title),
            since(stage.from),
            since(stage.to),
            share(forecast, stage),
            pods(forecast, stage, |moment| moment.pods.canary) + &extra,
            pods(forecast, stage, |moment| moment.pods.stable),
            judges.join(", "),
        ])
    };
    forecast.stages.iter().filter_map(row).collect()
}

/// Every number of pods that a stage comes to, in order: `1, then 5`.
fn pods(forecast: &Forecast, stage: &Stage, of: fn(&Moment) -> i64) -> String {
    let pairs = stage.moments.clone().filter_map(|at| {
        let (low, high) = (
            forecast.low.moments.get(at)?,
            forecast.high.moments.get(at)?,
        );
        Some(range(of(low), of(high)))
    });
    let mut numbers: Vec<_> = pairs.collect();
    numbers.dedup();
    numbers.join(", then ")
}
