//! The stages of a release as a table: one for all spellings, which only draw it.

use super::facts::{last, range, share, since};
use crate::forecast::Forecast;

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
        let (low, high) = last(forecast, stage)?;
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
            range(low.pods.canary, high.pods.canary) + &extra,
            range(low.pods.stable, high.pods.stable),
            judges.join(", "),
        ])
    };
    forecast.stages.iter().filter_map(row).collect()
}
