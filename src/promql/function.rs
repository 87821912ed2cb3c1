//! Functions and aggregations. Source: Prometheus `promql/parser/functions.go` and `lex.go`.

use super::Kind;

/// What a function takes and gives.
#[derive(Clone, Copy, Debug)]
pub(super) struct Function {
    pub takes: &'static [Kind],
    pub least: usize,
    /// `usize::MAX` where the last may be repeated.
    pub most: usize,
    pub gives: Kind,
    /// One sample of each series in, one out.
    pub keeps: bool,
}

/// An instant vector in, as many series out.
const KEEPING: &[&str] = &[
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "deg",
    "exp",
    "floor",
    "ln",
    "log10",
    "log2",
    "rad",
    "sgn",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "sort",
    "sort_desc",
    "timestamp",
];

/// A range vector in, an instant vector out.
const OVER_TIME: &[&str] = &[
    "absent_over_time",
    "avg_over_time",
    "changes",
    "count_over_time",
    "delta",
    "deriv",
    "first_over_time",
    "idelta",
    "increase",
    "irate",
    "last_over_time",
    "mad_over_time",
    "max_over_time",
    "min_over_time",
    "present_over_time",
    "rate",
    "resets",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
    "ts_of_max_over_time",
    "ts_of_min_over_time",
];

pub(super) fn function(name: &str) -> Option<Function> {
    use Kind::{Range, Scalar, Text, Vector};
    let exact = |takes: &'static [Kind], gives: Kind| Function {
        takes,
        least: takes.len(),
        most: takes.len(),
        gives,
        keeps: false,
    };
    let optional = |takes: &'static [Kind], least: usize| Function {
        takes,
        least,
        most: takes.len(),
        gives: Vector,
        keeps: false,
    };
    let many = |takes: &'static [Kind], least: usize| Function {
        most: usize::MAX,
        ..optional(takes, least)
    };
    let keeps = |function: Function| Function {
        keeps: true,
        ..function
    };
    if KEEPING.contains(&name) {
        return Some(keeps(exact(&[Vector], Vector)));
    }
    if OVER_TIME.contains(&name) {
        return Some(exact(&[Range], Vector));
    }
    Some(match name {
        "absent" | "histogram_avg" | "histogram_count" | "histogram_stddev"
        | "histogram_stdvar" | "histogram_sum" => exact(&[Vector], Vector),
        "clamp" => keeps(exact(&[Vector, Scalar, Scalar], Vector)),
        "clamp_max" | "clamp_min" => keeps(exact(&[Vector, Scalar], Vector)),
        "day_of_month" | "day_of_week" | "day_of_year" | "days_in_month" | "hour" | "minute"
        | "month" | "year" => optional(&[Vector], 0),
        "double_exponential_smoothing" | "holt_winters" => exact(&[Range, Scalar, Scalar], Vector),
        "histogram_fraction" => exact(&[Scalar, Scalar, Vector], Vector),
        "histogram_quantile" => exact(&[Scalar, Vector], Vector),
        "histogram_quantiles" => many(&[Vector, Text, Scalar], 3),
        "info" => optional(&[Vector, Vector], 1),
        "label_join" => many(&[Vector, Text, Text, Text], 3),
        "label_replace" => keeps(exact(&[Vector, Text, Text, Text, Text], Vector)),
        "sort_by_label" | "sort_by_label_desc" => keeps(many(&[Vector, Text], 1)),
        "pi" | "time" => exact(&[], Scalar),
        "predict_linear" => exact(&[Range, Scalar], Vector),
        "quantile_over_time" => exact(&[Scalar, Range], Vector),
        "round" => keeps(optional(&[Vector, Scalar], 1)),
        "scalar" => exact(&[Vector], Scalar),
        "vector" => exact(&[Scalar], Vector),
        _ => return None,
    })
}

/// The parameter that an aggregation takes before what it aggregates; none where it has none.
pub(super) fn aggregation(name: &str) -> Option<Option<Kind>> {
    Some(match name {
        "avg" | "count" | "group" | "max" | "min" | "stddev" | "stdvar" | "sum" => None,
        "bottomk" | "topk" | "limitk" | "limit_ratio" | "quantile" => Some(Kind::Scalar),
        "count_values" => Some(Kind::Text),
        _ => return None,
    })
}
