//! What each provider of a metric needs before it can measure anything.
//!
//! Source: argo-rollouts `metricproviders/*`: what their constructors refuse ends the run as
//! `Error`; what they only refuse at each measurement does so after a few of them.

use crate::codes;
use crate::condition::{Condition, Type};
use crate::verify::Target;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::metric::may_be_duration;
use crate::verify::object::argo::placeholders::{Filled, fill};
use crate::verify::object::argo::rollout::FIELD_VOID;
use crate::verify::object::argo::{job, warn};
use crate::verify::object::schedule::{DURATION_MALFORMED, go_duration};
use crate::verify::object::shape::{Findings, at_least, between, contradiction, required};

codes! {
    /// The provider of a metric lacks something without which it cannot ask: an address, a query, a
    /// part of its credentials. The analysis ends as `Error`, and the rollout is aborted.
    ///
    /// Add the field that is named.
    PROVIDER_INCOMPLETE = "provider-incomplete": "a provider that cannot ask its question";

    /// The controller asks an absolute URL, with a scheme and a host. For anything else the analysis
    /// ends as `Error`, and the rollout is aborted.
    ///
    /// Write it as `http://prometheus.monitoring:9090`.
    ADDRESS_MALFORMED = "address-malformed": "an address that is no absolute URL";

    /// Prometheus has no address here. The controller then takes the one of its environment,
    /// `ARGO_ROLLOUTS_PROMETHEUS_ADDRESS`; where that is not set the analysis ends as `Error`.
    ///
    /// Write `address`, so that the template says what it asks.
    ADDRESS_FROM_CONTROLLER = "address-from-controller": "a query without an address";

    /// The request cannot be sent: its method or a header is no word of HTTP. Every measurement is an
    /// error, the analysis ends as `Error`, and the rollout is aborted.
    ///
    /// Write a method such as `POST`, names of headers without spaces, and values in one line.
    REQUEST_MALFORMED = "request-malformed": "a request that cannot be sent";

    /// A `rangeQuery` begins and ends at times that are worked out at each measurement. What cannot
    /// be read, or gives no time, is an error each time, and the analysis ends as `Error`.
    ///
    /// Write expressions of time:
    ///
    ///     rangeQuery: {start: 'now() - duration("30m")', end: now(), step: 1m}
    RANGE_MALFORMED = "range-malformed": "a range of time that cannot be worked out";

    /// A `jsonPath` is a template of kubectl: fields stand in braces, such as `{$.data.ok}`. With a
    /// brace that is not closed the analysis ends as `Error`; without braces the text itself is the
    /// result, whatever was answered.
    JSON_PATH_MALFORMED = "json-path-malformed": "a path into an answer that reads nothing";
}

/// `spec` holds the arguments that the metric may name.
pub fn check(metric: &Cursor, provider: &Cursor, spec: &Cursor, _: &Target, out: &mut Findings) {
    let with = |name| provider.at(name);
    if let Some(at) = with("prometheus") {
        prometheus(&at, spec, out);
    }
    if let Some(at) = with("web") {
        web(&at, spec, out);
    }
    if let Some(at) = with("datadog") {
        datadog(&at, spec, out);
    }
    if let Some(at) = with("newRelic") {
        required(&at, "query", out);
        at_least(&at, "timeout", 0, out);
    }
    if let Some(at) = with("wavefront") {
        needs(&at, &["address", "query"], out);
    }
    if let Some(at) = with("graphite") {
        needs(&at, &["query"], out);
        url(&at, "address", spec, out);
    }
    if let Some(at) = with("influxdb") {
        needs(&at, &["query"], out);
    }
    if let Some(at) = with("skywalking") {
        needs(&at, &["address", "query"], out);
        span(&at, "interval", spec, true, out);
    }
    if let Some(at) = with("cloudWatch") {
        cloud_watch(&at, spec, out);
    }
    if let Some(at) = with("kayenta") {
        kayenta(metric, &at, out);
    }
    if let Some(at) = with("job") {
        job::check(metric, &at, out);
    }
}

fn needs(at: &Cursor, fields: &[&str], out: &mut Findings) {
    for field in fields.iter().filter(|field| at.text(field).is_empty()) {
        let message = format!("`{field}` is missing");
        out.push(
            at.error_at(field, PROVIDER_INCOMPLETE, message)
                .help(format!("add `{field}`")),
        );
    }
}

/// A duration that the provider reads when it is made.
fn span(at: &Cursor, field: &str, spec: &Cursor, needed: bool, out: &mut Findings) -> Option<i64> {
    let text = at.text(field);
    if text.is_empty() {
        if needed {
            needs(at, &[field], out);
        }
        return None;
    }
    let (text, nanos) = match fill(text, spec) {
        Filled::Open(text) if may_be_duration(&text) => return None,
        Filled::Open(text) => (text, None),
        Filled::Text(text) => {
            let nanos = go_duration(&text);
            (text, nanos)
        }
    };
    if nanos.is_none() {
        let message = format!("`{field}` is `{text}`, which is no duration");
        out.push(
            at.error_at(field, DURATION_MALFORMED, message)
                .help("write a duration such as `90s` or `1h30m`"),
        );
    }
    nanos
}

/// An absolute URL: a scheme, and a host behind it. Source: Go `net/url` (`Parse`).
pub fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, rest)| {
        let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let path = path.split(['?', '#']).next().unwrap_or("");
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(letters)
            && is_host(host)
            && path.split('%').skip(1).all(is_escaped)
            && !text.contains(char::is_control)
    })
}

/// A name or address, where a number of a port may follow.
fn is_host(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let port = match host.strip_prefix('[') {
        Some(address) => match address.rsplit_once(']') {
            Some((_, behind)) => behind,
            None => return false,
        },
        None if host.contains(['[', ']']) => return false,
        None => host.rfind(':').map_or("", |at| &host[at..]),
    };
    let port = port.strip_prefix(':').unwrap_or(port);
    !host.is_empty()
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && !host.contains([' ', '{', '}', '|', '\\', '^', '`', '"', '<', '>', '%'])
}

/// Does the text behind a `%` begin with two digits?
fn is_escaped(text: &str) -> bool {
    let digits = text.get(..2);
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn url(at: &Cursor, field: &str, spec: &Cursor, out: &mut Findings) {
    let written = at.text(field);
    let text = match fill(written, spec) {
        Filled::Open(_) if written.starts_with("{{") => return,
        Filled::Open(text) | Filled::Text(text) => text,
    };
    if !is_url(&text) {
        let message = format!("`{field}` is `{text}`, which is no absolute URL");
        out.push(
            at.error_at(field, ADDRESS_MALFORMED, message)
                .help("write a URL such as `http://prometheus.monitoring:9090`"),
        );
    }
}

fn oauth(at: &Cursor, out: &mut Findings) {
    if let Some(oauth) = at
        .at("authentication/oauth2")
        .filter(|oauth| !oauth.text("tokenUrl").is_empty())
    {
        needs(&oauth, &["clientId", "clientSecret"], out);
    }
}

fn prometheus(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    required(at, "query", out);
    at_least(at, "timeout", 0, out);
    oauth(at, out);
    if at.text("address").is_empty() {
        let message = "the address of Prometheus is left to the controller";
        let help = "write `address`";
        warn(at, "address", ADDRESS_FROM_CONTROLLER, message, help, out);
    } else {
        url(at, "address", spec, out);
    }
    let managed =
        at.text("address").contains("aps-workspaces") || at.text("address").contains("{{");
    if at.has("authentication/sigv4") && !managed {
        let message = "`sigv4` only signs requests to Amazon Managed Prometheus";
        let help = "remove it, or write the address of the workspace";
        warn(at, "authentication/sigv4", FIELD_VOID, message, help, out);
    }
    if let Some(range) = at.at("rangeQuery") {
        needs(&range, &["start", "end"], out);
        for field in ["start", "end"] {
            moment(&range, field, spec, out);
        }
        span(&range, "step", spec, true, out);
    }
}

/// An expression that gives a time. Source: argo-rollouts `utils/evaluate` (`EvalTime`).
fn moment(range: &Cursor, field: &str, spec: &Cursor, out: &mut Findings) {
    let Filled::Text(text) = fill(range.text(field), spec) else {
        return;
    };
    if text.is_empty() {
        return;
    }
    let wrong = match Condition::parse(&text) {
        Ok(read) => no_time(&read),
        Err(fault) => Some(format!("cannot be read: {}", fault.message)),
    };
    let Some(wrong) = wrong else { return };
    let help = "write a time, such as `now()` or `now() - duration(\"30m\")`";
    let message = format!("`{field}`, `{text}`, {wrong}");
    out.push(range.error_at(field, RANGE_MALFORMED, message).help(help));
}

/// Nothing is known there but `isNaN` and `isInf`: no answer has come yet.
fn no_time(read: &Condition) -> Option<String> {
    const LATER: [&str; 5] = ["result", "asInt", "asFloat", "isNil", "default"];
    if let Some(name) = read.names().find(|name| LATER.contains(name)) {
        return Some(format!("knows no `{name}`"));
    }
    if let Some(text) = read.durations().find(|text| go_duration(text).is_none()) {
        return Some(format!("has `{text}`, which is no duration"));
    }
    match read.check(&Type::Unknown) {
        Ok(Type::Time | Type::Unknown) => None,
        Ok(_) => Some("is no time".to_owned()),
        Err(fault) => Some(format!("cannot be read: {}", fault.message)),
    }
}

fn web(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    required(at, "url", out);
    if !at.text("url").is_empty() {
        url(at, "url", spec, out);
    }
    oauth(at, out);
    request(at, spec, out);
    let (text, json) = (!at.text("body").is_empty(), at.has("jsonBody"));
    let field = if json { "jsonBody" } else { "body" };
    if text && json {
        let message = "`body` and `jsonBody` exclude each other";
        out.push(contradiction(at, field, message, "remove one of the two"));
    } else if (text || json) && ["", "GET"].contains(&at.text("method")) {
        let message = format!("`{field}` needs the method `POST` or `PUT`");
        out.push(contradiction(at, field, message, "write `method: POST`"));
    }
    json_path(at, spec, out);
}

/// Words that a request over HTTP cannot have. Source: Go `net/http` (`NewRequest`, `Transport`).
fn request(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    let is_word = |text: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !text.is_empty() && text.bytes().all(letter)
    };
    let known = |at: &Cursor, field: &str| match fill(at.text(field), spec) {
        Filled::Text(text) => Some(text),
        Filled::Open(_) => None,
    };
    if let Some(method) = known(at, "method").filter(|text| !text.is_empty() && !is_word(text)) {
        let message = format!("`{method}` is no method");
        let help = "write `GET`, `POST` or `PUT`";
        out.push(at.error_at("method", REQUEST_MALFORMED, message).help(help));
    }
    for header in at.list("headers") {
        let help = "write a header such as `Authorization`";
        if let Some(key) = known(&header, "key").filter(|key| !is_word(key)) {
            let message = format!("`{key}` is no name of a header");
            out.push(
                header
                    .error_at("key", REQUEST_MALFORMED, message)
                    .help(help),
            );
        }
        let value = known(&header, "value").unwrap_or_default();
        if value.contains(|letter: char| letter.is_control() && letter != '\t') {
            let message = "the value of a header has no line breaks";
            let help = "write it in one line";
            out.push(
                header
                    .error_at("value", REQUEST_MALFORMED, message)
                    .help(help),
            );
        }
    }
}

fn json_path(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    let field = "jsonPath";
    let Filled::Text(path) = fill(at.text(field), spec) else {
        return;
    };
    let (open, closed) = (path.matches('{').count(), path.matches('}').count());
    if open > closed || is_array_open(&path) {
        let message = format!("`{path}` has a brace or bracket that is not closed");
        out.push(
            at.error_at(field, JSON_PATH_MALFORMED, message)
                .help("write a path such as `{$.data.ok}`"),
        );
    } else if !path.is_empty() && open == 0 {
        let message = format!("`{path}` is no path without braces, but the result itself");
        let help = "put it into braces, such as `{$.data.ok}`";
        warn(at, field, JSON_PATH_MALFORMED, message, help, out);
    }
}

/// Does a part in braces have a bracket that is not closed?
fn is_array_open(path: &str) -> bool {
    let parts = path.split('{').skip(1);
    let mut inner = parts.map(|part| part.split('}').next().unwrap_or(part));
    inner.any(|part| part.matches('[').count() > part.matches(']').count())
}

fn datadog(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    let first = ["", "v1"].contains(&at.text("apiVersion"));
    let (query, queries) = (!at.text("query").is_empty(), at.len("queries"));
    let formula = !at.text("formula").is_empty();
    if query && queries > 0 {
        let message = "`query` and `queries` exclude each other";
        out.push(contradiction(
            at,
            "queries",
            message,
            "remove one of the two",
        ));
    } else if !query && (first || queries == 0) {
        needs(at, &["query"], out);
    }
    if formula && queries == 0 {
        let message = "`formula` needs `queries`";
        out.push(contradiction(at, "formula", message, "add `queries`"));
    } else if queries > 1 && !formula {
        needs(at, &["formula"], out);
    }
    if first && !at.text("aggregator").is_empty() {
        let message = "`aggregator` needs `apiVersion: v2`";
        out.push(contradiction(at, "aggregator", message, "remove it"));
    }
    if at.flag("secretRef/namespaced") == Some(true) && at.text("secretRef/name").is_empty() {
        needs(at, &["secretRef/name"], out);
    }
    span(at, "interval", spec, false, out);
    if span(at, "requestTimeout", spec, false, out).is_some_and(|nanos| nanos <= 0) {
        let message = "`requestTimeout` must be above 0";
        let help = "write a duration such as `10s`";
        out.push(contradiction(at, "requestTimeout", message, help));
    }
}

fn cloud_watch(at: &Cursor, spec: &Cursor, out: &mut Findings) {
    span(at, "interval", spec, false, out);
    required(at, "metricDataQueries", out);
    for query in at.list("metricDataQueries") {
        for path in ["period", "metricStat/period"] {
            between(&query, path, i64::from(i32::MIN), i64::from(i32::MAX), out);
        }
        let asks = usize::from(!query.text("expression").is_empty())
            + usize::from(query.has("metricStat"));
        if asks != 1 {
            let message = "CloudWatch takes one of `expression` and `metricStat`";
            warn(
                &query,
                "expression",
                PROVIDER_INCOMPLETE,
                message,
                "keep one of them",
                out,
            );
        }
    }
}

fn kayenta(metric: &Cursor, at: &Cursor, out: &mut Findings) {
    for scope in at.list("scopes") {
        for field in ["start", "end"] {
            let given = |side: &str| !scope.text(&format!("{side}/{field}")).is_empty();
            if given("controlScope") != given("experimentScope") {
                let message = format!("both scopes need `{field}`, or neither");
                out.push(contradiction(
                    &scope,
                    "controlScope",
                    message,
                    "write it in both",
                ));
            }
        }
        let open = scope.text("controlScope/start").is_empty()
            && scope.text("experimentScope/start").is_empty();
        let behind = at.flag("lookback") == Some(true);
        if open && !behind && metric.text("interval").is_empty() {
            let message =
                "scopes without `start` begin one `interval` ago, and the metric has none";
            out.push(
                metric
                    .error_at("interval", PROVIDER_INCOMPLETE, message)
                    .help("add `interval`, or `start` to the scopes"),
            );
        }
    }
}
