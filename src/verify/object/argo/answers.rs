//! What each provider of a metric answers, and what it answers when there is nothing.
//!
//! Source: argo-rollouts `metricproviders/*` (`processResponse`, `parseResponse`).

use crate::condition::{Answer, Shape};
use crate::promql::Kind;
use crate::value::{Str, Value};
use crate::verify::cursor::Cursor;

/// Arguments of a template by name; without a value where the template has none.
pub type Arguments = Vec<(Str, Option<Str>)>;

/// The arguments that a template declares.
pub fn arguments(spec: &Cursor) -> Arguments {
    let declared = spec.list("args");
    declared
        .map(|arg| (arg.text("name").into(), arg.str("value").map(Str::from)))
        .collect()
}

/// The text with `{{args.name}}` filled in; `1` stands for what is not known here, and the flag
/// says that there was such. Source: argo-rollouts `utils/template/template.go`.
pub fn fill(text: &str, arguments: &Arguments) -> (String, bool) {
    let (mut filled, mut is_open, mut rest) = (String::with_capacity(text.len()), false, text);
    while let Some((before, behind)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((inside, after)) = behind.split_once("}}") else {
            filled.push_str("{{");
            rest = behind;
            continue;
        };
        let name = inside.trim().strip_prefix("args.").unwrap_or_default();
        let known = arguments.iter().find(|(known, _)| known == name);
        match known.and_then(|(_, value)| value.as_ref()) {
            Some(value) => filled.push_str(value),
            None => {
                is_open = true;
                filled.push('1');
            }
        }
        rest = after;
    }
    filled.push_str(rest);
    (filled, is_open)
}

/// How a metric is measured, as far as its conditions can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// With the shape of what the query gives, and whether it can give nothing.
    Prometheus(Shape, bool),
    /// A query that nobody knows yet.
    Open,
    Web,
    Datadog,
    NewRelic,
    Wavefront,
    Graphite,
    Influxdb,
    CloudWatch,
    SkyWalking,
    /// A job, Kayenta or a plugin.
    Own,
}

/// What the query gives; none for what no metric can use, which is reported.
fn prometheus(metric: &Cursor, arguments: &Arguments) -> Option<Provider> {
    let at = metric.at("provider/prometheus")?;
    if at.has("rangeQuery") {
        return Some(Provider::Prometheus(Shape::Numbers, true));
    }
    let read = super::query::read(at.text("query"), arguments);
    let Ok(query) = &read.query else {
        return Some(Provider::Prometheus(Shape::Numbers, true));
    };
    match query.kind {
        // The whole query may be an argument.
        Kind::Scalar if read.is_open => Some(Provider::Open),
        Kind::Scalar => Some(Provider::Prometheus(Shape::Number, false)),
        Kind::Vector => Some(Provider::Prometheus(Shape::Numbers, !query.never_empty)),
        Kind::Range => Some(Provider::Prometheus(Shape::Numbers, true)),
        Kind::Text => None,
    }
}

impl Provider {
    /// The provider of a metric; none where it is not exactly one that is known.
    pub fn of(metric: &Cursor, arguments: &Arguments) -> Option<Provider> {
        let map = metric.map("provider")?;
        let mut given = map
            .iter()
            .filter(|(_, value)| !matches!(value, Value::Null));
        let (name, _) = given.next()?;
        if given.next().is_some() {
            return None;
        }
        let name: &str = name;
        Some(match name {
            "prometheus" => prometheus(metric, arguments)?,
            "web" => Provider::Web,
            "datadog" => Provider::Datadog,
            "newRelic" => Provider::NewRelic,
            "wavefront" => Provider::Wavefront,
            "graphite" => Provider::Graphite,
            "influxdb" => Provider::Influxdb,
            "cloudWatch" => Provider::CloudWatch,
            "skywalking" => Provider::SkyWalking,
            "job" | "kayenta" => Provider::Own,
            _ => return None,
        })
    }

    /// Conditions are not asked.
    pub fn decides_alone(self) -> bool {
        self == Provider::Own
    }

    /// Without a condition any answer is a success, and an answer says nothing by itself.
    pub fn needs_condition(self) -> bool {
        !matches!(self, Provider::Own | Provider::Web)
    }

    /// The shapes that an answer may have; none where they are not foretold.
    pub fn shapes(self) -> Vec<Shape> {
        match self {
            Provider::Prometheus(shape, _) => vec![shape],
            Provider::Web | Provider::SkyWalking => vec![Shape::Json],
            Provider::Datadog | Provider::Wavefront | Provider::Open => {
                vec![Shape::Number, Shape::Numbers]
            }
            Provider::Graphite => vec![Shape::Numbers],
            _ => Vec::new(),
        }
    }

    /// What it answers where there is no data, by name.
    pub fn nothing(self) -> Vec<(&'static str, Answer)> {
        let empty = || ("empty (no series)", Answer::floats([]));
        let not_a_number = || ("NaN", Answer::floats([f64::NAN]));
        match self {
            Provider::Prometheus(Shape::Number, _) => {
                vec![("NaN", Answer::Float(f64::NAN))]
            }
            Provider::Prometheus(_, true) => vec![empty(), not_a_number()],
            Provider::Prometheus(_, false) => vec![not_a_number()],
            Provider::Web => vec![("null", Answer::Nil)],
            Provider::Datadog => vec![("nil (no data)", Answer::Nil)],
            Provider::Graphite => vec![empty()],
            Provider::Influxdb => vec![("a list of nothing", Answer::list(vec![Answer::Nil]))],
            _ => Vec::new(),
        }
    }

    /// How a condition of the wrong type is mended.
    pub fn advice(self) -> &'static str {
        match self {
            Provider::Prometheus(Shape::Numbers, _) => {
                "name an entry of the list, as in `result[0] < 0.05`"
            }
            Provider::Prometheus(..) => "the query gives a number: write `result < 0.05`",
            Provider::Web => "compare a field, as in `result.status == \"ok\"`",
            Provider::Datadog => "write `default(result, 0) < 0.05`",
            _ => "compare what the provider answers",
        }
    }

    /// How nothing is told apart from a good answer.
    pub fn guard(self) -> &'static str {
        match self {
            Provider::Prometheus(Shape::Number, _) => {
                "add a `successCondition` such as `!isNaN(result) && result < 0.05`"
            }
            Provider::Prometheus(..) => {
                "add a `successCondition` such as `len(result) == 1 && !isNaN(result[0]) && result[0] < 0.05`"
            }
            _ => "add a `successCondition` that fails without data",
        }
    }
}
