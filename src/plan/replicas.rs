//! Shares that the fewest pods can give where no router shifts weight.
//!
//! Shares are only as fine as the pods allow ([`crate::pods`] rounds as the controller does), so
//! plans without explicit `steps` ask for shares that they can give.

use crate::pods::{Basic, Pods};

/// `maxSurge` of every canary that we emit, in percent; none may be missing.
pub const SURGE_PERCENT: u32 = 25;

/// What the controller makes of `weight` percent of `replicas` pods, with our surge.
pub fn split(replicas: u32, weight: u32) -> Pods {
    let surge = u64::from(replicas) * u64::from(SURGE_PERCENT);
    let basic = Basic {
        replicas: i64::from(replicas),
        surge: i64::try_from(surge.div_ceil(100)).unwrap_or(i64::MAX),
        unavailable: 0,
        max_weight: 100,
    };
    basic.split(i64::from(weight.min(100)))
}

/// The shares that `replicas` pods give for `weights`: ascending, none twice, none of them 100.
pub fn reachable(replicas: u32, weights: &[u32]) -> Vec<u32> {
    let mut shares: Vec<u32> = Vec::new();
    for &weight in weights {
        let wanted = split(replicas, weight);
        let share = u32::try_from(wanted.percent()).unwrap_or(100);
        let weight = match split(replicas, share) == wanted {
            true => share,
            false => weight,
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
                let split = split(replicas, weight);
                assert!(split.canary > 0 && split.stable > 0, "{replicas} {weight}");
                assert!(
                    split.percent().abs_diff(i64::from(weight)) <= 3,
                    "{replicas} {weight}"
                );
            }
        }
    }
}
