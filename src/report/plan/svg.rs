//! The picture of a release: shares over time, what judges, and the pods, as SVG.
//!
//! It stands alone: no scripts, no fonts, no links, one class for light and dark. A title and a
//! description say in words what it shows.

use std::fmt::Write;

use super::facts::{kind, since, subject};
use crate::forecast::notice::share_of;
use crate::forecast::stage::show_ppm;
use crate::forecast::time::Millis;
use crate::forecast::timeline::{Moment, What};
use crate::forecast::{Forecast, Plan};
use crate::report::text::visible_line;

const WIDTH: u64 = 720;
const LEFT: u64 = 44;
const TOP: u64 = 28;
const HEIGHT: u64 = 120;

/// Text inside of an element.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The picture of the only release; `None` where there are none or several.
pub fn plans(plans: &[Plan]) -> Option<String> {
    let mut asked = plans.iter().flat_map(Plan::asked);
    let only = asked.next().filter(|_| asked.next().is_none())?;
    Some(svg(only, 0))
}

/// `id` tells the pictures of one page apart.
pub fn svg(forecast: &Forecast, id: usize) -> String {
    let total = forecast.low.promoted.expected.max(1);
    let (width, height) = (LEFT + WIDTH + 16, TOP + HEIGHT + 64);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"plan-{id}-title plan-{id}-words\" font-family=\"sans-serif\" font-size=\"11\">\n\
         <title id=\"plan-{id}-title\">{}</title>\n<desc id=\"plan-{id}-words\">{}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escape(&format!("{}: {}", subject(forecast), kind(forecast))),
        escape(&words(forecast)),
    );
    grid(&mut out);
    area(&mut out, forecast, total);
    judges(&mut out, forecast, total);
    times(&mut out, forecast, total);
    out.push_str("</svg>\n");
    out
}

/// The same as the picture, for who does not see it.
pub fn words(forecast: &Forecast) -> String {
    let stages = forecast.stages.iter().map(|stage| {
        let at = stage.moments.end.saturating_sub(1);
        let moment = &forecast.low.moments[at];
        format!(
            "{} from {} to {}: {} of the traffic, {} new and {} old pods",
            stage.title,
            since(stage.from),
            since(stage.to),
            show_ppm(share_of(&forecast.rollout, &forecast.low, moment)),
            moment.pods.canary,
            moment.pods.stable
        )
    });
    let stages: Vec<_> = stages.collect();
    stages.join("; ")
}

fn x(time: Millis, total: Millis) -> u64 {
    let part = u128::from(time.min(total)) * u128::from(WIDTH) / u128::from(total);
    LEFT + u64::try_from(part).unwrap_or(WIDTH)
}

fn y(share: u64) -> u64 {
    TOP + HEIGHT - share.min(1_000_000) * HEIGHT / 1_000_000
}

fn grid(out: &mut String) {
    for percent in [0u64, 25, 50, 75, 100] {
        let at = y(percent * 10_000);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" y1=\"{at}\" x2=\"{}\" y2=\"{at}\" stroke=\"#d0d4da\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#4a5260\">{percent} %</text>",
            LEFT + WIDTH,
            LEFT - 6,
            at + 4
        );
    }
}

/// The share of the new version: it changes once the pods are there, at the end of a moment.
fn area(out: &mut String, forecast: &Forecast, total: Millis) {
    let mut path = format!("M{LEFT} {}", y(0));
    let mut last = 0;
    for moment in forecast.low.until_promotion() {
        let share = share_of(&forecast.rollout, &forecast.low, moment);
        let (from, to) = (moment.start.expected, moment.end.expected);
        let (leaves, arrives) = match moment.what {
            What::SetWeight | What::Promote | What::Start => (to, to),
            What::Roll if moment.waves > 1 => (from, to),
            What::Roll => (to, to),
            _ => (from, from),
        };
        if share != last {
            let (leaves, arrives) = (x(leaves, total), x(arrives, total));
            let _ = write!(path, "L{leaves} {}L{arrives} {}", y(last), y(share));
            last = share;
        }
    }
    let end = LEFT + WIDTH;
    let _ = writeln!(
        out,
        "<path d=\"{path}L{end} {}L{end} {}Z\" fill=\"#9cc2f0\" stroke=\"#1f5fae\" stroke-width=\"1.5\"/>",
        y(last),
        y(0)
    );
}

/// A bar for each moment that is judged or waited through, below the shares.
fn judges(out: &mut String, forecast: &Forecast, total: Millis) {
    let at = TOP + HEIGHT + 10;
    for moment in forecast.low.until_promotion() {
        let (color, what) = match moment {
            one if !one.runs.is_empty() => ("#2e7d4f", names(one)),
            one if one.needs_person => ("#b3541e", "waits for a person".to_string()),
            one if one.what == What::Pause => ("#b8bec8", "pause".to_string()),
            _ => continue,
        };
        let (from, to) = (
            x(moment.start.expected, total),
            x(moment.end.expected, total),
        );
        let _ = writeln!(
            out,
            "<rect x=\"{from}\" y=\"{at}\" width=\"{}\" height=\"8\" fill=\"{color}\"><title>{}</title></rect>",
            to.saturating_sub(from).max(1),
            escape(&what)
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#4a5260\">watch</text>",
        LEFT - 6,
        at + 8
    );
}

fn names(moment: &Moment) -> String {
    let metrics = moment.runs.iter().flat_map(|run| &run.metrics);
    let names: Vec<_> = metrics.map(|metric| metric.name.as_str()).collect();
    format!("judged by {}", names.join(", "))
}

/// Stages by name, share and pods; those too narrow for their name keep it to the description.
fn times(out: &mut String, forecast: &Forecast, total: Millis) {
    let base = TOP + HEIGHT + 34;
    for stage in &forecast.stages {
        let (from, to) = (x(stage.from.expected, total), x(stage.to.expected, total));
        let title = escape(&stage.title);
        let Some(moment) = forecast
            .low
            .moments
            .get(stage.moments.end.saturating_sub(1))
        else {
            continue;
        };
        if to.saturating_sub(from) < 60 || moment.what == What::Retire {
            continue;
        }
        let _ = writeln!(
            out,
            "<text x=\"{from}\" y=\"{base}\" fill=\"#1c2430\">{title}</text>\
             <text x=\"{from}\" y=\"{}\" fill=\"#4a5260\">{} new, {} old</text>\
             <text x=\"{from}\" y=\"{}\" fill=\"#4a5260\">{}</text>",
            base + 13,
            moment.pods.canary,
            moment.pods.stable,
            base + 26,
            since(stage.from)
        );
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#1c2430\">promoted after {}</text>\
         <text x=\"{LEFT}\" y=\"16\" fill=\"#1c2430\">{}</text>",
        LEFT + WIDTH,
        16,
        since(forecast.low.promoted),
        escape(&subject(forecast))
    );
}
