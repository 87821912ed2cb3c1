//! A second way to break cases, with seeds of its own: steps and metrics made up, fields misspelt,
//! moved a level up, of another type, one to four changes at once; also in what a rollout names.

use serde_json::{Map, Value as Json, json};

use super::generate::{Case, Dice, Pool, collect_places};

/// The case of a number.
pub fn case(number: usize, seeds: &[(String, Vec<Json>)], pool: &Pool) -> Case {
    let mut dice = Dice(number as u64 * 104_729 + 3);
    let (name, documents) = dice.pick(seeds);
    let mut case = Case {
        documents: documents.clone(),
        changes: vec![name.clone()],
        own: true,
        alone: true,
    };
    for _ in 0..1 + dice.next(5) / 2 + dice.next(2) {
        change(&mut case, pool, &mut dice);
    }
    case
}

/// Is it of the controller's own kinds?
pub fn is_own(document: &Json) -> bool {
    let version = document["apiVersion"].as_str();
    version.is_some_and(|version| version.starts_with("argoproj.io"))
}

/// What the controller itself reads of the objects that a rollout names.
fn is_read(place: &str) -> bool {
    [
        "/spec/selector",
        "/spec/rules",
        "/spec/http",
        "/spec/tls",
        "/spec/tcp",
    ]
    .iter()
    .chain(&[
        "/spec/weight",
        "/spec/weighted",
        "/spec/provider",
        "/spec/routes",
    ])
    .any(|start| place.starts_with(start))
}

fn change(case: &mut Case, pool: &Pool, dice: &mut Dice) {
    let foreign = dice.next(10) == 0;
    let fitting: Vec<usize> = (0..case.documents.len())
        .filter(|index| is_own(&case.documents[*index]) != foreign)
        .collect();
    if fitting.is_empty() {
        return;
    }
    let index = *dice.pick(&fitting);
    let mut places = Vec::new();
    collect_places(&case.documents[index]["spec"], "/spec", &mut places);
    let pods = |place: &String| place.contains("/template/") || place.contains("/job/spec/");
    if foreign {
        places.retain(|place| is_read(place));
    } else if dice.next(15) > 0 {
        places.retain(|place| !pods(place));
    }
    if places.is_empty() {
        return;
    }
    let place = dice.pick(&places).clone();
    case.own &= foreign || !pods(&place);
    case.alone &= !foreign;
    let document = &mut case.documents[index];
    let what = match dice.next(22) {
        0..=2 => drop(document, &place),
        3..=7 => replace(document, &place, dice),
        8 => empty(document, &place, dice),
        9 => retype(document, &place, dice),
        10 => rename(document, &place, dice),
        11 => move_up(document, &place),
        12 => copy(document, &place, dice.pick(&places).clone().as_str()),
        13 => twice(document, &place, dice),
        14 => shuffle(document, &place, dice),
        15 | 16 => graft(document, &place, pool, dice),
        17 | 18 => step(document, dice),
        19 | 20 => metric(document, dice),
        _ => strategy(document, dice),
    };
    case.changes.push(format!("{what} {place}"));
}

fn split(place: &str) -> (&str, String) {
    let (parent, last) = place.rsplit_once('/').unwrap_or(("", place));
    (parent, last.replace("~1", "/").replace("~0", "~"))
}

fn drop(document: &mut Json, place: &str) -> String {
    let (parent, last) = split(place);
    match document.pointer_mut(parent) {
        Some(Json::Object(map)) => {
            map.remove(&last);
        }
        Some(Json::Array(items)) => {
            items.remove(last.parse().unwrap());
        }
        _ => {}
    }
    "drop".into()
}

const DURATIONS: &[&str] = &[
    "",
    "0",
    "5",
    "+5",
    "-5",
    "1d",
    "5M",
    "1.5h",
    ".5m",
    "5.m",
    "1h 30m",
    "1h30",
    "m",
    "5 m",
    "-5m",
    "+5m",
    "0s",
    "500ms",
    "1us",
    "1µs",
    "9ns",
    "1e3s",
    "2562047h",
    "2562048h",
    "999999999999999999h",
    "596523h",
    "596524h",
    "10 minutes",
    "１m",
    "00:05:00",
    "5m\n",
    "{{args.every}}",
    "infinity",
];
const WORDS: &[&str] = &[
    "",
    " ",
    "x",
    "pay",
    "pay-next",
    "Stable",
    "stable",
    "canary",
    "Latest",
    "latest",
    "Percent",
    "percent",
    "Pod",
    "never",
    "onsuccess",
    "GET",
    "PATCH",
    "v1",
    "v2",
    "v3",
    "avg",
    "p99",
    "*",
    ".*",
    "[",
    "(a",
    "a|b",
    "{{args.service}}",
    "{{ args.floor }}",
    "{{args.nothing}}",
    "{{args.service}}{{args.floor}}",
    "{{{args.service}}}",
    "{{args.service",
    "}}",
    "{{templates.a.podTemplateHash}}",
    "{{templates.next.podTemplateHash}}",
    "metadata.name",
    "metadata.labels['app']",
    "metadata.labels",
    "metadata.generation",
    "metadata.labels['a b']",
    "metadata.annotations['x/y']",
    "spec.replicas",
    "spec.template.spec.containers[0].image",
    "spec.strategy",
    "status.phase",
    "{.metadata.name}",
    "http://a",
    "a:80",
    "//a",
    "http://",
    "http:// a",
    "http://[::1",
    "1.0",
    "true",
    "null",
    "~",
    "é",
    "A_B",
    "a.b",
    "a/b",
    "-a",
    "10%",
    "UPPER",
    "{$.a}",
    "{$.a",
    "$.a",
    "{.a[}",
    "result[0] > 1",
    "result",
    "web",
    "443",
];
const PERCENTS: &[&str] = &[
    "0%",
    "25%",
    "100%",
    "101%",
    "-1%",
    "12.5%",
    "%",
    "25",
    "0",
    "00",
    "1e1%",
    " 25%",
    "25 %",
    "+5%",
    "abc",
    "2147483648%",
    "",
];

fn number(dice: &mut Dice) -> Json {
    let numbers = [
        json!(-1),
        json!(-2),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(4),
        json!(6),
        json!(10),
        json!(50),
        json!(99),
        json!(100),
        json!(101),
        json!(200),
        json!(600),
        json!(1000),
        json!(65_535),
        json!(65_536),
        json!(604_801),
        json!(2_147_483_647_i64),
        json!(2_147_483_648_i64),
        json!(-2_147_483_648_i64),
        json!(-2_147_483_649_i64),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0.5),
        json!(2.5),
        json!(1.5e300),
    ];
    dice.pick(&numbers).clone()
}

fn replace(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    let Some(value) = document.pointer_mut(place) else {
        return "keep".into();
    };
    let new = match value {
        Json::Number(_) if dice.next(4) == 0 => json!(dice.pick(PERCENTS)),
        Json::Number(_) => number(dice),
        Json::Bool(old) => json!(!*old),
        Json::String(text) => {
            let timely = text.starts_with(|first: char| first.is_ascii_digit());
            match dice.next(6) {
                0 => json!(format!("{text}-x")),
                1 => number(dice),
                2 if !timely => json!(dice.pick(DURATIONS)),
                _ if timely && text.contains('%') => json!(dice.pick(PERCENTS)),
                _ if timely => json!(dice.pick(DURATIONS)),
                _ => json!(dice.pick(WORDS)),
            }
        }
        _ => json!(dice.pick(WORDS)),
    };
    *value = new.clone();
    format!("set {new}")
}

fn empty(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    let nothings = [
        json!(null),
        json!({}),
        json!([]),
        json!(""),
        json!([null]),
        json!([{}]),
        json!([""]),
    ];
    let new = dice.pick(&nothings).clone();
    if let Some(value) = document.pointer_mut(place) {
        *value = new.clone();
    }
    format!("empty {new}")
}

/// The same, in another type.
fn retype(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    let Some(value) = document.pointer_mut(place) else {
        return "keep".into();
    };
    let new = match &*value {
        Json::Number(number) if dice.next(2) == 0 => json!(number.to_string()),
        Json::Bool(_) => json!(value.to_string()),
        Json::String(text) if text.parse::<i64>().is_ok() => {
            json!(text.parse::<i64>().unwrap_or(0))
        }
        Json::Array(items) => items.first().cloned().unwrap_or(json!({})),
        Json::Object(map) if dice.next(2) == 0 => {
            json!(
                map.iter()
                    .map(|(name, value)| json!({"name": name, "value": value}))
                    .collect::<Vec<_>>()
            )
        }
        other => json!([other]),
    };
    *value = new;
    "retype".into()
}

/// A key as people misspell it.
fn rename(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    let (parent, last) = split(place);
    let Some(Json::Object(map)) = document.pointer_mut(parent) else {
        return "keep".into();
    };
    let new = match dice.next(5) {
        0 => last.to_lowercase(),
        1 => format!("{last}s"),
        2 => last.trim_end_matches('s').to_owned(),
        3 => last.chars().rev().collect(),
        _ => format!(
            "{}{last}",
            last.chars().next().unwrap_or('x').to_uppercase()
        ),
    };
    if let Some(value) = map.remove(&last) {
        Map::insert(map, new.clone(), value);
    }
    format!("rename {new}")
}

/// As if it were not indented enough.
fn move_up(document: &mut Json, place: &str) -> String {
    let (parent, last) = split(place);
    let value = match document.pointer_mut(parent) {
        Some(Json::Object(map)) => map.remove(&last),
        _ => None,
    };
    let (grand, _) = split(parent);
    match (value, document.pointer_mut(grand)) {
        (Some(value), Some(Json::Object(map))) => {
            Map::insert(map, last, value);
            "up".into()
        }
        _ => "lost".into(),
    }
}

fn copy(document: &mut Json, place: &str, from: &str) -> String {
    let value = document.pointer(from).cloned().unwrap_or(json!(null));
    if let Some(at) = document
        .pointer_mut(place)
        .filter(|_| !from.starts_with(place))
    {
        *at = value;
    }
    format!("copy {from} to")
}

/// An entry again, as it is or with another name.
fn twice(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    let (parent, last) = split(place);
    let Some(Json::Array(items)) = document.pointer_mut(parent) else {
        return "keep".into();
    };
    let mut entry = items[last.parse::<usize>().unwrap()].clone();
    if let (Some(name), 0) = (entry.get_mut("name"), dice.next(2)) {
        *name = json!("again");
    }
    items.insert(dice.next(items.len() + 1), entry);
    "again".into()
}

fn shuffle(document: &mut Json, place: &str, dice: &mut Dice) -> String {
    if let Some(Json::Array(items)) = document.pointer_mut(place) {
        for index in (1..items.len()).rev() {
            items.swap(index, dice.next(index + 1));
        }
    }
    "shuffle".into()
}

/// A field of another seed, where that has a parent of the same name.
fn graft(document: &mut Json, place: &str, pool: &Pool, dice: &mut Dice) -> String {
    let named = place
        .rsplit('/')
        .find(|step| step.parse::<usize>().is_err());
    let fitting = pool.below(named.unwrap_or_default());
    let mut at = document.pointer_mut(place);
    if let Some(Json::Array(items)) = at {
        at = items.first_mut();
    }
    match (at, fitting.is_empty()) {
        (Some(Json::Object(map)), false) => {
            let (key, value) = *dice.pick(&fitting);
            Map::insert(map, key.clone(), value.clone());
            format!("graft {key}: {value}")
        }
        _ => "keep".into(),
    }
}

/// A step of any kind, somewhere.
fn step(document: &mut Json, dice: &mut Dice) -> String {
    let weight = number(dice);
    let time = json!(dice.pick(DURATIONS));
    let word = json!(dice.pick(WORDS));
    let kinds = [
        json!({"setWeight": weight}),
        json!({"pause": {"duration": time}}),
        json!({"pause": {"duration": weight}}),
        json!({"pause": {}}),
        json!({"setCanaryScale": {"weight": weight}}),
        json!({"setCanaryScale": {"replicas": weight}}),
        json!({"setCanaryScale": {"matchTrafficWeight": true}}),
        json!({"setCanaryScale": {}}),
        json!({"setHeaderRoute": {"name": "staff", "match": [{"headerName": "a", "headerValue": {"exact": word}}]}}),
        json!({"setHeaderRoute": {"match": []}}),
        json!({"setMirrorRoute": {"name": "shadow", "percentage": weight, "match": [{"path": {"prefix": word}}]}}),
        json!({"plugin": {"name": word}}),
        json!({"plugin": {"config": {}}}),
        json!({"analysis": {"templates": [{"templateName": "rate"}], "args": [{"name": "service", "value": word}]}}),
        json!({"analysis": {}}),
        json!({"analysis": {"templates": []}}),
        json!({"experiment": {"duration": time, "templates": [{"name": "a", "specRef": word}]}}),
        json!({"experiment": {"templates": [{"name": "a", "specRef": "canary", "weight": weight}]}}),
        json!({"experiment": {"templates": []}}),
        json!({"setWeight": 10, "pause": {}}),
        json!({"setWeight": 10, "setCanaryScale": {"weight": 5}}),
        json!({"replicaProgressThreshold": {"type": "Percent", "value": 50}}),
        json!({}),
        json!(null),
    ];
    let new = dice.pick(&kinds).clone();
    if let Some(Json::Array(steps)) = document.pointer_mut("/spec/strategy/canary/steps") {
        steps.insert(dice.next(steps.len() + 1), new.clone());
    }
    format!("step {new}")
}

/// A field of some metric, with a value of the wrong kind or size.
fn metric(document: &mut Json, dice: &mut Dice) -> String {
    let Some(Json::Array(metrics)) = document.pointer_mut("/spec/metrics") else {
        return "keep".into();
    };
    if metrics.is_empty() {
        return "keep".into();
    }
    let index = dice.next(metrics.len());
    let limits = [
        "count",
        "failureLimit",
        "inconclusiveLimit",
        "consecutiveErrorLimit",
        "consecutiveSuccessLimit",
    ];
    let small = [
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(5),
        json!("2"),
        json!("0"),
        json!("x"),
        json!("-1"),
    ];
    let (field, value) = match dice.next(4) {
        0 => (
            *dice.pick(&["interval", "initialDelay"]),
            json!(dice.pick(DURATIONS)),
        ),
        1 => ("name", json!(dice.pick(WORDS))),
        2 => (*dice.pick(&limits), number(dice)),
        _ => (*dice.pick(&limits), dice.pick(&small).clone()),
    };
    let Some(map) = metrics[index].as_object_mut() else {
        return "keep".into();
    };
    Map::insert(map, field.to_owned(), value.clone());
    format!("metric {index} {field} {value}")
}

/// A field of the strategy, of any kind and size.
fn strategy(document: &mut Json, dice: &mut Dice) -> String {
    let (weight, word, share) = (
        number(dice),
        json!(dice.pick(WORDS)),
        json!(dice.pick(PERCENTS)),
    );
    let fields = [
        ("maxSurge", share.clone()),
        ("maxUnavailable", share),
        ("maxSurge", weight.clone()),
        ("maxUnavailable", weight.clone()),
        ("scaleDownDelaySeconds", weight.clone()),
        ("abortScaleDownDelaySeconds", weight.clone()),
        ("scaleDownDelayRevisionLimit", weight.clone()),
        ("minPodsPerReplicaSet", weight.clone()),
        ("dynamicStableScale", json!(true)),
        ("previewReplicaCount", weight.clone()),
        ("autoPromotionSeconds", weight.clone()),
        (
            "replicaProgressThreshold",
            json!({"type": word, "value": weight}),
        ),
        (
            "antiAffinity",
            json!({"preferredDuringSchedulingIgnoredDuringExecution": {"weight": weight}}),
        ),
        ("antiAffinity", json!({})),
        ("canaryService", word.clone()),
        ("previewService", word.clone()),
        (
            "pingPong",
            json!({"pingService": "pay", "pongService": word}),
        ),
        ("analysis", json!({"templates": [], "startingStep": weight})),
        ("trafficRouting", json!({})),
        ("trafficRouting", json!({"nginx": {}})),
        ("trafficRouting", json!({"plugins": {"a/b": word}})),
        (
            "trafficRouting",
            json!({"managedRoutes": [], "plugins": {}}),
        ),
        ("steps", json!([])),
    ];
    let (field, value) = dice.pick(&fields).clone();
    for kind in ["canary", "blueGreen"] {
        if let Some(Json::Object(map)) = document.pointer_mut(&format!("/spec/strategy/{kind}")) {
            Map::insert(map, field.to_owned(), value.clone());
        }
    }
    format!("strategy {field} {value}")
}
