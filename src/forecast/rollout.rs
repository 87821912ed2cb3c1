//! A Rollout as far as a plan needs it, read from its manifest; what is replaced without stages is
//! read into the same shape by [`super::replace`].

use super::analysis::{self, Run};
use super::read::{Field, field, pause, shown};
use super::replace::Replace;
use super::time::{Millis, SECOND};
use super::workload::{self, Pod};
use super::{Objects, Refused, refused};
use crate::pods::{MOST, Scale};
use crate::value::Value;

/// More steps than these nobody walks.
pub const MOST_STEPS: usize = 500;

/// One release plan.
#[derive(Clone, Debug)]
pub struct Rollout {
    pub name: String,
    pub namespace: String,
    /// `spec.replicas`, or what an autoscaler keeps at least.
    pub replicas: i64,
    /// What an autoscaler goes up to; as many where there is none.
    pub most: i64,
    /// What scales it, by name.
    pub autoscaler: Option<String>,
    pub min_ready: Millis,
    /// How long a version may make no progress; `None`: for ever.
    pub deadline: Option<Millis>,
    pub aborts_at_deadline: bool,
    /// Versions back that come back without steps.
    pub rollback_window: i64,
    pub pod: Pod,
    pub strategy: Strategy,
}

#[derive(Clone, Debug)]
pub enum Strategy {
    Canary(Box<Canary>),
    BlueGreen(Box<BlueGreen>),
    /// No stages: a Deployment or a StatefulSet.
    Replace(Replace),
}

#[derive(Clone, Debug)]
pub struct Canary {
    pub steps: Vec<Step>,
    /// What shifts the weight; `None`: the share of the pods is the share of the traffic.
    pub router: Option<String>,
    pub max_weight: i64,
    surge: Value,
    unavailable: Value,
    pub least_pods: i64,
    pub is_dynamic: bool,
    pub scale_down_delay: Millis,
    /// How long the new version stays after an abort; `None`: for ever.
    pub abort_delay: Option<Millis>,
    /// Runs beside the steps, from this one.
    pub background: Option<(Run, usize)>,
}

/// One step. Each is what the controller does for the key that it finds.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    SetWeight(i64),
    /// `None`: until somebody goes on.
    Pause(Option<Millis>),
    /// `None`: as many as the weight asks for.
    SetScale(Option<Scale>),
    Analysis(Run),
    Experiment(Experiment),
    HeaderRoute,
    MirrorRoute,
    Plugin(String),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Experiment {
    pub duration: Option<Millis>,
    /// Name, pods, share of the traffic.
    pub templates: Vec<(String, i64, Option<i64>)>,
    pub analyses: Vec<(Run, bool)>,
}

#[derive(Clone, Debug)]
pub struct BlueGreen {
    /// `false`: somebody has to promote it.
    pub is_automatic: bool,
    pub wait: Millis,
    pub preview: Option<i64>,
    pub has_preview_service: bool,
    pub before: Option<Run>,
    pub after: Option<Run>,
    pub scale_down_delay: Millis,
    pub abort_delay: Option<Millis>,
}

impl Canary {
    /// Pods beyond and below the wanted number (`resolveFenceposts`): strings are percentages, both
    /// nothing means one may be missing.
    pub fn fences(&self, replicas: i64) -> (i64, i64) {
        let surge = super::read::portion(&self.surge, replicas, true);
        let unavailable = super::read::portion(&self.unavailable, replicas, false);
        match (surge, unavailable) {
            (0, 0) => (0, 1.min(replicas)),
            (surge, unavailable) => (surge.min(MOST), unavailable.min(replicas)),
        }
    }
}

impl Rollout {
    /// The kind of the object.
    pub fn kind(&self) -> &'static str {
        match &self.strategy {
            Strategy::Replace(replace) => replace.kind(),
            _ => "Rollout",
        }
    }
}

/// Reads a Rollout and what it refers to.
pub fn read(rollout: &Value, objects: &Objects) -> Result<Rollout, Refused> {
    let text = |path: &[&str]| rollout.at(path).and_then(Value::as_str).unwrap_or_default();
    let empty = Value::Null;
    let spec = rollout.get("spec").unwrap_or(&empty);
    let name = text(&["metadata", "name"]).to_string();
    let of_spec = |name| field(spec, "/spec", name);
    let given = of_spec("replicas").count(MOST)?;
    let scaler = autoscaler(objects, "Rollout", &name)?;
    let (replicas, most) = scaler.range(given);
    Ok(Rollout {
        namespace: text(&["metadata", "namespace"]).to_string(),
        replicas,
        most,
        autoscaler: scaler.name,
        min_ready: of_spec("minReadySeconds").seconds()?.unwrap_or(0),
        deadline: of_spec("progressDeadlineSeconds")
            .seconds()?
            .or(Some(600 * SECOND)),
        aborts_at_deadline: of_spec("progressDeadlineAbort").flag() == Some(true),
        rollback_window: window(spec)?,
        pod: workload::pod(template(spec, objects)),
        strategy: strategy(spec, objects)?,
        name,
    })
}

/// Its own pod template, or that of the workload that it refers to.
fn template<'a>(spec: &'a Value, objects: &Objects<'a>) -> Option<&'a Value> {
    let reference = spec.get("workloadRef").filter(|it| **it != Value::Null);
    let Some(reference) = reference else {
        return spec.get("template");
    };
    let text = |key| reference.get(key).and_then(Value::as_str);
    let found = objects.find(text("kind")?, text("name")?)?;
    match text("kind") {
        Some("PodTemplate") => found.get("template"),
        _ => found.at(&["spec", "template"]),
    }
}

fn window(spec: &Value) -> Result<i64, Refused> {
    let empty = Value::Null;
    let window = spec.get("rollbackWindow").unwrap_or(&empty);
    let revisions = field(window, "/spec/rollbackWindow", "revisions");
    Ok(revisions.count(i64::from(i32::MAX))?.unwrap_or(0))
}

/// Name, fewest and most pods of what scales a workload; nothing where nothing does.
#[derive(Default)]
pub(super) struct Autoscaler {
    pub name: Option<String>,
    pub least: Option<i64>,
    pub most: Option<i64>,
}

impl Autoscaler {
    /// Fewest and most pods, with those that the workload itself asks for.
    pub fn range(&self, given: Option<i64>) -> (i64, i64) {
        let least = self.least.or(given).unwrap_or(1);
        (least, self.most.unwrap_or(least).max(least))
    }
}

pub(super) fn autoscaler(objects: &Objects, kind: &str, name: &str) -> Result<Autoscaler, Refused> {
    let target = |one: &&Value| {
        let reference = one.at(&["spec", "scaleTargetRef"]);
        let text = |key| reference.and_then(|it| it.get(key)).and_then(Value::as_str);
        text("kind") == Some(kind) && text("name") == Some(name)
    };
    let Some(found) = objects.of_kind("HorizontalPodAutoscaler").find(target) else {
        return Ok(Autoscaler::default());
    };
    let called = found.at(&["metadata", "name"]).and_then(Value::as_str);
    let bound = |key| match found.at(&["spec", key]) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_int() {
            Some(number) if (0..=MOST).contains(&number) => Ok(Some(number)),
            _ => Err(refused(
                "/spec/replicas",
                format!(
                    "`{key}` of the autoscaler is {}, not a number of pods",
                    shown(value)
                ),
            )
            .help(format!("write a number from 0 to {MOST}"))),
        },
    };
    let least = bound("minReplicas")?.unwrap_or(1);
    let most = bound("maxReplicas")?;
    if let Some(most) = most.filter(|most| *most < least) {
        let message = format!("the autoscaler keeps {least} pods at least and {most} at most");
        return Err(refused("/spec/replicas", message)
            .help("let `minReplicas` be no larger than `maxReplicas`"));
    }
    Ok(Autoscaler {
        name: called.map(str::to_string),
        least: Some(least),
        most,
    })
}

fn strategy(spec: &Value, objects: &Objects) -> Result<Strategy, Refused> {
    let part = |name| {
        spec.at(&["strategy", name])
            .filter(|it| **it != Value::Null)
    };
    match (part("canary"), part("blueGreen")) {
        (Some(canary), None) => Ok(Strategy::Canary(Box::new(read_canary(canary, objects)?))),
        (None, Some(one)) => Ok(Strategy::BlueGreen(Box::new(read_blue_green(
            one, objects,
        )?))),
        (Some(_), Some(_)) => Err(refused("/spec/strategy", "there are two strategies")
            .help("write `canary` or `blueGreen`")),
        (None, None) => {
            Err(refused("/spec/strategy", "there is no strategy")
                .help("write `canary` or `blueGreen`"))
        }
    }
}

const CANARY: &str = "/spec/strategy/canary";

fn read_canary(canary: &Value, objects: &Objects) -> Result<Canary, Refused> {
    let of = |name| field(canary, CANARY, name);
    let routing = canary
        .get("trafficRouting")
        .filter(|it| **it != Value::Null);
    let router = routing.and_then(router);
    let max_weight = match routing {
        Some(routing) => {
            let base = format!("{CANARY}/trafficRouting");
            field(routing, &base, "maxTrafficWeight").count(MOST)?
        }
        None => None,
    };
    let max_weight = max_weight.filter(|weight| *weight > 0).unwrap_or(100);
    let list = canary.get("steps").and_then(Value::as_list);
    let list = list.unwrap_or_default();
    if list.len() > MOST_STEPS {
        let message = format!("{} steps are more than anybody walks", list.len());
        return Err(refused(format!("{CANARY}/steps"), message)
            .help(format!("write {MOST_STEPS} steps at most")));
    }
    let reader = StepReader {
        objects,
        max_weight,
    };
    let steps = list.iter().enumerate();
    let steps = steps.map(|(at, step)| reader.read(step, &format!("{CANARY}/steps/{at}")));
    let steps = steps.collect::<Result<Vec<_>, _>>()?;
    let background = match canary.get("analysis").filter(|it| **it != Value::Null) {
        Some(analysis) if analysis.at(&["templates", "0"]).is_some() => {
            let base = format!("{CANARY}/analysis");
            let from = field(analysis, &base, "startingStep").count(MOST)?;
            let run = analysis::run(objects, analysis, &base)?;
            Some((run, usize::try_from(from.unwrap_or(0)).unwrap_or(0)))
        }
        _ => None,
    };
    let portion = |name| of(name).value.cloned();
    Ok(Canary {
        steps,
        surge: portion("maxSurge").unwrap_or("25%".into()),
        unavailable: portion("maxUnavailable").unwrap_or("25%".into()),
        least_pods: of("minPodsPerReplicaSet").count(MOST)?.unwrap_or(0),
        is_dynamic: of("dynamicStableScale").flag() == Some(true),
        scale_down_delay: of("scaleDownDelaySeconds")
            .seconds()?
            .unwrap_or(30 * SECOND),
        abort_delay: abort_delay(&of("abortScaleDownDelaySeconds"))?,
        router,
        max_weight,
        background,
    })
}

/// 30 s where nothing is said; 0 keeps the new version for ever.
fn abort_delay(field: &Field) -> Result<Option<Millis>, Refused> {
    Ok(match field.seconds()? {
        None => Some(30 * SECOND),
        Some(0) => None,
        some => some,
    })
}

/// The names of the routers, `None` where an empty `trafficRouting` names none.
fn router(routing: &Value) -> Option<String> {
    let known = [
        "istio",
        "nginx",
        "alb",
        "smi",
        "ambassador",
        "appMesh",
        "traefik",
        "apisix",
    ];
    let mut names: Vec<&str> = known
        .into_iter()
        .filter(|name| routing.get(name).is_some_and(|it| *it != Value::Null))
        .collect();
    if let Some(plugins) = routing.get("plugins").and_then(Value::as_map) {
        names.extend(plugins.iter().map(|(name, _)| name.as_str()));
    }
    Some(match names.is_empty() {
        true => "nothing: `trafficRouting` is empty".to_string(),
        false => names.join(", "),
    })
}

struct StepReader<'a> {
    objects: &'a Objects<'a>,
    max_weight: i64,
}

impl StepReader<'_> {
    fn read(&self, step: &Value, base: &str) -> Result<Step, Refused> {
        let part = |name: &str| step.get(name).filter(|value| **value != Value::Null);
        // The controller's order where a step has several keys.
        if let Some(pause) = part("pause") {
            return self.pause(pause, base);
        }
        if let Some(scale) = part("setCanaryScale") {
            return self.scale(scale, base);
        }
        if part("setWeight").is_some() {
            let weight = field(step, base, "setWeight").count(self.max_weight)?;
            return Ok(Step::SetWeight(weight.unwrap_or(0)));
        }
        if let Some(experiment) = part("experiment") {
            return self.experiment(experiment, &format!("{base}/experiment"));
        }
        if let Some(analysis) = part("analysis") {
            let base = format!("{base}/analysis");
            let run = analysis::run(self.objects, analysis, &base)?;
            if run.length().is_none() {
                let endless = run.metrics.iter().find(|metric| metric.length().is_none());
                let name = endless.map_or("", |metric| metric.name.as_str());
                let message = format!(
                    "metric `{name}` is measured without an end, and the step waits for it"
                );
                return Err(refused(base, message).help("give it a `count`"));
            }
            return Ok(Step::Analysis(run));
        }
        match () {
            () if part("setHeaderRoute").is_some() => Ok(Step::HeaderRoute),
            () if part("setMirrorRoute").is_some() => Ok(Step::MirrorRoute),
            () => match part("plugin") {
                Some(plugin) => {
                    let name = plugin.get("name").and_then(Value::as_str);
                    Ok(Step::Plugin(name.unwrap_or_default().to_string()))
                }
                None => Err(
                    refused(base, "a step says nothing that the controller knows")
                        .help("write `setWeight`, `pause`, `analysis` or another kind of step"),
                ),
            },
        }
    }

    fn pause(&self, value: &Value, base: &str) -> Result<Step, Refused> {
        let Some(duration) = value.get("duration").filter(|it| **it != Value::Null) else {
            return Ok(Step::Pause(None));
        };
        let wrong = || {
            let message = format!(
                "a pause of {} is no time that can be waited",
                shown(duration)
            );
            refused(format!("{base}/pause/duration"), message)
                .help("write seconds, or a duration such as `15m`")
        };
        pause(duration)
            .map(|it| Step::Pause(Some(it)))
            .ok_or_else(wrong)
    }

    fn scale(&self, scale: &Value, base: &str) -> Result<Step, Refused> {
        let base = format!("{base}/setCanaryScale");
        let of = |name| field(scale, &base, name);
        if of("matchTrafficWeight").flag() == Some(true) {
            return Ok(Step::SetScale(None));
        }
        if let Some(replicas) = of("replicas").count(MOST)? {
            return Ok(Step::SetScale(Some(Scale::Replicas(replicas))));
        }
        match of("weight").count(self.max_weight)? {
            Some(weight) => Ok(Step::SetScale(Some(Scale::Weight(weight)))),
            None => Ok(Step::SetScale(None)),
        }
    }

    fn experiment(&self, experiment: &Value, base: &str) -> Result<Step, Refused> {
        let duration = match experiment.get("duration").filter(|it| **it != Value::Null) {
            None => None,
            Some(value) => Some(pause(value).ok_or_else(|| {
                let message = format!("an experiment of {} has no length", shown(value));
                refused(format!("{base}/duration"), message).help("write a duration such as `15m`")
            })?),
        };
        let mut templates = Vec::new();
        let list = |name| {
            experiment
                .get(name)
                .and_then(Value::as_list)
                .unwrap_or_default()
        };
        for (at, template) in list("templates").iter().enumerate() {
            let base = format!("{base}/templates/{at}");
            let name = template.get("name").and_then(Value::as_str);
            let replicas = field(template, &base, "replicas").count(MOST)?;
            let weight = field(template, &base, "weight").count(self.max_weight)?;
            templates.push((
                name.unwrap_or_default().to_string(),
                replicas.unwrap_or(1),
                weight,
            ));
        }
        let mut analyses = Vec::new();
        for (at, analysis) in list("analyses").iter().enumerate() {
            // Here a run names one template beside its arguments.
            let mut map = crate::value::Map::new();
            map.insert("templates", Value::List(vec![analysis.clone()]));
            if let Some(args) = analysis.get("args") {
                map.insert("args", args.clone());
            }
            let base = format!("{base}/analyses/{at}");
            let run = analysis::run(self.objects, &Value::Map(map), &base)?;
            let required = field(analysis, &base, "requiredForCompletion").flag();
            analyses.push((run, required == Some(true)));
        }
        Ok(Step::Experiment(Experiment {
            duration,
            templates,
            analyses,
        }))
    }
}

const BLUE_GREEN: &str = "/spec/strategy/blueGreen";

fn read_blue_green(value: &Value, objects: &Objects) -> Result<BlueGreen, Refused> {
    let of = |name| field(value, BLUE_GREEN, name);
    let run = |name: &str| match value.get(name).filter(|it| **it != Value::Null) {
        None => Ok(None),
        Some(analysis) => {
            let base = format!("{BLUE_GREEN}/{name}");
            let run = analysis::run(objects, analysis, &base)?;
            match run.length() {
                Some(_) => Ok(Some(run)),
                None => Err(refused(
                    base,
                    "a metric is measured without an end, and the switch waits for it",
                )
                .help("give every metric a `count`")),
            }
        }
    };
    Ok(BlueGreen {
        is_automatic: of("autoPromotionEnabled").flag() != Some(false),
        wait: of("autoPromotionSeconds").seconds()?.unwrap_or(0),
        preview: of("previewReplicaCount").count(MOST)?,
        has_preview_service: of("previewService").value.is_some(),
        before: run("prePromotionAnalysis")?,
        after: run("postPromotionAnalysis")?,
        scale_down_delay: of("scaleDownDelaySeconds")
            .seconds()?
            .unwrap_or(30 * SECOND),
        abort_delay: abort_delay(&of("abortScaleDownDelaySeconds"))?,
    })
}
