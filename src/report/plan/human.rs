//! Plans for people, as wide as the terminal.

use std::fmt::Write;

use super::super::Look;
use super::super::text::wrap;
use super::bar::bar;
use super::basis::basis;
use super::facts::{facts, kind, since, subject};
use super::room::room;
use super::table::{HEADER, rows};
use crate::forecast::{Forecast, Plan};

/// Where the text behind a name begins.
const INDENT: &str = "             ";

pub fn plans(plans: &[Plan], look: &Look) -> String {
    let mut out = String::new();
    for plan in plans {
        for forecast in plan.asked() {
            if !out.is_empty() {
                out.push('\n');
            }
            one(&mut out, forecast, look);
        }
        let room = room(plan);
        if !room.is_empty() && plan.asked().next().is_some() {
            let title = match plan.environment.as_str() {
                "" => "room".to_string(),
                name => format!("{}: room", super::name(name)),
            };
            let _ = writeln!(out, "\n{}", bold(&title, look));
            for line in room {
                let _ = writeln!(out, "  {}", wrap(&line, look.width, 2, "    "));
            }
        }
    }
    out
}

fn bold(text: &str, look: &Look) -> String {
    match look.color {
        true => format!("\u{1b}[1m{text}\u{1b}[0m"),
        false => text.to_string(),
    }
}

fn dim(text: &str, look: &Look) -> String {
    match look.color {
        true => format!("\u{1b}[2m{text}\u{1b}[0m"),
        false => text.to_string(),
    }
}

fn one(out: &mut String, forecast: &Forecast, look: &Look) {
    let _ = writeln!(
        out,
        "{}  {}\n",
        bold(&subject(forecast), look),
        kind(forecast)
    );
    picture(out, forecast, look);
    table(out, forecast, look);
    for fact in facts(forecast) {
        for (at, line) in fact.lines.iter().enumerate() {
            let name = if at == 0 { fact.name } else { "" };
            let line = wrap(line, look.width, INDENT.len(), INDENT);
            let _ = writeln!(out, "  {name:<width$}{line}", width = INDENT.len() - 2);
        }
    }
    for (at, basis) in basis(forecast).iter().enumerate() {
        let name = if at == 0 { "rests on" } else { "" };
        let text = format!("{} ({})", basis.what, basis.source);
        let text = wrap(&text, look.width, INDENT.len(), INDENT);
        let line = format!("  {name:<width$}{text}", width = INDENT.len() - 2);
        let _ = writeln!(out, "{}", dim(&line, look));
    }
}

fn picture(out: &mut String, forecast: &Forecast, look: &Look) {
    let width = look.width.saturating_sub(4).clamp(20, 96);
    let (shares, marks) = bar(forecast, width, look.unicode);
    let total = since(forecast.low.promoted);
    let (shares, marks) = (shares.trim_end(), marks.trim_end());
    // What changes at once has no picture.
    if shares.is_empty() && marks.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {shares}");
    if !marks.is_empty() {
        let _ = writeln!(out, "  {}", dim(marks, look));
    }
    let gap = width.saturating_sub(total.len() + 2);
    let _ = writeln!(out, "  0s{}{total}\n", " ".repeat(gap));
}

/// Stage, times, share, pods and judges; every column as wide as its widest text.
fn table(out: &mut String, forecast: &Forecast, look: &Look) {
    let mut rows = rows(forecast);
    rows.insert(0, HEADER.map(str::to_string));
    let widths: Vec<usize> = (0..6)
        .map(|at| {
            rows.iter()
                .map(|row| row[at].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for (number, row) in rows.iter().enumerate() {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(widths.iter().chain([&0])) {
            let _ = write!(line, " {cell:<width$} ");
        }
        let line = line.trim_end();
        let _ = match number {
            0 => writeln!(out, "{}", dim(line, look)),
            _ => writeln!(out, "{line}"),
        };
    }
    out.push('\n');
}
