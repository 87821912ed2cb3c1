//! Moments gathered into stages, as people speak of them: one for each share of the traffic.

use std::ops::Range;

use super::rollout::{Rollout, Strategy};
use super::timeline::{Clock, Timeline, What};

/// Moments in a row with one share.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// `5 %`, `preview`, `promotion`.
    pub title: String,
    /// Indices into `moments`.
    pub moments: Range<usize>,
    pub from: Clock,
    pub to: Clock,
    /// Names of the metrics that judge it, each once.
    pub judges: Vec<String>,
    pub needs_person: bool,
}

pub fn stages(rollout: &Rollout, timeline: &Timeline) -> Vec<Stage> {
    let is_canary = matches!(rollout.strategy, Strategy::Canary(_));
    let mut stages: Vec<Stage> = Vec::new();
    for (at, moment) in timeline.moments.iter().enumerate() {
        let opens = match moment.what {
            What::SetWeight | What::Promote | What::Retire | What::Experiment => true,
            _ => !is_canary || stages.is_empty(),
        };
        if opens {
            stages.push(Stage {
                title: match (is_canary, at, moment.what) {
                    (true, 0, What::SetWeight | What::Experiment)
                    | (false, ..)
                    | (true, 1.., _) => title(moment.what, moment.weight, timeline.max_weight),
                    (true, 0, _) => "start".into(),
                },
                moments: at..at,
                from: moment.start,
                to: moment.end,
                judges: Vec::new(),
                needs_person: false,
            });
        }
        let Some(stage) = stages.last_mut() else {
            continue;
        };
        stage.moments.end = at + 1;
        stage.to = moment.end;
        stage.needs_person |= moment.needs_person;
        for metric in moment.runs.iter().flat_map(|run| &run.metrics) {
            if !stage.judges.contains(&metric.name) {
                stage.judges.push(metric.name.clone());
            }
        }
    }
    stages
}

fn title(what: What, weight: i64, max_weight: i64) -> String {
    match what {
        What::SetWeight => percent(weight, max_weight),
        What::Experiment => "experiment".into(),
        What::Promote => "promotion".into(),
        What::Retire => "old pods go".into(),
        What::Preview => "preview".into(),
        What::Before => "watch before".into(),
        What::Pause => "pause".into(),
        What::ScaleUp => "scale up".into(),
        What::Switch => "switch".into(),
        What::After => "watch after".into(),
        What::Roll => "rolling".into(),
        What::Stop => "old pods stop".into(),
        What::Start => "new pods start".into(),
        _ => percent(weight, max_weight),
    }
}

/// `5%`, `0.3%`.
pub fn percent(part: i64, whole: i64) -> String {
    let (part, whole) = (part.max(0).unsigned_abs(), whole.max(1).unsigned_abs());
    let ppm = u128::from(part) * 1_000_000 / u128::from(whole);
    show_ppm(u64::try_from(ppm).unwrap_or(u64::MAX))
}

/// Parts per million as a percentage, to a hundredth; what is next to nothing or to everything as
/// fine as it is.
pub fn show_ppm(ppm: u64) -> String {
    if !ppm.is_multiple_of(100) && (ppm < 100 || (999_900..1_000_000).contains(&ppm)) {
        let rest = format!("{:04}", ppm % 10_000);
        return format!("{}.{}%", ppm / 10_000, rest.trim_end_matches('0'));
    }
    let hundredths = (ppm + 50) / 100;
    match hundredths % 100 {
        0 => format!("{}%", hundredths / 100),
        rest => {
            let rest = format!("{rest:02}");
            format!("{}.{}%", hundredths / 100, rest.trim_end_matches('0'))
        }
    }
}
