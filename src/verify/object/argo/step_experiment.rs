//! The experiment that a step of a canary starts.
//!
//! Source: argo-rollouts `rollout/experiment.go` (`GetExperimentFromTemplate`),
//! `experiments/experiment.go`.

use crate::codes;
use crate::verify::cursor::Cursor;
use crate::verify::object::argo::routers::{self, incomplete};
use crate::verify::object::argo::{arguments, experiment, warn};
use crate::verify::object::schedule::duration;
use crate::verify::object::shape::{Findings, at_least, required, unique};

codes! {
    /// The pods of a template are those of the `canary` or of the `stable` version. For any other
    /// word the controller reports an error, and the rollout stays in this step.
    SPEC_REF_UNKNOWN = "spec-ref-unknown": "an experiment whose pods are of neither version";
}

pub fn check(object: &Cursor, canary: &Cursor, at: &Cursor, out: &mut Findings) {
    out.extend(duration(at, "duration"));
    unique(at, "templates", "name", out);
    required(at, "templates", out);
    let weighted = ["smi", "alb", "istio", "plugins"];
    for template in at.list("templates") {
        required(&template, "name", out);
        at_least(&template, "replicas", 0, out);
        if template.has("weight") && !routers::has_one(canary, &weighted) {
            let message = "a weight in an experiment needs SMI, ALB, Istio or a plugin";
            incomplete(&template, "weight", message, "remove it", out);
        }
        let of = template.text("specRef");
        if template.has("specRef") && of != "canary" && of != "stable" {
            let message = format!("`specRef` is `{of}`, and takes `canary` or `stable`");
            out.push(
                template
                    .error_at("specRef", SPEC_REF_UNKNOWN, message)
                    .help("write `canary` or `stable`"),
            );
        }
    }
    experiment::services(at, out);
    experiment::endless(at, warn, out);
    for analysis in at.list("analyses") {
        required(&analysis, "templateName", out);
        arguments::args(&analysis, Some(object), out);
        arguments::of_experiment(&analysis, at, out);
    }
    arguments::rules_of_experiment(at, out);
}
