//! Values of one's own: that each has a query that can be read, and a bound.

use super::WRONG_QUERY;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::query::{Piece, Query};
use crate::plan::unit::Unit;
use crate::source::Span;
use crate::spec::field::At;
use crate::spec::language::{Measure, Rollout};
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
        Ok(_) => {}
    }
}

fn wrong(message: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic::error(WRONG_QUERY, message).at(span, label)
}
