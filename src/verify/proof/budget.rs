//! Disruption budgets that allow no disruption.

use super::World;
use crate::manifest::Finding;
use crate::verify::object::selector;
use crate::verify::references::Facts;
use crate::verify::subject::{Budget, Subject};

crate::codes! {
    /// A PodDisruptionBudget wants as many pods as there are when there are fewest, so that not one
    /// may be evicted. Draining a node waits forever then, and with it upgrades of the cluster.
    /// Allow one: `maxUnavailable: 1`, or ask for fewer than the fewest replicas.
    BUDGET_BLOCKS = "budget-blocks": "a disruption budget that allows no disruption";
    /// Two PodDisruptionBudgets select the same pods. The API server evicts no pod that has more than one:
    /// draining a node waits forever. Remove one, or give each a selector of its own.
    BUDGETS_OVERLAP = "budgets-overlap": "two disruption budgets for the same pods";
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

/// Source: k8s.io/kubernetes `pkg/registry/core/pod/storage/eviction.go` (`Create`).
pub fn overlap(world: &World, facts: &Facts, out: &mut Vec<Finding>) {
    let Some(Subject::Budget(budget)) = &facts.subject else {
        return;
    };
    let selected = world.index.selected(&facts.namespace, &budget.selector);
    let mut shared = selected.filter_map(|pods| {
        let budgets = world.budgets(pods).iter();
        let mut before = budgets.take_while(|one| one.name != facts.name);
        let first = before.find(|other| have_both(pods, budget, other))?;
        Some((pods, *first))
    });
    let Some((pods, first)) = shared.next() else {
        return;
    };
    let message = format!(
        "the pods of `{}` have two budgets, `{}` and `{}`: none of them can be evicted",
        pods.name, first.name, facts.name
    );
    out.push(
        Finding::error(BUDGETS_OVERLAP, "/spec/selector", message)
            .help("remove one of the two, or give each pods of its own"),
    );
}

/// Whether pods have the labels that both ask for; those of a template are bare for a moment only
/// where a rollout adds to them.
fn have_both(pods: &Facts, budget: &Budget, other: &Facts) -> bool {
    let Some(Subject::Budget(second)) = &other.subject else {
        return false;
    };
    let variants = pods.pods.as_ref().map_or(&[][..], |pods| &pods.labels);
    let named = match variants {
        [_, named @ ..] if !named.is_empty() => named,
        bare => bare,
    };
    let both = [&budget.selector, &second.selector];
    named
        .iter()
        .any(|labels| both.iter().all(|one| selector::matches(one, Some(labels))))
}
