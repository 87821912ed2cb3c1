//! What a metric notices: its criterion, read from the condition that the controller evaluates.
//!
//! Conditions of ours end in `result[0] < 0.01`, and so do most of others. What cannot be read is
//! [`Sense::Unknown`]: nothing is claimed of it.

use super::analysis::{Metric, Provider};
use super::question::{self, About, Question};

/// A comparison with a number in parts per million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub comparison: Comparison,
    pub ppm: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Bound {
    /// Whether a value meets it.
    pub fn holds(self, ppm: i64) -> bool {
        match self.comparison {
            Comparison::Less => ppm < self.ppm,
            Comparison::LessOrEqual => ppm <= self.ppm,
            Comparison::Greater => ppm > self.ppm,
            Comparison::GreaterOrEqual => ppm >= self.ppm,
        }
    }

    fn opposite(self) -> Bound {
        let comparison = match self.comparison {
            Comparison::Less => Comparison::GreaterOrEqual,
            Comparison::LessOrEqual => Comparison::Greater,
            Comparison::Greater => Comparison::LessOrEqual,
            Comparison::GreaterOrEqual => Comparison::Less,
        };
        Bound { comparison, ..self }
    }

    fn is_upper(self) -> bool {
        matches!(self.comparison, Comparison::Less | Comparison::LessOrEqual)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// The share of failed requests.
    Errors(Bound),
    /// The share of good requests.
    Success(Bound),
    /// The share of requests within a latency.
    Within(Bound),
    /// The latency that so many percent of the requests stay below.
    Quantile(i64),
    /// What is left of the errors that may happen.
    Budget,
    /// Requests against the old version.
    Throughput(Bound),
    /// A call by the controller: what is not 2xx is an error, not a failure.
    Call,
    /// A call by a pod, which fails.
    Job,
    /// A test against the old version.
    Compare(Test),
    Unknown,
}

/// A one-sided test of two shares at the end of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Test {
    /// Thousandths of the z that must not be reached.
    pub z: i64,
    /// Requests that each version must have had.
    pub least: u64,
    /// Whether slow requests are counted, and not failed ones.
    pub of_slow: bool,
}

/// A kind of badness, and how much of it: parts per million of the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Errors(i64),
    /// So many requests are slower than the bound.
    Slow(i64),
}

impl Sense {
    pub fn of(metric: &Metric) -> Sense {
        let name = metric.name.to_ascii_lowercase();
        let Some(bound) = criterion(metric) else {
            let has_condition = metric.condition.is_some() || metric.failure.is_some();
            return match metric.provider {
                Provider::Web if !has_condition => Sense::Call,
                Provider::Job if !has_condition => Sense::Job,
                _ => Sense::Unknown,
            };
        };
        let query = metric.query.as_deref().unwrap_or_default();
        if let Some(test) = test(&name, bound, query) {
            return Sense::Compare(test);
        }
        match metric.asked.question {
            Some(asked) => of_question(asked, bound),
            None if query.contains('/') => of_name(&name, bound),
            None => Sense::Unknown,
        }
    }

    /// The share of the requests that must not be reached, and whether reaching it exactly fails;
    /// `None` where this metric does not see such a fault.
    pub fn limit(self, fault: Fault) -> Option<Bound> {
        let upper = |bound: Bound| Bound {
            comparison: match bound.comparison {
                Comparison::Greater => Comparison::Less,
                _ => Comparison::LessOrEqual,
            },
            ppm: 1_000_000 - bound.ppm,
        };
        match (self, fault) {
            (Sense::Errors(bound), Fault::Errors(_)) => Some(bound),
            (Sense::Success(bound), Fault::Errors(_)) => Some(upper(bound)),
            (Sense::Within(bound), Fault::Slow(_)) => Some(upper(bound)),
            (Sense::Quantile(percent), Fault::Slow(_)) => Some(Bound {
                comparison: Comparison::LessOrEqual,
                ppm: 1_000_000 - percent * 10_000,
            }),
            _ => None,
        }
    }
}

/// What must hold: `successCondition`, or the opposite of what `failureCondition` asks for, which
/// counts where there are both.
fn criterion(metric: &Metric) -> Option<Bound> {
    match &metric.failure {
        Some(failure) => match denied(failure) {
            Some(success) => bound(success),
            None => bound(failure).map(Bound::opposite),
        },
        None => bound(metric.condition.as_deref()?),
    }
}

/// What a condition says the opposite of: `!( … )`.
fn denied(condition: &str) -> Option<&str> {
    let inner = condition.trim().strip_prefix('!')?.trim_start();
    let is_whole = question::close(inner)? == inner.len() - 1;
    is_whole.then(|| inner.strip_prefix('(')?.strip_suffix(')'))?
}

fn of_question(asked: Question, bound: Bound) -> Sense {
    let scale = if asked.is_percent { 100 } else { 1 };
    let bound = Bound {
        ppm: bound.ppm / scale,
        ..bound
    };
    let is_share = bound.ppm <= 1_000_000;
    match (asked.about, bound.is_upper()) {
        (About::Errors, true) if is_share => Sense::Errors(bound),
        (About::Success, false) if is_share => Sense::Success(bound),
        (About::Within, false) if is_share => Sense::Within(bound),
        (About::Quantile(percent), true) => Sense::Quantile(percent),
        _ => Sense::Unknown,
    }
}

/// Ratios of a form of their own, by their names: those that are emitted.
fn of_name(name: &str, bound: Bound) -> Sense {
    let is_share = bound.ppm <= 1_000_000;
    let is_about = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match bound.is_upper() {
        true if is_share && is_about(&["error", "fail", "safety"]) => Sense::Errors(bound),
        false if is_about(&["throughput"]) => Sense::Throughput(bound),
        false if is_about(&["budget"]) => Sense::Budget,
        false if is_share && is_about(&["success", "availab"]) => Sense::Success(bound),
        false if is_share && is_about(&["p50", "p90", "p95", "p99"]) => Sense::Within(bound),
        _ => Sense::Unknown,
    }
}

impl Fault {
    pub fn ppm(self) -> i64 {
        match self {
            Fault::Errors(ppm) | Fault::Slow(ppm) => ppm,
        }
    }
}

/// How many requests are bad anyway, in parts per million: as many as are promised at most; of slow
/// ones one in twenty.
pub fn usual(fault: Fault, availability: Option<u32>) -> i64 {
    match fault {
        Fault::Errors(_) => {
            availability.map_or(0, |good| 1_000_000 - i64::from(good.min(1_000_000)))
        }
        Fault::Slow(_) => 50_000,
    }
}

/// The last comparison of `result` or `result[0]` with a number.
fn bound(condition: &str) -> Option<Bound> {
    // Two comparisons, either of which is enough, are no single bound.
    let compared = condition.match_indices("result[0]").filter(|(at, _)| {
        let rest = condition[at + "result[0]".len()..].trim_start();
        rest.starts_with(['<', '>'])
    });
    if condition.contains("||") && compared.count() > 1 {
        return None;
    }
    let at = condition.rfind("result")?;
    let rest = condition[at..].strip_prefix("result")?.trim_start();
    let rest = rest.strip_prefix("[0]").unwrap_or(rest);
    let rest = rest.trim_start_matches(')').trim_start();
    let (comparison, rest) = [
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ]
    .into_iter()
    .find_map(|(text, one)| Some((one, rest.strip_prefix(text)?)))?;
    Some(Bound {
        comparison,
        ppm: parts(
            rest.trim_end_matches(|c: char| c == ')' || c.is_whitespace())
                .trim(),
        )?,
    })
}

/// Our own test: its query ends with how many requests it asks for.
fn test(name: &str, bound: Bound, query: &str) -> Option<Test> {
    if !name.starts_with("compare") || !bound.is_upper() || !query.contains("sqrt(") {
        return None;
    }
    let (_, least) = query.rsplit_once(">=")?;
    Some(Test {
        z: bound.ppm / 1_000,
        least: least.trim().parse().ok()?,
        of_slow: name != "compare",
    })
}

/// A decimal number in parts per million; what is finer is cut.
fn parts(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let whole: i64 = whole.parse().ok()?;
    Some(whole * 1_000_000 + fraction.parse::<i64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_comparison_is_the_criterion() {
        for (condition, expected) in [
            (
                "len(result) == 1 && !isNaN(result[0]) && result[0] < 0.01",
                Some((Comparison::Less, 10_000)),
            ),
            (
                "result[0] >= 0.95",
                Some((Comparison::GreaterOrEqual, 950_000)),
            ),
            ("result <= 3", Some((Comparison::LessOrEqual, 3_000_000))),
            ("result[0]>0.5", Some((Comparison::Greater, 500_000))),
            ("result == 1", None),
            ("all(result, # < 3)", None),
            ("result[0] < x", None),
        ] {
            let found = bound(condition).map(|bound| (bound.comparison, bound.ppm));
            assert_eq!(found, expected, "{condition}");
        }
    }

    fn sense(name: &str, condition: &str) -> Sense {
        Sense::of(&metric(name, condition))
    }

    fn metric(name: &str, condition: &str) -> Metric {
        Metric {
            name: name.into(),
            delay: 0,
            interval: 0,
            count: Some(1),
            successes: None,
            failures: Some(0),
            errors: 4,
            timeout: 0,
            takes: 0,
            is_dry: false,
            condition: Some(condition.into()),
            failure: None,
            query: Some("a / on() b".into()),
            asked: question::Asked::of(Some("a / on() b")),
            provider: Provider::Prometheus,
        }
    }

    #[test]
    fn what_must_not_hold_is_the_criterion_the_other_way_round() {
        for (failure, expected) in [
            ("result[0] > 0.05", Some((Comparison::LessOrEqual, 50_000))),
            ("result[0] >= 0.05", Some((Comparison::Less, 50_000))),
            (
                "!(len(result) == 1 && result[0] < 0.01)",
                Some((Comparison::Less, 10_000)),
            ),
            ("!(result[0] < 0.01) || !(result[0] > 0)", None),
            ("isNaN(result[0])", None),
        ] {
            let metric = Metric {
                failure: Some(failure.into()),
                ..metric("errors", "result[0] < 0.5")
            };
            let found = criterion(&metric).map(|one| (one.comparison, one.ppm));
            assert_eq!(found, expected, "{failure}");
        }
    }

    #[test]
    fn a_metric_sees_the_faults_that_it_counts() {
        // name, condition, fault → holds
        for (name, condition, fault, holds) in [
            (
                "errors",
                "result[0] < 0.01",
                Fault::Errors(10_000),
                Some(false),
            ),
            (
                "errors",
                "result[0] < 0.01",
                Fault::Errors(9_999),
                Some(true),
            ),
            (
                "success-rate",
                "result[0] >= 0.95",
                Fault::Errors(50_000),
                Some(true),
            ),
            (
                "success-rate",
                "result[0] > 0.95",
                Fault::Errors(50_000),
                Some(false),
            ),
            (
                "p95",
                "result[0] >= 0.95",
                Fault::Slow(100_000),
                Some(false),
            ),
            ("p95", "result[0] < 0.5", Fault::Slow(40_000), None),
            (
                "errors",
                "len(result) == 1 && (result[0] < 0.01)",
                Fault::Errors(10_000),
                Some(false),
            ),
            ("p95", "result[0] >= 0.95", Fault::Errors(1_000_000), None),
            (
                "business",
                "result[0] >= 0.97",
                Fault::Errors(1_000_000),
                None,
            ),
        ] {
            let limit = sense(name, condition).limit(fault);
            assert_eq!(
                limit.map(|limit| limit.holds(fault.ppm())),
                holds,
                "{name} {condition}"
            );
        }
    }
}
