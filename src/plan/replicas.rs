//! How many pods a canary gets where no router shifts weight: Argo Rollouts' own arithmetic.
//!
//! Source: argo-rollouts `utils/replicaset/canary.go`. Shares are only as fine as the pods allow,
//! so plans without explicit `steps` ask for shares that the fewest pods can give.

/// `maxSurge` of every canary that we emit, in percent.
pub const SURGE_PERCENT: u32 = 25;

/// Pods of both versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    pub canary: u32,
    pub stable: u32,
}

impl Split {
    /// The canary's share of all pods, in percent, rounded to the nearest.
    pub fn share(self) -> u32 {
        let total = u64::from(self.canary) + u64::from(self.stable);
        if total == 0 {
            return 0;
        }
        u32::try_from((200 * u64::from(self.canary) + total) / (2 * total)).unwrap_or(100)
    }
}

/// `maxSurge` in pods: rounded up.
pub fn surge(replicas: u32) -> u32 {
    (replicas.saturating_mul(SURGE_PERCENT)).div_ceil(100)
}

/// What the controller makes of `weight` percent of `replicas` pods. Of the candidates it takes
/// the one whose share is nearest to the weight, the first of several.
pub fn split(replicas: u32, weight: u32, surge: u32) -> Split {
    if replicas == 0 {
        return Split {
            canary: 0,
            stable: 0,
        };
    }
    let (pods, weight) = (u64::from(replicas), u64::from(weight.min(100)));
    let (floor, rest) = (pods * weight / 100, pods * weight % 100);
    let ceil = floor + u64::from(rest > 0);
    let zero_allowed = weight == 0 || weight == 100 || (pods == 1 && surge == 0);
    let floor_allowed = floor != 0 || zero_allowed;
    let mut candidates = Vec::with_capacity(4);
    if ceil < pods || zero_allowed {
        candidates.push((ceil, pods));
    }
    if rest != 50 && floor_allowed {
        candidates.push((floor, pods));
    }
    if surge > 0 {
        candidates.push((ceil, pods + 1));
        // A tie of `replicas + 1` pods: both directions are equally near.
        let is_tie = (pods + 1) * weight % 100 == 50;
        if !is_tie && floor_allowed {
            candidates.push((floor, pods + 1));
        }
    }
    nearest(&candidates, weight).map_or(
        Split {
            canary: 0,
            stable: 0,
        },
        |(canary, total)| {
            let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
            Split {
                canary: narrow(canary),
                stable: narrow(total - canary),
            }
        },
    )
}

/// The first candidate with the least distance, compared as fractions.
fn nearest(candidates: &[(u64, u64)], weight: u64) -> Option<(u64, u64)> {
    let distance = |(canary, total): (u64, u64)| ((canary * 100).abs_diff(weight * total), total);
    let mut best: Option<(u64, u64)> = None;
    for &candidate in candidates.iter().filter(|(_, total)| *total > 0) {
        let is_nearer = best.is_none_or(|best| {
            let ((new, new_total), (old, old_total)) = (distance(candidate), distance(best));
            new * old_total < old * new_total
        });
        if is_nearer {
            best = Some(candidate);
        }
    }
    best
}

/// The shares that `replicas` pods give for `weights`: ascending, none twice, none of them 100.
pub fn reachable(replicas: u32, weights: &[u32]) -> Vec<u32> {
    let surge = surge(replicas);
    let mut shares: Vec<u32> = Vec::new();
    for &weight in weights {
        let wanted = split(replicas, weight, surge);
        let share = wanted.share();
        let weight = if split(replicas, share, surge) == wanted {
            share
        } else {
            weight
        };
        if weight < 100 && shares.last().is_none_or(|last| *last < weight) {
            shares.push(weight);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_are_split_as_the_controller_splits_them() {
        // replicas, weight, surge → canary, stable
        for (replicas, weight, surge, canary, stable) in [
            (1, 49, 0, 0, 1),
            (1, 50, 0, 1, 0),
            (1, 1, 0, 0, 1),
            (1, 1, 1, 1, 1),
            (1, 99, 1, 1, 1),
            (1, 100, 1, 1, 0),
            (2, 1, 0, 1, 1),
            (2, 99, 0, 1, 1),
            (2, 1, 1, 1, 2),
            (2, 50, 1, 1, 1),
            (2, 99, 1, 2, 1),
            (3, 34, 0, 1, 2),
            (3, 50, 0, 2, 1),
            (3, 50, 1, 2, 2),
            (3, 25, 1, 1, 3),
            (3, 33, 1, 1, 2),
            (3, 49, 1, 2, 2),
            (10, 1, 0, 1, 9),
            (10, 14, 0, 1, 9),
            (10, 15, 0, 2, 8),
            (10, 99, 0, 9, 1),
            (10, 1, 1, 1, 10),
            (10, 18, 1, 2, 9),
            (10, 19, 1, 2, 9),
            (10, 20, 1, 2, 8),
            (10, 24, 1, 3, 8),
            (10, 99, 1, 10, 1),
            (10, 41, 0, 4, 6),
            (0, 50, 1, 0, 0),
            (4, 0, 1, 0, 4),
        ] {
            let expected = Split { canary, stable };
            assert_eq!(
                split(replicas, weight, surge),
                expected,
                "{replicas} {weight} {surge}"
            );
        }
    }

    #[test]
    fn derived_shares_are_those_that_the_fewest_pods_can_give() {
        for (replicas, expected) in [
            (1, &[50][..]),
            (2, &[33, 50, 67]),
            (3, &[25, 50, 75]),
            (6, &[14, 29, 50, 71]),
            (20, &[5, 25, 50, 75]),
        ] {
            assert_eq!(
                reachable(replicas, &[5, 25, 50, 75]),
                expected,
                "{replicas}"
            );
        }
    }

    #[test]
    fn a_derived_share_gives_the_pods_that_it_was_derived_from() {
        for replicas in 1..=60 {
            for weight in reachable(replicas, &[5, 10, 25, 50, 75]) {
                let split = split(replicas, weight, surge(replicas));
                assert!(split.canary > 0 && split.stable > 0, "{replicas} {weight}");
                assert!(split.share().abs_diff(weight) <= 3, "{replicas} {weight}");
            }
        }
    }
}
