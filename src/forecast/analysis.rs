//! AnalysisRuns as arithmetic: when each metric is measured, when a run ends, when it can fail.
//!
//! Source: argo-rollouts `analysis/analysis.go`. The first measurement comes `initialDelay` after
//! the start, each further one `interval` after the one before; after an unreadable answer it is
//! asked again in 10 s. A metric fails with measurement number `failureLimit + 1` that fails.

use std::collections::BTreeMap;

use super::pace::Pace;
use super::question::{Asked, LATEST, STABLE};
use super::read::shown;
use super::time::{self, Millis, SECOND};
use super::{Objects, Refused, refused};
use crate::value::Value;

/// What an unreadable answer waits for (`DefaultErrorRetryInterval`).
pub const RETRY: Millis = 10 * SECOND;

/// A run of several templates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    pub templates: Vec<String>,
    pub metrics: Vec<Metric>,
}

/// One metric of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    pub name: String,
    pub delay: Millis,
    pub interval: Millis,
    /// `None`: measured until the run is ended.
    pub count: Option<u64>,
    /// Successes in a row that end it before.
    pub successes: Option<u64>,
    /// Failed measurements that are forgiven; `None`: all.
    pub failures: Option<u64>,
    /// Unreadable answers in a row that are forgiven.
    pub errors: u64,
    /// How long a question may take.
    pub timeout: Millis,
    /// How long it is expected to take: nothing, save where a pod has to start. The interval begins
    /// behind it (`FinishedAt`).
    pub takes: Millis,
    /// Dry runs never fail a run.
    pub is_dry: bool,
    pub condition: Option<String>,
    /// `failureCondition`
    pub failure: Option<String>,
    /// With the arguments that are known before the run.
    pub query: Option<String>,
    /// What `query` asks.
    pub asked: Asked,
    pub provider: Provider,
}

/// Who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Provider {
    Prometheus,
    Web,
    Job,
    #[default]
    Other,
}

impl Metric {
    /// The last measurement if all of them succeed, where there is one.
    pub fn length(&self) -> Option<Millis> {
        let few = match (self.count, self.successes) {
            (Some(count), Some(successes)) => count.min(successes),
            (count, successes) => count.or(successes)?,
        };
        self.finished(few)
    }

    /// When so many measurements are done.
    fn finished(&self, count: u64) -> Option<Millis> {
        let waited = time::times(self.interval, count.saturating_sub(1))?;
        let asked = time::times(self.takes, count)?;
        time::add(self.delay, time::add(waited, asked)?)
    }

    /// The latest end of a run that succeeds: every measurement takes as long as it may, and before
    /// each as many answers are unreadable as are forgiven.
    pub fn longest(&self) -> Option<Millis> {
        let count = self.count?.max(1);
        let tries = count.checked_mul(self.errors.checked_add(1)?)?;
        let retries = time::times(RETRY, count.checked_mul(self.errors)?)?;
        let asked = time::times(self.timeout.max(self.takes), tries)?;
        let last = time::add(self.delay, time::times(self.interval, count - 1)?)?;
        time::add(last, time::add(asked, retries)?)
    }

    /// When it has failed if every measurement fails; `None` where it cannot.
    pub fn earliest_failure(&self) -> Option<Millis> {
        let forgiven = self.failures.filter(|_| !self.is_dry)?;
        if self.count.is_some_and(|count| count <= forgiven) {
            return None;
        }
        self.finished(forgiven.checked_add(1)?)
    }

    /// When it is given up if no answer can be read.
    pub fn earliest_error(&self) -> Option<Millis> {
        if self.is_dry {
            return None;
        }
        time::add(self.delay, time::times(RETRY, self.errors)?)
    }
}

impl Run {
    /// From its start to its success; `None`: it never ends by itself.
    pub fn length(&self) -> Option<Millis> {
        self.metrics.iter().try_fold(0, |longest, metric| {
            metric.length().map(|one| one.max(longest))
        })
    }

    pub fn longest(&self) -> Option<Millis> {
        self.metrics.iter().try_fold(0, |longest, metric| {
            metric.longest().map(|one| one.max(longest))
        })
    }

    /// The first metric that fails if all measurements fail.
    pub fn earliest_failure(&self) -> Option<Millis> {
        let failures = self.metrics.iter().filter_map(Metric::earliest_failure);
        failures.min()
    }
}

/// Templates that name templates may go so deep; the controller has no bound, and dies of circles.
const DEPTH: usize = 16;

/// Templates and metrics of one run, at most: more is a mistake, and would never be read by anybody.
const MOST: usize = 500;

/// Reads the run that `analysis` (`templates`, `args`, `dryRun`) asks for.
pub fn run(objects: &Objects, analysis: &Value, pointer: &str) -> Result<Run, Refused> {
    let mut run = Run::default();
    let mut args = BTreeMap::new();
    collect_args(analysis.get("args"), &mut args);
    let dry = dry_runs(analysis.get("dryRun"));
    let mut reader = Reader {
        objects,
        pointer,
        args: &args,
        run: &mut run,
    };
    for reference in list(analysis, "templates") {
        reader.template(reference, 0)?;
    }
    if run.templates.is_empty() {
        let message = "an analysis names no template, and the rollout would wait for it for ever";
        return Err(refused(format!("{pointer}/templates"), message)
            .help("name a template, or remove the analysis"));
    }
    for metric in &mut run.metrics {
        metric.is_dry |= dry.iter().any(|name| is_dry(name, &metric.name));
    }
    Ok(run)
}

/// The controller reads these names as expressions; what is plain matches itself, `.*` all.
fn is_dry(pattern: &str, name: &str) -> bool {
    let plain = pattern.trim_start_matches('^').trim_end_matches('$');
    plain == ".*" || plain == name
}

fn dry_runs(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_list).unwrap_or_default();
    let names = list
        .iter()
        .filter_map(|one| one.get("metricName")?.as_str());
    names.map(str::to_string).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_list).unwrap_or_default()
}

/// Arguments with values that are known before the run.
fn collect_args(value: Option<&Value>, args: &mut BTreeMap<String, String>) {
    for one in value.and_then(Value::as_list).unwrap_or_default() {
        let text = |key| one.get(key).and_then(Value::as_str);
        let hash = one.at(&["valueFrom", "podTemplateHashValue"]);
        let hash = match hash.and_then(Value::as_str) {
            Some("Latest") => Some(LATEST),
            Some("Stable") => Some(STABLE),
            _ => None,
        };
        if let (Some(name), Some(value)) = (text("name"), text("value").or(hash)) {
            args.entry(name.into()).or_insert_with(|| value.into());
        }
    }
}

struct Reader<'a, 'b> {
    objects: &'a Objects<'a>,
    pointer: &'b str,
    args: &'b BTreeMap<String, String>,
    run: &'b mut Run,
}

impl Reader<'_, '_> {
    fn wrong(&self, message: String) -> Refused {
        refused(self.pointer, message)
    }

    fn template(&mut self, reference: &Value, depth: usize) -> Result<(), Refused> {
        let name = reference.get("templateName").and_then(Value::as_str);
        let Some(name) = name else {
            let message = "a template has no `templateName`".into();
            return Err(self.wrong(message).help("name an AnalysisTemplate"));
        };
        let is_cluster = reference.get("clusterScope").and_then(Value::as_bool) == Some(true);
        let kind = match is_cluster {
            true => "ClusterAnalysisTemplate",
            false => "AnalysisTemplate",
        };
        if self.run.templates.iter().any(|one| one == name) {
            return Ok(());
        }
        if depth > DEPTH || self.run.templates.len() > MOST {
            let message = format!("templates name each other too often, down to `{name}`");
            return Err(self
                .wrong(message)
                .help("let templates name few others, and no circle"));
        }
        let Some(object) = self.objects.find(kind, name) else {
            let message = format!("the {kind} `{name}` is not there to be read");
            return Err(self.wrong(message).help("give its manifest too"));
        };
        self.run.templates.push(name.to_string());
        let Some(spec) = object.get("spec") else {
            let message = format!("the {kind} `{name}` has no `spec`");
            return Err(self.wrong(message).help("write its metrics"));
        };
        let mut args = self.args.clone();
        collect_args(spec.get("args"), &mut args);
        let dry = dry_runs(spec.get("dryRun"));
        for metric in list(spec, "metrics") {
            let mut metric = self.metric(name, metric, &args)?;
            metric.is_dry = dry.iter().any(|pattern| is_dry(pattern, &metric.name));
            self.run.metrics.push(metric);
        }
        if self.run.metrics.len() > MOST {
            let message = format!("an analysis has more than {MOST} metrics");
            return Err(self.wrong(message).help("ask for fewer"));
        }
        for nested in list(spec, "templates") {
            self.template(nested, depth + 1)?;
        }
        Ok(())
    }

    fn metric(
        &self,
        template: &str,
        metric: &Value,
        args: &BTreeMap<String, String>,
    ) -> Result<Metric, Refused> {
        let text = |key| metric.get(key).and_then(Value::as_str);
        let fields = Fields {
            reader: self,
            template,
            metric,
            args,
        };
        let interval = fields.length("interval")?;
        if interval == Some(0) {
            return Err(fields.wrong("interval", "a time between measurements"));
        }
        let count = match fields.positive("count")? {
            None | Some(0) => interval.is_none().then_some(1),
            some => some,
        };
        if interval.is_none() && count.is_some_and(|count| count > 1) {
            return Err(fields.wrong("count", "1 where there is no `interval`"));
        }
        let provider = metric.get("provider");
        let (query, timeout, answers) =
            provider.map_or((None, 30, Provider::Other), provider_facts);
        let query = query.map(|query| filled(&query, args));
        Ok(Metric {
            name: fields.name().to_string(),
            delay: fields.length("initialDelay")?.unwrap_or(0),
            interval: interval.unwrap_or(0),
            count,
            successes: fields
                .positive("consecutiveSuccessLimit")?
                .filter(|it| *it > 0),
            failures: match fields.number("failureLimit")? {
                Some(-1) => None,
                other => Some(other.unwrap_or(0).unsigned_abs()),
            },
            errors: fields.positive("consecutiveErrorLimit")?.unwrap_or(4),
            timeout: time::seconds(timeout).unwrap_or(30 * SECOND),
            takes: match answers {
                Provider::Job => Pace::default().process,
                _ => 0,
            },
            is_dry: false,
            condition: text("successCondition").map(|text| filled(text, args)),
            failure: text("failureCondition").map(|text| filled(text, args)),
            asked: Asked::of(query.as_deref()),
            query,
            provider: answers,
        })
    }
}

/// The fields of one metric, with the arguments that are known.
struct Fields<'a, 'b> {
    reader: &'a Reader<'a, 'b>,
    template: &'a str,
    metric: &'a Value,
    args: &'a BTreeMap<String, String>,
}

impl Fields<'_, '_> {
    fn name(&self) -> &str {
        let name = self.metric.get("name").and_then(Value::as_str);
        name.unwrap_or_default()
    }

    fn given(&self, key: &str) -> Option<&Value> {
        self.metric.get(key).filter(|value| **value != Value::Null)
    }

    fn wrong(&self, key: &str, expected: &str) -> Refused {
        let found = self.given(key).map_or("absent".into(), shown);
        let (name, template) = (self.name(), self.template);
        let message =
            format!("`{key}` of metric `{name}` in `{template}` is {found}, not {expected}");
        let refused = self.reader.wrong(message);
        refused.help(format!("write {expected}"))
    }

    fn length(&self, key: &str) -> Result<Option<Millis>, Refused> {
        let Some(value) = self.given(key) else {
            return Ok(None);
        };
        let text = value.as_str().map(|text| filled(text, self.args));
        let length = text.and_then(|text| time::parse(&text));
        match length {
            Some(length) => Ok(Some(length)),
            None => Err(self.wrong(key, "a duration such as `30s`")),
        }
    }

    fn number(&self, key: &str) -> Result<Option<i64>, Refused> {
        let Some(value) = self.given(key) else {
            return Ok(None);
        };
        let number = match value {
            Value::Int(number) => Some(*number),
            Value::Str(text) => filled(text, self.args).parse().ok(),
            _ => None,
        };
        match number.filter(|number| (-1..=1_000_000_000).contains(number)) {
            Some(number) => Ok(Some(number)),
            None => Err(self.wrong(key, "a whole number")),
        }
    }

    fn positive(&self, key: &str) -> Result<Option<u64>, Refused> {
        match self.number(key)? {
            Some(number) if number < 0 => Err(self.wrong(key, "a number that is not negative")),
            other => Ok(other.map(i64::unsigned_abs)),
        }
    }
}

/// The question, for how many seconds its answer is waited for, and who gives it.
fn provider_facts(provider: &Value) -> (Option<String>, u64, Provider) {
    let number = |path: &[&str]| provider.at(path).and_then(Value::as_int);
    let seconds = |given: Option<i64>, default: u64| {
        given
            .and_then(|one| u64::try_from(one).ok())
            .filter(|one| *one > 0)
            .unwrap_or(default)
            .min(86_400)
    };
    let query = provider
        .at(&["prometheus", "query"])
        .and_then(Value::as_str);
    if let Some(query) = query {
        let timeout = seconds(number(&["prometheus", "timeout"]), 30);
        return (Some(query.to_string()), timeout, Provider::Prometheus);
    }
    if provider.get("web").is_some() {
        let timeout = seconds(number(&["web", "timeoutSeconds"]), 10);
        return (None, timeout, Provider::Web);
    }
    if provider.get("job").is_some() {
        let timeout = seconds(number(&["job", "spec", "activeDeadlineSeconds"]), 30);
        return (None, timeout, Provider::Job);
    }
    (None, 30, Provider::Other)
}

/// The text with the arguments that are known before the run.
fn filled(text: &str, args: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((inner, after)) = tail.split_once("}}") else {
            break;
        };
        let name = inner.trim().strip_prefix("args.");
        match name.and_then(|name| args.get(name)) {
            Some(value) => out.extend([before, value]),
            None => out.extend([before, "{{", inner, "}}"]),
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(delay: u64, interval: u64, count: u64, failures: u64) -> Metric {
        Metric {
            name: "errors".into(),
            delay: delay * SECOND,
            interval: interval * SECOND,
            count: (count > 0).then_some(count),
            successes: None,
            failures: Some(failures),
            errors: 4,
            timeout: 10 * SECOND,
            takes: 0,
            is_dry: false,
            condition: None,
            failure: None,
            query: None,
            asked: Asked::of(None),
            provider: Provider::Prometheus,
        }
    }

    #[test]
    fn a_metric_ends_with_its_last_measurement_and_fails_with_the_first_that_is_not_forgiven() {
        for (delay, interval, count, failures, length, failure) in [
            (60, 30, 29, 1, Some(900), Some(90)),
            (0, 0, 1, 0, Some(0), Some(0)),
            (10, 10, 12, 1, Some(120), Some(20)),
            (0, 60, 0, 2, None, Some(120)),
            (0, 60, 3, 3, Some(120), None),
        ] {
            let one = metric(delay, interval, count, failures);
            assert_eq!(one.length(), length.map(|s| s * SECOND));
            assert_eq!(one.earliest_failure(), failure.map(|s| s * SECOND));
        }
    }

    #[test]
    fn the_interval_begins_behind_a_pod_that_asks() {
        let one = Metric {
            takes: 5 * SECOND,
            ..metric(60, 60, 5, 1)
        };
        assert_eq!(one.length(), Some((60 + 4 * 60 + 5 * 5) * SECOND));
        assert_eq!(one.earliest_failure(), Some((60 + 60 + 2 * 5) * SECOND));
    }

    #[test]
    fn successes_in_a_row_end_a_metric_before_its_count() {
        for (count, successes, length) in [
            (16, Some(1), Some(900)),
            (16, Some(3), Some(960)),
            (2, Some(3), Some(930)),
            (0, Some(2), Some(930)),
            (0, None, None),
        ] {
            let one = Metric {
                successes,
                ..metric(900, 30, count, 0)
            };
            assert_eq!(one.length(), length.map(|s| s * SECOND));
        }
    }

    #[test]
    fn five_unreadable_answers_are_given_up_after_forty_seconds() {
        assert_eq!(metric(0, 30, 10, 0).earliest_error(), Some(40 * SECOND));
    }

    #[test]
    fn arguments_are_filled_in_once() {
        let args = BTreeMap::from([("n".to_string(), "{{args.n}}".to_string())]);
        assert_eq!(filled("a{{ args.n }}b", &args), "a{{args.n}}b");
        assert_eq!(filled("{{args.m}} {{", &args), "{{args.m}} {{");
    }
}
