//! The picture of a release in a line of text: the share of the new version over time.

use crate::forecast::Forecast;
use crate::forecast::notice::share_of;
use crate::forecast::time::Millis;
use crate::forecast::timeline::{Moment, What};

const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const LETTERS: [char; 9] = [' ', '.', '_', '-', '=', '+', '*', '%', '#'];

/// Two lines of `width` columns: the share, and what judges it (`=` watched, `.` waited).
pub fn bar(forecast: &Forecast, width: usize, unicode: bool) -> (String, String) {
    let levels = match unicode {
        true => BLOCKS,
        false => LETTERS,
    };
    let (watched, waited) = match unicode {
        true => ('━', '·'),
        false => ('=', '.'),
    };
    let moments: Vec<&Moment> = forecast.low.until_promotion().collect();
    let total = forecast.low.promoted.expected.max(1);
    let (mut shares, mut marks) = (String::new(), String::new());
    for column in 0..width {
        let time = middle(total, column, width);
        let at = moments.iter().position(|one| time < one.end.expected);
        let at = at.unwrap_or(moments.len().saturating_sub(1));
        let Some(moment) = moments.get(at) else {
            continue;
        };
        let share = during(forecast, &moments, at, time);
        let level = match share {
            0 => 0,
            share => usize::try_from(share.saturating_mul(8).div_ceil(1_000_000)).unwrap_or(8),
        };
        shares.push(levels[level.min(8)]);
        marks.push(match moment.what {
            _ if !moment.runs.is_empty() => watched,
            What::Pause => waited,
            _ => ' ',
        });
    }
    (shares, marks)
}

/// The share in force: while pods come it is still that of the moment before.
fn during(forecast: &Forecast, moments: &[&Moment], at: usize, time: Millis) -> u64 {
    let share = |moment: &Moment| share_of(&forecast.rollout, &forecast.low, moment);
    match moments[at].what {
        // Wave by wave.
        What::Roll => {
            let moment = moments[at];
            let passed = u128::from(time.saturating_sub(moment.start.expected));
            let waves = passed * u128::from(moment.waves) / u128::from(moment.length().max(1));
            let part = u128::from(share(moment)) * waves / u128::from(moment.waves.max(1));
            u64::try_from(part).unwrap_or(0)
        }
        What::Start => 0,
        What::SetWeight | What::Promote => {
            at.checked_sub(1).map_or(0, |before| share(moments[before]))
        }
        _ => share(moments[at]),
    }
}

fn middle(total: Millis, column: usize, width: usize) -> Millis {
    let part = u128::from(total) * (2 * column as u128 + 1) / (2 * width.max(1) as u128);
    Millis::try_from(part).unwrap_or(Millis::MAX)
}
