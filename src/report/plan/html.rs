//! Plans as one page: no scripts, nothing from elsewhere.

use std::fmt::Write;

use super::basis::basis;
use super::facts::{facts, kind, last, range, room, share, subject};
use super::svg::{escape, svg};
use crate::forecast::time::show;
use crate::forecast::{Forecast, Plan};

const HEAD: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width\">
<title>Release plans</title>
<style>
body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #d0d4da; padding: .2rem .6rem; text-align: left }
dt { font-weight: bold }
dd { margin: 0 0 .4rem 1.5rem }
svg { max-width: 100%; height: auto }
</style>
</head>
<body>
<h1>Release plans</h1>
";

pub fn plans(plans: &[Plan]) -> String {
    let mut out = String::from(HEAD);
    let mut id = 0;
    for plan in plans {
        for forecast in plan.asked() {
            one(&mut out, forecast, id);
            id += 1;
        }
        let room = room(plan);
        if !room.is_empty() && plan.asked().next().is_some() {
            let _ = writeln!(out, "<h2>Room {}</h2>\n<ul>", escape(&plan.environment));
            for line in room {
                let _ = writeln!(out, "<li>{}</li>", inline(&line));
            }
            out.push_str("</ul>\n");
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn one(out: &mut String, forecast: &Forecast, id: usize) {
    let _ = writeln!(
        out,
        "<section>\n<h2>{}</h2>\n<p>{}</p>\n{}<table>\n<tr><th>stage</th><th>from</th><th>to</th>\
         <th>share</th><th>new pods</th><th>old pods</th><th>judged by</th></tr>",
        escape(&subject(forecast)),
        inline(&kind(forecast)),
        svg(forecast, id)
    );
    for stage in &forecast.stages {
        let Some((low, high)) = last(forecast, stage) else {
            continue;
        };
        let mut judges: Vec<_> = stage.judges.iter().map(|one| escape(one)).collect();
        if stage.needs_person {
            judges.push("a person".into());
        }
        let extra = match low.extra {
            0 => String::new(),
            extra => format!(" and {extra} of an experiment"),
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{extra}</td><td>{}</td><td>{}</td></tr>",
            escape(&stage.title),
            show(stage.from.expected),
            show(stage.to.expected),
            share(forecast, stage),
            range(low.pods.canary, high.pods.canary),
            range(low.pods.stable, high.pods.stable),
            judges.join(", ")
        );
    }
    out.push_str("</table>\n<dl>\n");
    for fact in facts(forecast) {
        let _ = writeln!(out, "<dt>{}</dt>", fact.name);
        for line in &fact.lines {
            let _ = writeln!(out, "<dd>{}</dd>", inline(line));
        }
    }
    out.push_str("</dl>\n<details><summary>What these figures rest on</summary>\n<ul>\n");
    for basis in basis(forecast) {
        let _ = writeln!(
            out,
            "<li>{} ({})</li>",
            inline(&basis.what),
            inline(&basis.source)
        );
    }
    out.push_str("</ul>\n</details>\n</section>\n");
}

/// Code spans become elements.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        0 => escape(part),
        _ => format!("<code>{}</code>", escape(part)),
    });
    parts.collect()
}
