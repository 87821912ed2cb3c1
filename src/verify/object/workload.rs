//! What runs pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob.
//!
//! Source: k8s.io/kubernetes `pkg/apis/apps/validation/validation.go` and
//! `pkg/apis/batch/validation/validation.go`.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::items::forbidden;
use crate::verify::object::selector::{self, SELECTOR_EMPTY, SELECTOR_MISMATCH};
use crate::verify::object::shape::{
    Findings, at_least, contradiction, int_or_percent, optional_name, required, word,
};
use crate::verify::object::{claim, pod};

codes! {
    /// `maxSurge` and `maxUnavailable` are both zero: no pod may be added and none removed, so
    /// the update could never begin. The API server refuses a Deployment like that.
    ///
    /// Let one of them be above zero. `maxSurge: 1` with `maxUnavailable: 0` loses no capacity.
    UPDATE_STUCK = "update-stuck": "an update that may neither add nor remove a pod";

    /// A workload is `progressing` until a pod has been ready for `minReadySeconds`. When that is
    /// not shorter than `progressDeadlineSeconds` (600 by default), every update would fail.
    DEADLINE_TOO_SHORT = "deadline-too-short": "a deadline that no update can meet";
}

/// An empty one is the default.
const ALWAYS: [&str; 2] = ["Always", ""];

pub fn deployment(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    replicated(&spec, out);
    deadline(&spec, out);
    word(
        &spec,
        "strategy/type",
        &["Recreate", "RollingUpdate", ""],
        out,
    );
    if spec.text("strategy/type") == "Recreate" && spec.has("strategy/rollingUpdate") {
        let message = "`Recreate` has no `rollingUpdate`";
        out.push(contradiction(
            &spec,
            "strategy/rollingUpdate",
            message,
            "remove `rollingUpdate`",
        ));
    } else if let Some(rolling) = spec.at("strategy/rollingUpdate") {
        surge(&rolling, out);
    }
}

/// Both default to 25 %, so only written zeros meet. Also the canary strategy of a Rollout.
pub fn surge(at: &Cursor, out: &mut Findings) {
    let down = int_or_percent(at, "maxUnavailable", true, out);
    let up = int_or_percent(at, "maxSurge", false, out);
    if down == Some(0) && up == Some(0) {
        let message = "`maxSurge` and `maxUnavailable` are both 0, so nothing could move";
        out.push(
            at.error_at("maxUnavailable", UPDATE_STUCK, message)
                .help("set `maxSurge` to 1"),
        );
    }
}

/// `minReadySeconds` below `progressDeadlineSeconds`, whose default is 600.
pub fn deadline(spec: &Cursor, out: &mut Findings) {
    at_least(spec, "progressDeadlineSeconds", 0, out);
    let (ready, deadline) = (
        spec.int("minReadySeconds").unwrap_or(0),
        spec.int("progressDeadlineSeconds").unwrap_or(600),
    );
    if deadline <= ready {
        let message = format!("pods must be ready for {ready} s, and the deadline is {deadline} s");
        out.push(
            spec.error_at("progressDeadlineSeconds", DEADLINE_TOO_SHORT, message)
                .help("raise `progressDeadlineSeconds` above `minReadySeconds`"),
        );
    }
}

/// Replicas, history, selector and template: shared by everything that keeps pods running.
pub fn replicated(spec: &Cursor, out: &mut Findings) {
    at_least(spec, "replicas", 0, out);
    at_least(spec, "minReadySeconds", 0, out);
    at_least(spec, "revisionHistoryLimit", 0, out);
    own_pods(spec, out);
    if !spec.has("template") {
        required(spec, "template", out);
    }
    pod::template(spec, &ALWAYS, out);
    forever(spec, out);
}

fn forever(spec: &Cursor, out: &mut Findings) {
    if spec.has("template/spec/activeDeadlineSeconds") {
        let message = "pods that keep running have no `activeDeadlineSeconds`";
        out.push(contradiction(
            spec,
            "template/spec/activeDeadlineSeconds",
            message,
            "remove it",
        ));
    }
}

fn own_pods(spec: &Cursor, out: &mut Findings) {
    selector::check(spec, "selector", out);
    let Some(selector) = spec.find("selector") else {
        return;
    };
    if selector::is_empty(selector) {
        let message = "the selector of a workload must not be empty";
        out.push(
            spec.error_at("selector", SELECTOR_EMPTY, message)
                .help("add `matchLabels` that its pods have"),
        );
    } else if spec.has("template")
        && !selector::matches(selector, spec.map("template/metadata/labels"))
    {
        let message = "the labels of the pod template do not match the selector";
        out.push(
            spec.error_at("template/metadata/labels", SELECTOR_MISMATCH, message)
                .help("give the template the labels of the selector"),
        );
    }
}

pub fn stateful_set(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    replicated(&spec, out);
    optional_name(&spec, "serviceName", names::label, out);
    word(
        &spec,
        "podManagementPolicy",
        &["OrderedReady", "Parallel", ""],
        out,
    );
    word(
        &spec,
        "updateStrategy/type",
        &["RollingUpdate", "OnDelete", ""],
        out,
    );
    at_least(&spec, "ordinals/start", 0, out);
    if let Some(rolling) = spec.at("updateStrategy/rollingUpdate") {
        at_least(&rolling, "partition", 0, out);
        if int_or_percent(&rolling, "maxUnavailable", true, out) == Some(0) {
            let message = "`maxUnavailable` is 0, so no pod could be updated";
            out.push(
                rolling
                    .error_at("maxUnavailable", UPDATE_STUCK, message)
                    .help("set it to 1, or remove it"),
            );
        }
        if spec.text("updateStrategy/type") == "OnDelete" {
            let message = "`OnDelete` has no `rollingUpdate`";
            out.push(contradiction(
                &spec,
                "updateStrategy/rollingUpdate",
                message,
                "remove `rollingUpdate`",
            ));
        }
    }
    for when in ["whenDeleted", "whenScaled"] {
        if let Some(policy) = spec.at("persistentVolumeClaimRetentionPolicy") {
            word(&policy, when, &["Retain", "Delete"], out);
        }
    }
    for template in spec.list("volumeClaimTemplates") {
        required(&template, "metadata/name", out);
        // It becomes the name of a volume.
        optional_name(&template, "metadata/name", names::label, out);
        claim::spec(&template, out);
    }
}

pub fn daemon_set(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    replicated(&spec, out);
    word(
        &spec,
        "updateStrategy/type",
        &["RollingUpdate", "OnDelete", ""],
        out,
    );
    if let Some(rolling) = spec.at("updateStrategy/rollingUpdate") {
        let down = int_or_percent(&rolling, "maxUnavailable", true, out);
        let up = int_or_percent(&rolling, "maxSurge", true, out);
        let stuck = down == Some(0) && up.unwrap_or(0) == 0;
        if stuck || (down.unwrap_or(1) != 0 && up.unwrap_or(0) != 0) {
            let message = "exactly one of `maxSurge` and `maxUnavailable` must be above 0";
            out.push(
                rolling
                    .error_at("maxUnavailable", UPDATE_STUCK, message)
                    .help("set the other one to 0"),
            );
        }
    }
}

/// Labels alone, and only in the core group.
pub fn replication_controller(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec/template", out);
    };
    at_least(&spec, "replicas", 0, out);
    at_least(&spec, "minReadySeconds", 0, out);
    if !spec.has("template") {
        return required(&spec, "template", out);
    }
    let labels = spec.map("template/metadata/labels");
    let selector = spec.map("selector").filter(|selector| !selector.is_empty());
    // Without a selector, the labels are it.
    let fits = match selector {
        Some(selector) => selector
            .iter()
            .all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value)),
        None => labels.is_some_and(|labels| !labels.is_empty()),
    };
    if !fits {
        let message = "the labels of the pod template do not match the selector";
        out.push(
            spec.error_at("template/metadata/labels", SELECTOR_MISMATCH, message)
                .help("give the template the labels of the selector"),
        );
    }
    pod::template(&spec, &ALWAYS, out);
    forever(&spec, out);
}

/// A template that nothing uses yet.
pub fn pod_template(object: &Cursor, out: &mut Findings) {
    if !object.has("template") {
        required(object, "template", out);
    }
    pod::template(object, &["Always", "OnFailure", "Never", ""], out);
}

pub fn replica_set(object: &Cursor, out: &mut Findings) {
    if let Some(spec) = object.at("spec") {
        replicated(&spec, out);
    }
}

pub fn job(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return required(object, "spec", out);
    };
    job_spec(&spec, out);
    let name = object.text("metadata/name");
    let last = spec.int("completions").unwrap_or(1) - 1;
    if let Some(wrong) = names::label_value(name) {
        let message = format!("its pods have the label `job-name: {name}`, and that {wrong}");
        out.push(
            object
                .error_at("metadata/name", super::metadata::NAME_MALFORMED, message)
                .help("choose a shorter name"),
        );
    }
    if spec.text("completionMode") == "Indexed"
        && last >= 0
        && let Some(wrong) = names::label(&format!("{name}-{last}"))
    {
        let message = format!("the pods of this Job are called `{name}-{last}`, which {wrong}");
        out.push(
            object
                .error_at("metadata/name", super::metadata::NAME_MALFORMED, message)
                .help("choose a shorter name without dots"),
        );
    }
    if spec.flag("manualSelector") == Some(true) {
        selected(&spec, out);
    } else if spec.has("selector") {
        forbidden(
            &spec,
            "selector",
            "it is generated without `manualSelector: true`",
            out,
        );
    }
}

/// A selector that somebody wrote has to match the pods.
fn selected(spec: &Cursor, out: &mut Findings) {
    selector::check(spec, "selector", out);
    match spec.find("selector") {
        None => required(spec, "selector", out),
        Some(one) if !selector::matches(one, spec.map("template/metadata/labels")) => {
            let message = "the labels of the pod template do not match the selector";
            out.push(
                spec.error_at("template/metadata/labels", SELECTOR_MISMATCH, message)
                    .help("give the template the labels of the selector"),
            );
        }
        Some(_) => {}
    }
}

/// The spec of a Job, also inside a CronJob and an AnalysisTemplate.
pub fn job_spec(spec: &Cursor, out: &mut Findings) {
    for field in [
        "parallelism",
        "completions",
        "backoffLimit",
        "activeDeadlineSeconds",
        "ttlSecondsAfterFinished",
    ] {
        at_least(spec, field, 0, out);
    }
    word(spec, "completionMode", &["NonIndexed", "Indexed"], out);
    word(
        spec,
        "podReplacementPolicy",
        &["TerminatingOrFailed", "Failed"],
        out,
    );
    super::job::policies(spec, out);
    if let Some(at) = spec.at("template/spec") {
        let policy = at.text("restartPolicy");
        if policy.is_empty() || policy == "Always" {
            let message = "the pods of a Job end, so `restartPolicy` is `OnFailure` or `Never`";
            out.push(
                at.error_at("restartPolicy", super::shape::WORD_UNKNOWN, message)
                    .help("write `restartPolicy: Never`"),
            );
        }
    }
    pod::template(spec, &["OnFailure", "Never", "Always", ""], out);
}

pub fn cron_job(object: &Cursor, out: &mut Findings) {
    let Some(spec) = object.at("spec") else {
        return;
    };
    let schedule = spec.text("schedule");
    let name = object.text("metadata/name");
    if name.len() > 52 {
        let message = format!(
            "the name of a CronJob has at most 52 characters, and `{name}` has {}",
            name.len()
        );
        out.push(
            object
                .error_at("metadata/name", super::metadata::NAME_MALFORMED, message)
                .help("shorten the name"),
        );
    }
    if schedule.contains("TZ") {
        let message = "the time zone of a CronJob stands in `timeZone`";
        out.push(contradiction(
            &spec,
            "schedule",
            message,
            "move it to `timeZone`",
        ));
    } else if let Some(finding) = super::schedule::cron(&spec, "schedule") {
        out.push(finding);
    }
    if let Some(finding) = super::schedule::zone(&spec, "timeZone") {
        out.push(finding);
    }
    word(
        &spec,
        "concurrencyPolicy",
        &["Allow", "Forbid", "Replace", ""],
        out,
    );
    for field in [
        "startingDeadlineSeconds",
        "successfulJobsHistoryLimit",
        "failedJobsHistoryLimit",
    ] {
        at_least(&spec, field, 0, out);
    }
    match spec.at("jobTemplate/spec") {
        Some(job) => {
            job_spec(&job, out);
            let why = "a CronJob makes it";
            forbidden(&job, "selector", why, out);
            if job.flag("manualSelector") == Some(true) {
                forbidden(&job, "manualSelector", why, out);
            }
        }
        None => required(&spec, "jobTemplate/spec", out),
    }
}

/// Does the object have a pod template, and where?
pub fn template_of(object: &Value) -> Option<&Value> {
    let kind = object.get("kind")?.as_str()?;
    match kind {
        "CronJob" => object.at(&["spec", "jobTemplate", "spec", "template"]),
        "Pod" => Some(object),
        "PodTemplate" => object.get("template"),
        _ => object.at(&["spec", "template"]),
    }
}
