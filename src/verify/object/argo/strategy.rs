//! What blue-green and canary share: two Services to switch between, anti-affinity, delays, and
//! the analyses that either may run.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::warn;
use crate::verify::object::shape::{Findings, between, exactly_one};

codes! {
    /// Two services that a rollout tells apart are the same one, so there would be nothing to
    /// switch between: `stableService` and `canaryService`, `activeService` and `previewService`,
    /// or the two of `pingPong`.
    /// Give each its own Service.
    SERVICES_SAME = "services-same": "two services of a rollout that must differ";

    /// A delay of 0 or less does not mean "at once". `scaleDownDelaySeconds: 0` leaves the old pods
    /// running for ever, because they never get a deadline; `abortScaleDownDelaySeconds: 0` keeps
    /// the pods of an aborted version.
    ///
    /// Write at least 1. With 30, the default, routers have time to forget the old pods.
    DELAY_NEVER_ENDS = "delay-never-ends": "a delay of zero that keeps pods for ever";

    /// An analysis without templates makes no run. A step or a promotion that waits for it waits
    /// for ever, and a background analysis is silently off.
    ///
    /// Name a template, or remove the analysis:
    ///
    ///     analysis: {templates: [{templateName: errors}]}
    ANALYSIS_EMPTY = "analysis-empty": "an analysis that names no template";
}

/// The two Services must differ where the first is named.
pub fn same(at: &Cursor, first: &str, second: &str, out: &mut Findings) {
    let name = at.text(first);
    if !name.is_empty() && name == at.text(second) {
        let message = format!("`{first}` and `{second}` are both `{name}`");
        out.push(
            at.error_at(second, SERVICES_SAME, message)
                .help("name two different Services"),
        );
    }
}

/// Exactly one kind, and a weight that the scheduler takes.
pub fn anti_affinity(at: &Cursor, out: &mut Findings) {
    const KINDS: [&str; 2] = [
        "requiredDuringSchedulingIgnoredDuringExecution",
        "preferredDuringSchedulingIgnoredDuringExecution",
    ];
    if let Some(affinity) = at.at("antiAffinity") {
        exactly_one(&affinity, &KINDS, out);
        if let Some(preferred) = affinity.at(KINDS[1]) {
            between(&preferred, "weight", 1, 100, out);
        }
    }
}

/// Delays whose zero means "never".
pub fn delays(at: &Cursor, fields: &[&str], out: &mut Findings) {
    for field in fields {
        if let Some(seconds) = at.int(field).filter(|seconds| *seconds <= 0) {
            let message = format!("`{field}` is {seconds}, which keeps the pods for ever");
            warn(at, field, DELAY_NEVER_ENDS, message, "write 30", out);
        }
    }
}

/// An analysis that something waits for needs a template.
pub fn awaited(analysis: &Cursor, out: &mut Findings) {
    if analysis.len("templates") == 0 {
        let message = "the analysis names no template, so it would be waited for without end";
        out.push(
            analysis
                .error_at("templates", ANALYSIS_EMPTY, message)
                .help("name a template, or remove the analysis"),
        );
    }
}
