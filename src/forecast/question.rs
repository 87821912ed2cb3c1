//! What a query of Prometheus asks: which share of the requests, in which unit, and of which version.
//!
//! The usual forms are known: a ratio of two counters that differ in a matcher of the status, one
//! minus it, percentages, buckets against all requests, and `histogram_quantile`. Of everything else
//! nothing is claimed.

use super::time::{self, Millis};
use crate::promql::{Matcher, Operator, Query, Selector};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The share of failed requests.
    Errors,
    /// The share of good ones.
    Success,
    /// The share within a latency.
    Within,
    /// The latency that so many percent stay below.
    Quantile(i64),
}

/// Whose requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    New,
    Old,
    /// Both versions together.
    All,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    pub about: About,
    pub is_percent: bool,
}

/// What is known of a query: to read one takes longer than to count with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    pub question: Option<Question>,
    pub scope: Scope,
    /// How far it looks back.
    pub window: Option<Millis>,
}

impl Asked {
    /// Without a query only the new version is asked.
    pub fn of(query: Option<&str>) -> Asked {
        Asked {
            question: query.and_then(read),
            scope: query.map_or(Scope::New, scope),
            window: query.and_then(window),
        }
    }
}

/// What a run puts in for the hash of the new pods and of the old ones.
pub const LATEST: &str = "{{latest}}";
pub const STABLE: &str = "{{stable}}";

/// `None` where it is none of the forms.
fn read(query: &str) -> Option<Question> {
    read_within(query, 8)
}

fn read_within(text: &str, depth: u8) -> Option<Question> {
    let depth = depth.checked_sub(1)?;
    let text = bare(text);
    if let Some((whole, rest)) = split(text, &['-']) {
        let is_percent = match whole.trim() {
            "1" => false,
            "100" => true,
            _ => return None,
        };
        let inner = read_within(rest, depth)?;
        let about = match inner.about {
            About::Errors => About::Success,
            About::Success => About::Errors,
            _ => return None,
        };
        return (inner.is_percent == is_percent).then_some(Question { about, ..inner });
    }
    if let Some(quantile) = quantile(text) {
        return Some(Question {
            about: About::Quantile(quantile),
            is_percent: false,
        });
    }
    let (left, right) = split(text, &['*', '/'])?;
    let is_times = text[left.len()..].starts_with('*');
    match (is_times, left.trim(), right.trim()) {
        (true, other, "100") | (true, "100", other) => {
            let inner = read_within(other, depth)?;
            (!inner.is_percent).then_some(Question {
                is_percent: true,
                ..inner
            })
        }
        (true, ..) => None,
        (false, part, whole) => {
            let (part, is_percent) = match split(bare(part), &['*']) {
                Some((part, number)) if number.trim() == "100" => (part, true),
                Some((number, part)) if number.trim() == "100" => (part, true),
                Some(_) => return None,
                None => (part, false),
            };
            let about = ratio(part, whole)?;
            Some(Question { about, is_percent })
        }
    }
}

/// Without brackets around it, and without what stands in for no series.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    for _ in 0..16 {
        let before = text;
        if let Some(rest) = text.strip_suffix("vector(0)") {
            let rest = rest.trim_end();
            let rest = rest.strip_suffix("on()").unwrap_or(rest).trim_end();
            if let Some(rest) = rest.strip_suffix("or") {
                text = rest.trim_end();
            }
        }
        if text.starts_with('(') && close(text) == Some(text.len() - 1) {
            text = text[1..text.len() - 1].trim();
        }
        if text == before {
            break;
        }
    }
    text
}

/// Calls `each` for every byte outside of texts, with how many brackets are open before it.
fn outside(text: &str, mut each: impl FnMut(usize, char, usize)) {
    let (mut quote, mut is_escaped, mut depth) = (None, false, 0usize);
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some('"' | '\'') if c == '\\' => is_escaped = true,
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None => {
                if ")]}".contains(c) {
                    depth = depth.saturating_sub(1);
                }
                each(at, c, depth);
                match c {
                    '"' | '\'' | '`' => quote = Some(c),
                    '(' | '[' | '{' => depth += 1,
                    _ => {}
                }
            }
        }
    }
}

/// Where the first bracket closes.
pub fn close(text: &str) -> Option<usize> {
    let mut found = None;
    outside(text, |at, c, depth| {
        if depth == 0 && ")]}".contains(c) && found.is_none() {
            found = Some(at);
        }
    });
    found
}

/// At the last of these signs outside of all brackets, as the left side binds first.
fn split<'a>(text: &'a str, signs: &[char]) -> Option<(&'a str, &'a str)> {
    let mut last = None;
    outside(text, |at, c, depth| {
        if depth == 0 && signs.contains(&c) && at > 0 {
            last = Some(at);
        }
    });
    let at = last?;
    Some((&text[..at], &text[at + 1..]))
}

fn quantile(text: &str) -> Option<i64> {
    let rest = text.strip_prefix("histogram_quantile")?.trim_start();
    if close(rest)? != rest.len() - 1 {
        return None;
    }
    let (number, _) = rest.strip_prefix('(')?.split_once(',')?;
    let number: f64 = number.trim().parse().ok()?;
    (0.01..1.0)
        .contains(&number)
        .then(|| (number * 100.0).round() as i64)
}

fn only(text: &str) -> Option<Selector> {
    let mut selectors = Query::parse(bare(text)).ok()?.selectors;
    match selectors.len() {
        1 => selectors.pop(),
        _ => None,
    }
}

/// What a part of the requests is of all of them.
fn ratio(part: &str, whole: &str) -> Option<About> {
    let (part, whole) = (only(part)?, only(whole)?);
    let name = |one: &Selector| Some(one.matcher("__name__")?.value.to_ascii_lowercase());
    let (a, b) = (name(&part)?, name(&whole)?);
    if a.ends_with("_bucket") {
        let is_all = b.ends_with("_count") || b.ends_with("_bucket");
        return (is_all && part.matcher("le").is_some()).then_some(About::Within);
    }
    if a != b {
        let is_about = |words: [&str; 2]| words.iter().any(|word| a.contains(word));
        return match (is_about(["error", "fail"]), a.contains("success")) {
            (true, false) => Some(About::Errors),
            (false, true) => Some(About::Success),
            _ => None,
        };
    }
    let is_shared = |one: &&Matcher| {
        let same = |other: &Matcher| {
            (&other.label, other.operator, &other.value) == (&one.label, one.operator, &one.value)
        };
        !whole.matchers.iter().any(same)
    };
    let mut extra = part.matchers.iter().filter(is_shared);
    let (status, others) = (extra.next()?, extra.next());
    match others {
        None => by_status(status),
        Some(_) => None,
    }
}

/// Labels of codes and classes differ between conventions; their values hardly do.
fn by_status(matcher: &Matcher) -> Option<About> {
    const GOOD: [&str; 5] = ["200", "2xx", "OK", "0", "success"];
    const BAD: [&str; 7] = [
        "500",
        "503",
        "5xx",
        "14",
        "UNAVAILABLE",
        "Unavailable",
        "failure",
    ];
    if !matcher.is_known() {
        return None;
    }
    let any = |values: &[&str]| values.iter().any(|value| matcher.takes(value));
    let is_excluding = !matcher.takes("500") || !matcher.takes("503");
    let takes_good = any(&GOOD[..1]) || (any(&GOOD) && !any(&BAD[..2]));
    match (takes_good, any(&BAD)) {
        (false, true) => Some(About::Errors),
        (true, false) => Some(About::Success),
        // `!~ "5.."` takes every other word too.
        (true, true) if is_excluding => Some(About::Success),
        _ => None,
    }
}

/// Whose requests all its selectors count.
fn scope(query: &str) -> Scope {
    let Ok(query) = Query::parse(query) else {
        return Scope::Unknown;
    };
    let mut scopes = query.selectors.iter().map(of_selector);
    let Some(first) = scopes.next() else {
        return Scope::Unknown;
    };
    match scopes.all(|one| one == first) {
        true => first,
        false => Scope::Unknown,
    }
}

fn of_selector(selector: &Selector) -> Scope {
    // ingress-nginx names the canary's Service in a label of its own, which is empty for the stable one.
    if let Some(matcher) = selector.matcher("canary").filter(|one| one.is_known()) {
        match (matcher.takes(""), matcher.takes("shop-web-canary-80")) {
            (true, true) => {}
            (true, false) => return Scope::Old,
            (false, _) => return Scope::New,
        }
    }
    let has = |is_not: bool, words: &[&str]| {
        let mut named = selector
            .matchers
            .iter()
            .filter(|one| is_not == matches!(one.operator, Operator::IsNot | Operator::MatchesNot));
        named.any(|one| words.iter().any(|word| one.value.contains(word)))
    };
    // A route's first backend is the stable Service, its second the canary's.
    const OF_NEW: [&str; 4] = [LATEST, "canary", "preview", "/backend/1"];
    const OF_OLD: [&str; 3] = [STABLE, "stable", "/backend/0"];
    match () {
        () if has(false, &OF_NEW) || has(true, &OF_OLD) => Scope::New,
        () if has(false, &OF_OLD) || has(true, &OF_NEW) => Scope::Old,
        () if has(false, &["{{"]) || has(true, &["{{"]) => Scope::Unknown,
        () => Scope::All,
    }
}

/// The length of the window that a query looks back: the longest `[…]` outside of strings.
fn window(query: &str) -> Option<Millis> {
    let (mut longest, mut quote, mut start) = (None, None, None);
    let mut is_escaped = false;
    // All that means anything is ASCII.
    for (at, byte) in query.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(b'"' | b'\''), b'\\') => is_escaped = true,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'[') => start = Some(at + 1),
            (None, b']') => {
                let inner = start.take().and_then(|start| query.get(start..at));
                let range = inner.and_then(|inner| inner.split(':').next());
                longest = longest.max(range.and_then(prometheus_time));
            }
            _ => {}
        }
    }
    longest
}

/// `5m`, `1h30m`, `2d`: Prometheus knows days, weeks and years besides.
fn prometheus_time(text: &str) -> Option<Millis> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let days = match unit {
        "d" => 1,
        "w" => 7,
        "y" => 365,
        _ => return time::parse(text),
    };
    let number: u64 = number.parse().ok()?;
    time::times(86_400 * time::SECOND, number.checked_mul(days)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_the_longest_range_outside_of_strings() {
        for (query, expected) in [
            (
                "sum(rate(a{b=\"[9h]\"}[3m])) / sum(rate(c[5m]))",
                Some(300_000),
            ),
            ("max_over_time(up[1h:1m])", Some(3_600_000)),
            ("up", None),
            ("a{b=\"\\\"[1h]\"}[2d]", Some(172_800_000)),
        ] {
            assert_eq!(window(query), expected, "{query}");
        }
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a flat table")]
    fn the_usual_forms_of_ratios_are_known() {
        const ALL: &str = "sum(rate(r{a=\"b\"}[2m]))";
        const BAD: &str = "sum(rate(r{a=\"b\",code=~\"5..\"}[2m]))";
        const GOOD: &str = "sum(rate(r{a=\"b\",code!~\"5.*\"}[2m]))";
        for (query, expected) in [
            (format!("{BAD} / {ALL}"), Some((About::Errors, false))),
            (
                format!("({BAD} or vector(0)) / {ALL}"),
                Some((About::Errors, false)),
            ),
            (
                format!("({BAD} or on() vector(0)) / {ALL}"),
                Some((About::Errors, false)),
            ),
            (format!("{BAD} * 100 / {ALL}"), Some((About::Errors, true))),
            (format!("100 * {BAD} / {ALL}"), Some((About::Errors, true))),
            (
                format!("({BAD} / {ALL}) * 100"),
                Some((About::Errors, true)),
            ),
            (
                format!("100 * ({BAD} / {ALL})"),
                Some((About::Errors, true)),
            ),
            (format!("1 - {BAD} / {ALL}"), Some((About::Success, false))),
            (
                format!("1 - ({GOOD} / {ALL})"),
                Some((About::Errors, false)),
            ),
            (
                format!("100 - {BAD} / {ALL} * 100"),
                Some((About::Success, true)),
            ),
            (format!("{GOOD} / {ALL}"), Some((About::Success, false))),
            (
                format!("{} / {ALL}", BAD.replace("5..", "2..|3..")),
                Some((About::Success, false)),
            ),
        ] {
            assert_eq!(asked(&query), expected, "{query}");
        }
    }

    fn asked(query: &str) -> Option<(About, bool)> {
        read(query).map(|one| (one.about, one.is_percent))
    }

    #[test]
    fn other_words_for_it_are_known_and_of_the_rest_nothing_is_claimed() {
        const ALL: &str = "sum(rate(r{a=\"b\"}[2m]))";
        const BAD: &str = "sum(rate(r{a=\"b\",code=~\"5..\"}[2m]))";
        for (query, expected) in [
            (
                "sum(rate(c{classification=\"failure\"}[1m])) / sum(rate(c[1m]))".into(),
                Some((About::Errors, false)),
            ),
            (
                "sum(rate(grpc_total{code!=\"OK\"}[1m])) / sum(rate(grpc_total[1m]))".into(),
                None,
            ),
            (
                "sum(rate(errors_total[1m])) / sum(rate(requests_total[1m]))".into(),
                Some((About::Errors, false)),
            ),
            (
                "sum(rate(d_bucket{le=\"0.5\"}[1m])) / sum(rate(d_count[1m]))".into(),
                Some((About::Within, false)),
            ),
            (
                "histogram_quantile(0.95, sum(rate(d_bucket[1m])) by (le))".into(),
                Some((About::Quantile(95), false)),
            ),
            (
                "histogram_quantile(0.95, sum(rate(d_bucket[1m])) by (le)) / 2".into(),
                None,
            ),
            (BAD.into(), None),
            (format!("{ALL} / 5"), None),
            (format!("{BAD} / {BAD} / {ALL}"), None),
            (format!("2 - {BAD} / {ALL}"), None),
            ("((((((((((((a / b".into(), None),
            ("-".into(), None),
            (String::new(), None),
        ] {
            assert_eq!(asked(&query), expected, "{query}");
        }
    }

    #[test]
    fn whose_requests_are_counted_is_told_by_hashes_and_names() {
        for (query, expected) in [
            (
                "sum(r{h=\"{{latest}}\"}) / sum(s{h=\"{{latest}}\"})",
                Scope::New,
            ),
            (
                "sum(r{h=\"{{latest}}\"}) / sum(s{h=\"{{stable}}\"})",
                Scope::Unknown,
            ),
            ("sum(r{h=\"{{stable}}\"})", Scope::Old),
            ("sum(r{service=\"web-canary\"})", Scope::New),
            ("sum(r{service!=\"web-canary\"})", Scope::Old),
            ("sum(r{pod!~\"web-stable-.*\"})", Scope::New),
            (
                "sum(r{envoy_cluster_name=~\"httproute/shop/web/rule/[0-9]+/backend/1\"})",
                Scope::New,
            ),
            (
                "sum(n{ingress=\"web\",canary!=\"\"}) / sum(n{canary=~\".+\"})",
                Scope::New,
            ),
            ("sum(n{ingress=\"web\",canary=\"\"})", Scope::Old),
            ("sum(n{ingress=\"web\",canary=~\".*\"})", Scope::All),
            ("sum(r{service=\"web\"}) / sum(s)", Scope::All),
            ("sum(r{service=\"{{args.service}}\"})", Scope::Unknown),
            ("1", Scope::Unknown),
            ("sum(", Scope::Unknown),
        ] {
            assert_eq!(scope(query), expected, "{query}");
        }
    }
}
