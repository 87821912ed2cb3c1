//! Disruption budgets that allow no disruption.

use super::World;
use crate::manifest::Finding;
use crate::verify::references::Facts;
use crate::verify::subject::Subject;

crate::codes! {
    /// A PodDisruptionBudget wants as many pods as there are when there are fewest, so that not one
    /// may be evicted. Draining a node waits forever then, and with it upgrades of the cluster.
    /// Allow one: `maxUnavailable: 1`, or ask for fewer than the fewest replicas.
    BUDGET_BLOCKS = "budget-blocks": "a disruption budget that allows no disruption";
}

/// Both shares round up, in favour of the budget's side. Source: k8s.io/kubernetes
/// `pkg/controller/disruption/disruption.go`, `getExpectedPodCount`.
pub fn blocks(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Budget(budget)) = &facts.subject else {
        return;
    };
    let workloads: Vec<_> = world.selected(facts, &budget.selector).collect();
    let fewest = workloads
        .iter()
        .map(|(facts, workload)| world.range(facts, workload).0.max(0))
        .fold(0, i64::saturating_add);
    if fewest == 0 {
        return;
    }
    let (field, amount, allowed) = match (budget.min_available, budget.max_unavailable) {
        (Some(least), _) => (
            "minAvailable",
            least,
            fewest.saturating_sub(least.up(fewest)),
        ),
        (None, Some(most)) => ("maxUnavailable", most, most.up(fewest)),
        (None, None) => return,
    };
    if allowed > 0 {
        return;
    }
    let names: Vec<_> = workloads
        .iter()
        .map(|(facts, _)| format!("`{}`", facts.name))
        .collect();
    let pods = if fewest == 1 { "pod" } else { "pods" };
    let message = format!(
        "`{}` allows no eviction: {field} is {amount}, and {} has {fewest} {pods} at least",
        facts.name,
        names.join(", ")
    );
    out.push(
        Finding::error(BUDGET_BLOCKS, format!("/spec/{field}"), message)
            .help("write `maxUnavailable: 1`, or raise the fewest replicas"),
    );
}
