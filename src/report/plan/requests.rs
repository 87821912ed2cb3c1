//! The requests that a verdict needs, and what chance makes of those that come.

use crate::forecast::power::Power;
use crate::forecast::time::show;
use crate::forecast::{Forecast, trust};

/// Thousandths a second: `38rps`, `0.5rps`.
pub fn rate(milli: u64) -> String {
    match milli % 1000 {
        0 => format!("{}rps", milli / 1000),
        _ if milli >= 100_000 => format!("{}rps", milli.div_ceil(1000)),
        _ => format!(
            "{}.{}rps",
            milli.div_ceil(100) / 10,
            milli.div_ceil(100) % 10
        ),
    }
}

pub fn requests(forecast: &Forecast) -> Vec<String> {
    let one = |power: &Power| {
        let stage = forecast
            .stages
            .iter()
            .find(|stage| stage.moments.contains(&power.moment));
        let title = stage.map_or("", |stage| stage.title.as_str());
        let metric = super::name(&power.metric);
        let need = format!(
            "{title}: `{metric}` needs {}, {} in all",
            power.needed,
            rate(power.rate)
        );
        match power.expected {
            None => need,
            Some(expected) if !power.is_short() => format!("{need}; {expected} come"),
            Some(expected) => {
                let time = power
                    .enough_time(&forecast.setting)
                    .map_or(String::new(), |time| {
                        format!(": watch for {} or begin with a larger share", show(time))
                    });
                format!("{need}; only {expected} come{time}")
            }
        }
    };
    let powers = forecast.powers.iter().map(one);
    trusted(forecast).into_iter().chain(powers).collect()
}

/// `2.4 of 100`, `less than 0.1 of 100`.
fn of_100(chance: f64) -> String {
    match chance * 100.0 {
        few if few < 0.1 => "less than 0.1 of 100".into(),
        few if few < 10.0 => format!("{few:.1} of 100"),
        many => format!("{many:.0} of 100"),
    }
}

/// What chance makes of the measurements that are really made.
fn trusted(forecast: &Forecast) -> Vec<String> {
    let all = &forecast.trusts;
    let chances = trust::chances(all);
    let Some((name, passes)) = trust::passes(all, &chances) else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "a good version is held back in {} releases, a bad one passes in {} by `{}`",
        of_100(trust::held_back(&chances)),
        of_100(passes),
        super::name(name)
    )];
    let pairs = all.iter().zip(&chances);
    let often = pairs.filter(|(_, chance)| chance.held_back >= 0.005);
    lines.extend(often.map(|(one, chance)| {
        let mut stages = forecast.stages.iter();
        let stage = stages.find(|stage| stage.moments.contains(&one.moment));
        format!(
            "{}: `{}` holds a good version back in {} releases",
            stage.map_or("", |stage| stage.title.as_str()),
            super::name(&one.metric),
            of_100(chance.held_back)
        )
    }));
    lines
}
