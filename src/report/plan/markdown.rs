//! Plans as Markdown. GitHub and GitLab take vector graphics out of it, so pictures stand in files
//! beside it, or are drawn in letters.

use std::fmt::Write;

use super::bar::bar;
use super::basis::basis;
use super::facts::{facts, kind, since, subject};
use super::room::room;
use super::svg::words;
use super::table::{HEADER, rows};
use crate::forecast::{Forecast, Plan};
use crate::report::text::visible_line;

/// `link` names the file of a picture by its number; `None`: there are no files.
pub fn plans(plans: &[Plan], link: &dyn Fn(usize) -> Option<String>) -> String {
    let mut out = String::from("# Release plans\n");
    let mut id = 0;
    for plan in plans {
        for forecast in plan.asked() {
            one(&mut out, forecast, link(id));
            id += 1;
        }
        let room = room(plan);
        if !room.is_empty() && plan.asked().next().is_some() {
            let _ = writeln!(
                out,
                "\n## Room{}\n",
                match plan.environment.as_str() {
                    "" => String::new(),
                    name => format!(" in {}", escape(name)),
                }
            );
            for line in room {
                let _ = writeln!(out, "- {}", inline(&line));
            }
        }
    }
    out
}

fn one(out: &mut String, forecast: &Forecast, link: Option<String>) {
    let _ = writeln!(
        out,
        "\n## {}\n\n{}\n\n{}",
        escape(&subject(forecast)),
        inline(&kind(forecast)),
        match link {
            Some(link) => format!("![{}]({link})", escape(&words(forecast))),
            None => drawn(forecast),
        }
    );
    let _ = writeln!(out, "\n| {} |", HEADER.join(" | "));
    let _ = writeln!(out, "|{}", "---|".repeat(HEADER.len()));
    for row in rows(forecast) {
        let _ = writeln!(out, "| {} |", row.map(|cell| escape(&cell)).join(" | "));
    }
    out.push('\n');
    for fact in facts(forecast) {
        let lines: Vec<_> = fact.lines.iter().map(|line| inline(line)).collect();
        let _ = writeln!(out, "- **{}**: {}", fact.name, lines.join("; "));
    }
    out.push_str("\n<details><summary>What these figures rest on</summary>\n\n");
    for basis in basis(forecast) {
        let _ = writeln!(out, "- {} ({})", inline(&basis.what), inline(&basis.source));
    }
    out.push_str("\n</details>\n");
}

/// The picture in letters.
fn drawn(forecast: &Forecast) -> String {
    const WIDTH: usize = 80;
    let (shares, marks) = bar(forecast, WIDTH, true);
    // What changes at once has no picture.
    if shares.trim().is_empty() && marks.trim().is_empty() {
        return String::new();
    }
    let total = since(forecast.low.promoted);
    let gap = WIDTH.saturating_sub(total.chars().count() + 2);
    format!(
        "```text\n{}\n{}\n0s{}{total}\n```",
        shares.trim_end(),
        marks.trim_end(),
        " ".repeat(gap)
    )
}

/// Text with code spans kept, everything else made harmless.
fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        0 => escape(part),
        _ => format!("`{}`", part.replace(['\n', '|'], " ")),
    });
    parts.collect()
}

/// Text in which no character means anything to Markdown or HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '>' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}
