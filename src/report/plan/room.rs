//! The room that the releases of an environment have in their namespaces.

use super::facts::amount;
use crate::forecast::Plan;
use crate::forecast::capacity::{Quota, show_cpu, show_memory};

/// One line for each namespace with a quota.
pub fn room(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for (namespace, quota) in plan.quotas.iter().filter(|(_, quota)| quota.is_some()) {
        let peaks = [false, true].map(|at_most| plan.peak(namespace, at_most));
        let amounts = peaks.map(|peak| peak.map(|(_, amount)| amount));
        let is_fixed = amounts[0] == amounts[1];
        for (at_most, peak) in [false, true].into_iter().zip(peaks) {
            let Some((worst, peak)) = peak.filter(|_| !(is_fixed && at_most)) else {
                continue;
            };
            let when = match at_most {
                _ if is_fixed => "",
                true => " with the most pods",
                false => " with the fewest pods",
            };
            lines.push(format!(
                "{}: {}{when} while `{}` is released, of {}{}",
                super::name(namespace),
                amount(peak),
                super::name(&worst.rollout.name),
                limits(quota),
                match quota.exceeded(peak).is_empty() {
                    true => "",
                    false => ": too much",
                }
            ));
        }
    }
    lines
}

fn limits(quota: &Quota) -> String {
    let parts = [
        quota.pods.map(|pods| format!("{pods} pods")),
        quota.cpu.map(|cpu| format!("cpu {}", show_cpu(cpu))),
        quota
            .memory
            .map(|memory| format!("memory {}", show_memory(memory))),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(", ")
}
