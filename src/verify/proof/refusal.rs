//! Pods that their namespace refuses.

use super::World;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::Subject;

crate::codes! {
    /// A namespace enforces a Pod Security Standard that the pods of an object break. The object
    /// itself is accepted; its pods are refused one by one, so a release waits until its deadline and
    /// a Job never starts. Change the pod as the notes say, or move it into a namespace of its own
    /// that enforces less: a component with `namespace "…" pods="privileged"`.
    POD_REFUSED = "pod-refused": "a pod that its namespace refuses";
}

/// So many reasons are told.
const SHOWN: usize = 6;

pub fn refused(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    if facts.refusals.is_empty() {
        return;
    }
    let namespace = world.index.object("", "Namespace", "", &facts.namespace);
    let Some(Subject::Namespace(level)) = namespace.and_then(|facts| facts.subject.as_ref()) else {
        return;
    };
    let reasons = facts.refusals.iter().filter(|one| one.level <= *level);
    let reasons: Vec<_> = reasons.collect();
    let Some(first) = reasons.first() else { return };
    let message = format!(
        "the namespace `{}` refuses the pods of `{}`: it enforces `{}`",
        facts.namespace,
        facts.name,
        level.as_str()
    );
    let mut finding = Finding::error(POD_REFUSED, first.pointer.as_str(), message);
    for reason in reasons.iter().take(SHOWN) {
        finding = finding.note(reason.why.as_str());
    }
    if let Some(more) = reasons.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        finding = finding.note(format!("and {more} more reasons"));
    }
    out.push(finding.help("change the pod, or give it a namespace that enforces less"));
}
