//! A job as a metric: its pods, and a name that fits into a label.
//!
//! Source: argo-rollouts `metricproviders/job/job.go` (`newJobName`): the uid of the run, the name
//! of the metric and a number, joined by dots, cut to 63 characters.

use crate::codes;
use crate::value::Value;
use crate::verify::cursor::Cursor;
use crate::verify::names;
use crate::verify::object::argo::warn;
use crate::verify::object::shape::{Findings, contradiction};
use crate::verify::object::workload::job_spec;

codes! {
    /// The name of a metric becomes part of the name of its Job, which Kubernetes only takes when
    /// it has lower-case letters, digits and `-`. The analysis ends as `Error`.
    ///
    /// Rename the metric.
    JOB_NAME_UNFIT = "job-name-unfit": "a metric whose Job could not be named";

    /// A Job that fails is tried six times more by default, with growing pauses, before the metric
    /// learns of it: minutes in which the bad version stays.
    ///
    /// Write `backoffLimit: 0`, and let `failureLimit` of the metric say what is allowed.
    JOB_RETRIES = "job-retries": "a Job that is tried again before its metric fails";
}

/// What is left of a name beside a uid, a number of two digits and the dots.
const ROOM: usize = 63 - 36 - 4;

/// What the API server says of the Job, save where arguments are filled in first.
fn written(spec: &Cursor, out: &mut Findings) {
    let mut found = Findings::new();
    job_spec(spec, &mut found);
    let base = spec.pointer();
    found.retain(|one| {
        let inside = one.pointer.strip_prefix(&base);
        let value = inside.and_then(|inside| spec.value().pointer(inside));
        value
            .and_then(Value::as_str)
            .is_none_or(|text| !text.contains("{{"))
    });
    out.append(&mut found);
}

pub fn check(metric: &Cursor, job: &Cursor, out: &mut Findings) {
    let Some(spec) = job.at("spec") else { return };
    written(&spec, out);
    if spec.has("selector") && spec.flag("manualSelector") != Some(true) {
        let message = "a Job gets its `selector` from the API server, which refuses another";
        out.push(contradiction(&spec, "selector", message, "remove it"));
    }
    let name = metric.text("name");
    if name.is_empty() || name.contains("{{") {
        return;
    }
    if let Some(wrong) = names::subdomain(name) {
        let message = format!("`{name}` becomes part of the name of a Job, and that {wrong}");
        out.push(
            metric
                .error_at("name", JOB_NAME_UNFIT, message)
                .help("rename the metric"),
        );
    } else if name.len() > ROOM {
        let message = format!("`{name}` is cut to {ROOM} characters in the name of its Job");
        warn(metric, "name", JOB_NAME_UNFIT, message, "shorten it", out);
    }
    if spec.int("backoffLimit").unwrap_or(6) > 0 {
        let message = "the Job is tried again before the metric fails";
        warn(&spec, "backoffLimit", JOB_RETRIES, message, "write 0", out);
    }
}
