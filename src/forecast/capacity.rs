//! What a release needs at its peak, against what the namespace allows.

use super::Objects;
use super::rollout::Rollout;
use super::timeline::Timeline;
use super::workload::{self, Pod};
use crate::value::Value;

/// Pods, processors (thousandths) and memory (bytes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    pub pods: i128,
    pub cpu: i128,
    pub memory: i128,
}

impl Amount {
    pub fn of(pods: i64, pod: &Pod) -> Amount {
        let pods = i128::from(pods);
        Amount {
            pods,
            cpu: pods.saturating_mul(pod.cpu),
            memory: pods.saturating_mul(pod.memory),
        }
    }

    pub fn plus(self, other: Amount) -> Amount {
        Amount {
            pods: self.pods.saturating_add(other.pods),
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
        }
    }
}

/// What a ResourceQuota allows in sum; the smallest where there are several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    pub pods: Option<i128>,
    pub cpu: Option<i128>,
    pub memory: Option<i128>,
}

/// The quota of a namespace. A quota without a namespace holds in every one.
pub fn quota(objects: &Objects, namespace: &str) -> Quota {
    let mut quota = Quota::default();
    for one in objects.of_kind("ResourceQuota") {
        let place = one.at(&["metadata", "namespace"]).and_then(Value::as_str);
        if place.is_some_and(|place| place != namespace) {
            continue;
        }
        let hard = |keys: [&str; 2], scale: i128| {
            let found = keys
                .into_iter()
                .find_map(|key| one.at(&["spec", "hard", key]));
            found
                .and_then(workload::amount)
                .map(|amount| amount.scaled(scale))
        };
        let smaller = |old: Option<i128>, new: Option<i128>| match (old, new) {
            (Some(old), Some(new)) => Some(old.min(new)),
            (old, new) => old.or(new),
        };
        quota.pods = smaller(quota.pods, hard(["pods", "count/pods"], 1));
        quota.cpu = smaller(quota.cpu, hard(["requests.cpu", "cpu"], 1_000));
        quota.memory = smaller(quota.memory, hard(["requests.memory", "memory"], 1));
    }
    quota
}

/// What one service needs: at rest and at the peak of a release, with the fewest and most pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    pub rest: Amount,
    pub release: Amount,
    pub rest_most: Amount,
    pub release_most: Amount,
}

pub fn need(rollout: &Rollout, low: &Timeline, high: &Timeline) -> Need {
    let pod = &rollout.pod;
    Need {
        rest: Amount::of(low.replicas, pod),
        release: Amount::of(low.peak(), pod),
        rest_most: Amount::of(high.replicas, pod),
        release_most: Amount::of(high.peak(), pod),
    }
}

impl Quota {
    pub fn is_some(&self) -> bool {
        self.pods.is_some() || self.cpu.is_some() || self.memory.is_some()
    }

    /// What goes beyond it: name, need and limit.
    pub fn exceeded(&self, need: Amount) -> Vec<(&'static str, i128, i128)> {
        [
            ("pods", need.pods, self.pods),
            ("cpu", need.cpu, self.cpu),
            ("memory", need.memory, self.memory),
        ]
        .into_iter()
        .filter_map(|(name, need, limit)| Some((name, need, limit?)))
        .filter(|(_, need, limit)| need > limit)
        .collect()
    }
}

/// `500m`, `12`: thousandths of a processor.
pub fn show_cpu(milli: i128) -> String {
    match milli % 1000 {
        0 => format!("{}", milli / 1000),
        _ if milli < 1000 => format!("{milli}m"),
        _ => format!(
            "{}.{}",
            milli / 1000,
            format!("{:03}", milli % 1000).trim_end_matches('0')
        ),
    }
}

/// `512Mi`, `1.5Gi`: bytes, to a tenth.
pub fn show_memory(bytes: i128) -> String {
    const UNITS: [(&str, i128); 4] = [
        ("Ti", 1 << 40),
        ("Gi", 1 << 30),
        ("Mi", 1 << 20),
        ("Ki", 1 << 10),
    ];
    for (unit, size) in UNITS {
        if bytes >= size {
            let tenths = bytes.saturating_mul(10) / size;
            return match tenths % 10 {
                0 => format!("{}{unit}", tenths / 10),
                rest => format!("{}.{rest}{unit}", tenths / 10),
            };
        }
    }
    format!("{bytes}")
}
