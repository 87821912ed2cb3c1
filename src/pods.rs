//! How many pods of each version there are: the controller's arithmetic.
//!
//! Source: argo-rollouts `utils/replicaset/canary.go`. Without a router the share of the pods is
//! the share of the traffic, and the way there goes pass by pass within surge and availability;
//! with one the stable version stays whole.

/// Pods of both versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    pub canary: i64,
    pub stable: i64,
}

impl Pods {
    pub fn total(self) -> i64 {
        self.canary.saturating_add(self.stable)
    }

    /// The canary's share of all pods, in percent, rounded to the nearest.
    pub fn percent(self) -> i64 {
        match self.total() {
            0 => 0,
            total => {
                (self.canary.saturating_mul(200).saturating_add(total)) / total.saturating_mul(2)
            }
        }
    }
}

/// Up to which number of pods a plan is counted: beyond it products of weights and pods no longer
/// fit the controller's own 32 bits.
pub const MOST: i64 = 1_000_000;

/// What bounds a canary without a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basic {
    pub replicas: i64,
    pub surge: i64,
    pub unavailable: i64,
    pub max_weight: i64,
}

/// What is wanted and what is ready, of both versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub wanted: Pods,
    pub ready: Pods,
}

impl State {
    /// Everything that is wanted is ready.
    pub fn settled(pods: Pods) -> State {
        State {
            wanted: pods,
            ready: pods,
        }
    }

    pub fn is_settled(self) -> bool {
        self.wanted == self.ready
    }
}

impl Basic {
    /// The split of `weight`: of the candidates the nearest, the first of several
    /// (`approximateWeightedCanaryStableReplicaCounts`).
    pub fn split(&self, weight: i64) -> Pods {
        let (pods, most) = (self.replicas, self.max_weight.max(1));
        if pods <= 0 {
            return Pods::default();
        }
        let (floor, rest) = (pods * weight / most, pods * weight % most);
        let ceil = floor + i64::from(rest > 0);
        let zero_allowed = weight == 0 || weight == most || (pods == 1 && self.surge == 0);
        let floor_allowed = floor != 0 || zero_allowed;
        let mut options = Vec::with_capacity(4);
        if ceil < pods || zero_allowed {
            options.push((ceil, pods));
        }
        if rest * 2 != most && floor_allowed {
            options.push((floor, pods));
        }
        if self.surge > 0 {
            options.push((ceil, pods + 1));
            let is_tied = ((pods + 1) * weight % most) * 2 == most;
            if !is_tied && floor_allowed {
                options.push((floor, pods + 1));
            }
        }
        let (canary, total) = nearest(&options, weight, most).unwrap_or((0, pods));
        Pods {
            canary,
            stable: total - canary,
        }
    }

    /// What one pass of the controller makes of `state` on the way to `weight`
    /// (`CalculateReplicaCountsForBasicCanary` without older versions).
    pub fn pass(&self, weight: i64, state: State) -> Pods {
        let (target, now, ready) = (self.split(weight), state.wanted, state.ready);
        let mut next = now;
        let most = self.replicas + self.surge;
        let mut free = most - now.total();
        if now.stable < target.stable && free > 0 {
            next.stable = target.stable.min(now.stable + free);
            free -= next.stable - now.stable;
        }
        if now.canary < target.canary && free > 0 {
            next.canary = target.canary.min(now.canary + free);
        }
        let least = self.replicas - self.unavailable;
        let is_growing = target.canary >= now.canary;
        let counted = |wanted: i64, ready: i64, is_drained: bool| match is_drained {
            true => wanted,
            false => wanted.min(ready),
        };
        let removable = counted(now.canary, ready.canary, !is_growing)
            + counted(now.stable, ready.stable, is_growing)
            - least;
        if removable <= 0 {
            return next;
        }
        if is_growing {
            if now.stable > target.stable {
                next.stable = target.stable.max(now.stable - removable);
            }
            (next.stable, next.canary) = within(
                (next.stable, ready.stable),
                (next.canary, ready.canary),
                most,
                least,
            );
        } else {
            if now.canary > target.canary {
                next.canary = target.canary.max(now.canary - removable);
            }
            (next.canary, next.stable) = within(
                (next.canary, ready.canary),
                (next.stable, ready.stable),
                most,
                least,
            );
        }
        next
    }
}

/// The first option with the least distance from the weight, compared as fractions.
fn nearest(options: &[(i64, i64)], weight: i64, most: i64) -> Option<(i64, i64)> {
    let distance = |(canary, total): (i64, i64)| {
        let gap = i128::from(canary) * i128::from(most) - i128::from(weight) * i128::from(total);
        (gap.abs(), i128::from(total))
    };
    let mut best: Option<(i64, i64)> = None;
    for &option in options {
        let is_nearer = best.is_none_or(|best| {
            let ((new, new_total), (old, old_total)) = (distance(option), distance(best));
            new * old_total < old * new_total
        });
        if is_nearer {
            best = Some(option);
        }
    }
    best
}

/// Both numbers kept within surge and availability (`adjustReplicaWithinLimits`): each is what is
/// wanted and what is ready; the first is being drained.
fn within(drained: (i64, i64), other: (i64, i64), most: i64, least: i64) -> (i64, i64) {
    let over = (other.0 + drained.0 - most).max(0);
    let kept = other.0 - over;
    let available = drained.1.min(drained.0) + other.1.min(kept);
    let lost = (other.1 - kept).max(0);
    let kept = kept + lost.min((least - available).max(0));
    let over = (kept + drained.0 - most).max(0);
    (drained.0 - over, kept)
}

/// What a canary with a router gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Routed {
    pub replicas: i64,
    pub max_weight: i64,
    /// `minPodsPerReplicaSet`; 0 where none is given.
    pub least: i64,
    pub is_dynamic: bool,
}

/// A `setCanaryScale` that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Replicas(i64),
    Weight(i64),
}

impl Routed {
    /// Pods of both versions at `weight`, with what the router gives the stable version now
    /// (`CalculateReplicaCountsForTrafficRoutedCanary`).
    pub fn split(&self, weight: i64, scale: Option<Scale>, stable_weight: Option<i64>) -> Pods {
        let (canary, weight) = match scale {
            Some(Scale::Replicas(count)) => (count, 0),
            Some(Scale::Weight(weight)) => (self.at_least(self.share(weight)), weight),
            None => (self.at_least(self.share(weight)), weight),
        };
        if !self.is_dynamic {
            return Pods {
                canary,
                stable: self.replicas,
            };
        }
        let wanted = self.share(self.max_weight - weight);
        let now = stable_weight.map_or(0, |weight| self.share(weight));
        Pods {
            canary: self.at_least(canary),
            stable: self.at_least(wanted.max(now)),
        }
    }

    /// The canary of an abort under `dynamicStableScale` stays as large as its traffic.
    pub fn share(&self, weight: i64) -> i64 {
        let product = self.replicas * weight.max(0);
        let most = self.max_weight.max(1);
        product / most + i64::from(product % most > 0)
    }

    /// `CheckMinPodsPerReplicaSet`: none stays none.
    fn at_least(&self, count: i64) -> i64 {
        match count {
            0 => 0,
            count => count.max(self.least.min(self.replicas)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(replicas: i64, surge: i64, unavailable: i64) -> Basic {
        Basic {
            replicas,
            surge,
            unavailable,
            max_weight: 100,
        }
    }

    #[test]
    fn pods_without_a_router_are_split_as_the_controller_splits_them() {
        // replicas, weight, surge → new, old
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
        ] {
            let split = basic(replicas, surge, 0).split(weight);
            assert_eq!(
                split,
                Pods { canary, stable },
                "{replicas} {weight} {surge}"
            );
        }
    }

    #[test]
    fn one_pass_moves_what_surge_and_availability_allow() {
        // replicas, surge, unavailable, weight, new, old → new, old
        for (replicas, surge, unavailable, weight, canary, stable, expected) in [
            (10, 1, 1, 10, 0, 10, (1, 9)),
            (10, 3, 0, 30, 0, 10, (3, 10)),
            (10, 0, 5, 30, 0, 10, (0, 7)),
            (10, 1, 1, 5, 0, 10, (1, 10)),
            (1, 1, 0, 5, 0, 1, (1, 1)),
            (1, 1, 0, 95, 0, 1, (1, 1)),
        ] {
            let state = State::settled(Pods { canary, stable });
            let next = basic(replicas, surge, unavailable).pass(weight, state);
            assert_eq!(
                (next.canary, next.stable),
                expected,
                "{weight} of {replicas}"
            );
        }
    }

    #[test]
    fn a_router_keeps_the_old_version_whole_unless_it_is_scaled_with_its_traffic() {
        let routed = |least, is_dynamic| Routed {
            replicas: 10,
            max_weight: 100,
            least,
            is_dynamic,
        };
        for (split, canary, stable) in [
            (routed(0, false).split(5, None, None), 1, 10),
            (routed(0, false).split(100, None, None), 10, 10),
            (routed(2, false).split(5, None, None), 2, 10),
            (routed(50, false).split(5, None, None), 10, 10),
            (routed(2, false).split(0, None, None), 0, 10),
            (
                routed(2, false).split(5, Some(Scale::Replicas(1)), None),
                1,
                10,
            ),
            (
                routed(0, false).split(5, Some(Scale::Weight(50)), None),
                5,
                10,
            ),
            (routed(0, true).split(10, None, Some(90)), 1, 9),
            (routed(0, true).split(20, None, Some(90)), 2, 9),
            (
                routed(2, true).split(20, Some(Scale::Replicas(1)), None),
                2,
                10,
            ),
        ] {
            assert_eq!(split, Pods { canary, stable });
        }
        // Of another total: 3 of 1000.
        let wide = Routed {
            max_weight: 1000,
            ..routed(0, false)
        };
        assert_eq!(wide.split(3, None, None).canary, 1);
    }

    #[test]
    fn fractions_choose_what_the_controllers_floats_choose() {
        // Its distances are floats; ours are exact. They never lead to another number of pods.
        for replicas in 1..=60i32 {
            for weight in 0..=100i32 {
                let split = basic(i64::from(replicas), 1, 0).split(i64::from(weight));
                let given = floats(replicas, weight);
                assert_eq!((split.canary, split.stable), given, "{replicas} {weight}");
            }
        }
    }

    /// `approximateWeightedCanaryStableReplicaCounts` in its own arithmetic, with a surge of one.
    fn floats(replicas: i32, weight: i32) -> (i64, i64) {
        let exact = f64::from(replicas * weight) / 100.0;
        let (floor, ceil) = (exact.floor(), exact.ceil());
        let tied = |total: i32| (f64::from(total) * (f64::from(weight) / 100.0)).fract() == 0.5;
        let zero = weight == 0 || weight == 100;
        let mut options = Vec::new();
        if ceil < f64::from(replicas) || zero {
            options.push((ceil, f64::from(replicas)));
        }
        if !tied(replicas) && (floor != 0.0 || zero) {
            options.push((floor, f64::from(replicas)));
        }
        options.push((ceil, f64::from(replicas + 1)));
        if !tied(replicas + 1) && (floor != 0.0 || zero) {
            options.push((floor, f64::from(replicas + 1)));
        }
        let delta =
            |(canary, total): (f64, f64)| (canary * 100.0 / total - f64::from(weight)).abs();
        let mut best = options[0];
        for &option in &options[1..] {
            if delta(option) < delta(best) {
                best = option;
            }
        }
        (best.0 as i64, (best.1 - best.0) as i64)
    }
}
