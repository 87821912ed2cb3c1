//! Plans for machines: one versioned document.
//!
//! Times are milliseconds from the change of the Rollout, `null` where nobody knows; shares are
//! parts per million; `new` and `old` are pods of the two versions. `moments` has one entry for
//! each step, in order, and those of the controller's own around them.

use serde_json::{Value, json};

use super::basis::{Basis, basis};
use super::facts::fault;
use crate::forecast::capacity::{Amount, Need, Quota};
use crate::forecast::notice::{Notice, share_of};
use crate::forecast::power::Power;
use crate::forecast::rollout::Strategy;
use crate::forecast::sense::Fault;
use crate::forecast::stage::Stage;
use crate::forecast::timeline::{Clock, Moment};
use crate::forecast::trust::{self, Chance, Trust};
use crate::forecast::{Forecast, Plan, Timeline};
use crate::manifest::Finding;
use crate::report::text::json_visible;

pub fn plans(plans: &[Plan]) -> String {
    let document = json!({
        "version": 1,
        "environments": plans.iter().map(environment).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    json_visible(&text) + "\n"
}

fn environment(plan: &Plan) -> Value {
    let quotas = plan.quotas.iter().filter(|(_, quota)| quota.is_some());
    let rooms = quotas.map(|(namespace, quota)| {
        let peak = |at_most| {
            plan.peak(namespace, at_most).map(|(worst, peak)| {
                json!({
                    "release": worst.rollout.name,
                    "need": amount(peak),
                    "fits": quota.exceeded(peak).is_empty(),
                })
            })
        };
        json!({
            "namespace": namespace,
            "quota": limits(quota),
            "fewest": peak(false),
            "most": peak(true),
        })
    });
    json!({
        "name": plan.environment,
        "releases": plan.asked().map(release).collect::<Vec<_>>(),
        "rooms": rooms.collect::<Vec<_>>(),
    })
}

fn release(forecast: &Forecast) -> Value {
    let rollout = &forecast.rollout;
    let (strategy, router) = match &rollout.strategy {
        Strategy::BlueGreen(_) => ("blue-green", None),
        Strategy::Canary(plan) => ("canary", plan.router.clone()),
        Strategy::Replace(replace) => (replace.name(), None),
    };
    let promise = &forecast.setting.promise;
    json!({
        "name": rollout.name,
        "kind": rollout.kind(),
        "namespace": rollout.namespace,
        "strategy": strategy,
        "router": router,
        "replicas": {"fewest": rollout.replicas, "most": rollout.most},
        "maxWeight": forecast.low.max_weight,
        "takes": clock(forecast.low.promoted),
        "needsPerson": forecast.low.needs_person(),
        "promised": {
            "deploy": promise.deploy,
            "rollback": promise.rollback,
            "abort": promise.abort,
        },
        "stages": forecast.stages.iter().map(stage).collect::<Vec<_>>(),
        "moments": moments(forecast, &forecast.low),
        "momentsWithMostPods": match rollout.most > rollout.replicas {
            true => moments(forecast, &forecast.high),
            false => Value::Null,
        },
        "noticed": forecast.notices.iter().map(noticed).collect::<Vec<_>>(),
        "notCounted": forecast.blind.iter().map(blind).collect::<Vec<_>>(),
        "served": forecast.served().map(|one| json!({"least": one.least, "down": one.down})),
        "withdrawn": forecast.abort(),
        "restored": forecast.restore.map(|restore| json!({
            "total": restore.total(),
            "git": restore.git,
            "during": restore.during,
            "after": restore.after,
            "skipsSteps": restore.skips_steps,
            "kept": restore.kept.map(|(length, back)| json!({"for": length, "takes": back})),
        })),
        "errorBudget": forecast.setting.slo.budget(),
        "turningBad": forecast.turning_bad.iter().map(|(at, notice)| json!({
            "moment": at,
            "noticed": notice.after,
            "spent": notice.spent,
        })).collect::<Vec<_>>(),
        "requests": forecast.powers.iter().map(power).collect::<Vec<_>>(),
        "cannotBeTold": forecast.is_opaque,
        "chances": chances(&forecast.trusts),
        "capacity": need(&forecast.need),
        "findings": forecast.doubts.iter().map(finding).collect::<Vec<_>>(),
        "assumptions": basis(forecast).iter().map(assumption).collect::<Vec<_>>(),
    })
}

fn blind((metric, why): &(String, &'static str)) -> Value {
    json!({"metric": metric, "why": why})
}

fn assumption(basis: &Basis) -> Value {
    json!({"what": basis.what, "source": basis.source})
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code.name,
        "pointer": finding.pointer,
        "message": finding.message,
    })
}

fn clock(clock: Clock) -> Value {
    json!({
        "expected": clock.expected,
        "isLeast": clock.is_least,
        "latest": clock.worst,
    })
}

fn stage(stage: &Stage) -> Value {
    json!({
        "title": stage.title,
        "from": clock(stage.from),
        "to": clock(stage.to),
        "moments": [stage.moments.start, stage.moments.end],
        "judges": stage.judges,
        "needsPerson": stage.needs_person,
    })
}

fn moments(forecast: &Forecast, timeline: &Timeline) -> Value {
    let one = |moment: &Moment| {
        json!({
            "what": moment.what.name(),
            "step": moment.step,
            "from": clock(moment.start),
            "to": clock(moment.end),
            "weight": moment.weight,
            "share": share_of(&forecast.rollout, timeline, moment),
            "new": moment.pods.canary,
            "old": moment.pods.stable,
            "experiment": moment.extra,
            "peak": moment.peak,
            "needsPerson": moment.needs_person,
        })
    };
    timeline.moments.iter().map(one).collect()
}

fn noticed((what, notice): &(Fault, Option<Notice>)) -> Value {
    let notice = notice.as_ref();
    json!({
        "fault": fault(*what),
        "moment": notice.map(|one| one.moment),
        "metric": notice.map(|one| &one.metric),
        "after": notice.map(|one| one.after),
        "at": notice.map(|one| one.at),
        "withdrawn": notice.and_then(|one| one.withdrawn),
        "chance": notice.and_then(|one| one.chance).map(|chance| (chance * 1e6).round() / 1e6),
        "spent": notice.map(|one| one.spent),
    })
}

fn power(power: &Power) -> Value {
    json!({
        "moment": power.moment,
        "metric": power.metric,
        "needed": power.needed,
        "rate": power.rate,
        "expected": power.expected,
        "isShort": power.is_short(),
    })
}

fn chances(trusts: &[Trust]) -> Value {
    let rounded = |chance: f64| (chance * 1e6).round() / 1e6;
    let one = |(trust, chance): (&Trust, &Chance)| {
        json!({
            "moment": trust.moment,
            "metric": trust.metric,
            "heldBack": rounded(chance.held_back),
            "passes": rounded(chance.passes),
        })
    };
    trusts
        .iter()
        .zip(&trust::chances(trusts))
        .map(one)
        .collect()
}

fn need(need: &Need) -> Value {
    json!({
        "rest": amount(need.rest),
        "release": amount(need.release),
        "restMost": amount(need.rest_most),
        "releaseMost": amount(need.release_most),
    })
}

/// Numbers beyond what JSON readers keep become texts.
fn number(number: i128) -> Value {
    match i64::try_from(number) {
        Ok(number) => json!(number),
        Err(_) => json!(number.to_string()),
    }
}

fn amount(amount: Amount) -> Value {
    json!({
        "pods": number(amount.pods),
        "cpuMilli": number(amount.cpu),
        "memoryBytes": number(amount.memory),
    })
}

fn limits(quota: &Quota) -> Value {
    json!({
        "pods": quota.pods.map(number),
        "cpuMilli": quota.cpu.map(number),
        "memoryBytes": quota.memory.map(number),
    })
}
