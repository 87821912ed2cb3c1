//! Blue-green: two Services, a preview, and what decides when the switch comes.
//!
//! Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go`, `rollout/bluegreen.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::rollout::{FIELD_VOID, replicas};
use crate::verify::object::argo::strategy::{anti_affinity, awaited, delays, same};
use crate::verify::object::argo::{arguments, warn};
use crate::verify::object::shape::{Findings, contradiction, required};

codes! {
    /// The preview has no pods, more pods than the service itself, or a negative number of them, at
    /// which a release is stuck. With none, tests and the analysis before promotion look at nothing;
    /// the switch is made without anybody having seen the new version.
    ///
    /// Write a number between 1 and `replicas`, or leave it out for all of them.
    PREVIEW_SIZE = "preview-size": "a preview of an unfit size";

    /// An analysis judges the new version before the switch, and no Service leads to it: no request
    /// reaches it until it serves everybody. Queries find nothing, and only the pods themselves can
    /// be asked.
    ///
    /// Add a Service as `previewService`, and let the analysis call it.
    PREVIEW_ABSENT = "preview-absent": "an analysis of a version that no Service leads to";
}

/// What is asked before the switch can only ask the preview.
fn unseen(at: &Cursor, out: &mut Findings) {
    let field = "previewService";
    if at.len("prePromotionAnalysis/templates") > 0 && at.text(field).is_empty() {
        let message = "`prePromotionAnalysis` looks at a new version that no Service leads to";
        let help = "add `previewService`";
        warn(at, field, PREVIEW_ABSENT, message, help, out);
    }
}

pub fn check(object: &Cursor, spec: &Cursor, at: &Cursor, out: &mut Findings) {
    required(at, "activeService", out);
    same(at, "activeService", "previewService", out);
    revisions(spec, at, out);
    anti_affinity(at, out);
    promotion(at, out);
    preview(spec, at, out);
    unseen(at, out);
    delays(
        at,
        &["scaleDownDelaySeconds", "abortScaleDownDelaySeconds"],
        out,
    );
    for field in ["prePromotionAnalysis", "postPromotionAnalysis"] {
        if let Some(analysis) = at.at(field) {
            awaited(&analysis, out);
            arguments::used(&analysis, object, out);
        }
    }
}

fn revisions(spec: &Cursor, at: &Cursor, out: &mut Findings) {
    let field = "scaleDownDelayRevisionLimit";
    let kept = spec.int("revisionHistoryLimit").unwrap_or(10);
    if at.int(field).is_some_and(|limit| limit > kept) {
        let message = format!("`{field}` is above `revisionHistoryLimit`, {kept}");
        out.push(contradiction(at, field, message, "lower it"));
    }
}

fn promotion(at: &Cursor, out: &mut Findings) {
    let field = "autoPromotionSeconds";
    let Some(seconds) = at.int(field).filter(|seconds| *seconds != 0) else {
        return;
    };
    if at.flag("autoPromotionEnabled") == Some(false) {
        let message = format!("`{field}` does nothing while `autoPromotionEnabled` is false");
        let help = "remove one of the two: a person promotes, or the clock does";
        warn(at, field, FIELD_VOID, message, help, out);
    } else if seconds < 0 {
        let message = format!("`{field}` is {seconds}, so the switch comes at once");
        warn(at, field, FIELD_VOID, message, "write seconds above 0", out);
    }
}

fn preview(spec: &Cursor, at: &Cursor, out: &mut Findings) {
    let field = "previewReplicaCount";
    let Some(count) = at.int(field) else { return };
    let all = replicas(spec);
    let help = "write a number between 1 and `replicas`";
    if count < 0 {
        let message = format!("`{field}` is {count}, which no ReplicaSet can be scaled to");
        out.push(at.error_at(field, PREVIEW_SIZE, message).help(help));
        return;
    }
    let message = match all {
        _ if count == 0 => "the preview has no pods, so there is nothing to look at".into(),
        Some(all) if count > all => format!("`{field}` is {count}, above `replicas`, {all}"),
        _ => return,
    };
    warn(at, field, PREVIEW_SIZE, message, help, out);
}
