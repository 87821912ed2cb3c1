//! Queries of Prometheus in metrics: read and typed as Prometheus will.
//!
//! Source: argo-rollouts `metricproviders/prometheus/prometheus.go`, and Prometheus
//! `web/api/v1/api.go`.

use std::cell::RefCell;
use std::rc::Rc;

use crate::codes;
use crate::promql::{Fault, FaultKind, Kind, Query, Selector};
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::answers::{self, Arguments};
use crate::verify::object::shape::Findings;

codes! {
    /// A query is not PromQL, so Prometheus refuses it: every measurement is an error, and after
    /// five of them the release is aborted.
    ///
    /// Correct it at the place that is named. A pattern of a matcher must be a regular expression
    /// as Go has them, and a selector needs a metric or a label with a value.
    QUERY_SYNTAX = "query-syntax": "a query that Prometheus cannot read";

    /// A function, aggregation or operator of a query is not given what it takes, such as `rate(x)`
    /// for `rate(x[5m])`. Prometheus refuses it: every measurement is an error.
    QUERY_TYPE = "query-type": "a query whose parts do not fit";

    /// A query is longer than 64 KiB or nested deeper than 100: that is a mistake, and is not looked
    /// at further.
    ///
    /// Say it shorter, or record parts of it as rules of Prometheus.
    QUERY_TOO_LARGE = "query-too-large": "a query beyond all bounds";

    /// A query gives what its metric cannot use. A text is refused by Argo Rollouts; a range vector
    /// is refused by Prometheus in a `rangeQuery`, and gives all raw samples in a row elsewhere.
    ///
    /// Compute something of it: `rate(x[5m])`, `max_over_time(x[5m])`.
    QUERY_RESULT = "query-result": "a query that gives what no metric can use";

    /// Two matchers of a selector exclude each other, so that it selects nothing, ever:
    /// `x{code="200",code=~"5.."}`. The metric has no data, whatever happens.
    ///
    /// Remove one of the two, or write one pattern for both.
    QUERY_CONTRADICTION = "query-contradiction": "label matchers that exclude each other";
}

/// Queries that a thread remembers.
const REMEMBERED: usize = 8;

pub fn check(object: &Cursor, _: &Target, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let arguments = answers::arguments(&spec);
    for metric in spec.list("metrics") {
        if let Some(prometheus) = metric.at("provider/prometheus") {
            query(&metric, &prometheus, &arguments, out);
        }
    }
}

fn query(metric: &Cursor, at: &Cursor, arguments: &Arguments, out: &mut Findings) {
    let text = at.text("query");
    if text.trim().is_empty() {
        return;
    }
    let read = read(text, arguments);
    let (text, is_open) = (&read.text, read.is_open);
    let name = metric.text("name");
    match &read.query {
        Ok(query) => {
            result(at, name, query.kind, out);
            for selector in &query.selectors {
                contradiction(at, name, selector, out);
            }
        }
        // What is put into an argument may make it a query.
        Err(fault) if is_open && fault.kind != FaultKind::TooLarge => {}
        Err(fault) => {
            let (code, what, help) = match fault.kind {
                FaultKind::Syntax => (QUERY_SYNTAX, "is no PromQL", "correct the query"),
                FaultKind::Type => (QUERY_TYPE, "does not fit together", "correct the query"),
                FaultKind::TooLarge => (QUERY_TOO_LARGE, "is too large", "say it shorter"),
            };
            let before = text.get(..fault.at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let letter = before
                .rsplit('\n')
                .next()
                .map_or(0, |last| last.chars().count())
                + 1;
            let message = format!(
                "the query of `{name}` {what}, at line {line}, letter {letter}: {}",
                fault.message
            );
            let mut finding = at.error_at("query", code, message).help(help);
            if let Some(note) = super::condition::pointed(text, fault.at) {
                finding = finding.note(note);
            }
            out.push(finding);
        }
    }
}

fn result(at: &Cursor, name: &str, kind: Kind, out: &mut Findings) {
    let is_range = at.has("rangeQuery");
    let message = match (kind, is_range) {
        (Kind::Scalar | Kind::Vector, _) => return,
        (Kind::Text, _) => format!("the query of `{name}` gives a text"),
        (Kind::Range, true) => {
            format!("the query of `{name}` gives a range vector, which no `rangeQuery` takes")
        }
        (Kind::Range, false) => {
            let message = format!("the query of `{name}` gives every raw sample of its range");
            let finding = at.warning_at("query", QUERY_RESULT, message);
            out.push(finding.help("compute something of it, such as `rate(x[5m])`"));
            return;
        }
    };
    let finding = at.error_at("query", QUERY_RESULT, message);
    out.push(finding.help("compute a number of it, such as `rate(x[5m])`"));
}

fn contradiction(at: &Cursor, name: &str, selector: &Selector, out: &mut Findings) {
    let Some((one, other)) = selector.contradiction() else {
        return;
    };
    let message = format!(
        "the query of `{name}` can match nothing: two matchers of `{}` exclude each other",
        one.label
    );
    let finding = at
        .error_at("query", QUERY_CONTRADICTION, message)
        .note(format!("`{}` and `{}`", shown(one), shown(other)))
        .help("remove one of the two");
    out.push(finding);
}

fn shown(matcher: &crate::promql::Matcher) -> String {
    use crate::promql::Operator;
    let operator = match matcher.operator {
        Operator::Is => "=",
        Operator::IsNot => "!=",
        Operator::Matches => "=~",
        Operator::MatchesNot => "!~",
    };
    format!("{}{operator}\"{}\"", matcher.label, matcher.value)
}

/// A query as it was read.
pub struct Read {
    raw: String,
    arguments: Arguments,
    /// With arguments filled in.
    pub text: String,
    /// Whether something stands for an argument outside of texts.
    pub is_open: bool,
    pub query: Result<Query, Fault>,
}

/// Reads the query of a metric. Several checks ask for the same one, one after the other.
pub fn read(raw: &str, arguments: &Arguments) -> Rc<Read> {
    thread_local! {
        static LAST: RefCell<Vec<Rc<Read>>> = const { RefCell::new(Vec::new()) };
    }
    LAST.with_borrow_mut(|last| {
        let same = |one: &&Rc<Read>| one.raw == raw && one.arguments == *arguments;
        if let Some(known) = last.iter().find(same) {
            return known.clone();
        }
        let (text, is_open) = fill(raw, arguments);
        let query = Query::parse(&text);
        let read = Rc::new(Read {
            raw: raw.to_owned(),
            arguments: arguments.clone(),
            text,
            is_open,
            query,
        });
        if last.len() >= REMEMBERED {
            last.clear();
        }
        last.push(read.clone());
        read
    })
}

/// The query with arguments filled in. What is not known stays as it is inside of texts; elsewhere
/// something stands for it that can stand there. The flag says that there was such.
fn fill(text: &str, arguments: &Arguments) -> (String, bool) {
    let (mut filled, mut is_open, mut rest) = (String::with_capacity(text.len()), false, text);
    let mut quote = None;
    while let Some((before, behind)) = rest.split_once("{{") {
        filled.push_str(before);
        quote = quoted(quote, before);
        let Some((inside, after)) = behind.split_once("}}") else {
            filled.push_str("{{");
            rest = behind;
            continue;
        };
        let name = inside.trim().strip_prefix("args.").unwrap_or_default();
        let known = arguments.iter().find(|(known, _)| known == name);
        match known.and_then(|(_, value)| value.as_ref()) {
            Some(value) => filled.push_str(value),
            None if quote.is_some() => filled.extend(["{{", inside, "}}"]),
            None => {
                is_open = true;
                filled.push_str(stand_in(before, after));
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    (filled, is_open)
}

/// The quote that is open behind `text`.
fn quoted(mut open: Option<char>, text: &str) -> Option<char> {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (Some(quote), c) if c == quote => open = None,
            (Some('"' | '\''), '\\') => {
                chars.next();
            }
            (None, '"' | '\'' | '`') => open = Some(c),
            _ => {}
        }
    }
    open
}

/// A duration in ranges, a name before braces and beside letters, a number elsewhere.
fn stand_in(before: &str, after: &str) -> &'static str {
    let is_name = |c: char| c == '_' || c == ':' || c.is_ascii_alphanumeric();
    let (left, right) = (before.trim_end(), after.trim_start());
    if left.ends_with(['[', ':']) && right.starts_with([']', ':']) || left.ends_with("offset") {
        "5m"
    } else if before.ends_with(is_name)
        || after.starts_with(is_name)
        || right.starts_with(['{', '['])
    {
        "argument"
    } else {
        "1"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_stand_where_they_can() {
        let arguments: Arguments = vec![("job".into(), Some("api".into())), ("x".into(), None)];
        for (query, filled) in [
            (r#"up{job="{{args.job}}"}"#, r#"up{job="api"}"#),
            (r#"up{job="{{args.x}}"}"#, r#"up{job="{{args.x}}"}"#),
            ("rate(a[{{args.x}}])", "rate(a[5m])"),
            ("a / {{ args.x }}", "a / 1"),
            ("{{args.x}}_total{a='b'}", "argument_total{a='b'}"),
            ("{{args.x}}{a='b'}", "argument{a='b'}"),
            ("a offset {{args.x}}", "a offset 5m"),
            ("a{{", "a{{"),
        ] {
            assert_eq!(fill(query, &arguments).0, filled);
        }
        assert!(!fill(r#"up{job="{{args.x}}"}"#, &arguments).1);
        assert!(fill("a / {{args.x}}", &arguments).1);
    }
}
