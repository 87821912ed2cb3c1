//! Plans of Rollouts that nobody means: whatever stands in them, a plan that holds together or a
//! refusal, and every spelling of it.

use tiphys::compile::forecast::of_manifests;
use tiphys::forecast::setting::{Promise, Setting, Slo};
use tiphys::forecast::{Forecast, Pace, Timeline, pace, time};
use tiphys::report::{Look, plan as shown};
use tiphys::value::{Map, Value};

/// A row of numbers that is the same in every run (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

fn map(pairs: Vec<(&str, Value)>) -> Value {
    let mut map = Map::new();
    for (key, value) in pairs {
        map.insert(key, value);
    }
    Value::Map(map)
}

const NUMBERS: &[i64] = &[
    0,
    1,
    2,
    3,
    5,
    7,
    10,
    33,
    50,
    99,
    100,
    101,
    1_000,
    1_000_000,
    1_000_001,
    -1,
    i64::MAX,
    i64::MIN,
    2_147_483_647,
    2_147_483_648,
    4_294_967_296,
];
const TEXTS: &[&str] = &[
    "",
    "0",
    "1",
    "25%",
    "100%",
    "101%",
    "-5%",
    "1e9",
    "5m",
    "0s",
    "1ns",
    "-1s",
    "876000h",
    "9999999h",
    "1.5h",
    "10d",
    "soon",
    "{{args.a}}",
    "{{",
    "4294967295%",
    "9999999999999999999999",
];

/// Mostly what belongs there, sometimes anything.
fn number(dice: &mut Dice, usual: &[i64]) -> Value {
    match dice.below(80) {
        0 => Value::from(dice.of(NUMBERS)),
        1 => Value::from(dice.of(TEXTS)),
        2 => Value::Float(dice.of(&[0.5, -0.0, 1e300, 33.3])),
        3 => Value::Null,
        _ => Value::from(dice.of(usual)),
    }
}

fn length(dice: &mut Dice) -> Value {
    match dice.below(40) {
        0 => Value::from(dice.of(TEXTS)),
        1 => number(dice, &[0, 30]),
        _ => Value::from(dice.of(&["30s", "1m", "15m", "2h"])),
    }
}

fn templates(dice: &mut Dice) -> Value {
    let name = dice.of(&["a", "b", "c", "nowhere"]);
    let name = if dice.one_in(8) { name } else { "a" };
    Value::List(vec![map(vec![("templateName", name.into())])])
}

fn step(dice: &mut Dice) -> Value {
    match dice.below(12) {
        0..=3 => map(vec![("setWeight", number(dice, &[0, 5, 20, 50, 100]))]),
        4 | 5 => map(vec![("pause", map(vec![("duration", length(dice))]))]),
        6 => map(vec![("pause", Value::Map(Map::new()))]),
        7 => {
            let key = dice.of(&["replicas", "weight", "matchTrafficWeight"]);
            map(vec![(
                "setCanaryScale",
                map(vec![(key, number(dice, &[0, 1, 50]))]),
            )])
        }
        8 | 9 => map(vec![(
            "analysis",
            map(vec![("templates", templates(dice))]),
        )]),
        10 => {
            let template = map(vec![
                ("name", "x".into()),
                ("specRef", "canary".into()),
                ("replicas", number(dice, &[1, 2])),
                ("weight", number(dice, &[5])),
            ]);
            let experiment = vec![
                ("duration", length(dice)),
                ("templates", Value::List(vec![template])),
            ];
            map(vec![("experiment", map(experiment))])
        }
        _ => map(vec![("plugin", map(vec![("name", "p/q".into())]))]),
    }
}

fn metric(dice: &mut Dice) -> Value {
    let name = dice.of(&[
        "errors",
        "p95",
        "smoke",
        "success-rate",
        "throughput",
        "compare",
        "budget",
        "x",
    ]);
    let condition = dice.of(&[
        "result[0] < 0.01",
        "result[0] >= 0.95",
        "result[0] < 99999999999999",
        "",
        "!",
    ]);
    let query = dice.of(&[
        "rate(a[5m])",
        "sqrt(x[1h]) >= 100",
        "x[9999999w]",
        "[[[",
        "",
    ]);
    let provider = match dice.below(4) {
        0 => map(vec![("web", map(vec![("url", "http://x".into())]))]),
        1 => map(vec![("job", map(vec![]))]),
        _ => map(vec![(
            "prometheus",
            map(vec![
                ("query", query.into()),
                ("timeout", number(dice, &[10])),
            ]),
        )]),
    };
    let mut pairs = vec![("name", name.into()), ("provider", provider)];
    if dice.one_in(2) && !condition.is_empty() {
        pairs.push(("successCondition", condition.into()));
    }
    for (key, usual) in [
        ("count", &[1i64, 5, 30][..]),
        ("failureLimit", &[0, 1, 3, -1]),
        ("consecutiveErrorLimit", &[0, 2, 4]),
        ("consecutiveSuccessLimit", &[1, 3]),
    ] {
        if dice.one_in(2) {
            pairs.push((key, number(dice, usual)));
        }
    }
    for key in ["interval", "initialDelay"] {
        if dice.one_in(2) {
            pairs.push((key, length(dice)));
        }
    }
    map(pairs)
}

fn template(dice: &mut Dice, name: &str) -> Value {
    let metrics: Vec<_> = (0..dice.below(3) + 1).map(|_| metric(dice)).collect();
    let mut spec = vec![("metrics", Value::List(metrics))];
    if dice.one_in(5) {
        spec.push(("templates", templates(dice)));
    }
    map(vec![
        ("kind", "AnalysisTemplate".into()),
        ("metadata", map(vec![("name", name.into())])),
        ("spec", map(spec)),
    ])
}

fn strategy(dice: &mut Dice) -> Value {
    if dice.one_in(5) {
        let mut pairs = vec![("activeService", "web".into())];
        for key in [
            "previewReplicaCount",
            "autoPromotionSeconds",
            "scaleDownDelaySeconds",
        ] {
            if dice.one_in(2) {
                pairs.push((key, number(dice, &[1, 30])));
            }
        }
        for key in ["prePromotionAnalysis", "postPromotionAnalysis"] {
            if dice.one_in(2) {
                pairs.push((key, map(vec![("templates", templates(dice))])));
            }
        }
        return map(vec![("blueGreen", map(pairs))]);
    }
    let many = if dice.one_in(50) { 600 } else { 8 };
    let steps: Vec<_> = (0..dice.below(many)).map(|_| step(dice)).collect();
    let mut pairs = vec![("steps", Value::List(steps))];
    for key in ["maxSurge", "maxUnavailable"] {
        if dice.one_in(2) {
            pairs.push((key, number(dice, &[0, 1, 2])));
        }
    }
    if dice.one_in(2) {
        let mut routing = vec![("nginx", map(vec![("stableIngress", "web".into())]))];
        if dice.one_in(4) {
            routing.push(("maxTrafficWeight", number(dice, &[100, 1_000])));
        }
        pairs.push(("trafficRouting", map(routing)));
        if dice.one_in(3) {
            pairs.push(("dynamicStableScale", true.into()));
        }
        if dice.one_in(3) {
            pairs.push(("minPodsPerReplicaSet", number(dice, &[2])));
        }
    }
    if dice.one_in(4) {
        pairs.push((
            "analysis",
            map(vec![
                ("templates", templates(dice)),
                ("startingStep", number(dice, &[0, 1])),
            ]),
        ));
    }
    map(vec![("canary", map(pairs))])
}

fn rollout(dice: &mut Dice) -> Value {
    let mut spec = vec![("strategy", strategy(dice))];
    for (key, usual) in [
        ("replicas", &[0i64, 1, 2, 3, 10, 100][..]),
        ("minReadySeconds", &[0, 10]),
        ("progressDeadlineSeconds", &[600]),
    ] {
        if dice.one_in(2) {
            spec.push((key, number(dice, usual)));
        }
    }
    map(vec![
        ("kind", "Rollout".into()),
        ("metadata", map(vec![("name", "web".into())])),
        ("spec", map(spec)),
    ])
}

fn autoscaler(dice: &mut Dice) -> Value {
    let target = map(vec![("kind", "Rollout".into()), ("name", "web".into())]);
    map(vec![
        ("kind", "HorizontalPodAutoscaler".into()),
        ("metadata", map(vec![("name", "web".into())])),
        (
            "spec",
            map(vec![
                ("scaleTargetRef", target),
                ("minReplicas", number(dice, &[1, 3])),
                ("maxReplicas", number(dice, &[3, 10])),
            ]),
        ),
    ])
}

fn setting(dice: &mut Dice) -> Setting {
    let rate = |dice: &mut Dice| dice.of(&[None, Some(0), Some(1), Some(40_000), Some(u64::MAX)]);
    let length = |dice: &mut Dice| {
        dice.of(&[
            None,
            Some(0),
            Some(60_000),
            Some(time::LONGEST),
            Some(u64::MAX),
        ])
    };
    Setting {
        usual: rate(dice),
        peak: rate(dice),
        zones: dice.of(&[None, Some(0), Some(3), Some(u64::MAX)]),
        promise: Promise {
            deploy: length(dice),
            ..Promise::default()
        },
        slo: Slo {
            availability: dice.of(&[
                None,
                Some(0),
                Some(999_500),
                Some(1_000_000),
                Some(u32::MAX),
            ]),
            window: length(dice),
            p95: None,
        },
        ..Setting::default()
    }
}

/// What holds of every plan.
fn holds(timeline: &Timeline) -> Result<(), String> {
    let mut now = 0;
    for moment in &timeline.moments {
        let (start, end) = (moment.start, moment.end);
        if start.expected != now || end.expected < now || end.expected > time::LONGEST {
            return Err(format!("{moment:?} begins at {now}"));
        }
        if end.worst.is_some_and(|worst| worst < end.expected) {
            return Err(format!("{moment:?} is later than at the latest"));
        }
        let pods = moment.pods;
        if pods.canary < 0 || pods.stable < 0 || moment.peak < pods.total() {
            return Err(format!("{moment:?} has pods that cannot be"));
        }
        if !(0..=timeline.max_weight).contains(&moment.weight) {
            return Err(format!("{moment:?} has no such weight"));
        }
        now = end.expected;
    }
    let last = timeline.moments.last().ok_or("no moments")?;
    let wanted = (timeline.replicas, 0);
    match (last.pods.canary, last.pods.stable) == wanted {
        true => Ok(()),
        false => Err(format!("{last:?} is not the new version alone")),
    }
}

fn sound(forecast: &Forecast) -> Result<(), String> {
    holds(&forecast.low)?;
    holds(&forecast.high)?;
    for (fault, notice) in &forecast.notices {
        let Some(notice) = notice else { continue };
        if notice
            .chance
            .is_some_and(|chance| !(0.0..=1.0).contains(&chance))
        {
            return Err(format!("{fault:?}: {notice:?} is no probability"));
        }
        if notice.at > time::LONGEST || notice.moment >= forecast.low.moments.len() {
            return Err(format!("{fault:?}: {notice:?} is noticed after all"));
        }
    }
    Ok(())
}

#[test]
fn whatever_stands_in_a_rollout_its_plan_holds_together_or_is_refused() {
    let mut dice = Dice(20);
    let (mut planned, mut refused) = (0, 0);
    for round in 0..6_000 {
        let mut values = vec![rollout(&mut dice)];
        for name in ["a", "b", "c"] {
            values.push(template(&mut dice, name));
        }
        if dice.one_in(4) {
            values.push(autoscaler(&mut dice));
        }
        let setting = setting(&mut dice);
        let pace = Pace {
            pod_start: dice.of(&[None, Some(0), Some(200), Some(time::LONGEST)]),
            ..pace::Pace::default()
        };
        let (plan, unforeseen) = of_manifests(&values, &setting, &pace);
        for one in &unforeseen {
            let finding = &one.finding;
            assert!(finding.pointer.starts_with("/spec"), "{finding:?}");
            assert!(!finding.message.is_empty(), "{finding:?}");
            assert!(finding.help.is_some(), "{finding:?}");
        }
        refused += usize::from(plan.forecasts.is_empty());
        for forecast in &plan.forecasts {
            planned += 1;
            if let Err(wrong) = sound(forecast) {
                panic!("round {round}: {wrong}\n{values:?}");
            }
        }
        let plans = [plan];
        if round % 10 == 0 {
            let all = [
                shown::human::plans(&plans, &Look::default()),
                shown::json::plans(&plans),
                shown::markdown::plans(&plans, &|_| None),
                shown::html::plans(&plans),
                shown::svg::plans(&plans).unwrap_or_default(),
            ];
            assert!(all.iter().all(|text| !text.contains("NaN")), "{all:?}");
        }
    }
    assert!(planned > 1_000 && refused > 1_000, "{planned} {refused}");
}
