//! Values of one's own: that each has a query that can be read, and a bound.

use super::WRONG_QUERY;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::inside::letter;
use crate::plan::query::{Piece, Query, Sample};
use crate::plan::unit::Unit;
use crate::promql::{self, Kind};
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::{Measure, Rollout};
use crate::spec::text::Text;
use crate::value::Str;

pub fn check(unit: &Unit, diags: &mut Diagnostics) {
    let measures = match &unit.spec().rollout {
        Some(Rollout::Canary(canary)) => &canary.measure.0,
        Some(Rollout::BlueGreen(blue_green)) => &blue_green.measure.0,
        _ => return,
    };
    for (name, measure) in measures {
        one(unit, name, measure, diags);
    }
}

fn one(unit: &Unit, name: &At<Str>, measure: &Measure, diags: &mut Diagnostics) {
    let name_of = &name.value;
    let (Some(query), Some(require)) = (&measure.query, &measure.require) else {
        let missing = match measure.query {
            None => "query",
            Some(_) => "require",
        };
        let message = format!("`{name_of}` has no `{missing}`");
        diags.push(wrong(message, name.span, "measured by nothing").help(
            "write both: `measure \"done\" query=\"sum(rate(done[$window]))\" require=\">=1\"`",
        ));
        return;
    };
    match Query::read(query.value.as_str(), &unit.namespace, &unit.name) {
        Err(why) => {
            let message = format!("the query of `{name_of}` cannot be read: {why}");
            let finding = wrong(message, query.span, "not one expression");
            diags.push(finding.help("write PromQL that comes to one value"));
        }
        Ok(read) if require.value.of_stable && !read.has(&Piece::Version) => {
            let message =
                format!("`{name_of}` is held against the stable version, and its query names none");
            let finding = wrong(message, query.span, "the same for both versions");
            diags.push(
                finding
                    .at(require.span, "against the stable one")
                    .help("select by the version: `{rollouts_pod_template_hash=\"$version\"}`"),
            );
        }
        Ok(_) => asked(unit, name_of, query, diags),
    }
}

/// Read as Prometheus reads it, with what a run would put in.
fn asked(unit: &Unit, name: &str, query: &At<Text>, diags: &mut Diagnostics) {
    let text = query.value.as_str();
    let sample = Sample::of(text, &unit.namespace, &unit.name);
    let (at, why) = match promql::Query::parse(&sample.text) {
        Ok(read) if matches!(read.kind, Kind::Scalar | Kind::Vector) => return,
        Ok(read) => (
            None,
            format!("it gives {}, and a value is asked for", read.kind.shown()),
        ),
        Err(fault) => (Some(sample.origin(fault.at)), fault.message),
    };
    let source = unit.scope.sources.slice(query.span);
    let place = at.and_then(|at| letter(source, query.span, text, at));
    let message = format!("Prometheus would not take the query of `{name}`: {why}");
    let finding = wrong(message, place.unwrap_or(query.span), "here");
    let finding = match place {
        Some(_) => finding,
        None => finding.note(format!("it would be asked: {}", sample.text.trim())),
    };
    diags.push(finding.help("write PromQL that comes to one value"));
}

fn wrong(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(WRONG_QUERY, message).at(span, label)
}
