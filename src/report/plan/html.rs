//! Plans as one page: no scripts, nothing from elsewhere.

use std::fmt::Write;

use super::basis::basis;
use super::facts::{facts, kind, subject};
use super::room::room;
use super::svg::{escape, svg};
use super::table::{HEADER, rows};
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
        "<section>\n<h2>{}</h2>\n<p>{}</p>\n{}<table>\n{}",
        escape(&subject(forecast)),
        inline(&kind(forecast)),
        svg(forecast, id),
        line("th", &HEADER.map(str::to_string))
    );
    for row in rows(forecast) {
        let _ = writeln!(out, "{}", line("td", &row));
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

/// One line of the table.
fn line(element: &str, cells: &[String]) -> String {
    let cell = |text: &String| format!("<{element}>{}</{element}>", escape(text));
    format!("<tr>{}</tr>", cells.iter().map(cell).collect::<String>())
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
